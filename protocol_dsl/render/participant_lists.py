"""Tables about participants: all visits, what is overdue, what comes this week, deviations, counts by site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from protocol_dsl.participants.calendar import Entry
from protocol_dsl.participants.deviations import Deviation
from protocol_dsl.participants.records import Participant
from protocol_dsl.participants.site_calendar import to_date
from protocol_dsl.render.calendar_months import WEEKDAYS
from protocol_dsl.render.text import csv_bytes, md

CALENDAR_HEADER = (
    "site", "code", "arm", "visit", "label", "state", "target", "planned", "weekday", "earliest", "latest", "done_on",
    "deviation_days", "contact", "remarks",
)  # fmt: skip
DEVIATION_HEADER = ("site", "code", "visit", "date", "days", "kind", "what", "statement", "chain")
WEEK = 7


class Case(NamedTuple):
    """A participant with the calendar and the deviations."""

    participant: Participant
    entries: list[Entry]
    deviations: list[Deviation]

    @property
    def site(self) -> str:
        """The code of the site, empty if the file has none."""
        return self.participant.site or ""


def calendar_rows(cases: Iterable[Case]) -> Iterator[tuple[object, ...]]:
    """The rows of `calendar.csv`, dates as ISO 8601."""
    for case in cases:
        for entry in case.entries:
            yield calendar_row(case, entry)


def calendar_row(case: Case, entry: Entry) -> tuple[object, ...]:
    """One visit of one participant."""
    return (
        case.site,
        case.participant.code,
        case.participant.arm or "",
        entry.visit.name,
        entry.visit.title,
        entry.state,
        iso(entry.target),
        iso(entry.planned),
        weekday(entry.done or entry.planned),
        iso(entry.earliest),
        iso(entry.latest),
        iso(entry.done),
        entry.days if entry.done is not None else "",
        entry.visit.contact,
        "; ".join(entry.remarks),
    )


def overdue(cases: Iterable[Case]) -> list[tuple[Case, Entry]]:
    """Visits whose window is over and of which nothing is recorded, the oldest of each site first."""
    found = [(case, entry) for case in cases for entry in case.entries if entry.state == "overdue"]
    return sorted(found, key=lambda each: (each[0].site, each[1].latest or 0, each[0].participant.code))


def this_week(cases: Iterable[Case], on: int) -> list[tuple[Case, Entry]]:
    """Visits to plan for from `on` to six days later, and those whose window ends then, by day."""
    end = on + WEEK - 1
    found = [
        (case, entry)
        for case in cases
        for entry in case.entries
        if entry.state in ("due", "open")
        and (
            (entry.planned is not None and on <= entry.planned <= end)
            or (entry.latest is not None and on <= entry.latest <= end)
        )
    ]
    return sorted(
        found,
        key=lambda each: (each[0].site, each[1].planned or each[1].latest or 0, each[0].participant.code),
    )


def tables(cases: list[Case], on: int) -> Iterator[tuple[str, bytes]]:
    """`calendar.csv`, `overdue.csv`, `this_week.csv`, `deviations.csv`: name and content."""
    yield "calendar.csv", csv_bytes([CALENDAR_HEADER, *calendar_rows(cases)])
    yield "overdue.csv", csv_bytes([CALENDAR_HEADER, *(calendar_row(*each) for each in overdue(cases))])
    yield "this_week.csv", csv_bytes([CALENDAR_HEADER, *(calendar_row(*each) for each in this_week(cases, on))])
    yield "deviations.csv", csv_bytes([DEVIATION_HEADER, *deviation_rows(cases)])


def deviation_rows(cases: Iterable[Case]) -> Iterator[tuple[object, ...]]:
    """The rows of `deviations.csv`; `days` is negative for what was too early."""
    for case in cases:
        for each in case.deviations:
            chain = " → ".join(each.steps)
            what = (each.visit, iso(each.day), each.days, each.kind, each.sentence, each.place, chain)
            yield case.site, case.participant.code, *what


def deviations_md(cases: list[Case], title: str, on: int) -> str:
    """The deviations as a report to read, by site and participant."""
    lines = [f"# {md(title)}", "", f"Protocol deviations in time, as of {iso(on)}.", ""]
    deviant = [case for case in cases if case.deviations]
    if not deviant:
        lines.append("No visit took place outside of what the protocol permits.")
    site: str | None = None
    for case in deviant:
        if case.site != site:
            site = case.site
            lines += [f"## Site {md(site)}" if site else "## Without a site", ""]
        lines += [f"### {md(case.participant.code)}", ""]
        for each in case.deviations:
            lines.append(f"- {md(each.sentence)} ({md(each.place)})")
            lines += [f"  - {md(step)}" for step in each.steps]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def iso(ordinal: int | None) -> str:
    """`2026-03-01`; empty for None."""
    return to_date(ordinal).isoformat() if ordinal is not None else ""


def weekday(ordinal: int | None) -> str:
    """`Sunday`; empty for None."""
    return WEEKDAYS[to_date(ordinal).weekday()] if ordinal is not None else ""
