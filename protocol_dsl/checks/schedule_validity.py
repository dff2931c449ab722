"""SCH063, SCH064: results that have expired when they are relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.checks.nature import link_of, listed, made, told, trap_of, when
from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule
from protocol_dsl.model import wording
from protocol_dsl.schedule.explain import days
from protocol_dsl.schedule.network import Constraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.schedule.nature import Nature
    from protocol_dsl.schedule.validity import Need


@rule("SCH063", "result-expires-before-use", WARNING)
def result_expires(trial: Trial) -> Iterator[Diagnostic]:
    """A result is too old when it is relied on, and no choice of days can prevent it.

    What it means:
        `valid 28 days` says how old a result may be. It was last taken at a visit that, for some length of a duration
        that nature decides or always, lies longer than that before the dose or gate that relies on it. A result is
        relied on where `valid … before` says so; without that, where treatment begins, at a dose on the timeline's
        anchor, and at a gate whose condition names it. The finding says whether taking it again at another visit would
        mend it. Nothing is said if a gate has `otherwise repeat` for the visit.

    Why it matters:
        Eligibility and safety are judged by values that no longer hold, or the participant is lost at the last moment.

    Example:
        timeline { duration manufacturing "Manufacturing" from LEU to release 14 to 35 days }
        assess labs "Screening laboratory" at SCR { valid 28 days before infusion }

    Instead:
        assess labs "Screening laboratory" at SCR, LD1 { valid 28 days before infusion }
    """
    found = _needs(trial)
    if not found:
        return
    nature = made(trial)
    blocked = bool(nature.links) and trap_of(nature) is not None
    for need in found:
        low, _ = need.age
        what = _results(need)
        if need.retaken:
            continue
        if low is not None and low > need.days:
            said = wording.large(f"{what} of {need.taken} {_are(need)} at least {days(low)} old at {need.needed}")
            notes: list[str] = []
        else:
            limit = _limit(trial, need)
            trap = trap_of(nature, (limit,)) if nature.links and not blocked else None
            if trap is None:
                continue
            if_so = when(trial, nature, link_of(nature, trap), (limit,))
            said = f"{if_so}, {what} of {need.taken} {_are(need)} older than {days(need.days)} at {need.needed}"
            notes = told(trial, trap, {limit.origin: _limit_text(need)})
        yield result_expires.at(
            trial.head(need.assessments[0].origin),
            said,
            label=f"valid {days(need.days)}",
            also=trial.mark(trial.visits[need.taken].origin, "last taken here"),
            help=_mend(trial, nature, need),
            notes=notes,
        )


@rule("SCH064", "result-can-expire", NOTE)
def result_can_expire(trial: Trial) -> Iterator[Diagnostic]:
    """The windows of the visits permit a result to be too old when it is relied on.

    What it means:
        A site that uses the window of the visit to its end has a result that is older than `valid` permits at the dose
        or gate that relies on it (see SCH063 for which). Other days of the same window are fine.

    Why it matters:
        Nothing in the schedule of assessments tells the site which days these are.

    Example:
        visit SCR "Screening" day -28 to -1
        assess labs "Laboratory" at SCR { valid 14 days before infusion }

    Instead:
        visit SCR "Screening" day -14 to -1
    """
    found = _needs(trial)
    if not found:
        return
    nature = made(trial)
    for need in found:
        low, high = need.age
        if need.retaken or high is None or high <= need.days or (low or 0) > need.days:
            continue
        if nature.links and trap_of(nature, (_limit(trial, need),)) is not None:
            continue  # SCH061 or SCH063
        yield result_can_expire.at(
            trial.head(need.assessments[0].origin),
            f"{wording.large(_results(need))} of {need.taken} can be {days(high)} old at {need.needed}",
            label=f"valid {days(need.days)}",
            also=trial.mark(trial.visits[need.taken].timing.origin, f"{need.taken} can lie so far back"),
            help=f"say `order {need.taken} at most {days(need.days)} before {need.needed}`, or take it again later",
        )


def _needs(trial: Trial) -> list[Need]:
    """What is relied on later; nothing where the schedule has no days."""
    if trial.schedule.conflicts or not any(each.valid for each in trial.protocol.assessments):
        return []
    from protocol_dsl.schedule.validity import needs

    return needs(trial.protocol, trial.schedule, trial.spans)


def _limit(trial: Trial, need: Need) -> Constraint:
    """A result's validity as a constraint; its origin lies behind all statements."""
    index = trial.schedule.index
    return Constraint(index[need.taken], index[need.needed], need.days, len(trial.schedule.statements))


def _limit_text(need: Need) -> str:
    return f"{_results(need)} of {need.taken} {_are(need)} at most {days(need.days)} old at {need.needed}"


def _mend(trial: Trial, nature: Nature, need: Need) -> str:
    """Whether the result taken again at a later visit is young enough whatever nature does."""
    from protocol_dsl.schedule.validity import age

    index = trial.schedule.index
    what = "them" if len(need.assessments) > 1 else "it"
    for name in need.later:
        low, _ = age(trial.schedule, name, need.needed)
        again = Constraint(index[name], index[need.needed], need.days, len(trial.schedule.statements))
        if (low or 0) <= need.days and (not nature.links or trap_of(nature, (again,)) is None):
            gate = f"`gate before {need.needed} {{ … otherwise repeat {need.taken} }}`"
            return f"take {what} again at {name}, which mends it; or say in a gate what happens then: {gate}"
    return f"no later visit mends it: take {what} at {need.needed} too"


def _results(need: Need) -> str:
    return listed([wording.small(each.title) for each in need.assessments])


def _are(need: Need) -> str:
    return "is" if len(need.assessments) == 1 else "are"
