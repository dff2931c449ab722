"""DOS: what follows from the rules of an escalation when every way that the trial can take is followed.

Each finding names a way that leads there: `DL1 1/3 → DL1 2/6` are the DLTs and participants at the level of each
group, counted from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protocol_dsl.checks import dose
from protocol_dsl.checks.escalations import Escalating, followed
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, Rule, rule
from protocol_dsl.dosing import kinds
from protocol_dsl.model.dosing import DltTable, Escalation
from protocol_dsl.source import Span

if TYPE_CHECKING:
    from protocol_dsl.dosing.machine import Path


@rule("DOS020", "result-without-rule", ERROR)
def result_without_rule(trial: Trial) -> Iterator[Diagnostic]:
    """The rules lead to a number of participants or DLTs of which they say nothing.

    What it means:
        By following the rules a level comes to so many participants, and no table begins with `after` that number;
        or it comes to so many DLTs, and no row of the table has them. The finding names a way that leads there.

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
            table = _table(escalation, n)
            if kind == kinds.COUNT:
                yield result_without_rule.at(
                    trial.head(escalation.origin),
                    f"{_people(n)} at one level are reached {each.by(path)}, and no rule says what follows",
                    help=f"write `after {n} {{ … }}`, or see that no level comes to {n}",
                )
            elif kind == kinds.ROW and table is not None and trial.head(table.origin) not in said:
                yield result_without_rule.at(
                    trial.head(table.origin),
                    f"{_dlts(dlts)} after {_people(n)} is reached {each.by(path)}, and no row speaks of it",
                    help=f"add a row: `{dlts} dlt: …`; `decide by investigator` says that people decide",
                )
            elif kind == kinds.OTHER:
                yield result_without_rule.at(
                    trial.head(table.origin if table is not None else escalation.origin),
                    f"what the row for {_dlts(dlts)} after {_people(n)} asks for cannot be done {each.by(path)}",
                    help="write an action that can follow there",
                )


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
                    f"no level is ever asked about after {_people(table.after)}",
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


@rule("DOS024", "escalation-outside-enrollment", WARNING)
def escalation_outside_enrollment(trial: Trial) -> Iterator[Diagnostic]:
    """The rules can need more participants than are planned.

    What it means:
        There is a sequence of results with which the rules, followed to the end, treat more participants than the
        planned enrolment. The finding names it.

    Why it matters:
        The trial would have to be amended in the middle of its escalation.

    Example:
        enrollment 18 participants

    Instead:
        enrollment up to 21 participants
    """
    enrollment = trial.protocol.study.enrollment
    if enrollment is None or enrollment.bound not in ("exactly", "up_to", "at_most"):
        return
    said = {diagnostic.message for diagnostic in _found(dose.enrollment_too_small, trial)}
    for each, proof in followed(trial):
        if proof.largest is None or proof.largest[0] <= enrollment.count:
            continue
        need, path = proof.largest
        # The maximum of each level is counted by DOS004; here it is what the rules can come to.
        if any(message.startswith(f"the escalation can need {need} ") for message in said):
            continue
        smallest = f", and at least {proof.smallest[0]}" if proof.smallest is not None else ""
        yield escalation_outside_enrollment.at(
            trial.span(enrollment.origin),
            f"the escalation can need {need} participants where {enrollment.count} are planned: {each.by(path)}",
            also=trial.mark(each.built.escalation.origin, f"these rules need at most {need}{smallest}"),
            help=f"plan {need}, or say `max {enrollment.count}` in the escalation",
        )


@rule("DOS025", "ending-without-mtd", WARNING)
def ending_without_mtd(trial: Trial) -> Iterator[Diagnostic]:
    """The escalation ends, and nothing says which dose becomes the MTD.

    What it means:
        A row says `stop`, which declares an MTD by the rule `mtd`, and there is no such rule.

    Why it matters:
        Finding the MTD is what the escalation is for.

    Example:
        after 3 { 0 dlt: escalate  1..3 dlt: stop }

    Instead:
        after 3 { 0 dlt: escalate  1..3 dlt: stop }
        mtd highest with dlt = 0
    """
    for each, proof in followed(trial):
        escalation = each.built.escalation
        if proof.undeclared is not None and not trial.is_open(escalation.origin):
            yield ending_without_mtd.at(
                trial.head(escalation.origin),
                f"the escalation {escalation.name} ends {each.by(proof.undeclared)}, and nothing says what the MTD is",
                help="write `mtd highest with …`, `mtd previous`, or `stop without mtd` in the rule",
            )


@rule("DOS026", "mtd-with-few-participants", WARNING)
def mtd_with_few_participants(trial: Trial) -> Iterator[Diagnostic]:
    """It is not said whether an MTD may be declared with fewer participants than a level can get.

    What it means:
        By a way that the finding names, a level becomes the MTD after its first cohort only, and the rule `mtd` does
        not speak of the number of participants. Published programs for one and the same design differ here.

    Why it matters:
        Three participants without a DLT are compatible with a DLT rate of 60 percent.

    Example:
        mtd highest with dlt <= 1

    Instead:
        mtd highest with n >= 6 and dlt <= 1
    """
    for each, proof in followed(trial):
        escalation = each.built.escalation
        mtd = escalation.mtd
        if mtd is None or proof.few is None or (mtd.where is not None and "n" in mtd.where.names):
            continue
        level, path = proof.few
        ending = path[-1]
        treated, _ = ending.step.seen(ending.dlts)
        n = treated[level]
        yield mtd_with_few_participants.at(
            trial.span(mtd.origin),
            f"{each.built.names[level]} is declared with {_people(n)} {each.by(path)}",
            help=f"say it: `n >= {n}` if that is meant, `n >= {max(each.rules.tables)}` if not",
        )


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
            table = _table(each.built.escalation, n)
            if table is None:
                continue
            row = next((row for row in table.rows if row.low <= more <= row.high), None)
            yield rule_not_monotone.at(
                trial.span(row.origin) if row is not None else trial.head(table.origin),
                f"{more} of {n} is treated more boldly than {fewer} of {n}",
                help="exchange the actions, or correct the numbers",
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
            table = _table(each.built.escalation, n)
            if target is not None and table is not None and y > target * n + 1e-9:
                yield escalation_above_target.at(
                    trial.head(table.origin),
                    f"{y} of {n} ({100 * y / n:.0f} %) escalates, and the target is {100 * target:g} %",
                    help="expand or stay there, or state another target",
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


@rule("DOS030", "window-not-awaited", WARNING)
def window_not_awaited(trial: Trial) -> Iterator[Diagnostic]:
    """The next level opens before the DLT window of the last participant ends, or a stagger outlasts the window.

    What it means:
        `next level … after last of …` is shorter than the DLT window; or `stagger` is longer than it, so that the
        window is not what decides when the next participant is treated.

    Why it matters:
        The decision to escalate would be made before the DLTs that it rests on can be known.

    Example:
        dlt { window 28 days after infusion }
        escalation main of CT1192 { next level 14 days after last of cohort }

    Instead:
        dlt { window 28 days after infusion }
        escalation main of CT1192 { next level 28 days after last of cohort }
    """
    dlt = trial.protocol.dlt
    if dlt is None or dlt.window is None:
        return
    window = trial.spans.of(dlt.window.upper, dlt.window.unit).most
    if window is None:
        return
    for escalation in trial.protocol.escalations:
        gate = escalation.next_level
        if gate is not None:
            least = trial.spans.of(gate.gap.lower, gate.gap.unit).least
            if least is not None and least < window:
                yield window_not_awaited.at(
                    trial.span(gate.origin),
                    f"the next level opens {least} days after the last participant, and the DLT window lasts {window}",
                    also=trial.mark(dlt.window_origin, "the window") if dlt.window_origin is not None else (),
                    help=f"write `next level {window} days after last of {gate.after_last_of}`",
                )
        for stagger in escalation.stagger:
            most = trial.spans.of(stagger.gap.upper, stagger.gap.unit).most
            if most is not None and most > window:
                yield window_not_awaited.at(
                    trial.span(stagger.origin),
                    f"participants wait {most} days for each other, longer than the DLT window of {window} days",
                    also=trial.mark(dlt.window_origin, "the window") if dlt.window_origin is not None else (),
                    help="correct one of the two",
                )


@rule("DOS031", "mtd-above-toxic-level", WARNING)
def mtd_above_toxic_level(trial: Trial) -> Iterator[Diagnostic]:
    """A level can become the MTD although the rules stopped or went down at a lower one.

    What it means:
        By a way that the finding names, the escalation declares a level above one whose DLTs closed it.

    Why it matters:
        A dose would be recommended that is higher than one found too toxic.

    Example:
        after 6 { 0..1 dlt: escalate  2..6 dlt: de_escalate }
        mtd highest with dlt <= 2

    Instead:
        after 6 { 0..1 dlt: escalate  2..6 dlt: de_escalate }
        closed when dlt >= 2
        mtd highest with dlt <= 1
    """
    for each, proof in followed(trial):
        escalation = each.built.escalation
        if proof.above_toxic is not None:
            level, path = proof.above_toxic
            yield mtd_above_toxic_level.at(
                trial.span(escalation.mtd.origin) if escalation.mtd is not None else trial.head(escalation.origin),
                f"{each.built.names[level]} becomes the MTD {each.by(path)}, above a level that the rules found too "
                "toxic",
                help="close such levels (`closed when dlt >= 2`), or narrow the rule for the MTD",
            )


def ways(trial: Trial) -> dict[Span, list[str]]:
    """The ways to the gaps of each rule table, by the place of its head, for those who want more than DOS001 says."""
    found: dict[Span, list[str]] = {}
    for each, proof in followed(trial):
        for gap in proof.gaps.values():
            table = _table(each.built.escalation, gap.n)
            span = trial.head(table.origin) if table is not None else None
            if gap.kind == kinds.ROW and span is not None:
                found.setdefault(span, []).append(f"{_dlts(gap.dlts)}: {_way(each, gap.path)}")
    return found


def _found(of: Rule, trial: Trial) -> list[Diagnostic]:
    """What another rule finds, so that nothing is said twice."""
    return list(of.check(trial)) if of.check is not None else []


def _way(each: Escalating, path: Path) -> str:
    return each.by(path).removeprefix("by ")


def _table(escalation: Escalation, after: int) -> DltTable | None:
    return next((table for table in escalation.tables if table.after == after), None)


def _passes(rate: float) -> float:
    """Probability that a level of a 3+3 design is left upwards."""
    from protocol_dsl.dosing.exact import evaluate, explore
    from protocol_dsl.dosing.presets import three_plus_three

    return evaluate(explore(three_plus_three(1, "V1")), [rate]).select[1]


def _people(count: int) -> str:
    return "1 participant" if count == 1 else f"{count} participants"


def _dlts(count: int) -> str:
    return "1 DLT" if count == 1 else f"{count} DLTs"


def _range(counts: set[int]) -> str:
    ordered = sorted(counts)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]} to {ordered[-1]}"
    return " or ".join(map(str, ordered))
