"""The form of an instrument: its items as fields, its totals derived from them, its citation and licence.

Of an instrument whose text is licensed (`reference_only`) the library holds scores, not questions: the form asks for
those scores, or for the total alone where there are none, and says where the questionnaire itself is filled in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.forms import formulas
from protocol_dsl.forms.assessment import free_prefix, instructions
from protocol_dsl.forms.matching import GENERIC
from protocol_dsl.forms.parts import LoadForm, field, joined, prefix, prefixed, suffix, under_headings, without_strays
from protocol_dsl.model import wording
from protocol_dsl.model.forms import Field, Form, Instrument, Item, Total
from protocol_dsl.model.schedule import Assessment, Collection

if TYPE_CHECKING:
    from protocol_dsl.model.base import Expression
    from protocol_dsl.model.protocol import Protocol

MISSING = {
    "block": "A missing item leaves the total empty.",
    "skip": "The total counts the items that were answered.",
    "prorate": "The total of the answered items is scaled up to all items.",
}


def instrument_form(
    subject: Assessment | Collection,
    instrument: Instrument,
    protocol: Protocol,
    load_form: LoadForm,
    taken: set[str],
) -> Form:
    """The form of an assessment or collection that uses an instrument."""
    head = free_prefix(subject.name, subject.name, taken)
    administrative = _administrative(load_form, head, subject)
    items = under_headings(
        (item.heading, _item_field(item, instrument, head, subject.name)) for item in instrument.items
    )
    visits = subject.visits if isinstance(subject, Assessment) else ()
    own = instructions(subject, protocol) if isinstance(subject, Assessment) else ()
    return Form(
        name=subject.name,
        label=subject.label or instrument.label,
        origin=subject.origin,
        notes=subject.notes,
        fields=(*administrative, *items, *_total_fields(instrument, head, subject.name, bool(items))),
        records=(subject.name,),
        repeating=isinstance(subject, Collection),
        instructions=(*own, *about(instrument)),
        instrument=instrument.name,
        visits=visits,
        source="instrument",
        citation=instrument.citation,
        condition=subject.condition,
        populations=subject.populations,
    )


def _administrative(load_form: LoadForm, head: str, subject: Assessment | Collection) -> tuple[Field, ...]:
    """Done, reason and date, from the library's form for any procedure."""
    generic = load_form(GENERIC)
    wanted = ("done", "reason", "date")
    if generic is None:
        return (field(joined(head, "date"), "Date of assessment", "date", subject.origin, required=True),)
    cut = without_strays(generic, {each.name for each in generic.fields if suffix(each.name) in wanted})
    return prefixed(cut, prefix(generic), head).fields


def about(instrument: Instrument) -> tuple[str, ...]:
    """What the person who fills in the form must know, in sentences."""
    lines: list[str] = []
    if instrument.licence == "reference_only":
        lines.append("Complete the licensed original and enter only its scores here.")
    if instrument.description:
        lines += [" ".join(line.split()) for line in instrument.description.splitlines() if line.strip()]
    if instrument.recall is not None:
        lines.append(f"Look-back period: {wording.quantity(instrument.recall)}.")
    if instrument.low is not None and instrument.high is not None:
        unit = f" {instrument.unit}" if instrument.unit else ""
        better = f"; higher is {instrument.higher}" if instrument.higher else ""
        lines.append(f"Range: {wording.number(instrument.low)} to {wording.number(instrument.high)}{unit}{better}.")
    if instrument.missing in MISSING and (instrument.totals or not instrument.items):
        lines.append(MISSING[instrument.missing])
    return tuple(lines)


def _item_field(item: Item, instrument: Instrument, head: str, subject: str) -> Field:
    names = {other.name: joined(head, other.name) for other in instrument.items}
    is_number = item.low is not None or item.high is not None
    type = "choice" if item.choices else "yes_no" if not is_number else "decimal" if item.decimals else "integer"
    is_summed = any(total.formula is None for total in instrument.totals)
    counts = is_summed and item.weight is not None and type == "yes_no"
    weight = (f"Counts {wording.number(item.weight or 0)} if yes",) if counts else ()
    return field(
        joined(head, item.name),
        item.title,
        type,
        item.origin,
        decimals=item.decimals if type == "decimal" else None,
        low=item.low,
        high=item.high,
        range_kind="hard" if is_number else None,
        choices=item.choices,
        condition=_in_form(item.condition, names),
        remarks=weight,
        holds=f"{subject}.{item.name}",
    )


def _total_fields(instrument: Instrument, head: str, subject: str, has_items: bool) -> list[Field]:
    totals = instrument.totals
    if not totals and has_items:
        return []
    if not totals:
        totals = (Total(name="total", origin=instrument.origin),)
    names = {each.name: joined(head, each.name) for each in (*instrument.items, *totals)}
    return [
        field(
            joined(head, total.name),
            total.label or f"{instrument.abbreviation or instrument.title}, total",
            "derived" if has_items else "decimal",
            total.origin,
            unit=instrument.unit if number == 0 else None,
            low=instrument.low if number == 0 else None,
            high=instrument.high if number == 0 else None,
            range_kind="hard" if number == 0 and instrument.low is not None else None,
            choices=total.choices,
            formula=(_in_form(total.formula, names) or _sum(instrument, names, total)) if has_items else None,
            heading="Score" if number == 0 else None,
            holds=f"{subject}.{total.name}",
        )
        for number, total in enumerate(totals)
    ]


def _sum(instrument: Instrument, names: dict[str, str], total: Total) -> Expression:
    """The sum of all items, each yes counting its weight; in English without the list of all items."""
    weighted = any(item.weight not in (None, 1) for item in instrument.items)
    parts = [formulas.weighted(formulas.name(names[item.name], item.title), item.weight) for item in instrument.items]
    text = "sum of the weights of the items that are present" if weighted else "sum of all items"
    return formulas.expression(formulas.call("sum", parts), total.origin, english=text)


def _in_form(expression: Expression | None, names: dict[str, str]) -> Expression | None:
    return formulas.renamed(expression, names) if expression is not None else None
