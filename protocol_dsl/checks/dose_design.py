"""DOS: what a published design or an own rule needs to be said, so that it is a machine at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from protocol_dsl.checks.escalations import computable
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, Rule, rule
from protocol_dsl.dosing import kinds

if TYPE_CHECKING:
    from protocol_dsl.model.dosing import Escalation


@rule("DOS040", "variant-unsaid", ERROR)
def variant_unsaid(trial: Trial) -> Iterator[Diagnostic]:
    """A design is said by name, and not which of its variants is meant.

    What it means:
        Protocols and programs mean different rules by 3+3: whether a level is gone back to, how many participants the
        MTD must have, what follows two DLTs among six. `variant V1` to `variant V5` name five of them. Beside that, V2
        from a level above the lowest has to say whether a level that is reached by going down only may be declared with
        three participants; A+B which level is the MTD; rolling six whether the highest level is filled to six.

    Why it matters:
        The variants differ by some participants and some percent in which dose they find; a trial run by another
        variant than its protocol meant is a deviation.

    Example:
        escalation main of CT1192 uses three_plus_three { start DL1 }

    Instead:
        escalation main of CT1192 uses three_plus_three { start DL1  variant V3 }
    """
    yield from _problems(trial, kinds.VARIANT, variant_unsaid)


@rule("DOS041", "design-setting", ERROR)
def design_setting(trial: Trial) -> Iterator[Diagnostic]:
    """A setting of a design is missing, impossible, or does not belong to it.

    What it means:
        BOIN, Keyboard, mTPI, i3+3 and CRM need a target, a cohort size and a number of participants at which they
        end; CRM needs a skeleton with one rising rate for each level, or the half-width of an interval to make one.
        3+3 has cohorts of three and at most six at a level. `coherent` belongs to CRM alone, `extra_safe` and
        `bound_mtd` to the interval designs; the finding lists what a design takes. A design that decides by itself
        what happens above the highest level takes no `above top:`, and one that never goes down no `fallback` below
        its start.

    Why it matters:
        The design cannot be carried out, or is another one than its name says.

    Example:
        escalation main of CT1192 uses boin { start DL1  cohort 3 }

    Instead:
        escalation main of CT1192 uses boin { start DL1  cohort 3  target 30 %  max 30 }
    """
    yield from _problems(trial, kinds.SETTING, design_setting)


@rule("DOS042", "decision-table-unusable", ERROR)
def decision_table_unusable(trial: Trial) -> Iterator[Diagnostic]:
    """A file of decisions cannot be read, or a line in it makes no sense.

    What it means:
        `uses table "…"` names a CSV file with the columns n, y and decision: for y DLTs among n participants at a
        level E escalates, S stays, D de-escalates, U de-escalates and closes the level.

    Why it matters:
        The rules of the escalation are in that file.

    Example:
        escalation main of CT1192 uses table "decisions.csv" { start DL1 }

    Instead:
        escalation main of CT1192 uses table "decisions.csv" { start DL1  cohort 3  max 30  target 30 % }
    """
    yield from _problems(trial, kinds.FILE, decision_table_unusable)


@rule("DOS043", "row-cannot-be-done", ERROR)
def row_cannot_be_done(trial: Trial) -> Iterator[Diagnostic]:
    """A row asks for something that cannot be done.

    What it means:
        It expands a level to fewer participants than it has, or treats two groups at once.

    Why it matters:
        Nobody knows what follows this result.

    Example:
        after 6 { 0..1 dlt: escalate  2 dlt: expand to 6 }

    Instead:
        after 6 { 0..1 dlt: escalate  2 dlt: expand to 9 }
    """
    yield from _problems(trial, kinds.RULE, row_cannot_be_done)


@rule("DOS044", "skeleton-far-from-target", WARNING)
def skeleton_far_from_target(trial: Trial) -> Iterator[Diagnostic]:
    """The target of a CRM lies outside its skeleton.

    What it means:
        The expected rates of all levels lie below the target, or all above it.

    Why it matters:
        The model then expects that no level is the one which is sought.

    Example:
        target 30 %
        skeleton 0.02, 0.05, 0.10

    Instead:
        target 30 %
        skeleton 0.12, 0.20, 0.30
    """
    for each in computable(trial):
        built = each.built
        said = next((parameter for parameter in built.escalation.parameters if parameter.name == "skeleton"), None)
        if built.target is None or said is None or built.design is None:
            continue
        rates = [float(value) for value in said.values if not isinstance(value, str)]
        if rates and not rates[0] <= built.target <= rates[-1]:
            yield skeleton_far_from_target.at(
                trial.span(said.origin),
                f"the rates of the skeleton go from {rates[0]:g} to {rates[-1]:g}, and the target is {built.target:g}",
                help="choose rates on both sides of the target",
            )


@rule("DOS046", "scenario-unusable", ERROR)
def scenario_unusable(trial: Trial) -> Iterator[Diagnostic]:
    """A scenario has not one rate for each dose level.

    What it means:
        A scenario says what the true DLT rates are taken to be, one for each level from the lowest. This one has more
        or fewer, or the escalation's product has no levels.

    Why it matters:
        Nobody knows which rate belongs to which level, and no operating characteristics can be given.

    Example:
        dose CT1192 { level DL1 3.0e8 cells  level DL2 4.5e8 cells  level DL3 6.0e8 cells }
        escalation main of CT1192 { scenario likely 0.05, 0.10 }

    Instead:
        escalation main of CT1192 { scenario likely 0.05, 0.10, 0.20 }
    """
    for escalation in trial.protocol.escalations:
        levels = levels_of(trial, escalation)
        for scenario in escalation.scenarios:
            if len(scenario.rates) != len(levels):
                has = f"{len(levels)} levels: {', '.join(levels)}" if levels else "no dose levels"
                yield scenario_unusable.at(
                    trial.span(scenario.origin),
                    f"the scenario {scenario.name} has {len(scenario.rates)} rates, and its escalation {has}",
                    help="write one rate for each level, from the lowest",
                )


@rule("DOS047", "scenario-not-rising", NOTE)
def scenario_not_rising(trial: Trial) -> Iterator[Diagnostic]:
    """In a scenario a higher dose has a lower DLT rate.

    What it means:
        The rates of a scenario fall from one level to the next.

    Why it matters:
        All designs here rest on a DLT rate that does not fall with the dose. Such a scenario can be meant, to see what
        they do when that is wrong; more often it is a slip.

    Example:
        scenario likely 0.05, 0.20, 0.10

    Instead:
        scenario likely 0.05, 0.10, 0.20
    """
    for escalation in trial.protocol.escalations:
        levels = levels_of(trial, escalation)
        for scenario in escalation.scenarios:
            falls = next((at for at, (a, b) in enumerate(pairwise(scenario.rates)) if b < a), None)
            if falls is not None and len(scenario.rates) == len(levels):
                yield scenario_not_rising.at(
                    trial.span(scenario.origin),
                    f"the scenario {scenario.name} has a rate of {scenario.rates[falls]:g} at {levels[falls]} and of "
                    f"{scenario.rates[falls + 1]:g} at {levels[falls + 1]}, the higher dose",
                    help='order the rates, or say what is meant: `@allow DOS047 "…"`',
                )


@rule("DOS045", "escalation-not-computable", ERROR)
class NOT_COMPUTABLE:
    """An escalation of which `protoc dose` can compute nothing.

    What it means:
        It lacks something that the numbers rest on, such as levels, a start or rules.

    Why it matters:
        Numbers for a guessed design would be worse than none.

    Example:
        escalation main of CT1192 { todo "the record names no rule" }

    Instead:
        escalation main of CT1192 uses boin { start DL1  cohort 3  target 30 %  max 30 }
    """


def levels_of(trial: Trial, escalation: Escalation) -> list[str]:
    """The names of the dose levels of an escalation's product."""
    schemes = [each for each in trial.protocol.doses if escalation.product in (None, each.name)]
    return [level.name for level in schemes[0].levels] if len(schemes) == 1 else []


def _problems(trial: Trial, kind: str, of: Rule) -> Iterator[Diagnostic]:
    for each in computable(trial):
        for problem in each.built.problems:
            if problem.kind == kind:
                span = trial.head(problem.origin)
                yield of.at(span, f"{each.built.escalation.name}: {problem.message}", help=problem.help)
