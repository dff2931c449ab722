"""REG001 to REG009: whether the design that the registries are told fits the rest of the protocol."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, Label, rule
from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.base import Origin, Quantity


def _at_word(trial: Trial, origin: Origin, *words: str) -> Span | None:
    """The place of a clause inside a block, by its words; the head of the block where it is not there."""
    span = trial.span(origin)
    if span is None:
        return None
    text = trial.sources.text(span)
    offset = 0
    for line in text.split("\n"):
        if line.split()[: len(words)] == list(words):
            start = span.start + offset + len(line) - len(line.lstrip())
            return Span(span.file, start, start + len(" ".join(line.split()[: len(words)])))
        offset += len(line) + 1
    return trial.head(origin)


def _label(span: Span | None, text: str) -> tuple[Label, ...]:
    return () if span is None else (Label(span, text),)


@rule("REG001", "design-contradicts-arms", ERROR)
def design_contradicts_arms(trial: Trial) -> Iterator[Diagnostic]:
    """The declared design and the declared arms contradict each other.

    What it means:
        `allocation randomized` needs at least two arms, and so does a parallel or crossover model; a `randomize`
        statement needs `allocation randomized`; a single group has one arm.

    Why it matters:
        Registries refuse the record, or show a design that the trial does not have.

    Example:
        allocation randomized
        model single_group
        arm active "CT1192" role experimental

    Instead:
        allocation not_applicable
        model single_group
        arm active "CT1192" role experimental
    """
    study, arms = trial.protocol.study, trial.protocol.arms
    if not arms:
        return
    count = f"{len(arms)} arm{'s' if len(arms) > 1 else ''}"
    here = [label for arm in arms[:3] for label in trial.mark(arm.origin, f"arm {arm.name}")]
    if study.allocation in ("randomized", "non_randomized") and len(arms) == 1:
        yield design_contradicts_arms.at(
            _at_word(trial, study.origin, "allocation", study.allocation),
            f"allocation is {study.allocation.replace('_', '-')}, and there is one arm",
            also=here,
            help="write `allocation not_applicable`, or declare the other arms",
        )
    if study.model in ("parallel", "crossover", "factorial") and len(arms) == 1:
        yield design_contradicts_arms.at(
            _at_word(trial, study.origin, "model", study.model),
            f"the model is {study.model}, and there is one arm",
            also=here,
            help="write `model single_group`, or declare the other arms",
        )
    if study.model == "single_group" and len(arms) > 1:
        yield design_contradicts_arms.at(
            _at_word(trial, study.origin, "model", study.model),
            f"the model is a single group, and there are {count}",
            also=here,
            help="write `model parallel` or `model sequential`",
        )
    randomization = trial.protocol.randomization
    if randomization is not None and study.allocation not in (None, "randomized"):
        yield design_contradicts_arms.at(
            trial.head(randomization.origin),
            f"participants are randomized here, but allocation is {study.allocation.replace('_', ' ')}",
            also=_label(_at_word(trial, study.origin, "allocation"), "declared here"),
            help="write `allocation randomized`, or take this statement out",
        )
    elif randomization is None and study.allocation == "randomized" and len(arms) > 1:
        yield design_contradicts_arms.at(
            _at_word(trial, study.origin, "allocation", "randomized"),
            "allocation is randomized, and nothing says how",
            also=here,
            help="write `randomize 1:1 to …, … at …`",
            severity=WARNING,
        )


@rule("REG002", "ages-inverted", ERROR)
def ages_inverted(trial: Trial) -> Iterator[Diagnostic]:
    """The minimum age is above the maximum age.

    What it means:
        Nobody can be in the range of ages.

    Why it matters:
        Nobody could take part.

    Example:
        eligibility { age from 30 months to 2 years }

    Instead:
        eligibility { age from 24 months to 3 years }
    """
    eligibility = trial.protocol.eligibility
    if eligibility is None or eligibility.minimum_age is None or eligibility.maximum_age is None:
        return
    low, high = _in_months(eligibility.minimum_age), _in_months(eligibility.maximum_age)
    if low is not None and high is not None and low > high:
        yield ages_inverted.at(
            _at_word(trial, eligibility.origin, "age"),
            f"nobody is at least {_said(eligibility.minimum_age)} and at most {_said(eligibility.maximum_age)} old",
            help="write the lower age first",
        )


def _in_months(age: Quantity) -> Fraction | None:
    """An age in months, a month taken as 30.4375 days where the unit is a shorter one."""
    try:
        unit = parse_unit(age.unit)
    except UnitError:
        return None
    value = Fraction(str(age.value)) * Fraction(*unit.factor)
    if unit.dimension == parse_unit("months").dimension:
        return value
    if unit.dimension == parse_unit("days").dimension:
        return value / Fraction(*parse_unit("days").factor) / Fraction("30.4375")
    return None


def _said(age: Quantity) -> str:
    return f"{age.written} {age.unit}"


@rule("REG003", "masking-contradicts-design", WARNING)
def masking_contradicts_design(trial: Trial) -> Iterator[Diagnostic]:
    """The masking does not fit those who are masked, or the number of arms.

    What it means:
        `double` masks two of participant, care provider, investigator and outcomes assessor, `triple` three. With one
        arm nobody can be masked to the arm.

    Why it matters:
        Registries compute the label from the list and show a contradiction.

    Example:
        masking double of participant

    Instead:
        masking double of participant, investigator
    """
    study = trial.protocol.study
    need = {"none": 0, "single": 1, "double": 2, "triple": 3, "quadruple": 4}.get(study.masking or "")
    if need is None:
        return
    place = _at_word(trial, study.origin, "masking", study.masking or "")
    if study.masked and len(study.masked) != need:
        yield masking_contradicts_design.at(
            place,
            f"masking is {study.masking}, and {len(study.masked)} "
            + ("role is" if len(study.masked) == 1 else "roles are")
            + " masked",
            help=f"name {need} of participant, care_provider, investigator, outcomes_assessor",
        )
    elif need and len(trial.protocol.arms) == 1:
        yield masking_contradicts_design.at(
            place,
            f"masking is {study.masking}, and there is one arm",
            help="write `masking none`, or declare the other arm",
        )


@rule("REG004", "dates-out-of-order", ERROR)
def dates_out_of_order(trial: Trial) -> Iterator[Diagnostic]:
    """The dates of the study are not in their order.

    What it means:
        A study starts, completes the collection of its primary outcome, then completes. One date is before the one
        that must precede it.

    Why it matters:
        Registries refuse the record.

    Example:
        date start 2026-03-01 estimated
        date completion 2025-12-01 estimated

    Instead:
        date start 2026-03-01 estimated
        date completion 2028-12-01 estimated
    """
    order = ("start", "primary_completion", "completion")
    dates = sorted(trial.protocol.study.dates, key=lambda date: order.index(date.kind))
    for number, later in enumerate(dates):
        for earlier in dates[:number]:
            # Dates to the month compare by the month.
            length = min(len(earlier.date), len(later.date))
            if later.date[:length] < earlier.date[:length]:
                yield dates_out_of_order.at(
                    trial.span(later.origin),
                    f"the {later.kind.replace('_', ' ')} ({later.date}) is before the "
                    f"{earlier.kind.replace('_', ' ')} ({earlier.date})",
                    also=trial.mark(earlier.origin, earlier.kind.replace("_", " ")),
                    help="correct one of the dates",
                )


@rule("REG005", "block-not-shareable", ERROR)
def block_not_shareable(trial: Trial) -> Iterator[Diagnostic]:
    """A block of the randomisation cannot be shared out in its ratio.

    What it means:
        The size of each block must be a multiple of the sum of the ratio.

    Why it matters:
        The allocation list cannot be made.

    Example:
        randomize 2:1 to active, placebo at BL { block 4 }

    Instead:
        randomize 2:1 to active, placebo at BL { block 6 }
    """
    randomization = trial.protocol.randomization
    if randomization is None:
        return
    parts = sum(randomization.ratio)
    for block in randomization.blocks:
        if parts and block % parts:
            yield block_not_shareable.at(
                trial.head(randomization.origin),
                f"a block of {block} cannot be shared out {':'.join(map(str, randomization.ratio))}",
                help=f"use a multiple of {parts}, such as {parts * -(-block // parts)}",
            )


@rule("REG006", "cells-called-a-drug", WARNING)
def cells_called_a_drug(trial: Trial) -> Iterator[Diagnostic]:
    """A cell or gene therapy is declared as a drug.

    What it means:
        The product's label or description speaks of cells, and its type is `drug`. ClinicalTrials.gov and the WHO data
        set class cells, CAR-T cells among them, as biological products (or genetic interventions).

    Why it matters:
        Searches for cell therapies do not find the trial, and reviewers send the record back.

    Example:
        product ECAR01 "Anti-BCMA and CD19 CAR-T cells" type drug

    Instead:
        product ECAR01 "Anti-BCMA and CD19 CAR-T cells" type biological
    """
    for product in trial.protocol.products:
        words = f"{product.label or ''} {product.description or ''}".lower()
        if product.type == "drug" and (" cells" in f" {words}" or "car-t" in words or "cart" in words.split()):
            yield cells_called_a_drug.at(
                _at_word(trial, product.origin, "type", "drug"),
                f"{product.name} is cells, and its type is drug",
                help="write `type biological`",
            )
