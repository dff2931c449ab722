"""3+3 in its variants against published and independently enumerated values."""

from __future__ import annotations

from typing import Any

import pytest

from protocol_dsl.dosing.exact import evaluate, explore
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from tests.external.dose_reference import FILE, WHY_SKIPPED, reference, rows

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=WHY_SKIPPED)
DATA = reference()


@pytest.mark.parametrize("variant", VARIANTS)
def test_number_of_paths(variant: str) -> None:
    assert [explore(three_plus_three(n, variant)).paths for n in range(1, 9)] == DATA["path_counts"][variant]


@pytest.mark.parametrize(
    "row", rows(DATA, "three_plus_three", "rows"), ids=lambda row: f"{row['scenario']}-{row['variant']}"
)
def test_operating_characteristics(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    expected, tolerance = row["expected"], row["tolerance"]
    structure = explore(three_plus_three(len(rates), row["variant"], start=row["start"] - 1))
    found = evaluate(structure, rates)

    assert found.select == pytest.approx(expected["select"], abs=tolerance["select"])
    assert found.participants == pytest.approx(
        expected["mean_patients_per_dose"], abs=tolerance["mean_patients_per_dose"]
    )
    assert found.mean == pytest.approx(expected["mean_n"], abs=tolerance["mean_n"])
    assert sum(found.dlts) == pytest.approx(expected["mean_dlt"], abs=tolerance["mean_dlt"])
    assert structure.sizes == (expected["n_min"], expected["n_max"])
    assert found.more_than(12) == pytest.approx(expected["p_n_gt_12"], abs=tolerance["p_n_gt_12"])
    assert found.more_than(18) == pytest.approx(expected["p_n_gt_18"], abs=tolerance["p_n_gt_18"])


@pytest.mark.parametrize("row", rows(DATA, "accelerated_titration", "rows"), ids=lambda row: row["scenario"])
def test_accelerated_titration(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    found = evaluate(explore(three_plus_three(len(rates), "V1", titration=True)), rates)
    expected, tolerance = row["expected"], row["tolerance"]
    assert found.select == pytest.approx(expected["select"], abs=tolerance["select"])
    assert found.mean == pytest.approx(expected["mean_n"], abs=tolerance["mean_n"])
    assert sum(found.dlts) == pytest.approx(expected["mean_dlt"], abs=tolerance["mean_dlt"])
