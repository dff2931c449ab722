"""DOS: cohorts beside the escalation: at which dose, and in whom that dose was found."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule

_FOUND = ("recommended_dose", "mtd")


@rule("DOS054", "cohort-without-dose", WARNING)
def cohort_without_dose(trial: Trial) -> Iterator[Diagnostic]:
    """Nothing says at which dose a cohort is treated.

    What it means:
        There are several dose levels, and the cohort has no `at`; or it is `at recommended_dose` or `at mtd`, and no
        escalation finds one.

    Why it matters:
        The first participant of the cohort cannot be given a dose from the protocol alone.

    Example:
        cohort expansion "Expansion" size up to 9

    Instead:
        cohort expansion "Expansion" at recommended_dose size up to 9
    """
    protocol = trial.protocol
    several = any(len(scheme.levels) > 1 for scheme in protocol.doses)
    for cohort in protocol.cohorts:
        if trial.is_open(cohort.origin) or any(note.kind in ("todo", "discretion") for note in cohort.notes):
            continue
        found = [level for level in cohort.levels if level in _FOUND]
        if not cohort.levels and several:
            yield cohort_without_dose.at(
                trial.head(cohort.origin),
                f"nothing says at which dose level {cohort.name} is treated",
                help=f"write `cohort {cohort.name} … at recommended_dose`, or name a level",
            )
        elif found and not protocol.escalations:
            yield cohort_without_dose.at(
                trial.head(cohort.origin),
                f"{cohort.name} is treated at {found[0]}, and no escalation finds one",
                help="declare the `escalation`, or name a dose level",
            )


@rule("DOS055", "cohort-of-others-than-escalated", NOTE)
def cohort_of_others_than_escalated(trial: Trial) -> Iterator[Diagnostic]:
    """A cohort treats a population at a dose that was found in another one.

    What it means:
        All escalations are `for` populations, and none of them is for one that the cohort treats.

    Why it matters:
        Toxicity can depend on the disease and its earlier treatment. It can be meant; then it needs a reason and
        perhaps a safety run-in.

    Example:
        escalation main of CT1192 for SLE { … }
        cohort expansion "Expansion" for SSc at recommended_dose

    Instead:
        escalation main of CT1192 for SLE, SSc { … }
        cohort expansion "Expansion" for SSc at recommended_dose
    """
    escalations = trial.protocol.escalations
    if not escalations or not all(escalation.populations for escalation in escalations):
        return
    escalated = {name for escalation in escalations for name in escalation.populations}
    for cohort in trial.protocol.cohorts:
        others = [name for name in cohort.populations if name not in escalated]
        if others:
            yield cohort_of_others_than_escalated.at(
                trial.head(cohort.origin),
                f"{cohort.name} treats {', '.join(others)}, the dose is escalated in {', '.join(sorted(escalated))}",
                also=trial.mark(escalations[0].origin, "the dose is found here"),
                help='escalate in them too, or say why the dose holds for them: `@allow DOS055 "…"`',
            )
