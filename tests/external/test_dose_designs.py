"""BOIN, Keyboard, mTPI, i3+3 and CRM against published packages and independently enumerated values."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from protocol_dsl.dosing.designs import crm, grids
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.exact import evaluate, structure
from tests.external.dose_reference import FILE, WHY_SKIPPED, reference, rows

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=WHY_SKIPPED)
DATA = reference()
GRIDS = {"boin": grids.boin, "keyboard": grids.keyboard, "mtpi": grids.mtpi, "i3+3": grids.i3_plus_3}


def design(row: dict[str, Any], levels: int, name: str | None = None) -> IntervalDesign:
    options, target = row["options"], row["target"]
    maximum = row["cohort_size"] * row["cohorts"]
    extra_safe = 0.9 if options.get("extrasafe") else None
    bound = grids.boin_boundaries(target)[1] if options.get("boundMTD") else None
    return IntervalDesign(
        levels,
        GRIDS[name or row["design"]](target, maximum),
        row["cohort_size"],
        maximum,
        IsotonicMtd(target, bound=bound, extra_safe=extra_safe),
        early_stop=options.get("n_earlystop"),
        target=target,
        extra_safe=extra_safe,
        titration=options.get("titration", False),
    )


@pytest.mark.parametrize("row", rows(DATA, "boin_lambdas", "rows"), ids=lambda row: str(row["target"]))
def test_boin_boundaries(row: dict[str, Any]) -> None:
    assert grids.boin_boundaries(row["target"]) == pytest.approx((row["lambda_e"], row["lambda_d"]), abs=6e-8)


@pytest.mark.parametrize("row", rows(DATA, "boin_tables", "rows"), ids=lambda row: str(row["target"]))
def test_boin_tables(row: dict[str, Any]) -> None:
    grid = grids.boin(row["target"], 18)
    for n, up, down, out in zip(
        row["n"], row["escalate_if_dlt_le"], row["deescalate_if_dlt_ge"], row["eliminate_if_dlt_ge"], strict=True
    ):
        least = n + 1 if out is None else out
        stay = down - up - 1
        assert grid[n] == "E" * (up + 1) + "S" * stay + "D" * (least - down) + "U" * (n + 1 - least)


def test_the_extra_rule_for_the_lowest_level() -> None:
    extra = DATA["boin_tables"]["extrasafe"]
    rule = IntervalDesign(1, ("",), 3, 18, IsotonicMtd(0.3), target=0.3, extra_safe=0.9)
    for n, least in zip(extra["n"], extra["stop_if_dlt_ge"], strict=True):
        assert [rule.is_unsafe(n, y) for y in range(n + 1)] == [y >= least for y in range(n + 1)]


@pytest.mark.parametrize("row", rows(DATA, "decision_strings", "rows"), ids=lambda row: row["design"])
def test_decisions(row: dict[str, Any]) -> None:
    grid = GRIDS[row["design"].split()[0].lower()](0.3, 18)
    assert {n: grid[int(n)] for n in row["strings"]} == row["strings"]
    beyond = row.get("beyond")
    for n, up, down in zip(*(beyond.values() if beyond else ((), (), ())), strict=True):
        assert grid[n].count("E") == up + 1
        assert n + 1 - grid[n].count("D") - grid[n].count("U") == down


DIFFERENCES = DATA.get("decision_strings", {}).get("differences_at_target_0.30", {})


@pytest.mark.parametrize("pair", DIFFERENCES)
def test_where_the_designs_differ(pair: str) -> None:
    one, other = pair.split("_vs_")
    largest = max(each["n"] for each in DIFFERENCES[pair])
    # i3+3 and Keyboard are compared up to the cohorts of three that the reference speaks of.
    until = 18 if other == "boin" else largest
    found = {
        (n, y): both
        for n in range(1, until + 1)
        for y, both in enumerate(zip(GRIDS[one](0.3, 18)[n], GRIDS[other](0.3, 18)[n], strict=True))
        if both[0] != both[1]
    }
    assert found == {(each["n"], each["y"]): (each[one], each[other]) for each in DIFFERENCES[pair]}


@pytest.mark.parametrize(
    "row",
    rows(DATA, "model_assisted_exact", "rows"),
    ids=lambda row: f"{row['design']}-{row['scenario']}-{'-'.join(row['options'])}",
)
def test_exact_values(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    expected, tolerance = row["expected"], row["tolerance"]
    for name in [row["design"], *([row["options"]["also"]] if "also" in row["options"] else [])]:
        found = evaluate(structure(design(row, len(rates), name)), rates)
        assert found.select == pytest.approx(expected["select"], abs=tolerance["select"])
        assert found.participants == pytest.approx(
            expected["mean_patients_per_dose"], abs=tolerance["mean_patients_per_dose"]
        )
        assert sum(found.dlts) == pytest.approx(expected["mean_dlt"], abs=tolerance["mean_dlt"])
        if "mean_n" in expected:
            assert found.mean == pytest.approx(expected["mean_n"], abs=tolerance["mean_n"])


@pytest.mark.parametrize(
    "row",
    rows(DATA, "boin_simulations", "rows"),
    ids=lambda row: f"{row['scenario']}-{row['trials']}-{'-'.join(row['options'])}",
)
def test_within_the_error_of_published_simulations(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    found = evaluate(structure(design(row, len(rates))), rates)
    for p, simulated in zip(found.select, row["expected"]["select"], strict=True):
        assert abs(p - simulated) <= 3.5 * sqrt(p * (1 - p) / row["trials"])
    expected, trials = row["expected"], row["trials"]
    if "mean_n" in expected:
        assert abs(found.mean - expected["mean_n"]) <= 3.5 * found.sd / sqrt(trials) + 0.005
    # Participants at a level lie between none and all, so that their standard deviation is at most half of all.
    for mean, simulated in zip(
        found.participants, expected.get("mean_patients_per_dose", found.participants), strict=True
    ):
        assert abs(mean - simulated) <= 3.5 * found.mean / 2 / sqrt(trials)
    # The DLTs vary at most as a sum of independent ones does with the whole sample at one level of rate one half.
    if "mean_dlt" in expected:
        assert abs(sum(found.dlts) - expected["mean_dlt"]) <= 3.5 * sqrt(max(found.sizes) / 4) / sqrt(trials) + 0.005


@pytest.mark.parametrize("row", rows(DATA, "getprior", "rows"), ids=lambda row: f"{row['model']}-{row['target']}")
def test_skeletons(row: dict[str, Any]) -> None:
    found = crm.indifference_skeleton(row["halfwidth"], row["target"], row["nu"], row["nlevel"], row["model"])
    assert found == pytest.approx(row["skeleton"], abs=6e-7)


def skeleton(row: dict[str, Any]) -> list[float]:
    given = row.get("skeleton_from")
    if given is None:
        return row["skeleton"]
    return crm.indifference_skeleton(given["halfwidth"], given["target"], given["nu"], given["nlevel"])


@pytest.mark.parametrize(
    "row", rows(DATA, "crm_fits", "rows"), ids=lambda row: f"{row['method']}-{row['model']}-{row['target']}"
)
def test_fits(row: dict[str, Any]) -> None:
    levels = [level - 1 for level in row["level"]]
    expected = row["expected"]
    if row["method"] == "mle":
        found = crm.most_likely(skeleton(row), levels, row["dlt"], row["model"])
        assert found == pytest.approx(expected["estimate"], abs=row["tolerance"]["estimate"])
        return
    fit = crm.fit(skeleton(row), row["target"], levels, row["dlt"], row["model"], row.get("weight"))
    assert fit.mean == pytest.approx(expected["estimate"], abs=1e-6)
    assert fit.level + 1 == expected["mtd"]
    if "p_dlt" in expected:
        assert fit.rates == pytest.approx(expected["p_dlt"], abs=1e-6)
    if "posterior_variance" in expected:
        assert fit.variance == pytest.approx(expected["posterior_variance"], abs=1e-6)


@pytest.mark.parametrize(
    "row", rows(DATA, "crm_exact", "rows"), ids=lambda row: f"{row['cohorts']}-coherent-{row['coherence']}"
)
def test_crm_trials(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    made = crm.Crm(
        tuple(skeleton(row)),
        row["target"],
        row["cohort_size"],
        row["cohort_size"] * row["cohorts"],
        start=row["start"] - 1,
        skipping=not row["no_skipping_up"],
        coherent=row["coherence"],
    )
    found = evaluate(structure(made), rates)
    expected, tolerance = row["expected"], row["tolerance"]
    if "select" in expected:
        assert found.select == pytest.approx(expected["select"], abs=tolerance["select"])
    else:
        assert found.select == pytest.approx([0.0, *expected["select_dose"]], abs=tolerance["select_dose"])
    if "mean_patients_per_dose" in expected:
        assert found.participants == pytest.approx(
            expected["mean_patients_per_dose"], abs=tolerance["mean_patients_per_dose"]
        )
    if "mean_dlt" in expected:
        assert sum(found.dlts) == pytest.approx(expected["mean_dlt"], abs=tolerance["mean_dlt"])
    drawn = row.get("simulation_check")
    if drawn is not None:
        for p, simulated in zip(found.select[1:], drawn["select_dose"], strict=True):
            assert abs(p - simulated) <= 3.5 * sqrt(p * (1 - p) / drawn["trials"]) + 5e-4
        for mean, simulated in zip(found.participants, drawn["mean_patients_per_dose"], strict=True):
            assert abs(mean - simulated) <= 3.5 * found.mean / 2 / sqrt(drawn["trials"])


def test_the_prior_of_the_fits() -> None:
    """The file states it in words; a fit without data gives it back."""
    assert DATA["crm_fits"]["design"] == {
        "prior": "normal, variance 1.34",
        "scale": "sqrt(1.34)",
        "recommendation": "plug-in posterior mean",
    }
    fit = crm.fit([0.1, 0.2, 0.3], 0.2, [], [])
    assert (fit.mean, fit.variance) == pytest.approx((0.0, 1.34), abs=1e-6)
    assert fit.level == 1
