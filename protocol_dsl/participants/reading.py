"""Participants out of a CSV file: `code,event,date` and, if wanted, `time`, `status`, `site`, `arm`, `population`."""

from __future__ import annotations

import re
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import par
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.elaborate.values import BUILT_IN_EVENTS
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.participants.records import DONE, MISSED, NOT_APPLICABLE, PLANNED, STATUSES, Participant, Record
from protocol_dsl.participants.tables import Refusal, Row, Table, read_date, read_time
from protocol_dsl.source import SourceMap

REQUIRED = ("code", "event", "date")
COLUMNS = (*REQUIRED, "time", "status", "site", "arm", "population")

AGAIN = ("progression", "relapse", "toxicity")
"""Built-in events that may come more than once."""

_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,38}[A-Za-z0-9])?")
_SITE = re.compile(r"[\w.][\w.+/ -]{0,39}")
_WORDS = re.compile(r"[|;,\s]+")


class Reading(NamedTuple):
    """Participants in the order of the file, what was wrong with it, the last date in it (an ordinal), and how many
    rows it has and how many of them are used."""

    participants: dict[str, Participant]
    diagnostics: list[Diagnostic]
    last: int | None
    rows: int
    used: int


def read(sources: SourceMap, path: str, protocol: Protocol) -> Reading:
    """Read a file; each row that cannot be used is told with its line, and all others are used."""
    table = Table(sources, path)
    reader = _Reader(table, protocol)
    used = 0
    for row in table.rows(REQUIRED, COLUMNS):
        try:
            used += reader.row(row)
        except Refusal as refused:
            table.tell(par.ROW_UNUSABLE, row, refused.message, refused.help)
    return Reading(reader.participants, table.diagnostics, reader.last, table.count, used)


class _Reader:
    def __init__(self, table: Table, protocol: Protocol) -> None:
        self.table = table
        self.participants: dict[str, Participant] = {}
        self.last: int | None = None
        visits = {visit.name: visit for visit in protocol.visits}
        self.events = frozenset((*visits, *(event.name for event in protocol.events), *BUILT_IN_EVENTS))
        self.again = frozenset(
            (
                *(name for name, visit in visits.items() if visit.timing.kind in ("unscheduled", "event")),
                *(event.name for event in protocol.events),
                *AGAIN,
            )
        )
        self.arms = frozenset(arm.name for arm in protocol.arms)
        self.populations = frozenset(
            (*(each.name for each in protocol.populations), *(each.name for each in protocol.cohorts))
        )
        self.dates: dict[str, int] = {}

    def row(self, row: Row) -> bool:
        """Take one row in; whether it was used. Raises `Refusal`."""
        cells = row.cells
        code, event = cells["code"], cells["event"]
        if not _CODE.fullmatch(code):
            raise Refusal(
                f"`{code}` is no participant code" if code else "the code is missing",
                "a code has letters, digits and . _ / - without blanks, 40 at most; names of people never stand here",
            )
        if not event:
            raise Refusal("the event is missing", "name a visit or an event of the protocol")
        if event not in self.events:
            raise Refusal(
                f"there is no visit or event `{event}`",
                did_you_mean(event, self.events) or "name a visit or an event of the protocol",
            )
        record = self.record(row, event)
        participant = self.participant(row, code)
        if participant is None or not self.is_new(row, participant, record):
            return False
        participant.records.append(record)
        if record.status == DONE and record.day is not None and (self.last is None or record.day > self.last):
            self.last = record.day
        return True

    def record(self, row: Row, event: str) -> Record:
        """The event of a row. Raises `Refusal`."""
        cells = row.cells
        written, status = cells["date"], cells.get("status", "").casefold().replace(" ", "_")
        if written.casefold() == MISSED:
            written, status = "", status or MISSED
        if status and status not in STATUSES:
            raise Refusal(
                f"there is no status `{cells['status']}`",
                did_you_mean(status, STATUSES) or "it is one of " + ", ".join(STATUSES),
            )
        status = status or DONE
        day: int | None = None
        if written:
            day = self.dates.get(written)
            if day is None:
                day = self.dates[written] = read_date(written)
        elif status not in (MISSED, NOT_APPLICABLE):
            raise Refusal("the date is missing", "without a date, the status is `missed` or `not_applicable`")
        time = cells.get("time", "")
        return Record(event, day, status, row.line, read_time(time) if time else None)

    def participant(self, row: Row, code: str) -> Participant | None:
        """The participant of a row, with what the row says of them. Raises `Refusal`; None if told already."""
        cells = row.cells
        site, arm = cells.get("site", ""), cells.get("arm", "")
        words = tuple(sorted({word for word in _WORDS.split(cells.get("population", "")) if word}))
        if site and not _SITE.fullmatch(site):
            raise Refusal(f"`{site}` is no code of a site", "letters, digits, blanks and . _ + / - are taken")
        for word, kind, names in ((arm, "arm", self.arms), *((word, "population", self.populations) for word in words)):
            if word and word not in names:
                listed = ", ".join(sorted(names)) or "none"
                raise Refusal(f"there is no {kind} `{word}`", did_you_mean(word, names) or f"the protocol has {listed}")
        known = self.participants.get(code)
        if known is None:
            known = self.participants[code] = Participant(code, row.line, site or None, arm or None, words or None)
            return known
        for kind, said, before in (
            ("site", site or None, known.site),
            ("arm", arm or None, known.arm),
            ("population", words or None, known.populations),
        ):
            if said is not None and before is not None and said != before:
                one, other = (" ".join(each) if isinstance(each, tuple) else each for each in (before, said))
                self.table.tell(
                    par.ROWS_CONTRADICT,
                    row,
                    f"{code} has the {kind} {other} here and {one} before (line {known.line})",
                    "one participant has one; the first row holds and this one is left out",
                )
                return None
        known.site, known.arm = known.site or site or None, known.arm or arm or None
        known.populations = known.populations or words or None
        return known

    def is_new(self, row: Row, participant: Participant, record: Record) -> bool:
        """Whether a record says something that no row has said yet; if not, it is told."""
        for other in participant.records:
            if other.event != record.event:
                continue
            # What was agreed upon and then took place is no contradiction.
            if other.status != record.status and PLANNED in (other.status, record.status):
                continue
            if (other.day, other.status, other.minute) == (record.day, record.status, record.minute):
                self.table.tell(
                    par.ROW_TO_LOOK_AT,
                    row,
                    f"{participant.code} {record.event} stands in line {other.line} already",
                    "it counts once",
                )
                return False
            if record.event not in self.again:
                self.table.tell(
                    par.ROWS_CONTRADICT,
                    row,
                    f"{participant.code} {record.event} is another time in line {other.line}",
                    "the first row holds and this one is left out; ask the site which one is right",
                )
                return False
        return True
