"""What an endpoint measures and when: assessments, time frames and their days. Shared by several checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Expression, Point
    from protocol_dsl.model.outcomes import Endpoint, Frame
    from protocol_dsl.model.schedule import Assessment, TimePoint


class Period(NamedTuple):
    """A time frame in days from the anchor, by its nominal days; None where a side is open or not known."""

    start: int | None
    end: int | None


def calls(tree: dict[str, Any], *functions: str) -> Iterator[dict[str, Any]]:
    """The calls of these functions in an expression."""
    if tree.get("op") == "call" and tree.get("function") in functions:
        yield tree
    for value in tree.values():
        for each in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from calls(cast("dict[str, Any]", each), *functions)


def names_in(tree: dict[str, Any]) -> Iterator[str]:
    """The names in an expression, in its order."""
    if tree.get("op") == "name" and isinstance(tree.get("name"), str):
        yield tree["name"]
    for value in tree.values():
        for each in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from names_in(cast("dict[str, Any]", each))


def assessment_of(trial: Trial, name: str) -> Assessment | None:
    """The assessment that gives a name: `car`, `sledai.total`, or `anc` for a result of the blood count."""
    base = name.partition(".")[0].partition("[")[0]
    found = trial.assessments.get(base)
    if found is not None:
        return found
    return trial.results.get(base)


def assessments_of(trial: Trial, measure: Expression) -> list[Assessment]:
    """The assessments that an expression speaks of, each once."""
    found = [assessment_of(trial, name) for name in measure.names]
    return list({assessment.name: assessment for assessment in found if assessment is not None}.values())


def day_of(trial: Trial, point: Point) -> int | None:
    """The nominal day of a point from the anchor; None where it has none."""
    if point.kind == "timeline" and point.unit is not None and point.number is not None:
        return trial.spans.point(point.unit, point.number)[0]
    if point.of is None:
        return None
    base = _day_of_place(trial, point.of, end=point.kind != "start_of")
    if base is None or point.duration is None:
        return base
    length = trial.spans.of_duration(point.duration).least
    if length is None:
        return None
    return base + length if point.kind != "before" else base - length


def _day_of_place(trial: Trial, name: str, *, end: bool) -> int | None:
    timeline = trial.protocol.timeline
    if timeline is not None and name == timeline.anchor:
        return 0
    visit = trial.visits.get(name)
    if visit is not None:
        return visit.offset
    stage = trial.stages.get(name)
    offsets = [] if stage is None else [trial.visits[each].offset for each in stage.visits if each in trial.visits]
    known = [offset for offset in offsets if offset is not None]
    return (max(known) if end else min(known)) if known else None


def period_of(trial: Trial, frame: Frame) -> Period:
    """The days of a time frame. A frame that says only its end begins at the anchor."""
    if frame.kind == "at_visits":
        days = [trial.visits[name].offset for name in frame.visits if name in trial.visits]
        known = [day for day in days if day is not None]
        return Period(min(known, default=None), max(known, default=None))
    start = 0 if frame.start is None else day_of(trial, frame.start)
    return Period(start, None if frame.end is None else day_of(trial, frame.end))


def baseline_visits(trial: Trial, assessment: Assessment) -> list[str]:
    """The visits of an assessment before or on the anchor's day."""
    return [
        name
        for name in assessment.visits
        if (visit := trial.visits.get(name)) is not None and visit.offset is not None and visit.offset <= 0
    ]


def is_at_visits(endpoint: Endpoint) -> bool:
    """Whether the time frame names visits."""
    return endpoint.frame is not None and endpoint.frame.kind == "at_visits"


def points_at(assessment: Assessment, visit: str) -> tuple[TimePoint, ...]:
    """The times of an assessment at a visit: those said for this visit, else those said for all."""
    named = [sampling for sampling in assessment.sampling if visit in sampling.visits]
    always = [sampling for sampling in assessment.sampling if not sampling.visits]
    return tuple(point for sampling in named or always for point in sampling.points)


def dosed_visits(trial: Trial) -> set[str]:
    """The visits at which a product is given; visits of a daily rhythm among them."""
    found = {name for each in trial.protocol.administrations for name in each.visits}
    for each in trial.protocol.administrations:
        if each.every is None or each.start is None:
            continue
        first = day_of(trial, each.start)
        last = None if each.end is None else day_of(trial, each.end)
        rhythm = trial.spans.of_gap(each.every).most
        if first is None or rhythm is None:
            continue
        for visit in trial.protocol.visits:
            earliest, latest = trial.window(visit.name)
            if earliest is None or latest is None or latest < first or (last is not None and earliest > last):
                continue
            if any((day - first) % max(rhythm, 1) == 0 for day in range(earliest, latest + 1)):
                found.add(visit.name)
    return found


def listed(names: tuple[str, ...]) -> str:
    """Names in a row; of many the first eight."""
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
