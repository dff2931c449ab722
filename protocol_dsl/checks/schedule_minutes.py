"""SCH052 to SCH055: times within a visit: the day they fall on, the dose they count from, their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.checks.measures import dosed_visits, listed, points_at
from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, rule
from protocol_dsl.schedule.explain import days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.schedule import Assessment, TimePoint, Visit

_DAY = 1440
_NOON = _DAY // 2
"""Minutes; a time of up to half a day after the dose is on the day of the dose, as in the calendar."""


@rule("SCH052", "sample-on-a-day-without-visit", WARNING)
def sample_on_a_day_without_visit(trial: Trial) -> Iterator[Diagnostic]:
    """A time counted from the dose falls on another day, and no visit is on that day.

    What it means:
        A time such as `+24 h` is after midnight, or a whole day before the dose. No other visit can be on that day,
        and the visit itself does not say that it lasts so long (`lasting 2 days`).

    Why it matters:
        The participant is at home when the sample is due. In the calendar the day does not appear.

    Example:
        visit D1 "Day 1" day 1
        assess plasma "Plasma concentration" at D1 { times pre_dose -60/+0 min, +4, +24 h ±30 min }

    Instead:
        visit D1 "Day 1" day 1
        visit D2 "Day 2" day 2
        assess plasma "Plasma concentration" at D1 { times pre_dose -60/+0 min, +4, +24 h ±30 min }
    """
    for visit, assessment, points in _timed(trial):
        late = [point for point in points if (offsets := _other_days(point)) and not _is_there(trial, visit, offsets)]
        if late:
            first = _other_days(late[0])[0]
            where = f"{days(abs(first))} {'after' if first > 0 else 'before'} {visit.name}"
            yield sample_on_a_day_without_visit.at(
                trial.head(assessment.origin),
                f"{assessment.title} at {', '.join(point.text for point in late[:6])} of {visit.name} falls on another "
                f"day, and no visit is {where}",
                also=trial.mark(visit.timing.origin, f"{visit.name} is on one day"),
                help=f"add a visit {where}, or write how long {visit.name} lasts: `lasting {days(abs(first) + 1)}`",
            )


def _timed(trial: Trial) -> Iterator[tuple[Visit, Assessment, tuple[TimePoint, ...]]]:
    """Each visit with each assessment that has times at it."""
    for assessment in trial.protocol.assessments:
        if not assessment.sampling:
            continue
        for name in assessment.visits:
            points = points_at(assessment, name)
            if points and name in trial.visits:
                yield trial.visits[name], assessment, points


def _other_days(point: TimePoint) -> list[int]:
    """The days from the dose on which a time can fall; empty if it can be on the day of the dose."""
    if -_DAY < point.minute <= _NOON:
        return []
    if point.minute < 0:
        return [-(-point.minute // _DAY)]
    whole, rest = divmod(point.minute, _DAY)
    if not whole:
        return [1]
    return [whole, whole + 1] if rest else [whole]


def _is_there(trial: Trial, visit: Visit, offsets: list[int]) -> bool:
    if visit.offset is None:
        return True  # without a day of its own nothing can be said of others
    if visit.lasting is not None:
        stay = trial.spans.of(visit.lasting.value, visit.lasting.unit).most
        if stay is not None and stay >= min(abs(each) for each in offsets):
            return True
    for other in trial.protocol.visits:
        if other.name == visit.name or other.offset is None:
            continue
        before, after = (0, 0) if other.window is None else trial.spans.of_window(other.window)
        last = other.latest if other.timing.end_number is not None and other.latest is not None else other.offset
        if any(other.offset - before <= visit.offset + each <= last + after for each in offsets):
            return True
    return False


@rule("SCH053", "two-things-at-one-minute", WARNING)
def two_things_at_one_minute(trial: Trial) -> Iterator[Diagnostic]:
    """Two procedures are due at the same minute, without a tolerance and without an order.

    What it means:
        At one visit two assessments have the same time after the dose, neither may be off by a minute, and none of them
        says that it comes `earlier than` the other.

    Why it matters:
        One person cannot take blood, record an ECG and measure the pressure at once. Each site settles it in its own
        way, and a venous puncture before the ECG changes the pulse.

    Example:
        assess ecg "ECG" at D1 { times +1 h }
        assess plasma "Plasma concentration" at D1 { times +1 h }

    Instead:
        assess ecg "ECG" at D1 earlier than plasma { times +1 h -10/+0 min }
        assess plasma "Plasma concentration" at D1 { times +1 h }
    """
    due: dict[tuple[str, int], list[Assessment]] = {}
    for visit, assessment, points in _timed(trial):
        for point in points:
            if not point.before and not point.after and not point.pre_dose:
                due.setdefault((visit.name, point.minute), []).append(assessment)
    told: set[tuple[str, str]] = set()
    later = _later_than(trial)
    for (visit, minute), several in due.items():
        for index, one in enumerate(several):
            for other in several[index + 1 :]:
                pair = (one.name, other.name)
                if pair in told or other.name in later[one.name] or one.name in later[other.name]:
                    continue
                told.add(pair)
                yield two_things_at_one_minute.at(
                    trial.head(other.origin),
                    f"{one.title} and {other.title} are due at the same minute of {visit}, {_minute(minute)}",
                    also=trial.mark(one.origin, "due at the same minute"),
                    help=f"give one a tolerance, or an order: `earlier than {other.name}` in `assess {one.name}`",
                )


@rule("SCH054", "times-without-dose", WARNING)
def times_without_dose(trial: Trial) -> Iterator[Diagnostic]:
    """An assessment has times after the dose at a visit at which no dose is given.

    What it means:
        Times within a visit count from the dose that is given at it, and no `give` names the visit.

    Why it matters:
        Nobody knows from when four hours are to be counted.

    Example:
        give ABC 10 mg at D1
        assess plasma "Plasma concentration" at D1, D8 { times pre_dose -60/+0 min, +1, +4 h ±10 min }

    Instead:
        give ABC 10 mg at D1
        assess plasma "Plasma concentration" at D1, D8 { times for D1 pre_dose -60/+0 min, +1, +4 h ±10 min }
    """
    if not trial.protocol.administrations:
        return
    dosed = dosed_visits(trial)
    missing: dict[str, list[str]] = {}
    for visit, assessment, _ in _timed(trial):
        if visit.name not in dosed:
            missing.setdefault(assessment.name, []).append(visit.name)
    for name, visits in missing.items():
        assessment = trial.assessments[name]
        some = [each for each in assessment.visits if each in dosed]
        yield times_without_dose.at(
            trial.head(assessment.origin),
            f"{assessment.title} has times at {listed(tuple(visits))}, where no dose is given",
            help=f"say for which visits the times hold: `times for {', '.join(some)} …`"
            if some
            else "give the product at this visit, or take the times out",
        )


@rule("SCH055", "order-within-visit-impossible", ERROR)
def order_within_visit_impossible(trial: Trial) -> Iterator[Diagnostic]:
    """The times of two procedures do not permit the order that is demanded of them.

    What it means:
        An assessment comes `earlier than` another one, by itself or by way of others, and comes before itself; or each
        of its times at a visit lies after all those of the other.

    Why it matters:
        Every visit breaks either the times or the order.

    Example:
        assess ecg "ECG" at D1 earlier than plasma { times +2 h ±5 min }
        assess plasma "Plasma concentration" at D1 { times +1 h ±5 min }

    Instead:
        assess ecg "ECG" at D1 earlier than plasma { times +50 min ±5 min }
        assess plasma "Plasma concentration" at D1 { times +1 h ±5 min }
    """
    later = _later_than(trial)
    told: set[str] = set()
    for assessment in trial.protocol.assessments:
        if assessment.name in later[assessment.name]:
            circle = {name for name in later[assessment.name] if assessment.name in later[name]}
            if not told.isdisjoint(circle):
                continue
            told |= circle
            yield order_within_visit_impossible.at(
                trial.head(assessment.origin),
                f"{assessment.title} comes before itself",
                also=[
                    label
                    for name in sorted(circle - {assessment.name})
                    for label in trial.mark(trial.assessments[name].origin, "in the circle")
                ],
                help="take one `earlier than` out of this circle",
            )
            continue
        for name in assessment.earlier_than:
            other = trial.assessments.get(name)
            for visit in assessment.visits if other is not None else ():
                mine, theirs = points_at(assessment, visit), () if other is None else points_at(other, visit)
                if other is None or not mine or not theirs or visit not in other.visits:
                    continue
                first = min(mine, key=lambda point: point.minute - point.before)
                last = max(theirs, key=lambda point: point.minute + point.after)
                if first.minute - first.before > last.minute + last.after:
                    yield order_within_visit_impossible.at(
                        trial.head(assessment.origin),
                        f"{assessment.title} comes before {other.title}, but at {visit} its first time, {first.text}, "
                        f"is after the last one of {other.title}, {last.text}",
                        also=trial.mark(other.origin, "comes later"),
                        help="correct the times, or turn the order round",
                    )
                    break


def _later_than(trial: Trial) -> dict[str, set[str]]:
    """By name of an assessment: those that come after it, by themselves or by way of others."""
    direct = {each.name: each.earlier_than for each in trial.protocol.assessments}
    found: dict[str, set[str]] = {}
    for name in direct:
        later: set[str] = set()
        left = list(direct[name])
        while left:
            each = left.pop()
            if each not in later:
                later.add(each)
                left.extend(direct.get(each, ()))
        found[name] = later
    return found


def _minute(minute: int) -> str:
    hours, rest = divmod(minute, 60)
    return f"{hours} h after the dose" if not rest and hours else f"{minute} min after the dose"
