"""How many members a series or a set of cycles has that is open in its name and ends on a day, `until month 24`.

The visits are not declared yet when this is asked, so that the days are read from the text alone; a fault in them is
told later, by those who build the visits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.quantities import NumberError, UnitError, parse_number, parse_unit, split_quantity
from protocol_dsl.syntax.nodes import Node, Token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol_dsl.elaborate.visit_days import Counting

MOST = 20_000
DEEPEST = 50
_NUMBERED = re.compile(r"(.*?)(\d+)\Z")
_UNITS = ("DAY", "WEEK", "MONTH", "YEAR")


class _Written(NamedTuple):
    """A visit as it is written: its clauses, its number and its place in the series, and the cycles around it."""

    clauses: dict[str, Node]
    number: int
    place: int
    cycles: Node | None


class SeriesEnds:
    """Counts the members of series by the days in the text of all trees."""

    def __init__(self, counting: Counting, trees: Iterable[Node]) -> None:
        self.counting = counting
        self.single: dict[str, _Written] = {}
        self.ranges: dict[str, tuple[Node, int, int]] = {}
        for tree in trees:
            self._index(tree)

    def count(self, node: Node, number: int, step: int) -> int | None:
        """The members of an open series or of cycles until their end; None where that is no day, or not known."""
        clauses = _clauses(node)
        ends = [day for point in _until(clauses) if (day := self._point(point)) is not None]
        if not ends:
            return None
        made = 0
        while made <= MOST:
            if node.kind == "cycles":
                day = self._cycle(node, made)
            else:
                day = self._day(_Written(clauses, number + made * step, made, None), 0)
            if day is None:
                return None
            # A visit on the last day takes place; a cycle that would begin on it does not.
            if day > min(ends) or (node.kind == "cycles" and day == min(ends)):
                return made
            made += 1
        return None

    def _index(self, node: Node, cycles: Node | None = None) -> None:
        for part in node.nodes():
            inner = part.children[-1] if part.kind == "annotated" else part
            if not isinstance(inner, Node):
                continue
            if inner.kind in ("stage", "cycles"):
                self._index(inner, inner if inner.kind == "cycles" else cycles)
            elif inner.kind == "visit" and cycles is None and (token := inner.token("NAME")) is not None:
                self.single.setdefault(token.value, _Written(_clauses(inner), 0, 0, None))
            elif inner.kind == "visits" and cycles is None:
                self._index_series(inner)

    def _index_series(self, node: Node) -> None:
        listed, counted = node.node("series_list"), node.node("series_range")
        clauses = _clauses(node)
        for place, token in enumerate(listed.tokens("NAME") if listed is not None else ()):
            found = _NUMBERED.match(token.value)
            written = _Written(clauses, int(found.group(2)) if found else place + 1, place, None)
            self.single.setdefault(token.value, written)
        first = counted.token("NAME") if counted is not None else None
        start = _NUMBERED.match(first.value) if first is not None else None
        if start is not None:
            step = clauses["step_clause"].token("NUMBER") if "step_clause" in clauses else None
            size = int(step.value) if step is not None and step.value.isdecimal() else 1
            self.ranges.setdefault(start.group(1), (node, int(start.group(2)), max(size, 1)))

    def _visit(self, name: str, depth: int) -> int | None:
        """The nominal day of a visit, an anchor or a member of a series."""
        if name == self.counting.anchor:
            return 0
        if depth > DEEPEST:
            return None
        if name in self.single:
            return self._day(self.single[name], depth + 1)
        found = _NUMBERED.match(name)
        if found is None or found.group(1) not in self.ranges:
            return None
        node, start, step = self.ranges[found.group(1)]
        place, rest = divmod(int(found.group(2)) - start, step)
        if rest or place < 0:
            return None
        return self._day(_Written(_clauses(node), int(found.group(2)), place, None), depth + 1)

    def _day(self, written: _Written, depth: int) -> int | None:
        clauses = written.clauses
        if "day_clause" in clauses:
            unit = clauses["day_clause"].token(*_UNITS)
            ordinal = clauses["day_clause"].token("NUMBER", "SIGNED", "NAME")
            value = written.number if ordinal is not None and ordinal.type == "NAME" else _integer(ordinal)
            return None if unit is None or value is None else self.counting.timeline_days(unit.value, value).offset
        if "every_clause" in clauses:
            start = self._point(_first(clauses["from_clause"])) if "from_clause" in clauses else None
            place = clauses["every_clause"].node("place")
            if "from_clause" not in clauses and place is not None:
                start = self._visit(_name(place), depth)
            times = written.place + (0 if "from_clause" in clauses else 1)
            return self._plus(start, clauses["every_clause"].token("QTY"), times)
        for kind, sign in (("after_clause", 1), ("before_clause", -1)):
            places = list(clauses[kind].nodes("place")) if kind in clauses else []
            if places:
                own = places[written.place] if written.place < len(places) > 1 else places[0]
                return self._plus(self._visit(_name(own), depth), clauses[kind].token("QTY"), sign)
        return None

    def _cycle(self, node: Node, place: int) -> int | None:
        start = node.node("from_clause")
        length = next((clause.token("QTY") for clause in node.nodes("length_clause")), None)
        return self._plus(0 if start is None else self._point(_first(start)), length, place)

    def _point(self, node: Node | None) -> int | None:
        if node is None:
            return None
        if node.kind in ("timeline_point", "counted_from"):
            place = node.node("place")
            unit, value = node.token(*_UNITS), _integer(node.token("NUMBER", "SIGNED"))
            if unit is None or value is None or (place is not None and _name(place) != self.counting.anchor):
                return None
            return self.counting.timeline_days(unit.value, value).offset
        if node.kind == "place":
            return self._visit(_name(node), 0)
        if node.kind in ("after_point", "before_point") and (place := node.node("place")) is not None:
            return self._plus(self._visit(_name(place), 0), node.token("QTY"), 1 if node.kind == "after_point" else -1)
        return None

    def _plus(self, day: int | None, length: Token | None, times: int) -> int | None:
        if day is None or length is None or length.missing:
            return None
        number, unit = split_quantity(length.value)
        try:
            span = self.counting.gap_days(parse_number(number) * abs(times), parse_unit(unit).symbol).offset
        except (NumberError, UnitError):
            return None
        return None if span is None or (times and not span) else day + (span if times >= 0 else -span)


def _clauses(node: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for part in node.nodes():
        inner = part.children[-1] if part.kind == "annotated" else part
        if isinstance(inner, Node):
            found.setdefault(inner.kind, inner)
    return found


def _until(clauses: dict[str, Node]) -> list[Node]:
    return list(clauses["until_clause"].nodes()) if "until_clause" in clauses else []


def _first(clause: Node) -> Node | None:
    return next(iter(clause.nodes()), None)


def _name(place: Node) -> str:
    return ".".join(token.value for token in place.tokens("NAME"))


def _integer(token: Token | None) -> int | None:
    if token is None or token.missing:
        return None
    text = token.value.replace("−", "-")
    return int(text) if text.lstrip("+-").isdecimal() else None
