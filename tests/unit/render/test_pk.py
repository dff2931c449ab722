"""The page of times around a dose, and its table: what a nurse and a laboratory would miss."""

from __future__ import annotations

import csv
import datetime
import io

from protocol_dsl import pipeline
from protocol_dsl.render import pk
from protocol_dsl.render.context import Rendering

TRIAL = """
protocol PK { title "One tablet" }
timeline { day 1 = C1.D1 }
product ABC "abacavir <b>" type drug route oral
stage screening "Screening" { visit SCR "Screening" day -28 to -2 }
stage treatment "Treatment" {
  cycles C1..C2 "Cycle {n}" of 7 days from day 1 {
    visit D1 "Day 1" day 1
    visit D2 "Day 2" day 2 -0/+1 days
  }
}
stage off "Off schedule" parallel { visit ET "Early termination" on withdrawal }
give ABC 300 mg at D1
assess plasma "Plasma | level" category pharmacokinetics at D1, D2 {
  specimen "plasma"
  blood 4 mL
  times for D1 pre_dose -60/+0 min, +1 h ±5 min, +14 h ±10 min, +24, +36 h ±30 min
}
assess ecg "ECG" category cardiac at SCR, D1 earlier than plasma { times for D1 +1 h ±10 min }
assess urine "Urine" at SCR
"""


def outputs(text: str, day0: datetime.date | None = None) -> dict[str, str]:
    found = pipeline.check_text(text, "pk.proto")
    assert found.protocol is not None
    assert found.schedule is not None
    rendering = Rendering(found.protocol, found.schedule, found.diagnostics, found.sources, None, day0)
    return {each.path: each.data.decode("utf-8-sig") for each in pk.outputs(rendering)}


def around(text: str) -> pk.Around:
    found = pipeline.check_text(text, "pk.proto")
    assert found.protocol is not None
    assert found.schedule is not None
    return pk.Around(Rendering(found.protocol, found.schedule, found.diagnostics, found.sources))


def test_doses_that_are_alike_are_one_table_with_the_dose_between_before_and_after() -> None:
    (dose,) = around(TRIAL).doses()
    assert (dose.names, dose.days) == ("C1.D1, C2.D1", "Days 1, 8")
    assert [(row.time, row.what) for row in dose.rows] == [
        ("pre-dose", "Plasma | level"),
        ("0", "Dose: abacavir <b> 300 mg"),
        ("+1 h", "ECG"),
        ("+1 h", "Plasma | level"),
        ("+14 h", "Plasma | level"),
        ("+24 h", "Plasma | level"),
        ("+36 h", "Plasma | level"),
    ], "at one time, what comes before the sample stands before it"


def test_times_after_midnight_say_so() -> None:
    (dose,) = around(TRIAL).doses()
    assert [row.falls for row in dose.rows if row.falls] == [
        "Next day if the dose is given at 10:00 or later",
        "Next day",
        "Next day; 2 days later if the dose is given at 12:00 or later",
    ]


def test_samples_without_a_time_stand_with_their_windows_and_count() -> None:
    found = around(TRIAL)
    assert [(each.day, each.window) for each in found.others()] == [("Day 2", "Day 2 to 3"), ("Day 9", "Day 9 to 10")]
    assert found.totals() == [pk.Total("Plasma | level", 10, 2, "48 mL")]


def test_the_table_has_minutes_days_and_dates() -> None:
    made = outputs(TRIAL, datetime.date(2026, 2, 27))
    rows = list(csv.DictReader(io.StringIO(made["pk.csv"], newline="")))
    late = [row for row in rows if row["visit"] == "C1.D1" and row["time"] == "24 h"]
    assert [(each["minute"], each["earliest_minute"], each["study_day"], each["date"]) for each in late] == [
        ("1440", "1410", "2", "2026-02-28")
    ]
    assert [row["time"] for row in rows].count("") == 2
    assert "abacavir &lt;b&gt;" in made["pk.html"]
    assert "<b> 300" not in made["pk.html"]


def test_a_protocol_without_times_has_no_page() -> None:
    assert outputs('protocol X { title "Nothing" }') == {}
