"""SCH030 to SCH079: what happens at visits, and whether they cover what has to be observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.checks.measures import day_of
from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, rule
from protocol_dsl.schedule.explain import days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin

_AFTER_DLT = 7
"""Days after the end of DLT observation within which a visit can still close it."""


@rule("SCH036", "assessment-without-visit", WARNING)
def assessment_without_visit(trial: Trial) -> Iterator[Diagnostic]:
    """An assessment is done at no visit.

    What it means:
        The assessment is declared, and no `at` says when it is done.

    Why it matters:
        It appears in no schedule, so that nobody does it; what is computed from it stays empty.

    Example:
        assess cbc "Complete blood count" category laboratory

    Instead:
        assess cbc "Complete blood count" category laboratory at SCR, D28
    """
    for assessment in trial.protocol.assessments:
        if not assessment.visits:
            yield assessment_without_visit.at(
                trial.head(assessment.origin),
                f"{assessment.title} is done at no visit",
                help="say when: `at SCR, D28`; for what is asked all the time write `collect … from … to …`",
            )


@rule("SCH037", "visit-without-content", WARNING)
def visit_without_content(trial: Trial) -> Iterator[Diagnostic]:
    """At a scheduled visit nothing is done.

    What it means:
        No assessment, no product, no form and no gate belongs to the visit.

    Why it matters:
        Participants come to the site for nothing, or something was forgotten in the list of an assessment.

    Example:
        visit D10 "Day 10" day 10 ±1 day

    Instead:
        visit D10 "Day 10" day 10 ±1 day
        assess vitals "Vital signs" at D10
    """
    if not trial.protocol.assessments:
        return  # a protocol of which only the visits are written yet
    busy = set(trial.assessed_at)
    for administration in trial.protocol.administrations:
        busy.update(administration.visits)
    for form in trial.protocol.forms:
        if form.source == "protocol":
            busy.update(form.visits)
    for other in (
        *(gate.before for gate in trial.protocol.gates),
        trial.protocol.randomization and trial.protocol.randomization.at,
    ):
        busy.add(other or "")
    idle = [visit for visit in trial.protocol.visits if visit.is_scheduled and visit.name not in busy]
    by_place: dict[Origin, list[str]] = {}
    for visit in idle:
        by_place.setdefault(visit.origin, []).append(visit.name)
    for origin, names in by_place.items():
        yield visit_without_content.at(
            trial.span(origin),
            f"nothing is done at {', '.join(names[:6])}" + (f" and {len(names) - 6} more" if len(names) > 6 else ""),
            help="name the visit in the `at` of an assessment, or take it out",
        )


@rule("SCH040", "dlt-window-not-covered", WARNING)
def dlt_window_not_covered(trial: Trial) -> Iterator[Diagnostic]:
    """No visit closes the observation of dose-limiting toxicity.

    What it means:
        DLTs are observed for so many days, and no visit with an assessment lies on the last day or within a week
        after it.

    Why it matters:
        Toxicity that begins after the last visit is not seen, and the decision about the next dose rests on a window
        that nobody observed to its end.

    Example:
        dlt { window 28 days after infusion }
        visit D21 "Day 21" day 21 ±2 days
        visit M2 "Month 2" month 2 ±7 days

    Instead:
        visit D28 "Day 28" day 28 -0/+2 days
    """
    dlt = trial.protocol.dlt
    end = _dlt_end(trial)
    if dlt is None or end is None or not trial.protocol.visits:
        return
    for visit in trial.protocol.visits:
        earliest, latest = trial.window(visit.name)
        if earliest is None or latest is None or (trial.protocol.assessments and visit.name not in trial.assessed_at):
            continue
        if latest >= end and earliest <= end + _AFTER_DLT:
            return
    yield dlt_window_not_covered.at(
        trial.span(dlt.window_origin or dlt.origin),
        f"no visit closes the DLT window, which ends on {trial.day(end)}",
        help=f"add a visit on {trial.day(end)}, such as `day {end} -0/+2 days`, with the safety assessments",
    )


def _dlt_end(trial: Trial) -> int | None:
    """The last day of DLT observation from the anchor, where it has one day."""
    dlt = trial.protocol.dlt
    if dlt is None or dlt.window is None or dlt.after is None:
        return None
    timeline = trial.protocol.timeline
    visit = trial.visits.get(dlt.after)
    start = 0 if timeline is not None and dlt.after == timeline.anchor else visit.offset if visit is not None else None
    length = trial.spans.of_gap(dlt.window).most
    return None if start is None or length is None else start + length


@rule("SCH041", "dlt-frames-differ", WARNING)
def dlt_frames_differ(trial: Trial) -> Iterator[Diagnostic]:
    """An endpoint counts DLTs over another time than the one in which they are observed.

    What it means:
        The `dlt` block says how long DLTs are observed, and the time frame of the endpoint ends on another day.

    Why it matters:
        The registry states one window and the protocol another; one of the two is a slip.

    Example:
        dlt { window 28 days after infusion }
        endpoint dlts primary "Participants with a DLT" measure count(dlt) timeframe up to 30 days after infusion

    Instead:
        endpoint dlts primary "Participants with a DLT" measure count(dlt) timeframe up to 28 days after infusion
    """
    dlt, end = trial.protocol.dlt, _dlt_end(trial)
    if dlt is None or end is None:
        return
    for endpoint in trial.protocol.endpoints:
        frame = endpoint.frame
        if endpoint.measure is None or "dlt" not in endpoint.measure.names or frame is None or frame.end is None:
            continue
        last = day_of(trial, frame.end)
        if last is not None and last != end:
            yield dlt_frames_differ.at(
                trial.span(frame.origin),
                f"this endpoint counts DLTs to {trial.day(last)}, but they are observed to {trial.day(end)}",
                also=trial.mark(dlt.window_origin or dlt.origin, "observed this long"),
                help="give both the same end",
            )


@rule("SCH042", "next-level-too-early", ERROR)
def next_level_too_early(trial: Trial) -> Iterator[Diagnostic]:
    """The next dose level opens before the DLTs of the last participant are known.

    What it means:
        `next level` counts from the last participant's infusion, and is shorter than the DLT window.

    Why it matters:
        The decision to escalate would rest on participants who are still under observation.

    Example:
        dlt { window 28 days after infusion }
        escalation main of CT1192 { start DL1  cohort 3  next level 14 days after last of cohort }

    Instead:
        escalation main of CT1192 { start DL1  cohort 3  next level 28 days after last of cohort }
    """
    dlt = trial.protocol.dlt
    if dlt is None or dlt.window is None:
        return
    window = trial.spans.of_gap(dlt.window).least
    for escalation in trial.protocol.escalations:
        gate = escalation.next_level
        wait = None if gate is None else trial.spans.of_gap(gate.gap).least
        if gate is None or wait is None or window is None or wait >= window:
            continue
        yield next_level_too_early.at(
            trial.span(gate.origin),
            f"the next level opens {days(window - wait)} before the DLT window of the last participant ends",
            also=trial.mark(dlt.window_origin or dlt.origin, f"DLTs are observed for {days(window)}"),
            help=f"write `next level {days(window)} after last of {gate.after_last_of}`",
        )


@rule("SCH070", "no-early-termination", NOTE)
def no_early_termination(trial: Trial) -> Iterator[Diagnostic]:
    """The protocol has no visit for participants who leave early.

    What it means:
        Participants can always withdraw, and no visit is held `on withdrawal` or on another event.

    Why it matters:
        What is asked at the end of participation is then asked of nobody who leaves before the end.

    Example:
        stage follow_up "Follow-up" { visit M12 "Month 12" month 12 ±14 days }

    Instead:
        stage follow_up "Follow-up" { visit M12 "Month 12" month 12 ±14 days }
        stage off_schedule "Off schedule" parallel { visit ET "Early termination" on withdrawal }
    """
    scheduled = [visit for visit in trial.protocol.visits if visit.is_scheduled]
    if len(scheduled) < 2 or any(visit.timing.kind == "event" for visit in trial.protocol.visits):
        return
    last = scheduled[-1]
    stage = trial.stages.get(last.stage or "")
    yield no_early_termination.at(
        trial.head(stage.origin if stage is not None else last.origin),
        "no visit is held when a participant withdraws",
        help='write `visit ET "Early termination" on withdrawal`',
    )


@rule("SCH071", "unscheduled-without-content", WARNING)
def unscheduled_without_content(trial: Trial) -> Iterator[Diagnostic]:
    """A visit outside the schedule says nothing of what is done at it.

    What it means:
        The visit is `unscheduled`, or held on an event, and no assessment names it.

    Why it matters:
        Sites then do what they think right, and the data have no place.

    Example:
        visit UNS "Unscheduled" unscheduled

    Instead:
        visit UNS "Unscheduled" unscheduled
        assess vitals "Vital signs" at UNS
    """
    if not trial.protocol.assessments:
        return
    given = {name for administration in trial.protocol.administrations for name in administration.visits}
    for visit in trial.protocol.visits:
        if (
            visit.timing.kind in ("unscheduled", "event")
            and visit.name not in trial.assessed_at
            and visit.name not in given
        ):
            yield unscheduled_without_content.at(
                trial.head(visit.origin),
                f"nothing is done at {visit.name}",
                help=f"name it where it belongs: `assess … at …, {visit.name}`",
            )
