"""Published escalation designs in sentences: 3+3 as the rule table it stands for, the others by their boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from protocol_dsl.dosing.designs.grids import ELIMINATION_MIN, boin_boundaries
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three, traditional
from protocol_dsl.model.dosing import Action, DltRow, DltTable, Escalation
from protocol_dsl.render.registry_dosing import DLT, escalation_edges, escalation_rules
from protocol_dsl.render.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protocol_dsl.dosing.rules import Acts

_MTD = {
    "V3": "with at least 6 participants treated and at most 1 dose-limiting toxicity",
    "V4": "with at most 1 dose-limiting toxicity, or with 2 among at least 6 participants treated",
}
_ROLLING_SIX = (
    "A level takes two to six participants at the same time, and it is decided whenever one comes or is observed.",
    "With 2 or more dose-limiting toxicities the level is closed, and the level below is filled to 6 participants.",
    "The next higher level is opened when at least 3 participants are there and all are observed without a "
    f"{DLT}, when 5 of 6 are observed and none had one, or when all 6 are observed and 1 had one.",
    "Otherwise the next participant is treated at the same level, or waits if 6 are there.",
    "The maximum tolerated dose is the highest level that is not closed.",
)
_AT_MOST_ONE = "with at most 1 dose-limiting toxicity"


def design_rules(escalation: Escalation) -> list[str]:
    """One sentence for each rule, of an author's own table or of a published design whose settings are all said."""
    return [*titration(escalation), *_rules(escalation), *conduct(escalation)]


def is_titrating(escalation: Escalation) -> bool:
    """Whether single participants come before the cohorts."""
    return escalation.design == "accelerated" or setting(escalation, "titration") is not None


def titration(escalation: Escalation) -> list[str]:
    """What comes before the rules of the design."""
    if not is_titrating(escalation):
        return []
    one = f"One participant is treated at each level until the first {DLT}"
    if escalation.design == "crm":
        return [f"{one}; from then on the estimated rates decide."]
    size = escalation.cohort_size or 1
    if escalation.design in ("three_plus_three", "accelerated"):
        size = 3
    elif escalation.design == "a_plus_b" and escalation.additions:
        size = escalation.additions[0].participants
    filled = f"that level is filled to {size}, and " if size > 1 else ""
    return [f"{one}; {filled}from then on the following rules hold."]


def conduct(escalation: Escalation) -> list[str]:
    """Who may wait, who is treated beside the escalation, and when it is decided."""
    found: list[str] = []
    waiting, backfill = setting(escalation, "waiting"), setting(escalation, "backfill")
    if waiting == "all":
        found.append("Participants who come while the escalation is closed wait.")
    elif isinstance(waiting, int) and waiting:
        found.append(f"Up to {counted(waiting, 'participant')} may wait while the escalation is closed.")
    if isinstance(backfill, int) and backfill:
        found.append(
            f"Up to {counted(backfill, 'participant')} per level who come while the escalation is closed are treated "
            "at a lower level that was left upwards; they do not inform its decisions."
        )
    if setting(escalation, "early_decision") == "yes":
        found.append("It is decided as soon as the outcomes that are still open can no longer change what follows.")
    return found


def _rules(escalation: Escalation) -> list[str]:
    if escalation.tables or escalation.within_participant:
        return [*_rows(escalation), *escalation_edges(escalation)]
    if escalation.design in ("three_plus_three", "accelerated"):
        return _three_plus_three(escalation)
    if escalation.design == "a_plus_b" and escalation.additions:
        table = expanded(escalation)
        return [*_rows(table), *escalation_edges(table)]
    if escalation.design == "rolling_six":
        return [*_ROLLING_SIX, *escalation_edges(escalation)]
    if escalation.design == "table":
        file = f" in {escalation.design_file}" if escalation.design_file else ""
        return [f"The table of decisions{file} says what follows after each cohort.", *escalation_edges(escalation)]
    target = fraction(escalation, "target")
    if target is None or not 0 < target < 1:
        return escalation_edges(escalation)
    rules = _decision(escalation, target)
    return [*rules, *_ends(escalation, target)] if rules else escalation_edges(escalation)


def expanded(escalation: Escalation) -> Escalation:
    """The escalation with the rule table that its 3+3 variant or A+B stages stand for; itself if it names none."""
    variant = _variant(escalation)
    if escalation.tables:
        return escalation
    if variant is not None:
        made = three_plus_three(1, variant)
    elif escalation.design == "a_plus_b" and escalation.additions:
        stages = [(each.participants, each.escalate, each.expand or 0) for each in escalation.additions]
        made = traditional(1, stages)
    else:
        return escalation
    tables = tuple(
        DltTable(after=n, origin=escalation.origin, rows=tuple(_merged(rows, escalation)))
        for n, rows in sorted(made.tables.items())
    )
    above = escalation.above_top or _actions(made.above_top)
    below = escalation.below_bottom or _actions(made.below_bottom)
    return escalation.model_copy(update={"tables": tables, "above_top": above, "below_bottom": below})


def mtd_of_variant(escalation: Escalation) -> str | None:
    """How a 3+3 variant declares the MTD, where the author says nothing else."""
    variant = _variant(escalation)
    if variant is None or escalation.mtd is not None:
        return None
    return f"The maximum tolerated dose is the highest level {_MTD.get(variant, _AT_MOST_ONE)}."


def fraction(escalation: Escalation, name: str) -> float | None:
    """A setting in percent as a fraction; None where it is not said."""
    said = next((each for each in escalation.parameters if each.name == name), None)
    if said is None or not said.values or isinstance(said.values[0], str):
        return None
    return said.values[0] / 100 if said.unit == "%" else float(said.values[0])


def setting(escalation: Escalation, name: str) -> int | float | str | None:
    """The first value of a setting as it is written, the empty text for one without a value; None if it is not said."""
    said = next((each for each in escalation.parameters if each.name == name), None)
    return None if said is None else said.values[0] if said.values else ""


def percent(value: float) -> str:
    """`30 %`."""
    return f"{100 * value:.6g} %"


# 3+3 -----------------------------------------------------------------------------------------------------------


def _variant(escalation: Escalation) -> str | None:
    if escalation.design not in ("three_plus_three", "accelerated"):
        return None
    said = next((each for each in escalation.parameters if each.name == "variant"), None)
    name = str(said.values[0]) if said is not None and said.values else None
    return name if name in VARIANTS else None


def _three_plus_three(escalation: Escalation) -> list[str]:
    variant, table = _variant(escalation), expanded(escalation)
    if variant is None:
        return escalation_edges(escalation)
    rules = [*_rows(table), *escalation_edges(table)]
    if variant in ("V2", "V3") and escalation.closed is None:
        rules.append("A level with 2 or more dose-limiting toxicities is closed.")
        rules.append("The dose is not reduced to a level that already has 6 participants; the escalation ends instead.")
    declared = mtd_of_variant(escalation)
    return [*rules, *([declared] if declared else [])]


def _rows(escalation: Escalation) -> list[str]:
    within = escalation.within_participant
    return [rule for table in escalation.tables for rule in escalation_rules(table, within)]


def _merged(rows: Mapping[int, Acts], escalation: Escalation) -> list[DltRow]:
    """One row for neighbouring numbers of DLTs with the same actions."""
    found: list[tuple[int, int, Acts]] = []
    for count, acts in sorted(rows.items()):
        if found and found[-1][2] == acts and found[-1][1] == count - 1:
            found[-1] = (found[-1][0], count, acts)
        else:
            found.append((count, count, acts))
    return [DltRow(low=low, high=high, actions=_actions(acts), origin=escalation.origin) for low, high, acts in found]


def _actions(acts: Acts) -> tuple[Action, ...]:
    return tuple(
        Action(
            kind=cast(Any, act.kind),
            count=act.number or None,
            level="below" if act.kind == "treat_more" else None,
        )
        for act in acts
    )


# Designs with a target ---------------------------------------------------------------------------------------


def _decision(escalation: Escalation, target: float) -> list[str]:
    """What decides between up, same and down."""
    rate = f"the observed rate of {DLT} at the current level"
    safe, toxic = fraction(escalation, "safe"), fraction(escalation, "toxic")
    low = target - 0.05 if safe is None else safe
    high = target + 0.05 if toxic is None else toxic
    if escalation.design == "boin":
        low, high = 0.6 * target if safe is None else safe, 1.4 * target if toxic is None else toxic
        if not 0 < low < target < high < 1:
            return []
        up, down = boin_boundaries(target, safe, toxic)
        return [
            f"After each cohort {rate} is compared with two boundaries.",
            f"If it is at most {100 * up:.1f} %, the next higher level is opened.",
            f"If it is above {100 * down:.1f} %, the dose is reduced to the next lower level.",
            "Otherwise the next participants are treated at the same level.",
        ]
    if not 0 < low < target < high < 1:
        return []
    band = f"{percent(low)} to {percent(high)}"
    if escalation.design in ("keyboard", "mtpi_2"):
        return [
            f"After each cohort the probability of rates of {DLT} at the current level, with a uniform prior, is "
            f"divided into intervals as wide as the target interval from {band}, and the most probable one decides.",
            *_three("lies below the target interval", "lies above it"),
        ]
    if escalation.design == "mtpi":
        return [
            f"After each cohort three intervals of the rate of {DLT} at the current level are compared: below {band}, "
            "this interval, and above it; the one with the highest probability for its width, with a uniform prior, "
            "decides.",
            *_three("is the lowest", "is the highest"),
        ]
    if escalation.design == "i3_plus_3":
        return [
            f"After each cohort {rate} is compared with the interval from {band}.",
            "If it is below the interval, the next higher level is opened.",
            "If it is within the interval, the next participants are treated at the same level.",
            f"If it is above the interval, and still within or above it with one {DLT} fewer, the dose is reduced to "
            "the next lower level.",
            f"If it is above the interval, but below it with one {DLT} fewer, the next participants are treated at "
            "the same level.",
        ]
    if escalation.design in ("crm", "tite_crm"):
        return _model(escalation, target)
    return []


def _model(escalation: Escalation, target: float) -> list[str]:
    untried = (
        "untried levels may be skipped" if setting(escalation, "skipping") == "yes" else "no untried level is skipped"
    )
    found = [
        f"After each cohort the rates of {DLT} of all levels are estimated again from all participants.",
        f"The next participants are treated at the level whose estimated rate is nearest to {percent(target)}; "
        f"{untried} on the way up.",
    ]
    if escalation.design == "tite_crm":
        found[0] = (
            f"Before each cohort the rates of {DLT} of all levels are estimated again from all participants, also "
            "those who are still observed: without an event they count with the share of the observation period that "
            "is over."
        )
    if setting(escalation, "coherent") == "yes":
        found.append(f"The dose is not raised after a cohort whose rate of {DLT} is {percent(target)} or more.")
    return found


def _three(below: str, above: str) -> list[str]:
    return [
        f"If it {below}, the next higher level is opened.",
        f"If it {above}, the dose is reduced to the next lower level.",
        "Otherwise the next participants are treated at the same level.",
    ]


def _ends(escalation: Escalation, target: float) -> list[str]:
    """Closed levels, the ends of the range, the end of the trial, the MTD."""
    found: list[str] = []
    is_model = escalation.design in ("crm", "tite_crm")
    if not is_model:
        cutoff = fraction(escalation, "eliminate") or 0.95
        found.append(
            f"A level with at least {ELIMINATION_MIN} participants is closed for good, with all levels above it, if "
            f"the probability that its rate of {DLT} is above {percent(target)} is more than {percent(cutoff)}, with a "
            "uniform prior; if this is the lowest level, the escalation stops without a maximum tolerated dose."
        )
        found.append(
            "At the highest open level participants are treated at the same level instead of a higher one, at the "
            "lowest level instead of a lower one."
        )
        extra = fraction(escalation, "extra_safe")
        if extra is not None:
            found.append(
                f"The escalation also stops without a maximum tolerated dose if the probability that the rate of {DLT} "
                f"at the lowest level is above {percent(target)} is more than {percent(extra)}, with a uniform prior "
                f"and at least {ELIMINATION_MIN} participants there."
            )
    early = next((each for each in escalation.parameters if each.name == "early_stop"), None)
    if early is not None and early.values:
        found.append(
            f"The escalation ends when {early.values[0]} participants have been treated at a level that would be "
            "treated again."
        )
    if escalation.mtd is None:
        how = "" if is_model else ", made to rise with the dose by isotonic regression,"
        found.append(
            f"The maximum tolerated dose is the level whose estimated rate of {DLT}{how} is nearest to "
            f"{percent(target)}."
        )
    bound = bounded(escalation, target)
    if bound is not None:
        found.append(f"No level whose estimated rate is above {100 * bound:.1f} % is declared.")
    return found


def bounded(escalation: Escalation, target: float) -> float | None:
    """The rate above which no level is the MTD, as a fraction; None without such a bound."""
    if setting(escalation, "bound_mtd") is None:
        return None
    said, toxic = fraction(escalation, "bound_mtd"), fraction(escalation, "toxic")
    if said is not None or escalation.design == "table":
        return said
    if escalation.design == "boin":
        return boin_boundaries(target, fraction(escalation, "safe"), toxic)[1]
    return target + 0.05 if toxic is None else toxic
