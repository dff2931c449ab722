"""Duration of 3+3 trials against independently computed values."""

from __future__ import annotations

from typing import Any

import pytest

from protocol_dsl.dosing.duration import Timing, duration, timed
from protocol_dsl.dosing.events import simulate
from protocol_dsl.dosing.presets import three_plus_three
from tests.external.dose_reference import FILE, WHY_SKIPPED, reference, rows

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=WHY_SKIPPED)
DATA = reference()


@pytest.mark.parametrize(
    "row",
    rows(DATA, "durations", "rows"),
    ids=lambda row: f"{row['scenario']}-{row['variant']}-{row['mean_interarrival_days']}-{row['stagger_days']}",
)
def test_duration(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    timing = Timing(row["mean_interarrival_days"], row["dlt_window_days"], row["stagger_days"])
    found = duration(timed(three_plus_three(len(rates), row["variant"])), rates, timing)
    expected, tolerance = row["expected"], row["tolerance"]
    assert found.mean == pytest.approx(expected["mean"], abs=tolerance["mean"])
    assert found.sd == pytest.approx(expected["sd"], abs=tolerance["sd"])
    quantiles = {q: found.quantile(float(q)) for q in expected["quantiles"]}
    assert quantiles == pytest.approx(expected["quantiles"], abs=tolerance["quantiles"])


def test_published_simulation_is_within_its_error() -> None:
    check = DATA["durations"]["simulation_check"]
    rates = DATA["scenarios"][check["scenario"]]["p_dlt"]
    found = duration(timed(three_plus_three(len(rates), check["variant"])), rates, Timing(14, 28, 14))
    assert abs(found.mean - check["mean"]) <= 3.5 * found.sd / check["trials"] ** 0.5
    # The standard error of a standard deviation is about sd / √(2 trials); the tails here are lighter than normal.
    assert abs(found.sd - check["sd"]) <= 3.5 * found.sd / (2 * check["trials"]) ** 0.5


@pytest.mark.parametrize("row", rows(DATA, "durations", "rows")[:2], ids=lambda row: str(row["stagger_days"]))
def test_the_event_simulator_agrees_where_both_apply(row: dict[str, Any]) -> None:
    rates = DATA["scenarios"][row["scenario"]]["p_dlt"]
    timing = Timing(row["mean_interarrival_days"], row["dlt_window_days"], row["stagger_days"])
    found = simulate(three_plus_three(len(rates), row["variant"]), rates, timing, trials=2000)
    assert abs(found.duration.mean - row["expected"]["mean"]) <= 4 * found.duration.error
