"""DOS: doses for body weight: whether the weight is known when the dose is made, and what a cap does to the levels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule
from protocol_dsl.quantities import DimensionError, UnitError, convert, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.dosing import DoseScheme
    from protocol_dsl.model.schedule import Administration, Assessment

HEAVY = 150
"""Kilograms: heavier adults are rare in trials, so that a cap which acts above it makes no difference."""
_WORDS = ("weight", "vital", "physical examination")
"""In the name or label of an assessment that states no results: body weight may be part of it."""


@rule("DOS060", "weight-not-assessed", NOTE)
def weight_not_assessed(trial: Trial) -> Iterator[Diagnostic]:
    """A dose is for body weight, and nobody is weighed before it.

    What it means:
        The dose levels, or the amount in `give`, are per kilogram. No assessment up to the day of the dose has a result
        in kilograms, or is called body weight; vital signs and physical examinations that state no results are taken to
        include it.

    Why it matters:
        The dose cannot be made, or is made for a weight that the participant states.

    Example:
        give CT1192 at infusion
        dose CT1192 { level DL1 1.0e6 cells/kg }

    Instead:
        give CT1192 at infusion
        dose CT1192 { level DL1 1.0e6 cells/kg }
        assess weight "Body weight" at SCR, infusion { result body_weight "Body weight" (kg) }
    """
    per_weight = {scheme.name for scheme in trial.protocol.doses if scheme.basis == "kg"}
    told: set[str] = set()
    for given in trial.protocol.administrations:
        by_level = given.amount is None and given.product in per_weight
        by_amount = given.amount is not None and given.amount.unit.endswith("/kg")
        if not (by_level or by_amount) or given.product in told or _is_weighed(trial, given):
            continue
        told.add(given.product)
        yield weight_not_assessed.at(
            trial.head(given.origin),
            f"{given.product} is dosed for body weight, and no assessment before it gives the weight",
            help='write `assess weight "Body weight" at … { result body_weight "Body weight" (kg) }`',
        )


def _is_weighed(trial: Trial, given: Administration) -> bool:
    days = [visit.order for name in given.visits if (visit := trial.visits.get(name)) is not None]
    if not days:
        return True
    first = min(days)
    return any(
        (visit := trial.visits.get(name)) is not None and visit.order <= first
        for assessment in trial.protocol.assessments
        if _weighs(assessment)
        for name in assessment.visits
    )


def _weighs(assessment: Assessment) -> bool:
    if any(result.unit in ("kg", "lb") for result in assessment.results):
        return True
    said = f"{assessment.name} {assessment.label or ''}".lower()
    return any(word in said for word in (_WORDS if not assessment.results else _WORDS[:1]))


@rule("DOS061", "levels-meet-at-cap", WARNING)
def levels_meet_at_cap(trial: Trial) -> Iterator[Diagnostic]:
    """A cap makes two dose levels the same for heavy participants.

    What it means:
        The lower of two neighbouring levels reaches the cap of the dose at a body weight that participants can have.
        From there on, both levels give the same number of cells or milligrams.

    Why it matters:
        DLTs of one and the same dose are counted to two levels, and an escalation can go on without a higher dose.

    Example:
        dose CT1192 { level DL1 1.0e6 cells/kg  level DL2 5.0e6 cells/kg  level DL3 1.0e7 cells/kg  cap 4.0e8 cells }

    Instead:
        dose CT1192 { level DL1 1.0e6 cells/kg  level DL2 5.0e6 cells/kg  level DL3 1.0e7 cells/kg  cap 100 kg }
    """
    for scheme in trial.protocol.doses:
        for lower, upper in pairwise(scheme.levels):
            weight = _reaches_cap(scheme, lower.amount.value, lower.amount.unit)
            if weight is not None and weight < HEAVY:
                yield levels_meet_at_cap.at(
                    trial.span(upper.origin),
                    f"from {weight:.4g} kg on, {upper.name} is the same dose as {lower.name}: both reach the cap",
                    also=trial.mark(lower.origin, f"{lower.name} is here"),
                    help="raise the cap, or cap the body weight: `cap 100 kg`",
                )
                break


def _reaches_cap(scheme: DoseScheme, value: float, unit: str) -> float | None:
    """The body weight in kilograms at which an amount per kilogram reaches the cap."""
    if scheme.cap is None or scheme.caps_body or scheme.basis != "kg":
        return None
    try:
        return convert(scheme.cap.value, parse_unit(scheme.cap.unit), parse_unit(unit.removesuffix("/kg"))) / value
    except (DimensionError, UnitError):
        return None
