"""Reading durations, windows and points in time."""

from __future__ import annotations

import re
from typing import Literal, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.amounts import Amounts
from protocol_dsl.model import wording
from protocol_dsl.model.base import Duration, Gap, Point, Quantity
from protocol_dsl.model.schedule import Window
from protocol_dsl.quantities import (
    split_quantity,
)
from protocol_dsl.quantities.known_units import Unit
from protocol_dsl.syntax.nodes import Node, Token

CALENDAR_UNITS = {"days": "day", "weeks": "week", "months": "month", "years": "year"}
DAYS_IN = {"day": 1, "week": 7}


class Times(Amounts):
    """Times, and the names of the moments that they are counted from."""

    def duration(self, node: Node | Token | None) -> Duration | None:
        """A duration, `28 days` or `shorter of 2 weeks, 5 half_lives`."""
        if node is None:
            return None
        if isinstance(node, Token):
            one = self.quantity(node, "time")
            return Duration.model_construct(quantities=(one,), choose="only") if one is not None else None
        parts = [self.quantity(token, "time") for token in node.tokens("QTY")]
        if None in parts:
            return None
        choose = {"shorter_of": "shorter", "longer_of": "longer"}[node.kind]
        return Duration.model_construct(quantities=tuple(cast("list[Quantity]", parts)), choose=choose)

    def gap(self, node: Node | Token | None) -> Gap | None:
        """A gap, `28 days` or `3 to 14 days`."""
        if isinstance(node, Node) and node.kind == "gap_range":
            upper = self.duration(node.token("QTY"))
            lower = self.number(node.token("NUMBER"))
            if upper is None or lower is None:
                return None
            if lower > upper.quantities[0].value:
                self.tell(
                    nam.RANGE_ORDER,
                    node,
                    f"the range from {lower} to {upper.quantities[0].value} is empty",
                    help="write the smaller number first",
                )
                return None
            return Gap.model_construct(
                lower=lower, upper=upper.quantities[0].value, unit=upper.quantities[0].unit, duration=upper
            )
        whole = self.duration(node)
        if whole is None:
            return None
        first = whole.quantities[0]
        return Gap.model_construct(lower=first.value, upper=first.value, unit=first.unit, duration=whole)

    def days(self, value: int | float, unit: str) -> int | None:
        """A time in whole days, rounded up; None for months, years and half-lives."""
        name = CALENDAR_UNITS.get(unit)
        if name in DAYS_IN:
            return int(-(-value * DAYS_IN[name] // 1))
        if name is None and unit in ("h", "min", "s", "hours", "minutes"):
            per_day = {"h": 24, "hours": 24, "min": 1440, "minutes": 1440, "s": 86400}[unit]
            return int(-(-value // per_day))
        return None

    def month_days(self, token: Token) -> int | float | None:
        """The days of a month, `30 days` or `4 weeks`; None after a fault, which is told."""
        quantity = self.quantity(token, "time")
        if quantity is None:
            return None
        per_unit = DAYS_IN.get(CALENDAR_UNITS.get(quantity.unit, ""))
        if per_unit is None or not 1 <= quantity.value * per_unit <= 366:
            self.tell(
                qty.WRONG_DIMENSION,
                token,
                f"a month has a length in days or weeks; `{token.value}` is none",
                help="write `month = calendar`, `month = 30 days` or `month = 4 weeks`",
            )
            return None
        return quantity.value * per_unit

    def window(self, token: Token, want: str = "time") -> Window | None:
        """A window, `±3 days` or `-2/+5 days`; `want` as in `quantity`."""
        if token.missing:
            return None
        written = token.value.replace("−", "-").replace("–", "-")
        if written.startswith(("±", "+/-", "+-")):
            body = re.sub(r"^(?:±|\+/-|\+-)\s*", "", written)
            number_text, unit_text = split_quantity(body)
            before_text = after_text = number_text
        else:
            found = re.match(r"-\s*(.+?)\s*/\s*\+\s*(.*)$", written, re.S)
            assert found is not None
            before_text = found.group(1)
            after_text, unit_text = split_quantity(found.group(2))
        before, after = self.number(token, before_text), self.number(token, after_text)
        unit = self.unit(unit_text, token, token.value.rfind(unit_text), want)
        if before is None or after is None or unit is None:
            return None
        if not self.fits(unit, want):
            self.tell_wrong_kind(token, unit, want, "a window in days, such as `±3 days`" if want == "time" else None)
            return None
        name = unit.symbol
        text = self.window_text(before, after, unit)
        return Window.model_construct(before=before, after=after, unit=name, text=text, origin=self.origin(token))

    def window_text(self, before: int | float, after: int | float, unit: Unit) -> str:
        """`±3 days`, `−2/+5 days`, `+2 days`, `−3 days`."""

        def shown(value: int | float) -> str:
            return wording.quantity(
                Quantity.model_construct(value=value, unit=unit.symbol, ucum=unit.ucum, written=str(value))
            )

        if before == after:
            return f"±{shown(after)}"
        if before == 0:
            return f"+{shown(after)}"
        if after == 0:
            return f"{wording.MINUS}{shown(before)}"
        return f"{wording.MINUS}{wording.number(before)}/+{shown(after)}"

    def place_name(self, node: Node) -> str:
        """`D4` or `C1.D1`."""
        return ".".join(token.value for token in node.tokens("NAME"))

    def place(self, node: Node | None, *kinds: str) -> str | None:
        """A visit, event or other moment; None after a fault, which is told."""
        if node is None:
            return None
        token = node.token("NAME")
        if token is None or token.missing:
            return None
        name = self.place_name(node)
        kinds = kinds or ("visit", "event", "moment", "stage", "cycle", "product")
        if self.scope.find(name, *kinds) is None:
            self.scope.tell_unknown(node.span, name, *kinds)
            return None
        return name

    def point(self, node: Node | None) -> Point | None:
        """A point in time."""
        if node is None:
            return None
        origin = self.origin(node)
        if node.kind == "place":
            of = self.place(node)
            return Point.model_construct(kind="place", of=of, origin=origin) if of else None
        if node.kind in ("timeline_point", "counted_from"):
            unit, value = self.day_number(node)
            of = self.place(node.node("place"))
            if unit is None or value is None:
                return None
            return Point.model_construct(kind="timeline", unit=unit, number=value, of=of, origin=origin)
        if node.kind in ("start_of", "end_of"):
            token = node.token("NAME")
            symbol = self.scope.use(token, "stage", "visit", "cycle", "event", "moment") if token else None
            return Point.model_construct(kind=node.kind, of=symbol.name, origin=origin) if symbol else None
        first = node.children[0]
        if node.kind == "elapsed":
            length = self.duration(first)
            return Point.model_construct(kind="elapsed", duration=length, origin=origin) if length else None
        length = self.duration(first)
        of = self.place(node.node("place"))
        kind = "after" if node.kind == "after_point" else "before"
        return Point.model_construct(kind=kind, duration=length, of=of, origin=origin) if length and of else None

    def day_number(self, node: Node) -> tuple[Literal["day", "week", "month", "year"] | None, int | None]:
        """The unit and number of `day 28`."""
        unit_token = node.token("DAY", "WEEK", "MONTH", "YEAR")
        number_token = node.token("NUMBER", "SIGNED", "NAME")
        if unit_token is None or number_token is None or number_token.missing or unit_token.missing:
            return None, None
        unit = cast('Literal["day", "week", "month", "year"]', unit_token.value)
        if number_token.type == "NAME":
            self.tell(
                nam.UNKNOWN_NAME,
                number_token,
                f"a number is due after `{unit}`, not `{number_token.value}`",
                help=f"write `{unit} 28`; only in a series of visits `{unit} n` takes the number from the name",
            )
            return unit, None
        value = self.number(number_token)
        if isinstance(value, float):
            self.tell(qty.BAD_NUMBER, number_token, f"`{number_token.value}` is not a whole number of {unit}s")
            return unit, None
        return unit, value
