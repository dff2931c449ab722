"""Times and quantities in English, as schedules and registries print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.quantities import UnitError, format_number, format_quantity, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol_dsl.model.base import Duration, Gap, Point, Quantity

MINUS = "−"


def listing(parts: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(parts)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" {last} " + items[-1] if items else ""


def small(text: str) -> str:
    """A label inside a sentence: its first letter small, unless it begins with an abbreviation."""
    return text[0].lower() + text[1:] if len(text) > 1 and text[1].islower() else text


def large(text: str) -> str:
    """A text that begins a line: its first letter a capital."""
    return text[:1].upper() + text[1:]


def number(value: int | float, written: str | None = None) -> str:
    """A number for people."""
    return format_number(value, "text", written).replace("-", MINUS)


def quantity(value: Quantity) -> str:
    """A quantity for people: `3 mL`, `3.0×10⁸ cells`, `2 weeks`; a unit of the protocol's own stands as it is."""
    try:
        unit = parse_unit(value.unit)
    except UnitError:
        return f"{number(value.value, value.written)} {value.unit}"
    text = format_quantity(value.value, unit, "text", value.written)
    return MINUS + text[1:] if text.startswith("-") else text


def duration(value: Duration) -> str:
    """A duration for people."""
    parts = [quantity(part) for part in value.quantities]
    if value.choose == "only":
        return parts[0]
    return f"{parts[0]} or {parts[1]}, whichever is {value.choose}"


def gap(value: Gap) -> str:
    """A gap for people: `3 to 14 days`."""
    if value.lower == value.upper or value.duration.choose != "only":
        return duration(value.duration)
    return f"{number(value.lower)} to {duration(value.duration)}"


def day_number(unit: str, value: int) -> str:
    """`Day 28`, `Week 4`, `Day −5`."""
    return f"{unit.capitalize()} {number(value)}"


def point(value: Point, titles: dict[str, str]) -> str:
    """A point for people: `Day 28`, `28 days after infusion`, `the end of follow-up`."""
    of = titles.get(value.of or "", value.of or "")
    if value.kind == "timeline" and value.unit is not None and value.number is not None:
        text = day_number(value.unit, value.number)
        return f"{text} after {of}" if of else text
    if value.kind in ("after", "before") and value.duration is not None:
        return f"{duration(value.duration)} {value.kind} {of}"
    if value.kind == "start_of":
        return f"the start of {of}"
    if value.kind == "end_of":
        return f"the end of {of}"
    if value.kind == "elapsed" and value.duration is not None:
        return duration(value.duration)
    return of
