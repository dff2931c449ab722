"""3+3 in its variants against published and independently enumerated values."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from protocol_dsl.dosing.exact import evaluate, structure
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from tests.external.dose_reference import FILE, WHY_SKIPPED, reference, rows

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=WHY_SKIPPED)
DATA = reference()


@pytest.mark.parametrize("variant", VARIANTS)
def test_number_of_paths(variant: str) -> None:
    assert [structure(three_plus_three(n, variant)).paths for n in range(1, 9)] == DATA["path_counts"][variant]


@pytest.mark.parametrize(
    "row", rows(DATA.get("three_plus_three", {}), "escalation_probability", "rows"), ids=lambda row: str(row["p"])
)
def test_a_level_is_left_upwards(row: dict[str, Any]) -> None:
    """One level: it is left upwards if it is declared."""
    found = evaluate(structure(three_plus_three(1, "V1")), [row["p"]])
    assert found.select[1] == pytest.approx(row["e"], abs=6e-7)
    p = row["p"]
    assert found.select[1] == pytest.approx((1 - p) ** 3 + 3 * p * (1 - p) ** 5, abs=1e-10)


def test_published_simulation_is_within_its_error() -> None:
    check = DATA["three_plus_three"]["simulation_check"]
    rates = DATA["scenarios"][check["scenario"]]["p_dlt"]
    found = evaluate(structure(three_plus_three(len(rates), check["variant"])), rates)
    for p, simulated in zip(found.select, check["select"], strict=True):
        assert abs(p - simulated) <= 3.5 * sqrt(p * (1 - p) / check["trials"])
    assert abs(found.mean - check["mean_n"]) <= 3.5 * found.sd / sqrt(check["trials"])


@pytest.mark.parametrize(
    "row", rows(DATA, "three_plus_three", "rows"), ids=lambda row: f"{row['scenario']}-{row['variant']}"
)
def test_operating_characteristics(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    expected, tolerance = row["expected"], row["tolerance"]
    made = structure(three_plus_three(len(rates), row["variant"], start=row["start"] - 1))
    found = evaluate(made, rates)

    assert found.select == pytest.approx(expected["select"], abs=tolerance["select"])
    assert found.participants == pytest.approx(
        expected["mean_patients_per_dose"], abs=tolerance["mean_patients_per_dose"]
    )
    assert found.mean == pytest.approx(expected["mean_n"], abs=tolerance["mean_n"])
    assert sum(found.dlts) == pytest.approx(expected["mean_dlt"], abs=tolerance["mean_dlt"])
    assert made.sizes == (expected["n_min"], expected["n_max"])
    assert found.more_than(12) == pytest.approx(expected["p_n_gt_12"], abs=tolerance["p_n_gt_12"])
    assert found.more_than(18) == pytest.approx(expected["p_n_gt_18"], abs=tolerance["p_n_gt_18"])


@pytest.mark.parametrize("row", rows(DATA, "accelerated_titration", "rows"), ids=lambda row: row["scenario"])
def test_accelerated_titration(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    found = evaluate(structure(three_plus_three(len(rates), "V1", titration=True)), rates)
    expected, tolerance = row["expected"], row["tolerance"]
    assert found.select == pytest.approx(expected["select"], abs=tolerance["select"])
    assert found.mean == pytest.approx(expected["mean_n"], abs=tolerance["mean_n"])
    assert sum(found.dlts) == pytest.approx(expected["mean_dlt"], abs=tolerance["mean_dlt"])
