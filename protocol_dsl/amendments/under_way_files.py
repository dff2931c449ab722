"""Participants under way as text, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocol_dsl.amendments.under_way import KINDS, Days, Person, UnderWay, VisitChange, iso

HEADER = (
    "code", "site", "state", "kind", "visit", "label", "old_day", "old_earliest", "old_latest", "new_day",
    "new_earliest", "new_latest", "reconsent_at", "reconsent_on", "text",
)  # fmt: skip
SYMBOLS = {"moved": "→", "window": "~", "added": "+", "removed": "-", "never": "!", "out_of_window": "!"}


def lines(found: UnderWay) -> Iterator[str]:
    """For a terminal: those who are affected with their visits, the others counted by the reason."""
    for person in found.affected:
        yield f"  {person.code}{f' · site {person.site}' if person.site else ''}"
        for change in person.changes:
            yield f"    {SYMBOLS[change.kind]} {change.visit}: {change.text}"
        consent = consent_text(person, found)
        if consent:
            yield f"    {consent}"
    rest: dict[str, list[str]] = {}
    for person in found.people:
        if not person.is_affected:
            rest.setdefault(person.why, []).append(person.code)
    for why, codes in rest.items():
        more = f" and {len(codes) - 8} more" if len(codes) > 8 else ""
        yield f"  unaffected: {', '.join(codes[:8])}{more} ({why})"


def consent_text(person: Person, found: UnderWay) -> str:
    """What is to be said about new consent of one person."""
    word = "new consent is due" if found.consent == "yes" else "whether new consent is needed has to be decided"
    if person.reconsent is not None:
        on = f"on {iso(person.reconsent_on)}" if person.reconsent_on is not None else "when it has a day"
        return f"{word}, next at {person.reconsent} {on}"
    return f"{word}: {person.why}" if person.changes and person.why else ""


def data(found: UnderWay) -> dict[str, Any]:
    """For programs."""
    return {
        "on": iso(found.on),
        "applies": found.applies,
        "applies_said": found.is_said,
        "affected": len(found.affected),
        "people": [
            {
                "code": person.code,
                "site": person.site or None,
                "state": "affected" if person.is_affected else "unaffected",
                "why": person.why or None,
                "reconsent": {"visit": person.reconsent, "date": _date(person.reconsent_on), "value": found.consent}
                if person.reconsent is not None
                else None,
                "changes": [
                    {
                        "kind": change.kind,
                        "visit": change.visit,
                        "old": _dates(change.old),
                        "new": _dates(change.new),
                        "text": change.text,
                    }
                    for change in person.changes
                ],
            }
            for person in found.people
        ],
    }


def _dates(days: Days | None) -> dict[str, str | None] | None:
    if days is None:
        return None
    return {name: _date(day) for name, day in days._asdict().items()}


def _date(day: int | None) -> str | None:
    return iso(day) if day is not None else None


def csv_text(found: UnderWay) -> str:
    """A table, one row a visit that changes, and one for each person for whom none does."""
    from protocol_dsl.render.text import csv_bytes

    return csv_bytes([HEADER, *_rows(found)]).decode("utf-8")


def _rows(found: UnderWay) -> Iterator[tuple[object, ...]]:
    for person in found.people:
        state = "affected" if person.is_affected else "unaffected"
        at, on = person.reconsent or "", _date(person.reconsent_on) or ""
        for change in person.changes:
            days = _cells(change)
            yield (
                person.code, person.site, state, KINDS[change.kind], change.visit, change.label, *days, at, on,
                change.text,
            )  # fmt: skip
        if not person.changes:
            yield (person.code, person.site, state, "", "", "", *[""] * 6, at, on, person.why)


def _cells(change: VisitChange) -> list[str]:
    """The three days of the older version and the three of the newer one."""
    return [_date(day) or "" for each in (change.old, change.new) for day in each or (None, None, None)]
