"""The temporal network against independent references: networkx and Floyd-Warshall."""

from __future__ import annotations

import random
from collections.abc import Sequence

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl.schedule.network import (
    DERIVED,
    Conflict,
    Constraint,
    binding_path,
    bounds,
    check,
    conflicts,
    distances,
    shorten,
)

Network = tuple[int, list[Constraint]]


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Any network: parallel constraints, self loops, unconnected parts, weights around zero."""
    size = draw(st.integers(1, 8))
    node = st.integers(0, size - 1)
    constraint = st.builds(Constraint, node, node, st.integers(-6, 12), st.integers(DERIVED, 6))
    return size, draw(st.lists(constraint, max_size=24))


@st.composite
def consistent_networks(draw: st.DrawFn) -> Network:
    """A network that a schedule drawn first satisfies, often exactly (cycles of weight zero)."""
    size = draw(st.integers(1, 8))
    day = draw(st.lists(st.integers(-40, 40), min_size=size, max_size=size))
    node = st.integers(0, size - 1)
    drawn = draw(st.lists(st.tuples(node, node, st.sampled_from([0, 0, 1, 5]), st.integers(DERIVED, 6)), max_size=24))
    return size, [Constraint(u, v, day[v] - day[u] + slack, origin) for u, v, slack, origin in drawn]


def random_network(chance: random.Random) -> Network:
    size = chance.randint(1, 9)
    low = chance.choice([-6, -3, -1])
    count = chance.randint(0, 3 * size)
    pick = chance.randrange
    return size, [Constraint(pick(size), pick(size), chance.randint(low, 9), pick(DERIVED, 7)) for _ in range(count)]


def has_negative_cycle(size: int, constraints: Sequence[Constraint]) -> bool:
    """By networkx; it takes one edge a pair, so the tightest."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(size))
    for source, target, weight, _ in constraints:
        if not graph.has_edge(source, target) or weight < graph[source][target]["weight"]:
            graph.add_edge(source, target, weight=weight)
    return nx.negative_edge_cycle(graph)


def all_pairs(size: int, constraints: Sequence[Constraint]) -> list[list[int | None]]:
    """Floyd-Warshall, as it stands in the books."""
    table: list[list[int | None]] = [[0 if i == j else None for j in range(size)] for i in range(size)]
    for source, target, weight, _ in constraints:
        known = table[source][target]
        if known is None or weight < known:
            table[source][target] = weight
    for k in range(size):
        for i in range(size):
            for j in range(size):
                first, second, known = table[i][k], table[k][j], table[i][j]
                if first is not None and second is not None and (known is None or first + second < known):
                    table[i][j] = first + second
    return table


def assert_is_conflict(conflict: Conflict, constraints: Sequence[Constraint]) -> None:
    cycle = conflict.cycle
    assert cycle
    assert set(cycle) <= set(constraints)
    for step, following in zip(cycle, cycle[1:] + cycle[:1], strict=True):
        assert step.target == following.source
    passed = [step.source for step in cycle]
    assert len(set(passed)) == len(passed)
    assert passed[0] == min(passed)
    assert conflict.deficit == -sum(step.weight for step in cycle) > 0


def without(constraints: Sequence[Constraint], found: Sequence[Conflict]) -> list[Constraint]:
    """What is left when the author withdraws every statement in the conflicts."""
    left = list(constraints)
    for conflict in found:
        origins = {step.origin for step in conflict.cycle if step.origin != DERIVED}
        if origins:
            left = [constraint for constraint in left if constraint.origin not in origins]
        else:
            left = [constraint for constraint in left if constraint not in conflict.cycle]
    return left


def assert_explained(network: Network) -> bool:
    """All that must be true of the conflicts of any network; whether it has one."""
    size, constraints = network
    found = check(size, constraints)
    assert (found is not None) == has_negative_cycle(size, constraints)
    if found is None:
        assert conflicts(size, constraints) == []
        return False
    assert_is_conflict(found, constraints)
    shorter = shorten(size, constraints, found)
    assert_is_conflict(shorter, constraints)
    assert reading_cost(shorter) <= reading_cost(found)
    several = conflicts(size, constraints, most=3)
    seen: set[int] = set()
    for conflict in several:
        assert_is_conflict(conflict, constraints)
        origins = {step.origin for step in conflict.cycle} - {DERIVED}
        assert not origins & seen
        seen |= origins
    assert several
    if len(several) < 3:
        assert not has_negative_cycle(size, without(constraints, several))
    return True


def reading_cost(conflict: Conflict) -> int:
    return sum(1 if step.origin == DERIVED else 3 for step in conflict.cycle)


def every_conflict(size: int, constraints: Sequence[Constraint]) -> list[Conflict]:
    """Every simple negative cycle, by trying all."""
    leaving: dict[int, list[Constraint]] = {}
    for constraint in constraints:
        leaving.setdefault(constraint.source, []).append(constraint)
    found: list[Conflict] = []
    for start in range(size):
        paths: list[tuple[Constraint, ...]] = [(step,) for step in leaving.get(start, ())]
        while paths:
            path = paths.pop()
            end, passed = path[-1].target, {step.source for step in path}
            if end == start:
                weight = sum(step.weight for step in path)
                if weight < 0:
                    found.append(Conflict(path, -weight))
            elif end > start and end not in passed:
                paths += [(*path, step) for step in leaving.get(end, ())]
    return found


@settings(max_examples=300, deadline=None)
@given(networks())
def test_conflicts_of_any_network_are_real_and_none_is_missed(network: Network) -> None:
    assert_explained(network)


def test_twenty_thousand_random_networks_are_judged_as_networkx_judges_them() -> None:
    chance = random.Random(1_991)
    with_conflict = 0
    for _ in range(20_000):
        size, constraints = random_network(chance)
        found = check(size, constraints)
        assert (found is not None) == has_negative_cycle(size, constraints)
        if found is not None:
            assert_is_conflict(found, constraints)
            with_conflict += 1
    assert 4_000 < with_conflict < 16_000


def test_conflicts_of_some_thousand_random_networks_are_real_and_none_is_missed() -> None:
    chance = random.Random(20_240)
    with_conflict = sum(assert_explained(random_network(chance)) for _ in range(2_000))
    assert 300 < with_conflict < 1_700  # else one side is hardly tried


def test_the_longest_conflict_is_shortened_as_far_as_any_through_its_nodes() -> None:
    chance = random.Random(7)
    shortened = 0
    for _ in range(600):
        size = chance.randint(3, 6)
        constraints = [
            Constraint(*chance.sample(range(size), 2), chance.randint(-3, 6), chance.randrange(DERIVED, 5))
            for _ in range(chance.randint(size, 3 * size))
        ]
        every = every_conflict(size, constraints)
        assert (check(size, constraints) is None) == (not every)
        if every:
            longest = max(every, key=reading_cost)
            nodes = {step.source for step in longest.cycle}
            least = min(reading_cost(other) for other in every if nodes & {step.source for step in other.cycle})
            result = shorten(size, constraints, longest)
            assert_is_conflict(result, constraints)
            assert reading_cost(result) <= least
            shortened += result != longest
    assert shortened > 100


@settings(max_examples=200, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_answers_do_not_depend_on_the_order_of_the_constraints(network: Network, chance: random.Random) -> None:
    size, constraints = network
    shuffled = constraints.copy()
    chance.shuffle(shuffled)
    assert check(size, shuffled) == check(size, constraints)
    assert conflicts(size, shuffled) == conflicts(size, constraints)
    if check(size, constraints) is None:
        for target in range(size):
            assert binding_path(size, shuffled, 0, target) == binding_path(size, constraints, 0, target)


@settings(max_examples=300, deadline=None)
@given(consistent_networks())
def test_bounds_and_binding_paths_of_a_consistent_network_are_exact(network: Network) -> None:
    size, constraints = network
    assert check(size, constraints) is None
    table = all_pairs(size, constraints)
    for source in range(size):
        assert distances(size, constraints, source) == table[source]
        into = [table[node][source] for node in range(size)]
        expected = [(None if back is None else -back, out) for back, out in zip(into, table[source], strict=True)]
        assert bounds(size, constraints, source) == expected
        for target in range(size):
            path = binding_path(size, constraints, source, target)
            distance = table[source][target]
            if distance is None or source == target:
                assert path == ()
            else:
                assert sum(step.weight for step in path) == distance
                assert set(path) <= set(constraints)
                assert [step.source for step in path] == [source, *(step.target for step in path[:-1])]
                assert path[-1].target == target


@settings(max_examples=100, deadline=None)
@given(consistent_networks(), st.data())
def test_relaxing_a_constraint_of_the_only_conflict_by_its_deficit_ends_it(
    network: Network, data: st.DataObject
) -> None:
    """One constraint too many is added to a schedule that fits; what the message advises must work."""
    size, constraints = network
    pairs = [(u, v) for u, row in enumerate(all_pairs(size, constraints)) for v, d in enumerate(row) if d is not None]
    u, v = data.draw(st.sampled_from(pairs))
    distance = all_pairs(size, constraints)[u][v]
    assert distance is not None
    short_by = data.draw(st.integers(1, 9))
    added = Constraint(v, u, -distance - short_by, 99)
    found = check(size, [*constraints, added])
    assert found is not None
    assert added in found.cycle
    assert found.deficit <= short_by
    assert check(size, [*constraints, added._replace(weight=added.weight + short_by)]) is None
