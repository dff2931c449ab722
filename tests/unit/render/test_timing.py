"""The page of days that follow: windows from each anchor, what waits for nature, which results expire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from protocol_dsl import pipeline
from protocol_dsl.render import timing
from protocol_dsl.render.context import Rendering

ROOT = Path(__file__).parents[3]
WAITING = ROOT / "tests/corpus/invalid/SCH062-days-follow-the-release.proto"


def made(path: Path) -> tuple[str, dict[str, Any]]:
    compiled = pipeline.check(str(path))
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    rendering = Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)
    files = {output.path: output.data.decode() for output in timing.outputs(rendering)}
    return files["timing.html"], json.loads(files["timing.json"])


def test_windows_from_each_point_that_days_are_counted_from() -> None:
    html, data = made(ROOT / "protocols/ecar01.proto")
    leu = next(each for each in data["windows"] if each["visit"] == "LEU")
    assert {each["point"]: (each["earliest"], each["latest"]) for each in leu["from"]} == {
        "infusion": (-53, -19),
        "SCR": (3, 10),
        "LEU": (0, 0),
        "release": (-21, -14),
    }
    assert [each["id"] for each in data["bound"]] == ["LEU"]
    assert "Day −53 to −19" in html
    assert "A calendar fixed at its start holds" in html
    assert data["escalations"][0]["days"] == 112


def test_visits_that_wait_for_nature_are_marked() -> None:
    html, data = made(WAITING)
    (duration,) = data["durations"]
    visits = {each["visit"]: each for each in duration["visits"]}
    assert (duration["least"], duration["most"]) == (14, 35)
    assert visits["infusion"]["if_least"] == [19, 34]
    assert visits["infusion"]["if_most"] == [40, 55]
    assert visits["infusion"]["reacts"]
    assert "waits for release" in html


def test_results_that_are_relied_on_later_are_listed_with_their_age() -> None:
    _, data = made(ROOT / "tests/corpus/invalid/SCH063-labs-expire-during-manufacturing.proto")
    (result,) = data["results"]
    assert (result["taken"], result["needed"], result["valid_days"], result["age"]) == ("SCR", "infusion", 28, [20, 60])
    assert not result["holds"]


def test_a_schedule_that_cannot_be_kept_says_so_instead() -> None:
    html, data = made(ROOT / "tests/corpus/invalid/SCH001-window-and-order.proto")
    assert not data["consistent"]
    assert data["windows"] == []
    assert "no days follow" in html
