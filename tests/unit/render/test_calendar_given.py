"""Products given by a rhythm, in the calendar."""

from __future__ import annotations

import csv
import io

from protocol_dsl import pipeline
from protocol_dsl.render import calendar
from protocol_dsl.render.context import Rendering

TRIAL = """\
protocol T {{ title "A trial" }}
timeline {{ day 0 = BL }}
product P "pill" type drug route oral
visit BL "Baseline" day 0
visits W4..W12 "Week {{n}}" week n step 4 ±3 days
visit call "Call" week 2 by phone
give P 5 mg every {every} from BL to W12
"""


def rows(every: str) -> dict[str, dict[str, str]]:
    compiled = pipeline.check_text(TRIAL.format(every=every))
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    rendering = Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)
    text = next(each.data.decode("utf-8-sig") for each in calendar.outputs(rendering) if each.path == "calendar.csv")
    return {row["visit"]: row for row in csv.DictReader(io.StringIO(text))}


def test_a_dose_every_four_weeks_stands_at_its_visits() -> None:
    found = rows("4 weeks")
    assert {name: row["products"] for name, row in found.items()} == {
        "BL": "Pill 5 mg", "call": "", "W4": "Pill 5 mg", "W8": "Pill 5 mg", "W12": "Pill 5 mg",
    }  # fmt: skip
    assert "begins" not in found["BL"]["remarks"]


def test_a_daily_dose_begins_and_ends_at_a_visit() -> None:
    found = rows("1 day")
    assert found["BL"]["remarks"] == "Pill 5 mg, every 1 day: begins here"
    assert found["W12"]["remarks"] == "Pill 5 mg, every 1 day: ends here"
    assert found["W4"]["products"] == ""
