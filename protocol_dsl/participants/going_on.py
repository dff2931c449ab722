"""How many members of an open series or of open cycles real participants need: documents draw the first few only."""

from __future__ import annotations

import re
from typing import NamedTuple

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Visit
from protocol_dsl.schedule.spans import Spans

MOST = 200
"""Members of one series; a row that names a later one is a slip."""
_NUMBERED = re.compile(r"(.*?)0*(\d+)")


class _Open(NamedTuple):
    """An open series or cycles: what its names begin with, the last number drawn, a visit of each drawn member."""

    prefix: str
    last: int
    visits: list[Visit]


def members_needed(protocol: Protocol, text: str, days: int) -> dict[str, int]:
    """The last number that is needed of each series that is not drawn far enough, by what its names begin with.

    `text` is the list of what took place, in which later members may be named; the last member has to lie behind `days`
    after the first date, so that the next visit of everybody is foreseen.
    """
    spans = Spans(protocol.timeline)
    found: dict[str, int] = {}
    for each in _open(protocol):
        named = re.findall(rf"(?<![\w.]){re.escape(each.prefix)}0*(\d{{1,3}})(?![\w])", text)
        needed = max((int(number) + 1 for number in named if int(number) < MOST), default=0)
        reached, rhythm = _reach(each.visits, spans)
        if rhythm > 0 and days >= reached:
            needed = max(needed, each.last + (days - reached) // rhythm + 1)
        if needed > each.last:
            found[each.prefix] = min(needed, MOST)
    return found


def _open(protocol: Protocol) -> list[_Open]:
    visits = {visit.name: visit for visit in protocol.visits}
    first_of = {visit.cycle: visit for visit in reversed(protocol.visits) if visit.cycle is not None}
    members = [(each.members, visits) for each in protocol.series if each.open]
    members += [(each.members, first_of) for each in protocol.cycles if each.open]
    found: list[_Open] = []
    for names, known in members:
        match = _NUMBERED.fullmatch(names[-1]) if names else None
        if match is not None and all(name in known for name in names):
            found.append(_Open(match.group(1), int(match.group(2)), [known[name] for name in names]))
    return found


def _reach(visits: list[Visit], spans: Spans) -> tuple[int, int]:
    """The day of the last member, from the anchor or else from what the series is counted from, and the days between
    two members; 0 where they are not known."""
    days = [_day(visit, spans) for visit in visits[-2:]]
    if len(days) < 2 or days[0] is None or days[1] is None:
        return 0, 0
    rhythm = days[1] - days[0]
    # With `drift` each is as far from the one before.
    return (days[1], rhythm) if rhythm > 0 else (days[1] * len(visits), days[1])


def _day(visit: Visit, spans: Spans) -> int | None:
    if visit.offset is not None:
        return visit.offset
    return None if visit.timing.gap is None else spans.of_gap(visit.timing.gap).least
