"""Times of visits as ODM 2.0 has them: from one visit to another, with windows, as ISO 8601 durations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protocol_dsl.exchange.odm.content import LANGUAGE
from protocol_dsl.exchange.odm.design import Lasting, Timing
from protocol_dsl.render.odm_content import timing_text
from protocol_dsl.render.odm_shared import flat

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Visit

_CALENDAR = {"month": "M", "months": "M", "year": "Y", "years": "Y"}
_MINUTES = {
    **dict.fromkeys(("minute", "minutes", "min"), 1),
    **dict.fromkeys(("hour", "hours", "h"), 60),
    **dict.fromkeys(("day", "days", "d"), 1440),
    **dict.fromkeys(("week", "weeks"), 10080),
}


def iso(value: int | float, unit: str) -> str | None:
    """A length of time: `P28D`, `P3M`, `PT4H`; None where the unit has no whole number of minutes or months."""
    if unit in _CALENDAR:
        return f"P{int(value)}{_CALENDAR[unit]}" if value == int(value) else None
    if unit not in _MINUTES:
        return None
    minutes = value * _MINUTES[unit]
    if minutes != int(minutes):
        return None
    if minutes % 1440 == 0:
        return f"P{int(minutes) // 1440}D"
    return f"PT{int(minutes) // 60}H" if minutes % 60 == 0 else f"PT{int(minutes)}M"


def timings(protocol: Protocol) -> Iterator[Timing]:
    """A constraint for each visit whose time the protocol gives."""
    visits = {visit.name for visit in protocol.visits}
    anchor = protocol.timeline.anchor if protocol.timeline else None
    for visit in sorted(protocol.visits, key=lambda visit: visit.order):
        made = None
        if visit.timing.kind == "timeline" and visit.name != anchor:
            made = _on_timeline(visit, anchor if anchor in visits else None)
        elif visit.timing.kind == "relative":
            made = _relative(visit, visits)
        if made is not None:
            yield made


def lasting(protocol: Protocol) -> Iterator[Lasting]:
    """How long visits take, where the protocol says it."""
    for visit in protocol.visits:
        target = iso(visit.lasting.value, visit.lasting.unit) if visit.lasting else None
        if target is not None:
            yield Lasting(f"DUR.{visit.name}", flat(visit.title), f"SE.{visit.name}", target)


def _on_timeline(visit: Visit, anchor: str | None) -> Timing | None:
    """From the anchor; a visit before it is told the other way round, because a distance is not negative."""
    timing = visit.timing
    by_calendar = timing.unit in _CALENDAR and timing.end_number is None and timing.number is not None
    if by_calendar and timing.number is not None and timing.unit is not None:
        is_before = timing.number < 0
        target = iso(abs(timing.number), timing.unit)
        early, late = _window(visit)
    elif visit.offset is not None:
        is_before = visit.offset < 0
        target = iso(abs(visit.offset), "day")
        if timing.end_number is None:
            early, late = _window(visit)
        else:
            first = visit.offset if visit.earliest is None else visit.earliest
            last = visit.offset if visit.latest is None else visit.latest
            early, late = iso(visit.offset - first, "day"), iso(last - visit.offset, "day")
    else:
        return None
    if target is None:
        return None
    here, there = f"SE.{visit.name}", f"SE.{anchor}" if anchor else None
    before, after = (here, there) if is_before else (there, here)
    if is_before:
        early, late = late, early
    return _timing(visit, target, before, after, early, late)


def _relative(visit: Visit, visits: set[str]) -> Timing | None:
    gap, reference = visit.timing.gap, visit.timing.reference
    target = iso(gap.lower, gap.unit) if gap else None
    if gap is None or target is None:
        return None
    early, late = _window(visit)
    if gap.upper != gap.lower:
        early, late = None, iso(gap.upper - gap.lower, gap.unit)
    here, there = f"SE.{visit.name}", f"SE.{reference}" if reference in visits else None
    if visit.timing.direction == "before":
        return _timing(visit, target, here, there, late, early)
    return _timing(visit, target, there, here, early, late)


def _window(visit: Visit) -> tuple[str | None, str | None]:
    window = visit.window
    return (iso(window.before, window.unit), iso(window.after, window.unit)) if window else (None, None)


def _timing(
    visit: Visit, target: str, before: str | None, after: str | None, early: str | None, late: str | None
) -> Timing:
    text = ((LANGUAGE, timing_text(visit)),)
    return Timing(f"TIM.{visit.name}", flat(visit.title), text, target, before, after, early, late)
