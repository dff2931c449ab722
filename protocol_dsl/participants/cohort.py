"""Calendars of whole cohorts, block by block, so that memory does not grow with their size.

With numpy (the extra `fast`) a block is computed by `vector.py`, without it participant by participant; the files are
the same, byte by byte. Participants come in the order of their sites, then of their codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from protocol_dsl.participants import vector, windows
from protocol_dsl.participants.calendar import Plans
from protocol_dsl.participants.deviations import Deviation, deviations
from protocol_dsl.participants.plan import Plan
from protocol_dsl.participants.records import DONE, MISSED, NOT_APPLICABLE, PLANNED, Participant, facts
from protocol_dsl.participants.site_calendar import SiteCalendar
from protocol_dsl.participants.sites import Sites

NO_DATE = vector.NO_DATE
WEEK = 7


class Block(NamedTuple):
    """Participants of one site, arm and population with their calendars: for each visit of `plan.visits` its columns,
    arrays or, without numpy, lists. `deviant` are the places of those who have a deviation to tell."""

    people: Sequence[Participant]
    plan: Plan
    visits: Sequence[vector.VisitColumns]
    deviant: Sequence[int]

    def counts(self) -> dict[int, int]:
        """Numbers of visits by state, without hidden ones."""
        found = dict.fromkeys(range(windows.HIDDEN), 0)
        for each in self.visits:
            # States are small numbers, which bytes count quickly where there is no array.
            states: Any = each.state if self.is_fast else bytes(each.state)
            for code in found:
                found[code] += int((states == code).sum() if self.is_fast else states.count(code))
        return found

    @property
    def is_fast(self) -> bool:
        """Whether the columns are arrays."""
        return hasattr(self.visits[0].state, "dtype") if self.visits else False

    def deviations(self, on: int) -> Iterator[tuple[Participant, list[Deviation]]]:
        """Participants with their deviations."""
        for place in self.deviant:
            yield self.people[place], deviations(self.plan, self.people[place], on)


def ordered(people: Sequence[Participant]) -> list[Participant]:
    """By site, then by code; people of one arm and population of a site stand together."""
    return sorted(people, key=lambda each: (each.site or "", each.arm or "", each.populations or (), each.code))


def blocks(
    plans: Plans, people: Sequence[Participant], on: int, sites: Sites, *, with_numpy: bool = True, size: int = 0
) -> Iterator[Block]:
    """The calendars of `ordered` participants, at most `size` in a block."""
    size = size or vector.CHUNK
    fast = with_numpy and vector.numpy is not None
    for _, group in groupby(people, key=lambda each: each.kind):
        members = list(group)
        plan, site = plans.of(members[0]), sites.of(members[0].site)
        for start in range(0, len(members), size):
            part = members[start : start + size]
            yield _by_arrays(plan, part, on, site) if fast else _one_by_one(plan, part, on, site)


def _by_arrays(plan: Plan, people: list[Participant], on: int, site: SiteCalendar) -> Block:
    made = vector.compute(plan, cohort_facts(plan, people, on), on, site)
    deviant = made.contradicts | made.breaks
    for each in made.visits:
        deviant = deviant | (each.deviation != 0)
    return Block(people, plan, made.visits, vector.numpy.flatnonzero(deviant).tolist())


def _one_by_one(plan: Plan, people: list[Participant], on: int, site: SiteCalendar) -> Block:
    found = [windows.windows(plan, facts(plan, each, on), on, site) for each in people]
    visits = [
        vector.VisitColumns(*(list(column) for column in zip(*(_row(each[place]) for each in found), strict=True)))
        for place in range(len(plan.visits))
    ]
    deviant = [place for place, each in enumerate(people) if deviations(plan, each, on)]
    return Block(people, plan, visits, deviant)


def _row(found: windows.Window) -> tuple[int, ...]:
    ends = (each if windows.is_date(each) else NO_DATE for each in (found.earliest, found.latest))
    return (found.state, found.target or NO_DATE, found.planned or NO_DATE, *ends, found.done or 0, found.deviation)


def cohort_facts(plan: Plan, people: Sequence[Participant], on: int) -> vector.CohortFacts:
    """What `records.facts` says of each, as arrays; needs numpy."""
    np = vector.numpy
    size, index = len(people), plan.schedule.index
    dates: dict[int, list[int]] = {}
    agreed: dict[int, list[int]] = {}
    marks: dict[str, dict[int, list[bool]]] = {MISSED: {}, NOT_APPLICABLE: {}}
    for place, participant in enumerate(people):
        for event, day, status, _, _ in participant.records:
            node = index.get(event)
            if node is None:
                continue
            if status in marks:
                marks[status].setdefault(node, [False] * size)[place] = True
            elif day is None:
                continue
            elif status == DONE and day <= on:
                row = dates.setdefault(node, [NO_DATE] * size)
                row[place] = day if row[place] == NO_DATE else min(day, row[place])
            elif status in (PLANNED, DONE):
                agreed.setdefault(node, [NO_DATE] * size)[place] = day
    as_dates: Any = {node: np.array(row, np.int32) for node, row in dates.items()}
    as_agreed: Any = {node: np.array(row, np.int32) for node, row in agreed.items()}
    missed, without = ({node: np.array(row) for node, row in marks[each].items()} for each in (MISSED, NOT_APPLICABLE))
    return vector.CohortFacts(size, as_dates, missed, without, as_agreed)
