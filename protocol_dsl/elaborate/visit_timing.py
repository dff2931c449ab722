"""When a visit is due, in the words of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.visit_names import Member, VisitBuilder
from protocol_dsl.model import wording
from protocol_dsl.model.base import Duration, Gap, Origin, Point, Quantity
from protocol_dsl.model.schedule import Timing, Window
from protocol_dsl.quantities import parse_unit
from protocol_dsl.quantities.unit_table import BASES
from protocol_dsl.syntax.nodes import Node, Token

DEEPEST = 50
"""Rhythms that go on from each other, written backwards; behind that they count from each other instead."""
TimelineUnit = Literal["day", "week", "month", "year"]
_SHOWN_DAYS: dict[str, TimelineUnit] = {"days": "day", "weeks": "week", "months": "month", "years": "year"}
_DAYS = {"days": 1, "weeks": 7}
_MONTHS = {"month": 1, "year": 12}
_HALF_LIFE = BASES.index("half-life")


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
        self.broken: list[Node] = []
        """Series whose rhythm is told to be no whole number of days."""

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
                text=f"On {wording.small(title)}",
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
        if unit_token.missing:
            return Timing.model_construct(kind="unknown", text="", origin=self.context.origin(clause))
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
        """Whether the days exist: within two centuries, in days and weeks in a cycle, no day 0 before a day 1."""
        longest = {"day": 73_000, "week": 10_400, "month": 2_400, "year": 200}[unit]
        if any(abs(value) > longest for value in values if value is not None):
            self.context.tell(
                qty.BAD_NUMBER,
                clause,
                f"this lies more than 200 years from {self.counting.anchor or 'the beginning of the trial'}",
                help="correct the number",
            )
            return False
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
        gap = self.calendar_gap(clause.children[0])
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
        shown = wording.small(title) if title != reference else title
        return Timing.model_construct(
            kind="relative",
            gap=gap,
            direction=direction,
            reference=reference,
            text=f"{wording.large(wording.gap(gap))} {direction} {shown}",
            origin=origin,
        )

    def rhythm(self, member: Member, found: dict[str, Node]) -> Timing:
        """`from day -5 every 1 day`, `every 3 months after M12`."""
        clause = found["every_clause"]
        gap = self.calendar_gap(clause.children[0])
        origin = self.context.origin(clause)
        if gap is None or len(gap.duration.quantities) > 1 or not self.has_whole_days(member, gap, found):
            return self.unknown(origin)
        if "from_clause" in found:
            point = self.context.point(cast(Node, found["from_clause"].children[0]))
            return self.unknown(origin) if point is None else self.from_point(member, point, gap, found["from_clause"])
        unit = _SHOWN_DAYS.get(gap.unit)
        place = clause.node("place")
        if place is None:
            self.context.tell(
                nam.NOT_SAID,
                clause,
                "`every` needs to say from where it counts",
                help="write `every 3 months after M12`, or `from day 1 every 1 day`",
            )
            return self.unknown(origin)
        reference = self.context.place(place)
        if reference is None:
            return self.unknown(origin)
        if "drift_clause" in found and member.place:
            return self.relative_to(self.members_of(member)[member.place - 1], gap, 1, origin)
        return self.after_reference(reference, gap, member.place + 1, unit, origin)

    def unknown(self, origin: Origin) -> Timing:
        """No timing, after a fault that is told."""
        return Timing.model_construct(kind="unknown", text="", origin=origin)

    def members_of(self, member: Member) -> tuple[str, ...]:
        """The visits of a member's series."""
        own, name = member.statement.node, self.builder.full_name(member)
        return next(names for statement, _, names, _ in self.builder.series if statement.node is own and name in names)

    def calendar_gap(self, node: Node | Token) -> Gap | None:
        """A distance between visits, which must have a length on the calendar; None after a fault, which is told."""
        gap = self.context.gap(node)
        if gap is None or all(has_calendar_length(part.unit) for part in gap.duration.quantities):
            return gap
        self.tell_half_lives(node, "28 days after infusion")
        return None

    def window(self, token: Token) -> Window | None:
        """The window of a visit; None after a fault, which is told."""
        window = self.context.window(token)
        if window is None or has_calendar_length(window.unit):
            return window
        self.tell_half_lives(token, "±3 days")
        return None

    def tell_half_lives(self, at: Node | Token, instead: str) -> None:
        """Report half-lives where only a time of the calendar can stand."""
        self.context.tell(
            qty.WRONG_DIMENSION,
            at,
            "half-lives have no length in days, so no visit can be planned by them",
            help=f"say it in days, such as `{instead}`",
        )

    def has_whole_days(self, member: Member, gap: Gap, found: dict[str, Node]) -> bool:
        """Whether a visit of a rhythm in days or weeks lies on a whole day; a fraction of a day is told."""
        times = member.place + (0 if "from_clause" in found else 1)
        if _SHOWN_DAYS.get(gap.unit) not in ("day", "week") or is_whole(_multiple(gap.lower, times) * _DAYS[gap.unit]):
            return True
        if member.statement.node in self.broken:
            return False
        self.broken.append(member.statement.node)
        days = wording.number(float(_multiple(gap.lower, times) * _DAYS[gap.unit]))
        length = wording.gap(_scaled(gap, times))
        self.context.tell(
            qty.BAD_NUMBER,
            found["every_clause"],
            f"{member.name} would lie {length}"
            + ("" if gap.unit == "days" else f", that is {days} days,")
            + " behind the beginning; a visit lies on a whole day",
            help="count in whole days or weeks",
        )
        return False

    def from_point(self, member: Member, point: Point, gap: Gap, clause: Node) -> Timing:
        """The `member.place`-th visit of a rhythm that begins at a point; its first visit lies on the point itself."""
        origin = self.context.origin(clause)
        parts = point.duration.quantities if point.duration is not None else ()
        if not all(has_calendar_length(part.unit) for part in parts):
            self.tell_half_lives(clause, "from 3 days after infusion")
            return self.unknown(origin)
        if (
            member.cycle is not None
            and point.unit is not None
            and not self.is_countable(member, point.unit, clause, [])
        ):
            return self.unknown(origin)
        if point.kind in ("elapsed", "start_of") or len(parts) > 1:
            self.context.tell(
                nam.NOT_SAID,
                clause,
                "a series begins on one day or with a visit, and this says neither",
                help="write `from day 3 every 1 week`, or `from 3 days after infusion every 1 week`",
            )
            return self.unknown(origin)
        if point.kind == "timeline" and point.of in (None, self.counting.anchor):
            found = self.on_timeline(point, gap, member.place, origin)
        else:
            found = self.from_reference(point, gap, member.place, origin)
        if found is not None:
            return found
        # Months have no fixed number of days: the series counts from its own first visit.
        return self.relative_to(self.members_of(member)[0], gap, member.place, origin)

    def on_timeline(self, point: Point, gap: Gap, place: int, origin: Origin) -> Timing | None:
        """A rhythm on the timeline's own count; None where days and months would have to be added."""
        unit = _SHOWN_DAYS.get(gap.unit)
        assert point.unit is not None
        assert point.number is not None
        step = _whole(_multiple(gap.lower, place))
        if place == 0 or (unit == point.unit and step is not None):
            number = self.skip_zero(point.number, point.number + (step or 0), point.unit)
            return self.at_number(point.unit, number, origin)
        if point.unit in _MONTHS and unit in _MONTHS:
            months = _whole(_multiple(gap.lower, place) * _MONTHS[unit])
            return (
                None if months is None else self.at_number("month", point.number * _MONTHS[point.unit] + months, origin)
            )
        if point.unit in _MONTHS or (unit in _MONTHS and self.counting.calendar_months):
            return None
        later = self.counting.gap_days(gap.lower * place, gap.unit).offset
        start = self.counting.timeline_days(point.unit, point.number).offset
        return None if later is None or start is None else self.at_offset(start + later, origin)

    def from_reference(self, point: Point, gap: Gap, place: int, origin: Origin) -> Timing | None:
        """A rhythm from a visit or event, or some time before or after it; None where the two times do not add up."""
        assert point.of is not None
        if point.kind in ("place", "end_of"):
            return self.relative_to(point.of, gap, place, origin)
        if point.kind == "timeline":
            assert point.unit is not None
            first, unit = Fraction(point.number or 0), f"{point.unit}s"
        else:
            assert point.duration is not None
            quantity = point.duration.quantities[0]
            first, unit = Fraction(str(quantity.value)) * (1 if point.kind == "after" else -1), quantity.unit
        return self.distance(point.of, first, unit, _multiple(gap.lower, place), gap.unit, origin)

    def distance(
        self, reference: str, first: Fraction, unit: str, later: Fraction, other: str, origin: Origin
    ) -> Timing | None:
        """A visit `first` and then `later` after a reference, in one unit; None where there is none for both."""
        if later == 0 or unit == other:
            whole = first + later
        elif unit in _DAYS and other in _DAYS:
            whole, unit = first * _DAYS[unit] + later * _DAYS[other], "days"
        else:
            return None
        return self.relative_to(reference, _plain_gap(abs(whole), unit), 1, origin, "before" if whole < 0 else "after")

    def at_number(self, unit: TimelineUnit, number: int, origin: Origin) -> Timing:
        """A point of the timeline."""
        return Timing.model_construct(
            kind="timeline", unit=unit, number=number, text=wording.day_number(unit, number), origin=origin
        )

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

    def relative_to(self, reference: str, gap: Gap, times: int, origin: Origin, direction: str = "after") -> Timing:
        """`times` gaps after (or before) a reference."""
        whole = _scaled(gap, times)
        is_there = whole.upper == 0
        return Timing.model_construct(
            kind="relative",
            gap=whole,
            direction=direction,
            reference=reference,
            text=f"With {reference}" if is_there else f"{wording.large(wording.gap(whole))} {direction} {reference}",
            origin=origin,
        )


def has_calendar_length(unit: str) -> bool:
    """Whether a unit of time has a length on the calendar, as half-lives have not."""
    return not parse_unit(unit).dimension[_HALF_LIFE]


def is_whole(value: Fraction) -> bool:
    """Whether a fraction is a whole number."""
    return value.denominator == 1


def _multiple(value: int | float, times: int) -> Fraction:
    """An exact multiple of a number as it is written: three times 1.1 is 3.3."""
    return Fraction(str(value)) * times


def _whole(value: Fraction) -> int | None:
    return int(value) if is_whole(value) else None


def _shown(value: Fraction) -> int | float:
    return int(value) if is_whole(value) else float(value)


def _plain_gap(value: Fraction, unit: str) -> Gap:
    known = parse_unit(unit)
    number = _shown(value)
    quantity = Quantity.model_construct(value=number, unit=known.symbol, ucum=known.ucum, written=str(number))
    duration = Duration.model_construct(quantities=(quantity,), choose="only")
    return Gap.model_construct(lower=number, upper=number, unit=known.symbol, duration=duration)


def _scaled(gap: Gap, times: int) -> Gap:
    return gap if times == 1 else _plain_gap(_multiple(gap.lower, times), gap.unit)
