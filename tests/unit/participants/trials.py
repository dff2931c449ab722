"""Small trials and participants for the tests of calendars."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from protocol_dsl import pipeline
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.participants.calendar import Entry, Plans, calendar
from protocol_dsl.participants.reading import Reading, read
from protocol_dsl.participants.records import Participant, Record
from protocol_dsl.participants.site_calendar import SiteCalendar
from protocol_dsl.schedule.build import Schedule
from protocol_dsl.source import SourceMap

HEAD = """\
protocol T { title "A trial" }
product X "Drug X" type drug route oral
arm one "Arm one" role experimental gives X
arm two "Arm two" role experimental gives X
population SLE "Lupus"
"""
TRIAL = (
    HEAD
    + """\
timeline { day 0 = infusion month = calendar }
stage screening "Screening" { visit SCR "Screening" day -28 to -7 }
stage treatment "Treatment" { visit infusion "Infusion" day 0 }
stage follow_up "Follow-up" {
  visit D7 "Day 7" day 7 ±1 day
  visit D28 "Day 28" day 28 -0/+2 days
  visit M1 "Month 1" month 1 ±7 days shift nearest
  visit CALL "Call" 3 to 10 days after D28 by phone
  visit B "Biopsy" day 40 ±2 days for two
  visit O "Optional" day 42 optional
  visit M3 "Month 3" month 3 ±7 days
}
stage off "Off schedule" parallel {
  visit ET "Early termination" 0 to 7 days after withdrawal
  visit UNS "Unscheduled" unscheduled
}
order D28 at least 15 days before M3
"""
)


def ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal()


@cache
def compiled(text: str = TRIAL) -> tuple[Protocol, Schedule]:
    made = pipeline.check_text(text)
    assert made.protocol is not None
    assert made.schedule is not None
    assert made.is_sound, made.diagnostics
    return made.protocol, made.schedule


def plans(text: str = TRIAL) -> Plans:
    return Plans(*compiled(text))


def participant(*done: tuple[str, str], **more: str) -> Participant:
    """`("D28", "2026-03-30")` took place; `status="missed"` of the last one, `arm="two"`."""
    records = [Record(event, ordinal(day) if day else None, "done", 2 + at) for at, (event, day) in enumerate(done)]
    return Participant("P1", 2, more.get("site"), more.get("arm"), None, records)


def entries(who: Participant, on: str, text: str = TRIAL, site: SiteCalendar | None = None) -> dict[str, Entry]:
    made = plans(text)
    return {each.visit.name: each for each in calendar(made.of(who), who, ordinal(on), site)}


def reading(folder: Path, text: str | bytes, protocol: str = TRIAL) -> Reading:
    path = folder / "people.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(SourceMap(None), str(path), compiled(protocol)[0])
