"""Reading numbers, units, quantities and dates."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import cast

from protocol_dsl.diagnostics.codes import qty
from protocol_dsl.diagnostics.model import Edit, Fix
from protocol_dsl.elaborate.findings import Findings
from protocol_dsl.elaborate.scope import Scope
from protocol_dsl.model.base import Quantity
from protocol_dsl.quantities import (
    LostExponent,
    NumberError,
    UnitError,
    canonical_number,
    describe_dimension,
    is_duration,
    parse_number,
    parse_unit,
    split_quantity,
)
from protocol_dsl.quantities.known_units import Unit
from protocol_dsl.source import SourceMap, Span
from protocol_dsl.syntax.nodes import Token

_WANTED = {
    "time": ("a time", "a time, such as `28 days`"),
    "amount": ("an amount of a product", "an amount, such as `30 mg/m2`"),
    "%": ("a percentage", "a percentage, such as `20 %`"),
    "mL": ("a volume", "a volume, such as `3 mL`"),
    "mL/kg": ("a volume", "a volume, such as `3 mL/kg`"),
    "kg": ("a weight", "a weight, such as `50 kg`"),
}
"""What `quantity` can want: what it is called, and what to write."""


class Amounts(Findings):
    """Numbers and quantities; each fault is told once, at its place."""

    def __init__(self, sources: SourceMap, scope: Scope) -> None:
        super().__init__(sources, scope)
        self.units: dict[str, Unit] = {}

    def number(self, token: Token | None, text: str | None = None, *, least: int | None = None) -> int | float | None:
        """The value of a number; None after a fault, which is told."""
        if token is None or token.missing:
            return None
        written = text if text is not None else token.value
        try:
            value = parse_number(written)
        except LostExponent as fault:
            fixes = []
            if fault.reading:
                place = Span(token.file, token.start, token.start + len(written))
                fixes = [Fix(f"write `{fault.reading}`", (Edit(place, fault.reading),), False)]
            self.tell(
                qty.LOST_EXPONENT,
                token,
                f"`{written.strip()}` has lost its exponent",
                help=f"{fault.reading} is most probably meant; say it with `^` or `e`"
                if fault.reading
                else "write the exponent with `^` or `e`",
                fixes=fixes,
            )
            return None
        except NumberError as fault:
            self.tell(qty.BAD_NUMBER, token, f"`{written}` is not a number: {fault.reason}")
            return None
        if least is not None and value < least:
            self.tell(qty.BAD_NUMBER, token, f"`{written}` is too small", help=f"at least {least} is due here")
            return None
        return value

    def whole(self, token: Token | None, *, least: int = 0) -> int | None:
        """The value of a whole number."""
        value = self.number(token, least=least)
        if isinstance(value, float) and token is not None:
            self.tell(
                qty.BAD_NUMBER,
                token,
                f"`{token.value}` is not a whole number; here something is counted",
                help=f"write {int(value)} or {int(value) + 1}" if abs(value) < 1e9 else "write a whole number",
            )
            return None
        return cast("int | None", value)

    def unit(self, text: str, at: Token, offset: int = 0, want: str | None = None) -> Unit | None:
        """A unit; `want` as in `quantity` for what is proposed; None after a fault, told at its place in the token."""
        try:
            return parse_unit(text, self.units)
        except UnitError as fault:
            start = at.start + offset + max(0, text.find(fault.part))
            span = Span(at.file, start, start + max(1, len(fault.part)))
            if text in self.scope.skipped or self.scope.find(text, "unit") is not None:
                return None
            near = self.fitting(fault.suggestions, want)
            hint = "did you mean " + " or ".join(f"`{s}`" for s in near[:3]) + "?" if near else None
            whole = Span(at.file, at.start + offset, at.start + offset + len(text))
            self.tell(
                qty.UNKNOWN_UNIT,
                span,
                fault.reason if fault.reason else f"`{fault.part}` is not a unit",
                help=hint or "a unit of your own is defined once: `define patch = 54 mg`",
                fixes=[Fix(f"write `{s}`", (Edit(whole, s),), False) for s in near[:1]],
            )
            return None

    def fitting(self, suggestions: tuple[str, ...], want: str | None) -> list[str]:
        """The proposed units that are of the wanted kind, the usual one first."""
        found: list[tuple[bool, str]] = []
        for text in suggestions:
            try:
                unit = parse_unit(text, self.units)
            except UnitError:
                continue
            if want is None or self.fits(unit, want):
                found.append((unit.symbol != want, text))
        return [text for _, text in sorted(found, key=lambda pair: pair[0])]

    def quantity(self, token: Token | None, want: str | None = None) -> Quantity | None:
        """A quantity; `want` is a unit that it must convert to, or `time`; None after a fault, which is told."""
        if token is None or token.missing:
            return None
        number_text, unit_text = split_quantity(token.value)
        value = self.number(token, number_text)
        offset = token.value.rfind(unit_text) if unit_text else len(token.value)
        unit = self.unit(unit_text, token, offset, want)
        if value is None or unit is None:
            return None
        if want is not None and not self.fits(unit, want):
            self.tell_wrong_kind(token, unit, want)
            return None
        return Quantity.model_construct(
            value=value, unit=unit.symbol, ucum=unit.ucum, written=canonical_number(number_text)
        )

    def percentage(self, token: Token | None) -> Quantity | None:
        """A percentage from 0 to 100; None after a fault, which is told."""
        quantity = self.quantity(token, "%")
        if quantity is None or token is None:
            return None
        share = parse_unit(quantity.unit, self.units).factor
        return quantity if self.is_percentage(token, quantity.value * share[0] * 100 / share[1]) else None

    def is_percentage(self, token: Token, value: float) -> bool:
        """Whether a percentage lies between 0 and 100; told otherwise."""
        if 0 <= value <= 100:
            return True
        self.tell(
            qty.BAD_NUMBER,
            token,
            f"`{token.value}` is no part of a whole: a percentage lies between 0 and 100",
            help="write a percentage such as `20 %`",
        )
        return False

    def tell_wrong_kind(self, token: Token, unit: Unit, want: str, example: str | None = None) -> None:
        """Report a quantity in a unit of another kind than is due."""
        due, usual = _WANTED[want]
        self.tell(
            qty.WRONG_DIMENSION,
            token,
            f"`{token.value}` is measured in {unit.symbol} ({describe_dimension(unit.dimension)}); here {due} is due",
            help=f"write {example or usual}",
        )

    def fits(self, unit: Unit, want: str) -> bool:
        """Whether a unit is of the wanted kind."""
        if want == "time":
            return is_duration(unit)
        if want == "amount":
            return not is_duration(unit)
        return unit.dimension == parse_unit(want).dimension

    def date(self, token: Token | None) -> str | None:
        """A date that exists, or a month, as ISO 8601; None after a fault, which is told."""
        if token is None or token.missing:
            return None
        try:
            date.fromisoformat(token.value if token.type == "DATE" else token.value + "-01")
        except ValueError:
            self.tell(qty.BAD_DATE, token, f"there is no date {token.value}", help=_other_date(token.value))
            return None
        return token.value


def _other_date(written: str) -> str:
    """What is wrong with a date that does not exist."""
    year, month, *_ = (int(part) for part in written.split("-"))
    if 1 <= month <= 12 and year >= 1:
        return f"that month has {monthrange(year, month)[1]} days"
    return "dates are written year-month-day, the month from 01 to 12"
