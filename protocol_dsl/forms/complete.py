"""All case report forms of a trial.

1. The forms of the protocol as written.
2. For each assessment and collection that none of them records: its instrument's form, else one made from the declared
   results and the library (`assessment`), else the library's.
3. What every trial has: consent, demographics, medical history, eligibility, randomisation, administration of each
   product, assessment of dose-limiting toxicity, events that are counted, end of study, death where it is measured.

Each form's visits are those of the schedule; names of forms are unique, names of fields within a form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.forms.applicable import applicable
from protocol_dsl.forms.assessment import assessment_form, row_of
from protocol_dsl.forms.computed import with_computed_answers
from protocol_dsl.forms.dosing import administration_forms, dlt_form
from protocol_dsl.forms.eligibility import eligibility_form, walk
from protocol_dsl.forms.facts import places
from protocol_dsl.forms.instrument import instrument_form
from protocol_dsl.forms.matching import library_form
from protocol_dsl.forms.parts import LoadForm, distinct, with_distinct_fields
from protocol_dsl.forms.randomisation import randomisation_form
from protocol_dsl.forms.standing import (
    ALWAYS,
    events_form,
    facts_form,
    first_visit,
    last_visits,
    log_form,
    measures_death,
    standing_form,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol_dsl.model.forms import Form
    from protocol_dsl.model.protocol import Protocol

FIRST = ("informed_consent", "demographics", "medical_history", "eligibility_review")
"""Library forms that open a visit's forms, in this order."""


def complete(protocol: Protocol, load_form: LoadForm) -> tuple[Form, ...]:
    """The full set of forms, by first visit and then by the text; forms without a visit at the end."""
    load_form = applicable(load_form, protocol)
    taken = {field.name.partition("_")[0] for form in protocol.forms for field in form.fields}
    kinds: dict[int, str] = {}
    forms = [_at_its_visits(form, protocol) for form in protocol.forms]
    recorded = {name for form in protocol.forms for name in form.records}

    def add(form: Form | None, kind: str = "") -> None:
        if form is not None:
            kinds[len(forms)] = kind
            forms.append(form)

    for assessment in protocol.assessments:
        if assessment.name not in recorded:
            row = row_of(assessment)
            instrument = protocol.instrument(assessment.instrument) if assessment.instrument else None
            if instrument is not None:
                add(instrument_form(assessment, instrument, protocol, load_form, taken))
            else:
                add(assessment_form(assessment, protocol, load_form, taken), row.form if row else "")
    for collection in protocol.collections:
        if collection.name not in recorded:
            instrument = protocol.instrument(collection.instrument) if collection.instrument else None
            if instrument is not None:
                add(instrument_form(collection, instrument, protocol, load_form, taken))
            else:
                add(log_form(collection, protocol, load_form, taken))
    have = _kinds_of(kinds.values(), protocol)
    for name in ALWAYS:
        if name not in have:
            add(standing_form(name, first_visit(protocol), protocol.study.origin, load_form, taken), name)
    facts = places(protocol)
    add(eligibility_form(protocol, load_form, facts.eligibility), "eligibility_review")
    randomisation = randomisation_form(protocol, facts.strata, taken)
    add(randomisation)
    for form in administration_forms(protocol, load_form, taken):
        add(form)
    dlt = dlt_form(protocol, load_form, facts.dlt, taken)
    add(dlt)
    add(events_form(facts.events, taken))
    strata = facts.strata if randomisation is None else ()
    add(facts_form((*(facts.dlt if dlt is None else ()), *strata, *facts.others), taken))
    if "disposition" not in have:
        add(standing_form("disposition", last_visits(protocol), protocol.study.origin, load_form, taken))
    if "death" not in have and measures_death(protocol):
        add(standing_form("death", (), protocol.study.origin, load_form, taken))
    return _ordered_and_named(forms, kinds, protocol)


def _kinds_of(made: Iterable[str], protocol: Protocol) -> set[str]:
    """The library forms that are not needed, because a form of the trial records the same."""
    written = (library_form(form.name, form.label, None) for form in protocol.forms)
    return {*made, *(row.form for row in written if row is not None)}


def _at_its_visits(form: Form, protocol: Protocol) -> Form:
    """A form of the protocol, completed at the visits of all that it records."""
    if form.visits:
        return form
    named = {
        visit for assessment in protocol.assessments if assessment.name in form.records for visit in assessment.visits
    }
    ordered = sorted(protocol.visits, key=lambda visit: visit.order)
    return form.model_copy(update={"visits": tuple(visit.name for visit in ordered if visit.name in named)})


def _ordered_and_named(forms: list[Form], kinds: dict[int, str], protocol: Protocol) -> tuple[Form, ...]:
    order = {visit.name: visit.order for visit in protocol.visits}
    last = len(order)

    def key(place: int) -> tuple[int, int, int]:
        form = forms[place]
        first = min((order.get(visit, last) for visit in form.visits), default=last)
        kind = kinds.get(place, "")
        return first, FIRST.index(kind) if kind in FIRST else len(FIRST), place

    # A form that the protocol names keeps its name, whatever the compiler adds.
    taken = {form.name for form in protocol.forms}
    result: list[Form] = []
    for place in sorted(range(len(forms)), key=key):
        form = forms[place]
        if place < len(protocol.forms):
            result.append(form)
        else:
            result.append(with_distinct_fields(form).model_copy(update={"name": distinct(form.name, taken)}))
    criteria = list(walk(protocol.eligibility.criteria)) if protocol.eligibility is not None else []
    return tuple(with_computed_answers(result, protocol, criteria))
