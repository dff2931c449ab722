"""Days as the protocol numbers them, and where on its timeline a point lies."""

from __future__ import annotations

from math import floor

from protocol_dsl.model.base import Duration, Point
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Timeline
from protocol_dsl.model.wording import number
from protocol_dsl.quantities import duration_days, parse_unit
from protocol_dsl.schedule.dates import offset_of_day, study_day

# For a place in a drawing only; what the schedule permits is computed by the schedule with true months.
_MONTH_DAYS = 30.4375


def day_number(offset: int | None, timeline: Timeline | None) -> int | str:
    """The day's number for a cell of a spreadsheet; empty where there is none."""
    if offset is None:
        return ""
    return study_day(timeline, offset) if timeline else offset


def day_text(offset: int, timeline: Timeline | None) -> str:
    """`28`, `−5`: the day's number for people."""
    return number(study_day(timeline, offset) if timeline else offset)


def span_text(low: int | None, high: int | None, timeline: Timeline | None) -> str:
    """`Day 23 to 37`, `from Day 3`, `up to Day 5`; empty where neither end is known."""
    if low is None:
        return f"up to Day {day_text(high, timeline)}" if high is not None else ""
    if high is None:
        return f"from Day {day_text(low, timeline)}"
    if low == high:
        return f"Day {day_text(low, timeline)}"
    return f"Day {day_text(low, timeline)} to {day_text(high, timeline)}"


def days_of(duration: Duration) -> int | None:
    """The whole days of a duration, months by their mean length; None where it has no fixed length (half-lives)."""
    found = [_quantity_days(part.value, part.unit) for part in duration.quantities]
    known = [days for days in found if days is not None]
    if len(known) < len(found) or not known:
        return None
    return min(known) if duration.choose == "shorter" else max(known)


def offset_of(point: Point, protocol: Protocol) -> int | None:
    """The nominal day of a point, from the anchor; None where no day follows."""
    timeline = protocol.timeline
    anchor = timeline.anchor if timeline else None
    base = _place_offset(point.of or anchor or "", protocol, last=point.kind == "end_of")
    if point.kind in ("place", "start_of", "end_of"):
        return base
    if point.kind == "timeline" and point.number is not None:
        if point.unit == "day":
            return offset_of_day(timeline, point.number) if timeline else point.number
        return round(point.number * _unit_days(point.unit, timeline))
    if base is None or point.duration is None:
        return None
    days = days_of(point.duration)
    if days is None:
        return None
    return base - days if point.kind == "before" else base + days


def _place_offset(name: str, protocol: Protocol, *, last: bool) -> int | None:
    if protocol.timeline and name == protocol.timeline.anchor:
        return 0
    visit = protocol.visit(name)
    if visit is not None:
        return visit.offset
    stage = protocol.stage(name)
    members = set(stage.visits) if stage else {each.name for each in protocol.visits if each.cycle == name}
    offsets = [each.offset for each in protocol.visits if each.name in members and each.offset is not None]
    if not offsets:
        return None
    return max(offsets) if last else min(offsets)


def unit_days(unit: str, timeline: Timeline | None) -> float | None:
    """The days of a `day`, `week`, `month` or `year`, months as the protocol counts them; None for another unit."""
    return _unit_days(unit, timeline) if unit in ("day", "week", "month", "year") else None


def _unit_days(unit: str | None, timeline: Timeline | None) -> float:
    month = float(timeline.month_days) if timeline and timeline.month_days else _MONTH_DAYS
    return {"week": 7.0, "month": month, "year": 12 * month}.get(unit or "", 1.0)


def _quantity_days(value: float, unit: str) -> int | None:
    try:
        return duration_days(value, parse_unit(unit)) or _long_days(value, unit)
    except ValueError:
        return None


def _long_days(value: float, unit: str) -> int | None:
    singular = unit.rstrip("s")
    return floor(value * _unit_days(singular, None)) if singular in ("week", "month", "year") else None
