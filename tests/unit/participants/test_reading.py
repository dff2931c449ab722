"""Files of participants: every bad row is named with its line and reason, and every good row is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.participants.trials import ordinal, reading

HEAD = "code,event,date,time,status,site,arm,population\n"


def told(found: list[object]) -> list[str]:
    return [f"{each.code} {each.message}" for each in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("P1,D28,2026-02-29", "there is no date 2026-02-29: February 2026 has 28 days"),
        ("P1,D28,2026-04-31", "there is no date 2026-04-31: April 2026 has 30 days"),
        ("P1,D28,2026-13-01", "there is no date 2026-13-01: a year has 12 months"),
        ("P1,D28,1899-12-31", "1899-12-31 lies outside the years 1900 to 2199"),
        ("P1,D28,9999-12-31", "9999-12-31 lies outside the years 1900 to 2199"),
        ("P1,D28,31.03.2026", "`31.03.2026` is not a date"),
        ("P1,D28,46112", "`46112` is not a date"),
        ("P1,D28,", "the date is missing"),
        ("P1,D82,2026-03-31", "there is no visit or event `D82`"),
        ("P1,,2026-03-31", "the event is missing"),
        (",D28,2026-03-31", "the code is missing"),
        ("Ada Lovelace,D28,2026-03-31", "`Ada Lovelace` is no participant code"),
        ("P1,D28,2026-03-31,25:10", "`25:10` is not a time of day"),
        ("P1,D28,2026-03-31,,finished", "there is no status `finished`"),
        ("P1,D28,2026-03-31,,,A,three", "there is no arm `three`"),
        ("P1,D28,2026-03-31,,,A,one,RA", "there is no population `RA`"),
        ('P1,"D28,2026-03-31', "a quote is not closed on its line"),
        ("P1,D28,2026-03-31,,,,,,,x", "it has 10 cells, and the heading has 8 columns"),
        ("P1,D28,2026-03-31,,,A\x00B", "it holds control characters, which no text has"),
        ("P1,D28," + "9" * 200_000, "a cell has more than 200 characters"),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_are_used(tmp_path: Path, row: str, reason: str) -> None:
    found = reading(tmp_path, f"{HEAD}P8,infusion,2026-03-02\n{row}\nP9,infusion,2026-03-03\n")
    assert told(found.diagnostics) == [f"PAR001 people.csv, line 3: {reason}"]
    assert (found.rows, found.used) == (3, 2)
    assert set(found.participants) == {"P8", "P9"}
    assert found.last == ordinal("2026-03-03")


def test_bytes_of_another_encoding_spoil_only_their_row(tmp_path: Path) -> None:
    found = reading(tmp_path, HEAD.encode() + b"P1,infusion,2026-03-02,,,K\xf6ln\r\nP2,infusion,2026-03-02\r\n")
    assert told(found.diagnostics) == ["PAR001 people.csv, line 2: it is not UTF-8 text"]
    assert set(found.participants) == {"P2"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "people.csv is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "people.csv is empty"),
        (b"PK\x03\x04rest", "people.csv is a spreadsheet"),
        ("code,event,date".encode("utf-16"), "people.csv is UTF-16 text"),
        (b"P1,infusion,2026-03-02\n", "people.csv, line 1: there is no column `code`"),
        (b"code,event,date,date\n", "people.csv, line 1: the column `date` stands twice"),
    ],
)
def test_a_file_without_a_table_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    found = reading(tmp_path, data)
    assert found.diagnostics[0].code == "PAR005"
    assert found.diagnostics[0].message == message
    assert not found.participants


def test_semicolons_marks_blanks_and_empty_rows_are_read(tmp_path: Path) -> None:
    text = "\ufeff Code ; EVENT;Date;Status\r\n P1 ; infusion ; 2026-03-02 ;\r\n;;;\r\n\r\nP1;D7;missed;\r\n"
    found = reading(tmp_path, text + 'P1;"D28";2028-02-29;Not applicable\r\n')
    assert found.diagnostics == []
    records = [(each.event, each.day, each.status, each.line) for each in found.participants["P1"].records]
    assert records == [
        ("infusion", ordinal("2026-03-02"), "done", 2),
        ("D7", None, "missed", 5),
        ("D28", ordinal("2028-02-29"), "not_applicable", 6),
    ]


def test_rows_that_stand_twice_count_once_and_contradictions_are_named(tmp_path: Path) -> None:
    rows = [
        "P1,infusion,2026-03-02,,,A,one",
        "P1,infusion,2026-03-02,,,A,one",
        "P1,infusion,2026-03-20,,,A,one",
        "P1,D7,2026-03-09,,,B,one",
        "P1,UNS,2026-03-11,,,A,one",
        "P1,UNS,2026-03-14,,,A,one",
        "P1,D28,2026-03-30,,planned,A,one",
        "P1,D28,2026-03-31,,done,A,one",
    ]
    found = reading(tmp_path, HEAD + "\n".join(rows) + "\n")
    assert told(found.diagnostics) == [
        "PAR003 people.csv, line 3: P1 infusion stands in line 2 already",
        "PAR002 people.csv, line 4: P1 infusion is another time in line 2",
        "PAR002 people.csv, line 5: P1 has the site B here and A before (line 2)",
    ]
    assert [each.line for each in found.participants["P1"].records] == [2, 6, 7, 8, 9]


def test_misspelt_words_are_suggested(tmp_path: Path) -> None:
    found = reading(tmp_path, "code,event,date,sitte\nP1,infusoin,2026-03-02,A\n")
    assert [each.help for each in found.diagnostics] == ["did you mean `site`?", "did you mean `infusion`?"]


def test_a_date_of_a_spreadsheet_says_which_it_would_be(tmp_path: Path) -> None:
    found = reading(tmp_path, "code,event,date\nP1,infusion,46083\n")
    assert "2026-03-02" in (found.diagnostics[0].help or "")
