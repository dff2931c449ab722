"""The forecast of visits: it adds up, respects months and days off, and refuses what it cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl.participants import workload
from protocol_dsl.participants.calendar import calendar
from protocol_dsl.participants.site_calendar import SiteCalendar
from protocol_dsl.participants.sites import Sites
from protocol_dsl.participants.tables import Refusal
from protocol_dsl.source import SourceMap
from tests.unit.participants.trials import HEAD, ordinal, participant, plans

TRIAL = (
    HEAD
    + """\
timeline { day 0 = infusion month = calendar shift next }
visit infusion "Infusion" day 0
visit D7 "Day 7" day 7 ±2 days
visit M1 "Month 1" month 1 ±7 days by phone
visit B "Biopsy" day 10 for two
"""
)
SITES = Sites({}, SiteCalendar(), [])
ON = ordinal("2027-01-01")


def test_a_single_entrance_has_the_visits_of_one_participant_and_arms_share() -> None:
    day = ordinal("2027-01-30")
    loads = workload.forecast(plans(TRIAL), SITES, [workload.Entrance("A", day, 2.0)], [], ON)
    # Day 7 is a Saturday and moves to Monday; a month after 30 January is 28 February, a Sunday.
    assert [(each.day - day, each.visits, dict(each.by_contact)) for each in loads] == [
        (0, 2.0, {"on_site": 2.0}),
        (9, 2.0, {"on_site": 2.0}),
        (10, 1.0, {"on_site": 1.0}),
        (30, 2.0, {"phone": 2.0}),
    ]


def test_a_rate_is_shared_by_sites_and_days_and_adds_up() -> None:
    curve = workload.at_a_rate("3 per month", ordinal("2027-02-01"), ordinal("2027-03-31"), ["A", "B"])
    assert sum(each.participants for each in curve) == pytest.approx(6)
    loads = workload.forecast(plans(TRIAL), SITES, curve, [], ON)
    assert sum(each.visits for each in loads) == pytest.approx(6 * 3.5)
    weeks = workload.by_week(loads)
    assert sum(each.visits for each in weeks) == pytest.approx(6 * 3.5)
    assert {(each.day - 1) % 7 for each in weeks} == {0}


def test_participants_under_way_count_once() -> None:
    who = participant(("infusion", "2026-12-30"), arm="one")
    served = plans(TRIAL)
    loads = workload.forecast(served, SITES, [], [("A", calendar(served.of(who), who, ON))], ON)
    assert [(each.known, each.expected) for each in loads] == [(1.0, 0), (1.0, 0)]


@pytest.mark.parametrize(
    ("rate", "until", "message"),
    [
        ("two per month", "2027-06-01", "`two per month` is no rate of recruitment"),
        ("2 per month", "2026-06-01", "recruitment ends before it begins"),
        ("2 per month", "2099-06-01", "recruitment takes more than 30 years"),
    ],
)
def test_what_is_no_rate_is_refused(rate: str, until: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        workload.at_a_rate(rate, ON, ordinal(until), ["A"])


def test_a_curve_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "accrual.csv"
    path.write_text("month,participants,site\n2027-02,2.8,A\n2027-13,1,\n2027-03-01,1,\n2027-04,many,B\n")
    curve, told = workload.from_file(SourceMap(None), str(path), ["A", "B"])
    assert [each.message for each in told] == [
        "accrual.csv, line 3: there is no date 2027-13-01: a year has 12 months",
        "accrual.csv, line 5: `many` is no number of participants",
    ]
    assert [(each.site, each.participants) for each in curve[:1]] == [("A", pytest.approx(0.1))]
    assert sum(each.participants for each in curve) == pytest.approx(3.8)
