"""The names of visits and cycles: those that are written, and those that a series generates."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.context import Context, Statement
from protocol_dsl.elaborate.visit_days import Counting
from protocol_dsl.syntax.nodes import Node, Token

if TYPE_CHECKING:
    from protocol_dsl.elaborate.visit_ends import SeriesEnds

DRAWN_WHEN_OPEN = 4
_DAYS = {"days": 1, "weeks": 7}
MOST_GENERATED = 20_000
_NUMBERED = re.compile(r"(.*?)(\d+)\Z")


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


class VisitBuilder:
    """Collects the visits and cycles of all stages, and names them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.members: list[Member] = []
        self.by_name: dict[str, Member] = {}
        self.series: list[tuple[Statement, str, tuple[str, ...], bool]] = []
        self.cycles: list[tuple[Statement, tuple[str, ...], bool]] = []
        self.cycle_starts: dict[str, tuple[Node, int]] = {}
        self.highest_cycle: dict[str, int] = {}
        self.counting = Counting(context)
        self._trees: list[Node] = []

    @cached_property
    def ends(self) -> SeriesEnds:
        """The members of series that end on a day; the conventions of the timeline are read before."""
        from protocol_dsl.elaborate.visit_ends import SeriesEnds

        return SeriesEnds(self.counting, self._trees)

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
        names, is_open = self.counted_names(series, at)
        if not names:
            for token in series.tokens("NAME"):
                self.context.scope.lose_series(token.value)
        return names, is_open

    def counted_names(self, series: Node, at: Node) -> tuple[list[tuple[str, int | None]], bool]:
        """As `names`; empty after a fault, which is told."""
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
        # `D01..D12` counts in two digits, as it is written.
        width = len(first.group(2)) if first.group(2).startswith("0") else 1
        step = self.step(at)
        if len(tokens) == 1:
            has_end = any(clause.kind == "until_clause" for clause in clauses_of(at))
            until = self.ends.count(at, start, step) if has_end else None
            if until is not None:
                # It ends on a day: it has just the members until then, and is open in its name only.
                return [(f"{prefix}{start + i * step:0{width}}", start + i * step) for i in range(until)], False
            count = max(DRAWN_WHEN_OPEN, self.highest_cycle.get(prefix, 0) - start + 1)
            return [(f"{prefix}{start + i * step:0{width}}", start + i * step) for i in range(count)], True
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
                help=f"leave it open, as in `{tokens[0].value}..`, if it goes on without an end",
            )
            return [], False
        return [(f"{prefix}{n:0{width}}", n) for n in range(start, end + 1, step)], False

    def step(self, node: Node) -> int:
        """The step of a series, 1 unless said."""
        for clause in clauses_of(node):
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
        if quantity is not None and days is not None and quantity.value * _DAYS.get(quantity.unit, 0) != days:
            self.context.tell(
                qty.BAD_NUMBER,
                length,
                "a cycle has a whole number of days",
                help="give its length in days or weeks, such as `of 28 days`",
            )
        if quantity is not None and days is None:
            self.context.tell(
                qty.WRONG_DIMENSION,
                length,
                f"a cycle has a fixed number of days; {quantity.unit} have not",
                help="give its length in days or weeks, such as `of 28 days`",
            )
        start = node.node("from_clause")
        if start is not None:
            self.check_start(start, "cycles end with the last name, or with `until`")
        label = self.context.label(node)
        for inner in node.nodes("cycles"):
            self.context.tell(
                nam.NO_EFFECT,
                inner.children[0],
                "cycles cannot stand inside cycles",
                help="give them a stage of their own",
            )
        self.check_cycles_named(node, {name for name, _ in names})
        for place, (name, number) in enumerate(names):
            shown = (label or "Cycle").replace("{n}", str(number))
            if label is None or "{n}" not in label:
                shown += f" {number if number is not None else name}"
            if token is None or self.context.scope.declare("cycle", token, shown, name=name) is None:
                continue
            cycle = Member(name, number, place, statement, stage, None)
            self.cycle_starts[name] = (start if start is not None else node, place * (days or 0))
            for inner in self.context.statements(node.children):
                if inner.node.kind in ("visit", "visits") and self.in_cycle(inner.node, name):
                    self.add(inner, stage, cycle, number)
        self.cycles.append((statement, tuple(name for name, _ in names), is_open))

    def check_start(self, clause: Node, why: str) -> None:
        """Tell the `to …` of a `from`, behind which visits and cycles have no end."""
        points = list(clause.nodes())
        if len(points) > 1:
            self.context.tell(
                nam.NO_EFFECT,
                points[1],
                f"this end has no effect here: {why}",
                help="take out the `to`, and give the series as many names as it has visits",
            )

    def check_cycles_named(self, node: Node, names: set[str]) -> None:
        """Tell cycles that an `in C9` speaks of, and that there are not."""
        for part in (part for part in node.walk() if part.kind == "in_clause"):
            spread = part.node("cycle_range")
            for token in spread.tokens("NAME") if spread is not None else ():
                if names and token.value not in names and token.value not in {n.rstrip("0123456789") for n in names}:
                    self.context.scope.tell_unknown(token.span, token.value, "cycle", extra=tuple(sorted(names)))

    def in_cycle(self, node: Node, cycle: str) -> bool:
        """Whether a visit's `in C1..C3` lets it happen in this cycle."""
        for clause in clauses_of(node):
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
        self._trees = tree_nodes
        for root in tree_nodes:
            for node in root.walk():
                if node.kind in ("cycle_range", "visit_ref", "place", "visit_range"):
                    for token in node.tokens("NAME"):
                        found = _NUMBERED.match(token.value)
                        if found and found.group(1):
                            prefix, number = found.group(1), int(found.group(2))
                            if number <= 200:
                                self.highest_cycle[prefix] = max(self.highest_cycle.get(prefix, 0), number)


def clauses_of(node: Node) -> list[Node]:
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
