"""Whether a schedule can be kept when nature decides some of its durations (a temporal network with uncertainty).

A link says that one point comes `least` to `most` days after another, and that nobody can choose how many. Two
questions are answered: does one calendar, fixed in advance, keep all constraints whatever nature does (strong
controllability, T. Vidal, H. Fargier 1999)? If not, can a coordinator who sees how long each link takes, on the day on
which it ends, still keep them (dynamic controllability)? The second is decided by the propagation of P. Morris,
Dynamic controllability and dispatchability relationships, 2014: constraints are carried back from each point that
others must follow at a distance; the schedule cannot be controlled if and only if that leads round to the same point.
A coordinator may react on the very day, so that distances of 0 days after what nature decides can be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from protocol_dsl.schedule import network
from protocol_dsl.schedule.network import Conflict, Constraint

MOST_NODES = 400
"""Points among which reactions are searched for; above this `dynamic` raises `TooLarge`."""


class TooLarge(Exception):
    """The network has too many points that can depend on what nature decides."""


class Link(NamedTuple):
    """Node `end` is `least` to `most` days after node `start`, as nature decides; `origin` is the statement."""

    start: int
    end: int
    least: int
    most: int
    origin: int


class Step(NamedTuple):
    """A constraint of a chain. `extreme` tells what nature does here: `least`, `most`, or nothing."""

    source: int
    target: int
    weight: int
    origin: int
    extreme: str = ""


class Trap(NamedTuple):
    """Steps that lead round to where they began and together ask for `deficit` days that are not there.

    A node can be passed more than once: what was planned before nature decided is needed again after it.
    """

    cycle: tuple[Step, ...]
    deficit: int


def links_of(links: Iterable[Link]) -> list[Link]:
    """The links that nature decides: of several with one end the first, without those of a single length."""
    ends: set[int] = set()
    found: list[Link] = []
    for link in links:
        if link.least < link.most and link.least >= 0 and link.end not in ends and link.start != link.end:
            ends.add(link.end)
            found.append(link)
    return found


def strong(size: int, constraints: Sequence[Constraint], links: Sequence[Link]) -> Conflict | None:
    """What stands against a calendar that is fixed before nature decides anything; None if there is such a one.

    `constraints` are those of the author without the links. Each is put at its worst case, from the first point of a
    chain of links: the conflict is one of these, with weights that are `constraints` less what nature can take away.
    """
    return network.check(size, worst_cases(constraints, links))


def worst_cases(constraints: Sequence[Constraint], links: Sequence[Link]) -> list[Constraint]:
    """The constraints between points that can be chosen, so that they hold whatever nature does."""
    by_end = {link.end: link for link in links}
    found: list[Constraint] = []
    for constraint in constraints:
        source, target, weight, origin = constraint
        if source not in by_end and target not in by_end:
            found.append(constraint)
            continue
        first, last = _chain(source, by_end), _chain(target, by_end)
        shared = 0
        while shared < min(len(first), len(last)) and first[shared] == last[shared]:
            shared += 1
        # target - source <= weight is hardest when the source is early and the target late.
        weight += sum(link.least for link in first[shared:]) - sum(link.most for link in last[shared:])
        start = first[0].start if first else source
        end = last[0].start if last else target
        if shared:
            start = end = first[0].start
        found.append(Constraint(start, end, weight, origin))
    return found


def _chain(node: int, by_end: dict[int, Link]) -> list[Link]:
    """The links that lead to a node, from the first that somebody starts."""
    found: list[Link] = []
    while node in by_end and len(found) <= len(by_end):
        found.append(by_end[node])
        node = by_end[node].start
    return found[::-1]


def dynamic(
    size: int, constraints: Sequence[Constraint], links: Sequence[Link], settled: int | None = None
) -> Trap | None:
    """What keeps every reaction from succeeding; None if a coordinator can always keep the schedule.

    `settled` is a point, such as the first dose, by which nature has often decided everything: what comes after it is
    then an ordinary schedule, which saves most of the work. Raises `TooLarge`.
    """
    every = [*constraints, *_as_constraints(links)]
    plain = network.check(size, every)
    if plain is not None:
        kinds = _kinds(links)
        return Trap(tuple(Step(*step, kinds.get(step, "")) for step in plain.cycle), plain.deficit)
    kept, shortcuts = _before(size, every, links, settled)
    if len(kept) > MOST_NODES:
        raise TooLarge
    return _Propagation(size, every, links, kept, shortcuts).run()


def breaking_value(link: Link, fails: Callable[[Link], bool]) -> tuple[int | None, int | None]:
    """The days of a link from which on (or up to which) the schedule fails: `(from, up to)`, None on a safe side.

    `fails` says whether the schedule fails with the link narrowed. If it fails with each single length, both are None.
    """
    if not fails(link._replace(most=link.least)):
        return _first(link.least, link.most, lambda days: fails(link._replace(most=days))), None
    if not fails(link._replace(least=link.most)):
        return None, -_first(-link.most, -link.least, lambda days: fails(link._replace(least=-days)))
    return None, None


def _first(good: int, bad: int, fails: Callable[[int], bool]) -> int:
    """The lowest number above `good` that fails; `bad` does, and all above a failing one do."""
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if fails(middle) else (middle, bad)
    return bad


def _as_constraints(links: Iterable[Link]) -> list[Constraint]:
    """Links as if somebody could choose."""
    return [
        constraint
        for link in links
        for constraint in (
            Constraint(link.start, link.end, link.most, link.origin),
            Constraint(link.end, link.start, -link.least, link.origin),
        )
    ]


def _kinds(links: Iterable[Link]) -> dict[Constraint, str]:
    """What nature does in a constraint of a link: one that binds as an upper limit speaks of the longest."""
    found: dict[Constraint, str] = {}
    for link in links:
        upper, lower = _as_constraints([link])
        found[upper], found[lower] = "most", "least"
    return found


class _Edge(NamedTuple):
    """target - source <= weight. `label` is the link of an edge that nature makes short (`lower`) or long (`upper`)."""

    source: int
    target: int
    weight: int
    kind: str
    label: int
    steps: tuple[Step, ...]
    """What it says, if it was given."""
    parts: tuple[_Edge, ...]
    """What it follows from, if it was found."""


def _before(
    size: int, every: Sequence[Constraint], links: Sequence[Link], settled: int | None
) -> tuple[set[int], list[_Edge]]:
    """The points that can depend on nature, and what all others say about these.

    When nature has decided everything by `settled`, the points that always follow it can be chosen in full knowledge.
    They then matter only by what their constraints together say about the points before.
    """
    everything = set(range(size))
    if settled is None:
        return everything, []
    windows = network.bounds(size, every, settled)
    fixed = {node for link in links for node in (link.start, link.end)} | {settled}
    if any(windows[link.end][1] is None or (windows[link.end][1] or 0) > 0 for link in links):
        return everything, []
    late = {node for node, (low, _) in enumerate(windows) if low is not None and low >= 0} - fixed
    kept = everything - late
    inner = [each for each in every if each.source in late or each.target in late]
    entries = sorted({each.source for each in inner if each.source in kept})
    exits = {each.target for each in inner if each.target in kept}
    shortcuts: list[_Edge] = []
    for entry in entries:
        # From the entry into the late points and out again, by no other way.
        away = [each for each in inner if each.source in late or each.source == entry]
        away = [each for each in away if each.target not in kept]
        reach = network.distances(size, away, entry)
        best: dict[int, tuple[int, Constraint]] = {}
        for each in inner:
            so_far = reach[each.source] if each.source in late else None
            if so_far is not None and each.target in exits and each.target != entry:
                candidate = (so_far + each.weight, each)
                if each.target not in best or candidate < best[each.target]:
                    best[each.target] = candidate
        for target, (weight, out) in best.items():
            way = (*network.binding_path(size, away, entry, out.source), out)
            shortcuts.append(_Edge(entry, target, weight, "", -1, tuple(Step(*step) for step in way), ()))
    return kept, shortcuts


class _Propagation:
    """One search; see the module. Each link gets a point of its own at its least days, from where it may go on."""

    def __init__(
        self,
        size: int,
        every: Sequence[Constraint],
        links: Sequence[Link],
        kept: set[int],
        shortcuts: Sequence[_Edge],
    ) -> None:
        self.incoming: list[list[_Edge]] = [[] for _ in range(size + len(links))]
        tightest: dict[tuple[int, int], Constraint] = {}
        for each in every:
            key = each[:2]
            if each.source in kept and each.target in kept and each.source != each.target:
                known = tightest.get(key)
                if known is None or (each.weight, each.origin) < (known.weight, known.origin):
                    tightest[key] = each
        for key in sorted(tightest):
            each = tightest[key]
            self.put(_Edge(each.source, each.target, each.weight, "", -1, (Step(*each),), ()))
        for edge in shortcuts:
            self.put(edge)
        for number, link in enumerate(links):
            middle = size + number
            least = Step(link.start, link.end, link.least, link.origin, "least")
            most = Step(link.end, link.start, -link.most, link.origin, "most")
            # Each way over the middle is one step of the author's; it stands on the half that is not shared.
            self.put(_Edge(link.start, middle, link.least, "", -1, (), ()))
            self.put(_Edge(middle, link.start, -link.least, "", -1, (), ()))
            self.put(_Edge(middle, link.end, 0, "lower", number, (least,), ()))
            self.put(_Edge(link.end, middle, link.least - link.most, "upper", number, (most,), ()))
        self.done: set[tuple[int, int]] = set()
        self.active: list[tuple[tuple[int, int], list[_Edge]]] = []
        self.trap: Trap | None = None
        self.ticket = count()

    def put(self, edge: _Edge) -> None:
        self.incoming[edge.target].append(edge)

    def run(self) -> Trap | None:
        for node in range(len(self.incoming)):
            if self.is_caught(node):
                return self.trap
        return None

    def is_caught(self, node: int) -> bool:
        """Carry back all that a point must follow at a distance."""
        labels = sorted({edge.label for edge in self.incoming[node] if edge.weight < 0 and edge.kind == "upper"})
        return any(self.back(node, label) for label in (-1, *labels))

    def back(self, node: int, label: int) -> bool:
        """Carry back the negative edges into a node: the ordinary ones, or the one of a link. True for a trap."""
        key = (node, label)
        if key in self.done:
            return False
        at = next((number for number, (other, _) in enumerate(self.active) if other == key), None)
        if at is not None:
            self.close(at)
            return True
        distance: dict[int, int] = {}
        by: dict[int, _Edge] = {}
        waiting: list[tuple[int, int, int]] = []
        for edge in self.incoming[node]:
            if edge.weight < 0 and edge.label == label and edge.weight < distance.get(edge.source, 0):
                self.reach(edge, edge.weight, distance, by, waiting)
        self.active.append((key, []))
        settled: set[int] = set()
        while waiting:
            here, _, u = heappop(waiting)
            if u in settled or here > distance[u]:
                continue
            settled.add(u)
            if here >= 0:
                parts = self.way(u, node, by)
                self.put(_Edge(u, node, here, "", -1, (), tuple(parts)))
                continue
            self.active[-1] = (key, self.way(u, node, by))
            if u == node:
                self.close(len(self.active) - 1)
                return True
            if self.is_caught(u):
                return True
            for edge in self.incoming[u]:
                if edge.weight < 0 or (edge.kind == "lower" and edge.label == label):
                    continue
                there = here + edge.weight
                if there < distance.get(edge.source, there + 1) and (edge.source != node or there < 0):
                    self.reach(edge, there, distance, by, waiting)
        self.active.pop()
        self.done.add(key)
        return False

    def reach(
        self,
        edge: _Edge,
        there: int,
        distance: dict[int, int],
        by: dict[int, _Edge],
        waiting: list[tuple[int, int, int]],
    ) -> None:
        distance[edge.source] = there
        by[edge.source] = edge
        heappush(waiting, (there, next(self.ticket), edge.source))

    def way(self, start: int, node: int, by: dict[int, _Edge]) -> list[_Edge]:
        """The edges from a point to the node that is carried back."""
        found = [by[start]]
        while found[-1].target != node:
            found.append(by[found[-1].target])
        return found

    def close(self, first: int) -> None:
        """The trap that begins and ends at the node of an active search."""
        edges = [edge for _, way in reversed(self.active[first:]) for edge in way]
        steps: list[Step] = []
        stack = edges[::-1]
        while stack:
            edge = stack.pop()
            steps += edge.steps
            stack += reversed(edge.parts)
        self.trap = Trap(tuple(steps), -sum(step.weight for step in steps))
