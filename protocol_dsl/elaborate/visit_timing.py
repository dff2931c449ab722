"""When a visit is due, in the words of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.visit_names import Member, VisitBuilder
from protocol_dsl.model import wording
from protocol_dsl.model.base import Duration, Gap, Quantity
from protocol_dsl.model.schedule import Timing, Window
from protocol_dsl.quantities import parse_unit
from protocol_dsl.syntax.nodes import Node

DEEPEST = 50
"""Rhythms that go on from each other, written backwards; behind that they count from each other instead."""
_SHOWN_DAYS = {"days": "day", "weeks": "week", "months": "month", "years": "year"}


class TimingReader:
    """Reads when visits are due. `timings` fills up; `read_other` reads a visit that another one counts from."""

    def __init__(
        self,
        builder: VisitBuilder,
        timings: dict[str, tuple[Timing, Window | None]],
        read_other: Callable[[Member], Any],
    ) -> None:
        self.builder = builder
        self.context = builder.context
        self.counting = builder.counting
        self.timings = timings
        self.read_other = read_other
        self.busy: set[str] = set()

    def timing(self, member: Member, found: dict[str, Node]) -> Timing:
        """When a visit is due, in the words of the protocol."""
        node = member.statement.node
        clause = found.get("timing")
        if clause is not None and clause.kind == "day_clause":
            return self.timeline_timing(member, clause)
        if clause is not None and clause.kind in ("after_clause", "before_clause"):
            return self.relative_timing(member, clause)
        if clause is not None and clause.kind == "on_clause":
            token = clause.token("NAME")
            symbol = self.context.scope.use(token, "event", "moment", "visit") if token is not None else None
            title = (symbol.label or symbol.name) if symbol else ""
            return Timing.model_construct(
                kind="event",
                reference=symbol.name if symbol else None,
                text=f"On {_small(title)}",
                origin=self.context.origin(clause),
            )
        if clause is not None:
            return Timing.model_construct(kind="unscheduled", text="Unscheduled", origin=self.context.origin(clause))
        if "every_clause" in found:
            return self.rhythm(member, found)
        if "from_clause" in found:
            self.context.tell(
                nam.NOT_SAID,
                found["from_clause"],
                "`from` needs `every` to say the rhythm",
                help="write `from day -5 every 1 day`",
            )
        elif member.series is not None and member.place == 0:
            self.context.tell(
                nam.NOT_SAID,
                node.children[0] if node.children else node,
                f"the series `{member.series}` has no days",
                help="write `day n`, `month n`, or `every 4 weeks after D28`",
            )
        return Timing.model_construct(kind="unknown", text="", origin=self.context.origin(node))

    def timeline_timing(self, member: Member, clause: Node) -> Timing:
        """`day 28`, `month n`, `day -42 to -15`."""
        unit_token = clause.token("DAY", "WEEK", "MONTH", "YEAR")
        numbers = list(clause.tokens("NUMBER", "SIGNED", "NAME"))
        assert unit_token is not None
        unit = unit_token.value
        values: list[int | None] = []
        for token in numbers:
            if (
                token.type == "NAME"
                and token.value == "n"
                and (member.number is not None or member.cycle_number is not None)
            ):
                values.append(member.number if member.number is not None else member.cycle_number)
            elif token.type == "NAME":
                self.context.day_number(Node("timeline_point", [unit_token, token], token.file, token.start, token.end))
                values.append(None)
            else:
                number = self.context.number(token)
                if isinstance(number, float):
                    self.context.tell(qty.BAD_NUMBER, token, f"`{token.value}` is not a whole number of {unit}s")
                    number = None
                values.append(number)
        origin = self.context.origin(clause)
        start = values[0] if values else None
        end = values[1] if len(values) > 1 else None
        if start is None or not self.is_countable(member, unit, clause, values):
            return Timing.model_construct(kind="unknown", text="", origin=origin)
        if end is not None and end < start:
            self.context.tell(
                nam.RANGE_ORDER,
                clause,
                f"{unit} {start} to {end} ends before it begins",
                help=f"write `{unit} {end} to {start}`",
            )
            end = None
        text = wording.day_number(unit, start) + (f" to {wording.number(end)}" if end is not None else "")
        return Timing.model_construct(
            kind="timeline", unit=unit, number=start, end_number=end, text=text, origin=origin
        )

    def is_countable(self, member: Member, unit: str, clause: Node, values: list[int | None]) -> bool:
        """Whether the days exist: a cycle counts days and weeks, and there is no day 0 before a day 1."""
        if member.cycle is not None and unit in ("month", "year"):
            self.context.tell(
                qty.WRONG_DIMENSION,
                clause,
                f"a visit of a cycle lies on a day or in a week of it, not in a {unit}",
                help="write `day 15`, or take the visit out of the cycles",
            )
            return False
        if unit != "day" or 0 not in values or (member.cycle is None and self.counting.first_day == 0):
            return True
        counted = "the days of a cycle" if member.cycle is not None else f"the days from {self.counting.anchor}"
        self.context.tell(
            qty.BAD_NUMBER,
            clause,
            f"there is no day 0: {counted} begin with day 1",
            help="the first day is `day 1`, the day before it `day -1`",
        )
        return False

    def relative_timing(self, member: Member, clause: Node) -> Timing:
        """`3 to 14 days after SCR`; a list of references is shared out over the series."""
        direction = "after" if clause.kind == "after_clause" else "before"
        gap = self.context.gap(clause.children[0])
        places = list(clause.nodes("place"))
        if len(places) > 1 and member.series is None:
            self.context.tell(
                nam.BAD_SERIES,
                clause,
                f"one visit cannot lie {direction} {len(places)} others",
                help="make it a series: `visits T1, T2 … after M3, M6`",
            )
        place = places[0] if len(places) == 1 else (places[member.place] if member.place < len(places) else None)
        if place is None:
            if member.place == len(places):
                self.context.tell(
                    nam.BAD_SERIES,
                    clause,
                    f"the series `{member.series}` has more visits than the {len(places)} that it follows",
                    help="name as many visits as it has",
                )
            return Timing.model_construct(kind="unknown", text="", origin=self.context.origin(clause))
        reference = self.context.place(place)
        origin = self.context.origin(clause)
        if gap is None or reference is None:
            return Timing.model_construct(kind="unknown", text="", origin=origin)
        symbol = self.context.scope.find(reference, "visit", "event", "moment", "stage", "cycle")
        title = symbol.label or reference if symbol is not None and symbol.kind in ("event", "moment") else reference
        return Timing.model_construct(
            kind="relative",
            gap=gap,
            direction=direction,
            reference=reference,
            text=f"{_large(wording.gap(gap))} {direction} {_small(title) if title != reference else title}",
            origin=origin,
        )

    def rhythm(self, member: Member, found: dict[str, Node]) -> Timing:
        """`from day -5 every 1 day`, `every 3 months after M12`."""
        clause = found["every_clause"]
        gap = self.context.gap(clause.children[0])
        origin = self.context.origin(clause)
        unknown = Timing.model_construct(kind="unknown", text="", origin=origin)
        if gap is None or len(gap.duration.quantities) > 1:
            return unknown
        unit = _SHOWN_DAYS.get(gap.unit)
        if "from_clause" in found:
            point = self.context.point(cast(Node, found["from_clause"].children[0]))
            if point is None:
                return unknown
            if (
                point.kind == "timeline"
                and unit is not None
                and unit == point.unit
                and point.number is not None
                and isinstance(gap.lower, int)
            ):
                number = self.skip_zero(point.number, point.number + member.place * int(gap.lower), unit)
                return Timing.model_construct(
                    kind="timeline", unit=unit, number=number, text=wording.day_number(unit, number), origin=origin
                )
            if (
                point.kind == "timeline"
                and point.number is not None
                and point.unit in ("day", "week")
                and (later := self.counting.gap_days(gap.lower * member.place, gap.unit).offset) is not None
                and unit not in ("month", "year")
            ):
                start = self.counting.timeline_days(point.unit, point.number).offset or 0
                return self.at_offset(start + later, origin)
            if point.kind == "place" and point.of:
                return self.relative_to(point.of, gap, member.place, origin)
            return unknown
        place = clause.node("place")
        if place is None:
            self.context.tell(
                nam.NOT_SAID,
                clause,
                "`every` needs to say from where it counts",
                help="write `every 3 months after M12`, or `from day 1 every 1 day`",
            )
            return unknown
        reference = self.context.place(place)
        if reference is None:
            return unknown
        if "drift_clause" in found and member.place:
            members = next(names for s, _, names, _ in self.builder.series if s.node is member.statement.node)
            return self.relative_to(members[member.place - 1], gap, 1, origin)
        return self.after_reference(reference, gap, member.place + 1, unit, origin)

    def after_reference(self, reference: str, gap: Gap, times: int, unit: str | None, origin: Any) -> Timing:
        """A rhythm that goes on from a visit: on the timeline's own count where both count in the same unit."""
        target = self.builder.by_name.get(reference)
        is_new = reference not in self.timings and reference not in self.busy
        if target is not None and is_new and len(self.busy) < DEEPEST:
            self.busy.add(reference)
            self.read_other(target)
            self.busy.discard(reference)
        timing = self.timings.get(reference, (None, None))[0]
        if (
            timing is not None
            and timing.kind == "timeline"
            and timing.unit == unit
            and timing.number is not None
            and timing.end_number is None
            and unit is not None
            and isinstance(gap.lower, int)
        ):
            number = self.skip_zero(timing.number, timing.number + times * int(gap.lower), unit)
            return Timing.model_construct(
                kind="timeline", unit=unit, number=number, text=wording.day_number(unit, number), origin=origin
            )
        return self.relative_to(reference, gap, times, origin)

    def skip_zero(self, start: int, number: int, unit: str) -> int:
        """A day number counted on from `start`; there is no day 0 where the anchor's day is day 1."""
        return number + 1 if unit == "day" and self.counting.first_day == 1 and start < 0 <= number else number

    def at_offset(self, offset: int, origin: Any) -> Timing:
        """A day of the timeline by its offset from the anchor."""
        number = offset + 1 if self.counting.first_day == 1 and offset >= 0 else offset
        return Timing.model_construct(
            kind="timeline", unit="day", number=number, text=wording.day_number("day", number), origin=origin
        )

    def relative_to(self, reference: str, gap: Gap, times: int, origin: Any) -> Timing:
        """`times` gaps after a reference."""
        if times == 0:
            zero = _scaled(gap, 0)
            return Timing.model_construct(
                kind="relative",
                gap=zero,
                direction="after",
                reference=reference,
                text=f"With {reference}",
                origin=origin,
            )
        whole = _scaled(gap, times)
        return Timing.model_construct(
            kind="relative",
            gap=whole,
            direction="after",
            reference=reference,
            text=f"{_large(wording.gap(whole))} after {reference}",
            origin=origin,
        )


def _scaled(gap: Gap, times: int) -> Gap:
    quantities: list[Quantity] = []
    for part in gap.duration.quantities:
        value = part.value * times
        unit = parse_unit(part.unit)
        quantities.append(Quantity.model_construct(value=value, unit=unit.symbol, ucum=unit.ucum, written=str(value)))
    duration = Duration.model_construct(quantities=tuple(quantities), choose=gap.duration.choose)
    return Gap.model_construct(lower=gap.lower * times, upper=gap.upper * times, unit=gap.unit, duration=duration)


def _small(text: str) -> str:
    return text[0].lower() + text[1:] if len(text) > 1 and text[1].islower() else text


def _large(text: str) -> str:
    return text[0].upper() + text[1:] if text else text
