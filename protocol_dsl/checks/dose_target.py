"""DOS: whether the rules of an escalation are monotone and keep to their target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from protocol_dsl.checks.escalations import Escalating, followed, imported, table_after
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import NOTE, WARNING, Diagnostic, rule

if TYPE_CHECKING:
    from protocol_dsl.dosing.machine import Path


@rule("DOS027", "rule-not-monotone", WARNING)
def rule_not_monotone(trial: Trial) -> Iterator[Diagnostic]:
    """More DLTs lead to a bolder action.

    What it means:
        After the same number of participants a row with more DLTs escalates or goes on where a row with fewer is more
        careful.

    Why it matters:
        It is a slip in a rule on which the safety of participants rests.

    Example:
        after 3 { 0 dlt: stay  1 dlt: escalate  2..3 dlt: stop }

    Instead:
        after 3 { 0 dlt: escalate  1 dlt: stay  2..3 dlt: stop }
    """
    for each, proof in followed(trial):
        for n, fewer, more in proof.bolder:
            table = table_after(each.built.escalation, n)
            if table is None:
                continue
            row = next((row for row in table.rows if row.low <= more <= row.high), None)
            yield rule_not_monotone.at(
                trial.span(row.origin) if row is not None else trial.head(table.origin),
                f"{more} of {n} is treated more boldly than {fewer} of {n}{_reached(each, proof.ways, n, more)}",
                help="exchange the actions, or correct the numbers",
            )
    for each, found in imported(trial):
        for n, fewer, more in found.bolder:
            yield rule_not_monotone.at(
                trial.head(each.built.escalation.origin),
                f"in `{each.built.escalation.design_file}` {more} of {n} is treated more boldly than {fewer} of {n}"
                f"{_reached(each, found.ways, n, more)}",
                help="correct the decisions of the file",
            )


@rule("DOS028", "escalation-above-target", WARNING)
def escalation_above_target(trial: Trial) -> Iterator[Diagnostic]:
    """The rules escalate although the observed DLT rate is above the target.

    What it means:
        The escalation states a target rate, and a row escalates with a higher observed rate.

    Why it matters:
        The next level is expected to be more toxic than one that is above the target already.

    Example:
        target 25 %
        after 3 { 0..1 dlt: escalate  2..3 dlt: stop }

    Instead:
        target 25 %
        after 3 { 0 dlt: escalate  1 dlt: expand to 6  2..3 dlt: stop }
    """
    for each, proof in followed(trial):
        target = each.built.target
        for n, y in proof.escalating:
            table = table_after(each.built.escalation, n)
            own = table is not None or each.built.escalation.design == "a_plus_b"
            if target is not None and own and y > target * n + 1e-9:
                yield escalation_above_target.at(
                    trial.head(table.origin if table is not None else each.built.escalation.origin),
                    f"{y} of {n} ({100 * y / n:.0f} %) escalates{_reached(each, proof.ways, n, y)}, and the target is "
                    f"{100 * target:g} %",
                    help="expand or stay there, or state another target",
                )
    for each, found in imported(trial):
        for n, y in found.above:
            yield escalation_above_target.at(
                trial.head(each.built.escalation.origin),
                f"in `{each.built.escalation.design_file}` {y} of {n} ({100 * y / n:.0f} %) escalates"
                f"{_reached(each, found.ways, n, y)}, and the target is {100 * (each.built.target or 0):g} %",
                help="correct the decision of the file, or state another target",
            )


@rule("DOS029", "target-without-effect", NOTE)
def target_without_effect(trial: Trial) -> Iterator[Diagnostic]:
    """A target rate is stated, and the design does not use it.

    What it means:
        3+3 has no target: its rules are the same whatever rate is sought. The finding says with which probability a
        level with just the target rate is left upwards.

    Why it matters:
        Readers take the stated rate for that of the dose which the trial will find.

    Example:
        escalation main of CT1192 uses three_plus_three { variant V1  start DL1  target 30 % }

    Instead:
        escalation main of CT1192 uses boin { target 30 %  start DL1  cohort 3  max 30 }
    """
    for each, _ in followed(trial):
        built = each.built
        said = next((parameter for parameter in built.escalation.parameters if parameter.name == "target"), None)
        if built.escalation.design in ("three_plus_three", "accelerated") and said is not None and built.target:
            chance = _passes(built.target)
            yield target_without_effect.at(
                trial.span(said.origin),
                f"3+3 does not seek a DLT rate of {100 * built.target:g} %; a level with that rate is left upwards "
                f"with a probability of {chance:.3f}",
                help="take the target out, or use a design that has one, such as `uses boin`",
            )


def _reached(each: Escalating, ways: Mapping[tuple[int, int], Path], n: int, dlts: int) -> str:
    """`, by DL1 1/3`: a way to this result, if there is one."""
    path = ways.get((n, dlts))
    return f", {each.by(path)}" if path is not None else ""


def _passes(rate: float) -> float:
    """Probability that a level of a 3+3 design is left upwards."""
    from protocol_dsl.dosing.exact import evaluate, explore
    from protocol_dsl.dosing.presets import three_plus_three

    return evaluate(explore(three_plus_three(1, "V1")), [rate]).select[1]
