"""SCH060 to SCH062, SCH065: durations that nature decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.checks.nature import constraint_of, link_of, listed, relaxed, squeezed, told, trap_of, undecided, when
from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, rule
from protocol_dsl.model import wording
from protocol_dsl.schedule.explain import days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial


@rule("SCH060", "too-little-time-for-nature", WARNING)
def too_little_time(trial: Trial) -> Iterator[Diagnostic]:
    """The schedule leaves less time than a duration that nature decides may take.

    What it means:
        `duration … from LEU to release 14 to 35 days` says that nobody can choose these days. Whatever the days of the
        visits, the schedule leaves the duration fewer days than it may need, or more than it can take.

    Why it matters:
        A participant whose product takes the time that the protocol itself foresees cannot be treated in the protocol.

    Example:
        visit LEU "Leukapheresis" day -28 to -21
        visit LD1 "Lymphodepletion" day -5
        timeline { duration manufacturing "Manufacturing" from LEU to release 14 to 35 days }
        order release before LD1

    Instead:
        visit LEU "Leukapheresis" day -56 to -40
    """
    for edge, least, most in squeezed(trial):
        place = trial.span(trial.schedule.statements[edge.statement].origin)
        start, end = trial.explain.name(edge.source), trial.explain.name(edge.target)
        if most is not None:
            yield too_little_time.at(
                place,
                f"at most {days(most)} are left from {start} to {end}, but it may take {days(edge.latest or 0)}",
                help=f"let {start} take place earlier, or what waits for {end} later",
            )
        if least is not None:
            yield too_little_time.at(
                place,
                f"at least {days(least)} lie between {start} and {end}, "
                f"but it may take only {days(edge.earliest or 0)}",
                help="say where the product is kept meanwhile, and for how long it may be",
            )


@rule("SCH061", "no-reaction-keeps-the-schedule", ERROR)
def no_reaction(trial: Trial) -> Iterator[Diagnostic]:
    """Whatever a coordinator does, a duration that nature decides can break the schedule.

    What it means:
        Each single length of the duration would fit by itself. But some days have to be chosen before the length is
        known, and no choice fits all lengths that are still possible then. The finding says from which length on it
        fails, and walks through the statements: what must be planned for the shortest, and what the longest then asks.

    Why it matters:
        A participant gets lymphodepletion, or passes the last screening day, for a product that comes too late. It will
        happen to some, at every site, and each is a deviation that the protocol made.

    Example:
        timeline { duration manufacturing "Manufacturing" from LEU to release 14 to 35 days }
        visit LD1 "Lymphodepletion" day -5
        order release before infusion
        order release at most 2 days before infusion

    Instead:
        order release before LD1
        order release at most 7 days before infusion

    References:
        P. Morris, Dynamic controllability and dispatchability relationships, 2014.
        T. Vidal, H. Fargier, Handling contingency in temporal constraint networks, 1999.
    """
    nature = undecided(trial)
    if nature is None:
        return
    trap = trap_of(nature)
    if trap is None:
        return
    link = link_of(nature, trap)
    end = trial.explain.name(link.end)
    statements = {
        step: statement
        for step in trap.cycle
        if not step.extreme and not (statement := trial.schedule.statement_of(constraint_of(step))).derived
    }
    room: dict[str, int] = {}
    for step, statement in statements.items():
        more = relaxed(nature, trap, step)
        if more is not None:
            room[statement.text] = min(more, room.get(statement.text, more))
    ways = [f"{days(more)} more in `{text}`" for text, more in sorted(room.items(), key=lambda each: each[1])]
    help = f"let what depends on {end} wait for it: `order {end} before …`"
    yield no_reaction.at(
        trial.span(trial.schedule.statements[link.origin].origin),
        f"{when(trial, nature, link, ())}, no choice of days keeps the schedule",
        label="nobody can choose these days",
        also=[
            label
            for origin in dict.fromkeys(statement.origin for statement in statements.values())
            for label in trial.mark(origin)
        ],
        help=help + (f"; or give {wording.listing(ways, 'or')}" if ways else ""),
        notes=told(trial, trap, {}),
    )


@rule("SCH062", "days-must-wait-for-nature", NOTE)
def days_must_wait(trial: Trial) -> Iterator[Diagnostic]:
    """No calendar can be fixed in advance: some days have to be chosen when nature has decided.

    What it means:
        Somebody who sees how long the duration takes can always keep the schedule, but nobody can promise the days of
        these visits before. `protoc compile --only timing` shows which visits can be fixed and which wait.

    Why it matters:
        Sites book beds, chemotherapy and travel in advance. Booked days that cannot hold are moved, or worse, kept.

    Example:
        timeline { duration manufacturing "Manufacturing" from LEU to release 14 to 35 days }
        visit infusion "Infusion" 0 to 3 days after release

    Instead:
        visit infusion "Infusion" 35 to 40 days after LEU
        order release before infusion
    """
    nature = undecided(trial)
    if nature is None or nature.is_fixed() or trap_of(nature) is not None:
        return
    for link in nature.links:
        waiting = [reaction for reaction in nature.reactions(link) if reaction.common is None]
        if not waiting:
            continue
        order = {visit.name: visit.order for visit in trial.protocol.visits}
        names = sorted(
            (trial.explain.name(reaction.node) for reaction in waiting), key=lambda name: order.get(name, -1)
        )
        start, end = trial.explain.name(link.start), trial.explain.name(link.end)
        yield days_must_wait.at(
            trial.span(trial.schedule.statements[link.origin].origin),
            f"{listed(names)} cannot be fixed in advance: {'it waits' if len(names) == 1 else 'they wait'} for {end}",
            label=f"{link.least} to {days(link.most)} after {start}",
            help=f"plan {listed(names)} when {end} is known; or accept it with `@allow SCH062`",
        )


@rule("SCH065", "reactions-not-examined", NOTE)
def reactions_not_examined(trial: Trial) -> Iterator[Diagnostic]:
    """The schedule has too many visits to find out whether a coordinator can always keep it.

    What it means:
        No calendar fixed in advance keeps the schedule for every length of a duration that nature decides. Whether one
        can by waiting for it is examined for schedules with up to 400 visits and other points in time before the day of
        the timeline's anchor. This one has more, so that SCH061 to SCH064 say less than they could.

    Why it matters:
        No finding is no proof here.

    Example:
        visits V1..V450 "Run-in day {n}" from day -460 every 1 day

    Instead:
        visits V1..V64 "Run-in week {n}" from day -460 every 1 week
    """
    nature = undecided(trial)
    if nature is None:
        return
    from protocol_dsl.schedule.controllability import MOST_NODES, TooLarge

    try:
        nature.trap()
    except TooLarge:
        yield reactions_not_examined.at(
            trial.span(trial.schedule.statements[nature.links[0].origin].origin),
            f"whether the schedule can be kept is not examined: it has more than {MOST_NODES} points in time",
            help="leave out visits that take place on their day whatever happens, or split the protocol",
        )
