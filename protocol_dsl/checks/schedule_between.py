"""SCH043, SCH044: participants among each other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule
from protocol_dsl.schedule.explain import days
from protocol_dsl.schedule.months import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.study import StudyDate


_FIRST_PHASES = frozenset(["early_phase_1", "phase_1", "phase_1_2"])


@rule("SCH043", "escalation-longer-than-planned", WARNING)
def escalation_longer(trial: Trial) -> Iterator[Diagnostic]:
    """The escalation cannot end before the planned primary completion.

    What it means:
        Even if a participant stands ready at any time, and nobody has a DLT, the stagger, DLT window and opening
        of the next level take longer than the time between the start of the study and its primary completion.
        `protoc why FILE --escalation` shows the critical path.

    Why it matters:
        The registry promises a date that the protocol itself rules out; it has to be corrected in public later.

    Example:
        date start 2026-03-01
        date primary_completion 2026-06
        escalation main of CT1192 { start DL1  cohort 3  next level 28 days after last of cohort }

    Instead:
        date primary_completion 2027-06
    """
    dates = {each.kind: each for each in trial.protocol.study.dates}
    start, end = dates.get("start"), dates.get("primary_completion")
    if start is None or end is None or not trial.protocol.escalations:
        return
    first, last = _first_day(start), _last_day(end)
    if first is None or last is None:
        return
    from protocol_dsl.checks.escalations import computable
    from protocol_dsl.dosing.earliest import earliest

    for each in computable(trial):
        found = earliest(each.built, trial.protocol.dlt, trial.spans)
        if found is None or first + timedelta(days=found.days) <= last:
            continue
        waits: dict[str, int] = {}
        for wait in found.path:
            if wait.days:
                waits[wait.rule.text] = waits.get(wait.rule.text, 0) + wait.days
        yield escalation_longer.at(
            trial.span(end.origin),
            f"the escalation takes at least {days(found.days)}, but {days((last - first).days)} are planned for it",
            also=[*trial.mark(start.origin, "begins here"), *trial.mark(each.built.escalation.origin, "escalates")],
            help=f"plan the primary completion after {first + timedelta(days=found.days)}",
            notes=[f"{days(total)}: {text}" for text, total in waits.items()],
        )


@rule("SCH044", "cohort-without-stagger", NOTE)
def cohort_without_stagger(trial: Trial) -> Iterator[Diagnostic]:
    """In a first phase, several participants may get a dose level on one and the same day.

    What it means:
        The phase is 1 or early 1, the escalation treats cohorts of more than one participant, and it has no `stagger`.

    Why it matters:
        What nobody foresaw then harms the whole cohort at once. For the first participants at a dose, the European
        guideline on first-in-human trials (EMA, 2017) asks for time between the first and the others, or the reason why
        none is needed.

    Example:
        phase phase_1
        escalation main of CT1192 { start DL1  cohort 3 }

    Instead:
        escalation main of CT1192 { start DL1  cohort 3  stagger 7 days after first of level }
    """
    if trial.protocol.study.phase not in _FIRST_PHASES:
        return
    for each in trial.protocol.escalations:
        if each.stagger or each.within_participant or each.cohort_size == 1:
            continue
        count = "a cohort" if each.cohort_size is None else f"a cohort of {each.cohort_size}"
        yield cohort_without_stagger.at(
            trial.head(each.origin),
            f"all of {count} may get the first dose on one day",
            help="write `stagger 7 days after first of level`; or say with `@allow` why it is not needed",
        )


def _first_day(said: StudyDate) -> date | None:
    """The first day that a date can mean."""
    try:
        return date.fromisoformat(said.date if len(said.date) > len("2026-03") else f"{said.date}-01")
    except ValueError:
        return None


def _last_day(said: StudyDate) -> date | None:
    """The last day that a date can mean."""
    first = _first_day(said)
    if first is None or len(said.date) > len("2026-03"):
        return first
    return add_months(first, 1) - timedelta(days=1)
