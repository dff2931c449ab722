"""SCH020 to SCH029: how days, months and series are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import ERROR, Diagnostic, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin, Point
    from protocol_dsl.model.schedule import Timeline, Visit


@rule("SCH020", "anchor-day-confused", ERROR)
def anchor_day_confused(trial: Trial) -> Iterator[Diagnostic]:
    """The anchor is on another day than the timeline says, or has a window.

    What it means:
        With `day 0 = infusion` the infusion cannot be on day 1, and with `day 1 = infusion` it is on day 1. The day of
        the anchor is fixed: all other days are counted from it, so that it has no window.

    Why it matters:
        Half of all protocols count from day 0 and half from day 1. A mixture shifts samples by a day.

    Example:
        timeline { day 0 = infusion }
        visit infusion "Infusion" day 1

    Instead:
        timeline { day 0 = infusion }
        visit infusion "Infusion" day 0
    """
    timeline = trial.protocol.timeline
    if timeline is None:
        return
    visit = trial.visits.get(timeline.anchor or "")
    if visit is not None and visit.timing.kind == "timeline" and visit.timing.unit == "day":
        yield from _anchor_visit(trial, timeline, visit)


def _anchor_visit(trial: Trial, timeline: Timeline, visit: Visit) -> Iterator[Diagnostic]:
    number = visit.timing.number
    # In a cycle the first day is day 1 in any timeline.
    first = 1 if visit.cycle else timeline.first_day
    if number != first or visit.timing.end_number not in (None, first):
        yield anchor_day_confused.at(
            trial.span(visit.timing.origin),
            f"{visit.name} is on {visit.timing.text}, but days are counted from it as day {timeline.first_day}",
            also=trial.mark(timeline.origin, f"day {timeline.first_day} = {timeline.anchor}"),
            help=f"write `day {first}` here, or `day {number} = {timeline.anchor}` in the timeline"
            if number in (0, 1)
            else f"write `day {first}` here",
        )
    elif visit.window is not None and (visit.window.before or visit.window.after) and not visit.cycle:
        yield anchor_day_confused.at(
            trial.span(visit.window.origin),
            f"{visit.name} has a window, but all days are counted from the day on which it really is",
            label="a window from itself",
            help="take the window out; limits from other visits are said with `order`",
        )


@rule("SCH021", "month-not-defined", ERROR)
def month_not_defined(trial: Trial) -> Iterator[Diagnostic]:
    """Months are used, and the timeline does not say how long a month is.

    What it means:
        A month can be a calendar month (28 to 31 days), 4 weeks or 30 days. Visits, windows or gaps are in months or
        years, and `month = …` is missing.

    Why it matters:
        After a year the readings lie 29 days apart: Month 12 is day 336, 360 or 365.

    Example:
        timeline { day 0 = infusion }
        visits M1..M12 "Month {n}" month n ±7 days

    Instead:
        timeline { day 0 = infusion  month = calendar }
        visits M1..M12 "Month {n}" month n ±7 days
    """
    timeline = trial.protocol.timeline
    if timeline is None or timeline.month is not None:
        return
    used = [visit for visit in trial.protocol.visits if _uses_months(visit)]
    if used:
        first = min(used, key=lambda visit: (visit.timing.origin.file, visit.timing.origin.line))
        yield month_not_defined.at(
            trial.span(first.timing.origin),
            f"{first.name} is counted in months, and a month has no length here",
            also=trial.mark(timeline.origin, "`month = …` is missing"),
            help="write `month = calendar` in the timeline, or `month = 30 days`, `month = 4 weeks`",
        )


def _uses_months(visit: Visit) -> bool:
    timing = visit.timing
    units = [timing.unit if timing.kind == "timeline" else "", visit.window.unit if visit.window is not None else ""]
    units.append(timing.gap.unit if timing.gap is not None else "")
    return any(unit in ("month", "months") for unit in units)


@rule("SCH022", "series-past-its-end", ERROR)
def series_past_its_end(trial: Trial) -> Iterator[Diagnostic]:
    """A series of visits or cycles does not fit its own end.

    What it means:
        The series has no member at all, or its `until` comes before a visit that it names.

    Why it matters:
        It is open whether the late visits take place.

    Example:
        visits M1..M12 "Month {n}" month n ±7 days until month 9

    Instead:
        visits M1..M9 "Month {n}" month n ±7 days
    """
    for series in trial.protocol.series:
        if not series.members:
            yield series_past_its_end.at(trial.span(series.origin), f"the series {series.text} has no visits")
        elif not series.open:
            yield from _after_end(trial, series.text, series.members, series.until, series.origin)
    for cycle in trial.protocol.cycles:
        if not cycle.members:
            yield series_past_its_end.at(trial.span(cycle.origin), f"{cycle.title} has no cycles")
            continue
        if not cycle.open:
            inside = tuple(visit.name for visit in trial.protocol.visits if visit.cycle in cycle.members)
            yield from _after_end(trial, cycle.title, inside, cycle.until, cycle.origin)


def _after_end(
    trial: Trial, what: str, members: tuple[str, ...], until: tuple[Point, ...], origin: Origin
) -> Iterator[Diagnostic]:
    ends = [
        trial.spans.point(point.unit, point.number)[1]
        for point in until
        if point.kind == "timeline" and point.of is None and point.unit is not None and point.number is not None
    ]
    if not ends:
        return
    late = [name for name in members if (trial.visits[name].earliest or 0) > max(ends)]
    if late:
        end = trial.day(max(ends))
        yield series_past_its_end.at(
            trial.span(until[0].origin) or trial.span(origin),
            f"{what} ends on {end}, before {late[0]}" + (f" and {len(late) - 1} more" if len(late) > 1 else ""),
            label="ends here",
            also=trial.mark(trial.visits[late[0]].timing.origin, f"{late[0]} is later"),
            help="name only the visits that take place, or let the series end later",
        )
