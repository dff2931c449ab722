"""A participant's calendar: dates on the real calendar, states, what is said of them."""

from __future__ import annotations

import pytest

from protocol_dsl.participants.calendar import Entry, calendar
from protocol_dsl.participants.deviations import deviations
from protocol_dsl.participants.records import Participant, Record
from protocol_dsl.participants.site_calendar import SiteCalendar, to_date
from tests.unit.participants.trials import HEAD, TRIAL, entries, ordinal, participant, plans


def span(entry: Entry) -> str:
    return " ".join(to_date(day).isoformat() if day else "-" for day in (entry.target, entry.earliest, entry.latest))


def test_months_follow_the_calendar_from_the_actual_date() -> None:
    found = entries(participant(("infusion", "2027-11-30")), "2027-12-01")
    assert span(found["M1"]) == "2027-12-30 2027-12-23 2028-01-06"
    assert span(found["M3"]) == "2028-02-29 2028-02-22 2028-03-07"
    leap = entries(participant(("infusion", "2028-02-29")), "2028-03-01")
    assert span(leap["M1"]) == "2028-03-29 2028-03-22 2028-04-05"
    assert span(leap["D28"]) == "2028-03-28 2028-03-28 2028-03-30"


def test_each_state_has_its_day() -> None:
    who = participant(("infusion", "2026-03-02"), ("D7", "2026-03-09"))
    on_day = {day: entries(who, day) for day in ("2026-03-29", "2026-03-30", "2026-04-01", "2026-04-02", "2026-04-20")}
    states = {day: found["D28"].state for day, found in on_day.items()}
    assert list(states.values()) == ["open", "due", "due", "overdue", "overdue"]
    assert on_day["2026-04-02"]["D28"].remarks == ("1 day overdue",)
    assert on_day["2026-04-20"]["O"].state == "missed"
    assert on_day["2026-04-01"]["D7"].state == "done"
    assert "UNS" not in on_day["2026-04-01"]
    assert "ET" not in on_day["2026-04-01"]


def test_what_was_recorded_as_missed_or_not_applicable_is_not_overdue() -> None:
    who = participant(("infusion", "2026-03-02"))
    who.records += [Record("D7", None, "missed", 3), Record("D28", None, "not_applicable", 4)]
    found = entries(who, "2026-06-30")
    assert found["D7"].state == "missed"
    assert "D28" not in found


def test_an_optional_visit_is_never_overdue_and_a_day_to_plan_for_is_never_past() -> None:
    found = entries(participant(("infusion", "2026-03-02")), "2026-04-05")
    assert to_date(found["M1"].planned or 0).isoformat() == "2026-04-06"
    assert span(found["M1"]) == "2026-04-02 2026-03-26 2026-04-09"


def test_a_visit_counts_from_the_day_on_which_the_other_really_took_place() -> None:
    before = entries(participant(("infusion", "2026-03-02")), "2026-03-03")["CALL"]
    assert span(before) == "- 2026-04-02 2026-04-11"
    assert before.remarks == ("counted from D28, which has no date yet",)
    late = participant(("infusion", "2026-03-02"), ("D28", "2026-04-01"))
    assert span(entries(late, "2026-04-01")["CALL"]) == "- 2026-04-04 2026-04-11"


def test_a_visit_of_another_arm_does_not_appear() -> None:
    done = ("infusion", "2026-03-02")
    assert "B" not in entries(participant(done, arm="one"), "2026-03-03")
    assert "B" in entries(participant(done, arm="two"), "2026-03-03")
    assert "B" in entries(participant(done), "2026-03-03")
    held = entries(participant(done, ("B", "2026-04-11"), arm="one"), "2026-04-12")
    assert held["B"].remarks == ("not foreseen for one",)


def test_participation_that_ended_leaves_only_what_is_counted_from_its_end() -> None:
    found = entries(participant(("infusion", "2026-03-02"), ("withdrawal", "2026-03-15")), "2026-03-16")
    assert found["D7"].state == "overdue"
    assert found["M3"].state == "unreachable"
    assert found["M3"].remarks == ("withdrawal on 2026-03-15",)
    assert span(found["ET"]) == "- 2026-03-15 2026-03-22"
    assert found["ET"].state == "due"


def test_before_the_anchor_is_known_windows_follow_from_what_is() -> None:
    found = entries(participant(("SCR", "2026-02-02")), "2026-02-02")
    assert span(found["infusion"]) == "- 2026-02-09 2026-03-02"
    assert span(found["D28"]) == "- 2026-03-09 2026-04-01"


def test_visits_are_planned_from_an_agreed_day() -> None:
    who = participant(("SCR", "2026-02-02"))
    who.records.append(Record("infusion", ordinal("2026-02-20"), "planned", 3, 570))
    found = entries(who, "2026-02-10")
    assert (found["infusion"].planned, found["infusion"].minute) == (ordinal("2026-02-20"), 570)
    assert span(found["D28"]) == "2026-03-20 2026-03-09 2026-04-01"
    assert found["D28"].remarks == ("counted from infusion, planned for 2026-02-20",)


def test_what_lies_after_the_day_of_the_report_has_not_happened_yet() -> None:
    who = participant(("infusion", "2026-03-02"), ("D28", "2026-03-30"))
    found = entries(who, "2026-03-20")["D28"]
    assert (found.state, found.done, found.planned) == ("open", None, ordinal("2026-03-30"))


def test_what_took_place_can_leave_no_day() -> None:
    who = participant(("infusion", "2026-03-02"), ("D28", "2026-06-01"))
    found = entries(who, "2026-06-02")["M3"]
    assert found.state == "unreachable"
    assert found.remarks == ("no day is left: not before 2026-06-16, yet not after 2026-06-09",)


@pytest.mark.parametrize(
    ("policy", "planned"),
    [("none", "2026-03-15"), ("previous", "2026-03-13"), ("next", "2026-03-17"), ("nearest", "2026-03-13")],
)
def test_a_visit_gives_way_to_days_off(policy: str, planned: str) -> None:
    text = f'{HEAD}timeline {{ day 0 = i }}\nvisit i "I" day 0\nvisit V "V" day 14 ±2 days shift {policy}\n'
    site = SiteCalendar(holidays=frozenset([ordinal("2026-03-16")]))
    entry = entries(participant(("i", "2026-03-01")), "2026-03-02", text, site)["V"]
    assert entry.planned == ordinal(planned)
    assert entry.target == ordinal("2026-03-15")


def test_a_move_never_leaves_the_window() -> None:
    text = f'{HEAD}timeline {{ day 0 = i shift nearest }}\nvisit i "I" day 0\nvisit V "V" day 14 -0/+1 days\n'
    site = SiteCalendar(holidays=frozenset([ordinal("2026-03-16")]), names=((ordinal("2026-03-16"), "Fair"),))
    entry = entries(participant(("i", "2026-03-01")), "2026-03-02", text, site)["V"]
    assert entry.planned == ordinal("2026-03-15")
    assert entry.remarks == ("a Sunday; the window has no working day to move it to",)
    works = site._replace(working=frozenset([ordinal("2026-03-15")]))
    assert entries(participant(("i", "2026-03-01")), "2026-03-02", text, works)["V"].remarks == ()


def told(*done: tuple[str, str]) -> list[str]:
    who = participant(*done)
    return [
        f"{each.days} {each.sentence}; {each.place}" for each in deviations(plans().of(who), who, ordinal("2027-01-01"))
    ]


def test_a_deviation_is_told_with_its_statement_and_line() -> None:
    line = TRIAL[: TRIAL.index("visit D28")].count("\n") + 1
    assert told(("infusion", "2026-03-02"), ("D28", "2026-04-03")) == [
        "2 D28 was done on 2026-04-03, 2 days after its window (day 28 +2 days, counted from infusion on 2026-03-02) "
        f"ended on 2026-04-01; protocol.proto:{line}"
    ]
    assert told(("infusion", "2026-03-02"), ("D28", "2026-04-01")) == []


def test_two_dates_that_break_an_order_are_told_with_it() -> None:
    (found,) = [
        each for each in told(("infusion", "2026-03-02"), ("D28", "2026-05-20"), ("M3", "2026-06-02")) if "rule" in each
    ]
    assert found.startswith(
        "-2 M3 was done on 2026-06-02, 13 days after D28 on 2026-05-20: 2 days too early for the rule"
    )


def test_dates_that_contradict_each_other_by_way_of_others_are_told_as_a_chain() -> None:
    who = participant(("D7", "2026-03-09"), ("D28", "2026-04-10"))
    (found,) = deviations(plans().of(who), who, ordinal("2027-01-01"))
    assert found.kind == "conflict"
    assert found.sentence == "the dates of D7 and D28 contradict the schedule by 8 days"
    assert found.days == 8
    assert any("D7 was on 2026-03-09" in step for step in found.steps)
    assert any("D28 is on Day 30 at the latest" in step for step in found.steps)


def test_further_dates_of_an_unscheduled_visit_are_kept() -> None:
    who = participant(("infusion", "2026-03-02"), ("UNS", "2026-03-05"), ("UNS", "2026-03-12"))
    found = [each for each in calendar(plans().of(who), who, ordinal("2026-03-20")) if each.visit.name == "UNS"]
    assert [each.done for each in found] == [ordinal("2026-03-05"), ordinal("2026-03-12")]


def test_nobody_has_a_calendar_without_any_date() -> None:
    found = entries(Participant("P1"), "2026-03-02")
    assert {each.state for each in found.values()} == {"open"}
