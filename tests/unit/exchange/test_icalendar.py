"""iCalendar files: what a calendar program reads back is what was written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol_dsl.exchange.icalendar import Event, fold, stable_uid, write

STAMP = date(2026, 1, 15)


def event(**changes: Any) -> Event:
    base = Event(uid=stable_uid("TRIAL", "001", "V"), first=date(2026, 3, 31), last=date(2026, 3, 31), summary="Day 28")
    return base._replace(**changes)


def read(data: bytes) -> list[Any]:
    return icalendar.Calendar.from_ical(data).walk("VEVENT")


def only(**changes: Any) -> Any:
    (found,) = read(write("Visits", [event(**changes)], STAMP))
    return found


def test_an_event_of_one_day_ends_before_the_next_day() -> None:
    found = only()
    assert found["DTSTART"].dt == date(2026, 3, 31)
    assert found["DTEND"].dt == date(2026, 4, 1)
    assert found["DTSTART"].params["VALUE"] == found["DTEND"].params["VALUE"] == "DATE"


def test_a_span_includes_its_last_day_and_leaves_the_days_free() -> None:
    found = only(first=date(2028, 2, 27), last=date(2028, 2, 29), transparent=True)
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (date(2028, 2, 27), date(2028, 3, 1))
    assert found["TRANSP"] == "TRANSPARENT"
    assert only()["TRANSP"] == "OPAQUE"


def test_a_calendar_has_what_rfc_5545_asks_of_it() -> None:
    data = write("Visits of trial 1", [event(categories=("Follow-up", "a, b"), status="TENTATIVE")], STAMP)
    calendar = icalendar.Calendar.from_ical(data)
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert calendar["X-WR-CALNAME"] == "Visits of trial 1"
    (found,) = calendar.walk("VEVENT")
    assert found["DTSTAMP"].dt.isoformat() == "2026-01-15T00:00:00+00:00"
    assert found["SEQUENCE"] == 0
    assert found["STATUS"] == "TENTATIVE"
    assert found["CATEGORIES"].cats == ["Follow-up", "a, b"]


@pytest.mark.parametrize(
    "hostile",
    [
        "a, b; c\\d",
        "two\nlines",
        "ends in a backslash\\",
        "\\n is not a line end",
        'quotes " and : colons',
        "x\nEND:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR",
        "<script>alert(1)</script>",
        "筛选访视" * 40,
        "🧪" * 60,
        "",
    ],
)
def test_text_comes_back_as_it_was(hostile: str) -> None:
    found = only(summary=hostile or "x", description=hostile)
    assert str(found["SUMMARY"]) == (hostile or "x")
    assert str(found.get("DESCRIPTION", "")) == hostile


@given(st.text(min_size=1, max_size=200))
def test_any_text_makes_one_event_in_lines_of_75_octets(value: str) -> None:
    data = write(value, [event(summary=value, description=value), event(uid=stable_uid("b"))], STAMP)
    assert len(read(data)) == 2
    lines = data.split(b"\r\n")
    assert lines.pop() == b""
    for line in lines:
        assert len(line) <= 75
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode("utf-8")


def test_control_characters_and_line_separators_cannot_break_a_line() -> None:
    data = write("x", [event(summary="a\x00b\x0bc\x1cd\x85e\u2028f\rg")], STAMP)
    assert len(data.decode().splitlines()) == len(data.split(b"\r\n")) - 1
    assert str(read(data)[0]["SUMMARY"]) == "a\ufffdb\ufffdc\ufffdd\ne\nf\ng"


def test_a_line_is_folded_at_75_octets_and_no_earlier_than_a_character_asks() -> None:
    assert fold("a" * 75) == b"a" * 75 + b"\r\n"
    assert fold("a" * 76) == b"a" * 75 + b"\r\n a\r\n"
    # 25 characters of 3 octets fill the first line; 24 and a space leave two octets of the next.
    assert [len(line) for line in fold("访" * 50).split(b"\r\n")] == [75, 73, 4, 0]


def test_identifiers_depend_on_what_an_event_is_and_on_nothing_else() -> None:
    assert stable_uid("TRIAL", "001", "D28") == "104fbed8244000fb6a759e8609663ce6@protocol-dsl"
    different = {
        stable_uid("TRIAL", "001", "D28"),
        stable_uid("TRIAL", "002", "D28"),
        stable_uid("TRIAL", "00", "1D28"),
    }
    assert len(different) == 3


def test_the_same_events_are_the_same_bytes() -> None:
    events = [
        event(uid=stable_uid(str(n)), first=STAMP + timedelta(days=n), last=STAMP + timedelta(days=n)) for n in range(5)
    ]
    assert write("x", events, STAMP) == write("x", iter(events), STAMP)
