"""Facts about participants, which no assessment gives: where each is asked.

A fact that a criterion rests on, or the condition of a visit or assessment, is asked with the criteria; one that a DLT
criterion rests on with the DLT assessment; the rest have a form of their own. A fact that follows from others (`where`)
is not asked anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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


class FactPlaces(NamedTuple):
    """The facts by the form that asks them."""

    eligibility: tuple[Fact, ...]
    dlt: tuple[Fact, ...]
    others: tuple[Fact, ...]


def places(protocol: Protocol) -> FactPlaces:
    """Where each fact is asked."""
    asked = [fact for fact in protocol.facts if fact.where is None]
    known = {fact.name: fact for fact in protocol.facts}
    eligible = _reached((*_criterion_names(protocol), *_condition_names(protocol)), known)
    dlt = _reached(_spoken(criterion.where for criterion in protocol.dlt.criteria) if protocol.dlt else (), known)
    return FactPlaces(
        tuple(fact for fact in asked if fact.name in eligible),
        tuple(fact for fact in asked if fact.name in dlt and fact.name not in eligible),
        tuple(fact for fact in asked if fact.name not in eligible | dlt),
    )


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
