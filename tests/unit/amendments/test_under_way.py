"""What an amendment means for each participant, in dates."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from protocol_dsl import diff_pipeline, pipeline
from protocol_dsl.__main__ import main
from protocol_dsl.amendments.comparison import compared
from protocol_dsl.amendments.under_way import Person, UnderWay

OLD = """\
protocol T "T" { version "1.0" }
timeline { day 0 = infusion }
visit SCR "Screening" day -28 to -7
visit infusion "Infusion" day 0
visit D7 "Day 7" day 7 ±1 day
visit D28 "Day 28" day 28 ±2 days
assess cbc "Blood count" category safety at D7, D28 blood 3 mL
"""
PEOPLE = """\
code,event,date,site
P1,SCR,2026-02-02,01
P1,infusion,2026-03-02,01
P1,D7,2026-03-10,01
P2,SCR,2026-03-03,01
P2,infusion,2026-03-16,01
P3,infusion,2026-01-05,02
P3,withdrawal,2026-02-01,02
P4,SCR,2026-03-17,02
"""
MONDAY = "2026-03-18"


def followed(tmp_path: Path, *edits: tuple[str, str], applies: str = "", people: str = PEOPLE) -> UnderWay:
    new = OLD
    for before, after in edits:
        assert before in new
        new = new.replace(before, after)
    if applies:
        new += f'amendment "2.0" on 2026-03-17 from "1.0" {{ applies {applies} }}\n'
        new = new.replace('version "1.0"', 'version "2.0"')
    path = tmp_path / "people.csv"
    path.write_text(people, encoding="utf-8")
    made = compared(pipeline.check_text(OLD), pipeline.check_text(new))
    found, diagnostics = diff_pipeline.followed(made, str(path), MONDAY)
    assert diagnostics == []
    assert found.under_way is not None
    return found.under_way


def said(found: UnderWay) -> dict[str, list[str]]:
    return {
        person.code: [f"{each.kind} {each.visit}: {each.text}" for each in person.changes] for person in found.people
    }


def person(found: UnderWay, code: str) -> Person:
    return next(each for each in found.people if each.code == code)


def test_future_visits_move_and_what_is_over_stays(tmp_path: Path) -> None:
    found = followed(tmp_path, ('D7 "Day 7" day 7 ±1 day', 'D7 "Day 7" day 7'), ("day 28 ±2", "day 30 ±2"))
    assert said(found) == {
        "P1": ["moved D28: 2026-03-30 (2026-03-28 to 2026-04-01) → 2026-04-01 (2026-03-30 to 2026-04-03)"],
        "P2": [
            "window D7: 2026-03-23 (2026-03-22 to 2026-03-24) → 2026-03-23 (2026-03-23 to 2026-03-23)",
            "moved D28: 2026-04-13 (2026-04-11 to 2026-04-15) → 2026-04-15 (2026-04-13 to 2026-04-17)",
        ],
        "P3": [],
        "P4": said(found)["P4"],
    }
    assert person(found, "P3").why == "participation ended on 2026-02-01"
    assert not found.is_said
    assert "which the amendment does not say" in found.sentence


def test_all_holds_earlier_visits_against_the_newer_version(tmp_path: Path) -> None:
    found = followed(tmp_path, ('D7 "Day 7" day 7 ±1 day', 'D7 "Day 7" day 7'), applies="all")
    assert said(found)["P1"] == [
        "out_of_window D7: took place on 2026-03-10, now 1 day too late (2026-03-09 to 2026-03-09)"
    ]


def test_new_participants_only_leaves_those_who_have_begun(tmp_path: Path) -> None:
    found = followed(tmp_path, ("day 28 ±2", "day 30 ±2"), applies="new")
    assert found.affected == []
    assert person(found, "P1").why == "stays on version 1.0: it applies to new participants"


@pytest.mark.parametrize(
    ("applies", "verdict"),
    [("future_visits", "not asked of this participant"), ("all", "missing under the newer version")],
)
def test_a_new_visit_whose_time_is_over_is_never_reachable(tmp_path: Path, applies: str, verdict: str) -> None:
    visit = 'visit D10 "Day 10" day 10 ±1 day\nvisit D28'
    found = followed(tmp_path, ("visit D28", visit), ("at D7, D28", "at D7, D10, D28"), applies=applies)
    assert said(found)["P1"] == [f"never D10: new, and its time is over: 2026-03-11 to 2026-03-13; {verdict}"]
    assert said(found)["P2"] == ["added D10: new, 2026-03-26 (2026-03-25 to 2026-03-27)"]


def test_a_window_that_closed_under_the_newer_version_only_is_told(tmp_path: Path) -> None:
    people = "code,event,date\nP1,infusion,2026-02-17\n"
    found = followed(tmp_path, ("day 28 ±2", "day 27 ±1"), people=people)
    assert said(found)["P1"][-1].startswith("never D28: was 2026-03-18 (2026-03-15 to 2026-03-19)")
    assert "its time is over: 2026-03-15 to 2026-03-17" in said(found)["P1"][-1]


def test_a_dropped_visit_and_a_renamed_one(tmp_path: Path) -> None:
    dropped = followed(tmp_path, ('visit D7 "Day 7" day 7 ±1 day\n', ""), ("at D7, D28", "at D28"))
    assert said(dropped)["P1"] == []
    assert said(dropped)["P2"][0].startswith("removed D7: no longer asked for; it was planned for 2026-03-23")
    renamed = followed(tmp_path, ("visit D7", "@renamed_from D7\nvisit WEEK1"), ("at D7", "at WEEK1"))
    assert renamed.affected == [each for each in renamed.people if each.reconsent is not None]
    assert not any(said(renamed).values())


def test_new_consent_is_due_at_the_next_visit_of_those_who_have_begun(tmp_path: Path) -> None:
    visit = 'visit D14 "Day 14" day 14 ±3 days\nvisit D28'
    found = followed(tmp_path, ("visit D28", visit), ("at D7, D28", "at D7, D14, D28"))
    assert found.consent == "yes"
    assert {each.code: each.reconsent for each in found.people} == {
        "P1": "D14", "P2": "D7", "P3": None, "P4": "infusion"
    }  # fmt: skip
    assert person(found, "P2").reconsent_on is not None


def test_the_command_writes_text_json_csv_and_html(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.proto").write_text(OLD, encoding="utf-8")
    Path("new.proto").write_text(OLD.replace("day 28 ±2", "day 30 ±2"), encoding="utf-8")
    Path("people.csv").write_text(PEOPLE, encoding="utf-8")
    call = ["diff", "old.proto", "new.proto", "--participants", "people.csv", "--on", MONDAY]
    assert main(call) == 0
    assert "→ D28: 2026-03-30 (2026-03-28 to 2026-04-01) → 2026-04-01" in capsys.readouterr().out
    assert main([*call, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["participants"]
    assert told["on"] == MONDAY
    assert told["people"][0]["changes"][0]["new"]["planned"] == "2026-04-01"
    assert main([*call, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert [(row["code"], row["kind"], row["new_day"]) for row in rows][:1] == [("P1", "moved", "2026-04-01")]
    assert rows[2]["state"] == "unaffected"
    for format in ("html", "md"):
        assert main([*call, "--format", format]) == 0
        page = capsys.readouterr().out
        assert "Participants under way" in page
        assert "2026-04-01 (2026-03-30 to 2026-04-03)" in page


def test_what_cannot_be_followed_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.proto").write_text(OLD, encoding="utf-8")
    Path("new.proto").write_text(OLD + "order D28 at most 2 days after D7\n", encoding="utf-8")
    Path("people.csv").write_text(PEOPLE + "P5,D99,2026-03-01,02\n", encoding="utf-8")
    assert main(["diff", "old.proto", "new.proto", "--participants", "people.csv"]) == 2
    assert "no calendar keeps the schedule of new.proto" in capsys.readouterr().err
    assert main(["diff", "old.proto", "old.proto", "--participants", "none.csv"]) == 2
    assert "none.csv" in capsys.readouterr().err
    assert main(["diff", "old.proto", "old.proto", "--participants", "people.csv", "--on", "soon"]) == 2
    assert "--on" in capsys.readouterr().err
    assert main(["diff", "old.proto", "old.proto", "--on", MONDAY]) == 2
    assert "--participants" in capsys.readouterr().err
    main(["diff", "old.proto", "old.proto", "--participants", "people.csv", "--on", MONDAY])
    assert "there is no visit or event `D99`" in capsys.readouterr().err
