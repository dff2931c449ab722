"""SCH013 to SCH015, SCH023, SCH024: rhythms of visits: gaps, weekends, windows along the follow-up, drift, months."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.schedule import Visit

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SATURDAY = 5
_NARROW = 3
"""Days; a window of at least so many always holds a working day."""
_STAY = 3
"""So many visits on consecutive days are a stay in hospital, to which weekends do not matter."""


@rule("SCH013", "gap-over-limit", WARNING)
def gap_over_limit(trial: Trial) -> Iterator[Diagnostic]:
    """Nobody sees a participant for longer than the limits allow.

    What it means:
        `limits { gap 5 weeks }` says how long the time between two visits may be at most, from the anchor on. The
        windows of two consecutive visits allow a longer one. Visits by phone count; optional and conditional ones do
        not.

    Why it matters:
        In the time between two visits nothing is seen: an adverse event, a pregnancy, a progression.

    Example:
        limits { gap 5 weeks }
        visits M1..M6 "Month {n}" month n ±7 days

    Instead:
        limits { gap 7 weeks }
        visits M1..M6 "Month {n}" month n ±7 days
    """
    limits = trial.protocol.limits
    found = [limit for limit in limits.limits if limit.subject == "gap"] if limits is not None else []
    for limit in found:
        most = int(limit.value // 1440)
        for burden in trial.burdens:
            gaps = [gap for gap in burden.gaps() if gap.days > most]
            if not gaps:
                continue
            longest = max(gaps, key=lambda gap: gap.days)
            others = f" (and {len(gaps) - 1} more such pairs)" if len(gaps) > 1 else ""
            who = f"in {burden.arm}, " if burden.arm is not None else ""
            yield gap_over_limit.at(
                trial.span(longest.after.timing.origin),
                f"{who}up to {longest.days} days lie between {longest.before.name} and {longest.after.name}{others}; "
                f"the limit is {most}",
                also=(
                    *trial.mark(longest.before.timing.origin, f"{longest.before.name} is here"),
                    *trial.mark(limit.origin, "the limit"),
                ),
                help="put a visit or a telephone call between them, or narrow their windows",
            )


@rule("SCH014", "visits-on-weekends", NOTE)
def visits_on_weekends(trial: Trial) -> Iterator[Diagnostic]:
    """Whatever the weekday of the anchor, some visit on site can only be on a weekend.

    What it means:
        Windows of fewer than three days leave no choice between working days and weekends. For each weekday from
        Monday to Friday on which the anchor can be, at least one such visit falls on Saturday or Sunday. Visits on
        three or more consecutive days are taken as a stay in hospital and do not count.

    Why it matters:
        Sites are closed on weekends, so that a deviation is certain for every participant.

    Example:
        visits D4, D5, D8, D10 "Day {n}" day n

    Instead:
        visits D4, D5, D8, D10 "Day {n}" day n ±1 day
    """
    narrow: list[tuple[Visit, int, int]] = []
    for visit in trial.protocol.visits:
        low, high = trial.window(visit.name)
        if visit.contact == "on_site" and low is not None and high is not None and high - low < _NARROW - 1:
            narrow.append((visit, low, high))
    days = {day for _, low, high in narrow for day in range(low, high + 1)}
    single = [each for each in narrow if not _is_in_stay(each[1], days)]
    hit = {
        weekday: [v.name for v, low, high in single if all((weekday + day) % 7 >= _SATURDAY for day in (low, high))]
        for weekday in range(_SATURDAY)
    }
    if all(hit.values()):
        best = min(hit, key=lambda weekday: len(hit[weekday]))
        first = next(visit for visit, _, _ in single if visit.name == hit[best][0])
        anchor = trial.protocol.timeline.anchor if trial.protocol.timeline is not None else ""
        told = "; ".join(f"{WEEKDAYS[weekday]}: {', '.join(names)}" for weekday, names in hit.items())
        yield visits_on_weekends.at(
            trial.span(first.timing.origin),
            f"some visits fall on a weekend whatever the weekday of {anchor}; fewest with a {WEEKDAYS[best]}: "
            + ", ".join(hit[best]),
            help="give these visits a window of three days",
            notes=[told],
        )


def _is_in_stay(day: int, days: set[int]) -> bool:
    first = last = day
    while first - 1 in days:
        first -= 1
    while last + 1 in days:
        last += 1
    return last - first + 1 >= _STAY


@rule("SCH015", "window-narrower-later", NOTE)
def window_narrower_later(trial: Trial) -> Iterator[Diagnostic]:
    """The windows of a follow-up become narrower again.

    What it means:
        Windows mostly grow with the distance from treatment. Here a later visit, counted in the same unit, has a
        narrower one than the visit before it. Only windows of as many days before as after are compared, and only those
        of visits with the same kind of contact: calls have windows of their own.

    Why it matters:
        It can be meant, at the visit of an endpoint. Where it is not, one of the two windows is a slip.

    Example:
        visits M1..M6 "Month {n}" month n ±7 days
        visits M9, M12 "Month {n}" month n ±3 days

    Instead:
        visits M1..M6 "Month {n}" month n ±7 days
        visits M9, M12 "Month {n}" month n ±14 days
    """
    told: set[Origin] = set()
    for one, following in trial.neighbours:
        before, after = one.window, following.window
        if before is None or after is None or one.timing.unit != following.timing.unit or one.timing.unit is None:
            continue
        if one.stage != following.stage or one.cycle or (one.offset or 0) < 0 or after.origin in told:
            continue
        if one.contact != following.contact:
            continue
        wide, narrow = trial.spans.of_window(before), trial.spans.of_window(after)
        if wide[0] == wide[1] and narrow[0] == narrow[1] and narrow[0] < wide[0]:
            told.add(after.origin)
            yield window_narrower_later.at(
                trial.span(after.origin),
                f"the window of {following.name}, {after.text}, is narrower than that of {one.name}, {before.text}",
                also=trial.mark(before.origin, f"{one.name} comes before"),
                help="correct one of the two, or say with `@allow` why this visit has to be on time",
            )


@rule("SCH023", "drift-adds-up", WARNING)
def drift_adds_up(trial: Trial) -> Iterator[Diagnostic]:
    """The windows of visits that count from each other add up to more than their rhythm.

    What it means:
        Each visit of the chain counts from the day of the visit before it, so that lateness is kept and grows. From
        some visit on, it can be as late as the next one should be: two participants who both keep the protocol are a
        whole visit apart.

    Why it matters:
        "Visit 8" no longer means the same time since treatment, which endpoints at this visit take it to mean.

    Example:
        visits V1..V12 "Week {n}" every 1 week after infusion drift ±2 days

    Instead:
        visits V1..V12 "Week {n}" every 1 week after infusion ±2 days
    """
    steps: dict[str, tuple[int, int, tuple[int, int]]] = {}
    told: set[Origin] = set()
    for visit in trial.protocol.visits:
        timing, window = visit.timing, visit.window
        if timing.kind != "relative" or timing.gap is None or timing.direction != "after" or timing.reference is None:
            continue
        least, most = trial.spans.of_gap(timing.gap)
        if least is None or most is None:
            continue
        side = trial.spans.of_window(window)[1] if window is not None else 0
        # Only a rhythm drifts: visits that count from each other by one and the same distance.
        count, late, step = steps.get(timing.reference, (0, 0, (least, most)))
        if step != (least, most):
            count, late = 0, 0
        late += side + (most - least)
        steps[visit.name] = (count + 1, late, (least, most))
        if count == 0 or late < least or timing.origin in told or not least:
            continue
        bound = trial.window(visit.name)[1]
        if bound is not None and visit.offset is not None and bound - visit.offset < least:
            continue  # another statement keeps it in place
        told.add(timing.origin)
        yield drift_adds_up.at(
            trial.span(timing.origin),
            f"from {visit.name} on, the windows add up to {late} days, and the visits are {least} days apart",
            label=f"counted from {timing.reference}, {count + 1} visits from a fixed day",
            also=trial.mark(window.origin if window is not None else None, "added at each visit"),
            help="count the visits from one day (leave `drift` out), or keep them in place with "
            f"`order {visit.name} at most … after …`",
        )


_MONTHS = re.compile(r"(month|year) (\d+)\Z", re.IGNORECASE)
_NAMES = re.compile(r"([MY])(\d+)\Z")
_MONTHS_OF = {"month": 1, "m": 1, "year": 12, "y": 12}


@rule("SCH024", "month-said-in-days", WARNING)
def month_said_in_days(trial: Trial) -> Iterator[Diagnostic]:
    """A visit is called after a month, and its day in days or weeks is no day of that month.

    What it means:
        The label or name says Month 3 and the timing `week 12`: 84 days. By the months of the timeline, Month 3 is
        another day. Where the two can agree, as Month 1 and `day 30` do, nothing is said.

    Why it matters:
        After a year four weeks and a month lie four weeks apart. People read the label, and the calendar has the other.

    Example:
        timeline { day 0 = infusion  month = calendar }
        visit M3 "Month 3" week 12 ±7 days

    Instead:
        timeline { day 0 = infusion  month = calendar }
        visit M3 "Month 3" month 3 ±7 days
    """
    told: set[Origin] = set()
    for visit in trial.protocol.visits:
        timing = visit.timing
        if timing.kind != "timeline" or timing.unit not in ("day", "week") or timing.number is None or visit.cycle:
            continue
        said = _MONTHS.match(visit.label or "") or _NAMES.match(visit.name)
        if said is None or timing.end_number is not None or visit.offset is None or visit.origin in told:
            continue
        count = int(said.group(2)) * _MONTHS_OF[said.group(1).lower()]
        low, high = trial.spans.point("month", count)
        if not low <= visit.offset <= high:
            told.add(visit.origin)
            months = trial.day(low) if low == high else f"{trial.day(low)} to {trial.day(high).removeprefix('Day ')}"
            yield month_said_in_days.at(
                trial.span(timing.origin),
                f"`{said.group(0)}` is on {timing.text}, but month {count} is {months}",
                also=trial.mark(visit.origin, "its name and label"),
                help=f"write `month {count}`, call the visit after its {timing.unit}s, or say `month = 4 weeks`",
            )
