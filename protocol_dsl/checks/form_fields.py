"""CRF: fields of forms, their ranges, visits, annotations and translations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, rule
from protocol_dsl.forms.languages import Labels, languages
from protocol_dsl.model import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.forms import Field, Form

MOST_LISTED = 6


@rule("CRF008", "soft-range-beyond-hard", WARNING)
def soft_range_beyond_hard(trial: Trial) -> Iterator[Diagnostic]:
    """The plausible range of a field reaches beyond its permitted range.

    What it means:
        A field has a soft and a hard range. Values that the soft range calls plausible are refused by the hard one.

    Why it matters:
        The soft range never asks there, since the value cannot be entered at all. Mostly the two were exchanged.

    Example:
        field temp "Temperature" decimal 1 unit Cel range 30.0..45.0 soft range 35.0..42.0 hard

    Instead:
        field temp "Temperature" decimal 1 unit Cel range 35.0..42.0 soft range 30.0..45.0 hard
    """
    for form in trial.protocol.forms:
        for field in form.fields:
            if _is_beyond(field):
                soft, hard = ((wording.number(r.low or 0), wording.number(r.high or 0)) for r in field.ranges)
                yield soft_range_beyond_hard.at(
                    trial.span(field.origin),
                    f"the soft range {soft[0]} to {soft[1]} of `{field.name}` reaches beyond the hard range "
                    f"{hard[0]} to {hard[1]}",
                    help="let the soft range lie within the hard one",
                )


def _is_beyond(field: Field) -> bool:
    low, high, hard_low, hard_high = field.low, field.high, field.hard_low, field.hard_high
    return (low is not None and hard_low is not None and low < hard_low) or (
        high is not None and hard_high is not None and high > hard_high
    )


@rule("CRF009", "field-at-other-visit", ERROR)
def field_at_other_visit(trial: Trial) -> Iterator[Diagnostic]:
    """A field is asked at a visit at which its form is not completed.

    What it means:
        `at` narrows a field to some of its form's visits. Here it names a visit that the form does not have.

    Why it matters:
        The value would never be collected there, although the form says that it is.

    Example:
        assess vitals "Vital signs" at SCR
        form vitals_form "Vital signs" records vitals {
          field height "Height" integer unit cm at SCR
          field weight "Weight" decimal 1 unit kg at SCR, D28
        }

    Instead:
        assess vitals "Vital signs" at SCR, D28
        form vitals_form "Vital signs" records vitals {
          field height "Height" integer unit cm at SCR
          field weight "Weight" decimal 1 unit kg at SCR, D28
        }
    """
    for form in trial.protocol.forms:
        visits = visits_of(trial, form)
        for field in form.fields:
            other = [name for name in field.visits if name not in visits]
            if other:
                subject = wording.listing(f"`{name}`" for name in form.records) or f"`{form.name}`"
                yield field_at_other_visit.at(
                    trial.span(field.origin),
                    f"`{field.name}` is asked at {wording.listing(_few(other))}; its form is completed "
                    + (f"at {wording.listing(_few(visits))}" if visits else "at no visit"),
                    help=f"add the visit to {subject}, or take it out here",
                )


def visits_of(trial: Trial, form: Form) -> list[str]:
    """The visits at which a form of the protocol is completed."""
    named = {visit for name in form.records if name in trial.assessments for visit in trial.assessments[name].visits}
    return list(form.visits) or [visit.name for visit in trial.protocol.visits if visit.name in named]


@rule("CRF010", "annotation-malformed", ERROR)
def annotation_malformed(trial: Trial) -> Iterator[Diagnostic]:
    """A code of a terminology is not formed as its codes are.

    What it means:
        LOINC codes end with a check digit, which follows from the digits before it; here it does not. Concepts of the
        NCI Thesaurus are a C with digits, CDASH names capitals, and SDTM names a domain with a variable.

    Why it matters:
        Such a code is nobody's, or another one's. Data that carry it are put together wrongly, and nobody sees it.

    Example:
        field anc "Neutrophils" decimal 2 unit 10*9/L code loinc "751-7"

    Instead:
        field anc "Neutrophils" decimal 2 unit 10*9/L code loinc "751-8"

    References:
        LOINC Users' Guide, appendix “Calculating mod 10 check digits”.
    """
    for origin, system, value in _annotations(trial):
        help = malformed(system, value)
        if help is not None:
            yield annotation_malformed.at(trial.span(origin), f"“{value}” is not a code of {NAMES[system]}", help=help)


NAMES = {"loinc": "LOINC", "ncit": "the NCI Thesaurus", "cdash": "CDASH", "sdtm": "SDTM"}
_SHAPES = {
    "loinc": (re.compile(r"\d{1,7}-\d\Z"), "LOINC codes are digits, a hyphen and a check digit, such as 718-7"),
    "ncit": (re.compile(r"C\d{2,7}\Z"), "concepts are a C and digits, such as C64848"),
    "cdash": (re.compile(r"[A-Z][A-Z0-9_]{0,31}\Z"), "CDASH names are capitals and digits, such as VSDAT"),
    "sdtm": (
        re.compile(r"(?:SUPP)?[A-Z][A-Z0-9]\.[A-Z][A-Z0-9]{1,7}(?:\s.+)?\Z|NOT SUBMITTED\Z"),
        "write the domain and the variable, such as VS.VSORRES where VSTESTCD = TEMP",
    ),
}


def malformed(system: str, value: str) -> str | None:
    """How the codes of a system are formed, if this one is not; None for a sound one and for other systems."""
    shape = _SHAPES.get(system)
    if shape is None:
        return None
    if not shape[0].match(value):
        return shape[1]
    if system == "loinc":
        digits, _, given = value.partition("-")
        due = check_digit(digits)
        return f"its check digit would be {due}: {digits}-{due}" if int(given) != due else None
    return None


def check_digit(digits: str) -> int:
    """The mod 10 check digit: every second digit, from the last one on, counts twice."""
    doubled = [int(d) * 2 if place % 2 == 0 else int(d) for place, d in enumerate(reversed(digits))]
    return -sum(d // 10 + d % 10 for d in doubled) % 10


def _annotations(trial: Trial) -> Iterator[tuple[Origin, str, str]]:
    """All annotations of the trial: place, system, value."""
    protocol = trial.protocol
    fields = [field for form in protocol.forms for field in form.fields]
    for part in (*fields, *protocol.assessments, *protocol.codelists):
        for system, value in part.codes:
            yield part.origin, system, value
    for part in (*fields, *protocol.codelists):
        for choice in part.choices:
            if choice.ncit is not None and getattr(part, "codelist", None) is None:
                yield part.origin, "ncit", choice.ncit


@rule("CRF011", "translation-missing", WARNING)
def translation_missing(trial: Trial) -> Iterator[Diagnostic]:
    """Labels of a form that is translated have no translation.

    What it means:
        The form has labels in another language, and some of its fields or choices have none.

    Why it matters:
        Sites would see two languages on one page, or an empty label.

    Example:
        form pain_form "Pain" records pain {
          field worst "Worst pain" integer range 0..10 hard
          field drug "Drug taken" yes_no
        }
        translate zh { pain_form "疼痛" pain_form.worst "最严重的疼痛" }

    Instead:
        form pain_form "Pain" records pain {
          field worst "Worst pain" integer range 0..10 hard
          field drug "Drug taken" yes_no
        }
        translate zh { pain_form "疼痛" pain_form.worst "最严重的疼痛" pain_form.drug "是否用药" }
    """
    for language in languages(trial.protocol):
        labels = Labels(trial.protocol, language)
        block = next(each for each in trial.protocol.translations if each.language == language)
        for form in trial.protocol.forms:
            lacking = list(dict.fromkeys(labels.missing(form))) if labels.is_begun(form) else []
            if lacking:
                yield translation_missing.at(
                    trial.head(block.origin),
                    f"{len(lacking)} of the labels of `{form.name}` have no translation into {language}: "
                    + wording.listing(_few(f"`{path}`" for path in lacking))
                    if len(lacking) > 1
                    else f"`{lacking[0]}` has no translation into {language}",
                    also=trial.mark(form.origin, "the form"),
                    help=f'add `{lacking[0]} "…"`',
                )


@rule("CRF012", "derived-in-a-circle", ERROR)
def derived_in_a_circle(trial: Trial) -> Iterator[Diagnostic]:
    """A derived field is calculated from itself.

    What it means:
        The formula of the field uses its own value at the same visit, at once or by way of other derived fields.

    Why it matters:
        The value can never be calculated: the field stays blank, and a data capture system refuses the form.

    Example:
        field systolic "Systolic pressure" integer unit mm[Hg]
        derive pressure "Pulse pressure" = systolic - diastolic unit mm[Hg]
        derive diastolic "Diastolic pressure" = systolic - pressure unit mm[Hg]

    Instead:
        field systolic "Systolic pressure" integer unit mm[Hg]
        field diastolic "Diastolic pressure" integer unit mm[Hg]
        derive pressure "Pulse pressure" = systolic - diastolic unit mm[Hg]
    """
    fields = {f"{form.name}.{each.name}": each for form in trial.protocol.forms for each in form.fields if each.formula}
    uses: dict[str, list[str]] = {}
    for path, field in fields.items():
        form = path.partition(".")[0]
        named = () if field.formula is None else _named_now(field.formula.tree)
        found = dict.fromkeys(name if name in fields else f"{form}.{name}" for name in named)
        uses[path] = [name for name in found if name in fields]
    told: set[str] = set()
    for path in uses:
        circle = [] if path in told else _circle(path, uses)
        told.update(circle)
        if circle:
            form = path.partition(".")[0]
            chain = [name.removeprefix(f"{form}.") for name in (*circle, path)]
            yield derived_in_a_circle.at(
                trial.span(fields[path].origin),
                f"`{chain[0]}` is calculated from itself: {' ← '.join(chain)}",
                also=tuple(mark for name in circle[1:] for mark in trial.mark(fields[name].origin, "needs the other")),
                help="let one of them be a `field` that is entered, or use its value at another visit",
            )


def _named_now(tree: dict[str, Any]) -> Iterator[str]:
    """The names in a formula whose value at the visit at hand is used."""
    if tree.get("op") == "call" and tree.get("function") == "baseline":
        return
    if tree.get("op") == "name" and tree.get("visit") is None:
        yield str(tree["name"])
    for value in tree.values():
        for each in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _named_now(cast("dict[str, Any]", each))


def _circle(start: str, uses: dict[str, list[str]]) -> list[str]:
    """The shortest way from a field back to itself, without its end; empty if there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for name in uses[way[-1]]:
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _few(names: Iterator[str] | list[str]) -> list[str]:
    listed = list(names)
    more = len(listed) - MOST_LISTED
    return listed if more <= 0 else [*listed[:MOST_LISTED], f"{more} more"]
