"""Branches of a trial: which visits nobody has together, and whether each branch can be kept.

Visits with `if`, and those of some arms or populations, take place for some participants. A contradiction between
visits that exclude each other harms nobody. It is looked for here only after the schedule with all visits in it turned
out to be impossible: the values that the conditions compare are tried, as far as the contradictions depend on them, and
the visits that remain for each are checked by themselves. A value is taken to stay the same throughout the trial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol_dsl.schedule import network

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Visit
    from protocol_dsl.schedule.build import Schedule
    from protocol_dsl.schedule.network import Conflict, Constraint

MOST_SCENARIOS = 1024
"""Combinations of values that are tried; above this, all visits count as taking place."""

Tree = dict[str, Any]
Value = bool | float | str | None
Values = dict[str, Value]
_OTHER = "\0other"
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Guard(NamedTuple):
    """Who has a visit: all of these conditions hold; of arms and populations one, where any are named."""

    conditions: tuple[Tree, ...]
    texts: tuple[str, ...]
    arms: tuple[str, ...]
    populations: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether everybody has it."""
        return not (self.conditions or self.arms or self.populations)


class Resolved(NamedTuple):
    """What is left when branches are told apart.

    `conflicts` are those within a branch. Without any, `constraints` are consistent ones to count with, and `windows`
    are the days of each node over all branches that have it. `too_many` if the branches were not tried.
    """

    conflicts: list[Conflict]
    constraints: list[Constraint]
    windows: list[tuple[int | None, int | None]]
    too_many: bool


def guard_of(protocol: Protocol, visit: Visit) -> Guard:
    """Who has a visit, by its own clauses and its stage's."""
    stage = protocol.stage(visit.stage) if visit.stage is not None else None
    said = [each for each in (visit.condition, stage.condition if stage is not None else None) if each is not None]
    return Guard(
        tuple(each.tree for each in said),
        tuple(dict.fromkeys(each.text for each in said)),
        visit.arms or (stage.arms if stage is not None else ()),
        visit.populations or (stage.populations if stage is not None else ()),
    )


def can_hold(guards: Iterable[Guard], *, constant_only: bool = False) -> bool:
    """Whether somebody can have all of these visits; True where that is too much to try.

    `constant_only` leaves out conditions on what is measured, which can change from visit to visit.
    """
    guards = list(guards)
    if constant_only:
        guards = [
            each._replace(conditions=tuple(tree for tree in each.conditions if _is_constant(tree))) for each in guards
        ]
    domains = _domains(guards)
    if _count(domains) > MOST_SCENARIOS:
        return True
    return any(all(_holds(each, values) for each in guards) for values in _scenarios(domains))


def guards_in(schedule: Schedule, guards: dict[str, Guard], conflict: Conflict) -> dict[str, Guard]:
    """The guarded visits of a conflict: those that it passes, and those whose statements it uses."""
    names = [schedule.nodes[step.source].name for step in conflict.cycle]
    names += [schedule.statement_of(step).element for step in conflict.cycle]
    return {name: guards[name] for name in dict.fromkeys(names) if name in guards}


def resolve(protocol: Protocol, schedule: Schedule, most: int) -> Resolved | None:
    """The schedule told apart by branches; None if its conflicts do not depend on any."""
    guards = {visit.name: guard for visit in protocol.visits if not (guard := guard_of(protocol, visit)).is_open}
    relevant: dict[str, Guard] = {}
    for conflict in schedule.conflicts:
        relevant |= guards_in(schedule, guards, conflict)
    if not relevant:
        return None
    found = _Branches(schedule, guards, most)
    while True:
        domains = _domains(relevant.values())
        if _count(domains) > MOST_SCENARIOS:
            return Resolved(schedule.conflicts, schedule.constraints, schedule.windows, too_many=True)
        conflicts = found.conflicts(relevant, domains)
        more: dict[str, Guard] = {}
        for conflict in conflicts:
            more |= guards_in(schedule, guards, conflict)
        if set(more) <= set(relevant):
            break
        relevant |= more
    if conflicts:
        return Resolved(conflicts, schedule.constraints, schedule.windows, too_many=False)
    return Resolved([], found.consistent(), found.windows(), too_many=False)


class _Branches:
    """The schedule without the visits that a branch does not have."""

    def __init__(self, schedule: Schedule, guards: dict[str, Guard], most: int) -> None:
        self.schedule = schedule
        self.guards = guards
        self.most = most
        self.absent: list[frozenset[str]] = []
        self.touching = {
            edge: {schedule.nodes[edge.source].name, schedule.nodes[edge.target].name}
            | {schedule.statements[edge.statement].element}
            for edge in schedule.edges
        }

    def conflicts(self, relevant: dict[str, Guard], domains: dict[str, list[Value]]) -> list[Conflict]:
        """The conflicts of each branch, each once."""
        absent = {
            frozenset(name for name, guard in relevant.items() if not _holds(guard, values))
            for values in _scenarios(domains)
        }
        # A branch with fewer visits than another has fewer conflicts than it.
        self.absent = sorted(
            (each for each in absent if not any(other < each for other in absent)), key=lambda each: sorted(each)
        )
        found: dict[tuple[Any, ...], Conflict] = {}
        for each in self.absent:
            for conflict in network.conflicts(len(self.schedule.nodes), self.without(each), self.most):
                found.setdefault(conflict.cycle, conflict)
        return list(found.values())[: self.most]

    def without(self, absent: frozenset[str]) -> list[Constraint]:
        """The constraints among the visits that remain."""
        return self.schedule.constraints_of(edge for edge, names in self.touching.items() if not names & absent)

    def windows(self) -> list[tuple[int | None, int | None]]:
        """The widest days that a branch gives to each node."""
        schedule = self.schedule
        if schedule.anchor is None:
            return [(None, None)] * len(schedule.nodes)
        found: list[tuple[int | None, int | None] | None] = [None] * len(schedule.nodes)
        for absent in self.absent:
            windows = network.bounds(len(schedule.nodes), self.without(absent), schedule.anchor)
            for number, (low, high) in enumerate(windows):
                if schedule.nodes[number].name not in absent:
                    known = found[number]
                    found[number] = (low, high) if known is None else (_least(known[0], low), _most(known[1], high))
        return [(None, None) if each is None else each for each in found]

    def consistent(self) -> list[Constraint]:
        """The constraints of the branch with most visits, and of the others' visits as many as fit beside them."""
        schedule = self.schedule
        absent = min(self.absent, key=lambda each: (len(each), sorted(each)))
        kept = [edge for edge, names in self.touching.items() if not names & absent]
        for edge, names in self.touching.items():
            if names & absent:
                tried = [*kept, edge]
                if network.check(len(schedule.nodes), schedule.constraints_of(tried)) is None:
                    kept = tried
        return schedule.constraints_of(kept)


def _least(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)


def _most(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


# ---- conditions


def _domains(guards: Iterable[Guard]) -> dict[str, list[Value]]:
    """For each thing that the conditions ask about, values that make every difference to them."""
    said: dict[str, set[Any]] = {}
    numbers: dict[str, set[float]] = {}
    for guard in guards:
        for tree in guard.conditions:
            for atom in _atoms(tree):
                key, literal = _question(atom)
                if isinstance(literal, bool):
                    said.setdefault(key, set()).update((True, False))
                elif isinstance(literal, str):
                    said.setdefault(key, set()).update((literal, _OTHER))
                else:
                    numbers.setdefault(key, set()).add(literal)
        for key, names in (("\0arm", guard.arms), ("\0population", guard.populations)):
            if names:
                said.setdefault(key, set()).update((*names, _OTHER))
    domains: dict[str, list[Value]] = {key: sorted(values, key=str) for key, values in said.items()}
    for key, values in numbers.items():
        limits = sorted(values)
        between = [(a + b) / 2 for a, b in pairwise(limits)]
        domains[key] = [*sorted([limits[0] - 1, *limits, *between, limits[-1] + 1])]
    return dict(sorted(domains.items()))


def _count(domains: dict[str, list[Value]]) -> int:
    count = 1
    for values in domains.values():
        count *= len(values)
    return count


def _scenarios(domains: dict[str, list[Value]]) -> Iterator[Values]:
    for values in product(*domains.values()):
        yield dict(zip(domains, values, strict=True))


def _holds(guard: Guard, values: Values) -> bool:
    for key, names in (("\0arm", guard.arms), ("\0population", guard.populations)):
        if names and key in values and values[key] not in names:
            return False
    return all(_is_true(tree, values) for tree in guard.conditions)


def _is_true(tree: Tree, values: Values) -> bool:
    operation = tree["op"]
    if operation == "and":
        return all(_is_true(each, values) for each in tree["arguments"])
    if operation == "or":
        return any(_is_true(each, values) for each in tree["arguments"])
    if operation == "not":
        return not _is_true(tree["argument"], values)
    key, literal = _question(tree)
    value = values[key]
    return bool(value) if isinstance(literal, bool) else _COMPARE[tree["operator"]](value, literal)


def _atoms(tree: Tree) -> Iterator[Tree]:
    if tree["op"] in ("and", "or"):
        for each in tree["arguments"]:
            yield from _atoms(each)
    elif tree["op"] == "not":
        yield from _atoms(tree["argument"])
    else:
        yield tree


def _question(atom: Tree) -> tuple[str, bool | float | str]:
    """What an atom asks about, and the value that it compares it with; True where it is a yes or no."""
    if atom["op"] == "compare" and atom["left"]["op"] == "name" and atom["operator"] in _COMPARE:
        right, name = atom["right"], atom["left"]["name"]
        if right["op"] == "number" and isinstance(right["value"], int | float):
            return name, float(right["value"])
        if right["op"] == "quantity":
            return f"{name} in {right['ucum']}", float(right["value"])
        if right["op"] == "code" and atom["operator"] in ("=", "!="):
            return name, str(right["value"])
    return (str(atom["name"]) if atom["op"] == "name" else repr(atom)), True


def _is_constant(tree: Tree) -> bool:
    """Whether a condition asks only for what does not change: facts, sex."""
    return all(
        (atom if atom["op"] == "name" else atom.get("left", {})).get("kind") in ("fact", "builtin")
        and (atom if atom["op"] == "name" else atom.get("left", {})).get("name") != "age"
        for atom in _atoms(tree)
    )
