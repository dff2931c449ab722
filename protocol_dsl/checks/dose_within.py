"""DOS: titration within one participant, followed dose by dose to every end.

Here `n` counts the doses of one participant at a level and `dlt` those that led to a dose-limiting toxicity.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protocol_dsl.checks import dose
from protocol_dsl.checks.escalations import Escalating, followed_within, table_after
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, rule
from protocol_dsl.dosing import kinds

if TYPE_CHECKING:
    from protocol_dsl.dosing.machine import Ending, Path, Step


@rule("DOS070", "dose-without-rule", ERROR)
def dose_without_rule(trial: Trial) -> Iterator[Diagnostic]:
    """Within a participant the rules lead to a result of which they say nothing.

    What it means:
        By following the rules a participant comes to so many doses at a level, or to so many of them with a DLT, that
        no table or row speaks of; or the rules lead above the highest or below the lowest level, and what is said there
        cannot be done. The finding names the doses that lead there.

    Why it matters:
        The investigator would have a participant in front of them and no rule for the next dose.

    Example:
        escalation titration of CT1192 within participant {
          start DL1  cohort 1  after 1 { 0 dlt: escalate  1 dlt: stay }  above top: stop
        }

    Instead:
        escalation titration of CT1192 within participant {
          start DL1  cohort 1  max 1 per level  after 1 { 0 dlt: escalate  1 dlt: stop }  above top: stop
        }
    """
    said = {diagnostic.span for diagnostic in _gaps(trial)}
    for each, proof in followed_within(trial):
        escalation = each.built.escalation
        for kind, n, dlts, path in proof.gaps.values():
            table = table_after(escalation, n)
            span = trial.head(table.origin if table is not None else escalation.origin)
            if span in said or trial.is_open(escalation.origin):
                continue
            what, help = _missing(kind, n, dlts)
            if kind == kinds.ABOVE and not escalation.above_top:
                continue
            yield dose_without_rule.at(span, f"{what} {each.by(path)}, and no rule says what follows", help=help)


def _missing(kind: str, n: int, dlts: int) -> tuple[str, str]:
    if kind == kinds.COUNT:
        return f"{_doses(n)} at one level are reached", f"write `after {n} {{ … }}`, or see that no level gets {n}"
    if kind == kinds.ABOVE:
        return "a dose above the highest level is reached", "write `above top: stop`"
    if kind == kinds.BELOW:
        return "a dose below the lowest level is reached", "write `below bottom: stop without mtd`"
    return f"{_dlts(dlts)} among {_doses(n)} at a level is reached", f"add a row `{dlts} dlt: …` that can be done there"


@rule("DOS071", "dose-raised-after-dlt", WARNING)
def dose_raised_after_dlt(trial: Trial) -> Iterator[Diagnostic]:
    """Within a participant the dose goes up although a dose at the level led to a DLT.

    What it means:
        A row with one or more DLTs escalates.

    Why it matters:
        The same person who had the toxicity gets more of what caused it.

    Example:
        after 1 { 0..1 dlt: escalate }

    Instead:
        after 1 { 0 dlt: escalate  1 dlt: stop }
    """
    for each, proof in followed_within(trial):
        for n, y in proof.escalating:
            table = table_after(each.built.escalation, n)
            if y and table is not None:
                row = next((row for row in table.rows if row.low <= y <= row.high), None)
                yield dose_raised_after_dlt.at(
                    trial.span(row.origin) if row is not None else trial.head(table.origin),
                    f"after {_dlts(y)} among {_doses(n)} at a level the participant's dose is raised",
                    help=f"let {y} of {n} stay, go down or stop",
                )


@rule("DOS072", "dose-skips-level", WARNING)
def dose_skips_level(trial: Trial) -> Iterator[Diagnostic]:
    """Within a participant the next dose can be more than one level above the one before.

    What it means:
        A row names a level (`treat 1 more at …`) that is two or more steps higher than the level of the dose before.
        The finding names the doses.

    Why it matters:
        Titration is safe because each dose is a small step from one that was tolerated.

    Example:
        after 1 { 0 dlt: treat 1 more at DL3  1 dlt: stop }

    Instead:
        after 1 { 0 dlt: escalate  1 dlt: stop }
    """
    from protocol_dsl.dosing.machine import Step

    for each, _ in followed_within(trial):
        names = each.built.names
        for step, _, following, path in _walked(each):
            if isinstance(following, Step) and following.level > step.level + 1:
                yield dose_skips_level.at(
                    trial.head(each.built.escalation.origin),
                    f"the dose goes from {names[step.level]} to {names[following.level]} {each.by(path)}",
                    help=f"give {names[step.level + 1]} in between",
                )
                break


@rule("DOS073", "doses-differ-from-schedule", WARNING)
def doses_differ_from_schedule(trial: Trial) -> Iterator[Diagnostic]:
    """A participant can need more doses than the schedule has, or never get as many.

    What it means:
        The rules, followed to the end, give one participant at most so many doses; the product is given at another
        number of visits. The finding names the longest course.

    Why it matters:
        For a further dose there would be no visit and no assessments; a visit for a dose that no rule leads to is never
        held.

    Example:
        give CT1192 at infusion
        escalation titration of CT1192 within participant {
          start DL1  cohort 1  max 1 per level  after 1 { 0 dlt: escalate  1 dlt: stop }  above top: stop
        }

    Instead:
        give CT1192 at infusion, second_infusion, third_infusion
    """
    for each, proof in followed_within(trial):
        escalation = each.built.escalation
        given = [one for one in trial.protocol.administrations if one.product == escalation.product]
        visits = list(dict.fromkeys(visit for one in given for visit in one.visits))
        if proof.gaps or proof.largest is None or not visits or any(one.every is not None for one in given):
            continue
        most, path = proof.largest
        if most != len(visits):
            few = (
                f"{_doses(most)} at most can be needed"
                if most > len(visits)
                else f"no more than {_doses(most)} can follow"
            )
            yield doses_differ_from_schedule.at(
                trial.head(escalation.origin),
                f"{few}, {each.by(path)}, and {escalation.product} is given at {_visits(visits)}",
                also=trial.mark(given[0].origin, "given here"),
                help="plan a visit for each dose"
                if most > len(visits)
                else "take the visits out, or let a rule lead there",
            )


@rule("DOS074", "level-never-given", WARNING)
def level_never_given(trial: Trial) -> Iterator[Diagnostic]:
    """No way through the titration leads to a declared dose level, or to a row of its rules.

    What it means:
        Whatever a participant's doses lead to, this level is never given, or this row is never asked.

    Why it matters:
        Either the level or the row is superfluous, or the rule that should lead there says something else than was
        meant.

    Example:
        dose CT1192 { level DL1 3.0e8 cells  level DL2 4.5e8 cells  level DL3 6.0e8 cells }
        escalation titration of CT1192 within participant { start DL1  cohort 1  max 2  … }

    Instead:
        escalation titration of CT1192 within participant { start DL1  cohort 1  max 3  … }
    """
    for each, proof in followed_within(trial):
        escalation = each.built.escalation
        reached = {step.level for step, _, _, _ in _walked(each)}
        lowest = each.built.names.index(escalation.fallback or escalation.start or each.built.names[0])
        never = [name for at, name in enumerate(each.built.names) if at not in reached and at >= lowest]
        if never and not trial.is_open(escalation.origin):
            yield level_never_given.at(
                trial.head(escalation.origin),
                f"no participant is ever given {', '.join(never)}",
                help="take the level out, or let the rules lead there",
            )
        for table in escalation.tables:
            counts = {y for n, y in proof.reached if n == table.after}
            for row in table.rows:
                if row.low <= table.after and not any(row.low <= y <= row.high for y in counts):
                    yield level_never_given.at(
                        trial.span(row.origin),
                        f"no course of doses leads to {row.low} of {table.after} with a DLT at a level",
                        help="take the row out, or let a rule lead there",
                    )


def _gaps(trial: Trial) -> list[Diagnostic]:
    """What DOS001 says already."""
    return list(dose.escalation_gap.check(trial)) if dose.escalation_gap.check is not None else []


def _walked(each: Escalating) -> Iterator[tuple[Step, int, Step | Ending, Path]]:
    """Every dose that can be given, as far as it was followed."""
    from protocol_dsl.dosing.machine import Closed, walk
    from protocol_dsl.dosing.proofs import STATES

    try:
        yield from walk(each.rules, STATES)
    except Closed:
        return


def _doses(count: int) -> str:
    return "1 dose" if count == 1 else f"{count} doses"


def _dlts(count: int) -> str:
    return "1 DLT" if count == 1 else f"{count} DLTs"


def _visits(visits: list[str]) -> str:
    return f"{len(visits)} visits: {', '.join(visits)}" if len(visits) > 1 else f"1 visit: {visits[0]}"
