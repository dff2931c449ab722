"""At which visits a product is given that the protocol gives by a rhythm: `give X every 4 weeks from BL to W48`."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.model.base import Gap
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Administration, Visit
from protocol_dsl.render.days import offset_of, unit_days

BETWEEN_VISITS = 7
"""A shorter rhythm, in days, is one that participants keep at home; its row is a bar and no visit stands for a dose."""


class Rhythm(NamedTuple):
    """`visits` are those at which a dose is due; `is_complete` when every dose has its visit."""

    visits: frozenset[str]
    is_complete: bool


def is_given_on_site(part: Administration, protocol: Protocol) -> bool:
    """Whether the rhythm is too slow for something that participants take by themselves from day to day."""
    step = step_days(part.every, protocol)
    return step is not None and step >= BETWEEN_VISITS


def rhythm(part: Administration, visits: list[Visit], protocol: Protocol) -> Rhythm | None:
    """The visits on site whose window holds the day of a dose, for each dose the nearest; None where no day follows.

    `visits` are the scheduled ones. Without an end the rhythm goes on to the last of them.
    """
    step = step_days(part.every, protocol)
    first = offset_of(part.start, protocol) if part.start else 0
    on_site = [visit for visit in visits if visit.contact == "on_site" and visit.offset is not None]
    last = offset_of(part.end, protocol) if part.end else max((visit.offset or 0 for visit in on_site), default=None)
    if step is None or step < BETWEEN_VISITS or first is None or last is None:
        return None
    found: list[str | None] = []
    number = 0
    while (day := round(first + number * step)) <= last:
        found.append(_nearest(day, on_site))
        number += 1
    held = frozenset(name for name in found if name)
    return Rhythm(held, None not in found) if held else None


def by_rhythm(part: Administration, protocol: Protocol) -> frozenset[str]:
    """The visits of all stages in sequence at which a dose of a rhythm is due; none for what is taken at home."""
    parallel = {stage.name for stage in protocol.stages if stage.parallel}
    found = rhythm(
        part, [each for each in protocol.visits if each.is_scheduled and each.stage not in parallel], protocol
    )
    return found.visits if found is not None else frozenset()


def step_days(every: Gap | None, protocol: Protocol) -> float | None:
    """The days of one step, months as the protocol counts them; None where that is no fixed length."""
    if every is None or every.lower != every.upper or every.duration.choose != "only":
        return None
    days = unit_days(every.unit.removesuffix("s"), protocol.timeline)
    return every.upper * days if days else None


def _nearest(day: int, visits: list[Visit]) -> str | None:
    open_then = [(abs((visit.offset or 0) - day), visit.order, visit.name) for visit in visits if _is_open(visit, day)]
    return min(open_then)[2] if open_then else None


def _is_open(visit: Visit, day: int) -> bool:
    nominal = visit.offset or 0
    earliest = nominal if visit.earliest is None else visit.earliest
    latest = nominal if visit.latest is None else visit.latest
    return earliest <= day <= latest
