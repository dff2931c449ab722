"""Instruments and case report forms."""

from typing import Literal, NamedTuple

from protocol_dsl.model.base import Choice, Element, Expression, Note, Origin, Part, Quantity


class Item(Element):
    """One item of an instrument: a range of numbers, coded choices, or yes/no with a weight."""

    low: int | float | None = None
    high: int | float | None = None
    decimals: int = 0
    choices: tuple[Choice, ...] = ()
    weight: int | float | None = None
    condition: Expression | None = None
    heading: str | None = None


class Total(Element):
    """A total or grade computed from the items; `formula` None is the (weighted) sum of all items."""

    formula: Expression | None = None
    choices: tuple[Choice, ...] = ()


class Example(Part):
    """A worked example: values of items, and what the totals must be."""

    label: str
    values: tuple[tuple[str, int | float | str], ...]
    gives: tuple[tuple[str | None, int | float], ...]
    origin: Origin


class Instrument(Element):
    """A scale, index or grading."""

    abbreviation: str | None = None
    description: str | None = None
    edition: str | None = None
    items: tuple[Item, ...] = ()
    totals: tuple[Total, ...] = ()
    low: int | float | None = None
    high: int | float | None = None
    unit: str | None = None
    higher: Literal["worse", "better"] | None = None
    recall: Quantity | None = None
    missing: str | None = None
    citation: str | None = None
    licence: str | None = None
    licence_note: str | None = None
    examples: tuple[Example, ...] = ()
    from_library: bool = False


class Codelist(Element):
    """A list of choices that fields share; `codes` as in a field, such as ("ncit", "C66742") for the list itself."""

    choices: tuple[Choice, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()


class Limits(NamedTuple):
    """An inclusive range; outside a `soft` one a value is questioned, outside a `hard` one refused."""

    low: int | float | None
    high: int | float | None
    kind: Literal["soft", "hard"]


class Field(Element):
    """A field of a form.

    `type`: `integer`, `decimal`, `text`, `date`, `time`, `datetime`, `yes_no`, `choice`, `choices`, `file`, `slider`,
    `derived`. Numeric limits are inclusive; `range_kind` tells whether a value outside is refused or questioned.
    A field with both kinds of limits has the soft ones in `low` and `high`; `ranges` has all.
    """

    type: str
    decimals: int | None = None
    unit: str | None = None
    ucum: str | None = None
    low: int | float | None = None
    high: int | float | None = None
    range_kind: Literal["soft", "hard"] | None = None
    hard_low: int | float | None = None
    hard_high: int | float | None = None
    """The limits beyond which a value is refused, of a field that has soft limits besides."""
    required: bool = False
    identifier: bool = False
    choices: tuple[Choice, ...] = ()
    codelist: str | None = None
    """The shared list that its choices come from."""
    ends: tuple[str, ...] = ()
    """What stands at the ends of a slider: left and right, or left, middle and right."""
    visits: tuple[str, ...] = ()
    """The only visits at which it is asked; empty for all visits of its form."""
    condition: Expression | None = None
    formula: Expression | None = None
    heading: str | None = None
    """A heading that stands before this field."""
    matrix: str | None = None
    """The matrix that the field is a row of."""
    remarks: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    """Annotations: (system, value), such as ("cdash", "VSTEMP")."""
    holds: str | None = None
    """What of the protocol its value is: a result, fact or criterion by name, `sledai.total` for a total or item."""

    @property
    def ranges(self) -> tuple[Limits, ...]:
        """Its limits: none, soft, hard, or soft and hard."""
        found: list[Limits] = []
        if self.low is not None or self.high is not None:
            found.append(Limits(self.low, self.high, self.range_kind or "soft"))
        if self.hard_low is not None or self.hard_high is not None:
            found.append(Limits(self.hard_low, self.hard_high, "hard"))
        return tuple(found)

    def is_asked_at(self, visit: str) -> bool:
        """Whether it is asked at a visit of its form."""
        return not self.visits or visit in self.visits


class Check(Element):
    """A check across fields; its condition must hold."""

    text: str
    where: Expression
    kind: Literal["soft", "hard"] = "soft"


class Form(Element):
    """A case report form. `records` names the assessments and collections whose data it takes."""

    fields: tuple[Field, ...] = ()
    checks: tuple[Check, ...] = ()
    records: tuple[str, ...] = ()
    repeating: bool = False
    instructions: tuple[str, ...] = ()
    instrument: str | None = None
    visits: tuple[str, ...] = ()
    """The visits at which it is completed, in schedule order; empty for a form kept all the time."""
    source: Literal[
        "protocol", "library", "instrument", "assessment", "eligibility", "dosing", "randomisation", "facts", "events"
    ] = "protocol"
    """Who wrote it: the protocol, the shipped library, or the compiler from an instrument, a result list, …"""
    citation: str | None = None
    condition: Expression | None = None
    populations: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
