"""Nothing in the file of reference values is left unlooked at: a new table there needs a test here."""

from __future__ import annotations

import pytest

from tests.external.dose_reference import FILE, WHY_SKIPPED, reference

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=WHY_SKIPPED)
DATA = reference()

WORDS = {"provenance", "tolerance", "design", "formula", "meaning", "rule", "model", "note", "variants", "about"}
"""What explains the numbers, beside them."""

CONSUMED = {
    "test_dose_rules": {
        "three_plus_three": {"rows", "escalation_probability", "simulation_check"},
        "path_counts": {"V1", "V2", "V3", "V4", "V5"},
        "accelerated_titration": {"rows"},
    },
    "test_dose_durations": {"durations": {"rows", "simulation_check"}},
    "test_dose_designs": {
        "boin_lambdas": {"rows"},
        "boin_tables": {"rows", "extrasafe"},
        "decision_strings": {"rows", "differences_at_target_0.30"},
        "getprior": {"rows"},
        "crm_fits": {"rows"},
        "model_assisted_exact": {"rows"},
        "boin_simulations": {"rows"},
        "crm_exact": {"rows"},
    },
}

EXPECTED = {
    "three_plus_three": {
        "select", "mean_patients_per_dose", "mean_n", "mean_dlt", "n_min", "n_max", "p_n_gt_12", "p_n_gt_18",
    },
    "accelerated_titration": {"select", "mean_n", "mean_dlt"},
    "durations": {"mean", "sd", "quantiles"},
    "crm_fits": {"estimate", "p_dlt", "mtd", "posterior_variance"},
    "model_assisted_exact": {"select", "mean_patients_per_dose", "mean_n", "mean_dlt"},
    "boin_simulations": {"select", "mean_patients_per_dose", "mean_n", "mean_dlt"},
    "crm_exact": {"select", "select_dose", "mean_patients_per_dose", "mean_dlt"},
}  # fmt: skip


def test_every_table_has_its_test() -> None:
    known = {table: keys for tables in CONSUMED.values() for table, keys in tables.items()}
    found = {name: set(part) - WORDS for name, part in DATA.items() if name not in ("about", "scenarios")}
    assert found == known


def test_every_number_of_a_row_has_its_comparison() -> None:
    found = {name: {key for row in DATA[name]["rows"] for key in row["expected"]} for name in EXPECTED}
    assert found == EXPECTED


def test_every_scenario_is_used() -> None:
    rows = [row for part in DATA.values() if isinstance(part, dict) for row in part.get("rows", ())]
    assert set(DATA["scenarios"]) == {row["scenario"] for row in rows if "scenario" in row}
