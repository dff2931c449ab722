"""REG010 to REG016: whether a registry would take the text, and what its reviewers would ask.

The quality points follow the guidance of ClinicalTrials.gov (PRS) on major comments of its reviewers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule
from protocol_dsl.registries.fields import RECRUITING, instruments_of, missing_fields
from protocol_dsl.registries.limits import Entry, excess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin, Point
    from protocol_dsl.model.outcomes import Frame

# Titles that a reviewer sends back when they stand alone; compared without case, articles and punctuation.
_UNSPECIFIC = frozenset(
    {
        "adverse event",
        "adverse events",
        "efficacy",
        "feasibility",
        "immunogenicity",
        "incidence of adverse events",
        "pharmacodynamics",
        "pharmacokinetics",
        "quality of life",
        "response",
        "safety",
        "safety and efficacy",
        "safety and tolerability",
        "satisfaction",
        "survival",
        "tolerability",
        "toxicity",
    }
)


_WAY_OUT = {
    "no site that recruits": "write `recruiting` behind the place of a site",
    "no contact": "add `contact` with a name or an office",
}


class Text(NamedTuple):
    """A text for a registry's field, and where it stands."""

    entry: Entry
    origin: Origin


@rule("REG010", "title-too-long", WARNING)
def TITLE_TOO_LONG(trial: Trial) -> Iterator[Diagnostic]:
    """A title is longer than the registry's field for it.

    What it means:
        ClinicalTrials.gov takes 300 characters for the brief title, 600 for the official title, 14 for the acronym,
        100 for the title of an arm and 254 for the title of an outcome measure. Spaces count.

    Why it matters:
        The form refuses the text, or cuts it.

    Example:
        acronym "CT1192-LUPUS-EXPLORE"

    Instead:
        acronym "CT1192-LUPUS"
    """
    for entry, origin in _titles(trial):
        found = excess(entry)
        if found is not None:
            yield TITLE_TOO_LONG.at(
                trial.span(origin),
                f"{_lower(found.title)} has {found.length} characters, and ClinicalTrials.gov takes {found.limit}",
                help=f"shorten it by {_characters(found.length - found.limit)}; details belong into the description",
            )


@rule("REG011", "text-too-long", WARNING)
def TEXT_TOO_LONG(trial: Trial) -> Iterator[Diagnostic]:
    """A text is longer than the registry's field for it.

    What it means:
        ClinicalTrials.gov takes 5,000 characters for the brief summary, 32,000 for the detailed description, 999 for
        the description of an arm or an outcome measure, 1,000 for that of an intervention, 254 for a time frame, 200
        for the name of an intervention and 160 for a keyword or the name of an organisation.

    Why it matters:
        The form refuses the text, or cuts it.

    Example:
        endpoint pain primary "Pain" description "…1,200 characters about the scale…"

    Instead:
        endpoint pain primary "Pain" description "…the scale in at most 999 characters…"
    """
    for entry, origin in _texts(trial):
        found = excess(entry)
        if found is not None:
            yield TEXT_TOO_LONG.at(
                trial.span(origin),
                f"{_lower(found.title)} has {found.length} characters, and ClinicalTrials.gov takes {found.limit}",
                help=f"shorten it by {_characters(found.length - found.limit)}",
            )


@rule("REG012", "outcome-title-unspecific", WARNING)
def UNSPECIFIC_TITLE(trial: Trial) -> Iterator[Diagnostic]:
    """The title of an outcome measure does not say what is measured.

    What it means:
        A title such as "Safety" or "Adverse events" names a field, not a measure: it leaves open what is counted or
        averaged, and in which unit.

    Why it matters:
        Reviewers of ClinicalTrials.gov send such records back, and readers of results cannot tell whether the
        outcome that was planned is the one that was reported.

    Example:
        endpoint teae primary "Adverse events" measure count(ae) timeframe from infusion to M12

    Instead:
        endpoint teae primary "Number of participants with an adverse event" {
          measure count(ae)
          timeframe from infusion to M12
        }
    """
    for endpoint in trial.protocol.endpoints:
        words = " ".join(re.findall(r"[\w'-]+", endpoint.title.casefold()))
        if re.sub(r"^(?:the|an?) ", "", words) in _UNSPECIFIC:
            yield UNSPECIFIC_TITLE.at(
                trial.span(endpoint.origin),
                f"the title “{_line(endpoint.title)}” does not say what is measured",
                help=f"say what is counted or averaged: “Number of participants with …”, “Change from baseline in …”"
                f"{_from_description(endpoint.description)}",
            )


@rule("REG013", "time-frame-unspecific", NOTE)
def UNSPECIFIC_FRAME(trial: Trial) -> Iterator[Diagnostic]:
    """The time frame of an outcome measure is vague, or counts from nowhere.

    What it means:
        A time frame needs a number, its unit and the event that it counts from, and no "about": it is the time over
        which each participant is assessed, not the length of the study.

    Why it matters:
        Reviewers of ClinicalTrials.gov ask for the time points. Two analysts must find the same assessment.

    Example:
        endpoint peak secondary "Cmax" measure cmax(car) timeframe about 1 year after infusion

    Instead:
        endpoint peak secondary "Cmax" measure cmax(car) timeframe from infusion to M12
    """
    for endpoint in trial.protocol.endpoints:
        frame = endpoint.frame
        if frame is None:
            continue
        if frame.kind == "about" and frame.tolerance is None:
            what, help = "says “about” without a tolerance", "name the visit, or add a window: `about day 28 ±3 days`"
        elif not _has_anchor(frame):
            what, help = "does not say from when it counts", "add the event: `28 days after infusion`"
        else:
            continue
        yield UNSPECIFIC_FRAME.at(
            trial.span(frame.origin), f"the time frame of `{endpoint.name}`, “{frame.text}”, {what}", help=help
        )


@rule("REG014", "scale-without-range", WARNING)
def SCALE_WITHOUT_RANGE(trial: Trial) -> Iterator[Diagnostic]:
    """An outcome measure is read from a scale whose range or direction the protocol does not give.

    What it means:
        The instrument has no `range`, or does not say whether a higher total is `worse` or `better`.

    Why it matters:
        A registry asks for the full name of the scale, its least and greatest value and the direction; without them a
        change of 4 points means nothing to a reader.

    Example:
        instrument fatigue "Fatigue scale" { item tired "Tired" 0..10 }

    Instead:
        instrument fatigue "Fatigue scale" { item tired "Tired" 0..10  range 0..10  higher worse }
    """
    for endpoint in trial.protocol.endpoints:
        for instrument in instruments_of(endpoint, trial.protocol):
            missing = [] if instrument.low is not None and instrument.high is not None else ["range"]
            missing += [] if instrument.higher is not None else ["direction"]
            if missing:
                wanted = {"range": "`range 0..100`", "direction": "`higher worse` or `higher better`"}
                yield SCALE_WITHOUT_RANGE.at(
                    trial.span(endpoint.origin),
                    f"`{endpoint.name}` reads {instrument.title}, which has no {' and no '.join(missing)}",
                    also=trial.mark(instrument.origin, "the instrument"),
                    help=f"add {' and '.join(wanted[each] for each in missing)} to the instrument",
                )


@rule("REG015", "recruiting-without-contact", NOTE)
def NO_CONTACT(trial: Trial) -> Iterator[Diagnostic]:
    """The trial recruits, and the protocol names no site that does, or nobody to ask.

    What it means:
        With the status `recruiting` or `enrolling_by_invitation` a registry shows at least one site with that status,
        and a contact.

    Why it matters:
        People who look for a trial write to the contact. Telephone number and e-mail address are entered at the
        registry; a protocol file does not keep them.

    Example:
        status recruiting
        site "University Hospital" in "Wuhan", "China"

    Instead:
        status recruiting
        site "University Hospital" in "Wuhan", "China" recruiting
        contact "Office of the trial"
    """
    study = trial.protocol.study
    if study.status not in RECRUITING:
        return
    missing = [] if any(site.status in RECRUITING for site in study.sites) else ["no site that recruits"]
    missing += [] if study.contacts else ["no contact"]
    if missing:
        yield NO_CONTACT.at(
            trial.span(study.origin),
            f"the status is `{study.status}`, but the protocol names {' and '.join(missing)}",
            help="; ".join(_WAY_OUT[each] for each in missing),
        )


@rule("REG016", "registration-incomplete", NOTE)
def INCOMPLETE(trial: Trial) -> Iterator[Diagnostic]:
    """Fields that a registration needs are not in the protocol.

    What it means:
        ClinicalTrials.gov requires the fields that the finding lists. All of them are collected in one note; the
        registry record names them as well.

    Why it matters:
        A record cannot be released before they are filled in, and what is not in the protocol will be typed by hand.

    Example:
        protocol LUPUS { title "CT1192 in lupus" }

    Instead:
        protocol LUPUS {
          title "CT1192 in lupus"
          brief_title "CT1192 in lupus"
          sponsor "University Hospital"
          status not_yet_recruiting
          date start 2026-03-01 estimated
        }
    """
    missing = missing_fields(trial.protocol)
    if missing:
        fields = "1 field" if len(missing) == 1 else f"{len(missing)} fields"
        yield INCOMPLETE.at(
            trial.span(trial.protocol.study.origin),
            f"{fields} that ClinicalTrials.gov requires {'is' if len(missing) == 1 else 'are'} not stated: "
            + ", ".join(missing),
        )


def _titles(trial: Trial) -> Iterator[Text]:
    study = trial.protocol.study
    yield Text(Entry("brief_title", "The brief title", _line(study.brief_title)), study.origin)
    yield Text(Entry("official_title", "The title", _line(study.official_title)), study.origin)
    yield Text(Entry("acronym", "The acronym", study.acronym), study.origin)
    for arm in trial.protocol.arms:
        yield Text(Entry("arm_title", f"The title of arm `{arm.name}`", _line(arm.title)), arm.origin)
    for endpoint in trial.protocol.endpoints:
        title = f"The title of endpoint `{endpoint.name}`"
        yield Text(Entry("outcome_title", title, _line(endpoint.title)), endpoint.origin)


def _texts(trial: Trial) -> Iterator[Text]:
    protocol = trial.protocol
    study = protocol.study
    yield Text(Entry("brief_summary", "The summary", _line(study.summary)), study.origin)
    yield Text(Entry("detailed_description", "The description", _line(study.description)), study.origin)
    for keyword in study.keywords:
        yield Text(Entry("keyword", f"The keyword “{keyword[:20]}…”", keyword), study.origin)
    for each in study.organisations:
        yield Text(Entry("organisation", f"The name of the {each.role.replace('_', ' ')}", each.name), each.origin)
    for each in study.identifiers:
        yield Text(Entry("secondary_id", f"The number “{each.value[:20]}…”", each.value), each.origin)
    for site in study.sites:
        yield Text(Entry("facility_name", f"The name of site “{site.name[:20]}…”", site.name), site.origin)
    for arm in protocol.arms:
        title = f"The description of arm `{arm.name}`"
        yield Text(Entry("arm_description", title, _line(arm.description)), arm.origin)
    for product in protocol.products:
        of = f"of product `{product.name}`"
        about = _line(product.description)
        yield Text(Entry("intervention_name", f"The name {of}", _line(product.title)), product.origin)
        yield Text(Entry("intervention_description", f"The description {of}", about), product.origin)
    for endpoint in protocol.endpoints:
        of = f"of endpoint `{endpoint.name}`"
        frame = endpoint.frame.text if endpoint.frame is not None else None
        yield Text(Entry("outcome_time_frame", f"The time frame {of}", frame), endpoint.origin)
        yield Text(Entry("outcome_description", f"The description {of}", _line(endpoint.description)), endpoint.origin)


def _has_anchor(frame: Frame) -> bool:
    if frame.kind == "at_visits":
        return bool(frame.visits)
    return any(point is not None and _is_anchored(point) for point in (frame.start, frame.end))


def _is_anchored(point: Point) -> bool:
    return point.kind == "timeline" or point.of is not None


def _from_description(description: str | None) -> str:
    return "; or take the title from the description" if description else ""


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count} characters"
