"""What `protoc calendar` makes: compile, read the participants, compute, make the files; nothing here prints."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from protocol_dsl import pipeline
from protocol_dsl.cohort_pipeline import MANY, Cohort
from protocol_dsl.diagnostics.codes import ioe, par
from protocol_dsl.diagnostics.model import ERROR, Diagnostic
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.participants.calendar import Plans, calendar
from protocol_dsl.participants.deviations import deviations
from protocol_dsl.participants.going_on import members_needed
from protocol_dsl.participants.reading import Reading, read
from protocol_dsl.participants.sites import Sites, read_sites
from protocol_dsl.participants.tables import Refusal, read_date
from protocol_dsl.render.cohort_files import has_parquet
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.participant_lists import Case, deviations_md, iso, tables
from protocol_dsl.source import SourceMap

FORMATS = ("csv", "html", "ics", "md", "parquet")
"""What can be made. Unless something is chosen, all but Parquet; of a cohort, only tables."""
_USUAL, _TABLES = FORMATS[:4], ("csv", "parquet")


@dataclass
class Request:
    """The arguments of the command."""

    path: str
    participants: str | None = None
    sites: str | None = None
    holidays: str | None = None
    on: str | None = None
    formats: tuple[str, ...] = ()
    templates: str | None = None
    accrual: str | None = None
    until: str | None = None


class Answer(NamedTuple):
    """The files, what was found, the day of the report (an ordinal), sentences for the end of a run, and the sources
    that the findings speak of."""

    outputs: list[Output]
    diagnostics: list[Diagnostic]
    on: int | None
    summary: list[str]
    compiled: pipeline.Compiled
    cohort: Cohort | None = None
    """What is still to be written, where there is too much of it for memory."""


def answer(asked: Request) -> Answer:
    """Answer a request."""
    compiled = pipeline.check(asked.path)
    found = [each for each in compiled.diagnostics if each.severity == ERROR]
    if not compiled.is_sound or compiled.protocol is None or compiled.schedule is None:
        return Answer([], found, None, [], compiled)
    if compiled.schedule.conflicts:
        return Answer([], found, None, ["no calendar keeps this schedule: mend it first"], compiled)
    try:
        return _answer(asked, compiled)
    except Refusal as refused:
        return Answer([], [ioe.USAGE.at(None, refused.message, help=refused.help)], None, [], compiled)


def _answer(asked: Request, compiled: pipeline.Compiled) -> Answer:
    """The same for a protocol that can be kept. Raises `Refusal` for what the options ask."""
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    on = _option("--on", asked.on)
    if asked.participants is None and asked.accrual is None:
        raise Refusal("there is nobody to make a calendar for", "name a file with --participants, or give --accrual")
    if asked.participants is None and on is None:
        raise Refusal("without participants, a forecast needs a day to begin", "give it with --on, such as 2026-03-01")
    if "parquet" in asked.formats and not has_parquet():
        missing = ioe.EXTRA_MISSING.at(
            None, "Parquet needs pyarrow", help='pip install "protocol-dsl[parquet]", or leave it out of --make'
        )
        return Answer([], [missing], None, [], compiled)
    # The protocol's own faults are told by `protoc check`; here they stop nothing.
    reading = _read(asked, compiled)
    if drawn := _going_on(asked, compiled.protocol, compiled.sources, reading, on):
        longer = pipeline.check(asked.path, drawn=drawn)
        if longer.is_sound and longer.protocol and longer.schedule and not longer.schedule.conflicts:
            compiled, reading = longer, _read(asked, longer)
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    sites = read_sites(compiled.sources, asked.sites, asked.holidays)
    found = [*reading.diagnostics, *sites.diagnostics]
    on_day = on or reading.last
    if on_day is None or (not reading.participants and asked.accrual is None):
        return Answer([], found, None, [], compiled)
    said = [] if on is not None else [f"as of {iso(on_day)}, the last date in the file; --on gives another day"]
    people = list(reading.participants.values())
    formats = asked.formats or (_USUAL if len(people) <= MANY else ("csv",))
    if len(people) > MANY and (set(formats) - set(_TABLES) or asked.accrual is not None):
        raise Refusal(
            f"{len(people):,} participants are a cohort, and of a cohort of more than {MANY:,} only tables are made",
            "make csv or parquet, or take a file with the participants of some sites",
        )
    tables = tuple(each for each in formats if each in _TABLES and (each == "parquet" or len(people) > MANY))
    cohort = Cohort(Plans(compiled.protocol, compiled.schedule), people, on_day, sites, tables) if tables else None
    if len(people) > MANY:
        return Answer([], found, on_day, [*said, *_of_rows(reading)], compiled, cohort)
    job = _Job(asked, compiled, reading, sites, on_day)
    outputs = [*job.outputs(formats), *job.forecast(found)]
    lines = [*said, *job.summary(), *_of_rows(reading)] if people else said
    return Answer(outputs, [*found, *job.findings()], on_day, lines, compiled, cohort)


def _read(asked: Request, compiled: pipeline.Compiled) -> Reading:
    if asked.participants is None or compiled.protocol is None:
        return Reading({}, [], None, 0, 0)
    return read(compiled.sources, asked.participants, compiled.protocol)


def _going_on(
    asked: Request, protocol: Protocol, sources: SourceMap, reading: Reading, on: int | None
) -> dict[str, int]:
    """The members of open series that these participants need beyond those that documents draw."""
    if not any(each.open for each in (*protocol.series, *protocol.cycles)):
        return {}
    days = [each.day for who in reading.participants.values() for each in who.records if each.day is not None]
    days += [day for day in (on, _option("--until", asked.until)) if day is not None]
    text = next((file.text for file in sources.files if file.path == asked.participants), "")
    return members_needed(protocol, text, max(days, default=0) - min(days, default=0))


def _option(name: str, text: str | None) -> int | None:
    try:
        return read_date(text) if text is not None else None
    except Refusal as refused:
        raise Refusal(f"{name}: {refused.message}", refused.help) from None


def _of_rows(reading: Reading) -> list[str]:
    left = reading.rows - reading.used
    if not reading.rows:
        return []
    return [f"{reading.used} of {_counted(reading.rows, 'row')} used" + (f", {left} left out" if left else "")]


class _Job:
    def __init__(self, asked: Request, compiled: pipeline.Compiled, reading: Reading, sites: Sites, on: int) -> None:
        assert compiled.protocol is not None
        assert compiled.schedule is not None
        self.asked = asked
        self.compiled = compiled
        self.protocol = compiled.protocol
        self.reading = reading
        self.sites = sites
        self.on = on
        self.plans = Plans(compiled.protocol, compiled.schedule)
        people = sorted(reading.participants.values(), key=lambda each: (each.site or "", each.code))
        self.cases = [
            Case(
                each,
                calendar(self.plans.of(each), each, on, sites.of(each.site)),
                deviations(self.plans.of(each), each, on),
            )
            for each in people
        ]

    def outputs(self, wanted: tuple[str, ...]) -> Iterator[Output]:
        """The files of these formats."""
        if not self.cases:
            return
        if "csv" in wanted:
            for name, data in tables(self.cases, self.on):
                yield Output(name, data)
        if "md" in wanted:
            title = f"{self.protocol.study.acronym or self.protocol.study.name}: protocol deviations"
            yield Output("deviations.md", deviations_md(self.cases, title, self.on).encode())
        if "html" in wanted:
            yield from self._pages()
        if "ics" in wanted:
            yield from self._diaries()

    def _pages(self) -> Iterator[Output]:
        from protocol_dsl.render.participant_pages import Pages

        pages = Pages(self._rendering(), self.on)
        yield Output("week.html", pages.week(self.cases).encode())
        for case in self.cases:
            plan = self.plans.of(case.participant)
            yield Output(f"cards/{file_name(case.participant.code)}.html", pages.card(case, plan).encode())

    def _diaries(self) -> Iterator[Output]:
        from protocol_dsl.render.participant_ics import Diary

        by_site: dict[str, list[Case]] = {}
        for case in self.cases:
            by_site.setdefault(case.site, []).append(case)
        diary = Diary(self.protocol, self.on, {site: self.sites.of(site).time_zone for site in by_site})
        for case in self.cases:
            yield Output(f"ics/{file_name(case.participant.code)}.ics", diary.of_participant(case))
        for site, cases in by_site.items():
            name = f"site_{file_name(site)}" if site else "all"
            yield Output(f"ics/{name}.ics", diary.of_site(site, cases))

    def findings(self) -> Iterator[Diagnostic]:
        """What people should know about the days, beside the rows."""
        for case in self.cases:
            zone = self.sites.of(case.site).time_zone
            for entry in case.entries:
                day = entry.planned
                if any("no working day" in each for each in entry.remarks):
                    yield par.NO_WORKING_DAY.at(
                        None,
                        f"{case.participant.code} {entry.visit.name} is due on {iso(day)}, {entry.remarks[-1]}",
                        help="plan its staff, or give the visit a wider window",
                    )
                if zone is not None and entry.minute is not None and (entry.done or day):
                    yield from _clock(case, entry.visit.name, entry.done or day or 0, entry.minute, zone)

    def summary(self) -> list[str]:
        """Counts for the end of a run."""
        states = [entry.state for case in self.cases for entry in case.entries]
        counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states)))
        deviant = sum(len(case.deviations) for case in self.cases)
        return [
            f"{_counted(len(self.cases), 'participant')}, {_counted(len(states), 'visit')}: {counts}",
            f"{_counted(deviant, 'protocol deviation')} in time",
        ]

    def forecast(self, found: list[Diagnostic]) -> list[Output]:
        """The expected work, if recruitment was given; what is wrong with it is added to `found`. Raises `Refusal`."""
        text = self.asked.accrual
        if text is None:
            return []
        from protocol_dsl.participants import workload
        from protocol_dsl.render.workload import outputs

        names = sorted({*self.sites.by_site, *(case.site for case in self.cases)}) or [""]
        if text.casefold().endswith(".csv"):
            curve, told = workload.from_file(self.compiled.sources, text, names)
            found += told
            said = f"as in {os.path.basename(text)}"
        else:
            until = _option("--until", self.asked.until)
            if until is None:
                raise Refusal("--accrual as a rate needs its end", "give it with --until, such as 2027-12-31")
            curve = workload.at_a_rate(text, self.on + 1, until, names)
            said = f"{text} until {iso(until)}"
        under_way = [(case.site, case.entries) for case in self.cases]
        loads = workload.forecast(self.plans, self.sites, curve, under_way, self.on)
        return outputs(self._rendering(), loads, self.on, said)

    def _rendering(self) -> Rendering:
        made = self.compiled
        assert made.schedule is not None
        return Rendering(self.protocol, made.schedule, made.diagnostics, made.sources, self.asked.templates)


def _clock(case: Case, visit: str, ordinal: int, minute: int, zone: str) -> Iterator[Diagnostic]:
    """A time of day that the change of the clock leaves out."""
    from datetime import datetime, timedelta

    day = date.fromordinal(ordinal)
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    back = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    if back.replace(tzinfo=None) != local:
        yield par.ROW_TO_LOOK_AT.at(
            None,
            f"{case.participant.code} {visit}: {local:%H:%M} does not exist on {day.isoformat()} in {zone}, where the "
            f"clock goes forward; {back:%H:%M} is used",
        )


def file_name(code: str) -> str:
    """A code as part of the name of a file."""
    return re.sub(r"[^A-Za-z0-9._-]", lambda found: f"%{ord(found[0]):02X}", code)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def default_folder(path: str) -> str:
    """Where the files go unless told otherwise."""
    return os.path.join("out", os.path.splitext(os.path.basename(path))[0], "participants")
