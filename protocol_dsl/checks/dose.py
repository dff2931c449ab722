"""DOS: dose levels, DLT rules and products, as far as they can be judged without running the escalation."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, rule
from protocol_dsl.model import wording
from protocol_dsl.quantities import DimensionError, convert, format_quantity, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.dosing import Dlt, DltRow, DltTable, DoseLevel, Escalation
    from protocol_dsl.model.schedule import Administration
    from protocol_dsl.model.study import Product


def _tables(trial: Trial) -> Iterator[tuple[Escalation, DltTable]]:
    for escalation in trial.protocol.escalations:
        for table in escalation.tables:
            yield escalation, table


@rule("DOS001", "escalation-gap", ERROR)
def escalation_gap(trial: Trial) -> Iterator[Diagnostic]:
    """A number of DLTs has no rule.

    What it means:
        After so many participants at a level, any number of DLTs can happen that the way there permits: all from 0
        for a first cohort, not 0 for a level that was expanded because of a DLT. One of them stands in no row.

    Why it matters:
        The committee would stand before a result that the protocol does not foresee.

    Example:
        after 3 {
          0 dlt: escalate
          2..3 dlt: de_escalate
        }

    Instead:
        after 3 {
          0 dlt: escalate
          1 dlt: expand to 6
          2..3 dlt: de_escalate
        }
    """
    for escalation, table in _tables(trial):
        covered = {count for row in table.rows for count in range(row.low, row.high + 1)}
        missing = [count for count in sorted(_possible(escalation, table)) if count not in covered]
        if missing:
            yield escalation_gap.at(
                trial.head(table.origin),
                f"after {table.after} participants nothing is said about {_counts(missing)}",
                help=f"add a row: `{missing[0]} dlt: …`; `decide by investigator` says that people decide",
            )


def _possible(escalation: Escalation, table: DltTable) -> set[int]:
    """The numbers of DLTs with which a level can come to a table: by expansion, a further cohort, or from above."""
    found: set[int] = set()
    cohort = escalation.cohort_size or 0

    def add(row: DltRow, more: int) -> None:
        found.update(range(row.low, min(row.high + more, table.after) + 1))

    for other in escalation.tables:
        for row in other.rows:
            for action in row.actions:
                added = action.count or cohort
                if action.kind == "expand" and action.count == table.after:
                    add(row, table.after - other.after)
                elif action.kind == "stay" and other.after + cohort == table.after:
                    add(row, cohort)
                elif action.kind == "de_escalate":
                    # The level below was left upwards, with few DLTs. After `stop then treat …` no rule is asked.
                    for below in _left_upwards(escalation, table.after - added):
                        add(below, added)
    return found or set(range(table.after + 1))


def _left_upwards(escalation: Escalation, after: int) -> list[DltRow]:
    rows = [row for table in escalation.tables if table.after == after for row in table.rows]
    return [row for row in rows if any(action.kind == "escalate" for action in row.actions)]


@rule("DOS002", "escalation-overlap", ERROR)
def escalation_overlap(trial: Trial) -> Iterator[Diagnostic]:
    """Two rows of a rule table speak of the same number of DLTs.

    What it means:
        The ranges of two rows have a number in common.

    Why it matters:
        For that number two actions are due, and nobody knows which.

    Example:
        after 6 {
          0..1 dlt: escalate
          1..6 dlt: stop
        }

    Instead:
        after 6 {
          0..1 dlt: escalate
          2..6 dlt: stop
        }
    """
    for _, table in _tables(trial):
        for number, row in enumerate(table.rows):
            for other in table.rows[:number]:
                low, high = max(row.low, other.low), min(row.high, other.high)
                if low <= high:
                    yield escalation_overlap.at(
                        trial.span(row.origin),
                        f"two rules speak of {_counts(range(low, high + 1))} after {table.after} participants",
                        also=trial.mark(other.origin, "here already"),
                        help="let each number of DLTs stand in one row",
                    )


@rule("DOS003", "escalation-row-impossible", ERROR)
def escalation_row_impossible(trial: Trial) -> Iterator[Diagnostic]:
    """A row of a rule table can never apply.

    What it means:
        The row asks for more DLTs than there are participants, or its table is for more participants than a level
        may have.

    Why it matters:
        It is a slip in a rule on which the safety of participants rests.

    Example:
        after 3 {
          0 dlt: escalate
          1..4 dlt: stop
        }

    Instead:
        after 3 {
          0 dlt: escalate
          1..3 dlt: stop
        }
    """
    for escalation, table in _tables(trial):
        for row in table.rows:
            if row.high > table.after:
                yield escalation_row_impossible.at(
                    trial.span(row.origin),
                    f"{row.high} DLTs among {table.after} participants cannot happen",
                    help=f"end this row at {table.after}" if row.low <= table.after else "take this row out",
                )
        if escalation.max_per_level is not None and table.after > escalation.max_per_level:
            yield escalation_row_impossible.at(
                trial.head(table.origin),
                f"{table.after} participants are more than the {escalation.max_per_level} of a level",
                also=trial.mark(escalation.origin, f"max {escalation.max_per_level} per level"),
                help="raise `max … per level`, or take this table out",
            )


@rule("DOS004", "enrollment-too-small", WARNING)
def enrollment_too_small(trial: Trial) -> Iterator[Diagnostic]:
    """Fewer participants are planned than the escalation can need.

    What it means:
        The escalation says how many a level may have and not yet by which rules; all levels together can have more than
        are planned. Where the rules are written, DOS024 follows them and gives the exact number.

    Why it matters:
        The trial would have to be amended in the middle of its escalation.

    Example:
        enrollment up to 12 participants
        escalation main of CT1192 { start DL1  cohort 3  max 6 per level }

    Instead:
        enrollment up to 18 participants
    """
    enrollment = trial.protocol.study.enrollment
    if enrollment is None or enrollment.bound not in ("exactly", "up_to", "at_most"):
        return
    for escalation in trial.protocol.escalations:
        levels = _levels(trial, escalation)
        if escalation.max_per_level is None or not levels or escalation.within_participant:
            continue
        if escalation.design or escalation.tables:
            continue
        need = escalation.max_per_level * levels
        if escalation.max_total is not None:
            need = min(need, escalation.max_total)
        if need > enrollment.count:
            yield enrollment_too_small.at(
                trial.span(enrollment.origin),
                f"the escalation can need {need} participants, {need - enrollment.count} more than planned",
                also=trial.mark(escalation.origin, f"{levels} levels of at most {escalation.max_per_level}"),
                help=f"plan {need}, or say `max {enrollment.count} in total` in the escalation",
            )


def _levels(trial: Trial, escalation: Escalation) -> int:
    """How many levels lie from the start of an escalation to its top; 0 if that is not known."""
    scheme = next((scheme for scheme in trial.protocol.doses if scheme.name == escalation.product), None)
    if scheme is None:
        return 0
    names = [level.name for level in scheme.levels]
    return len(names) - names.index(escalation.start) if escalation.start in names else len(names)


_SIZED = ("three_plus_three", "accelerated", "rolling_six")
"""Designs whose name says how many participants are treated together."""


@rule("DOS005", "escalation-incomplete", WARNING)
def escalation_incomplete(trial: Trial) -> Iterator[Diagnostic]:
    """An escalation lacks something that its rules rest on.

    What it means:
        There is no window in which DLTs are observed, no criterion for a DLT, no dose levels, no level to start at, no
        size of a cohort, no rule, or nothing is said about what happens above the highest or below the lowest level.
        Within a participant, nothing is said about how long a dose is observed before the next one.

    Why it matters:
        The decision cannot be made from the protocol alone.

    Example:
        escalation main of CT1192 { cohort 3 }

    Instead:
        dlt { window 28 days after infusion  criterion crs "CRS of grade 4" where crs.grade >= 4 }
        escalation main of CT1192 { start DL1  cohort 3  max 6 per level  after 3 { … }  above top: stop }
    """
    dlt = trial.protocol.dlt
    for escalation in trial.protocol.escalations:
        if _is_open(trial, escalation):
            continue
        missing: list[str] = []
        if not _levels(trial, escalation):
            missing.append("dose levels (`dose … { level DL1 … }`)")
        if dlt is None or dlt.window is None:
            missing.append("a DLT window (`dlt { window 28 days after … }`)")
        if dlt is not None and not dlt.criteria and not _is_open(trial, dlt):
            missing.append('DLT criteria (`criterion … "…"` in `dlt`)')
        if escalation.start is None:
            missing.append("a level to start at (`start DL1`)")
        has_size = escalation.design in _SIZED or bool(escalation.additions)
        if escalation.cohort_size is None and not has_size:
            missing.append("the size of a cohort (`cohort 3`)")
        if escalation.within_participant and escalation.next_level is None:
            missing.append("the wait before a participant's next dose (`next level 28 days after last of level`)")
        if escalation.design is None and escalation.design_file is None:
            missing += _own_rules(escalation)
        if missing:
            yield escalation_incomplete.at(
                trial.head(escalation.origin),
                f"the escalation {escalation.name} lacks " + "; ".join(missing),
                help="add it, or write `todo` where the source document leaves it open",
            )


def _is_open(trial: Trial, part: Escalation | Administration | Product | Dlt) -> bool:
    """Whether the author says that a part is not complete."""
    return trial.is_open(part.origin) or any(note.kind in ("todo", "discretion") for note in part.notes)


def _own_rules(escalation: Escalation) -> list[str]:
    missing: list[str] = []
    if not escalation.tables:
        missing.append("rules (`after 3 { 0 dlt: escalate … }`, or `uses boin { … }`)")
    actions = {action.kind for table in escalation.tables for row in table.rows for action in row.actions}
    if "escalate" in actions and not escalation.above_top:
        missing.append("what follows above the highest level (`above top: stop`)")
    if "de_escalate" in actions and not escalation.below_bottom:
        missing.append("what follows below the lowest level (`below bottom: stop without mtd`)")
    return missing


@rule("DOS006", "dose-bands-overlap", WARNING)
def dose_bands_overlap(trial: Trial) -> Iterator[Diagnostic]:
    """The tolerances of two neighbouring dose levels have doses in common, or the levels do not rise.

    What it means:
        A product may deviate from its level by some percent. The highest dose that one level permits is not below the
        lowest of the next.

    Why it matters:
        A participant can get the same dose at either level, so that DLTs cannot be counted to one of them.

    Example:
        dose CT1192 { level DL1 3.0e8 cells  level DL2 4.0e8 cells  tolerance ±20 % }

    Instead:
        dose CT1192 { level DL1 3.0e8 cells  level DL2 6.0e8 cells  tolerance ±20 % }
    """
    for scheme in trial.protocol.doses:
        below, above = (scheme.tolerance_below or 0) / 100, (scheme.tolerance_above or 0) / 100
        for one, following in pairwise(scheme.levels):
            try:
                value = convert(following.amount.value, parse_unit(following.amount.unit), parse_unit(one.amount.unit))
            except DimensionError:
                # What cannot be compared is told where it is read.
                continue
            high, low = one.amount.value * (1 + above), value * (1 - below)
            if value <= one.amount.value:
                message = f"{following.name} is not above {one.name}"
                help = "declare the levels from the lowest to the highest"
            elif high >= low and (above or below):
                message = f"{one.name} goes up to {_amount(one, high)}, {following.name} begins at {_amount(one, low)}"
                help = "narrow the tolerance, or set the levels further apart"
            else:
                continue
            yield dose_bands_overlap.at(
                trial.span(following.origin), message, also=trial.mark(one.origin, f"{one.name} is here"), help=help
            )


def _amount(level: DoseLevel, value: float) -> str:
    return format_quantity(float(f"{value:.3g}"), parse_unit(level.amount.unit), "text")


@rule("DOS007", "product-without-dose", WARNING)
def product_without_dose(trial: Trial) -> Iterator[Diagnostic]:
    """A product is given, and nothing says how much; or it is declared and never given.

    What it means:
        `give` names neither an amount nor a product with dose levels. Or no `give` names the product at all.

    Why it matters:
        The dose of an intervention is what a protocol and a registry must state first.

    Example:
        product FLU "fludarabine" type drug
        give FLU at LD1..LD3

    Instead:
        product FLU "fludarabine" type drug
        give FLU 30 mg/m2 at LD1..LD3
    """
    with_levels = {scheme.name for scheme in trial.protocol.doses if scheme.levels}
    given = {administration.product for administration in trial.protocol.administrations}
    for administration in trial.protocol.administrations:
        product = next((each for each in trial.protocol.products if each.name == administration.product), None)
        if administration.amount is not None or administration.product in with_levels or administration.remarks:
            continue
        if product is not None and product.type in ("procedure", "behavioral", "device", "other", "radiation"):
            continue
        dosing = [each for each in trial.protocol.escalations if each.product == administration.product]
        speaking = (administration, *([] if product is None else [product]), *dosing)
        if any(_is_open(trial, part) for part in speaking):
            continue
        yield product_without_dose.at(
            trial.head(administration.origin),
            f"nothing says how much {administration.product} is given",
            help=f"write `give {administration.product} 30 mg/m2 at …`, or declare its levels with `dose`",
        )
    in_sequence = {name for arm in trial.protocol.arms for name in arm.sequence}
    for product in trial.protocol.products:
        if product.name not in given | in_sequence and trial.protocol.administrations and trial.protocol.visits:
            yield product_without_dose.at(
                trial.head(product.origin),
                f"{product.name} is never given",
                help=f"write `give {product.name} … at …`, or take the product out",
            )


def _counts(counts: list[int] | range) -> str:
    """`1 DLT`, `2 to 3 DLTs`, `1 and 4 DLTs`."""
    numbers = list(counts)
    if numbers == [1]:
        return "1 DLT"
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]} DLTs"
    return wording.listing(map(str, numbers)) + " DLTs"
