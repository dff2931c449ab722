"""SCH034 to SCH039: what the schedule has to cover: time frames, the DLT window, a purpose for each assessment."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from protocol_dsl.checks.measures import assessment_of, day_of, listed
from protocol_dsl.checks.text import texts
from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule
from protocol_dsl.schedule.explain import days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Expression
    from protocol_dsl.model.outcomes import Criterion
    from protocol_dsl.model.schedule import Assessment

_SAFETY = frozenset(["safety", "physical", "vital_signs", "cardiac", "laboratory"])
_OBLIGATORY = _SAFETY | {
    "eligibility", "consent", "demographics", "history", "virology", "medication", "procedure", "logistics", "other",
}  # fmt: skip
"""Categories that are a purpose by themselves: care, safety, enrolment, the course of the trial."""
_SAFETY_INSTRUMENTS = frozenset(["crs", "icans", "ice", "ctcae", "ecog"])
_FINDS_DISEASE = frozenset(["imaging", "response"])
_OF_DISEASE = frozenset(["progression", "relapse"])
"""Events that scans and judgements of response find, whatever they are called."""
_IN_EVERY_LABEL = frozenset([
    "positive", "negative", "status", "scores", "change", "changes", "baseline", "levels", "number", "participants",
    "patients", "subjects", "antibodies", "antibody", "assessment", "peripheral", "concentration", "global", "active",
    "activity", "disease", "response", "evaluate", "efficacy", "safety", "markers", "during", "treatment", "within",
])  # fmt: skip
_DLT_SPACING = 14
"""Days between two safety visits in the DLT window that are taken for too many where `dlt` does not say it. No
guideline gives a number; visits each week are common, and two weeks without one leave half of a usual window unseen."""


@rule("SCH034", "time-frame-without-end", NOTE)
def time_frame_without_end(trial: Trial) -> Iterator[Diagnostic]:
    """A time frame says how long it lasts at least, and not when it ends.

    What it means:
        `timeframe at least 104 weeks` is a lower limit. Participants are followed for different lengths of time, and
        nothing says which of the later data count.

    Why it matters:
        Two analysts will cut the data at two days. A registry asks for the time over which each participant is
        assessed.

    Example:
        endpoint teae primary "Adverse events" measure count(ae) timeframe at least 104 weeks after infusion

    Instead:
        endpoint teae primary "Adverse events" measure count(ae) timeframe from infusion to W104
    """
    found = [(each, each.frame) for each in trial.protocol.endpoints if each.frame and each.frame.kind == "minimum"]
    if not found:
        return
    endpoint, frame = found[0]
    names = listed(tuple(each.name for each, _ in found))
    yield time_frame_without_end.at(
        trial.span(frame.origin),
        f"the time frame of {endpoint.name}, “{frame.text}”, has no end"
        if len(found) == 1
        else f"{len(found)} time frames have no end, such as “{frame.text}”: {names}",
        also=[label for _, other in found[1:] for label in trial.mark(other.origin, "nor has this one")],
        help="write `from … to …`, or `up to …` with the last visit whose data count",
    )


@rule("SCH035", "assessment-without-purpose", NOTE)
def assessment_without_purpose(trial: Trial) -> Iterator[Diagnostic]:
    """An assessment is done, and nothing in the protocol uses it.

    What it means:
        No endpoint, criterion, gate, DLT criterion, rule, condition or estimand speaks of the assessment or of a value
        that it gives, no objective or endpoint names it in words, and its category is none of those that need no
        further reason (safety, laboratory, eligibility, history, medication and their like). An endpoint or objective
        that shares a telling word with its label counts as one that names it. Imaging and judgements of response serve
        an endpoint that waits for `progression` or `relapse`.

    Why it matters:
        Participants give blood and time for it, sites and data managers work for it, and the protocol does not say
        what for. Ethics committees ask.

    Example:
        assess il6 "Interleukin 6" category pharmacodynamics at SCR, D28 { blood 3 mL }

    Instead:
        assess il6 "Interleukin 6" category pharmacodynamics at SCR, D28 { blood 3 mL }
        endpoint d_il6 exploratory "Change in interleukin 6" measure change(il6) from SCR timeframe at D28
    """
    if not trial.protocol.endpoints:
        return  # unfinished: it cannot be known yet what is needed
    names = set(_names_used(trial))
    used = {assessment.name for name in names if (assessment := assessment_of(trial, name)) is not None}
    asked = _telling(" ".join(each.text for each in (*trial.protocol.endpoints, *trial.protocol.objectives)).lower())
    prose = ""
    for assessment in trial.protocol.assessments:
        if assessment.name in used or not assessment.visits or _needs_no_reason(assessment):
            continue
        if assessment.category in _FINDS_DISEASE and not names.isdisjoint(_OF_DISEASE):
            continue
        prose = prose or _prose(trial)
        title = " ".join(assessment.title.lower().split())
        if title in prose or not _telling(title).isdisjoint(asked):
            continue
        count = len(assessment.visits)
        blood = (
            "" if assessment.blood is None else f", {assessment.blood.written} {assessment.blood.unit} of blood each"
        )
        yield assessment_without_purpose.at(
            trial.head(assessment.origin),
            f"nothing uses {assessment.title}, done at {count} visit{'s' if count > 1 else ''}{blood}",
            help="add the endpoint that it serves, give it the category `safety` if people act on it, or take it out",
        )


def _telling(text: str) -> set[str]:
    """The words of a text that can name what is measured: longer ones that are not in every label."""
    return {word for word in (part.strip("(),.:;") for part in text.split()) if len(word) > 5} - _IN_EVERY_LABEL


def _needs_no_reason(assessment: Assessment) -> bool:
    if assessment.category is None:
        return assessment.instrument is None or assessment.instrument in _SAFETY_INSTRUMENTS
    return assessment.category in _OBLIGATORY or assessment.instrument in _SAFETY_INSTRUMENTS


def _names_used(trial: Trial) -> Iterator[str]:
    """The names in everything that uses values, each as often as it stands there."""
    protocol = trial.protocol
    expressions: list[Expression | None] = []
    for each in protocol.endpoints:
        expressions += [each.measure, each.condition]
    for criterion in protocol.eligibility.criteria if protocol.eligibility is not None else ():
        for part in _with_options(criterion):
            expressions += [part.where, part.condition]
            yield from part.requires
    for gate in protocol.gates:
        expressions += [each for need in gate.requirements for each in (need.where, need.condition)]
    expressions += [each.where for each in (protocol.dlt.criteria if protocol.dlt is not None else ())]
    expressions += [each.where for rules in protocol.rules for each in rules.rules]
    for each in (*protocol.populations, *protocol.analysis_sets, *protocol.interims, *protocol.facts, *protocol.events):
        expressions.append(each.where)
    for each in (
        *protocol.visits, *protocol.stages, *protocol.administrations, *protocol.assessments, *protocol.collections,
    ):  # fmt: skip
        expressions.append(each.condition)
    for expression in expressions:
        if expression is not None:
            yield from expression.names
    if protocol.randomization is not None:
        yield from protocol.randomization.strata


def _with_options(criterion: Criterion) -> Iterator[Criterion]:
    yield criterion
    for option in criterion.options:
        yield from _with_options(option)


def _prose(trial: Trial) -> str:
    """What criteria, objectives, endpoints and sections say in words, in small letters and with single blanks."""
    protocol = trial.protocol
    study = protocol.study.origin
    said = [text for text, origin in texts(trial) if origin != study]
    said += [each.text for each in (protocol.dlt.criteria if protocol.dlt is not None else ())]
    said += [each.text for rules in protocol.rules for each in rules.rules]
    return " ".join(" ".join(said).lower().split())


@rule("SCH038", "dlt-window-with-gap", WARNING)
def dlt_window_with_gap(trial: Trial) -> Iterator[Diagnostic]:
    """Too much time passes between two safety visits while dose-limiting toxicity is observed.

    What it means:
        Between the planned days of two visits with safety assessments in the DLT window lie more days than `dlt` says
        with `visits at most 7 days apart`. Where it says nothing, more than 14 days are told, as a note.

    Why it matters:
        Toxicity that comes and goes between two visits is not graded in time, and the decision about the next dose
        rests on what participants remember.

    Example:
        dlt { window 28 days after infusion  visits at most 7 days apart }
        visit D14 "Day 14" day 14 ±1 day
        visit D28 "Day 28" day 28 -0/+2 days

    Instead:
        visits D14, D21, D28 "Day {n}" day n ±1 day
    """
    dlt = trial.protocol.dlt
    if dlt is None or dlt.window is None or dlt.after is None:
        return
    timeline = trial.protocol.timeline
    reference = trial.visits.get(dlt.after)
    at_anchor = timeline is not None and dlt.after == timeline.anchor
    start = 0 if at_anchor else reference.offset if reference is not None else None
    length = trial.spans.of_gap(dlt.window).most
    if start is None or length is None:
        return
    limit = _DLT_SPACING if dlt.spacing is None else trial.spans.of_gap(dlt.spacing).most
    if limit is None:
        return
    seen = {start: dlt.after}
    for visit in trial.protocol.visits:
        if visit.offset is not None and visit.offset > start and _sees_everybody(trial, visit.name):
            seen.setdefault(visit.offset, visit.name)
    gaps = [
        (second - first, -first)
        for first, second in pairwise(sorted(seen))
        # Where no visit closes the window the last gap is SCH040's to tell.
        if first < start + length and limit < second - first and second <= start + length + limit
    ]
    if not gaps:
        return
    longest, first = max(gaps)
    before, after = seen[-first], seen[longest - first]
    others = len(gaps) - 1
    yield dlt_window_with_gap.at(
        trial.span(dlt.window_origin or dlt.origin),
        f"{days(longest)} pass between {before} and {after} while DLTs are observed, more than "
        + (f"the {days(limit)} permitted" if dlt.spacing is not None else days(limit))
        + (f"; and {others} more gap{'s' if others > 1 else ''}" if others else ""),
        also=() if (late := trial.visits.get(after)) is None else trial.mark(late.timing.origin, "seen again"),
        help=f"add a visit between them, or write `visits at most {days(longest)} apart` in `dlt`",
        severity=None if dlt.spacing is not None else NOTE,
    )


def _sees_everybody(trial: Trial, name: str) -> bool:
    """Whether the visit is held with all participants and has an assessment of safety."""
    visit = trial.visits[name]
    populations, arms = trial.participants(visit)
    if visit.condition is not None or visit.optional or populations or arms:
        return False
    return any(
        each.category is None or each.category in _SAFETY or each.instrument in _SAFETY_INSTRUMENTS
        for each in trial.assessed_at.get(name, ())
    )


@rule("SCH039", "collection-shorter-than-endpoint", WARNING)
def collection_shorter_than_endpoint(trial: Trial) -> Iterator[Diagnostic]:
    """What an endpoint counts is collected for a shorter time than the endpoint lasts.

    What it means:
        The endpoint speaks of something that is collected all the time, such as adverse events, and its time frame
        begins before the collection begins or ends after the collection ends.

    Why it matters:
        For a part of the time there are no data, and none is read as "no event".

    Example:
        collect ae "Adverse events" from infusion to M6
        endpoint teae primary "Adverse events" measure count(ae) timeframe from infusion to M12

    Instead:
        collect ae "Adverse events" from infusion to M12
    """
    collections = {each.name: each for each in trial.protocol.collections}
    for endpoint in trial.protocol.endpoints:
        frame = endpoint.frame
        if endpoint.measure is None or frame is None or frame.kind == "at_visits":
            continue
        for name in dict.fromkeys(endpoint.measure.names):
            collected = collections.get(name)
            if collected is None:
                continue
            ends = [None if each is None else day_of(trial, each) for each in (collected.end, frame.end)]
            starts = [None if each is None else day_of(trial, each) for each in (collected.start, frame.start)]
            wrong: list[str] = []
            if starts[0] is not None and starts[1] is not None and starts[0] > starts[1]:
                wrong.append(f"{days(starts[0] - starts[1])} before it begins, on {trial.day(starts[0])}")
            if ends[0] is not None and ends[1] is not None and ends[0] < ends[1]:
                wrong.append(f"{days(ends[1] - ends[0])} after it ends, on {trial.day(ends[0])}")
            if wrong:
                yield collection_shorter_than_endpoint.at(
                    trial.span(frame.origin),
                    f"{endpoint.name} asks for {collected.title} {' and '.join(wrong)}",
                    also=trial.mark(collected.origin, "collected"),
                    help=f"collect {collected.name} over the whole time frame, or shorten it",
                )
