"""The tables of numbers in `docs/dosing.md`, computed. `python -m tests.docs.dosing_numbers` prints them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from protocol_dsl.dosing.arrivals import Conduct
from protocol_dsl.dosing.courses import Estimate
from protocol_dsl.dosing.designs import grids
from protocol_dsl.dosing.designs.crm import Crm, fit, indifference_skeleton
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.duration import Timing, duration, timed
from protocol_dsl.dosing.events import simulate
from protocol_dsl.dosing.exact import evaluate, explore, structure
from protocol_dsl.dosing.machine import Design
from protocol_dsl.dosing.overdose import overdosed
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from protocol_dsl.dosing.replacement import Replaceable, enrolled_for
from protocol_dsl.dosing.rolling_six import RollingSix
from protocol_dsl.dosing.simulate import simulate as simulate_paths
from protocol_dsl.dosing.tite_crm import TiteCrm

A = (0.05, 0.10, 0.20, 0.30, 0.50)
C = (0.10, 0.25, 0.40)
LEVELS = ("none", "1", "2", "3", "4", "5")
TRIALS = 2000


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def decimals(values: Iterable[float], places: int) -> list[str]:
    return [f"{value:.{places}f}" for value in values]


def interval(rule: Callable[..., Any], **more: Any) -> IntervalDesign:
    """30 participants in cohorts of three on five levels, target 0.30."""
    return IntervalDesign(5, rule(0.3, 30), 3, 30, IsotonicMtd(0.3, bound=more.pop("bound", None)), target=0.3, **more)


def passed() -> str:
    rates = (0.05, 0.10, 0.20, 0.25, 0.30, 0.40, 0.50)
    found = [evaluate(explore(three_plus_three(1, "V1")), [p]).select[1] for p in rates]
    formula = [(1 - p) ** 3 + 3 * p * (1 - p) ** 5 for p in rates]
    return table(["p", *decimals(rates, 2)], [["engine", *decimals(found, 6)], ["formula", *decimals(formula, 6)]])


def oc_row(title: str, design: Design) -> list[str]:
    made = structure(design)
    found = evaluate(made, A)
    return [
        title,
        *decimals(found.select, 6),
        f"{found.mean:.5f}",
        f"{sum(found.dlts):.5f}",
        f"{made.sizes[0]}–{made.sizes[1]}",
    ]


def oc_table(rows: Iterable[tuple[str, Design]]) -> str:
    return table(["design", *LEVELS, "E(N)", "E(DLTs)", "N"], [oc_row(*row) for row in rows])


def variants() -> str:
    rows: list[tuple[str, Design]] = [(name, three_plus_three(5, name)) for name in VARIANTS]
    rows.append(("titration, then V1", three_plus_three(5, "V1", titration=True)))
    return oc_table(rows)


def paths() -> str:
    rows = [
        [name, *(str(explore(three_plus_three(levels, name)).paths) for levels in range(1, 6))] for name in VARIANTS
    ]
    return table(["levels", "1", "2", "3", "4", "5"], rows)


def boundaries() -> str:
    rows = [[f"{target:.2f}", *decimals(grids.boin_boundaries(target), 7)] for target in (0.20, 0.25, 0.30, 0.35)]
    return table(["target", "λe", "λd"], rows)


def grid_rows() -> str:
    rules = {"BOIN": grids.boin, "Keyboard, mTPI-2": grids.keyboard, "mTPI": grids.mtpi, "i3+3": grids.i3_plus_3}
    return table(
        ["n", "3", "6", "9", "12"],
        [[name, *(f"`{rule(0.3, 12)[n]}`" for n in (3, 6, 9, 12))] for name, rule in rules.items()],
    )


def model_assisted() -> str:
    skeleton = tuple(indifference_skeleton(0.05, 0.30, 3, 5))
    return oc_table(
        [
            ("BOIN", interval(grids.boin)),
            ("BOIN, ends at 9 at a level", interval(grids.boin, early_stop=9)),
            ("BOIN, MTD bounded by λd", interval(grids.boin, bound=grids.boin_boundaries(0.3)[1])),
            ("Keyboard", interval(grids.keyboard)),
            ("i3+3", interval(grids.i3_plus_3)),
            ("mTPI", interval(grids.mtpi)),
            ("CRM", Crm(skeleton, 0.3, 3, 30)),
            ("CRM, coherent", Crm(skeleton, 0.3, 3, 30, coherent=True)),
        ]
    )


def crm() -> str:
    skeleton = (0.05, 0.12, 0.25, 0.40, 0.55)
    full = fit(skeleton, 0.25, (0, 0, 1, 2, 2, 2), (0, 0, 0, 0, 1, 1))
    tite = fit(skeleton, 0.25, (0, 0, 0, 1, 1, 1), (0, 0, 0, 0, 1, 0), weights=(1, 1, 1, 0.75, 1, 0.25))
    return table(
        ["data", "estimate", "rates", "level"],
        [
            ["CRM", f"{full.mean:.6f}", ", ".join(decimals(full.rates, 5)), str(full.level + 1)],
            ["TITE-CRM", f"{tite.mean:.6f}", ", ".join(decimals(tite.rates, 5)), str(tite.level + 1)],
        ],
    )


def skeletons() -> str:
    rows = [
        [f"{half:.2f}, {target:.2f}, {mtd}, {levels}", *decimals(indifference_skeleton(half, target, mtd, levels), 6)]
        for half, target, mtd, levels in ((0.05, 0.30, 3, 5), (0.05, 0.25, 3, 5), (0.05, 0.20, 3, 5))
    ]
    return table(["half-width, target, level, levels", "1", "2", "3", "4", "5"], rows)


def days() -> str:
    rows: list[list[str]] = []
    for rates, variant, timing in (
        (C, "V1", Timing(14, 28, 14)),
        (C, "V2", Timing(14, 28, 14)),
        (A, "V1", Timing(10, 28, 14)),
    ):
        found = duration(timed(three_plus_three(len(rates), variant)), rates, timing)
        rows.append(
            [
                f"{len(rates)} levels, {variant}, one in {timing.accrual:g} days",
                f"{found.mean:.3f}",
                f"{found.sd:.3f}",
                *decimals((found.quantile(q) for q in (0.1, 0.5, 0.9)), 1),
            ]
        )
    return table(["escalation", "mean", "sd", "10 %", "50 %", "90 %"], rows)


def replacement() -> str:
    rows: list[list[str]] = []
    for q in (0.10, 0.15):
        law = enrolled_for(18, q)
        rows.append(
            [
                f"{q:.2f}",
                f"{sum(n * p for n, p in law.items()):.2f}",
                *decimals((sum(p for n, p in law.items() if n > limit) for limit in (20, 24)), 4),
            ]
        )
    return table(["q", "E(enrolled)", "P(> 20)", "P(> 24)"], rows)


def limited() -> str:
    rows: list[list[str]] = []
    for name, per in (("one per cohort", "cohort"), ("one per level", "level"), ("one in all", None)):
        limit = Replaceable(1, per)
        found = duration(timed(three_plus_three(3, "V2"), replaceable=limit), C, Timing(14, 28, 14), 0.1, limit)
        enrolled = sum(n * p for (n, _), p in found.parts.items())
        rows.append([name, f"{found.p_short:.4f}", f"{enrolled:.2f}", f"{found.mean:.1f}"])
    free = duration(timed(three_plus_three(3, "V2")), C, Timing(14, 28, 14), 0.1)
    rows.append(["no limit", "0", f"{sum(n * p for (n, _), p in free.parts.items()):.2f}", f"{free.mean:.1f}"])
    return table(["limit", "P(too few)", "E(enrolled)", "days"], rows)


def with_error(found: Estimate, places: int = 1) -> str:
    return f"{found.mean:.{places}f} ± {found.error:.{places}f}"


def monte_carlo() -> str:
    design = interval(grids.boin)
    exact, found = evaluate(structure(design), A), simulate_paths(design, A, TRIALS)
    return table(
        ["P(select)", *LEVELS],
        [
            ["exact", *decimals(exact.select, 4)],
            [f"{TRIALS} trials", *decimals(found.select, 4)],
            ["standard error", *decimals(found.errors, 4)],
        ],
    )


def overdose() -> str:
    rates, sought = (0.05, 0.15, 0.30, 0.45, 0.60), 2
    crm = Crm(tuple(indifference_skeleton(0.05, 0.3, 3, 5)), 0.3, 3, 30)
    designs: list[tuple[str, Design]] = [(f"3+3 {name}", three_plus_three(5, name)) for name in ("V1", "V3")]
    rows: list[list[str]] = []
    for title, design in [*designs, ("BOIN", interval(grids.boin)), ("CRM", crm)]:
        made = structure(design)
        found = evaluate(made, rates)
        above = sum(found.select[sought + 2 :]), sum(found.participants[sought + 1 :]) / found.mean
        rows.append([title, *decimals((*above, *overdosed(design, made, rates, sought)), 4)])
    return table(["design", "P(above declared)", "share above", "P(> 60 % above)", "P(> 80 % above)"], rows)


def conducts() -> str:
    design, timing = three_plus_three(3, "V3"), Timing(14, 28, 14)
    exact = duration(timed(design), C, timing)
    rows = [["exact", f"{exact.mean:.1f}", f"{evaluate(explore(design), C).mean:.2f}", f"{exact.closed / 14:.1f}"]]
    for title, conduct in (
        ("as planned", Conduct()),
        ("early decisions", Conduct(early_decision=True)),
        ("two may wait", Conduct(waiting=2)),
        ("all wait", Conduct(waiting=None)),
        ("15 % not evaluable, known before", Conduct(not_evaluable=0.15)),
        ("15 % not evaluable, during the window", Conduct(not_evaluable=0.15, known="during")),
        ("backfill up to 3 per level", Conduct(backfill=3)),
    ):
        found = simulate(design, C, timing, conduct, TRIALS)
        rows.append([title, with_error(found.duration), with_error(found.enrolled, 2), with_error(found.turned_away)])
    return table(["3+3 V3", "days", "enrolled", "turned away"], rows)


def rolling() -> str:
    rates, timing = (0.02, 0.05, 0.10, 0.30, 0.60), Timing(10, 28)
    rows: list[list[str]] = []
    designs: list[tuple[str, Any, str]] = [
        ("3+3 V3", three_plus_three(5, "V3"), "350 ± 84 days, 3.2 DLTs"),
        ("rolling six", RollingSix(5), "294 ± 75 days, 3.3 DLTs"),
        ("TITE-CRM, 24 participants", TiteCrm(tuple(indifference_skeleton(0.05, 0.25, 3, 5)), 0.25, 24), "–"),
    ]
    for title, design, published in designs:
        found = simulate(design, rates, timing, trials=1000)
        rows.append([title, with_error(found.duration), f"{found.sd:.1f}", with_error(found.total_dlts, 2), published])
    return table(["design", "days", "sd", "DLTs", "published"], rows)


TABLES: dict[str, Callable[[], str]] = {
    each.__name__: each
    for each in (
        passed, variants, paths, boundaries, grid_rows, model_assisted, crm, skeletons, days, replacement, limited,
        monte_carlo, overdose, conducts, rolling,
    )
}  # fmt: skip


if __name__ == "__main__":
    for name, made in TABLES.items():
        print(f"<!-- numbers: {name} -->\n\n{made()}\n")
