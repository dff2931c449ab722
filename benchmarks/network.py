"""Consistency of temporal networks of the size of 50 to 10,000 visits: this package beside networkx.

    python benchmarks/network.py

Both sides get the same constraints in the same run, and the best of several runs counts. Our functions start from the
list of constraints and prepare the network anew at every call, so networkx is shown both ways: with the building of its
graph from the same list (`ratio`), and with the graph ready made (`ready`). A ratio above 1 says that we are quicker.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import networkx as nx

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from protocol_dsl.schedule.network import DERIVED, Constraint, bounds, check, conflicts  # noqa: E402

SIZES = (50, 500, 5_000, 10_000)
REPEATS = 5
ANCHOR = 0


class Measurement(NamedTuple):
    """One line of the table, times in milliseconds; `peer` is None where networkx does not answer the question."""

    task: str
    network: str
    nodes: int
    edges: int
    ours: float
    building: float  # of the graph of networkx
    peer: float | None  # networkx on that graph

    @property
    def ratio(self) -> float | None:
        """How many times as long networkx takes from the list of constraints to the answer."""
        return None if self.peer is None else (self.building + self.peer) / self.ours

    @property
    def ratio_ready(self) -> float | None:
        """How many times as long networkx takes when its graph is ready and our network is not."""
        return None if self.peer is None else self.peer / self.ours


def anchored(size: int) -> list[Constraint]:
    """Every visit has a window round the anchor, a week apart, and may not come before its neighbour."""
    constraints: list[Constraint] = []
    for visit in range(1, size):
        constraints.append(Constraint(ANCHOR, visit, 7 * visit + 5, visit))
        constraints.append(Constraint(visit, ANCHOR, -(7 * visit - 5), visit))
        if visit > 1:
            constraints.append(Constraint(visit, visit - 1, 0, DERIVED))
    return constraints


def chain(size: int) -> list[Constraint]:
    """Every visit is 6 to 8 days after the one before, as in a treatment that goes on in cycles."""
    constraints: list[Constraint] = []
    for visit in range(1, size):
        constraints.append(Constraint(visit - 1, visit, 8, visit))
        constraints.append(Constraint(visit, visit - 1, -6, visit))
    return constraints


def long_conflict(size: int) -> list[Constraint]:
    """A chain whose last visit must be a day later than all its longest gaps allow: a cycle through every visit."""
    return [*chain(size), Constraint(size - 1, ANCHOR, -8 * (size - 1) - 1, size)]


def local_conflicts(size: int) -> list[Constraint]:
    """Anchored visits, three of which must come before their neighbours."""
    wrong = [Constraint(visit, visit + 1, -8, size + visit) for visit in (size // 4, size // 2, 3 * size // 4)]
    return [*anchored(size), *wrong]


def networkx_graph(size: int, constraints: Sequence[Constraint]) -> nx.DiGraph[int]:
    """The same network; of two constraints on the same ordered pair, the tighter one."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(size))
    for source, target, weight, _ in constraints:
        if not graph.has_edge(source, target) or weight < graph[source][target]["weight"]:
            graph.add_edge(source, target, weight=weight)
    return graph


def networkx_bounds(graph: nx.DiGraph[int]) -> None:
    """Two single-source runs, as ours."""
    nx.single_source_bellman_ford_path_length(graph, ANCHOR)
    nx.single_source_bellman_ford_path_length(graph.reverse(copy=False), ANCHOR)


def milliseconds(task: Callable[[], object], repeats: int) -> float:
    """The best of the repeats: what else the machine does can only add."""
    best = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - begin)
    return 1000 * best


def measure(sizes: Sequence[int] = SIZES, repeats: int = REPEATS) -> list[Measurement]:
    """All measurements, smaller networks first. Raises RuntimeError if the two sides disagree."""
    table: list[Measurement] = []
    for size in sizes:
        for name, build in (("anchored", anchored), ("chain", chain)):
            table += _consistent(name, size, build(size), repeats)
        for name, build in (("long conflict", long_conflict), ("local conflicts", local_conflicts)):
            table += _inconsistent(name, size, build(size), repeats)
    return table


def _consistent(name: str, size: int, constraints: list[Constraint], repeats: int) -> list[Measurement]:
    graph = networkx_graph(size, constraints)
    if check(size, constraints) is not None or nx.negative_edge_cycle(graph):
        raise RuntimeError(f"{name}, {size} nodes: should be consistent on both sides")
    lengths = nx.single_source_bellman_ford_path_length(graph, ANCHOR)
    if [latest for _, latest in bounds(size, constraints, ANCHOR)] != [lengths[node] for node in range(size)]:
        raise RuntimeError(f"{name}, {size} nodes: the bounds differ")
    building = milliseconds(lambda: networkx_graph(size, constraints), repeats)
    edges = len(constraints)
    return [
        Measurement(
            "consistent?",
            name,
            size,
            edges,
            milliseconds(lambda: check(size, constraints), repeats),
            building,
            milliseconds(lambda: nx.negative_edge_cycle(graph), repeats),
        ),
        Measurement(
            "windows of all visits",
            name,
            size,
            edges,
            milliseconds(lambda: bounds(size, constraints, ANCHOR), repeats),
            building,
            milliseconds(lambda: networkx_bounds(graph), repeats),
        ),
    ]


def _inconsistent(name: str, size: int, constraints: list[Constraint], repeats: int) -> list[Measurement]:
    graph = networkx_graph(size, constraints)
    cycle = nx.find_negative_cycle(graph, ANCHOR)
    weight = sum(graph[source][target]["weight"] for source, target in pairwise(cycle))
    if check(size, constraints) is None or weight >= 0:
        raise RuntimeError(f"{name}, {size} nodes: both sides should find a conflict")
    building = milliseconds(lambda: networkx_graph(size, constraints), repeats)
    edges = len(constraints)
    return [
        Measurement(
            "find a conflict",
            name,
            size,
            edges,
            milliseconds(lambda: check(size, constraints), repeats),
            building,
            milliseconds(lambda: nx.find_negative_cycle(graph, ANCHOR), repeats),
        ),
        Measurement(
            "up to 5, shortened",
            name,
            size,
            edges,
            milliseconds(lambda: conflicts(size, constraints), repeats),
            building,
            None,
        ),
    ]


def table(measurements: Sequence[Measurement]) -> str:
    """The measurements for people to read."""
    lines = [
        f"{'task':<22} {'network':<16} {'nodes':>6} {'edges':>6} {'ours ms':>8} | "
        f"{'graph ms':>8} {'networkx ms':>11} {'ratio':>6} {'ready':>6}"
    ]
    for row in measurements:
        lines.append(
            f"{row.task:<22} {row.network:<16} {row.nodes:>6} {row.edges:>6} {row.ours:>8.2f} | "
            f"{row.building:>8.2f} {_cell(row.peer, 2):>11} {_cell(row.ratio, 1):>6} {_cell(row.ratio_ready, 1):>6}"
        )
    return "\n".join(lines)


def _cell(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def main() -> None:
    """Measure and print."""
    print(f"Python {sys.version.split()[0]}, networkx {nx.__version__}, best of {REPEATS}")
    print(table(measure()))


if __name__ == "__main__":
    main()
