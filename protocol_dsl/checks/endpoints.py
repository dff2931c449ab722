"""END: whether the schedule can answer what the endpoints ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.checks.measures import (
    assessment_of,
    assessments_of,
    baseline_visits,
    calls,
    is_at_visits,
    listed,
    names_in,
    period_of,
    points_at,
)
from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.outcomes import Endpoint, Frame
    from protocol_dsl.model.schedule import Assessment

_CHANGES = ("change", "percent_change")


@rule("END001", "endpoint-not-measured", ERROR)
def endpoint_not_measured(trial: Trial) -> Iterator[Diagnostic]:
    """An endpoint measures something that is not done in its time frame.

    What it means:
        The measure speaks of an assessment, and no visit in the time frame has it; or the time frame names a visit
        at which it is not done.

    Why it matters:
        The endpoint cannot be analysed: there will be no data.

    Example:
        assess sledai "SLEDAI-2K" uses sledai_2k at SCR, M3, M6
        endpoint d_sledai secondary "Change in SLEDAI-2K" {
          measure change(sledai.total) from SCR
          timeframe at M3, M6, M12
        }

    Instead:
        assess sledai "SLEDAI-2K" uses sledai_2k at SCR, M3, M6, M12
    """
    for endpoint in trial.protocol.endpoints:
        if endpoint.measure is None or endpoint.frame is None:
            continue
        for assessment in assessments_of(trial, endpoint.measure):
            if assessment.visits:  # one without any is told by SCH036
                yield from _not_measured(trial, endpoint, endpoint.frame, assessment)


def _not_measured(trial: Trial, endpoint: Endpoint, frame: Frame, assessment: Assessment) -> Iterator[Diagnostic]:
    done_at = trial.mark(assessment.origin, f"done at {listed(assessment.visits)}")
    if is_at_visits(endpoint):
        missing = [name for name in frame.visits if name not in assessment.visits]
        if missing:
            yield endpoint_not_measured.at(
                trial.span(frame.origin),
                f"{assessment.title} is not done at {listed(tuple(missing))}, where this endpoint needs it",
                also=done_at,
                help=f"add {listed(tuple(missing))} to `assess {assessment.name}`, or take them out of the time frame",
            )
        return
    start, end = period_of(trial, frame)
    if start is None or end is None:
        return
    for name in assessment.visits:
        earliest, latest = trial.window(name)
        if earliest is None or latest is None:
            return  # a visit without a day, such as an unscheduled one, can lie anywhere
        if latest >= start and earliest <= end and (latest > 0 or _is_sampled_after_dose(assessment, name)):
            return
    yield endpoint_not_measured.at(
        trial.span(frame.origin),
        f"{assessment.title} is never done from {trial.day(start)} to {trial.day(end)}",
        also=done_at,
        help=f"add visits of this time to `assess {assessment.name}`",
    )


@rule("END002", "time-frame-outside-schedule", WARNING)
def time_frame_outside_schedule(trial: Trial) -> Iterator[Diagnostic]:
    """The time frame of an endpoint goes on after the last visit.

    What it means:
        The time frame ends on a day that no scheduled visit reaches, not even at the end of its window.

    Why it matters:
        The registry promises results that the schedule cannot give.

    Example:
        visit M12 "Month 12" month 12 ±14 days
        endpoint os secondary "Overall survival" measure time_to(death) timeframe up to 24 months after infusion

    Instead:
        endpoint os secondary "Overall survival" measure time_to(death) timeframe up to 12 months after infusion
    """
    reached = [latest for visit in trial.protocol.visits if (latest := trial.window(visit.name)[1]) is not None]
    if (
        not reached
        or any(series.open for series in trial.protocol.series)
        or any(c.open for c in trial.protocol.cycles)
    ):
        return
    last = max(reached)
    visit = next(each for each in trial.protocol.visits if trial.window(each.name)[1] == last)
    for endpoint in trial.protocol.endpoints:
        frame = endpoint.frame
        if frame is None or frame.kind == "at_visits":
            continue
        end = period_of(trial, frame).end
        if end is not None and end > last:
            yield time_frame_outside_schedule.at(
                trial.span(frame.origin),
                f"this time frame ends on {trial.day(end)}, {end - last} days after the last possible visit",
                also=trial.mark(visit.timing.origin, f"{visit.name} is over by {trial.day(last)}"),
                help="add a visit or a call at its end, or shorten the time frame",
            )


@rule("END003", "change-without-baseline", ERROR)
def change_without_baseline(trial: Trial) -> Iterator[Diagnostic]:
    """A change is measured from a value that is not taken.

    What it means:
        The endpoint is a change, and the assessment is not done at its baseline visit; or it names no baseline, and
        the assessment is done at no visit before treatment.

    Why it matters:
        Without a first value there is no change.

    Example:
        assess sledai "SLEDAI-2K" uses sledai_2k at M3, M6
        endpoint d_sledai secondary "Change in SLEDAI-2K" measure change(sledai.total) from SCR timeframe at M3, M6

    Instead:
        assess sledai "SLEDAI-2K" uses sledai_2k at SCR, M3, M6
    """
    for endpoint in trial.protocol.endpoints:
        if endpoint.measure is None:
            continue
        changes = list(calls(endpoint.measure.tree, *_CHANGES))
        found = [assessment_of(trial, name) for call in changes for name in names_in(call)]
        for assessment in {each.name: each for each in found if each is not None and each.visits}.values():
            baseline = endpoint.baseline
            if baseline is None and baseline_visits(trial, assessment):
                continue
            if baseline is not None and (baseline in assessment.visits or baseline not in trial.visits):
                continue
            where = f"at {baseline}, its baseline" if baseline is not None else "before treatment"
            yield change_without_baseline.at(
                trial.span(endpoint.measure.origin),
                f"{assessment.title} is not done {where}",
                also=trial.mark(assessment.origin, f"done at {listed(assessment.visits)}"),
                help=f"add {baseline or 'a visit before treatment'} to `assess {assessment.name}`",
            )


@rule("END004", "endpoint-incomplete", WARNING)
def endpoint_incomplete(trial: Trial) -> Iterator[Diagnostic]:
    """An endpoint does not say what is measured, or when.

    What it means:
        An outcome measure has a title, a measure and a time frame. One of the last two is missing.

    Why it matters:
        Registries demand a specific measure and time frame, and nothing can be checked against the schedule.

    Example:
        endpoint safety primary "Safety"

    Instead:
        endpoint ae primary "Participants with an adverse event" measure count(ae) timeframe from infusion to M12
    """
    for endpoint in trial.protocol.endpoints:
        missing = [
            word
            for word, part in (("a measure", endpoint.measure), ("a time frame", endpoint.frame or endpoint.reported))
            if part is None
        ]
        if missing:
            yield endpoint_incomplete.at(
                trial.head(endpoint.origin),
                f"the {endpoint.level} endpoint {endpoint.name} lacks {' and '.join(missing)}",
                help="write `measure …` and `timeframe …`",
            )


@rule("END006", "one-measure-two-frames", WARNING)
def one_measure_two_frames(trial: Trial) -> Iterator[Diagnostic]:
    """Two endpoints measure the same thing of the same participants over different times.

    What it means:
        Their measures, populations and arms are the same, and their time frames end differently.

    Why it matters:
        Often one part of the protocol was amended and the other was not. Readers, and the registry's reviewers, cannot
        tell which time holds. Several frames of one endpoint are better said as one list of times.

    Example:
        endpoint os secondary "Overall survival" measure time_to(death) timeframe up to month 24 after infusion
        endpoint os_long exploratory "Overall survival" measure time_to(death) timeframe up to month 60 after infusion

    Instead:
        endpoint os secondary "Overall survival" measure time_to(death) timeframe up to month 60 after infusion
    """
    first: dict[tuple[str, tuple[str, ...], tuple[str, ...], str], Endpoint] = {}
    for endpoint in trial.protocol.endpoints:
        if endpoint.measure is None or endpoint.frame is None:
            continue
        measure = "".join(endpoint.measure.text.split())
        key = (measure, endpoint.populations, endpoint.arms, endpoint.text.strip().lower())
        other = first.setdefault(key, endpoint)
        if other is endpoint or other.frame is None or other.frame.text == endpoint.frame.text:
            continue
        yield one_measure_two_frames.at(
            trial.span(endpoint.frame.origin),
            f"“{endpoint.text}” has two time frames: “{other.frame.text}” and “{endpoint.frame.text}”",
            label=f"of {endpoint.name}",
            also=trial.mark(other.frame.origin, f"of {other.name}"),
            help="keep the one that holds, or give the two endpoints titles that tell them apart",
        )


@rule("END009", "frame-end-not-measured", WARNING)
def frame_end_not_measured(trial: Trial) -> Iterator[Diagnostic]:
    """The last value of an endpoint is taken before its time frame ends.

    What it means:
        The assessment is done in the time frame, and its last visit cannot lie on the day on which the time frame
        ends, not even at the end of its window. Areas under a curve are told by END005.

    Why it matters:
        The registry promises a value at the end that nobody takes, or the last part of the time is not looked at.

    Example:
        assess sledai "SLEDAI-2K" uses sledai_2k at SCR, M3, M6
        endpoint d_sledai secondary "Change in SLEDAI-2K" {
          measure change(sledai.total) from SCR
          timeframe up to month 12 after infusion
        }

    Instead:
        assess sledai "SLEDAI-2K" uses sledai_2k at SCR, M3, M6, M12
    """
    for endpoint in trial.protocol.endpoints:
        frame = endpoint.frame
        if endpoint.measure is None or frame is None or is_at_visits(endpoint):
            continue
        if next(calls(endpoint.measure.tree, "auc", "count", "time_to", "any", "incidence"), None) is not None:
            continue  # events are seen whenever they happen
        start, end = period_of(trial, frame)
        if start is None or end is None:
            continue
        if frame.tolerance is not None:
            end -= trial.spans.of_window(frame.tolerance)[0]
        for assessment in assessments_of(trial, endpoint.measure):
            windows = [trial.window(name) for name in assessment.visits if name in trial.visits]
            known = [(first, last) for first, last in windows if first is not None and last is not None]
            inside = [last for first, last in known if last >= start and first <= end]
            if len(known) < len(windows) or not inside or max(inside) >= end or _goes_on(trial, assessment):
                continue
            if any(points_at(assessment, name) and trial.window(name)[1] == max(inside) for name in assessment.visits):
                continue  # the last ones are times after a dose, in hours
            yield frame_end_not_measured.at(
                trial.span(frame.origin),
                f"this time frame ends on {trial.day(end)}, and {assessment.title} is last done by "
                f"{trial.day(max(inside))}",
                also=trial.mark(assessment.origin, f"done at {listed(assessment.visits)}"),
                help=f"add a visit at the end to `assess {assessment.name}`, or let the time frame end earlier",
            )


def _goes_on(trial: Trial, assessment: Assessment) -> bool:
    """Whether the assessment is done at visits of a series or of cycles without an end."""
    drawn = {name for series in trial.protocol.series if series.open for name in series.members}
    open_cycles = {name for cycle in trial.protocol.cycles if cycle.open for name in cycle.members}
    return any(name in drawn or trial.visits[name].cycle in open_cycles for name in assessment.visits)


def _is_sampled_after_dose(assessment: Assessment, visit: str) -> bool:
    """Whether a visit on the anchor's day gives more than a first value."""
    samplings = [each for each in assessment.sampling if not each.visits or visit in each.visits]
    return any(not point.pre_dose for sampling in samplings for point in sampling.points)
