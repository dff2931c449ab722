"""`protoc calendar`, run in this process: files, lists, cards, calendar files, exit status and refusals."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

from protocol_dsl.__main__ import main

ROOT = Path(__file__).parents[2]
LUPUS = ROOT / "protocols" / "lupus.proto"
PEOPLE = ROOT / "protocols" / "lupus_participants.csv"
SITES = ROOT / "protocols" / "lupus_sites.csv"


def run(folder: Path, *arguments: object, status: int = 0) -> Path:
    out = folder / "out"
    assert main(["calendar", str(LUPUS), "-o", str(out), *map(str, arguments)]) == status
    return out


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("calendar"), "--participants", PEOPLE, "--sites", SITES, "--on", "2026-04-10")


def test_every_file_is_there(made: Path) -> None:
    found = sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
    codes = ["01-001", "01-002", "02-001", "02-002"]
    assert found == sorted(
        [
            *("calendar.csv", "deviations.csv", "deviations.md", "overdue.csv", "this_week.csv", "week.html"),
            *(f"cards/{code}.html" for code in codes),
            *(f"ics/{code}.ics" for code in (*codes, "site_Beijing", "site_Wuhan")),
        ]
    )


def test_lists_of_the_week_and_of_what_is_overdue(made: Path) -> None:
    week = [(row["code"], row["visit"], row["planned"], row["weekday"]) for row in rows(made / "this_week.csv")]
    assert week == [
        ("02-001", "infusion", "2026-04-11", "Saturday"),
        ("02-001", "D1", "2026-04-12", "Sunday"),
        ("02-001", "D4", "2026-04-15", "Wednesday"),
        ("01-002", "D10", "2026-04-10", "Friday"),
        ("01-002", "D14", "2026-04-13", "Monday"),
    ]
    overdue = {(row["code"], row["visit"]) for row in rows(made / "overdue.csv")}
    assert ("02-002", "D14") in overdue
    assert not {code for code, _ in overdue} - {"02-002"}


def test_the_late_visit_is_told_in_both_reports(made: Path) -> None:
    (row,) = rows(made / "deviations.csv")
    assert (row["code"], row["visit"], row["days"], row["kind"]) == ("01-001", "D28", "2", "window")
    assert "2 days after its window" in (made / "deviations.md").read_text(encoding="utf-8")
    assert "2 days after its window" in (made / "cards" / "01-001.html").read_text(encoding="utf-8")


def events(path: Path) -> dict[str, Any]:
    return {str(each["SUMMARY"]): each for each in icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")}


def test_a_calendar_program_gets_days_windows_and_samples(made: Path) -> None:
    found = events(made / "ics" / "01-001.ics")
    assert found["Month 3"]["DTSTART"].dt == date(2026, 6, 2)
    assert (found["Month 3: window"]["DTSTART"].dt, found["Month 3: window"]["DTEND"].dt) == (
        date(2026, 5, 26),
        date(2026, 6, 10),
    )
    # 10:30 in Wuhan is 02:30 in UTC; the sample is taken four hours later.
    sample = next(each for title, each in found.items() if title.startswith("Infusion: +4 h"))
    assert sample["DTSTART"].dt == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    site = events(made / "ics" / "site_Wuhan.ics")
    assert "01-001 Month 3" in site
    assert "01-002 Month 3" in site
    withdrawn = events(made / "ics" / "02-002.ics")
    assert withdrawn["Month 12"]["STATUS"] == "CANCELLED"


def test_two_runs_are_equal_and_the_last_date_stands_in_for_the_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = run(tmp_path / "a", "--participants", PEOPLE)
    assert "as of 2026-04-08, the last date in the file" in capsys.readouterr().out
    other = run(tmp_path / "b", "--participants", PEOPLE)
    for path in one.rglob("*.*"):
        if path.is_file():
            assert path.read_bytes() == (other / path.relative_to(one)).read_bytes()


def test_bad_rows_end_with_status_1_and_good_ones_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = tmp_path / "people.csv"
    people.write_text("code,event,date\nP1,infusion,2026-03-02\nP1,D28,2026-02-29\nP/2,infusoin,2026-03-02\n")
    out = run(tmp_path, "--participants", people, "--make", "csv,ics", status=1)
    told = capsys.readouterr()
    assert "people.csv, line 3: there is no date 2026-02-29" in told.err
    assert "did you mean `infusion`?" in told.err
    assert "1 of 3 rows used, 2 left out" in told.out
    assert {row["code"] for row in rows(out / "calendar.csv")} == {"P1"}
    assert not (out / "week.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--participants", "no.csv"], "no.csv: No such file"),
        (["--participants", str(PEOPLE), "--on", "2026-02-30"], "--on: there is no date 2026-02-30"),
        ([], "there is nobody to make a calendar for"),
        (["--accrual", "2 per month"], "a forecast needs a day to begin"),
        (["--accrual", "2 per month", "--on", "2026-03-01"], "--accrual as a rate needs its end"),
        (["--participants", str(PEOPLE), "--make", "pdf"], "--make: there is no `pdf`"),
        (["--participants", str(PEOPLE), "--sites", "no.csv"], "no.csv: No such file"),
    ],
)
def test_refusals(tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calendar", str(LUPUS), "-o", str(tmp_path / "out"), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_time_that_the_clock_leaves_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "people.csv").write_text("code,event,date,time,site\nP1,infusion,2026-03-29,02:30,Bonn\n")
    (tmp_path / "sites.csv").write_text("site,time_zone\nBonn,Europe/Berlin\n")
    out = run(tmp_path, "--participants", tmp_path / "people.csv", "--sites", tmp_path / "sites.csv", "--make", "ics")
    assert "02:30 does not exist on 2026-03-29 in Europe/Berlin" in capsys.readouterr().err
    found = events(out / "ics" / "P1.ics")
    sample = next(each for title, each in found.items() if title.startswith("Infusion: +4 h"))
    assert sample["DTSTART"].dt == datetime(2026, 3, 29, 5, 30, tzinfo=UTC)


def test_a_code_cannot_lead_out_of_the_folder_and_markup_stays_text(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("code,event,date,site\n1/../2,infusion,2026-03-02,A+B\n", encoding="utf-8")
    out = run(tmp_path, "--participants", people)
    assert (out / "cards" / "1%2F..%2F2.html").exists()
    assert (out / "ics" / "site_A%2BB.ics").exists()


def test_a_forecast_for_an_accrual_curve(tmp_path: Path) -> None:
    out = run(tmp_path, "--accrual", "2 per month", "--until", "2026-12-31", "--on", "2026-03-01", "--sites", SITES)
    assert sorted(path.name for path in out.iterdir()) == [
        "workload.csv", "workload.html", "workload.svg", "workload_days.csv",
    ]  # fmt: skip
    weeks = rows(out / "workload.csv")
    assert {row["site"] for row in weeks} == {"Wuhan", "Beijing"}
    # Twenty participants in ten months, 19 foreseen visits each, less those before the report.
    assert 340 < sum(float(row["visits"]) for row in weeks) < 380
    assert "<svg" in (out / "workload.html").read_text(encoding="utf-8")


def test_a_cohort_gets_tables_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = tmp_path / "people.csv"
    lines = [f"P{number},infusion,2026-03-{1 + number % 28:02},S{number % 3}" for number in range(2100)]
    people.write_text("code,event,date,site\n" + "\n".join(lines) + "\n")
    out = run(tmp_path, "--participants", people, "--on", "2026-04-01")
    assert sorted(path.name for path in out.iterdir()) == [
        "calendar.csv", "deviations.csv", "overdue.csv", "this_week.csv",
    ]  # fmt: skip
    assert "2,100 participants" in capsys.readouterr().out
    assert len(rows(out / "calendar.csv")) == 2100 * 19
    run(tmp_path, "--participants", people, "--make", "html", status=2)
    assert "of a cohort of more than 2,000 only tables are made" in capsys.readouterr().err


def test_parquet_without_its_library_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    run(tmp_path, "--participants", PEOPLE, "--make", "parquet", status=2)
    assert 'pip install "protocol-dsl[parquet]"' in capsys.readouterr().err


def test_a_card_tells_what_the_arm_gets_and_not_that_it_is_for_the_arm(tmp_path: Path) -> None:
    trial = tmp_path / "t.proto"
    trial.write_text(
        """protocol T { title "Two arms" }
timeline { day 0 = BL }
product D "study drug" type drug route oral
arm low "Low dose" role experimental
arm high "High dose" role experimental
visit BL "Baseline" day 0
visit D7 "Day 7" day 7 ±1 day for high
give D 10 mg at BL for low
give D 30 mg at BL, D7 for high
assess skin "Skin biopsy" category procedure at D7 for high
""",
        encoding="utf-8",
    )
    people = tmp_path / "people.csv"
    people.write_text("code,event,date,arm\n1,consent,2026-03-01,high\n2,consent,2026-03-01,\n", encoding="utf-8")
    main(["calendar", str(trial), "--participants", str(people), "-o", str(tmp_path / "out")])
    known = (tmp_path / "out/cards/1.html").read_text(encoding="utf-8")
    assert "Study drug 30 mg; Skin biopsy" in known
    assert "10 mg" not in known
    assert "or High dose" not in known
    assert "for High dose" in (tmp_path / "out/cards/2.html").read_text(encoding="utf-8")


CYCLES = """protocol T { title "Cycles until progression" }
timeline { day 1 = C1.D1 }
product X "drug X" type drug route intravenous
cycles C1.. "Cycle {n}" of 21 days from day 1 until progression { visit D1 "Day 1" day 1 -0/+2 days }
stage imaging "Imaging" parallel { visits T1.. "Scan {n}" every 6 weeks after C1.D1 ±7 days until progression }
give X 10 mg at D1
"""


def cycles_of(folder: Path, rows_of_file: str, on: str, make: str = "csv") -> dict[tuple[str, str], dict[str, str]]:
    (folder / "t.proto").write_text(CYCLES, encoding="utf-8")
    (folder / "people.csv").write_text("code,event,date\n" + rows_of_file, encoding="utf-8")
    arguments = ["--participants", str(folder / "people.csv"), "--on", on, "--make", make, "-o", str(folder / "out")]
    assert main(["calendar", str(folder / "t.proto"), *arguments]) == 0
    return {(row["code"], row["visit"]): row for row in rows(folder / "out" / "calendar.csv")}


def test_open_cycles_go_on_as_far_as_the_list_names_them(tmp_path: Path) -> None:
    found = cycles_of(tmp_path, "1,C1.D1,2024-01-01\n1,C7.D1,2024-05-06\n", "2024-05-06")
    assert (found["1", "C7.D1"]["state"], found["1", "C7.D1"]["target"]) == ("done", "2024-05-06")
    assert (found["1", "C8.D1"]["state"], found["1", "C8.D1"]["target"]) == ("open", "2024-05-27")


def test_open_cycles_and_series_go_on_beyond_the_day_of_the_report(tmp_path: Path) -> None:
    found = cycles_of(tmp_path, "1,C1.D1,2024-01-01\n", "2025-01-01")
    for prefix in ("C", "T"):
        later = [name for _, name in found if name.startswith(prefix) and found["1", name]["state"] == "open"]
        assert later, f"no visit of {prefix} is left to plan"
    assert found["1", "T9"]["target"] == "2025-01-13"


def test_an_event_that_no_visit_waits_for_ends_participation_too(tmp_path: Path) -> None:
    treated = "1,C1.D1,2024-01-01\n2,C1.D1,2024-01-01\n"
    found = cycles_of(tmp_path, treated + "1,death,2024-02-01\n2,progression,2024-02-01\n", "2024-04-01")
    for code, why in (("1", "death"), ("2", "progression")):
        assert found[code, "C2.D1"]["state"] == "overdue"
        assert found[code, "C3.D1"]["state"] == "unreachable"
        assert found[code, "C3.D1"]["remarks"] == f"{why} on 2024-02-01"


def test_cycles_that_have_ended_are_not_on_the_card(tmp_path: Path) -> None:
    happened = "1,C1.D1,2024-01-01\n1,C2.D1,2024-01-22\n1,progression,2024-02-01\n2,C1.D1,2024-01-01\n"
    found = cycles_of(tmp_path, happened, "2024-04-01", make="csv,html")
    assert found["1", "C3.D1"]["state"] == "unreachable"
    card = (tmp_path / "out" / "cards" / "1.html").read_text(encoding="utf-8")
    assert "C2.D1" in card
    assert "C3.D1" not in card
    assert "C5.D1" in (tmp_path / "out" / "cards" / "2.html").read_text(encoding="utf-8")


def test_the_start_of_a_cycle_is_no_date_that_somebody_waits_for(tmp_path: Path) -> None:
    found = cycles_of(tmp_path, "1,C1.D1,2024-01-01\n", "2024-01-02")
    assert found["1", "C2.D1"]["remarks"] == ""
