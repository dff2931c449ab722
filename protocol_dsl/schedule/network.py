"""The simple temporal network behind a schedule: is it consistent, what follows from it, and why.

A node is a point in time (an anchor, a visit, the start or end of a stage), numbered from 0. A constraint
says that one point is at most so many days after another. The network is consistent if and only if its
distance graph has no cycle of negative weight, and the tightest window of a node relative to an anchor is a
pair of shortest distances (R. Dechter, I. Meiri, J. Pearl, Temporal constraint networks, 1991).

Everything is whole numbers, so there is no rounding. The unit is the caller's, one for the whole network: days for
visits, minutes within a dosing visit. A result depends on the set of constraints alone, not on their order.
Where constraints on the same ordered pair have the same weight, the one with the lowest origin speaks; a derived
one thus goes first, because it would still hold if the author's statement were relaxed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from protocol_dsl.schedule import passes

DERIVED = -1
"""The origin of a constraint that no statement of the author gives by itself: containment, the order of a stage."""

_DECLARED_COST = 3
_DERIVED_COST = 1
"""What a constraint costs the reader of an explanation: derived ones are read over, but are not free."""

_SEARCH_STEPS = 200_000
"""Constraints that one call of `shorten` looks at before it settles for the best cycle so far."""

_UNREACHED = 1 << 200
"""Above every distance; a number rather than None keeps the inner loop to one comparison."""


class Constraint(NamedTuple):
    """t[target] - t[source] <= weight. `origin` is the index of the author's statement, or `DERIVED`."""

    source: int
    target: int
    weight: int
    origin: int


class Conflict(NamedTuple):
    """Constraints that cannot all hold.

    `cycle` is closed, in walking order, begins at its lowest node and passes each of its nodes once.
    `deficit` is minus the sum of its weights: the days that do not fit, always at least 1. Relaxing any one of
    the constraints by that much ends this conflict, unless a parallel constraint takes its place.
    """

    cycle: tuple[Constraint, ...]
    deficit: int


class InconsistentNetworkError(ValueError):
    """Bounds were asked of a network that has none. `conflict` says why; `check` first to avoid this."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__(f"the temporal network is inconsistent by {conflict.deficit}")
        self.conflict = conflict


def check(size: int, constraints: Sequence[Constraint]) -> Conflict | None:
    """A conflict if the network of nodes 0..size-1 has any, in any of its components, otherwise None.

    Raises ValueError for a constraint on a node outside the network.
    """
    if passes.is_consistent(size, constraints):
        return None
    labels = _Labels(size, _lightest(size, constraints))
    # A root settles everything it reaches. A cycle of nodes that no earlier root reached cannot touch a settled node
    # (it would have been reached through it), so a later root may pass those by, and each constraint is met in one
    # run only. Starting everywhere at once instead is quadratic on a chain.
    for root in range(size):
        if labels.distance[root] == _UNREACHED:
            cycle = labels.run(root)
            if cycle is not None:
                return _conflict(cycle)
            labels.settle()
    return None


def distances(size: int, constraints: Sequence[Constraint], source: int) -> list[int | None]:
    """For every node the most it can come after `source`; None where nothing limits it.

    Raises InconsistentNetworkError if a conflict is reachable from `source`; others go unnoticed.
    """
    return _distances(size, _lightest(size, constraints), source)


def bounds(size: int, constraints: Sequence[Constraint], anchor: int) -> list[tuple[int | None, int | None]]:
    """The earliest and the latest time of every node relative to `anchor`; None where it is open.

    These are the windows that remain when all constraints are taken together, and each end of each can be attained.
    Raises InconsistentNetworkError if a conflict can be reached from `anchor`, or can reach it.
    """
    _demand_node(size, anchor)
    passes.demand_nodes(size, constraints)
    quick = passes.windows(size, constraints, anchor)
    if quick is not None:
        return quick
    lightest = _lightest(size, constraints)
    latest = _distances(size, lightest, anchor)
    back = _distances(size, lightest, anchor, backward=True)
    return [(None if early is None else -early, late) for early, late in zip(back, latest, strict=True)]


def binding_path(size: int, constraints: Sequence[Constraint], source: int, target: int) -> tuple[Constraint, ...]:
    """The constraints that together keep `target` from coming later after `source` than it can.

    They lead from `source` to `target`, and their weights add up to the distance. Among several such chains it is the
    one that is quickest read (see `_cost`). Empty if nothing limits `target`, or if it is `source` itself.
    For the earliest time of a visit, ask for the chain from the visit to the anchor.
    Raises InconsistentNetworkError like `distances`.
    """
    lightest = _lightest(size, constraints)
    distance = _distances(size, lightest, source)
    if distance[target] is None:
        return ()
    tight: dict[int, list[Constraint]] = {}
    for key in sorted(lightest):
        constraint = lightest[key]
        start, end = distance[constraint.source], distance[constraint.target]
        if start is not None and start + constraint.weight == end:
            tight.setdefault(constraint.source, []).append(constraint)
    came: dict[int, Constraint | None] = {}
    waiting: list[tuple[int, int, Constraint | None]] = [(0, source, None)]
    while target not in came:
        cost, node, by = heappop(waiting)
        if node in came:
            continue
        came[node] = by
        for constraint in tight.get(node, ()):
            if constraint.target not in came:
                # Equal costs fall back on the node, then on the constraints, which are never both None.
                heappush(waiting, (cost + _cost(constraint), constraint.target, constraint))
    path: list[Constraint] = []
    step = came[target]
    while step is not None:
        path.append(step)
        step = came[step.source]
    return tuple(reversed(path))


def shorten(size: int, constraints: Sequence[Constraint], conflict: Conflict, max_edges: int = 8) -> Conflict:
    """The conflict on or beside the given one that is quickest to explain, or the given one if none is quicker.

    Searches the cycles through each node of the conflict, of at most `max_edges` declared constraints (three derived
    ones count as one), by the lightest walks within a growing cost. A walk that is negative because of a smaller
    cycle it meets on its way gives that smaller cycle. The work is bounded: in a very large conflict, the nodes
    with the fewest constraints may be left out.
    """
    outgoing = _readable(size, constraints)
    best = conflict
    limit = min(_total_cost(conflict.cycle), max_edges * _DECLARED_COST + 1)
    steps = _SEARCH_STEPS
    # A node with many constraints, such as an anchor, is where short cycles pass.
    for start in sorted({step.source for step in conflict.cycle}, key=lambda node: (-len(outgoing[node]), node)):
        walk, used = _cheapest_closed_walk(outgoing, start, limit, min(steps, _SEARCH_STEPS // 2))
        steps -= used
        if walk:
            best = _cheapest_cycle(walk)
            limit = _total_cost(best.cycle)
        if steps <= 0:
            break
    return best


def conflicts(size: int, constraints: Sequence[Constraint], most: int = 5) -> list[Conflict]:
    """Up to `most` conflicts that share no statement of the author, each as short as `shorten` makes it.

    After each one its statements are taken out, with all the constraints they give (of a conflict of derived
    constraints only, those constraints), and the rest is checked again. Fewer than `most` means that the rest is
    consistent.
    """
    found: list[Conflict] = []
    remaining: Sequence[Constraint] = constraints
    while len(found) < most:
        conflict = check(size, remaining)
        if conflict is None:
            break
        conflict = shorten(size, remaining, conflict)
        found.append(conflict)
        remaining = _without(remaining, conflict)
    return found


def _without(constraints: Iterable[Constraint], conflict: Conflict) -> list[Constraint]:
    """The constraints that do not come from a statement in the conflict."""
    statements = {step.origin for step in conflict.cycle} - {DERIVED}
    if statements:
        return [constraint for constraint in constraints if constraint.origin not in statements]
    derived = set(conflict.cycle)
    return [constraint for constraint in constraints if constraint not in derived]


def _lightest(size: int, constraints: Iterable[Constraint]) -> dict[int, Constraint]:
    """The tightest constraint of every ordered pair, by source * size + target; harmless self loops are left out."""
    lightest: dict[int, Constraint] = {}
    for constraint in constraints:
        source, target, weight, origin = constraint
        if not (0 <= source < size and 0 <= target < size):
            raise ValueError(f"{constraint} is not within a network of {size} nodes")
        if source == target and weight >= 0:
            continue
        key = source * size + target
        other = lightest.get(key)
        if other is None or (weight, origin) < (other.weight, other.origin):
            lightest[key] = constraint
    return lightest


def _distances(size: int, lightest: dict[int, Constraint], source: int, *, backward: bool = False) -> list[int | None]:
    _demand_node(size, source)
    labels = _Labels(size, lightest, backward=backward)
    cycle = labels.run(source)
    if cycle is not None:
        raise InconsistentNetworkError(_conflict(cycle))
    return [None if distance == _UNREACHED else distance for distance in labels.distance]


def _demand_node(size: int, node: int) -> None:
    if not 0 <= node < size:
        raise ValueError(f"there is no node {node} in a network of {size} nodes")


class _Labels:
    """Shortest distances by label correction, with R. E. Tarjan's subtree disassembly to find a negative cycle early.

    The tree of current shortest paths is kept as a ring in preorder with depths. When a node gets a shorter distance,
    all that hangs below it is out of date: it is cut off at once and need not be scanned until it is reached again.
    If the constraint that shortens the distance starts in that very subtree, it closes a negative cycle
    (B. V. Cherkassky, A. V. Goldberg, Negative-cycle detection algorithms, 1999).
    `backward` walks every constraint from its target to its source.
    """

    def __init__(self, size: int, lightest: dict[int, Constraint], *, backward: bool = False) -> None:
        self.size = size
        self.lightest = lightest
        self.backward = backward
        self.distance = [_UNREACHED] * size
        self._outgoing: list[list[tuple[int, int]]] = [[] for _ in range(size)]
        for key in sorted(lightest):
            source, target, weight, _ = lightest[key]
            if backward:
                source, target = target, source
            self._outgoing[source].append((target, weight))
        self._parent = [-1] * size
        self._depth = [0] * size
        self._after = [-1] * size
        self._before = [-1] * size  # -1: not in the tree
        self._queued = bytearray(size)
        self._reached: list[int] = []  # since the last settling

    def run(self, root: int) -> list[Constraint] | None:
        """Distances from `root` to all it reaches; stops at a negative cycle and gives that instead."""
        distance, outgoing, before, queued = self.distance, self._outgoing, self._before, self._queued
        distance[root] = 0
        before[root] = self._after[root] = root
        self._reached.append(root)
        waiting = deque([root])
        while waiting:
            node = waiting.popleft()
            queued[node] = 0
            if before[node] == -1:
                continue  # cut off since it was queued; it is queued anew when it is reached anew
            here = distance[node]
            for target, weight in outgoing[node]:
                there = here + weight
                if there < distance[target]:
                    if before[target] != -1:
                        if self._cut(target, node):
                            return self._closed_by(node, target)
                    elif distance[target] == _UNREACHED:
                        self._reached.append(target)
                    distance[target] = there
                    self._hang(target, node)
                    if not queued[target]:
                        queued[target] = 1
                        waiting.append(target)
        return None

    def settle(self) -> None:
        """Put what the last run reached below all other distances, where no later run can improve it."""
        for node in self._reached:
            self.distance[node] = -_UNREACHED
        self._reached.clear()

    def _hang(self, node: int, parent: int) -> None:
        """Make `node`, which is not in the tree, the first child of `parent`."""
        after, before = self._after, self._before
        follower = after[parent]
        after[parent], before[node] = node, parent
        after[node], before[follower] = follower, node
        self._depth[node] = self._depth[parent] + 1
        self._parent[node] = parent

    def _cut(self, node: int, sought: int) -> bool:
        """Take `node` and all below it out of the tree; True, with the tree unusable, if `sought` is among them."""
        after, before, depth = self._after, self._before, self._depth
        if node == sought:  # a self loop
            return True
        level = depth[node]
        preceding, follower = before[node], after[node]
        before[node] = -1
        while depth[follower] > level:
            if follower == sought:
                return True
            before[follower] = -1
            follower = after[follower]
        after[preceding], before[follower] = follower, preceding
        return False

    def _closed_by(self, node: int, target: int) -> list[Constraint]:
        """The cycle of the step from `node` to `target` and the tree's path from `target` to `node`."""
        nodes = [target, node]
        while node != target:
            node = self._parent[node]
            nodes.append(node)
        if not self.backward:
            nodes.reverse()
        return [self.lightest[source * self.size + end] for source, end in pairwise(nodes)]


def _conflict(cycle: Sequence[Constraint]) -> Conflict:
    """The conflict of a simple negative cycle, which may begin anywhere."""
    first = min(range(len(cycle)), key=lambda i: cycle[i].source)
    return Conflict((*cycle[first:], *cycle[:first]), -sum(step.weight for step in cycle))


def _cost(constraint: Constraint) -> int:
    """How much of a reader's patience a constraint takes."""
    return _DERIVED_COST if constraint.origin == DERIVED else _DECLARED_COST


def _total_cost(cycle: Iterable[Constraint]) -> int:
    return sum(map(_cost, cycle))


def _readable(size: int, constraints: Iterable[Constraint]) -> list[list[Constraint]]:
    """By source, the constraints worth explaining with: the tightest of each pair, and the tightest derived one."""
    constraints = list(constraints)
    lightest = _lightest(size, constraints)
    derived = _lightest(size, [constraint for constraint in constraints if constraint.origin == DERIVED])
    outgoing: list[list[Constraint]] = [[] for _ in range(size)]
    for key in sorted(lightest):
        outgoing[key // size].append(lightest[key])
        if key in derived and derived[key] != lightest[key]:
            outgoing[key // size].append(derived[key])
    return outgoing


def _cheapest_closed_walk(
    outgoing: Sequence[Sequence[Constraint]], start: int, limit: int, steps: int
) -> tuple[list[Constraint], int]:
    """A negative walk from `start` to itself of the least cost below `limit`, and the steps it took to find.

    The walk is empty if there is none, or if more than `steps` would be needed.
    """
    # arrived[cost][node]: the least weight of a walk to the node of exactly that cost, and its last constraint. Only a
    # walk lighter than every cheaper one to the same node is gone on with.
    arrived: list[dict[int, tuple[int, Constraint | None]]] = [{} for _ in range(limit)]
    arrived[0][start] = (0, None)
    least: dict[int, int] = {}
    used = 0
    for cost, nodes in enumerate(arrived):
        for node, (weight, _) in nodes.items():
            if weight >= least.get(node, _UNREACHED):
                continue
            if node == start and cost:
                return _walk_back(arrived, start, cost), used
            least[node] = weight
            for constraint in outgoing[node]:
                used += 1
                then, target = cost + _cost(constraint), constraint.target
                # The last node before the limit must be the start: there is nothing left to return with.
                if then >= limit or (then == limit - 1 and target != start):
                    continue
                total = weight + constraint.weight
                known = arrived[then].get(target)
                if known is None or total < known[0]:
                    arrived[then][target] = (total, constraint)
            if used >= steps:
                return [], used
    return [], used


def _walk_back(arrived: Sequence[dict[int, tuple[int, Constraint | None]]], node: int, cost: int) -> list[Constraint]:
    """The walk that arrived at `node` for `cost`."""
    walk: list[Constraint] = []
    while cost:
        constraint = arrived[cost][node][1]
        assert constraint is not None, "only a walk of no cost has no last constraint"
        walk.append(constraint)
        node, cost = constraint.source, cost - _cost(constraint)
    walk.reverse()
    return walk


def _cheapest_cycle(walk: Iterable[Constraint]) -> Conflict:
    """A negative closed walk falls into simple cycles, of which one at least is negative; the cheapest such one."""
    found: list[Conflict] = []
    path: list[Constraint] = []
    position: dict[int, int] = {}
    for step in walk:
        position[step.source] = len(path)
        path.append(step)
        if step.target in position:
            first = position[step.target]
            cycle = path[first:]
            del path[first:]
            for passed in cycle:
                del position[passed.source]
            if sum(constraint.weight for constraint in cycle) < 0:
                found.append(_conflict(cycle))
    return min(found, key=lambda conflict: (_total_cost(conflict.cycle), conflict.cycle))
