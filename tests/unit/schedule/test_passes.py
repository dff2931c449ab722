"""The quick passes and the exact method must not be told apart by their answers."""

from __future__ import annotations

import random

import networkx as nx
import pytest

from protocol_dsl.schedule import passes
from protocol_dsl.schedule.network import Constraint, bounds, check

SIZE = 300


def scrambled_chain() -> list[Constraint]:
    """A chain whose constraints come in an order that no few passes settle."""
    rows = [Constraint(node, node + 1, 8, node) for node in range(SIZE - 1)]
    rows += [Constraint(node + 1, node, -6, node) for node in range(SIZE - 1)]
    random.Random(7).shuffle(rows)
    return rows


def test_what_the_passes_do_not_settle_is_settled_exactly() -> None:
    rows = scrambled_chain()
    assert passes.windows(SIZE, rows, 0) is None
    assert bounds(SIZE, rows, 0) == [(6 * node, 8 * node) for node in range(SIZE)]
    assert check(SIZE, rows) is None
    conflict = check(SIZE, [*rows, Constraint(SIZE - 1, 0, -8 * (SIZE - 1) - 1, SIZE)])
    assert conflict is not None
    assert conflict.deficit == 1


def test_windows_are_the_distances_of_networkx() -> None:
    chance = random.Random(11)
    settled = 0
    for _ in range(300):
        size = chance.randint(2, 12)
        day = [chance.randint(-30, 30) for _ in range(size)]
        rows: list[Constraint] = []
        for origin in range(chance.randint(0, 3 * size)):
            source, target = chance.randrange(size), chance.randrange(size)
            rows.append(Constraint(source, target, day[target] - day[source] + chance.choice([0, 0, 2, 9]), origin))
        found = passes.windows(size, rows, 0)
        if found is None:
            continue
        settled += 1
        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
        graph.add_nodes_from(range(size))
        graph.add_edges_from((source, target, {"weight": weight}) for source, target, weight, _ in rows)
        latest = nx.single_source_bellman_ford_path_length(graph, 0)
        before = nx.single_source_bellman_ford_path_length(graph.reverse(), 0)
        expected = [(-before[node] if node in before else None, latest.get(node)) for node in range(size)]
        assert found == expected
    assert settled > 250


@pytest.mark.parametrize(("source", "target"), [(-1, 0), (0, 5), (0, -7), (9, 0)])
def test_a_node_outside_the_network_is_refused(source: int, target: int) -> None:
    rows = [Constraint(0, 1, 3, 0), Constraint(source, target, 1, 1)]
    with pytest.raises(ValueError, match="network of 5 nodes"):
        check(5, rows)
    with pytest.raises(ValueError, match="network of 5 nodes"):
        bounds(5, rows, 0)


def test_a_negative_self_loop_is_never_called_consistent() -> None:
    assert passes.is_consistent(2, [Constraint(1, 1, -1, 0)]) is None
    assert passes.is_consistent(2, [Constraint(0, 1, 2, 0), Constraint(1, 1, -1, 0)]) is None
    assert check(2, [Constraint(1, 1, -1, 0)]) is not None
