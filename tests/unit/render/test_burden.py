"""The page about what participants bear, and its numbers."""

from __future__ import annotations

import json
from typing import Any

from protocol_dsl import pipeline
from protocol_dsl.render import burden
from protocol_dsl.render.context import Output, Rendering
from tests.unit.render.trials import HOSTILE, hostile, rendering

TRIAL = """\
protocol T { title "A trial" version "2.0" }
timeline { day 0 = infusion }
stage screening "Screening" { visit SCR "Screening" day -28 to -7 }
stage treatment "Infusion" { visit infusion "Infusion" day 0 }
stage follow_up "Follow-up" {
  visits D7, D14 "Day {n}" day n ±2 days
  visit call "Call" day 21 by phone
}
stage off "Off schedule" parallel { visit ET "Early termination" on withdrawal }
limits minor_eu {
  weight at least 10 kg
  blood 30 mL per 8 weeks
}
assess cbc "Blood count" category laboratory at SCR, D7, D14, ET { blood 2.5 mL }
assess pk "Kinetics" category pharmacokinetics at infusion { blood 2 mL times pre_dose, +1, +4 h ±5 min, +24 h ±1 h }
assess qol "Quality of life" category quality_of_life at SCR, D14, call { takes 20 min }
"""


def made(text: str) -> dict[str, str]:
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    found: list[Output] = burden.outputs(
        Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)
    )
    return {each.path: each.data.decode() for each in found}


def numbers(text: str) -> dict[str, Any]:
    return json.loads(made(text)["burden.json"])


def test_numbers_have_a_version_and_add_up() -> None:
    data = numbers(TRIAL)
    assert (data["burden_version"], data["version"], data["anchor"]) == (1, "2.0", "infusion")
    [group] = data["groups"]
    assert group["totals"]["blood"] == 15.5
    by_day = {row["visit"]: row["blood"] for row in group["visits"]}
    assert by_day == {"SCR": 2.5, "infusion": 8, "D7": 2.5, "D14": 2.5, "call": 0, "ET": 2.5}
    assert group["totals"]["questionnaire_time"] == 60
    assert group["totals"]["phone_visits"] == 1


def test_worst_windows_name_their_days_and_the_limits_their_state() -> None:
    [group] = numbers(TRIAL)["groups"]
    eight = next(each for each in group["blood_windows"] if each["days"] == 56)
    assert (eight["worst"]["amount"], eight["on_target"]) == (15.5, 15.5)
    assert [(each["visit"], each["day"]) for each in eight["worst"]["visits"]] == [
        ("SCR", -28), ("infusion", 0), ("infusion", 1), ("D7", 5), ("D14", 12),
    ]  # fmt: skip
    assert [(each["limit"], each["worst"], each["kept"]) for each in group["limits"]] == [
        (8, 8, True), (24, 15.5, True), (30, 15.5, True),
    ]  # fmt: skip


def test_the_page_shows_limits_chart_and_visits() -> None:
    page = made(TRIAL.replace("30 mL per", "15 mL per"))["burden.html"]
    assert page.count('class="state kept"') == 2
    assert page.count('class="state exceeded"') == 1
    assert "2.4 mL/kg in 4 weeks" in page
    assert "24 mL at 10 kg" in page
    assert "infusion, Day 1: 2 mL, 10.5 mL until then" in page  # the sample of the next day
    assert "Kinetics ×4" in page
    assert "Visits below the line have no day" in page


def test_a_limit_of_an_unknown_weight_is_not_called_kept() -> None:
    page = made(TRIAL.replace("  weight at least 10 kg\n", ""))["burden.html"]
    assert page.count("no weight said") == 2


def test_a_limit_whose_amounts_are_not_all_said_is_kept_only_as_far() -> None:
    page = made(TRIAL.replace("at SCR, D7, D14, ET { blood 2.5 mL }", "at SCR, D7"))["burden.html"]
    assert page.count('class="state partial"') == 3
    assert 'class="state kept"' not in page


def test_without_blood_there_is_no_chart_and_without_visits_no_page() -> None:
    dry = TRIAL.replace("blood 2.5 mL", "").replace("blood 2 mL ", "")
    assert "<svg" not in made(dry)["burden.html"]
    assert made('protocol T { title "A trial" }') == {}


def test_arms_have_a_part_each_where_they_differ() -> None:
    arms = 'arm low "Low dose" role experimental\narm high "High dose" role experimental\n'
    page = made(TRIAL.replace("at infusion {", "at infusion for high {") + arms)["burden.html"]
    assert page.count('<section class="arm">') == 2
    assert page.index("Low dose") < page.index("High dose")


def test_hostile_labels_stay_text() -> None:
    found = {each.path: each.data.decode() for each in burden.outputs(rendering(hostile()))}
    assert "<script>" not in found["burden.html"]
    assert HOSTILE  # the labels of the trial hold it
    json.loads(found["burden.json"])
