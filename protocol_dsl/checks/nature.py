"""What nature decides in a trial: asked once by the checks about it, and told in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.model import wording
from protocol_dsl.schedule import network
from protocol_dsl.schedule.explain import days
from protocol_dsl.schedule.network import Constraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.schedule import ContingentDuration
    from protocol_dsl.schedule.build import Edge
    from protocol_dsl.schedule.controllability import Link, Step, Trap
    from protocol_dsl.schedule.nature import Nature

_MOST_STEPS = 12
_MOST_NAMES = 3


def squeezed(trial: Trial) -> Iterator[tuple[Edge, int | None, int | None]]:
    """Durations for which the schedule leaves too little time: at least so many days lie between, at most are left."""
    schedule = trial.schedule
    for edge in schedule.edges:
        if edge.kind != "contingent" or schedule.conflicts:
            continue
        least, most = network.bounds(len(schedule.nodes), schedule.constraints, edge.source)[edge.target]
        too_long = edge.earliest is not None and least is not None and least > edge.earliest
        too_short = edge.latest is not None and most is not None and most < edge.latest
        if too_long or too_short:
            yield edge, least if too_long else None, most if too_short else None


def undecided(trial: Trial) -> Nature | None:
    """The durations that nature decides, unless one has too little time as it is (SCH060)."""
    schedule = trial.schedule
    if schedule.conflicts or not any(edge.kind == "contingent" for edge in schedule.edges):
        return None
    return None if any(squeezed(trial)) else made(trial)


def made(trial: Trial) -> Nature:
    from protocol_dsl.schedule.nature import Nature

    return Nature(trial.schedule)


def trap_of(nature: Nature, more: tuple[Constraint, ...] = ()) -> Trap | None:
    """What keeps every reaction from succeeding; nothing is said where that is too much to find out (SCH065)."""
    from protocol_dsl.schedule.controllability import TooLarge

    try:
        return nature.trap(more)
    except TooLarge:
        return None


def relaxed(nature: Nature, trap: Trap, step: Step) -> int | None:
    """The fewest days more in one constraint that end the trouble; None if those of the trap are not enough."""
    tight = constraint_of(step)

    def still_fails(more: int) -> bool:
        relaxed = [each._replace(weight=each.weight + more) if each == tight else each for each in nature.constraints]
        return nature.trap(constraints=relaxed) is not None

    if still_fails(trap.deficit):
        return None
    low, high = 0, trap.deficit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if still_fails(middle) else (low, middle)
    return high


def link_of(nature: Nature, trap: Trap) -> Link:
    """The link that a trap is told by: one that is at its longest, else any in it."""
    said = [step.origin for step in trap.cycle if step.extreme == "most"]
    said += [step.origin for step in trap.cycle if step.extreme]
    return next((link for origin in said for link in nature.links if link.origin == origin), nature.links[0])


def _duration(trial: Trial, link: Link) -> ContingentDuration:
    statement = trial.schedule.statements[link.origin]
    timeline = trial.protocol.timeline
    assert timeline is not None, "durations stand in the timeline"
    return next(each for each in timeline.durations if each.origin == statement.origin)


def when(trial: Trial, nature: Nature, link: Link, more: tuple[Constraint, ...]) -> str:
    """`if manufacturing takes 33 days or more`."""
    from protocol_dsl.schedule.controllability import breaking_value

    name = wording.small(_duration(trial, link).title)
    longer, shorter = breaking_value(link, lambda narrowed: nature.fails(narrowed, more))
    if longer is not None:
        return f"if {name} takes {days(longer)} or more"
    if shorter is not None:
        return f"if {name} takes {days(shorter)} or less"
    return f"however long {name} takes"


def constraint_of(step: Step) -> Constraint:
    return Constraint(step.source, step.target, step.weight, step.origin)


def told(trial: Trial, trap: Trap, more: dict[int, str]) -> list[str]:
    """The chain with its running sum, and what is missing at its end."""
    notes: list[str] = []
    total = 0
    for number, step in enumerate(trap.cycle, 1):
        total += step.weight
        if step.origin in more:
            said = more[step.origin]
        elif step.extreme:
            link = next(each for each in made(trial).links if each.origin == step.origin)
            name = wording.small(_duration(trial, link).title)
            said = f"{name} takes {'only ' if step.extreme == 'least' else ''}{days(abs(step.weight))}"
        else:
            said = trial.explain.sentence(constraint_of(step), relative=True)
            statement = trial.schedule.statement_of(constraint_of(step))
            said += "" if statement.derived else f"  ({statement.text})"
        notes.append(
            f"{number}. {said}  ({'+' if step.weight >= 0 else '−'}{abs(step.weight)}, so far {_signed(total)})"
        )
    if len(notes) > _MOST_STEPS:
        hidden = len(notes) - _MOST_STEPS + 1
        notes[_MOST_STEPS // 2 : _MOST_STEPS // 2 + hidden] = [f"… {hidden} more steps of the same kind …"]
    notes.append(f"{days(trap.deficit)} {'does' if trap.deficit == 1 else 'do'} not fit")
    return notes


def _signed(number: int) -> str:
    return f"−{-number}" if number < 0 else str(number)


def listed(names: list[str]) -> str:
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"
    return wording.listing(names)
