"""`protoc why`, run in this process: its text, its JSON, its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protocol_dsl.__main__ import main

ROOT = Path(__file__).parents[2]
TRIAL = str(ROOT / "protocols/ecar01.proto")


def test_text_names_place_and_running_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", TRIAL, "LEU"]) == 0
    printed = capsys.readouterr().out
    assert "possible: Day −53 to −19" in printed
    assert "Day −53  LEU is at least 3 days after SCR   LEU: 3 to 10 days after SCR  (ecar01.proto:" in printed
    assert "14 to 21 days before release" in printed


def test_json_from_another_point(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", TRIAL, "D28", "--from", "consent", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["from"], found["earliest"]["days"], found["latest"]["days"]) == ("SCR", 52, 86)
    assert [step["sum"] for step in found["latest"]["steps"]] == [56, 86]


def test_an_unknown_point_is_refused_with_its_neighbours(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", TRIAL, "D29"]) == 2
    assert "did you mean `D21` or `D28`?" in capsys.readouterr().err


def test_without_a_timeline_it_asks_from_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.proto"
    path.write_text('protocol T { title "A" }\nvisit A "A" unscheduled\nvisit B "B" 3 days after A\n', encoding="utf-8")
    assert main(["why", str(path), "B"]) == 2
    assert "--from" in capsys.readouterr().err
    assert main(["why", str(path), "B", "--from", "A"]) == 0
    assert "possible: 3 days after A" in capsys.readouterr().out


def test_a_schedule_that_cannot_be_kept_shows_its_conflict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", str(ROOT / "tests/corpus/invalid/SCH001-window-and-order.proto"), "D28"]) == 1
    captured = capsys.readouterr()
    assert "SCH001" in captured.err
    assert captured.out == ""
