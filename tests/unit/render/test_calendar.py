"""The visit calendar: what a participant and a coordinator read from it, and what programs import."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from dateutil.relativedelta import relativedelta

from protocol_dsl import pipeline
from protocol_dsl.model.base import Duration, Expression, Gap, Origin, Quantity
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import (
    Administration,
    Assessment,
    Sampling,
    Stage,
    Timeline,
    TimePoint,
    Timing,
    Visit,
    Window,
)
from protocol_dsl.model.study import Product, Study, StudyDate
from protocol_dsl.render.calendar import CSV_HEADER, anchor_date, outputs
from protocol_dsl.render.calendar_months import Entry, Week, months
from protocol_dsl.render.context import Rendering
from protocol_dsl.schedule.build import build
from protocol_dsl.schedule.dates import DatedVisit, visit_dates
from protocol_dsl.source import SourceMap

ORIGIN = Origin(file="trial.proto", line=1, column=1, end_line=1, end_column=2)
DAY0 = date(2026, 3, 2)
HOSTILE = '<script>alert(1)</script> | =HYPERLINK("x") ]]> 访视 🧪, a; b\\c\nd'


def at(number: int, unit: Any = "day", end: int | None = None) -> Timing:
    words = f"{unit} {number}"
    return Timing(kind="timeline", unit=unit, number=number, end_number=end, text=words, origin=ORIGIN)


def visit(name: str, label: str | None, stage: str, timing: Timing, offset: int | None = 0, **more: Any) -> Visit:
    window = more.pop("window", None)
    if window:
        more["window"] = Window(before=window, after=window, unit="days", text=f"±{window} days", origin=ORIGIN)
    return Visit(name=name, label=label, stage=stage, timing=timing, order=0, offset=offset, origin=ORIGIN, **more)


def expression(english: str) -> Expression:
    return Expression(text=english, english=english, type="boolean", tree={}, origin=ORIGIN)


def three_days_after_screening() -> Timing:
    one = Quantity(value=14, unit="days", ucum="d", written="14")
    gap = Gap(lower=3, upper=14, unit="days", duration=Duration(quantities=(one,)))
    words = "3 to 14 days after Screening"
    return Timing(kind="relative", gap=gap, direction="after", reference="SCR", text=words, origin=ORIGIN)


def trial(label: str = "Day 4", first_day: Any = 0, **study: Any) -> Protocol:
    """A small trial: screening on a range, leukapheresis after it, three days of chemotherapy, infusion, follow-up."""
    shift = first_day
    visits = [
        visit("SCR", "Screening", "screening", at(-42, end=-15), -42),
        visit("LEU", "Leukapheresis", "screening", three_days_after_screening(), -39),
        *(visit(f"LD{n}", f"Lymphodepletion {n}", "treatment", at(-6 + n), -6 + n) for n in (1, 2, 3)),
        visit("infusion", "Infusion", "treatment", at(shift), 0),
        visit("D4", label, "follow_up", at(4 + shift), 4, window=1),
        visit("D28", "Day 28", "follow_up", at(28 + shift), 28, window=3),
        visit("M2", "Month 2", "follow_up", at(2, "month"), 61, window=7),
        visit(
            "CALL",
            "Call",
            "follow_up",
            at(12, "month"),
            365,
            contact="phone",
            condition=expression("HBcAb is positive"),
        ),
        visit("UNS", "Unscheduled", "follow_up", Timing(kind="unscheduled", text="Unscheduled", origin=ORIGIN), None),
    ]
    visits = [each.model_copy(update={"order": index}) for index, each in enumerate(visits)]
    points = tuple(TimePoint(minute=minute, text=text) for minute, text in ((-60, "pre-dose"), (1440, "+24 h")))
    dose = Quantity(value=30, unit="mg/m2", ucum="mg/m2", written="30")
    return Protocol(
        study=Study(**{"name": "TRIAL", "version": "1.0", "version_date": "2026-01-15", "origin": ORIGIN, **study}),
        timeline=Timeline(anchor="infusion", first_day=first_day, month="calendar", origin=ORIGIN),
        products=(Product(name="FLU", label="fludarabine", origin=ORIGIN),),
        stages=tuple(
            Stage(name=name, label=title, origin=ORIGIN)
            for name, title in (("screening", "Screening"), ("treatment", "Treatment"), ("follow_up", "Follow-up"))
        ),
        visits=tuple(visits),
        administrations=(Administration(product="FLU", amount=dose, visits=("LD1", "LD2", "LD3"), origin=ORIGIN),),
        assessments=(
            Assessment(name="vitals", label="Vital signs", visits=tuple(each.name for each in visits), origin=ORIGIN),
            Assessment(
                name="hcg",
                label="Pregnancy test",
                visits=("SCR",),
                condition=expression("sex is female"),
                origin=ORIGIN,
            ),
            Assessment(name="pk", label="PK", visits=("infusion",), sampling=(Sampling(points=points),), origin=ORIGIN),
        ),
    )


def files(protocol: Protocol, day0: date | None = DAY0) -> dict[str, bytes]:
    rendering = Rendering(protocol, build(protocol), [], SourceMap(), None, day0)
    return {output.path: output.data for output in outputs(rendering)}


def page(protocol: Protocol, day0: date | None = DAY0) -> str:
    return files(protocol, day0)["calendar.html"].decode()


def rows(protocol: Protocol, day0: date | None = DAY0) -> dict[str, dict[str, str]]:
    text = files(protocol, day0)["calendar.csv"].decode("utf-8-sig")
    return {row["visit"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def events(protocol: Protocol, day0: date | None = DAY0) -> dict[tuple[str, str], Any]:
    found = icalendar.Calendar.from_ical(files(protocol, day0)["calendar.ics"]).walk("VEVENT")
    return {(str(event["SUMMARY"]), str(event["TRANSP"])): event for event in found}


# The page ---------------------------------------------------------------------------------------------------


def test_the_page_says_dates_as_people_say_them() -> None:
    text = " ".join(re.sub("<[^>]*>", " ", page(trial())).split())
    assert "Infusion on Monday 2 March 2026" in text
    assert "Day 28 D28 Follow-up, at the site 28 Monday 30 March 2026 between 27 March and 2 April 2026" in text
    assert "Call CALL Follow-up, by phone if HBcAb is positive" in text
    assert "any day from 19 January to 15 February 2026" in text
    assert "Fludarabine 30 mg/m² ; Vital signs" in text
    assert "Pregnancy test (if sex is female)" in text
    assert "PK +24 h: next day, Tuesday 3 March 2026" in text
    assert "* not for every participant" in text
    assert "Call *" in text
    assert "Day 28 *" not in text
    assert "Unscheduled UNS It is held when it is needed" in text
    assert "Counted from Screening: moves with its date" in text


def test_the_protocols_own_day_numbers_are_shown() -> None:
    assert "Day 1 of the study" in page(trial(first_day=1))
    assert rows(trial(first_day=1))["infusion"]["study_day"] == "1"
    assert rows(trial(first_day=1))["LD3"]["study_day"] == "-3"
    assert rows(trial(first_day=0))["infusion"]["study_day"] == "0"


def test_a_planned_weekend_names_the_nearest_weekday_of_the_window() -> None:
    found = rows(trial(), DAY0 + timedelta(days=1))
    assert found["D4"]["remarks"] == "A Saturday; the nearest weekday is Friday 6 March 2026"
    assert rows(trial(), DAY0 + timedelta(days=2))["LD1"]["remarks"] == ""
    assert (
        rows(trial(), DAY0 + timedelta(days=4))["LD1"]["remarks"] == "A Sunday; the protocol permits no weekday instead"
    )


# Which date is counted from ---------------------------------------------------------------------------------


def test_dates_of_a_participant_are_not_called_examples() -> None:
    made = files(trial())
    assert b"xample" not in made["calendar.html"].replace(b".example", b"").replace(b"{# example", b"")
    assert b"Example" not in made["calendar.ics"]


def start(day: str) -> dict[str, Any]:
    return {"dates": (StudyDate(kind="start", date=day, origin=ORIGIN),)}


@pytest.mark.parametrize(
    ("study", "day0", "why"),
    [
        (start("2026-04-15"), date(2026, 4, 15), "the planned start of the study"),
        (start("2026-03"), date(2026, 3, 2), "the first Monday of the month in which the study is planned to start"),
        ({}, date(2027, 1, 4), "the first Monday of the year after this version"),
        ({"version_date": None}, date(2026, 1, 5), "any Monday, as the protocol has no date of its own"),
        ({"version_date": "soon"}, date(2026, 1, 5), "any Monday, as the protocol has no date of its own"),
    ],
)
def test_without_a_date_an_example_is_taken_and_said_to_be_one(study: dict[str, Any], day0: date, why: str) -> None:
    protocol = trial(**study)
    anchor = anchor_date(Rendering(protocol, build(protocol), [], SourceMap()))
    assert (anchor.day0, anchor.example) == (day0, why)
    assert why in page(protocol, None)
    assert "--day0 2026-03-01" in page(protocol, None)
    assert rows(protocol, None)["D28"]["dates"] == f"example: Infusion on {day0.isoformat()}"
    assert all(summary.startswith("Example: ") for summary, _ in events(protocol, None))


def test_a_protocol_without_timeline_still_makes_all_three_files() -> None:
    protocol = trial().model_copy(update={"timeline": None})
    assert "No visit of this protocol has a foreseeable date" in page(protocol)
    assert rows(protocol)["D28"]["remarks"] == "The protocol has no timeline with a day 0 or day 1"
    assert events(protocol) == {}


# The table --------------------------------------------------------------------------------------------------


def test_the_table_has_iso_dates_in_the_order_of_the_dates() -> None:
    found = rows(trial())
    assert list(found) == ["SCR", "LEU", "LD1", "LD2", "LD3", "infusion", "D4", "D28", "M2", "CALL", "UNS"]
    day28 = found["D28"]
    assert tuple(day28) == CSV_HEADER
    assert [day28[key] for key in ("study_day", "weekday", "target", "proposed", "earliest", "latest")] == [
        "28", "Monday", "2026-03-30", "2026-03-30", "2026-03-27", "2026-04-02",
    ]  # fmt: skip
    assert found["SCR"]["target"] == found["SCR"]["study_day"] == ""
    assert found["UNS"]["earliest"] == ""
    assert found["M2"]["target"] == "2026-05-02"


@pytest.mark.parametrize("day0", [date(2026, 12, 31), date(2028, 2, 29), date(2027, 8, 30)])
def test_dates_agree_with_those_computed_elsewhere(day0: date) -> None:
    found = rows(trial(), day0)
    expected = {
        "LD1": day0 + relativedelta(days=-5),
        "D4": day0 + relativedelta(days=4),
        "D28": day0 + relativedelta(weeks=4),
        "M2": day0 + relativedelta(months=2),
        "CALL": day0 + relativedelta(years=1),
    }
    assert {name: found[name]["target"] for name in expected} == {
        name: day.isoformat() for name, day in expected.items()
    }
    starts = {str(event["SUMMARY"]): event["DTSTART"].dt for event in events(trial(), day0).values()}
    assert starts["Month 2: window"] == day0 + relativedelta(months=2, days=-7)


# The calendar file ------------------------------------------------------------------------------------------


def test_a_visit_has_an_event_for_its_day_and_a_free_one_for_its_window() -> None:
    found = events(trial())
    day, window = found["Day 28", "OPAQUE"], found["Day 28: window", "TRANSPARENT"]
    assert (day["DTSTART"].dt, day["DTEND"].dt) == (date(2026, 3, 30), date(2026, 3, 31))
    assert (window["DTSTART"].dt, window["DTEND"].dt) == (date(2026, 3, 27), date(2026, 4, 3))
    assert "between 27 March and 2 April 2026" in str(day["DESCRIPTION"])
    assert day["CATEGORIES"].cats == ["Follow-up"]
    assert ("Infusion: window", "TRANSPARENT") not in found
    assert found["Screening (proposed day)", "OPAQUE"]["STATUS"] == "TENTATIVE"


def test_identifiers_survive_a_moved_visit_and_differ_between_participants() -> None:
    before = {str(event["UID"]) for event in events(trial()).values()}
    moved = trial()
    later = tuple(
        each.model_copy(update={"label": "New", "timing": at(29)}) if each.name == "D28" else each
        for each in moved.visits
    )
    assert {str(event["UID"]) for event in events(moved.model_copy(update={"visits": later})).values()} == before
    assert not before & {str(event["UID"]) for event in events(trial(), DAY0 + timedelta(days=1)).values()}
    assert len(before) == len(events(trial()))


# Hostile text and bytes -------------------------------------------------------------------------------------


def test_hostile_labels_do_no_harm_in_any_file() -> None:
    protocol = trial(HOSTILE)
    html = page(protocol)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert rows(protocol)["D4"]["label"] == HOSTILE
    assert rows(trial('=HYPERLINK("x")'))["D4"]["label"] == '\'=HYPERLINK("x")'
    assert str(events(protocol)[HOSTILE, "OPAQUE"]["SUMMARY"]) == HOSTILE


def test_two_runs_give_the_same_bytes() -> None:
    assert files(trial()) == files(trial())
    assert files(trial(), None) == files(trial(), None)


# Months -----------------------------------------------------------------------------------------------------


def entry(name: str, first: str, last: str, target: str | None) -> Entry:
    day = date.fromisoformat(target) if target else None
    dated = DatedVisit(
        name, day, day or date.fromisoformat(first), date.fromisoformat(first), date.fromisoformat(last), 0
    )
    return Entry(dated, name, name, name, 0)


def covered(week: Week, monday: date) -> set[tuple[str, date]]:
    return {
        (bar.hint, monday + timedelta(days=column - 1)) for bar in week.bars for column in range(bar.first, bar.end)
    }


def test_every_permitted_day_and_no_other_lies_under_a_bar() -> None:
    spans = [
        ("A", "2028-01-20", "2028-03-05", "2028-02-29"),
        ("B", "2028-02-28", "2028-03-01", None),
        ("C", "2028-02-29", "2028-02-29", "2028-02-29"),
    ]
    drawn: set[tuple[str, date]] = set()
    for month, start in zip(
        months([entry(*span) for span in spans]), ("2028-01-01", "2028-02-01", "2028-03-01"), strict=True
    ):
        first = date.fromisoformat(start)
        monday = first - timedelta(days=first.weekday())
        for index, week in enumerate(month.weeks):
            drawn |= covered(week, monday + timedelta(weeks=index))
    expected = {
        (name, date.fromisoformat(first) + timedelta(days=n))
        for name, first, last, _ in spans
        for n in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    }
    assert drawn == expected


def test_bars_of_two_visits_do_not_lie_on_each_other() -> None:
    entries = [entry(f"V{n}", f"2026-03-{2 + n % 4:02}", f"2026-03-{6 + n % 9:02}", None) for n in range(9)]
    for month in months(entries):
        for week in month.weeks:
            owners: dict[tuple[int, int], set[str]] = {}
            for bar in week.bars:
                assert 1 < bar.row <= week.rows + 1
                for column in range(bar.first, bar.end):
                    owners.setdefault((bar.row, column), set()).add(bar.hint)
            assert all(len(names) == 1 for names in owners.values())


def test_months_without_a_visit_are_left_out_and_named() -> None:
    found = months(
        [
            entry("A", "2026-01-31", "2026-01-31", "2026-01-31"),
            entry("B", "2026-05-01", "2026-05-01", None),
            entry("C", "2026-07-01", "2026-07-02", None),
        ]
    )
    assert [month.title for month in found] == ["January 2026", "May 2026", "July 2026"]
    assert [month.pause for month in found] == [
        None,
        "No visit from February 2026 to April 2026",
        "No visit in June 2026",
    ]


# The real trials --------------------------------------------------------------------------------------------

PROTOCOLS = sorted((Path(__file__).parents[3] / "protocols").glob("*.proto"))


@pytest.mark.parametrize("path", PROTOCOLS, ids=[path.stem for path in PROTOCOLS])
def test_the_real_trials_have_a_date_for_every_visit_that_is_not_up_to_events(path: Path) -> None:
    compiled = pipeline.check(str(path))
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    found = visit_dates(compiled.protocol, compiled.schedule, date(2028, 1, 31))
    assert {each.name for each in found.dated} == {each.name for each in compiled.protocol.visits if each.is_scheduled}
    for dated in found.dated:
        planned = compiled.protocol.visit(dated.name)
        assert planned is not None
        low, high = compiled.schedule.bounds[dated.name]
        assert low is None or (dated.earliest - found.day0).days >= low
        assert high is None or (dated.latest - found.day0).days <= high
        assert dated.remark is None
        if planned.timing.unit in ("day", "week") and dated.target:
            assert dated.offset == planned.offset
    rendering = Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)
    assert [output.path for output in outputs(rendering)] == ["calendar.html", "calendar.csv", "calendar.ics"]
