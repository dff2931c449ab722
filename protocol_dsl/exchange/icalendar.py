"""iCalendar (RFC 5545): events that calendar programs import, as bytes that are the same in every run.

Written by hand rather than with a library: a calendar of a few dozen plain events needs folding, escaping and nothing
else. Source: B. Desruisseaux, Internet Calendaring and Scheduling Core Object Specification, RFC 5545 (2009).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

PRODUCT = "-//Protocol DSL//Visit calendar//EN"
LINE_OCTETS = 75
"""The longest content line without its line break (RFC 5545, section 3.1)."""

# TEXT takes no control character but the tab; half surrogates have no UTF-8. Line and paragraph separators are legal,
# but readers that split lines the Unicode way would break there.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
_LAST_DAY = date.max - timedelta(days=1)


class Event(NamedTuple):
    """An event of whole days, `first` to `last`, both included; or, with `begin`, of some minutes from a moment in UTC.

    Times are written in UTC: a time without a zone is refused by some programs, and shifted by others.
    A `transparent` event leaves the days free for other appointments. `sequence` rises when an amendment moves it.
    """

    uid: str
    first: date
    last: date
    summary: str
    description: str = ""
    categories: tuple[str, ...] = ()
    transparent: bool = False
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] = "CONFIRMED"
    sequence: int = 0
    begin: datetime | None = None
    minutes: int = 0


def stable_uid(*parts: str) -> str:
    """An identifier that depends on `parts` alone, so that importing a calendar again updates its events.

    Give it what the event is (protocol, participant code, visit) and nothing that may move (its date, its label).
    """
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass"))
    return f"{digest.hexdigest()[:32]}@protocol-dsl"


def write(name: str, events: Iterable[Event], stamp: date) -> bytes:
    """A calendar called `name`; `stamp` is written as the time at which each event was made (UTC midnight)."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{text(name)}",
        *(line for event in events for line in _event(event, stamp)),
        "END:VCALENDAR",
    ]
    return b"".join(fold(line) for line in lines)


def text(value: str) -> str:
    """`value` as a TEXT value: backslash, semicolon, comma and line end escaped, control characters as U+FFFD."""
    value = _UNWRITABLE.sub("\ufffd", _LINE_ENDS.sub("\n", value))
    return "".join(_ESCAPES.get(character, character) for character in value)


def fold(line: str) -> bytes:
    """A content line in pieces of at most 75 octets, none of which splits a character, each ended by CRLF."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        encoded = character.encode("utf-8")
        if len(piece) + len(encoded) > LINE_OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join((*pieces, piece)) + b"\r\n"


def _event(event: Event, stamp: date) -> list[str]:
    if event.begin is not None:
        finish = event.begin + timedelta(minutes=event.minutes)
        when = [f"DTSTART:{_moment(event.begin)}", f"DTEND:{_moment(finish)}"]
        return _lines(event, stamp, when)
    # DTEND is the first day after the event (section 3.6.1); the calendar has no day after its last one.
    end = min(event.last, _LAST_DAY) + timedelta(days=1)
    return _lines(event, stamp, [f"DTSTART;VALUE=DATE:{_day(event.first)}", f"DTEND;VALUE=DATE:{_day(end)}"])


def _lines(event: Event, stamp: date, when: list[str]) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{text(event.uid)}",
        f"DTSTAMP:{_day(stamp)}T000000Z",
        f"SEQUENCE:{event.sequence}",
        *when,
        f"SUMMARY:{text(event.summary)}",
        *([f"DESCRIPTION:{text(event.description)}"] if event.description else []),
        *([f"CATEGORIES:{','.join(map(text, event.categories))}"] if event.categories else []),
        f"STATUS:{event.status}",
        f"TRANSP:{'TRANSPARENT' if event.transparent else 'OPAQUE'}",
        "END:VEVENT",
    ]


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _moment(moment: datetime) -> str:
    return f"{_day(moment)}T{moment.hour:02}{moment.minute:02}00Z"
