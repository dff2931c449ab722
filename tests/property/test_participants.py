"""Random participants: calendars of one and of many agree, and whoever keeps the protocol lies inside the windows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl.participants import vector, windows
from protocol_dsl.participants.deviations import of_dates
from protocol_dsl.participants.plan import Plan
from protocol_dsl.participants.shifts import EARLY, LATE, Months, Shift, moved
from protocol_dsl.participants.site_calendar import SiteCalendar
from tests.unit.participants.trials import HEAD, TRIAL, compiled

CYCLES = (
    HEAD
    + """\
timeline { day 1 = C1.D1 month = 30 days shift next }
visit SCR "Screening" day -14 to -1
cycles C1.. "Cycle {n}" of 21 days from day 1 until progression {
  visit D1 "Day 1" day 1 ±2 days
  visit D8 "Day 8" day 8 ±1 day shift previous
}
visits IMG1..IMG3 "Imaging {n}" every 9 weeks after C1.D1 drift ±7 days
visit AFTER "After" 2 months after IMG3 ±1 month for one
visit PD "Progression" on progression
visit LATER "Later" 1 month after PD ±5 days shift nearest
order C1.D8 before IMG1
"""
)
TRIALS = {"months": TRIAL, "cycles": CYCLES}
DAY = date(2028, 1, 31).toordinal()
FAIR = SiteCalendar(holidays=frozenset(range(DAY + 5, DAY + 900, 11)), working=frozenset(range(DAY - 2, DAY + 900, 7)))


def plan_of(name: str) -> Plan:
    return Plan(*compiled(TRIALS[name]), arm="one")


def shown(found: windows.Window) -> tuple[int, ...]:
    """As an array has it, 0 for no date."""
    ends = [each if EARLY // 2 < each < LATE // 2 else 0 for each in (found.earliest, found.latest)]
    return (found.state, found.target or 0, found.planned or 0, *ends, found.done or 0, found.deviation)


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[str, list[windows.Facts], int, SiteCalendar]:
    name = draw(st.sampled_from(sorted(TRIALS)))
    plan = plan_of(name)
    index = plan.schedule.index
    nodes = [index[each] for each in index if plan.schedule.nodes[index[each]].kind in ("visit", "event")]
    people: list[windows.Facts] = []
    for _ in range(draw(st.integers(1, 6))):
        offsets = st.dictionaries(st.sampled_from(nodes), st.integers(-40, 300), max_size=6)
        dates = {node: DAY + days for node, days in draw(offsets).items()}
        missed, without = (draw(st.frozensets(st.sampled_from(nodes), max_size=2)) for _ in range(2))
        agreed = {node: DAY + days for node, days in draw(offsets).items() if node not in dates}
        people.append(windows.Facts(dates, missed, without, agreed))
    return name, people, DAY + draw(st.integers(-50, 400)), draw(st.sampled_from([SiteCalendar(), FAIR]))


def as_arrays(people: list[windows.Facts]) -> vector.CohortFacts:
    def dates(of: list[Mapping[int, int]]) -> dict[int, object]:
        nodes = sorted({node for each in of for node in each})
        return {node: np.array([each.get(node, 0) for each in of], np.int32) for node in nodes}

    def marks(of: list[frozenset[int]]) -> dict[int, object]:
        return {node: np.array([node in each for each in of]) for node in sorted(frozenset().union(*of))}

    return vector.CohortFacts(
        len(people),
        dates([each.dates for each in people]),
        marks([each.missed for each in people]),
        marks([each.not_applicable for each in people]),
        dates([each.agreed for each in people]),
    )


@settings(max_examples=150, derandomize=True, deadline=None)
@given(cohorts())
def test_the_calendar_of_one_is_that_of_many(cohort: tuple[str, list[windows.Facts], int, SiteCalendar]) -> None:
    name, people, on, site = cohort
    plan = plan_of(name)
    made = vector.compute(plan, as_arrays(people), on, site)
    for at, facts in enumerate(people):
        one = [shown(each) for each in windows.windows(plan, facts, on, site)]
        many = [tuple(int(column[at]) for column in each) for each in made.visits]
        assert one == many
        assert windows.dates(plan, facts.dates).contradicts == bool(made.contradicts[at])


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.integers(0, 1500), st.randoms(use_true_random=False))
def test_whoever_keeps_to_the_windows_stays_inside_of_them(start: int, random: object) -> None:
    """Visits are held one after another on any day of their windows: none becomes impossible, none deviates."""
    plan = plan_of("months")
    facts = {plan.schedule.index["SCR"]: DAY + start}
    for _ in plan.visits:
        found = windows.dates(plan, facts)
        assert not found.contradicts
        waiting = [
            each.node
            for each in plan.visits
            if each.node not in facts and found.latest[each.node] < LATE // 2 and found.earliest[each.node] > EARLY // 2
        ]
        if not waiting:
            break
        node = min(waiting, key=lambda each: (found.latest[each], each))
        facts[node] = random.randint(found.earliest[node], found.latest[node])  # type: ignore[attr-defined]
    assert len(facts) >= 8
    assert of_dates(plan, facts) == []
    assert not any(each.deviation for each in windows.windows(plan, windows.Facts(facts), DAY, SiteCalendar()))


@pytest.mark.parametrize("months", [-25, -12, -1, 1, 2, 3, 11, 12, 24, 100])
def test_months_of_arrays_are_those_of_dates(months: int) -> None:
    first, last = date(1900, 1, 1).toordinal(), date(2199, 12, 31).toordinal()
    days = np.append(np.arange(first, last, 13, dtype=np.int32), np.arange(DAY, DAY + 1500, dtype=np.int32))
    for shift in (Shift(months, 0), Shift(months, -9, 1)):
        assert Months(np).moved(days, shift).tolist() == [moved(int(day), shift) for day in days]
