"""The schedule graph of a protocol: points in time, and what its statements say about their distances.

Points are the anchor, visits, events, the ends of stages, the starts of cycles and the end of DLT observation. Each
statement gives edges `earliest..latest` in whole days, and each edge one or two constraints of the temporal network.

- One network holds for all participants: visits of some arms or populations only, and conditional ones, are taken to
  take place. If that is impossible, branches are told apart (`branches.py`). Stages of some participants only are not
  put in sequence with the others.
- Months under `month = calendar` enter with their fewest and most days, each by itself: the widest reading.
- Stages follow one another unless they are `parallel`. Only visits that are counted from the timeline take part in
  this, not those that wait for an event, and not the members drawn of a series that goes on.
- Waiting between participants (stagger, opening of the next dose level) is no part of a participant's schedule.
"""

from __future__ import annotations

import gc
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.model import wording
from protocol_dsl.schedule import network
from protocol_dsl.schedule.network import DERIVED, Conflict, Constraint
from protocol_dsl.schedule.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol_dsl.model.base import Origin, Point
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Cycle, Order, Stage, Visit

MOST_CONFLICTS = 5
_CYCLE_DAYS = {"day": 1, "week": 7}


class Statement(NamedTuple):
    """What was said, in the words of a schedule, where, and of which element.

    `derived` ones the author did not write: that stages follow one another and contain their visits.
    """

    text: str
    origin: Origin
    element: str
    derived: bool = False


class Node(NamedTuple):
    """A point in time. `id` is stable: the name of a visit or event, else prefixed, such as `stage:follow_up:end`.

    `kind` is `anchor` (one that is no visit), `visit`, `event`, `stage_start`, `stage_end`, `cycle`, `milestone`,
    `gate`. `offset` is the nominal day from the timeline's anchor. Of a visit, `timing` is `timeline`, `relative`,
    `event` or `unscheduled`, and `contact` how it is held.
    """

    id: str
    kind: str
    name: str
    label: str
    stage: str | None = None
    offset: int | None = None
    timing: str | None = None
    contact: str | None = None


class Edge(NamedTuple):
    """`target` is `earliest` to `latest` days after `source` (nodes by index), by a statement (by index)."""

    source: int
    target: int
    earliest: int | None
    latest: int | None
    kind: str
    statement: int


class Schedule:
    """The graph of a protocol, its temporal network, and what follows from it.

    `conflicts` are up to five sets of constraints that cannot hold together. `bounds` gives the implied earliest and
    latest day of each visit from the timeline's anchor, None where it is open; it is empty if there is a conflict.
    """

    def __init__(self, nodes: list[Node], edges: list[Edge], statements: list[Statement], anchor: int | None) -> None:
        self.nodes = nodes
        self.edges = edges
        self.statements = statements
        self.anchor = anchor
        self.index = {node.id: number for number, node in enumerate(nodes)}
        self.constraints = _constraints(edges, statements)
        self.conflicts: list[Conflict] = network.conflicts(len(nodes), self.constraints, MOST_CONFLICTS)
        self.windows: list[tuple[int | None, int | None]] = self._windows()
        self.bounds = self._bounds()
        self.too_many_branches = False

    def constraints_of(self, edges: Iterable[Edge]) -> list[Constraint]:
        """What some of the edges say, one inequality at a time."""
        return _constraints(list(edges), self.statements)

    def told_apart(self, protocol: Protocol) -> Schedule:
        """This schedule without conflicts between visits that nobody has together (see `branches`)."""
        if not self.conflicts:
            return self
        from protocol_dsl.schedule.branches import resolve

        found = resolve(protocol, self, MOST_CONFLICTS)
        if found is not None:
            self.too_many_branches = found.too_many
            self.conflicts, self.constraints, self.windows = found.conflicts, found.constraints, found.windows
            self.bounds = self._bounds()
        return self

    def _bounds(self) -> dict[str, tuple[int | None, int | None]]:
        if self.conflicts:
            return {}
        return {
            node.name: window for node, window in zip(self.nodes, self.windows, strict=True) if node.kind == "visit"
        }

    def _windows(self) -> list[tuple[int | None, int | None]]:
        if self.conflicts or self.anchor is None:
            return [(None, None)] * len(self.nodes)
        return network.bounds(len(self.nodes), self.constraints, self.anchor)

    @cached_property
    def edge_of(self) -> dict[Constraint, Edge]:
        """The edge that each constraint comes from, the first of several."""
        found: dict[Constraint, Edge] = {}
        for edge in self.edges:
            for constraint in _constraints([edge], self.statements):
                found.setdefault(constraint, edge)
        return found

    def statement_of(self, constraint: Constraint) -> Statement:
        """The statement that a constraint comes from, also of a derived one."""
        number = constraint.origin if constraint.origin != DERIVED else self.edge_of[constraint].statement
        return self.statements[number]

    def binding(self, visit: str, *, latest: bool, base: int | None = None) -> tuple[Constraint, ...]:
        """The chain of constraints that holds a visit back from coming later (or earlier); empty if nothing does.

        The days are those after the node `base`, by default the timeline's anchor.
        """
        at = self.index.get(visit)
        base = self.anchor if base is None else base
        if at is None or base is None or self.conflicts:
            return ()
        source, target = (base, at) if latest else (at, base)
        return network.binding_path(len(self.nodes), self.constraints, source, target)


def build(protocol: Protocol) -> Schedule:
    """The schedule of a protocol, checked for consistency."""
    # Tens of thousands of tuples without a cycle among them: looking for garbage there doubles the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _Builder(protocol).build().told_apart(protocol)
    finally:
        if collecting:
            gc.enable()


def _constraints(edges: list[Edge], statements: list[Statement]) -> list[Constraint]:
    """What the edges say, one inequality at a time."""
    origins = [DERIVED if statement.derived else number for number, statement in enumerate(statements)]
    found: list[Constraint] = []
    add = found.append
    for source, target, earliest, latest, _, number in edges:
        if source == target:
            continue
        if latest is not None:
            add(Constraint(source, target, latest, origins[number]))
        if earliest is not None:
            add(Constraint(target, source, -earliest, origins[number]))
    return found


class _Builder:
    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.timeline = protocol.timeline
        self.spans = Spans(protocol.timeline)
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.statements: list[Statement] = []
        self.index: dict[str, int] = {}
        self.visits = {visit.name: visit for visit in protocol.visits}
        self.anchor: int | None = None
        self.on_timeline: dict[str, bool] = {}

    def build(self) -> Schedule:
        # The anchor is node 0, so that a conflict that passes it is told from there.
        anchor = self.timeline.anchor if self.timeline is not None else None
        if anchor is not None:
            self.anchor = (
                self.add_visit(self.visits[anchor]) if anchor in self.visits else self.moment(anchor, "anchor")
            )
        for visit in self.protocol.visits:
            self.add_visit(visit)
        self.add_cycles()
        for visit in self.protocol.visits:
            self.time(visit)
        self.add_stages()
        for order in self.protocol.orders:
            self.order(order)
        self.add_durations()
        self.add_dlt()
        self.add_gates()
        return Schedule(self.nodes, self.edges, self.statements, self.anchor)

    # ---- points

    def add(self, node: Node) -> int:
        found = self.index.get(node.id)
        if found is None:
            found = self.index[node.id] = len(self.nodes)
            self.nodes.append(node)
        return found

    def add_visit(self, visit: Visit) -> int:
        timing, contact = visit.timing.kind, visit.contact
        return self.add(Node(visit.name, "visit", visit.name, visit.title, visit.stage, visit.offset, timing, contact))

    def moment(self, name: str, kind: str = "event") -> int:
        """An event, declared or built in."""
        label = next((event.title for event in self.protocol.events if event.name == name), name)
        return self.add(Node(name, kind, name, label, None, 0 if kind == "anchor" else None))

    def place(self, name: str, *, end: bool) -> int:
        """The node of a visit, an event, the start or the end of a stage, the start of a cycle."""
        if name in self.index:
            return self.index[name]
        if f"cycle:{name}" in self.index:
            return self.index[f"cycle:{name}"]
        stage = self.protocol.stage(name)
        return self.moment(name) if stage is None else self.stage_node(stage, end=end)

    def stage_node(self, stage: Stage, *, end: bool) -> int:
        which = "end" if end else "start"
        label = f"{which} of {stage.title}"
        return self.add(Node(f"stage:{stage.name}:{which}", f"stage_{which}", stage.name, label, stage.name))

    def point(self, point: Point) -> tuple[int, int | None, int | None] | None:
        """A node and the days after it that a point means."""
        if point.kind == "timeline" and point.unit is not None and point.number is not None:
            base = self.anchor if point.of is None else self.place(point.of, end=True)
            return None if base is None else (base, *self.spans.point(point.unit, point.number))
        if point.of is None:
            return None
        if point.kind in ("after", "before") and point.duration is not None:
            least, most = self.spans.of_duration(point.duration)
            node = self.place(point.of, end=point.kind == "after")
            return (node, least, most) if point.kind == "after" else (node, _minus(most), _minus(least))
        return self.place(point.of, end=point.kind != "start_of"), 0, 0

    # ---- statements

    def say(self, text: str, origin: Origin, element: str, *, derived: bool = False) -> int:
        self.statements.append(Statement(text, origin, element, derived))
        return len(self.statements) - 1

    def edge(
        self, source: int, target: int, earliest: int | None, latest: int | None, kind: str, statement: int
    ) -> None:
        self.edges.append(Edge(source, target, earliest, latest, kind, statement))

    def time(self, visit: Visit) -> None:
        """When a visit is due, with its window."""
        timing, node = visit.timing, self.index[visit.name]
        if timing.kind in ("unscheduled", "unknown") or (node == self.anchor and timing.kind != "relative"):
            return
        source, least, most, kind = self.due(visit)
        if source is None:
            return
        if visit.window is None:
            text, before, after = f"{visit.name}: {timing.text}", 0, 0
        else:
            text = f"{visit.name}: {timing.text} {visit.window.text}"
            before, after = self.spans.of_window(visit.window)
        earliest = None if least is None else least - before
        latest = None if most is None else most + after
        self.statements.append(Statement(text, timing.origin, visit.name))
        self.edges.append(Edge(source, node, earliest, latest, kind, len(self.statements) - 1))

    def due(self, visit: Visit) -> tuple[int | None, int | None, int | None, str]:
        """From which node a visit is counted, and how many days after it, without the window."""
        timing = visit.timing
        if timing.kind == "timeline" and timing.unit is not None and timing.number is not None:
            cycle = self.index.get(f"cycle:{visit.cycle}") if visit.cycle is not None else None
            if cycle is not None and timing.unit in _CYCLE_DAYS:
                last = timing.number if timing.end_number is None else timing.end_number
                return cycle, _cycle_day(timing.unit, timing.number), _cycle_day(timing.unit, last), "cycle"
            first = self.spans.point(timing.unit, timing.number)
            if timing.end_number is None:
                return self.anchor, first[0], first[1], "timing"
            final = self.spans.point(timing.unit, timing.end_number)
            return self.anchor, min(first[0], final[0]), max(first[1], final[1]), "timing"
        if timing.reference is None:
            return None, None, None, timing.kind
        if timing.kind == "event":
            return self.place(timing.reference, end=True), 0, 0, "event"
        if timing.gap is None:
            return None, None, None, timing.kind
        least, most = self.spans.of_gap(timing.gap)
        if timing.direction == "before":
            return self.place(timing.reference, end=False), _minus(most), _minus(least), "relative"
        return self.place(timing.reference, end=True), least, most, "relative"

    def order(self, order: Order) -> None:
        least, most = (None, None) if order.gap is None else self.spans.of_gap(order.gap)
        earliest = least if order.bound in ("at_least", "exactly") else 0
        latest = most if order.bound in ("at_most", "exactly") else None
        bound = "" if order.gap is None else f"{order.bound.replace('_', ' ')} {wording.gap(order.gap)} "
        number = self.say(f"{order.first} {bound}before {order.second}", order.origin, order.first)
        first, second = self.place(order.first, end=True), self.place(order.second, end=False)
        self.edge(first, second, earliest, latest, "order", number)

    def add_durations(self) -> None:
        for duration in self.timeline.durations if self.timeline is not None else ():
            least, most = self.spans.of_gap(duration.gap)
            text = f"{duration.title}: {wording.gap(duration.gap)} from {duration.start} to {duration.end}"
            start, end = self.place(duration.start, end=True), self.place(duration.end, end=False)
            self.edge(start, end, least, most, "contingent", self.say(text, duration.origin, duration.name))

    def add_dlt(self) -> None:
        dlt = self.protocol.dlt
        if dlt is None or dlt.window is None or dlt.after is None:
            return
        least, most = self.spans.of_gap(dlt.window)
        node = self.add(Node("milestone:dlt", "milestone", "dlt", "end of DLT observation"))
        text = f"DLT window: {wording.gap(dlt.window)} after {dlt.after}"
        number = self.say(text, dlt.window_origin or dlt.origin, "dlt")
        self.edge(self.place(dlt.after, end=True), node, least, most, "dlt", number)

    def add_gates(self) -> None:
        for gate in self.protocol.gates:
            node = self.add(Node(f"gate:{gate.name}", "gate", gate.name, gate.title))
            text = f"{gate.title}: before {gate.before}"
            self.edge(node, self.place(gate.before, end=False), 0, None, "gate", self.say(text, gate.origin, gate.name))

    # ---- cycles and stages

    def add_cycles(self) -> None:
        for cycle in self.protocol.cycles:
            for name in cycle.members:
                self.add(Node(f"cycle:{name}", "cycle", name, f"start of {name}"))
        for cycle in self.protocol.cycles:
            nodes = [self.index[f"cycle:{name}"] for name in cycle.members]
            if nodes:
                self.start_cycles(cycle, nodes[0])
            if cycle.length is None:
                continue
            least, most = self.spans.of_gap(cycle.length)
            number = self.say(f"{cycle.title}: every {wording.gap(cycle.length)}", cycle.origin, cycle.name)
            for one, following in pairwise(nodes):
                self.edge(one, following, least, most, "cycle", number)

    def start_cycles(self, cycle: Cycle, first: int) -> None:
        """The first cycle starts where it is said to, else at the anchor, from which its visits' days were counted."""
        start = None if cycle.start is None else self.point(cycle.start)
        text = f"{cycle.title}: starts as declared"
        if start is None:
            members = [visit for visit in self.protocol.visits if visit.cycle == cycle.members[0]]
            offsets = [
                visit.offset - _cycle_day(visit.timing.unit, visit.timing.number)
                for visit in members
                if visit.offset is not None and visit.timing.number is not None and visit.timing.unit in _CYCLE_DAYS
            ]
            if self.anchor is None or not offsets:
                return
            start, text = (self.anchor, offsets[0], offsets[0]), f"{cycle.title}: its day 1"
        self.edge(start[0], first, start[1], start[2], "cycle", self.say(text, cycle.origin, cycle.name))

    def add_stages(self) -> None:
        """Stages in sequence: every visit of one is not later than any visit of the next."""
        sequence = [
            (stage, visits)
            for stage in self.protocol.stages
            if not (stage.parallel or stage.condition is not None or stage.populations or stage.arms)
            if (visits := [self.index[name] for name in stage.visits if self.is_on_timeline(name)])
        ]
        for (one, before), (following, after) in pairwise(sequence):
            end, start = self.stage_node(one, end=True), self.stage_node(following, end=False)
            last = self.say(f"visits of {one.title} lie within it", one.origin, one.name, derived=True)
            # The last visit sets the end of a stage and the first its start: in this order a pass settles all of them.
            self.edges += [Edge(node, end, 0, None, "stage", last) for node in reversed(before)]
            first = self.say(
                f"visits of {following.title} lie within it", following.origin, following.name, derived=True
            )
            self.edges += [Edge(start, node, 0, None, "stage", first) for node in after]
            text = f"{following.title} comes after {one.title}"
            self.edge(end, start, 0, None, "sequence", self.say(text, following.origin, following.name, derived=True))

    def is_on_timeline(self, name: str) -> bool:
        """Whether a visit's day is counted from the anchor, by way of other visits or not."""
        known = self.on_timeline.get(name)
        if known is not None:
            return known
        way: list[str] = []
        while name not in self.on_timeline:
            self.on_timeline[name] = False  # should the way come back to itself
            way.append(name)
            following = self.counted_from(name)
            if isinstance(following, bool):
                self.on_timeline[name] = following
                break
            name = following
        for passed in way:
            self.on_timeline[passed] = self.on_timeline[name]
        return self.on_timeline[name]

    def counted_from(self, name: str) -> str | bool:
        """The visit or event that a visit is counted from; where that leads no further, whether it is the timeline."""
        visit = self.visits.get(name)
        if visit is None:
            return self.anchor is not None and self.index.get(name) == self.anchor
        if visit.series in self.open or visit.cycle in self.open:
            return False
        if self.index[name] == self.anchor or visit.timing.kind == "timeline":
            return self.anchor is not None
        return visit.timing.reference or False if visit.timing.kind == "relative" else False

    @cached_property
    def open(self) -> frozenset[str]:
        """Series and cycles of which only the first members are drawn."""
        cycles = [member for cycle in self.protocol.cycles if cycle.open for member in cycle.members]
        return frozenset([*(series.text for series in self.protocol.series if series.open), *cycles])


def _minus(days: int | None) -> int | None:
    return None if days is None else -days


def _cycle_day(unit: str, number: int) -> int:
    """Days after the start of a cycle of its day or week `number`, of which the first is 1 in any timeline."""
    return (number - 1 if number > 0 else number) * _CYCLE_DAYS[unit]
