"""Cohorts: the same files with numpy and without, in one block or many, and the same dates as for one participant."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from protocol_dsl.cohort_pipeline import Cohort
from protocol_dsl.participants import cohort, vector
from protocol_dsl.participants.calendar import calendar
from protocol_dsl.participants.deviations import deviations
from protocol_dsl.participants.records import Participant, Record
from protocol_dsl.participants.site_calendar import SiteCalendar, to_date
from protocol_dsl.participants.sites import Sites
from tests.unit.participants.trials import ordinal, plans

START = ordinal("2027-01-01")
ON = START + 200
SITES = Sites({"Bonn": SiteCalendar(holidays=frozenset(range(START, START + 900, 9)))}, SiteCalendar(), [])


def people(count: int = 60) -> list[Participant]:
    chance = random.Random(7)
    found: list[Participant] = []
    for number in range(count):
        day = START + chance.randrange(250)
        arm = chance.choice([None, "one", "two"])
        someone = Participant(f"P{number}", number, chance.choice(["Bonn", "Köln", None]), arm)
        someone.records = [Record("infusion", day, chance.choice(["done", "done", "planned"]), 2)]
        if chance.random() < 0.7:
            someone.records.append(Record("D28", day + chance.randrange(20, 50), "done", 3))
        if chance.random() < 0.5:
            someone.records.append(Record("M3", day + chance.randrange(45, 100), "done", 4))
        if chance.random() < 0.2:
            someone.records.append(Record("withdrawal", day + chance.randrange(100), "done", 5))
        if chance.random() < 0.3:
            someone.records.append(Record("D7", None, chance.choice(["missed", "not_applicable"]), 6))
        found.append(someone)
    return found


def files(folder: Path, formats: tuple[str, ...] = ("csv",)) -> dict[str, bytes]:
    written = Cohort(plans(), people(), ON, SITES, formats).write(str(folder))
    return {Path(path).name: Path(path).read_bytes() for path in written.paths}


def test_files_are_the_same_without_numpy_and_in_small_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = files(tmp_path / "fast")
    assert set(fast) == {"calendar.csv", "overdue.csv", "this_week.csv", "deviations.csv"}
    monkeypatch.setattr(vector, "CHUNK", 7)
    assert files(tmp_path / "small") == fast
    monkeypatch.setattr(vector, "numpy", None)
    assert files(tmp_path / "slow") == fast


def test_a_cohort_has_the_dates_and_deviations_of_each_participant(tmp_path: Path) -> None:
    made = files(tmp_path)
    rows = list(csv.DictReader(io.StringIO(made["calendar.csv"].decode("utf-8-sig"))))
    found = {
        (row["code"], row["visit"]): (row["state"], row["earliest"], row["latest"], row["planned"]) for row in rows
    }
    told = [row["what"] for row in csv.DictReader(io.StringIO(made["deviations.csv"].decode("utf-8-sig")))]
    expected_told: list[str] = []
    served = plans()
    for person in people():
        plan = served.of(person)
        expected_told += [each.sentence for each in deviations(plan, person, ON)]
        for entry in calendar(plan, person, ON, SITES.of(person.site)):
            days = (entry.earliest, entry.latest)
            row = found.pop((person.code, entry.visit.name), None)
            if row is None:
                assert entry.visit.name == "B", "only a visit of another arm is left out"
                continue
            assert row[:3] == (entry.state, *(to_date(day).isoformat() if day else "" for day in days))
    assert not found
    assert sorted(told) == sorted(expected_told)
    assert len(told) > 10


def test_parquet_holds_the_rows_of_the_csv(tmp_path: Path) -> None:
    made = files(tmp_path, ("csv", "parquet"))
    rows = list(csv.DictReader(io.StringIO(made["calendar.csv"].decode("utf-8-sig"))))
    table = pq.read_table(tmp_path / "calendar.parquet").to_pylist()
    key = ("code", "visit")
    as_text = [{name: "" if value is None else str(value) for name, value in row.items()} for row in table]
    assert sorted(as_text, key=lambda row: [row[k] for k in key]) == sorted(rows, key=lambda row: [row[k] for k in key])


def test_a_failure_leaves_the_files_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(cohort, "blocks", fail)
    with pytest.raises(OSError, match="no space"):
        files(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
