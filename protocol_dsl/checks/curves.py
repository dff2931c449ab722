"""END005, END007, END008: whether a curve, its area and its peak are sampled well enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.checks.measures import assessment_of, calls, day_of, listed, names_in, period_of, points_at
from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Point
    from protocol_dsl.model.outcomes import Endpoint, Frame
    from protocol_dsl.model.schedule import Assessment, TimePoint

_CURVES = ("auc", "cmax", "tmax")
_FEWEST = {"auc": 4, "cmax": 3, "tmax": 3}
"""Samples below which a curve is called too thin, where the endpoint does not say `samples`: a value before the dose,
one on the way up, one near the peak and one on the way down; a peak can do without the first."""
_MINUTES_PER_DAY = 1440


class Curve(NamedTuple):
    """One function of an endpoint over the values of one assessment, from day `start` to day `end`."""

    endpoint: Endpoint
    frame: Frame
    function: str
    assessment: Assessment
    start: int
    end: int


def curves(trial: Trial) -> Iterator[Curve]:
    """All areas and peaks of the endpoints whose time frame has both ends."""
    for endpoint in trial.protocol.endpoints:
        if endpoint.measure is None or endpoint.frame is None:
            continue
        start, end = period_of(trial, endpoint.frame)
        for call in calls(endpoint.measure.tree, *_CURVES):
            named = [each for name in names_in(call) if (each := assessment_of(trial, name))]
            for assessment in {each.name: each for each in named}.values():
                if start is not None and end is not None and assessment.visits:
                    yield Curve(endpoint, endpoint.frame, str(call["function"]), assessment, start, end)


@rule("END005", "curve-not-sampled", WARNING)
def curve_not_sampled(trial: Trial) -> Iterator[Diagnostic]:
    """A curve is to be computed from too few samples, or from samples that do not reach its end.

    What it means:
        The endpoint is an area under the curve, a peak or its time. Fewer samples are taken in the time frame than it
        asks for (`samples 6`; without that four for an area and three for a peak), or, for an area, the last one can
        be taken before its end only.

    Why it matters:
        The area is then extrapolated and the peak missed.

    Example:
        assess car "CAR copies" at infusion, D28
        endpoint auc secondary "AUC, day 0 to 90" measure auc(car) timeframe from day 0 to day 90

    Instead:
        assess car "CAR copies" at infusion, D4, D7, D14, D28, D60, D90
    """
    for curve in curves(trial):
        assessment, end = curve.assessment, curve.end
        samples, last = _taken(trial, curve)
        if last is None:
            continue  # END001 tells it
        also = trial.mark(assessment.origin, f"done at {listed(assessment.visits)}")
        fewest = curve.endpoint.samples or _FEWEST[curve.function]
        if samples < fewest:
            yield curve_not_sampled.at(
                trial.span(curve.frame.origin),
                f"{curve.function} of {assessment.title} rests on {samples} sample{'s' if samples > 1 else ''}, "
                f"and at least {fewest} are needed",
                also=also,
                help=f"take at least {fewest} samples in this time"
                + ("" if curve.endpoint.samples else f", or say how many suffice: `samples {samples}`"),
            )
        elif curve.function == "auc" and last < end - _tolerance(trial, curve.frame):
            yield curve_not_sampled.at(
                trial.span(curve.frame.origin),
                f"the area ends on {trial.day(end)}, the last sample is taken by {trial.day(last)}",
                also=also,
                help=f"add a visit that reaches {trial.day(end)}, or end the area earlier",
            )


def _taken(trial: Trial, curve: Curve) -> tuple[int, int | None]:
    """How many samples are taken in the time frame, and the last day on which one can be: also +48 h after a dose."""
    samples, last = 0, None
    for name in curve.assessment.visits:
        earliest, latest = trial.window(name)
        if earliest is None or latest is None:
            continue
        for later in [_days_later(point) for point in points_at(curve.assessment, name)] or [0]:
            if latest + later >= curve.start and earliest + later <= curve.end:
                samples += 1
                last = latest + later if last is None else max(last, latest + later)
    return samples, last


def _days_later(point: TimePoint) -> int:
    """Whole days from the dose to the sample; one before the dose is on its day."""
    return max(point.minute, 0) // _MINUTES_PER_DAY


def _tolerance(trial: Trial, frame: Frame) -> int:
    return 0 if frame.tolerance is None else trial.spans.of_window(frame.tolerance)[0]


@rule("END007", "area-without-beginning", WARNING)
def area_without_beginning(trial: Trial) -> Iterator[Diagnostic]:
    """An area under the curve begins at a time at which no sample is taken.

    What it means:
        The area begins on the day of a dose, or on another day, and the first sample is taken later. On the day of the
        dose a sample before it is meant: one with `pre_dose`, or one without a time.

    Why it matters:
        The first part of the area is guessed, and a value that was there before the dose is counted as its effect.

    Example:
        assess plasma "Plasma concentration" at D1 { times +1, +2, +4, +8 h ±5 min }
        endpoint auc primary "AUC, 0 to 8 hours" measure auc(plasma) timeframe at D1

    Instead:
        assess plasma "Plasma concentration" at D1 { times pre_dose -60/+0 min, +1, +2, +4, +8 h ±5 min }
    """
    for curve in curves(trial):
        if curve.function != "auc":
            continue
        first: int | None = None
        for name in curve.assessment.visits:
            earliest, latest = trial.window(name)
            if earliest is None or latest is None:
                break  # a visit without a day can lie anywhere
            if earliest <= curve.start <= latest or (latest < curve.start <= 0):
                points = points_at(curve.assessment, name)
                if not points or latest < curve.start or any(p.pre_dose or p.minute <= 0 for p in points):
                    break
            if latest >= curve.start and earliest <= curve.end:
                first = earliest if first is None else min(first, earliest)
        else:
            if first is None:
                continue  # END001 tells it
            when = "after the dose" if first <= curve.start else f"on {trial.day(first)}"
            yield area_without_beginning.at(
                trial.span(curve.frame.origin),
                f"the area begins on {trial.day(curve.start)}, the first sample of {curve.assessment.title} is "
                f"taken {when}",
                also=trial.mark(curve.assessment.origin, f"done at {listed(curve.assessment.visits)}"),
                help="add a sample before the dose: `times pre_dose -60/+0 min, …`"
                if first <= curve.start
                else f"add a visit on {trial.day(curve.start)} to `assess {curve.assessment.name}`",
            )


@rule("END008", "peak-not-sampled", WARNING)
def peak_not_sampled(trial: Trial) -> Iterator[Diagnostic]:
    """No sample is taken when the peak is expected.

    What it means:
        The endpoint says `peak from … to …`: between these points its author expects the highest value, from what is
        known of the product. No sample is taken between them.

    Why it matters:
        The highest value that is found is then not the peak. CAR-T cells peak after days, small molecules after hours.

    Example:
        assess car "CAR copies" at infusion, D4, D21, D28
        endpoint peak secondary "Peak" measure cmax(car) timeframe from infusion to D28 peak from day 7 to day 14

    Instead:
        assess car "CAR copies" at infusion, D4, D7, D10, D14, D21, D28
    """
    for curve in curves(trial):
        if curve.endpoint.peak is None:
            continue
        begin, end = (_minute_of(trial, point) for point in curve.endpoint.peak)
        if begin is None or end is None:
            continue
        taken = [minute for name in curve.assessment.visits for minute in _minutes(trial, curve.assessment, name)]
        if any(begin <= minute <= end for minute in taken):
            continue
        yield peak_not_sampled.at(
            trial.span(curve.endpoint.peak[0].origin),
            f"no sample of {curve.assessment.title} is taken when its peak is expected, {_when(trial, begin, end)}",
            also=trial.mark(curve.assessment.origin, f"done at {listed(curve.assessment.visits)}"),
            help=f"add visits or times of this span to `assess {curve.assessment.name}`",
        )


def _minute_of(trial: Trial, point: Point) -> int | None:
    """Minutes from the anchor; hours after the anchor are exact, all else is a whole day."""
    duration = point.duration
    timeline = trial.protocol.timeline
    if point.kind == "after" and duration is not None and len(duration.quantities) == 1 and timeline is not None:
        length = duration.quantities[0]
        if length.unit in ("h", "min") and point.of == timeline.anchor:
            return round(length.value * (60 if length.unit == "h" else 1))
    day = day_of(trial, point)
    return None if day is None else day * _MINUTES_PER_DAY


def _minutes(trial: Trial, assessment: Assessment, visit: str) -> list[int]:
    """The nominal minutes of the samples at a visit, from the anchor."""
    found = trial.visits.get(visit)
    if found is None or found.offset is None:
        return []
    start = found.offset * _MINUTES_PER_DAY
    return [start + point.minute for point in points_at(assessment, visit)] or [start]


def _when(trial: Trial, begin: int, end: int) -> str:
    if begin % _MINUTES_PER_DAY == 0 and end % _MINUTES_PER_DAY == 0:
        first, last = begin // _MINUTES_PER_DAY, end // _MINUTES_PER_DAY
        return f"{trial.day(first)} to {trial.day(last)}"
    return f"{begin / 60:g} to {end / 60:g} h after the dose"
