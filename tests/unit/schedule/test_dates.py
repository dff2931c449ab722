"""The dates of a participant's visits: how days, weeks, months and windows are counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from protocol_dsl.model.base import Duration, Gap, Origin, Quantity
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Assessment, Sampling, Series, Timeline, TimePoint, Timing, Visit, Window
from protocol_dsl.model.study import Study
from protocol_dsl.schedule.dates import DatedVisit, VisitDates, offset_of_day, study_day, visit_dates

ORIGIN = Origin(file="trial.proto", line=1, column=1, end_line=1, end_column=2)
MONDAY = date(2026, 3, 2)


class Limits(NamedTuple):
    bounds: dict[str, tuple[int | None, int | None]]


def gap(lower: float, upper: float, unit: str) -> Gap:
    quantities = (Quantity(value=upper, unit=unit, ucum=unit, written=str(upper)),)
    return Gap(lower=lower, upper=upper, unit=unit, duration=Duration(quantities=quantities))


def visit(name: str, timing: Timing, before: float = 0, after: float = 0, unit: str = "days") -> Visit:
    window = Window(before=before, after=after, unit=unit, text="", origin=ORIGIN) if before or after else None
    return Visit(name=name, origin=ORIGIN, timing=timing, window=window, order=0)


def at(unit: Any, number: int, end: int | None = None) -> Timing:
    return Timing(kind="timeline", unit=unit, number=number, end_number=end, text=f"{unit} {number}", origin=ORIGIN)


def after(reference: str, lower: float, upper: float, unit: str = "days", direction: Any = "after") -> Timing:
    words = f"{lower} to {upper} {unit} {direction} {reference}"
    distance = gap(lower, upper, unit)
    return Timing(kind="relative", gap=distance, direction=direction, reference=reference, text=words, origin=ORIGIN)


def trial(
    *visits: Visit, first_day: Any = 0, month: Any = "calendar", month_days: float | None = None, **more: Any
) -> Protocol:
    timeline = Timeline(anchor="infusion", first_day=first_day, month=month, month_days=month_days, origin=ORIGIN)
    ordered = tuple(each.model_copy(update={"order": index}) for index, each in enumerate(visits))
    return Protocol(study=Study(name="TRIAL", origin=ORIGIN), timeline=timeline, visits=ordered, **more)


def dates(protocol: Protocol, day0: date, **bounds: tuple[int | None, int | None]) -> VisitDates:
    return visit_dates(protocol, Limits(bounds), day0)


def only(protocol: Protocol, day0: date, name: str = "V", **bounds: tuple[int | None, int | None]) -> DatedVisit:
    return {each.name: each for each in dates(protocol, day0, **bounds).dated}[name]


def reasons(found: VisitDates) -> dict[str, str]:
    return dict(found.undated)


# Days, weeks, months ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_day", "number", "expected"),
    [(0, 0, "2026-03-02"), (0, 28, "2026-03-30"), (0, -1, "2026-03-01"),
     (1, 1, "2026-03-02"), (1, 28, "2026-03-29"), (1, -1, "2026-03-01"), (1, -5, "2026-02-25")],
)  # fmt: skip
def test_a_day_is_counted_by_the_protocols_own_convention(first_day: int, number: int, expected: str) -> None:
    found = only(trial(visit("V", at("day", number)), first_day=first_day), MONDAY)
    assert found.target == date.fromisoformat(expected)


@given(st.sampled_from([0, 1]), st.integers(-400, 4000))
def test_study_days_and_offsets_are_each_others_inverse(first_day: Any, offset: int) -> None:
    timeline = Timeline(anchor="infusion", first_day=first_day, origin=ORIGIN)
    assert offset_of_day(timeline, study_day(timeline, offset)) == offset
    assert not (first_day == 1 and study_day(timeline, offset) == 0)


def test_the_anchor_itself_is_on_the_given_day_under_both_conventions() -> None:
    for first_day in (0, 1):
        infusion = visit("infusion", at("day", first_day))
        found = only(trial(infusion, first_day=first_day), MONDAY, "infusion")
        assert (found.target, found.offset) == (MONDAY, 0)


def test_weeks_have_seven_days_whatever_the_first_day_is_called() -> None:
    for first_day in (0, 1):
        assert only(trial(visit("V", at("week", 8)), first_day=first_day), MONDAY).offset == 56


@pytest.mark.parametrize(
    ("day0", "months", "expected"),
    [("2026-01-31", 1, "2026-02-28"), ("2028-01-31", 1, "2028-02-29"), ("2028-02-29", 12, "2029-02-28"),
     ("2028-02-29", 48, "2032-02-29"), ("2026-10-31", 4, "2027-02-28"), ("2026-12-15", 1, "2027-01-15"),
     ("2026-03-31", -1, "2026-02-28"), ("2099-11-30", 3, "2100-02-28")],
)  # fmt: skip
def test_calendar_months_end_on_the_last_day_where_the_day_is_missing(day0: str, months: int, expected: str) -> None:
    assert only(trial(visit("V", at("month", months))), date.fromisoformat(day0)).target == date.fromisoformat(expected)


def test_a_short_month_does_not_shift_the_later_ones() -> None:
    protocol = trial(*(visit(f"M{n}", at("month", n)) for n in (1, 2, 3)))
    found = [each.target for each in dates(protocol, date(2026, 1, 31)).dated]
    assert found == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(-60, 300))
def test_calendar_months_agree_with_another_library(day0: date, months: int) -> None:
    found = only(trial(visit("V", at("month", months))), day0)
    assert found.target == day0 + relativedelta(months=months)


def test_years_are_calendar_years_even_where_months_are_not_used() -> None:
    found = only(trial(visit("V", at("year", 3)), month=None), date(2024, 2, 29))
    assert found.target == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("month_days", "months", "offset"),
    [(30, 3, 90), (28, 6, 168), (30.4375, 1, 30), (30.4375, 2, 61), (30.4375, 12, 365), (30.5, 1, 31), (30.5, -1, -31)],
)
def test_fixed_months_are_rounded_to_the_nearest_day(month_days: float, months: int, offset: int) -> None:
    found = only(trial(visit("V", at("month", months)), month="days", month_days=month_days), MONDAY)
    assert found.offset == offset


def test_months_without_a_declared_length_give_no_date() -> None:
    found = dates(trial(visit("V", at("month", 2)), month=None), MONDAY)
    assert found.dated == ()
    assert reasons(found) == {"V": "the timeline does not say how long a month is"}


# Windows ----------------------------------------------------------------------------------------------------


def test_minus_is_earlier_and_plus_is_later() -> None:
    found = only(trial(visit("V", at("day", 28), before=2, after=5)), MONDAY)
    assert (found.earliest, found.target, found.latest) == (date(2026, 3, 28), date(2026, 3, 30), date(2026, 4, 4))


def test_a_window_in_months_is_counted_from_the_target_on_the_calendar() -> None:
    found = only(trial(visit("V", at("month", 2), before=1, after=1, unit="months")), date(2025, 12, 31))
    assert (found.earliest, found.target, found.latest) == (date(2026, 1, 28), date(2026, 2, 28), date(2026, 3, 28))


def test_a_window_in_hours_never_offers_a_day_outside_of_it() -> None:
    found = only(trial(visit("V", at("day", 3), before=36, after=23, unit="h")), MONDAY)
    assert (found.earliest, found.latest) == (date(2026, 3, 4), date(2026, 3, 5))


def test_the_rest_of_the_schedule_clips_the_window() -> None:
    found = only(trial(visit("V", at("day", 28), before=5, after=5)), MONDAY, V=(26, 30))
    assert (found.earliest, found.target, found.latest) == (date(2026, 3, 28), date(2026, 3, 30), date(2026, 4, 1))


def test_a_target_that_the_schedule_excludes_gives_way_and_says_so() -> None:
    found = only(trial(visit("V", at("day", 28), before=2, after=5)), MONDAY, V=(30, 33))
    assert found.target == found.earliest == date(2026, 4, 1)
    assert found.remark == "planned for 2026-03-30, which the rest of the schedule does not permit"


def test_bounds_that_leave_no_day_are_told_rather_than_obeyed() -> None:
    found = only(trial(visit("V", at("day", 28), before=2, after=2)), MONDAY, V=(40, 50))
    assert (found.earliest, found.latest) == (date(2026, 3, 28), date(2026, 4, 1))
    assert found.remark == "the rest of the schedule leaves no day of these"


# Ranges and relative visits ---------------------------------------------------------------------------------


def test_a_visit_on_any_day_of_a_range_has_no_target_but_a_weekday_to_propose() -> None:
    found = only(trial(visit("V", at("day", -42, -15))), MONDAY)
    assert found.target is None
    assert (found.earliest, found.latest) == (date(2026, 1, 19), date(2026, 2, 15))
    # The middle, 1 February 2026, is a Sunday.
    assert found.proposed == date(2026, 2, 2)
    assert not found.on_weekend


def test_the_ranges_of_a_visit_and_its_reference_add_up() -> None:
    protocol = trial(visit("SCR", at("day", -42, -15)), visit("LEU", after("SCR", 3, 14)))
    found = only(protocol, MONDAY, "LEU")
    assert ((found.earliest - MONDAY).days, (found.latest - MONDAY).days) == (-39, -1)
    assert found.counted_from == "SCR"


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 20), st.integers(0, 20))
def test_days_proposed_for_two_visits_are_as_far_apart_as_they_must_be(day0: date, low: int, more: int) -> None:
    protocol = trial(visit("SCR", at("day", -42, -15)), visit("LEU", after("SCR", low, low + more)))
    proposed = {each.name: each.proposed for each in dates(protocol, day0).dated}
    assert low <= (proposed["LEU"] - proposed["SCR"]).days <= low + more


def test_a_relative_visit_starts_from_the_planned_day_of_its_reference() -> None:
    protocol = trial(visit("M12", at("month", 12), 14, 14), visit("Q1", after("M12", 3, 3, "months"), 14, 14))
    found = only(protocol, date(2027, 11, 30), "Q1")
    assert (found.target, found.earliest) == (date(2029, 2, 28), date(2029, 2, 14))


def test_before_counts_backwards_and_a_range_keeps_its_nearer_end_last() -> None:
    found = only(trial(visit("V", after("infusion", 3, 14, direction="before"))), MONDAY)
    assert (found.earliest, found.latest) == (date(2026, 2, 16), date(2026, 2, 27))


def test_hours_between_visits_permit_whole_days_only() -> None:
    found = only(trial(visit("V", after("infusion", 20, 50, "h"))), MONDAY)
    assert (found.earliest, found.latest) == (date(2026, 3, 3), date(2026, 3, 4))


def test_a_chain_of_a_thousand_visits_each_counted_from_the_one_before() -> None:
    chain = [visit(f"V{n}", after("infusion" if n == 0 else f"V{n - 1}", 1, 1)) for n in range(1500)]
    found = only(trial(*reversed(chain)), MONDAY, "V1499")
    assert found.offset == 1500


def test_a_day_of_a_cycle_is_counted_from_the_start_of_the_cycle() -> None:
    day8 = visit("C3.D8", at("day", 8), 1, 1).model_copy(update={"cycle": "C3", "offset": 2 * 21 + 7})
    found = only(trial(day8), MONDAY, "C3.D8")
    assert (found.target, found.latest) == (MONDAY + timedelta(days=49), MONDAY + timedelta(days=50))
    homeless = day8.model_copy(update={"offset": None})
    assert reasons(dates(trial(homeless), MONDAY)) == {"C3.D8": "the start of C3 has no foreseeable date"}


# What has no date -------------------------------------------------------------------------------------------


def test_what_has_no_foreseeable_date_is_listed_with_its_reason() -> None:
    on_withdrawal = Timing(kind="event", reference="withdrawal", text="On withdrawal", origin=ORIGIN)
    needed = Timing(kind="unscheduled", text="Unscheduled", origin=ORIGIN)
    endless = Series(text="IMG4..", members=("IMG4",), open=True, origin=ORIGIN)
    protocol = trial(
        visit("ET", on_withdrawal),
        visit("CALL", after("ET", 7, 7)),
        visit("UNS", needed),
        visit("HALF", after("infusion", 5, 5, "half_lives")),
        series=(endless,),
    )
    found = dates(protocol, MONDAY)
    assert found.dated == ()
    assert reasons(found) == {
        "ET": "it is held on withdrawal",
        "CALL": "it is counted from ET, which has no foreseeable date",
        "UNS": "it is held when it is needed",
        "HALF": "half-lives have no length in days here",
        "IMG4..": "it goes on after IMG4, the last one drawn",
    }


def test_a_visit_after_an_event_is_dated_where_the_schedule_hems_it_in() -> None:
    found = only(trial(visit("V", after("release", 1, 3))), MONDAY, V=(-12, -6))
    assert (found.target, found.earliest, found.latest) == (None, date(2026, 2, 18), date(2026, 2, 24))


def test_visits_counted_from_each_other_and_dates_past_the_calendar_are_no_crash() -> None:
    protocol = trial(visit("A", after("B", 1, 1)), visit("B", after("A", 1, 1)), visit("LATE", at("year", 9000)))
    found = dates(protocol, MONDAY)
    assert set(reasons(found)) == {"A", "B", "LATE"}
    assert reasons(found)["LATE"] == "the date would lie outside the years 1 to 9999"


def test_no_timeline_no_dates() -> None:
    protocol = trial(visit("V", at("day", 1))).model_copy(update={"timeline": None})
    assert reasons(dates(protocol, MONDAY)) == {"V": "the protocol has no timeline with a day 0 or day 1"}


# Time points ------------------------------------------------------------------------------------------------


def test_time_points_on_another_day_than_the_dose_are_listed() -> None:
    points = [("−24 h", -1440), ("pre-dose", -60), ("+8 h", 480), ("+14 h", 840), ("+24 h", 1440), ("+48 h", 2880)]
    sampling = Sampling(points=tuple(TimePoint(minute=minute, text=text) for text, minute in points))
    pk = Assessment(name="pk", label="PK", origin=ORIGIN, visits=("infusion",), sampling=(sampling,))
    infusion = only(trial(visit("infusion", at("day", 0)), assessments=(pk,)), MONDAY, "infusion")
    found = [(each.text, each.days, each.dose_from) for each in infusion.other_days]
    assert found == [("−24 h", -1, None), ("+14 h", 1, 600), ("+24 h", 1, None), ("+48 h", 2, None)]


def test_weekends_are_flagged() -> None:
    flags = [only(trial(visit("V", at("day", n))), MONDAY).on_weekend for n in range(7)]
    assert flags == [False, False, False, False, False, True, True]


# For every date ---------------------------------------------------------------------------------------------

_TIMINGS = st.one_of(
    st.builds(at, st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 60)),
    st.builds(lambda low, more: at("day", low, low + more), st.integers(-60, -30), st.integers(0, 29)),
    st.builds(
        lambda low, more, unit, direction: after("base", low, low + more, unit, direction),
        st.integers(0, 12),
        st.integers(0, 12),
        st.sampled_from(["days", "weeks", "months", "years", "h"]),
        st.sampled_from(["after", "before"]),
    ),
)
_BOUND = st.one_of(st.none(), st.integers(-500, 2000))


@given(
    day0=st.dates(date(1950, 1, 1), date(2150, 1, 1)),
    timing=_TIMINGS,
    before=st.integers(0, 40),
    later=st.integers(0, 40),
    unit=st.sampled_from(["days", "weeks", "h"]),
    bound=st.tuples(_BOUND, _BOUND),
    month=st.sampled_from([("calendar", None), ("days", 30), ("days", 30.4375)]),
)
def test_the_planned_day_lies_in_its_window_and_the_window_in_the_bounds(
    day0: date, timing: Timing, before: int, later: int, unit: str, bound: tuple[int | None, int | None], month: Any
) -> None:
    base = visit("base", at("day", -42, -15))
    protocol = trial(base, visit("V", timing, before, later, unit), month=month[0], month_days=month[1])
    found = dates(protocol, day0, V=bound)
    for each in found.dated:
        assert each.earliest <= each.proposed <= each.latest
        assert each.target in (None, each.proposed)
        assert each.proposed == day0 + timedelta(days=each.offset)
        if each.name == "V" and each.remark != "the rest of the schedule leaves no day of these":
            assert bound[0] is None or (each.earliest - day0).days >= bound[0]
            assert bound[1] is None or (each.latest - day0).days <= bound[1]
