"""Codes of `protoc check --registry`: what a registry would refuse, and what its reviewers would send back."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, rule


@rule("REG020", "registry-text-too-long", ERROR)
class TEXT_TOO_LONG:
    """A field of the record is longer than the registry takes.

    What it means:
        The text as it would be sent, with everything that the compiler adds to it, has more Unicode characters than
        the field. `protoc check` alone warns of texts of the protocol that are too long (REG010, REG011).

    Why it matters:
        The registry refuses the record, or cuts the text. The schema of an upload does not see it.

    Example:
        brief_title "…301 characters…"

    Instead:
        brief_title "…at most 300 characters…"
    """


@rule("REG021", "registry-text-nearly-full", WARNING)
class NEARLY_FULL:
    """A field of the record has 95 % or more of the characters that the registry takes.

    What it means:
        The text fits, and the next change of a few words makes it too long.

    Why it matters:
        Amendments are written under pressure; a title that has to be shortened then is a change of its own.

    Example:
        acronym "CT1192-EXPLORE"

    Instead:
        acronym "CT1192"
    """


@rule("REG022", "registry-value-unknown", ERROR)
class UNKNOWN_VALUE:
    """A field of the record has a value that the registry does not know.

    What it means:
        The field takes one of a list of values, and this is none of them.

    Why it matters:
        The registry refuses the record. The schema of an upload takes any word there.

    Example:
        status banana

    Instead:
        status recruiting
    """


@rule("REG023", "registry-field-missing", ERROR)
class FIELD_MISSING:
    """A field that the registry requires is not stated.

    What it means:
        The field is required always, or by another field: a study that was stopped says why, one that shares data says
        what and when. `protoc check` alone collects the most important ones in one note (REG016).

    Why it matters:
        The record cannot be released.

    Example:
        status terminated

    Instead:
        status terminated
        why_stopped "Slow accrual"
    """


@rule("REG024", "registry-record-contradictory", ERROR)
class CONTRADICTORY:
    """Two fields of the record contradict each other.

    What it means:
        Such as: one arm and an allocation, an arm in which nothing is given, an actual date after the verification
        date, a study that recruits at no site, a primary outcome after two years in a trial whose primary completion is
        one year after its start. Where the registry's rule is not confirmed, the finding is a warning.

    Why it matters:
        The registry refuses the record, or its reviewers send it back.

    Example:
        registry_record { verified 2026-01 }
        date start 2026-06-01 actual

    Instead:
        registry_record { verified 2026-06 }
        date start 2026-06-01 actual
    """


@rule("REG025", "review-point", WARNING)
class REVIEW_POINT:
    """Reviewers of the registry are likely to send this back.

    What it means:
        The title of an outcome says why instead of what, or names several measures; a time frame is vague or has no
        unit; title and description have different units; a change has one time point; an abbreviation is the whole
        title, or is used before it is explained; criteria have no headings; the brief title names neither condition nor
        intervention; a text speaks as “we”, of payment, or of results.

    Why it matters:
        ClinicalTrials.gov posts a record only after its reviewers have no major comment left; each round takes days.

    Example:
        endpoint act secondary "To assess safety and tolerability" timeframe about 1 year after infusion

    Instead:
        endpoint act secondary "Number of participants with an adverse event" timeframe up to 1 year after infusion
    """


@rule("REG026", "registry-field-left-to-people", NOTE)
class LEFT_TO_PEOPLE:
    """Fields that an application needs are filled in at the registry.

    What it means:
        They are nothing that a protocol says: telephone numbers, choices from the registry's own lists, decisions of
        the sponsor. They are collected in one note.

    Why it matters:
        Whoever types the application has to ask for them.

    Example:
        protoc check --registry ctis lupus.proto

    Instead:
        Have the answers at hand; the note cannot be avoided.
    """
