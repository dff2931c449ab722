"""SCH003, SCH004: the windows of visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule
from protocol_dsl.schedule import network
from protocol_dsl.schedule.explain import apart, days
from protocol_dsl.schedule.network import DERIVED, Constraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.schedule.build import Edge

_EXACT = 20_000
"""Nodes that are looked at for visits counted from others; beyond that, only those counted from the anchor."""
_NEIGHBOURS = 7
"""Days; an `order` of more than these is a rule of its own, not one that keeps two visits apart."""


@rule("SCH003", "window-before-reference", WARNING)
def window_before_reference(trial: Trial) -> Iterator[Diagnostic]:
    """The window of a visit lets it come before the visit that it follows.

    What it means:
        The visit is some days after (or before) another one, and its window is wider than those days.

    Why it matters:
        A site that uses the window to its end does the second visit first.

    Example:
        visit LEU "Leukapheresis" 3 days after SCR ±7 days

    Instead:
        visit LEU "Leukapheresis" 3 days after SCR -2/+7 days
    """
    told: set[Origin] = set()
    for visit in trial.protocol.visits:
        timing, window = visit.timing, visit.window
        if timing.kind != "relative" or timing.gap is None or window is None:
            continue
        least, _ = trial.spans.of_gap(timing.gap)
        side = trial.spans.of_window(window)[0 if timing.direction != "before" else 1]
        if least is not None and 0 <= least < side and window.origin not in told:
            told.add(window.origin)
            yield window_before_reference.at(
                trial.span(window.origin),
                f"{visit.name} can come {'before' if timing.direction != 'before' else 'after'} {timing.reference}",
                label=f"{days(side)} are more than the {days(least)} between them",
                help=f"keep the window on this side to at most {days(least)}",
            )


@rule("SCH004", "window-partly-unreachable", WARNING)
def window_partly_unreachable(trial: Trial) -> Iterator[Diagnostic]:
    """Part of a declared window can never be used.

    What it means:
        Other statements of the author leave the visit fewer days than its own window does. The finding names them.

    Why it matters:
        The schedule of assessments prints a window that is not the real one; a visit inside of it can be a deviation.

    Example:
        visit D28 "Day 28" day 28 ±7 days
        order D28 at most 30 days after infusion

    Instead:
        visit D28 "Day 28" day 28 -7/+2 days
    """
    schedule = trial.schedule
    told: set[Origin] = set()
    left = _EXACT
    for edge in schedule.edges if schedule.bounds else ():
        name = schedule.nodes[edge.target].name
        visit = trial.visits.get(name)
        if visit is None or edge.kind not in ("timing", "relative") or visit.timing.origin in told:
            continue
        if edge.source == schedule.anchor:
            earliest, latest = schedule.windows[edge.target]
        elif left > 0:
            left -= len(schedule.nodes)
            earliest, latest = network.bounds(len(schedule.nodes), schedule.constraints, edge.source)[edge.target]
        else:
            continue
        lost: list[str] = []
        chains: list[tuple[Constraint, ...]] = []
        if edge.earliest is not None and earliest is not None and earliest > edge.earliest:
            chain = schedule.binding(name, latest=False, base=edge.source)
            if _is_telling(trial, chain):
                lost.append(_range(trial, edge, edge.earliest, earliest - 1))
                chains.append(chain)
        if edge.latest is not None and latest is not None and latest < edge.latest:
            chain = schedule.binding(name, latest=True, base=edge.source)
            if _is_telling(trial, chain):
                lost.append(_range(trial, edge, latest + 1, edge.latest))
                chains.append(chain)
        if not lost:
            continue
        told.add(visit.timing.origin)
        steps = [step for chain in chains for step in trial.explain.chain(chain)]
        others = {schedule.statement_of(step.constraint): step.sentence for step in steps}
        yield window_partly_unreachable.at(
            trial.span(visit.window.origin if visit.window is not None else visit.timing.origin),
            f"{name} can never be {'on ' if edge.source == schedule.anchor else ''}{' and '.join(lost)}",
            label=f"permits {_range(trial, edge, edge.earliest or 0, edge.latest or 0)}",
            also=[label for statement, said in others.items() for label in trial.mark(statement.origin, said)],
            help=f"write the window that is left ({_range(trial, edge, earliest or 0, latest or 0)}), "
            "or relax the other",
        )


def _is_telling(trial: Trial, chain: tuple[Constraint, ...]) -> bool:
    """Whether a chain says something that its author may not have seen.

    That stages follow one another is told by SCH010 where it matters. An `order` that keeps two neighbours apart is
    what SCH010 asks for: it takes days from their windows on purpose.
    """
    if not chain or any(constraint.origin == DERIVED for constraint in chain):
        return False
    orders = [edge for constraint in chain if (edge := trial.schedule.edge_of[constraint]).kind == "order"]
    apart = [edge for edge in orders if edge.latest is None and (edge.earliest or 0) <= _NEIGHBOURS]
    return not (len(chain) == 2 and apart)


def _range(trial: Trial, edge: Edge, first: int, last: int) -> str:
    """`Day 31 to 35`; for a visit that is counted from another one `8 to 10 days after SCR`."""
    if edge.source != trial.schedule.anchor:
        return apart(first, last, trial.explain.name(edge.source))
    start = trial.day(first)
    return start if first == last else f"{start} to {trial.day(last).removeprefix('Day ')}"
