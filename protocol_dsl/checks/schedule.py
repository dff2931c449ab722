"""SCH001, SCH002, SCH005, SCH066: whether the schedule can be kept at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import ERROR, NOTE, Diagnostic, Label, Rule, rule
from protocol_dsl.model import wording
from protocol_dsl.schedule.explain import days
from protocol_dsl.schedule.network import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.schedule import Visit
    from protocol_dsl.schedule.branches import Guard
    from protocol_dsl.schedule.build import Statement

_MOST_STEPS = 12
_MOST_PARTS = 4


@rule("SCH001", "schedule-impossible", ERROR)
def schedule_impossible(trial: Trial) -> Iterator[Diagnostic]:
    """The times in the protocol contradict each other, so that no participant can keep them.

    What it means:
        Windows, gaps and orders were taken together, and no choice of days meets all of them. The finding walks
        through the statements that collide: each one says how far it lets a visit go, and the last one asks for more.
        Other statements are not needed for the contradiction.

    Why it matters:
        Every participant will deviate from the protocol, and nobody will see why.

    Example:
        visit D28 "Day 28" day 28 ±2 days
        visit M2 "Month 2" 7 to 14 days after D28
        order M2 at least 70 days after infusion

    Instead:
        visit D28 "Day 28" day 28 ±2 days
        visit M2 "Month 2" 28 to 35 days after D28

    References:
        R. Dechter, I. Meiri, J. Pearl, Temporal constraint networks, Artificial Intelligence 49, 1991.
    """
    yield from _impossible(trial, schedule_impossible)


def _impossible(trial: Trial, code: Rule) -> Iterator[Diagnostic]:
    """The conflicts of everybody, or those of a branch only (SCH005)."""
    if not trial.schedule.conflicts:
        return
    from protocol_dsl.schedule.branches import guard_of, guards_in

    guards = {visit.name: guard_of(trial.protocol, visit) for visit in trial.protocol.visits}
    guards = {name: guard for name, guard in guards.items() if not guard.is_open}
    seen: dict[tuple[Origin, ...], Diagnostic] = {}
    circles = _circular(trial)
    for conflict in trial.schedule.conflicts:
        within = guards_in(trial.schedule, guards, conflict)
        if bool(within) != (code is branch_impossible):
            continue
        statements = [trial.schedule.statement_of(constraint) for constraint in conflict.cycle]
        if not circles.isdisjoint(statement.element for statement in statements):
            continue  # SCH002 tells that the visit is counted from itself
        key = tuple(dict.fromkeys(statement.origin for statement in statements))
        if key in seen:
            continue  # the same statements, for another member of the series
        told = _told(trial, code, conflict, statements)
        seen[key] = told._replace(message=f"{told.message}, for {_whom(within)}") if within else told
    yield from seen.values()


def _whom(within: dict[str, Guard]) -> str:
    """The participants of a branch."""
    texts = dict.fromkeys(f"`{text}`" for guard in within.values() for text in guard.texts)
    names = dict.fromkeys(name for guard in within.values() for name in (*guard.arms, *guard.populations))
    return wording.listing([*([f"those with {wording.listing(texts)}"] if texts else []), *names])


def _told(trial: Trial, code: Rule, conflict: Conflict, statements: list[Statement]) -> Diagnostic:
    steps = trial.explain.chain(conflict.cycle)
    notes: list[str] = []
    by_origin: dict[Origin, list[str]] = {}
    for number, (step, statement) in enumerate(zip(steps, statements, strict=True), start=1):
        said = f"{number}. {step.sentence}" + (f"; {step.place}" if step.place else "")
        notes.append(said if statement.derived else f"{said}  ({statement.text})")
        by_origin.setdefault(statement.origin, []).append(step.sentence)
    if len(notes) > _MOST_STEPS:
        hidden = len(notes) - _MOST_STEPS + 1
        notes[_MOST_STEPS // 2 : _MOST_STEPS // 2 + hidden] = [f"… {hidden} more steps of the same kind …"]
    notes.append(f"{days(conflict.deficit)} {'does' if conflict.deficit == 1 else 'do'} not fit")
    own = list(dict.fromkeys(s.text for s in statements if not s.derived))
    if own:
        help = f"give {days(conflict.deficit)} more room in one of these: {_few([f'`{text}`' for text in own])}"
    else:
        help = "write `parallel` on a stage that does not follow the one before it"
    if any(statement.derived for statement in statements) and own:
        help += "; or write `parallel` on a stage that does not follow the one before it"
    # The statement furthest down in the text is mostly the one that was written last.
    primary = max(by_origin, key=lambda origin: (origin.file, origin.line, origin.column))
    places = {statement.origin: trial.timing_span(statement) for statement in statements}
    also = [
        Label(span, _few(said))
        for origin, said in by_origin.items()
        if origin != primary and (span := places[origin]) is not None
    ]
    return code.at(
        places[primary],
        trial.explain.headline(conflict),
        label=_few(by_origin[primary]),
        also=also,
        help=help,
        notes=notes,
    )


def _few(parts: list[str]) -> str:
    """Parts in a row; of many, as a series can give, the first ones."""
    shown = "; ".join(parts[:_MOST_PARTS])
    return shown if len(parts) <= _MOST_PARTS else f"{shown}; and {len(parts) - _MOST_PARTS} more"


@rule("SCH002", "visit-without-day", ERROR)
def visit_without_day(trial: Trial) -> Iterator[Diagnostic]:
    """A scheduled visit has no day: nothing ties it to the timeline.

    What it means:
        The visit says no time, or the timeline has no `day 0 = …`, or visits are counted only from each other.
        A visit that is held when something happens says so: `on withdrawal`, `unscheduled`.

    Why it matters:
        The visit has no place in the schedule of assessments and no date in a participant's calendar.

    Example:
        visit D28 "Day 28"

    Instead:
        visit D28 "Day 28" day 28 ±2 days
    """
    if trial.schedule.anchor is None:
        yield from _without_timeline(trial)
        return
    circles = _circular(trial) if trial.schedule.conflicts else set[str]()
    for visit in trial.protocol.visits:
        if visit.timing.kind == "unknown" and visit.name != _anchor(trial):
            yield visit_without_day.at(
                trial.head(visit.origin),
                f"{visit.name} has no day",
                label="when is it?",
                help="say it: `day 28 ±2 days`, `28 days after …`, `on withdrawal` or `unscheduled`",
            )
        elif visit.name in circles:
            yield visit_without_day.at(
                trial.span(visit.timing.origin),
                f"{visit.name} is counted from itself",
                label=" → ".join(_circle(trial, visit)),
                help="count one of these visits from the timeline: `day 28`",
            )


def _without_timeline(trial: Trial) -> Iterator[Diagnostic]:
    counted = [visit for visit in trial.protocol.visits if visit.timing.kind in ("timeline", "unknown")]
    if counted:
        timeline = trial.protocol.timeline
        yield visit_without_day.at(
            trial.span(counted[0].timing.origin if timeline is None else timeline.origin),
            f"no day is known for {counted[0].name}"
            + (f" and {len(counted) - 1} more" if len(counted) > 1 else "")
            + ": the timeline does not say from where days are counted",
            help="write `timeline { day 0 = infusion }`, or `day 1 = …` where no day 0 exists",
        )


def _anchor(trial: Trial) -> str | None:
    return trial.protocol.timeline.anchor if trial.protocol.timeline is not None else None


def _circular(trial: Trial) -> set[str]:
    """The visits that are counted from themselves, by way of others or not."""
    found: set[str] = set()
    done: set[str] = set()
    for visit in trial.protocol.visits:
        way: dict[str, None] = {}
        at: Visit | None = visit
        while at is not None and at.name not in done:
            if at.name in way:
                names = list(way)
                found.update(names[names.index(at.name) :])
                break
            way[at.name] = None
            at = trial.visits.get(at.timing.reference or "") if at.timing.kind == "relative" else None
        done.update(way)
    return found


def _circle(trial: Trial, visit: Visit) -> list[str]:
    """The visits from one that is counted from itself back to it."""
    names = [visit.name]
    reference = visit.timing.reference
    while reference is not None and reference != visit.name:
        names.append(reference)
        reference = trial.visits[reference].timing.reference
    return [*names, visit.name]


@rule("SCH005", "branch-impossible", ERROR)
def branch_impossible(trial: Trial) -> Iterator[Diagnostic]:
    """Visits of some participants only cannot be kept, or never take place.

    What it means:
        Either the times of visits with `if`, or of some arms or populations, contradict each other or the visits of
        everybody; visits that exclude each other are told apart, and only what somebody has together is compared. Or a
        visit has conditions that never hold together, by itself or with the visit that it is counted from. A value that
        a condition compares is taken to stay the same throughout the trial.

    Why it matters:
        The branch is seldom used and therefore seldom read. It fails when the first participant enters it.

    Example:
        visit INF2 "Second infusion" day 30 if tolerated
        visit INF2_D7 "Day 7 after it" 7 days after INF2 if not tolerated

    Instead:
        visit INF2 "Second infusion" day 30 if tolerated
        visit INF2_D7 "Day 7 after it" 7 days after INF2 if tolerated
    """
    yield from _impossible(trial, branch_impossible)
    told: set[Origin] = set()
    for visit in trial.protocol.visits:
        condition, base = visit.condition, trial.visits.get(visit.timing.reference or "")
        if condition is None or visit.origin in told:
            continue
        based = base.condition if base is not None and visit.timing.kind == "relative" else None
        is_same = based is None or based.text == condition.text
        if is_same and condition.tree["op"] != "and":
            continue
        from protocol_dsl.schedule.branches import can_hold, guard_of

        own = guard_of(trial.protocol, visit)
        if not can_hold([own]):
            message, also = f"{visit.name} never takes place: `{condition.text}` never holds", ()
        elif (
            base is not None and not is_same and not can_hold([own, guard_of(trial.protocol, base)], constant_only=True)
        ):
            message = f"{visit.name} is counted from {base.name}, which nobody has with it"
            also = trial.mark(base.origin, f"only if {based.text if based is not None else ''}")
        else:
            continue
        told.add(visit.origin)
        yield branch_impossible.at(
            trial.span(condition.origin),
            message,
            also=also,
            help="correct one of the conditions, or leave the visit out",
        )


@rule("SCH066", "too-many-branches", NOTE)
def too_many_branches(trial: Trial) -> Iterator[Diagnostic]:
    """The schedule is impossible with all of its visits, and has too many branches to try each.

    What it means:
        Visits with conditions contradict each other. To see whether somebody has all of them, the values that the
        conditions compare are tried, up to 1024 combinations; here there are more. The contradiction is told as if
        everybody had all visits (SCH001, SCH005).

    Why it matters:
        The contradiction may be between visits that nobody has together.

    Example:
        visit A "A" day 10 if c1 and c2 and c3 and c4 and c5 and c6
        visit B "B" 3 days before A if c7 and c8 and c9 and c10 and c11
        order A before B

    Instead:
        fact frail "Frail" where c1 and c2 and c3 and c4 and c5 and c6
        visit A "A" day 10 if frail
    """
    if trial.schedule.too_many_branches:
        timeline = trial.protocol.timeline
        yield too_many_branches.at(
            trial.span(timeline.origin) if timeline is not None else None,
            "the schedule has too many branches to tell which visits nobody has together",
            help="name a combination of conditions by a `fact … where …`, and use the name",
        )
