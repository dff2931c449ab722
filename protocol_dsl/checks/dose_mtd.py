"""DOS: which dose the rules of an escalation declare the MTD."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.checks.escalations import followed, people
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule


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
        not speak of the number of participants. Published programs for one and the same design differ here, and once
        more for a level below the one at which the trial started, which is only come to by going down: one declares it
        with the first cohort, another fills it before.

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
        level, path = proof.few_below or proof.few
        ending = path[-1]
        treated, _ = ending.step.seen(ending.dlts)
        n = treated[level]
        below = ", below the level of the start," if proof.few_below is not None else ""
        yield mtd_with_few_participants.at(
            trial.span(mtd.origin),
            f"{each.built.names[level]}{below} is declared with {people(n)} {each.by(path)}",
            help=f"say it: `n >= {n}` if that is meant, `n >= {max(each.rules.tables)}` if not",
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
