"""What `protoc dose` tells about a design, as data: the JSON of the command, from which text, CSV and HTML are made."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

from protocol_dsl.dosing import conducted
from protocol_dsl.dosing import duration as timing
from protocol_dsl.dosing.arrivals import Conduct
from protocol_dsl.dosing.built import Built
from protocol_dsl.dosing.conducted import Setup
from protocol_dsl.dosing.exact import Characteristics, Structure, evaluate_all, explore, structure
from protocol_dsl.dosing.machine import Closed, Design
from protocol_dsl.dosing.merged import Merged
from protocol_dsl.dosing.overdose import SHARES, overdosed
from protocol_dsl.dosing.paths import Likely, most_probable, transitions
from protocol_dsl.dosing.replacement import UNLIMITED, Replaceable
from protocol_dsl.dosing.simulate import SEED, TRIALS, simulate

VERSION = 1
_DIGITS = 12

View = dict[str, Any]


class Scenario(NamedTuple):
    """True DLT rates, one for each level, with a name or None."""

    rates: tuple[float, ...]
    name: str | None = None


class Unset(Exception):
    """Raised for a design that can only be simulated, where nothing says how participants arrive."""


def characteristics(
    design: Design, scenarios: Sequence[Scenario], trials: int = TRIALS, seed: int = SEED
) -> tuple[list[Characteristics], Structure | Merged | None]:
    """Exact characteristics with what they were computed from, or simulated ones."""
    rates = [scenario.rates for scenario in scenarios]
    try:
        made = structure(design)
    except Closed:
        return [simulate(design, each, trials, seed) for each in rates], None
    return evaluate_all(made, rates), made


def oc(built: Built, scenarios: Sequence[Scenario], target: float | None = None, setup: Setup | None = None) -> View:
    """Operating characteristics; `target` as a fraction, for the level that should be found.

    `setup` is needed for a design that depends on the calendar; raises `Unset` without it.
    """
    target = built.target if target is None else target
    made: Structure | Merged | None = None
    seed = SEED
    if built.design is not None:
        found, made = characteristics(built.design, scenarios)
    elif built.runner is not None and setup is not None:
        seed = setup.seed
        found = [
            conducted.characteristics(conducted.run(built.runner, each.rates, setup), each.rates) for each in scenarios
        ]
    else:
        raise Unset
    return {
        **_head(built),
        "target": target,
        "declares_mtd": built.table is None or built.table.mtd is not None,
        "paths": made.paths if made is not None else None,
        "scenarios": [
            {
                **_scenario(scenario, each, made.sizes if made is not None else None, target, seed),
                **_overdose(built.design, made, each, target),
            }
            for scenario, each in zip(scenarios, found, strict=True)
        ],
    }


def _overdose(
    design: Design | None, made: Structure | Merged | None, found: Characteristics, target: float | None
) -> dict[str, Any]:
    """How often most participants are treated above the level that is sought, where that is exact."""
    if design is None or made is None or target is None:
        return {}
    try:
        shares = overdosed(design, made, found.rates, nearest(found.rates, target))
    except Closed:
        return {}
    return {"overdose": {f"{share:g}": _round(p) for share, p in zip(SHARES, shares, strict=True)}}


def _scenario(
    scenario: Scenario, found: Characteristics, sizes: tuple[int, int] | None, target: float | None, seed: int
) -> dict[str, Any]:
    least, most = sizes if sizes is not None else (min(found.sizes), max(found.sizes))
    view: dict[str, Any] = {
        **_named(scenario),
        "exact": found.exact,
        "select": _rounded(found.select),
        "participants": _rounded(found.participants),
        "dlts": _rounded(found.dlts),
        "n": {
            "mean": _round(found.mean),
            "sd": _round(found.sd),
            "min": least,
            "max": most,
            "quantiles": {f"{q:g}": found.quantile(q) for q in (0.05, 0.25, 0.5, 0.75, 0.95)},
            "distribution": {str(n): _round(p) for n, p in found.sizes.items()},
        },
        "stop_reasons": {reason: _round(p) for reason, p in found.reasons.items()},
    }
    if not found.exact:
        view["trials"] = found.trials
        view["seed"] = seed
        view["standard_errors"] = _rounded(found.errors)
        view["n"]["standard_error"] = _round(found.sd / sqrt(found.trials or 1))
    if target is not None:
        sought = nearest(found.rates, target)
        share = sum(found.participants) or 1.0
        view["sought"] = sought + 1
        view["pcs"] = _round(found.select[sought + 1])
        view["select_above"] = _round(sum(found.select[sought + 2 :]))
        view["share_above"] = _round(sum(found.participants[sought + 1 :]) / share)
        view["share_at"] = _round(found.participants[sought] / share)
    return view


def nearest(rates: Sequence[float], target: float) -> int:
    """The level that should be found, from 0: the one whose rate is nearest to the target, the lower of two."""
    return min(range(len(rates)), key=lambda level: abs(rates[level] - target))


def table(built: Built) -> View | None:
    """The decisions after each number of participants at a level; None for a design that has no such table."""
    decisions: list[dict[str, Any]] = []
    if built.table is not None:
        for n, rows in sorted(built.table.tables.items()):
            for y, acts in sorted(rows.items()):
                said = " then ".join(_act(act.kind, act.number, act.level, built.names) for act in acts)
                decisions.append({"n": n, "y": y, "decision": said, "code": _code([act.kind for act in acts])})
    elif built.grid is not None:
        words = {"E": "escalate", "S": "stay", "D": "de-escalate", "U": "de-escalate and eliminate", " ": "no rule"}
        for n, row in enumerate(built.grid):
            for y, code in enumerate(row):
                decisions.append({"n": n, "y": y, "decision": words[code], "code": code.strip()})
    else:
        return None
    return {**_head(built), "target": built.target, "decisions": decisions}


def _act(kind: str, number: int, level: int, names: tuple[str, ...]) -> str:
    if kind == "treat_more":
        return f"treat {number} more at {'level below' if level < 0 else names[level]}"
    words = {"expand": f"expand to {number}", "de_escalate": "de-escalate", "stop_without_mtd": "stop without mtd"}
    return words.get(kind, "people decide" if kind == "decide" else kind)


def _code(kinds: list[str]) -> str:
    if "escalate" in kinds:
        return "E"
    if "decide" in kinds:
        return ""
    return "S" if "stay" in kinds or "expand" in kinds else "D"


def paths(built: Built, design: Design, scenarios: Sequence[Scenario], most: int, groups: int | None) -> View:
    """The most probable paths, or with `groups` all of the first groups. Raises `Closed` for too many states."""
    made = explore(design)
    view: list[dict[str, Any]] = []
    for scenario in scenarios:
        found = (
            most_probable(made, scenario.rates, most) if groups is None else transitions(made, scenario.rates, groups)
        )
        view.append({**_named(scenario), "paths": [_path(each, built.names) for each in found]})
    return {**_head(built), "paths": made.paths, "groups": groups, "scenarios": view}


def _path(likely: Likely, names: tuple[str, ...]) -> dict[str, Any]:
    ending = likely.ending
    return {
        "p": _round(likely.probability),
        "groups": [
            {
                "level": names[step.level],
                "n": step.treated[step.level] + step.size,
                "y": step.dlts[step.level] + dlts,
                "group": [dlts, step.size],
            }
            for step, dlts in likely.path
        ],
        "ended": ending is not None,
        "mtd": names[ending.mtd] if ending is not None and ending.mtd is not None else None,
        "reason": ending.reason if ending is not None else None,
    }


def duration(built: Built, scenarios: Sequence[Scenario], setup: Setup) -> View:
    """The duration: exact for a design by cohorts run as planned, unless it has too many states; else simulated."""
    made: Structure | Merged | None = None
    if built.design is not None and setup.is_exact:
        try:
            made = timing.timed(built.design, replaceable=_limit(setup))
        except Closed:
            made = None
    view: list[dict[str, Any]] = []
    for scenario in scenarios:
        if made is not None:
            view.append({**_named(scenario), **_exact_duration(made, scenario, setup)})
        else:
            view.append({**_named(scenario), **_simulated_duration(built, scenario, setup)})
    days = setup.timing
    return {
        **_head(built),
        "timing": {
            "accrual_days": days.accrual,
            "window_days": days.window,
            "stagger_days": days.stagger,
            "stagger_after": days.stagger_after,
            "next_level_days": days.next_level,
            **_conduct(setup.conduct),
            **_replaced(_limit(setup), made is not None),
        },
        "scenarios": view,
    }


def _conduct(conduct: Conduct) -> dict[str, Any]:
    """What is said about the conduct, beside the share that is not evaluable only what differs from the usual."""
    view: dict[str, Any] = {"not_evaluable": conduct.not_evaluable}
    if conduct.not_evaluable:
        view["not_evaluable_known"] = conduct.known
    if conduct.waiting != 0:
        view["waiting"] = "all" if conduct.waiting is None else conduct.waiting
    if conduct.backfill:
        view["backfill"] = conduct.backfill
    if conduct.early_decision:
        view["early_decision"] = True
    if conduct.fixed_accrual:
        view["fixed_accrual"] = True
    return view


def _exact_duration(made: Structure | Merged, scenario: Scenario, setup: Setup) -> dict[str, Any]:
    not_evaluable, replaceable = setup.conduct.not_evaluable, _limit(setup)
    found = timing.duration(made, scenario.rates, setup.timing, not_evaluable, replaceable)
    one: dict[str, Any] = {
        "exact": True,
        "mean": round(found.mean, 6),
        "sd": round(found.sd, 6),
        "quantiles": {f"{q:g}": round(found.quantile(q), 3) for q in timing.QUANTILES},
        "closed_days": round(found.closed, 6),
    }
    if setup.within is not None:
        one["within"] = {"days": setup.within, "p": _round(found.within(setup.within))}
    if not_evaluable:
        sizes: dict[int, float] = {}
        for (n, _), p in found.parts.items():
            sizes[n] = sizes.get(n, 0.0) + p
        one["enrolled"] = {
            "mean": _round(sum(n * p for n, p in sizes.items())),
            "distribution": {str(n): _round(p) for n, p in sorted(sizes.items()) if p > 1e-9},
        }
    if replaceable.up_to is not None:
        one["p_short"] = _round(found.p_short)
    return one


def _limit(setup: Setup) -> Replaceable:
    """The limit of replacements, where anybody is replaced."""
    return setup.replaceable if setup.conduct.not_evaluable else UNLIMITED


def _replaced(replaceable: Replaceable, is_kept: bool) -> View:
    """The limit of the protocol, and whether the numbers keep to it: simulated trials replace everybody."""
    if replaceable.up_to is None:
        return {}
    return {"replaced_up_to": replaceable.up_to, "replaced_per": replaceable.per, "limit_kept": is_kept}


def _simulated_duration(built: Built, scenario: Scenario, setup: Setup) -> dict[str, Any]:
    machine = built.design if built.design is not None else built.runner
    if machine is None:
        raise Unset
    found = conducted.run(machine, scenario.rates, setup)
    one: dict[str, Any] = {
        "exact": False,
        "trials": found.trials,
        "seed": found.seed,
        "mean": round(found.duration.mean, 6),
        "standard_error": round(found.duration.error, 6),
        "sd": round(found.sd, 6),
        "quantiles": {f"{q:g}": round(found.quantile(q), 3) for q in timing.QUANTILES},
        "enrolled": {"mean": _round(found.enrolled.mean), "standard_error": _round(found.enrolled.error)},
        "turned_away": {"mean": _round(found.turned_away.mean), "standard_error": _round(found.turned_away.error)},
    }
    if setup.within is not None:
        share = found.within(setup.within)
        one["within"] = {"days": setup.within, "p": share.mean, "standard_error": _round(share.error)}
    if setup.conduct.backfill:
        one["backfilled"] = _rounded([each.mean for each in found.backfilled])
        one["backfilled_dlts"] = _rounded([each.mean for each in found.backfilled_dlts])
    return one


def compare(
    designs: Sequence[Built], scenarios: Sequence[Scenario], target: float | None, setup: Setup | None = None
) -> View:
    """The characteristics of several designs with the same levels in the same scenarios."""
    views = [oc(each, scenarios, target, setup) for each in designs]
    return {
        "version": VERSION,
        "levels": views[0]["levels"],
        **({"within_participant": True} if designs[0].is_within else {}),
        "target": target,
        "designs": [{name: each[name] for name in ("design", "declares_mtd", "paths", "scenarios")} for each in views],
    }


def _head(built: Built) -> View:
    return {
        "version": VERSION,
        "escalation": built.escalation.name,
        "design": built.title,
        "levels": list(built.names),
        **({"within_participant": True} if built.is_within else {}),
    }


def _named(scenario: Scenario) -> dict[str, Any]:
    view: dict[str, Any] = {"dlt_rates": list(scenario.rates)}
    if scenario.name is not None:
        view["name"] = scenario.name
    return view


def _round(value: float) -> float:
    """As many digits as array and single computations agree in, so that the output does not depend on which ran."""
    return round(value, _DIGITS)


def _rounded(values: Sequence[float]) -> list[float]:
    return [_round(value) for value in values]
