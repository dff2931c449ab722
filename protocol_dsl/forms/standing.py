"""Forms that every trial keeps: consent, demographics, history, logs of what is collected, end of study, death."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.forms import formulas
from protocol_dsl.forms.assessment import free_prefix
from protocol_dsl.forms.facts import fact_fields
from protocol_dsl.forms.matching import library_form
from protocol_dsl.forms.parts import LoadForm, field, joined, prefix, prefixed
from protocol_dsl.model import wording
from protocol_dsl.model.forms import Form

if TYPE_CHECKING:
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Collection
    from protocol_dsl.model.study import Fact

ALWAYS = ("informed_consent", "demographics", "medical_history")
LEAVING = ("withdrawal", "discontinuation", "end_of_study", "early_termination")


def standing_form(
    library_name: str, visits: tuple[str, ...], origin: Origin, load_form: LoadForm, taken: set[str]
) -> Form | None:
    """The library form `library_name`, kept at `visits`, for what the protocol takes for granted."""
    library = load_form(library_name)
    if library is None:
        return None
    made = library.model_copy(update={"records": (), "visits": visits, "source": "library", "origin": origin})
    return prefixed(made, prefix(library), free_prefix(prefix(library), library_name, taken))


def first_visit(protocol: Protocol) -> tuple[str, ...]:
    """The first visit of the schedule."""
    ordered = sorted(protocol.visits, key=lambda visit: visit.order)
    return tuple(visit.name for visit in ordered[:1])


def last_visits(protocol: Protocol) -> tuple[str, ...]:
    """The last scheduled visit, and visits on leaving the trial early, in schedule order."""
    ordered = sorted(protocol.visits, key=lambda visit: visit.order)
    scheduled = [visit.name for visit in ordered if visit.is_scheduled][-1:]
    leaving = {
        visit.name for visit in ordered if visit.timing.kind == "event" and (visit.timing.reference or "") in LEAVING
    }
    return tuple(visit.name for visit in ordered if visit.name in leaving or visit.name in scheduled)


def measures_death(protocol: Protocol) -> bool:
    """Whether an endpoint or a rule counts on the date of death."""
    measures = [endpoint.measure for endpoint in protocol.endpoints]
    rules = [rule.where for each in protocol.rules for rule in each.rules]
    return any(
        expression is not None and any("death" in name.casefold() for name in (*expression.names, expression.text))
        for expression in (*measures, *rules)
    )


def log_form(collection: Collection, protocol: Protocol, load_form: LoadForm, taken: set[str]) -> Form:
    """The log of something collected all the time: the library's if there is one, else a plain log."""
    row = library_form(collection.name, collection.label, collection.category)
    library = load_form(row.form) if row else None
    if library is not None:
        head = free_prefix(prefix(library), collection.name, taken)
        made = prefixed(library, prefix(library), head)
    else:
        made = _plain_log(collection, free_prefix(collection.name, collection.name, taken))
    return made.model_copy(
        update={
            "name": collection.name,
            "label": collection.label or made.label,
            "origin": collection.origin,
            "notes": collection.notes,
            "records": (collection.name,),
            "repeating": True,
            "visits": (),
            "source": "library" if library else "assessment",
            "instructions": (*_period(collection, protocol), *made.instructions),
            "condition": collection.condition,
            "populations": collection.populations,
        }
    )


def _period(collection: Collection, protocol: Protocol) -> tuple[str, ...]:
    parts = (*protocol.visits, *protocol.stages, *protocol.events, *protocol.cycles)
    titles = {each.name: each.title for each in parts}
    start = f" from {wording.point(collection.start, titles)}" if collection.start else ""
    end = f" to {wording.point(collection.end, titles)}" if collection.end else ""
    period = (f"Kept{start}{end}.",) if start or end else ()
    return (*period, *collection.remarks)


def _plain_log(collection: Collection, head: str) -> Form:
    origin = collection.origin
    ongoing = formulas.name(joined(head, "ongoing"), "Ongoing", "boolean")
    ended = formulas.expression(formulas.is_code(ongoing, "no", "no"), origin)
    fields = (
        field(joined(head, "term"), collection.title, "text", origin, required=True),
        field(joined(head, "start"), "Start", "date", origin, required=True),
        field(joined(head, "ongoing"), "Ongoing", "yes_no", origin, required=True),
        field(joined(head, "end"), "End", "date", origin, required=True, condition=ended),
        field(joined(head, "comment"), "Comment", "text", origin),
    )
    return Form(name=collection.name, origin=origin, fields=fields)


def facts_form(facts: tuple[Fact, ...], taken: set[str]) -> Form | None:
    """The form for facts that no other form asks."""
    if not facts:
        return None
    head = free_prefix("fact", "participant_facts", taken)
    return Form(
        name="participant_facts",
        label="Facts about the participant",
        origin=facts[0].origin,
        fields=tuple(fact_fields(facts, head, None)),
        instructions=("Kept up to date; the protocol's rules and endpoints count on it.",),
        source="facts",
    )


def events_form(facts: tuple[Fact, ...], taken: set[str]) -> Form | None:
    """The form for events that the protocol counts: one record an event, saying which it was and when."""
    if not facts:
        return None
    origin, head = facts[0].origin, free_prefix("event", "events_of_interest", taken)
    return Form(
        name="events_of_interest",
        label="Events of interest",
        origin=origin,
        fields=(
            field(joined(head, "date"), "Date of the event", "date", origin, required=True),
            *(each.model_copy(update={"required": True}) for each in fact_fields(facts, head, "What it was")),
            field(joined(head, "details"), "Details", "text", origin, heading="Description"),
        ),
        repeating=True,
        instructions=("One record for each event; the protocol's rules and endpoints count them.",),
        source="events",
    )
