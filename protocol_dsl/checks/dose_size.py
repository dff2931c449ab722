"""DOS: the participants that escalations and the cohorts beside them can need, against those who are planned."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.checks.escalations import Escalating, computable, escalating, replaceable
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule
from protocol_dsl.model.dosing import Cohort, Escalation
from protocol_dsl.model.study import Enrollment, Size

if TYPE_CHECKING:
    from protocol_dsl.dosing.machine import Path

_AT_MOST = ("exactly", "up_to", "at_most")


class Need(NamedTuple):
    """The most participants of an escalation: treated by the rules, and replaced; a way there if one was followed.

    `backfilled` are those who may be added at levels that were left upwards.
    """

    each: Escalating
    treated: int
    replaced: int = 0
    path: Path | None = None
    backfilled: int = 0

    @property
    def escalation(self) -> Escalation:
        """Whose participants they are."""
        return self.each.built.escalation


@rule("DOS024", "escalation-outside-enrollment", WARNING)
def escalation_outside_enrollment(trial: Trial) -> Iterator[Diagnostic]:
    """The rules can need more participants than are planned.

    What it means:
        There is a sequence of results with which the rules, followed to the end, treat more participants than the
        planned enrolment. The finding names it. A published design goes up to the number at which it ends.

    Why it matters:
        The trial would have to be amended in the middle of its escalation.

    Example:
        enrollment 18 participants

    Instead:
        enrollment up to 21 participants
    """
    enrollment = _planned(trial)
    if enrollment is None:
        return
    for each in computable(trial):
        need = _treated(each)
        if need is None or need.treated <= enrollment.count:
            continue
        way = each.by(need.path) if need.path is not None else f"{each.built.title} goes on up to {need.treated}"
        least = each.proof.smallest[0] if each.proof is not None and each.proof.smallest is not None else None
        smallest = f", and at least {least}" if least is not None else ""
        yield escalation_outside_enrollment.at(
            trial.span(enrollment.origin),
            f"the escalation can need {need.treated} participants where {enrollment.count} are planned: {way}",
            also=trial.mark(need.escalation.origin, f"these rules need at most {need.treated}{smallest}"),
            help=f"plan {need.treated}, or say `max {enrollment.count}` in the escalation",
        )


@rule("DOS050", "cohorts-outside-enrollment", WARNING)
def cohorts_outside_enrollment(trial: Trial) -> Iterator[Diagnostic]:
    """Escalations and further cohorts can need more participants than are planned.

    What it means:
        The most that the escalations can treat, those who are replaced or backfilled, and the sizes of the cohorts
        beside them come to more than the planned enrolment. A size per level counts for each level of the cohort;
        replacements per level count for each level that is treated on the way, and a backfill for each that can be left
        upwards.

    Why it matters:
        The trial would have to be amended before its expansion is full.

    Example:
        enrollment up to 18 participants
        escalation main of CT1192 { start DL1  cohort 3  max 18 participants … }
        cohort expansion at recommended_dose size 9

    Instead:
        enrollment up to 27 participants
    """
    enrollment = _planned(trial)
    needs = [need for each in escalating(trial) if (need := _enrolled(trial, each)) is not None]
    if enrollment is None or not needs:
        return
    # What one escalation alone exceeds is said by the rule about it.
    if any((alone := _treated(need.each)) is not None and alone.treated > enrollment.count for need in needs):
        return
    sized = [(cohort, count) for cohort in trial.protocol.cohorts if (count := _most(cohort)) is not None]
    replaced, backfilled = sum(need.replaced for need in needs), sum(need.backfilled for need in needs)
    if len(needs) == 1 and not (sized or replaced or backfilled):
        return
    total = sum(need.treated for need in needs) + replaced + backfilled + sum(count for _, count in sized)
    if total <= enrollment.count:
        return
    parts = [f"{need.treated} in {'the escalation' if len(needs) == 1 else need.escalation.name}" for need in needs]
    parts += [f"{replaced} replaced"] if replaced else []
    parts += [f"{backfilled} in backfill"] if backfilled else []
    parts += [f"{count} in {cohort.name}" for cohort, count in sized]
    marks = tuple(mark for need in needs for mark in trial.mark(need.escalation.origin, f"at most {need.treated}"))
    for cohort, count in sized:
        marks += trial.mark(cohort.origin, f"at most {count}")
    yield cohorts_outside_enrollment.at(
        trial.span(enrollment.origin),
        f"{total} participants can be needed where {enrollment.count} are planned: {' + '.join(parts)}",
        also=marks,
        help=f"plan {total}, or make a cohort smaller",
    )


@rule("DOS051", "enrollment-not-reachable", WARNING)
def enrollment_not_reachable(trial: Trial) -> Iterator[Diagnostic]:
    """More participants are planned than escalations and cohorts can take.

    What it means:
        Whatever the results are, the rules of the escalations and the sizes of the cohorts beside them end below the
        planned enrolment.

    Why it matters:
        The planned number, the approval and the budget rest on participants whom no part of the trial takes.

    Example:
        enrollment 30 participants
        escalation main of CT1192 { start DL1  cohort 3  max 18 participants … }

    Instead:
        enrollment up to 18 participants
        escalation main of CT1192 { start DL1  cohort 3  max 18 participants … }
    """
    protocol = trial.protocol
    enrollment = protocol.study.enrollment
    if enrollment is None or enrollment.bound not in ("exactly", "at_least") or not protocol.escalations:
        return
    if len(protocol.arms) > 1 or _replaces_without_limit(trial):
        return
    needs = [_enrolled(trial, each) for each in computable(trial)]
    sizes = [_most(cohort) for cohort in protocol.cohorts]
    if not needs or None in needs or None in sizes or any(trial.is_open(each.origin) for each in protocol.escalations):
        return
    taken = sum(need.treated + need.replaced + need.backfilled for need in needs if need is not None)
    total = taken + sum(filter(None, sizes))
    if total < enrollment.count:
        yield enrollment_not_reachable.at(
            trial.span(enrollment.origin),
            f"{enrollment.count} participants are planned, and at most {total} can come into the trial",
            also=trial.mark(protocol.escalations[0].origin, "by these rules"),
            help=f"plan up to {total}, or declare the cohort of the others: `cohort … size {enrollment.count - total}`",
        )


@rule("DOS052", "replacement-without-limit", NOTE)
def replacement_without_limit(trial: Trial) -> Iterator[Diagnostic]:
    """Participants are replaced without a limit, or nothing says who is evaluable.

    What it means:
        `replace` names no `up to`, while the planned enrolment is a limit; or there is no `evaluable`, so that nobody
        can tell who is to be replaced.

    Why it matters:
        The number of participants has no upper end, and whether a decision rests on enough of them is left open.

    Example:
        dlt { window 28 days after infusion  replace non_evaluable }

    Instead:
        dlt {
          window 28 days after infusion
          evaluable "Completed the window, or had a DLT"
          replace non_evaluable up to 1 per level
        }
    """
    dlt = trial.protocol.dlt
    if dlt is None or dlt.replacement is None or not trial.protocol.escalations:
        return
    enrollment = _planned(trial)
    if dlt.replacement.up_to is None and enrollment is not None:
        yield replacement_without_limit.at(
            trial.head(dlt.origin),
            f"participants are replaced without a limit, and at most {enrollment.count} are planned",
            also=trial.mark(enrollment.origin, "the limit of the trial"),
            help=f"write `replace {dlt.replacement.who} up to 1 per level`",
        )
    if dlt.evaluable is None:
        yield replacement_without_limit.at(
            trial.head(dlt.origin),
            f"`replace {dlt.replacement.who}` rests on who is evaluable, and nothing says it",
            help='write `evaluable "Completed the window, or had a DLT"`',
        )


@rule("DOS053", "sizes-do-not-add-up", WARNING)
def sizes_do_not_add_up(trial: Trial) -> Iterator[Diagnostic]:
    """The planned enrolment, the sample size and the sizes of the arms do not fit each other.

    What it means:
        The sample size, or all arms together, are more than the planned enrolment; or all arms have a fixed size, and
        they come to another number than the enrolment.

    Why it matters:
        One of the numbers is wrong, and approval, randomisation and supply rest on different ones.

    Example:
        enrollment 60 participants
        arm active "CT1192" role experimental size 40
        arm control "Care as usual" role no_intervention size 30

    Instead:
        enrollment 70 participants
        arm active "CT1192" role experimental size 40
        arm control "Care as usual" role no_intervention size 30
    """
    enrollment, plan = _planned(trial), trial.protocol.sample_size
    if enrollment is None:
        return
    if plan is not None and plan.size.bound in ("exactly", "at_least") and plan.size.count > enrollment.count:
        yield sizes_do_not_add_up.at(
            trial.span(enrollment.origin),
            f"{enrollment.count} participants are planned, and the sample size is {plan.size.count}",
            also=trial.mark(plan.origin, "the sample size"),
            help=f"plan {plan.size.count}, or correct the sample size",
        )
    sizes = [(arm, arm.size) for arm in trial.protocol.arms if arm.size is not None and arm.size.per is None]
    if len(sizes) < max(1, len(trial.protocol.arms)):
        return
    total, fixed = sum(size.count for _, size in sizes), all(size.bound == "exactly" for _, size in sizes)
    least = all(size.bound in ("exactly", "at_least") for _, size in sizes)
    differs = fixed and enrollment.bound == "exactly" and total != enrollment.count
    if differs or (least and total > enrollment.count):
        yield sizes_do_not_add_up.at(
            trial.span(enrollment.origin),
            f"{enrollment.count} participants are planned, and the arms have "
            f"{' + '.join(str(size.count) for _, size in sizes)} = {total}",
            also=tuple(mark for arm, size in sizes for mark in trial.mark(arm.origin, f"{size.count}")),
            help=f"plan {total}, or correct the size of an arm",
        )


def _planned(trial: Trial) -> Enrollment | None:
    """The planned enrolment, if it is an upper limit."""
    enrollment = trial.protocol.study.enrollment
    return enrollment if enrollment is not None and enrollment.bound in _AT_MOST else None


def _treated(each: Escalating) -> Need | None:
    """The most that the rules treat; None if they are not known."""
    if each.built.is_within:
        return None
    if each.proof is not None:
        largest = each.proof.largest
        return Need(each, largest[0], 0, largest[1]) if largest is not None else None
    maximum = getattr(each.built.design or each.built.runner, "maximum", None)
    return Need(each, maximum) if isinstance(maximum, int) else None


def _enrolled(trial: Trial, each: Escalating) -> Need | None:
    """The most that are enrolled for the rules, with those who are replaced; None for doses within a participant."""
    if each.built.is_within:
        return None
    if each.proof is not None:
        found = each.proof.enrolled
        return Need(each, *found, _backfilled(each)) if found is not None else None
    need = _treated(each)
    if need is None:
        return None
    cohort = each.built.escalation.cohort_size or need.treated
    groups = ceil(need.treated / cohort)
    # So many groups can be at as many levels, one each.
    levels = tuple(1 for _ in each.built.names[:groups])
    return need._replace(replaced=replaceable(trial).most(levels, groups), backfilled=_backfilled(each))


def _backfilled(each: Escalating) -> int:
    """The most that are backfilled: so many at each level that can be left upwards."""
    escalation, names = each.built.escalation, each.built.names
    said = next((parameter for parameter in escalation.parameters if parameter.name == "backfill"), None)
    count = said.values[0] if said is not None else 0
    first = names.index(escalation.start) if escalation.start in names else 0
    return count * max(0, len(names) - 1 - first) if isinstance(count, int) else 0


def _replaces_without_limit(trial: Trial) -> bool:
    dlt = trial.protocol.dlt
    return dlt is not None and dlt.replacement is not None and dlt.replacement.up_to is None


def _most(cohort: Cohort) -> int | None:
    """The most participants of a cohort; None if it is open or not said."""
    size: Size | None = cohort.size
    if size is None or size.bound in ("about", "at_least"):
        return None
    per = {"level": len(cohort.levels), "population": len(cohort.populations)}.get(size.per or "", 1)
    return size.count * max(1, per)
