"""DOS: what follows from the rules of an escalation when every way that the trial can take is followed.

Each finding names a way that leads there: `DL1 1/3 → DL1 2/6` are the DLTs and participants at the level of each
group, counted from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protocol_dsl.checks import dose
from protocol_dsl.checks.escalations import Escalating, followed, imported, people, table_after
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, Rule, rule
from protocol_dsl.dosing import kinds
from protocol_dsl.source import Span

if TYPE_CHECKING:
    from protocol_dsl.dosing.decision_proofs import DecisionProof
    from protocol_dsl.dosing.machine import Path


@rule("DOS020", "result-without-rule", ERROR)
def result_without_rule(trial: Trial) -> Iterator[Diagnostic]:
    """The rules lead to a number of participants or DLTs of which they say nothing.

    What it means:
        By following the rules a level comes to so many participants, and no table begins with `after` that number;
        or it comes to so many DLTs, and no row of the table has them. The finding names a way that leads there. A
        table of decisions from a file is followed in the same way; the last cohort of all needs no decision.

    Why it matters:
        The committee would stand before a result that the protocol does not foresee.

    Example:
        after 3 { 0 dlt: escalate  1 dlt: stay  2..3 dlt: stop }

    Instead:
        after 3 { 0 dlt: escalate  1 dlt: stay  2..3 dlt: stop }
        after 6 { 0..1 dlt: escalate  2..6 dlt: stop }
    """
    said = {diagnostic.span for diagnostic in _found(dose.escalation_gap, trial)}
    for each, proof in followed(trial):
        escalation = each.built.escalation
        for kind, n, dlts, path in proof.gaps.values():
            table = table_after(escalation, n)
            if kind == kinds.COUNT:
                yield result_without_rule.at(
                    trial.head(escalation.origin),
                    f"{people(n)} at one level are reached {each.by(path)}, and no rule says what follows",
                    help=f"write `after {n} {{ … }}`, or see that no level comes to {n}",
                )
            elif kind == kinds.ROW and table is not None and trial.head(table.origin) not in said:
                yield result_without_rule.at(
                    trial.head(table.origin),
                    f"{_dlts(dlts)} after {people(n)} is reached {each.by(path)}, and no row speaks of it",
                    help=f"add a row: `{dlts} dlt: …`; `decide by investigator` says that people decide",
                )
            elif kind == kinds.OTHER:
                yield result_without_rule.at(
                    trial.head(table.origin if table is not None else escalation.origin),
                    f"what the row for {_dlts(dlts)} after {people(n)} asks for cannot be done {each.by(path)}",
                    help="write an action that can follow there",
                )
    for each, found in imported(trial):
        if found.gaps:
            yield _without_decision(trial, each, found)


@rule("DOS021", "boundary-without-rule", ERROR)
def boundary_without_rule(trial: Trial) -> Iterator[Diagnostic]:
    """The rules lead above the highest or below the lowest level, and what is said there cannot be done.

    What it means:
        `treat … more at level below` is asked for at the lowest level and there is no `below bottom`; or the action
        of `above top` or `below bottom` is itself one that goes to a level that is not there.

    Why it matters:
        Nobody knows how the escalation ends.

    Example:
        after 3 { 0 dlt: escalate  1..3 dlt: stop then treat 3 more at level below }

    Instead:
        after 3 { 0 dlt: escalate  1..3 dlt: stop then treat 3 more at level below }
        below bottom: stop without mtd
    """
    for each, proof in followed(trial):
        escalation = each.built.escalation
        if trial.is_open(escalation.origin):
            continue
        asked = {action.kind for table in escalation.tables for row in table.rows for action in row.actions}
        for kind, _, _, path in proof.gaps.values():
            if kind == kinds.ABOVE and escalation.above_top:
                what, help = "above the highest open level", "write `above top: stop` or `above top: expand to …`"
            elif kind == kinds.BELOW and (escalation.below_bottom or "de_escalate" not in asked):
                what, help = "below the lowest level", "write `below bottom: stop without mtd`"
            else:
                # What is not said at all is DOS005.
                continue
            yield boundary_without_rule.at(
                trial.head(escalation.origin), f"nothing can follow {what}, which is reached {each.by(path)}", help=help
            )


@rule("DOS022", "row-never-reached", WARNING)
def row_never_reached(trial: Trial) -> Iterator[Diagnostic]:
    """A row or a table that no way through the escalation comes to.

    What it means:
        No sequence of results leads to the number of participants of the table, or to a number of DLTs of the row.

    Why it matters:
        Either the rule is superfluous, or the rule that should lead there says something else than was meant.

    Example:
        after 3 { 0 dlt: escalate  1 dlt: expand to 6  2..3 dlt: stop }
        after 6 { 0 dlt: escalate  1 dlt: stay  2..6 dlt: stop }

    Instead:
        after 3 { 0 dlt: escalate  1 dlt: expand to 6  2..3 dlt: stop }
        after 6 { 1 dlt: escalate  2..6 dlt: stop }
    """
    for each, proof in followed(trial):
        if not proof.complete:
            continue
        for table in each.built.escalation.tables:
            limit = each.built.escalation.max_per_level
            if limit is not None and table.after > limit:
                continue
            counts = {y for n, y in proof.reached if n == table.after}
            if not counts:
                yield row_never_reached.at(
                    trial.head(table.origin),
                    f"no level is ever asked about after {people(table.after)}",
                    help="take the table out, or let a rule lead there, such as `expand to …`",
                )
                continue
            for row in table.rows:
                if row.low <= table.after and not any(row.low <= y <= row.high for y in counts):
                    span = f"{row.low}" if row.low == row.high else f"{row.low} to {row.high}"
                    yield row_never_reached.at(
                        trial.span(row.origin),
                        f"no way through the escalation leads to {span} of {table.after}; "
                        f"it comes to {_range(counts)} there",
                        help="take the row out, or look at the rule that should lead there",
                    )


@rule("DOS023", "level-above-maximum", WARNING)
def level_above_maximum(trial: Trial) -> Iterator[Diagnostic]:
    """A level gets more participants than `max … per level` permits.

    What it means:
        `treat … more` or `expand to` fills a level beyond the maximum that the escalation states. The rule is taken
        at its word, and the maximum is not kept.

    Why it matters:
        The planned size per group, the product that is made and the planned enrolment rest on the maximum.

    Example:
        max 6 per level
        after 6 { 0..1 dlt: escalate  2..6 dlt: stop then treat 3 more at level below }

    Instead:
        max 9 per level
        after 6 { 0..1 dlt: escalate  2..6 dlt: stop then treat 3 more at level below }
    """
    for each, proof in followed(trial):
        if proof.over is not None:
            step = proof.over[-1].step
            count = step.treated[step.level] + step.size
            yield level_above_maximum.at(
                trial.head(each.built.escalation.origin),
                f"{each.built.names[step.level]} gets {count} participants {each.by(proof.over)}, and at most "
                f"{each.rules.max_per_level} per level are permitted",
                help=f"write `max {count} per level`, or another rule where more are treated",
            )


@rule("DOS032", "fallback-above-start", ERROR)
def fallback_above_start(trial: Trial) -> Iterator[Diagnostic]:
    """The level to fall back to lies above the one at which the escalation starts.

    What it means:
        `fallback` is the lowest level that is given when even the first is too much. Here it is a higher one.

    Why it matters:
        After too many DLTs a higher dose would be given.

    Example:
        escalation main of CT1192 { start DL1  fallback DL2 }

    Instead:
        escalation main of CT1192 { start DL2  fallback DL1 }
    """
    for escalation in trial.protocol.escalations:
        names = [
            level.name
            for scheme in trial.protocol.doses
            if scheme.name == escalation.product
            for level in scheme.levels
        ]
        start, fallback = escalation.start, escalation.fallback
        if start in names and fallback in names and names.index(fallback) > names.index(start):
            yield fallback_above_start.at(
                trial.head(escalation.origin),
                f"it starts at {start} and falls back to {fallback}, which is higher",
                help=f"write `fallback {start}`, or name a lower level",
            )


def _without_decision(trial: Trial, each: Escalating, found: DecisionProof) -> Diagnostic:
    """All counts that a file has no decision for, with a way to the first of each number of participants."""
    by_size: dict[int, list[int]] = {}
    for n, dlts in found.gaps:
        by_size.setdefault(n, []).append(dlts)
    (n, dlts), path = min(found.gaps.items(), key=lambda gap: (len(gap[1]), gap[0]))
    counts = "; ".join(f"{_range(set(counts))} of {size}" for size, counts in by_size.items())
    file = each.built.escalation.design_file
    return result_without_rule.at(
        trial.head(each.built.escalation.origin),
        f"{_dlts(dlts)} after {people(n)} is reached {each.by(path)}, and `{file}` has no decision for it",
        help=f"add a row to the file: `{n},{dlts},…` with E, S, D or U",
        notes=[f"without a decision: {counts}"],
    )


def ways(trial: Trial) -> dict[Span, list[str]]:
    """The ways to the gaps of each rule table, by the place of its head, for those who want more than DOS001 says."""
    found: dict[Span, list[str]] = {}
    for each, proof in followed(trial):
        for gap in proof.gaps.values():
            table = table_after(each.built.escalation, gap.n)
            span = trial.head(table.origin) if table is not None else None
            if gap.kind == kinds.ROW and span is not None:
                found.setdefault(span, []).append(f"{_dlts(gap.dlts)}: {_way(each, gap.path)}")
    return found


def _found(of: Rule, trial: Trial) -> list[Diagnostic]:
    """What another rule finds, so that nothing is said twice."""
    return list(of.check(trial)) if of.check is not None else []


def _way(each: Escalating, path: Path) -> str:
    return each.by(path).removeprefix("by ")


def _dlts(count: int) -> str:
    return "1 DLT" if count == 1 else f"{count} DLTs"


def _range(counts: set[int]) -> str:
    ordered = sorted(counts)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]} to {ordered[-1]}"
    *others, last = map(str, ordered)
    return f"{', '.join(others)} or {last}" if others else last
