"""DOS: the participants that an escalation and the cohorts beside it can need, against those who are planned."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.checks.escalations import escalating, followed
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule
from protocol_dsl.dosing.proofs import Proof
from protocol_dsl.model.dosing import Cohort


@rule("DOS024", "escalation-outside-enrollment", WARNING)
def escalation_outside_enrollment(trial: Trial) -> Iterator[Diagnostic]:
    """The rules can need more participants than are planned.

    What it means:
        There is a sequence of results with which the rules, followed to the end, treat more participants than the
        planned enrolment. The finding names it.

    Why it matters:
        The trial would have to be amended in the middle of its escalation.

    Example:
        enrollment 18 participants

    Instead:
        enrollment up to 21 participants
    """
    enrollment = trial.protocol.study.enrollment
    if enrollment is None or enrollment.bound not in ("exactly", "up_to", "at_most"):
        return
    for each, proof in followed(trial):
        if proof.largest is None or proof.largest[0] <= enrollment.count:
            continue
        need, path = proof.largest
        smallest = f", and at least {proof.smallest[0]}" if proof.smallest is not None else ""
        yield escalation_outside_enrollment.at(
            trial.span(enrollment.origin),
            f"the escalation can need {need} participants where {enrollment.count} are planned: {each.by(path)}",
            also=trial.mark(each.built.escalation.origin, f"these rules need at most {need}{smallest}"),
            help=f"plan {need}, or say `max {enrollment.count}` in the escalation",
        )


@rule("DOS050", "cohorts-outside-enrollment", WARNING)
def cohorts_outside_enrollment(trial: Trial) -> Iterator[Diagnostic]:
    """Escalation and further cohorts can need more participants than are planned.

    What it means:
        The most that the escalations can treat, those who are replaced at each level, and the sizes of the cohorts
        beside them come to more than the planned enrolment. A size per level counts for each level of the cohort.

    Why it matters:
        The trial would have to be amended before its expansion is full.

    Example:
        enrollment up to 18 participants
        escalation main of CT1192 { start DL1  cohort 3  max 18 participants … }
        cohort expansion at recommended_dose size 9

    Instead:
        enrollment up to 27 participants
    """
    enrollment = trial.protocol.study.enrollment
    if enrollment is None or enrollment.bound not in ("exactly", "up_to", "at_most"):
        return
    sized = [(cohort, count) for cohort in trial.protocol.cohorts if (count := _most(cohort)) is not None]
    needs = [(each.built.escalation, need) for each in escalating(trial) if (need := _need(each.proof)) is not None]
    replaced = _replaced(trial, max((len(each.built.names) for each in escalating(trial)), default=0))
    if not needs or not (sized or replaced):
        return
    escalated = sum(need for _, need in needs)
    beside = sum(count for _, count in sized)
    total = escalated + replaced + beside
    # What the escalation alone exceeds is said by the rules about it.
    if total <= enrollment.count or escalated > enrollment.count:
        return
    parts = [f"{escalated} in the escalation"]
    parts += [f"{replaced} replaced"] if replaced else []
    parts += [f"{count} in {cohort.name}" for cohort, count in sized]
    marks = trial.mark(needs[0][0].origin, f"at most {escalated}")
    for cohort, count in sized:
        marks += trial.mark(cohort.origin, f"at most {count}")
    yield cohorts_outside_enrollment.at(
        trial.span(enrollment.origin),
        f"{total} participants can be needed where {enrollment.count} are planned: {' + '.join(parts)}",
        also=marks,
        help=f"plan {total}, or make a cohort smaller",
    )


def _need(proof: Proof | None) -> int | None:
    return proof.largest[0] if proof is not None and proof.largest is not None else None


def _most(cohort: Cohort) -> int | None:
    """The most participants of a cohort; None if it is open or not said."""
    size = cohort.size
    if size is None or size.bound in ("about", "at_least"):
        return None
    return size.count * (max(1, len(cohort.levels)) if size.per == "level" else 1)


def _replaced(trial: Trial, levels: int) -> int:
    """How many more the replacements of the escalation are at most; 0 if no limit is said."""
    dlt = trial.protocol.dlt
    if dlt is None or dlt.replacement is None or dlt.replacement.up_to is None:
        return 0
    return dlt.replacement.up_to * (levels if dlt.replacement.per == "level" else 1)
