"""The form that tells whether a participant may take part: a yes/no row for each criterion and option.

Beside a criterion with a condition stands what the data say (`computed`), or else the condition in English, so that the
answer can be checked.
Washouts and restrictions are rows too, and so are the facts that criteria rest on and no assessment gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.forms.computed import BY_THE_DATA
from protocol_dsl.forms.facts import fact_fields
from protocol_dsl.forms.parts import LoadForm, field, identifier
from protocol_dsl.model import wording
from protocol_dsl.model.forms import Field, Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.model.base import Quantity
    from protocol_dsl.model.outcomes import Criterion, Eligibility
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.study import Fact

HEADINGS = {
    "include": "Inclusion criteria",
    "exclude": "Exclusion criteria",
    "washout": "Washouts",
    "restriction": "Restrictions",
}
LETTERS = {"include": "I", "exclude": "E", "washout": "W", "restriction": "R"}
COMBINED = {"all_of": "all of these", "one_of": "at least one of these"}


def eligibility_form(protocol: Protocol, load_form: LoadForm, facts: tuple[Fact, ...]) -> Form | None:
    """The form for all criteria and the `facts` they rest on; None for a trial without an eligibility section."""
    eligibility = protocol.eligibility
    if eligibility is None:
        return None
    library = load_form("eligibility_review")
    asked = fact_fields(facts, "ie", "Facts that the criteria rest on")
    rows = [*_demographic_rows(eligibility), *_criterion_rows(eligibility, protocol)]
    after = library.fields if library else ()
    if after and after[0].heading is None:
        after = (after[0].model_copy(update={"heading": "Decision"}), *after[1:])
    return Form(
        name="eligibility",
        label="Eligibility",
        origin=eligibility.origin,
        fields=(*asked, *rows, *after),
        checks=library.checks if library else (),
        instructions=(
            "Yes means that the statement is true of the participant. To take part, every inclusion criterion must be "
            "yes and every exclusion criterion no.",
        ),
        visits=_visits(eligibility, protocol),
        source="eligibility",
        notes=eligibility.notes,
    )


def walk(criteria: tuple[Criterion, ...]) -> Iterator[Criterion]:
    """All criteria and options, each before its own options."""
    for criterion in criteria:
        yield criterion
        yield from walk(criterion.options)


def _visits(eligibility: Eligibility, protocol: Protocol) -> tuple[str, ...]:
    """The visits at which criteria are assessed, in schedule order; the first visit where none is named."""
    named = {visit for criterion in walk(eligibility.criteria) for visit in criterion.visits}
    ordered = sorted(protocol.visits, key=lambda visit: visit.order)
    found = tuple(visit.name for visit in ordered if visit.name in named)
    return found or tuple(visit.name for visit in ordered[:1])


def _demographic_rows(eligibility: Eligibility) -> Iterator[Field]:
    """Age and sex, which the registry holds apart from the criteria."""
    heading: str | None = "Age and sex"
    lower, upper = eligibility.minimum_age, eligibility.maximum_age
    if lower is not None or upper is not None:
        yield field("ie_age", age_text(lower, upper), "yes_no", eligibility.origin, required=True, heading=heading)
        heading = None
    if eligibility.sex in ("female", "male"):
        label = f"Sex: {eligibility.sex}"
        yield field("ie_sex", label, "yes_no", eligibility.origin, required=True, heading=heading)


def age_text(lower: Quantity | None, upper: Quantity | None) -> str:
    """`Age from 18 years to 70 years`."""
    if lower is not None and upper is not None:
        return f"Age from {wording.quantity(lower)} to {wording.quantity(upper)}"
    if lower is not None:
        return f"Age at least {wording.quantity(lower)}"
    return f"Age at most {wording.quantity(upper)}" if upper is not None else "Age"


def _criterion_rows(eligibility: Eligibility, protocol: Protocol) -> Iterator[Field]:
    kinds = sorted({criterion.kind for criterion in eligibility.criteria}, key=list(HEADINGS).index)
    for kind in kinds:
        heading: str | None = HEADINGS[kind]
        found = [criterion for criterion in eligibility.criteria if criterion.kind == kind]
        for place, criterion in enumerate(found, 1):
            number = f"{LETTERS[kind]}{criterion.number or place}"
            for row in _rows(criterion, number, f"ie_{identifier(criterion.name)}", protocol):
                yield row.model_copy(update={"heading": heading})
                heading = None


def _rows(criterion: Criterion, number: str, name: str, protocol: Protocol) -> Iterator[Field]:
    yield field(
        name,
        f"{number}. {' '.join(criterion.text.split())}" + _combination(criterion),
        "yes_no",
        criterion.origin,
        required=criterion.condition is None and not criterion.populations,
        condition=criterion.condition,
        remarks=tuple(_remarks(criterion, protocol)),
        codes=(("sdtm", "IE.IEORRES"),),
        notes=criterion.notes,
        holds=criterion.name,
    )
    for place, option in enumerate(criterion.options):
        letter = chr(ord("a") + place) if place < 26 else f".{place + 1}"
        yield from _rows(option, f"{number}{letter}", f"{name}_{identifier(option.name)}", protocol)


def _combination(criterion: Criterion) -> str:
    if criterion.combine == "at_least":
        return f" (at least {criterion.at_least} of these)"
    return f" ({COMBINED[criterion.combine]})" if criterion.combine else ""


def _remarks(criterion: Criterion, protocol: Protocol) -> Iterator[str]:
    if criterion.where is not None:
        yield f"{BY_THE_DATA}{criterion.where.english}"
    titles = titles_of(protocol)
    before = titles.get(criterion.before or "", criterion.before or "")
    length = wording.duration(criterion.within) if criterion.within is not None else ""
    # Most texts say the period themselves.
    if length and length.casefold() not in criterion.text.casefold():
        verb = "At least" if criterion.kind == "washout" else "Within"
        yield f"{verb} {length} before {before}" if before else f"{verb} {length}"
    if criterion.start is not None or criterion.end is not None:
        start = f"From {wording.point(criterion.start, titles)}" if criterion.start else ""
        end = f"{'to' if start else 'To'} {wording.point(criterion.end, titles)}" if criterion.end else ""
        yield " ".join(part for part in (start, end) if part)
    if criterion.populations:
        names = {each.name: each.title for each in protocol.populations}
        yield f"Only for {wording.listing(names.get(each, each) for each in criterion.populations)}"
    if criterion.requires:
        labels = _result_labels(protocol)
        yield f"Needs the result: {wording.listing(labels.get(each, each) for each in criterion.requires)}"
    yield from criterion.remarks


def titles_of(protocol: Protocol) -> dict[str, str]:
    """Titles of all places in time, by name."""
    parts = (*protocol.visits, *protocol.stages, *protocol.events, *protocol.cycles)
    return {each.name: each.title for each in parts}


def _result_labels(protocol: Protocol) -> dict[str, str]:
    labels = {each.name: each.title for each in (*protocol.assessments, *protocol.facts)}
    for assessment in protocol.assessments:
        labels |= {result.name: result.title for result in assessment.results}
    return labels
