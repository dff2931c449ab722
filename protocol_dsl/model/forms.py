"""Instruments and case report forms."""

from typing import Literal

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


class Field(Element):
    """A field of a form.

    `type`: `integer`, `decimal`, `text`, `date`, `time`, `datetime`, `yes_no`, `choice`, `choices`, `file`, `slider`,
    `derived`. Numeric limits are inclusive; `range_kind` tells whether a value outside is refused or questioned.
    """

    type: str
    decimals: int | None = None
    unit: str | None = None
    ucum: str | None = None
    low: int | float | None = None
    high: int | float | None = None
    range_kind: Literal["soft", "hard"] | None = None
    required: bool = False
    identifier: bool = False
    choices: tuple[Choice, ...] = ()
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
    source: Literal["protocol", "library", "instrument", "assessment", "eligibility", "dosing"] = "protocol"
    """Who wrote it: the protocol, the shipped library, or the compiler from an instrument, a result list, …"""
    citation: str | None = None
    condition: Expression | None = None
    populations: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
