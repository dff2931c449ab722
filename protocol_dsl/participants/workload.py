"""The work that is to come: expected visits of each site by day, from those under way and those still to be recruited.

Recruitment is a curve: so many participants on so many days, as fractions. Each day of it is followed through the
protocol as one participant would be, with real months and days off, and its visits count with the fraction: the
convolution of recruitment with the schedule. Counted in are all visits that such a participant can foresee, also
optional and conditional ones; nobody drops out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import par
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.participants import windows
from protocol_dsl.participants.calendar import Entry, Plans
from protocol_dsl.participants.records import Participant
from protocol_dsl.participants.site_calendar import to_date
from protocol_dsl.participants.sites import Sites
from protocol_dsl.participants.tables import Refusal, Table, read_date
from protocol_dsl.schedule.months import month_length
from protocol_dsl.source import SourceMap

COLUMNS = ("month", "participants", "site")
MOST_YEARS = 30
"""No recruitment is planned for longer; a rate until a mistyped date would go on for ages."""

_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:per|/|a)\s*(day|week|month|year)s?")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DAYS = {"day": 1.0, "week": 7.0, "year": 365.25}


class Entrance(NamedTuple):
    """`participants` (a fraction) who reach the anchor of the timeline at a site on a day."""

    site: str
    day: int
    participants: float


class Load(NamedTuple):
    """Expected visits at a site on a day: of those under way (`known`) and of those still to come (`expected`);
    `by_contact` has both together, by kind of contact."""

    site: str
    day: int
    known: float
    expected: float
    by_contact: Mapping[str, float]

    @property
    def visits(self) -> float:
        """All of them."""
        return self.known + self.expected


def at_a_rate(text: str, first: int, until: int, sites: Sequence[str]) -> list[Entrance]:
    """`2 per month` from one day to another, shared evenly by the sites. Raises `Refusal`."""
    found = _RATE.fullmatch(text.strip().casefold())
    if found is None:
        raise Refusal(f"`{text}` is no rate of recruitment", "write it such as `2 per month`, or name a CSV file")
    if until < first:
        raise Refusal("recruitment ends before it begins", "give a later day with --until")
    if until - first > MOST_YEARS * 366:
        raise Refusal(f"recruitment takes more than {MOST_YEARS} years", "give an earlier day with --until")
    number, unit = float(found[1]), found[2]
    entrances: list[Entrance] = []
    for day in range(first, until + 1):
        at = to_date(day)
        length = month_length(at.year, at.month) if unit == "month" else _DAYS[unit]
        entrances += [Entrance(site, day, number / length / len(sites)) for site in sites]
    return entrances


def from_file(sources: SourceMap, path: str, sites: Sequence[str]) -> tuple[list[Entrance], list[Diagnostic]]:
    """A curve out of a CSV file: `month,participants` and, if wanted, `site`; a month is `2026-05`, or a single day."""
    table = Table(sources, path)
    entrances: list[Entrance] = []
    for row in table.rows(COLUMNS[:2], COLUMNS):
        try:
            number = row.cells["participants"]
            if not _NUMBER.fullmatch(number):
                raise Refusal(f"`{number}` is no number of participants", "fractions are written with a point")
            written = row.cells["month"]
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}", written):
                first = read_date(f"{written}-01")
                start = to_date(first)
                days = range(first, first + month_length(start.year, start.month))
            else:
                days = range(read_date(written), read_date(written) + 1)
            at = [row.cells["site"]] if row.cells.get("site") else list(sites)
            share = float(number) / len(days) / len(at)
            entrances += [Entrance(site, day, share) for day in days for site in at]
        except Refusal as refused:
            table.tell(par.ROW_UNUSABLE, row, refused.message, refused.help)
    return entrances, table.diagnostics


def forecast(
    plans: Plans,
    sites: Sites,
    entrances: Iterable[Entrance],
    under_way: Iterable[tuple[str, Sequence[Entry]]],
    on: int,
) -> list[Load]:
    """The expected visits from the day `on`, by site and day; `under_way` are the calendars of participants."""
    known: dict[tuple[str, int], dict[str, float]] = {}
    expected: dict[tuple[str, int], dict[str, float]] = {}
    for site, entries in under_way:
        for entry in entries:
            if entry.state in ("due", "open") and entry.planned is not None and entry.planned >= on:
                _add(known, (site, entry.planned), entry.visit.contact, 1.0)
    arms = _arms(plans.protocol)
    followed: dict[tuple[str, int], list[tuple[int, str, float]]] = {}
    for entrance in entrances:
        at = (entrance.site, entrance.day)
        if at not in followed:
            followed[at] = [
                (day, contact, 1 / len(arms)) for arm in arms for day, contact in _days(plans, arm, sites, *at)
            ]
        for day, contact, share in followed[at]:
            if day >= on:
                _add(expected, (entrance.site, day), contact, share * entrance.participants)
    loads: list[Load] = []
    for site, day in sorted({*known, *expected}):
        one, other = known.get((site, day), {}), expected.get((site, day), {})
        contacts = {name: one.get(name, 0.0) + other.get(name, 0.0) for name in sorted({*one, *other})}
        loads.append(Load(site, day, sum(one.values()), sum(other.values()), contacts))
    return loads


def by_week(loads: Iterable[Load]) -> list[Load]:
    """The same by week; the day is its Monday."""
    weeks: dict[tuple[str, int], list[Load]] = {}
    for load in loads:
        weeks.setdefault((load.site, load.day - (load.day - 1) % 7), []).append(load)
    found: list[Load] = []
    for (site, monday), members in sorted(weeks.items()):
        contacts: dict[str, float] = {}
        for each in members:
            for name, visits in each.by_contact.items():
                contacts[name] = contacts.get(name, 0.0) + visits
        found.append(Load(site, monday, sum(e.known for e in members), sum(e.expected for e in members), contacts))
    return found


def _arms(protocol: Protocol) -> list[str | None]:
    """The arms to share recruitment between, if any visit is of some arms only."""
    parts = (*protocol.visits, *protocol.stages, *protocol.cycles)
    return [arm.name for arm in protocol.arms] if any(each.arms for each in parts) and protocol.arms else [None]


def _days(plans: Plans, arm: str | None, sites: Sites, site: str, day: int) -> list[tuple[int, str]]:
    """The visits of someone whose anchor is on `day`: their days and kinds of contact."""
    plan = plans.of(Participant("", arm=arm))
    if plan.anchor is None:
        return []
    found = windows.windows(plan, windows.Facts({plan.anchor: day}), 0, sites.of(site))
    return [
        (window.planned, each.visit.contact)
        for each, window in zip(plan.visits, found, strict=True)
        if window.planned is not None and window.state < windows.HIDDEN
    ]


def _add(where: dict[tuple[str, int], dict[str, float]], at: tuple[str, int], contact: str, visits: float) -> None:
    counts = where.setdefault(at, {})
    counts[contact] = counts.get(contact, 0.0) + visits
