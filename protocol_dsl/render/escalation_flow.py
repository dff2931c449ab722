"""What the flow chart of an escalation says: its stages, outcomes and the rules beside them, in words."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.model.dosing import Escalation
from protocol_dsl.render import registry_dosing as dosing
from protocol_dsl.render.escalation_chart import Aside, Chart, Outcome, Stage, chart
from protocol_dsl.render.escalation_decisions import (
    CLOSE,
    DOWN,
    ESCALATE,
    NONE,
    STAY,
    STOP,
    Decision,
    Decisions,
    Group,
    groups,
)
from protocol_dsl.render.registry_designs import (
    bounded,
    fraction,
    is_titrating,
    mtd_of_variant,
    percent,
    setting,
    titration,
)
from protocol_dsl.render.text import counted

_SHOWN_COUNTS = 6
"""A chart of a design for any number of participants names the counts of so many cohorts."""
_WITHIN = {
    ESCALATE: "Escalate: the next dose is one level higher",
    STAY: "Stay: the next dose is at the same level",
    DOWN: "De-escalate: the next dose is one level lower",
    STOP: "Stop: the dose is not increased further",
}


def flow(title: str, rules: Escalation, found: Decisions | None) -> Chart | None:
    """The chart; None for a design of which no decision is known."""
    if rules.design in ("crm", "tite_crm"):
        return _crm(title, rules)
    if found is None:
        return None
    if found.is_grid:
        return chart(title, [_grid_stage(rules, found)], list(_grid_asides(rules)))
    stages: list[Stage] = []
    for n in found.counts:
        outcomes = [_outcome(each, rules, found) for each in groups(found, n)]
        if outcomes:
            stages.append(Stage(n, _stage_text(n, rules, first=not stages), outcomes))
    return chart(title, stages, list(_asides(rules, found)))


def _stage_text(n: int, rules: Escalation, first: bool) -> str:
    if rules.within_participant:
        return "The participant is treated at a level" if n == 1 else f"{n} doses at the level"
    return f"{counted(n, 'participant')} treated at {'a' if first else 'the'} level"


def _outcome(group: Group, rules: Escalation, found: Decisions) -> Outcome:
    decision = group.decision
    to = decision.up_to if decision.up_to in found.counts and (decision.up_to or 0) > group.n else None
    goes_on = decision.code in (ESCALATE, DOWN) or (decision.code == STAY and to is None)
    seen = f"{group.text} with DLT"
    if group.n == 1:
        seen = {(0, 0): "no DLT", (1, 1): "DLT"}.get((group.low, group.high), "DLT or not")
    return Outcome(seen, _action(decision, group.n, rules), decision.code, to, goes_on)


def _action(decision: Decision, n: int, rules: Escalation) -> str:
    """`Escalate: 3 participants at the next higher level`."""
    if rules.within_participant and decision.words in ("escalate", "stay", "de-escalate", "stop"):
        return _WITHIN[decision.code]
    group = counted(rules.cohort_size, "participant") if rules.cohort_size else "participants"
    known = {
        "escalate": f"Escalate: {group} at the next higher level",
        "stay": f"Stay: {group} more at the same level",
        "de-escalate": f"De-escalate: {group} at the next lower level",
        "stop without MTD": "Stop without MTD",
    }
    if decision.words in known:
        return known[decision.words]
    if decision.code == STAY and decision.up_to:
        return f"Expand: {decision.up_to - n} more at the same level, {decision.up_to} in all"
    if decision.code == NONE:
        return "No rule: the protocol does not say what follows"
    return decision.words[:1].upper() + decision.words[1:]


def _asides(rules: Escalation, found: Decisions) -> Iterator[Aside]:
    codes = {decision.code for decision in found.at.values()}
    yield from _before(rules)
    nothing = {"above_top": (), "below_bottom": (), "closed": None}
    for title, field, code in (("Highest level", "above_top", ESCALATE), ("Lowest level", "below_bottom", DOWN)):
        said = dosing.escalation_edges(rules.model_copy(update={**nothing, field: getattr(rules, field)}))
        if said:
            yield Aside(title, " ".join(said))
        elif code in codes or (field == "below_bottom" and any("below" in each.words for each in found.at.values())):
            yield Aside(title, f"No rule says what follows {'above' if code == ESCALATE else 'below'} it.", NONE)
    closed = dosing.escalation_edges(rules.model_copy(update={**nothing, "closed": rules.closed}))
    if closed:
        yield Aside("Closed levels", " ".join(closed))
    elif rules.design in ("three_plus_three", "accelerated") and "de-escalate" in {d.words for d in found.at.values()}:
        yield Aside("Closed levels", "A level with 2 or more DLTs is closed. A level with 6 participants gets no more.")
    if not rules.within_participant or rules.mtd is not None:
        yield _mtd(rules)


def _before(rules: Escalation) -> Iterator[Aside]:
    if is_titrating(rules):
        yield Aside("Before", " ".join(titration(rules)).replace(dosing.DLT, "DLT"))


def _mtd(rules: Escalation) -> Aside:
    said = dosing.mtd(rules.mtd, rules.within_participant) or [mtd_of_variant(rules) or ""]
    return Aside("MTD", said[0]) if said[0] else Aside("MTD", "No rule says which level becomes the MTD.", NONE)


# Designs without rows ----------------------------------------------------------------------------------------


def _cohort(rules: Escalation) -> str:
    size = rules.cohort_size or 1
    return "One participant at the current level" if size == 1 else f"A cohort of {size} at the current level"


def _grid_stage(rules: Escalation, found: Decisions) -> Stage:
    size = rules.cohort_size or 1
    many = "the next participant" if size == 1 else f"the next {size}"
    actions = {
        ESCALATE: f"Escalate: {many} at the next higher level",
        STAY: f"Stay: {many} at the same level",
        DOWN: f"De-escalate: {many} at the next lower level",
        CLOSE: "De-escalate, and close this level and all above for good",
        NONE: "No rule: the table does not say what follows",
    }
    counts = [n for n in found.cohorts if any(at == n for at, _ in found.at)]
    seen: dict[str, list[str]] = {code: [] for code in actions}
    for n in counts[:_SHOWN_COUNTS]:
        for group in groups(found, n):
            seen[group.decision.code].append(group.text)
    more = " …" if len(counts) > _SHOWN_COUNTS else ""
    return Stage(
        0,
        _cohort(rules),
        [
            Outcome(f"{', '.join(seen[code])}{more} with DLT", actions[code], code, again=code != NONE)
            for code in actions
            if seen[code]
        ],
    )


def _grid_asides(rules: Escalation) -> Iterator[Aside]:
    yield from _before(rules)
    yield Aside("Highest open level", "Participants are treated at it instead of a higher one.")
    yield Aside(
        "Lowest level", "Participants are treated at it instead of a lower one; if it is closed, all ends without MTD."
    )
    target, extra = fraction(rules, "target"), fraction(rules, "extra_safe")
    if target is not None and extra is not None:
        yield Aside(
            "Extra safety",
            f"Stop without MTD if, at the lowest level, P(DLT rate > {percent(target)}) is above {percent(extra)}.",
            STOP,
        )
    yield from _ends(rules)
    if rules.mtd is not None:
        yield _mtd(rules)
    elif target is not None:
        bound = bounded(rules, target)
        most = f", and not above {100 * bound:.1f} %" if bound is not None else ""
        yield Aside("MTD", f"The level whose DLT rate, by isotonic regression, is nearest to {percent(target)}{most}.")


def _ends(rules: Escalation) -> Iterator[Aside]:
    early = setting(rules, "early_stop")
    parts = [f"{counted(rules.max_total, 'participant')} treated in all"] if rules.max_total else []
    parts += [f"{early} participants at a level that would be treated again"] if early is not None else []
    if parts:
        yield Aside("End", ", or ".join(parts) + ".")


def _crm(title: str, rules: Escalation) -> Chart | None:
    target = fraction(rules, "target")
    if target is None:
        return None
    skipping = "" if setting(rules, "skipping") == "yes" else ", skipping no level"
    nearest = f"Estimated rate nearest to {percent(target)}:"
    stage = Stage(
        0,
        f"{_cohort(rules)}; all rates are estimated again",
        [
            Outcome(f"{nearest} a higher level", f"Escalate: towards it{skipping}", ESCALATE, again=True),
            Outcome(f"{nearest} this level", "Stay: more at the same level", STAY, again=True),
            Outcome(f"{nearest} a lower level", "De-escalate: to that level", DOWN, again=True),
        ],
    )
    coherent = Aside("Coherence", f"Not up after a cohort with a DLT rate of {percent(target)} or more.")
    asides = [*_before(rules), *([coherent] if setting(rules, "coherent") == "yes" else []), *_ends(rules)]
    return chart(title, [stage], [*asides, Aside("MTD", "The level of the nearest rate at the end.")])
