"""Facts about participants, which no assessment gives: where each is asked.

A fact that a criterion rests on, or the condition of a visit or assessment, is asked with the criteria; one that a DLT
criterion rests on with the DLT assessment; one that allocation is stratified by when participants are randomised; one
that endpoints or rules count, or wait for, is an event that may happen again. The rest have a form of their own. A fact
that follows from others (`where`) is not asked anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from protocol_dsl.forms.parts import choices, field, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protocol_dsl.model.base import Expression
    from protocol_dsl.model.forms import Field
    from protocol_dsl.model.outcomes import Criterion
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.study import Fact

TYPES = {
    "boolean": "yes_no",
    "number": "decimal",
    "decimal": "decimal",
    "integer": "integer",
    "date": "date",
    "text": "text",
    "datetime": "datetime",
    "time": "time",
    "file": "file",
    "slider": "slider",
}

COUNTING = ("count", "rate", "time_to")
"""Functions of an event that may happen at any time, and more than once."""


class FactPlaces(NamedTuple):
    """The facts by the form that asks them."""

    eligibility: tuple[Fact, ...]
    dlt: tuple[Fact, ...]
    strata: tuple[Fact, ...]
    events: tuple[Fact, ...]
    others: tuple[Fact, ...]


def places(protocol: Protocol) -> FactPlaces:
    """Where each fact is asked."""
    asked = [fact for fact in protocol.facts if fact.where is None]
    known = {fact.name: fact for fact in protocol.facts}
    eligible = _reached((*_criterion_names(protocol), *_condition_names(protocol)), known)
    dlt = _reached(_spoken(criterion.where for criterion in protocol.dlt.criteria) if protocol.dlt else (), known)
    strata = set(protocol.randomization.strata) if protocol.randomization else set[str]()
    events = {name for name in _counted(protocol) if name in known and known[name].type == "boolean"}
    places: dict[str, str] = {}
    for place, names in (("eligibility", eligible), ("dlt", dlt), ("strata", strata), ("events", events)):
        for name in names:
            places.setdefault(name, place)

    def at(place: str) -> tuple[Fact, ...]:
        return tuple(fact for fact in asked if places.get(fact.name, "others") == place)

    return FactPlaces(at("eligibility"), at("dlt"), at("strata"), at("events"), at("others"))


def fact_fields(facts: tuple[Fact, ...], prefix: str, heading: str | None) -> list[Field]:
    """A field for each fact."""
    return [
        field(
            joined(prefix, fact.name),
            fact.title,
            "choice" if fact.choices else TYPES.get(fact.type, "text"),
            fact.origin,
            unit=fact.unit,
            choices=choices(fact.choices),
            condition=fact.condition,
            heading=heading if number == 0 else None,
            remarks=(fact.description,) if fact.description else (),
            notes=fact.notes,
            holds=fact.name,
        )
        for number, fact in enumerate(facts)
    ]


def _criterion_names(protocol: Protocol) -> Iterator[str]:
    def walk(criteria: tuple[Criterion, ...]) -> Iterator[str]:
        for criterion in criteria:
            yield from _spoken((criterion.where, criterion.condition))
            yield from criterion.requires
            yield from walk(criterion.options)

    if protocol.eligibility is not None:
        yield from walk(protocol.eligibility.criteria)


def _condition_names(protocol: Protocol) -> Iterator[str]:
    """What decides who has a visit, an assessment, a stage or a dose, and must be known from the start."""
    parts = (*protocol.visits, *protocol.stages, *protocol.assessments, *protocol.collections)
    yield from _spoken(part.condition for part in (*parts, *protocol.administrations))


def _counted(protocol: Protocol) -> Iterator[str]:
    """What endpoints, rules and interim analyses count or wait for."""
    rules = (rule.where for each in protocol.rules for rule in each.rules)
    measures = (endpoint.measure for endpoint in protocol.endpoints)
    for expression in (*rules, *measures, *(interim.where for interim in protocol.interims)):
        if expression is not None:
            yield from _in_calls(expression.tree, False)


def _in_calls(tree: Any, is_inside: bool) -> Iterator[str]:
    """The names inside `count(…)`, `rate(…)` and `time_to(…)`."""
    if isinstance(tree, dict):
        node: dict[str, Any] = tree  # pyright: ignore[reportUnknownVariableType]
        if is_inside and node.get("op") == "name":
            yield node["name"]
        is_inside = is_inside or (node.get("op") == "call" and node.get("function") in COUNTING)
        for value in node.values():
            yield from _in_calls(value, is_inside)
    elif isinstance(tree, list):
        for value in tree:  # pyright: ignore[reportUnknownVariableType]
            yield from _in_calls(value, is_inside)


def _spoken(expressions: Iterable[Expression | None]) -> Iterator[str]:
    for expression in expressions:
        if expression is not None:
            yield from expression.names


def _reached(names: Iterable[str], facts: dict[str, Fact]) -> set[str]:
    """The facts among the names, and those that they follow from."""
    found: set[str] = set()
    open_names = list(names)
    while open_names:
        fact = facts.get(open_names.pop())
        if fact is not None and fact.name not in found:
            found.add(fact.name)
            open_names += _spoken((fact.where, fact.condition))
    return found
