"""Visits: generated series and cycles, their days, their order."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.diagnostics.model import Label
from protocol_dsl.elaborate.conditions import Conditions
from protocol_dsl.elaborate.context import CALENDAR_UNITS, Context, Statement
from protocol_dsl.model import wording
from protocol_dsl.model.base import Duration, Gap, Note, Point, Quantity
from protocol_dsl.model.schedule import Cycle, Series, Timing, Visit, Window
from protocol_dsl.quantities import parse_unit
from protocol_dsl.schedule.months import month_span
from protocol_dsl.syntax.nodes import Node, Token

DRAWN_WHEN_OPEN = 4
MOST_GENERATED = 20_000
CONTACTS = ("phone", "video", "home", "on_site", "mail")
_NUMBERED = re.compile(r"(.*?)(\d+)\Z")
_SHOWN_DAYS = {"days": "day", "weeks": "week", "months": "month", "years": "year"}


class Member(NamedTuple):
    """One visit to be: its name and number, the statement it comes from, its cycle and place in the series."""

    name: str
    number: int | None
    place: int
    statement: Statement
    stage: str | None
    series: str | None
    cycle: Member | None = None
    cycle_number: int | None = None


class Days(NamedTuple):
    """Where a visit lies, in days from the anchor: nominal day, first and last day of its own timing."""

    offset: int | None
    earliest: int | None
    latest: int | None


NOWHERE = Days(None, None, None)


class VisitBuilder:
    """Collects the visits of all stages, names them, then gives them days and an order."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.members: list[Member] = []
        self.by_name: dict[str, Member] = {}
        self.series: list[tuple[Statement, str, tuple[str, ...], bool]] = []
        self.cycles: list[tuple[Statement, tuple[str, ...], bool]] = []
        self.cycle_starts: dict[str, tuple[Node, int]] = {}
        self.highest_cycle: dict[str, int] = {}
        self.first_day = 0
        self.anchor: str | None = None
        self.calendar_months = True
        self.month_days: float = 30.4375
        self._days: dict[str, Days] = {}
        self._busy: set[str] = set()

    # ---- names ----

    def add(
        self, statement: Statement, stage: str | None, cycle: Member | None = None, number: int | None = None
    ) -> None:
        """Take a `visit` or `visits` statement."""
        node = statement.node
        if node.kind == "visit":
            token = node.token("NAME")
            if token is not None and not token.missing:
                self.declare(Member(token.value, None, 0, statement, stage, None, cycle, number), token)
            return
        series = node.node("series_range", "series_list")
        if series is None:
            return
        names, is_open = self.names(series, node)
        text = self.context.sources.text(series.span)
        token = series.token("NAME")
        made: list[str] = []
        for place, (name, n) in enumerate(names):
            label_number = n if n is not None else place + 1
            member = Member(name, label_number, place, statement, stage, text, cycle, number)
            if token is not None and self.declare(
                member, token if len(names) == 1 or place == 0 else _named(series, name) or token
            ):
                made.append(self.full_name(member))
        self.series.append((statement, text, tuple(made), is_open))

    def full_name(self, member: Member) -> str:
        """`D4`, or `C1.D1` in a cycle."""
        return f"{member.cycle.name}.{member.name}" if member.cycle is not None else member.name

    def declare(self, member: Member, token: Token) -> bool:
        """Declare a visit's name."""
        name = self.full_name(member)
        label = self.context.label(member.statement.node)
        if self.context.scope.declare("visit", token, self.member_label(member, label), name=name) is None:
            return False
        self.members.append(member)
        self.by_name[name] = member
        return True

    def member_label(self, member: Member, label: str | None) -> str | None:
        """The label with `{n}` filled in."""
        if label is not None:
            number = member.number if member.number is not None else member.cycle_number
            label = label.replace("{n}", str(number)) if number is not None else label
        if member.cycle is not None:
            own = label or member.name
            return f"{member.cycle.name} {own}"
        return label

    def names(self, series: Node, at: Node) -> tuple[list[tuple[str, int | None]], bool]:
        """The names of a series, each with its number; whether it is open at its end."""
        tokens = list(series.tokens("NAME"))
        if series.kind == "series_list":
            return [(token.value, _closing_number(token.value)) for token in tokens if not token.missing], False
        if not tokens or tokens[0].missing:
            return [], False
        first = _NUMBERED.match(tokens[0].value)
        if first is None:
            self.context.tell(
                nam.BAD_SERIES,
                tokens[0],
                f"`{tokens[0].value}` has no number to count from",
                help="name it such as `M1`",
            )
            return [], False
        prefix, start = first.group(1), int(first.group(2))
        step = self.step(at)
        if len(tokens) == 1:
            count = max(DRAWN_WHEN_OPEN, self.highest_cycle.get(prefix, 0) - start + 1)
            return [(f"{prefix}{start + i * step}", start + i * step) for i in range(count)], True
        last = _NUMBERED.match(tokens[1].value)
        if last is None or last.group(1) != prefix:
            self.context.tell(
                nam.BAD_SERIES,
                series,
                f"`{tokens[0].value}` and `{tokens[1].value}` do not count in one series",
                help=f"both names need the same beginning, such as `{prefix}{start}..{prefix}{start + 3}`",
            )
            return [], False
        end = int(last.group(2))
        if end < start:
            self.context.tell(
                nam.RANGE_ORDER,
                series,
                f"the series `{tokens[0].value}..{tokens[1].value}` ends before it begins",
                help="write the smaller number first",
            )
            return [], False
        if (end - start) // step > MOST_GENERATED:
            self.context.tell(
                nam.BAD_SERIES,
                series,
                f"this series has {(end - start) // step + 1} members; at most {MOST_GENERATED} are generated",
            )
            return [], False
        return [(f"{prefix}{n}", n) for n in range(start, end + 1, step)], False

    def step(self, node: Node) -> int:
        """The step of a series, 1 unless said."""
        for clause in _clauses(node):
            if clause.kind == "step_clause":
                return self.context.whole(clause.token("NUMBER"), least=1) or 1
        return 1

    # ---- cycles ----

    def add_cycles(self, statement: Statement, stage: str | None) -> None:
        """Take a `cycles` statement: its visits once for each cycle that is drawn."""
        node = statement.node
        series = node.node("series_range", "series_list")
        if series is None:
            return
        names, is_open = self.names(series, node)
        token = series.token("NAME")
        length = next((c.token("QTY") for c in node.nodes("length_clause")), None)
        quantity = self.context.quantity(length, "time") if length is not None else None
        days = self.context.days(quantity.value, quantity.unit) if quantity is not None else None
        if quantity is None and length is None:
            self.context.tell(nam.NOT_SAID, token or node, "a cycle needs its length", help="write `of 21 days`")
        start = node.node("from_clause")
        label = self.context.label(node)
        for place, (name, number) in enumerate(names):
            if (
                token is None
                or self.context.scope.declare(
                    "cycle",
                    token,
                    (label or "Cycle").replace("{n}", str(number)) + ("" if label and "{n}" in label else f" {number}"),
                    name=name,
                )
                is None
            ):
                continue
            cycle = Member(name, number, place, statement, stage, None)
            self.cycle_starts[name] = (start if start is not None else node, place * (days or 0))
            for inner in self.context.statements(node.children):
                if inner.node.kind in ("visit", "visits") and self.in_cycle(inner.node, name):
                    self.add(inner, stage, cycle, number)
        self.cycles.append((statement, tuple(name for name, _ in names), is_open))

    def in_cycle(self, node: Node, cycle: str) -> bool:
        """Whether a visit's `in C1..C3` lets it happen in this cycle."""
        for clause in _clauses(node):
            if clause.kind == "in_clause":
                spread = clause.node("cycle_range")
                return spread is None or self.cycle_matches(spread, cycle)
        return True

    def cycle_matches(self, spread: Node, cycle: str) -> bool:
        """Whether a cycle lies in `C1`, `C2..C4` or `C2..`; `C` alone means every cycle of that name."""
        tokens = list(spread.tokens("NAME"))
        mine = _NUMBERED.match(cycle)
        first = _NUMBERED.match(tokens[0].value)
        if mine is None or first is None:
            return (mine is not None and tokens[0].value == mine.group(1)) or tokens[0].value == cycle
        if first.group(1) != mine.group(1):
            return False
        low, number = int(first.group(2)), int(mine.group(2))
        text = self.context.sources.text(spread.span)
        if ".." not in text:
            return number == low
        last = _NUMBERED.match(tokens[1].value) if len(tokens) > 1 else None
        return low <= number and (last is None or number <= int(last.group(2)))

    def note_cycles(self, tree_nodes: list[Node]) -> None:
        """Remember the highest cycle that is spoken of, so that open cycles are drawn at least that far."""
        for root in tree_nodes:
            for node in root.walk():
                if node.kind in ("cycle_range", "visit_ref", "place", "visit_range"):
                    for token in node.tokens("NAME"):
                        found = _NUMBERED.match(token.value)
                        if found and found.group(1):
                            prefix, number = found.group(1), int(found.group(2))
                            if number <= 200:
                                self.highest_cycle[prefix] = max(self.highest_cycle.get(prefix, 0), number)

    # ---- days ----

    def months(self, count: int | float) -> Days:
        """The days that months span."""
        if self.calendar_months and count == int(count):
            low, high = month_span(int(count))
            return Days(round(count * 30.4375), low, high)
        exact = round(count * self.month_days)
        return Days(exact, exact, exact)

    def timeline_days(self, unit: str, number: int) -> Days:
        """The day that `day 28`, `week 4` or `month 3` means."""
        if unit == "day":
            offset = number - self.first_day if number > 0 and self.first_day == 1 else number
            return Days(offset, offset, offset)
        if unit == "week":
            return Days(number * 7, number * 7, number * 7)
        return self.months(number * (12 if unit == "year" else 1))

    def gap_days(self, value: int | float, unit: str) -> Days:
        """The days that a length of time spans."""
        name = CALENDAR_UNITS.get(unit)
        if name in ("month", "year"):
            return self.months(value * (12 if name == "year" else 1))
        days = self.context.days(value, unit)
        return Days(days, days, days) if days is not None else NOWHERE

    def window_days(self, window: Window | None) -> tuple[int, int]:
        """Days that a window permits before and after."""
        if window is None:
            return 0, 0
        before, after = self.gap_days(window.before, window.unit), self.gap_days(window.after, window.unit)
        return before.latest or 0, after.latest or 0


def _clauses(node: Node) -> list[Node]:
    """The clauses of a leaf, those behind notes too."""
    result: list[Node] = []
    for child in node.nodes():
        if child.kind == "annotated":
            inner = child.children[-1]
            if isinstance(inner, Node):
                result.append(inner)
        else:
            result.append(child)
    return result


def _closing_number(name: str) -> int | None:
    found = _NUMBERED.match(name)
    return int(found.group(2)) if found else None


def _named(series: Node, name: str) -> Token | None:
    return next((token for token in series.tokens("NAME") if token.value == name), None)


# ---- from members to visits ----


class VisitMaker:
    """Makes the visits of the model out of the members that a `VisitBuilder` collected."""

    def __init__(self, builder: VisitBuilder, conditions: Conditions, people: Any) -> None:
        self.builder = builder
        self.context = builder.context
        self.conditions = conditions
        self.people = people
        self.timings: dict[str, tuple[Timing, Window | None]] = {}
        self.days: dict[str, Days] = {}
        self.busy: set[str] = set()

    def visits(self) -> list[Visit]:
        """All visits in schedule order."""
        members = self.builder.members
        parts = {self.builder.full_name(member): self.parts(member) for member in members}
        for member in members:
            self.find_days(self.builder.full_name(member))
        order = self.ordered(members)
        visits: list[Visit] = []
        for place, member in enumerate(order):
            name = self.builder.full_name(member)
            visits.append(self.visit(member, name, place, parts[name]))
        return visits

    def ordered(self, members: list[Member]) -> list[Member]:
        """By nominal day; a visit without one stays behind the visit that it is written after; the unforeseen last."""
        keys: dict[str, tuple[int, float, int]] = {}
        last: float = -1e9
        for index, member in enumerate(members):
            name = self.builder.full_name(member)
            timing, _ = self.timings[name]
            offset = self.days.get(name, NOWHERE).offset
            if timing.kind in ("event", "unscheduled"):
                keys[name] = (1 if timing.kind == "event" else 2, 0.0, index)
                continue
            if offset is not None:
                last = float(offset)
            keys[name] = (0, last, index)
        return sorted(members, key=lambda member: keys[self.builder.full_name(member)])

    def parts(self, member: Member) -> dict[str, Any]:
        """What the clauses of a visit say."""
        found: dict[str, Node] = {}
        result: dict[str, Any] = {"notes": list(member.statement.notes), "remarks": []}
        for clause, notes in self.clauses(member.statement.node):
            result["notes"].extend(notes)
            kind = (
                "timing"
                if clause.kind in ("day_clause", "after_clause", "before_clause", "on_clause", "unscheduled_clause")
                else clause.kind
            )
            if clause.kind == "note_clause":
                result["remarks"].append(self.context.fill(self.context.text(clause.token("STRING", "TEXT"))))
            elif self.context.once(found, clause, kind, _SAID.get(kind, kind.removesuffix("_clause"))) or True:
                found[kind] = clause
        result["found"] = found
        name = self.builder.full_name(member)
        window = self.context.window(found["window_clause"].children[0]) if "window_clause" in found else None  # type: ignore[arg-type]
        self.timings[name] = (self.timing(member, found), window)
        self.check_clauses(member, found)
        return result

    def clauses(self, node: Node) -> list[tuple[Node, tuple[Note, ...]]]:
        """The clauses of a leaf with their notes; told once for the whole series."""
        cached = self._clause_cache.get(id(node))
        if cached is None:
            cached = [
                (s.node, s.notes) for s in self.context.statements(node.children) if s.node.kind.endswith("_clause")
            ]
            self._clause_cache[id(node)] = cached
        return cached

    _clause_cache: dict[int, list[tuple[Node, tuple[Note, ...]]]] = {}  # noqa: RUF012

    def check_clauses(self, member: Member, found: dict[str, Node]) -> None:
        """Tell clauses that can mean nothing on this visit."""
        for kind, need, why in (
            ("step_clause", member.series is not None, "only a series of visits counts in steps"),
            ("drift_clause", "every_clause" in found, "`drift` says how `every` counts"),
            ("in_clause", member.cycle is not None, "only a visit inside `cycles` happens in some of them"),
        ):
            if kind in found and not need:
                self.context.tell(
                    nam.NO_EFFECT, found[kind], f"this clause has no effect here: {why}", help="take it out"
                )

    # -- timing --

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
        if start is None:
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
        times = member.place + 1 if len(places) == 1 and member.series is not None and member.place else 1
        del times
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
            if point.kind == "timeline" and unit is not None and unit == point.unit and point.number is not None:
                number = self.skip_zero(point.number, point.number + member.place * int(gap.lower), unit)
                return Timing.model_construct(
                    kind="timeline", unit=unit, number=number, text=wording.day_number(unit, number), origin=origin
                )
            if (
                point.kind == "timeline"
                and point.number is not None
                and point.unit in ("day", "week")
                and unit in ("day", "week")
            ):
                start = self.builder.timeline_days(point.unit, point.number).offset or 0
                return self.at_offset(start + member.place * int(gap.lower) * (7 if unit == "week" else 1), origin)
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
        if target is not None and reference not in self.timings and reference not in self.busy:
            self.busy.add(reference)
            self.parts(target)
            self.busy.discard(reference)
        timing = self.timings.get(reference, (None, None))[0]
        if (
            timing is not None
            and timing.kind == "timeline"
            and timing.unit == unit
            and timing.number is not None
            and timing.end_number is None
            and unit is not None
        ):
            number = self.skip_zero(timing.number, timing.number + times * int(gap.lower), unit)
            return Timing.model_construct(
                kind="timeline", unit=unit, number=number, text=wording.day_number(unit, number), origin=origin
            )
        return self.relative_to(reference, gap, times, origin)

    def skip_zero(self, start: int, number: int, unit: str) -> int:
        """A day number counted on from `start`; there is no day 0 where the anchor's day is day 1."""
        return number + 1 if unit == "day" and self.builder.first_day == 1 and start < 0 <= number else number

    def at_offset(self, offset: int, origin: Any) -> Timing:
        """A day of the timeline by its offset from the anchor."""
        number = offset + 1 if self.builder.first_day == 1 and offset >= 0 else offset
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

    # -- days --

    def find_days(self, name: str) -> Days:
        """The days of a visit from the anchor, through the visits that it counts from."""
        if name in self.days:
            return self.days[name]
        if name == self.builder.anchor:
            found = Days(0, 0, 0)
            if name not in self.timings:
                return found
        if name in self.busy or name not in self.timings:
            return NOWHERE
        self.busy.add(name)
        timing, window = self.timings[name]
        days = self.own_days(name, timing)
        self.busy.discard(name)
        before, after = self.builder.window_days(window)
        if days.offset is not None and days.earliest is not None and days.latest is not None:
            days = Days(days.offset, days.earliest - before, days.latest + after)
        self.days[name] = days
        return days

    def own_days(self, name: str, timing: Timing) -> Days:
        """The days of a visit without its window."""
        member = self.builder.by_name[name]
        if timing.kind == "timeline" and timing.unit is not None and timing.number is not None:
            if member.cycle is not None:
                return self.cycle_days(member, timing)
            start = self.builder.timeline_days(timing.unit, timing.number)
            if timing.end_number is None:
                return start
            end = self.builder.timeline_days(timing.unit, timing.end_number)
            return Days(start.offset, start.earliest, end.latest)
        if timing.kind == "relative" and timing.gap is not None and timing.reference is not None:
            reference = self.reference_days(timing.reference)
            low = self.builder.gap_days(timing.gap.lower, timing.gap.unit)
            high = self.builder.gap_days(timing.gap.upper, timing.gap.unit)
            if reference.offset is None or low.offset is None or high.offset is None:
                return NOWHERE
            assert reference.earliest is not None and reference.latest is not None
            assert low.earliest is not None and high.latest is not None
            if timing.direction == "after":
                return Days(
                    reference.offset + low.offset, reference.earliest + low.earliest, reference.latest + high.latest
                )
            return Days(
                reference.offset - high.offset, reference.earliest - high.latest, reference.latest - low.earliest
            )
        return NOWHERE

    def cycle_days(self, member: Member, timing: Timing) -> Days:
        """The day of a visit in a cycle; days of a cycle count from 1."""
        assert member.cycle is not None and timing.number is not None
        node, shift = self.builder.cycle_starts[member.cycle.name]
        base = 0
        if node.kind == "from_clause":
            point = self.context.point(cast(Node, node.children[0]))
            if point is not None and point.kind == "timeline" and point.unit and point.number is not None:
                base = self.builder.timeline_days(point.unit, point.number).offset or 0
            elif point is not None and point.of and point.kind in ("place", "after"):
                base = self.reference_days(point.of).offset or 0
                if point.duration is not None:
                    base += (
                        self.builder.gap_days(
                            point.duration.quantities[0].value, point.duration.quantities[0].unit
                        ).offset
                        or 0
                    )
        step = 7 if timing.unit == "week" else 1
        start = base + shift + (timing.number - 1) * step
        end = base + shift + ((timing.end_number or timing.number) - 1) * step
        return Days(start, start, end)

    def reference_days(self, name: str) -> Days:
        """The days of what a visit counts from: a visit, the anchor, the end of a duration."""
        if name in self.builder.by_name:
            return self.find_days(name)
        if name == self.builder.anchor:
            return Days(0, 0, 0)
        moment = self.context.scope.find(name, "moment", "event")
        if moment is not None and isinstance(moment.about, tuple):
            start, gap = moment.about
            first = self.reference_days(start)
            low, high = self.builder.gap_days(gap.lower, gap.unit), self.builder.gap_days(gap.upper, gap.unit)
            if (
                first.offset is not None
                and low.offset is not None
                and first.earliest is not None
                and first.latest is not None
            ):
                return Days(
                    first.offset + low.offset, first.earliest + (low.earliest or 0), first.latest + (high.latest or 0)
                )
        return NOWHERE

    # -- visits --

    def visit(self, member: Member, name: str, place: int, parts: dict[str, Any]) -> Visit:
        """The visit of the model."""
        found: dict[str, Node] = parts["found"]
        timing, window = self.timings[name]
        days = self.days.get(name, NOWHERE)
        populations, arms = self.people(found.get("for_clause"))
        label = self.builder.member_label(member, self.context.label(member.statement.node))
        by = found.get("by_clause")
        contact = self.context.word(by.token("NAME"), CONTACTS, "a kind of contact") if by is not None else "on_site"
        optional = "optional_clause" in found
        lasting = found["lasting_clause"].token("QTY") if "lasting_clause" in found else None
        until = found.get("until_clause")
        points = (
            tuple(p for p in (self.context.point(n) for n in until.nodes()) if p is not None)
            if until is not None
            else ()
        )
        return Visit.model_construct(
            name=name,
            label=self.context.fill(label) if label else None,
            origin=self.context.origin(member.statement.node),
            notes=tuple(parts["notes"]),
            stage=member.stage,
            series=member.series,
            number=member.number,
            cycle=member.cycle.name if member.cycle is not None else None,
            timing=timing,
            window=window,
            order=place,
            offset=days.offset,
            earliest=days.earliest,
            latest=days.latest,
            contact=contact or "on_site",
            condition=self.conditions.condition(found.get("if_clause")),
            populations=populations,
            arms=arms,
            optional=optional,
            lasting=self.context.quantity(lasting, "time") if lasting is not None else None,
            until=points,
            remarks=tuple(parts["remarks"]),
        )

    def series(self) -> tuple[Series, ...]:
        """The declared series."""
        result: list[Series] = []
        for statement, text, names, is_open in self.builder.series:
            clauses = {clause.kind: clause for clause in _clauses(statement.node)}
            every = clauses.get("every_clause")
            until = clauses.get("until_clause")
            place = every.node("place") if every is not None else None
            result.append(
                Series.model_construct(
                    text=text,
                    members=names,
                    open=is_open,
                    drift="drift_clause" in clauses,
                    every=self.context.gap(every.children[0]) if every is not None else None,
                    after=self.context.place_name(place) if place is not None else None,
                    until=tuple(p for p in (self.context.point(n) for n in until.nodes()) if p)
                    if until is not None
                    else (),
                    origin=self.context.origin(statement.node),
                    notes=statement.notes,
                )
            )
        return tuple(result)

    def cycles(self) -> tuple[Cycle, ...]:
        """The declared cycles."""
        result: list[Cycle] = []
        for statement, names, is_open in self.builder.cycles:
            node = statement.node
            length = next((c.token("QTY") for c in node.nodes("length_clause")), None)
            until = node.node("until_clause")
            start = node.node("from_clause")
            populations, arms = self.people(node.node("for_clause"))
            points: list[Point] = (
                [p for p in (self.context.point(n) for n in until.nodes()) if p] if until is not None else []
            )
            result.append(
                Cycle.model_construct(
                    name=names[0].rstrip("0123456789") if names else "",
                    label=self.context.label(node),
                    origin=self.context.origin(node),
                    notes=statement.notes,
                    members=names,
                    open=is_open,
                    length=self.context.gap(length) if length is not None else None,
                    start=self.context.point(cast(Node, start.children[0])) if start is not None else None,
                    until=tuple(points),
                    populations=populations,
                    arms=arms,
                )
            )
        return tuple(result)


_SAID = {
    "timing": "when the visit is due",
    "window_clause": "the window",
    "every_clause": "the rhythm",
    "for_clause": "for whom",
    "if_clause": "the condition",
    "by_clause": "the kind of contact",
}


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


__all__ = ["Label", "VisitBuilder", "VisitMaker"]
