"""The columns of the schedule of assessments: visits in the order of time, under their stages."""

from __future__ import annotations

import os
from itertools import groupby
from typing import NamedTuple

from protocol_dsl.model.base import Origin
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Cycle, Series, Stage, Visit
from protocol_dsl.render.days import span_text
from protocol_dsl.render.footnotes import Footnotes, Words
from protocol_dsl.schedule.build import Schedule

CONTACTS = {"on_site": "On site", "phone": "Phone", "video": "Video", "home": "Home"}
ON = " …"
"""Behind the last member that is drawn of a series or of cycles that go on."""
TINTS = 6
"""Stages are told apart by so many tints, that come round again."""


class Column(NamedTuple):
    """One visit. `contact` is empty on site; `tint` is that of its stage.

    `is_conditional` when not every participant has it.
    """

    visit: str
    label: str
    day: str
    window: str
    contact: str
    notes: tuple[str, ...]
    is_conditional: bool
    is_off_schedule: bool
    arms: tuple[str, ...]
    """The arms that have the visit; empty for all, as `populations`."""
    populations: tuple[str, ...]
    tint: int
    place: str
    possible: str
    """The days that the other statements leave, where they leave fewer than its own timing and window."""


class Span(NamedTuple):
    """A stage or cycle above its columns."""

    title: str
    first: int
    width: int
    notes: tuple[str, ...]
    tint: int


class Header(NamedTuple):
    """All columns and what stands above them; the widths of `spans` add up to the columns."""

    columns: list[Column]
    spans: list[Span]
    stages: list[str]
    """For each column the title of its stage."""


def header(protocol: Protocol, schedule: Schedule, words: Words, footnotes: Footnotes) -> Header:
    """Stages first, then visits, so that the letters of their footnotes rise as one reads."""
    visits = ordered_visits(protocol)
    behind = behind_all_days(protocol)
    groups = [list(members) for _, members in groupby(visits, key=lambda visit: _group_key(protocol, visit, behind))]
    spans: list[Span] = []
    tints: list[int] = []
    for members in groups:
        part = _group(protocol, members[0])
        tint = _tint(protocol, part)
        notes = footnotes.mark(words.of_group(part)) if part else ()
        spans.append(_span(members, part, len(tints), tint, notes, behind))
        tints += [tint] * len(members)
    last = {series.members[-1] for series in protocol.series if series.open and series.members}
    columns: list[Column] = []
    for visit, tint in zip(visits, tints, strict=True):
        possible = _possible(visit, protocol, schedule)
        said = [f"Possible days, given the other visits: {possible}."] if possible else []
        on = ON if visit.name in last else ""
        column = _column(visit, tint, on, footnotes.mark([*said, *words.of_visit(visit)]), possible)
        arms, populations = _participants(protocol, visit)
        columns.append(column._replace(arms=arms, populations=populations))
    return Header(columns, spans, [span.title for span in spans for _ in range(span.width)])


def ordered_visits(protocol: Protocol) -> list[Visit]:
    """Scheduled visits by time, then each parallel stage by time, then what no day is foreseen for."""
    parallel = [stage.name for stage in protocol.stages if stage.parallel]
    behind = behind_all_days(protocol)

    def block(visit: Visit) -> int:
        if visit.name in behind:
            return len(parallel) + 1
        return parallel.index(visit.stage) + 1 if visit.stage in parallel else 0

    return sorted(protocol.visits, key=lambda visit: (block(visit), visit.order))


def is_off_schedule(visit: Visit) -> bool:
    """Whether it happens only on an event or when needed."""
    return visit.timing.kind in ("event", "unscheduled") and visit.offset is None


def behind_all_days(protocol: Protocol) -> set[str]:
    """The visits for which no day is foreseen and that stand behind all others: on an event, after one, when needed."""
    last = max((visit.order for visit in protocol.visits if visit.offset is not None), default=-1)
    return {visit.name for visit in protocol.visits if is_off_schedule(visit) or visit.order > last}


def place(origin: Origin) -> str:
    """`lupus.proto:61`."""
    return f"{os.path.basename(origin.file)}:{origin.line}"


def one_line(text: str) -> str:
    """The text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())


def _group(protocol: Protocol, visit: Visit) -> Stage | Cycle | None:
    if visit.cycle is not None:
        found = next((cycle for cycle in protocol.cycles if visit.cycle in cycle.members), None)
        if found:
            return found
    return protocol.stage(visit.stage) if visit.stage else None


def _participants(protocol: Protocol, visit: Visit) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Arms and populations of a visit: its own, else those of its cycles, else of its stage."""
    stage = protocol.stage(visit.stage) if visit.stage else None
    holders = [each for each in (visit, _group(protocol, visit), stage) if each is not None]
    arms = next((each.arms for each in holders if each.arms), ())
    return arms, next((each.populations for each in holders if each.populations), ())


def _group_key(protocol: Protocol, visit: Visit, behind: set[str]) -> tuple[str, str, bool]:
    part = _group(protocol, visit)
    cycle = visit.cycle if isinstance(part, Cycle) else None
    return (part.name if part else "", cycle or "", visit.name in behind)


def _span(
    members: list[Visit], part: Stage | Cycle | None, first: int, tint: int, notes: tuple[str, ...], behind: set[str]
) -> Span:
    title = one_line(part.title) if part else ""
    if isinstance(part, Cycle):
        title = _cycle_title(part, members[0].cycle or "")
    elif not title and members[0].name in behind:
        title = "Off schedule"
    return Span(title, first, len(members), notes, tint)


def _cycle_title(cycle: Cycle, member: str) -> str:
    """`Cycle 2` of `cycles C1..C6 "Cycle"`; the member's own name where it has no number or the label has one."""
    digits = member.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
    if cycle.label and digits.isdecimal():
        return f"{one_line(cycle.label)} {digits}{_on(cycle, member)}"
    return member + _on(cycle, member)


def _on(part: Cycle | Series, member: str) -> str:
    return ON if part.open and part.members[-1:] == (member,) else ""


def _tint(protocol: Protocol, part: Stage | Cycle | None) -> int:
    """Stages in their order, then sets of cycles."""
    names = [*(stage.name for stage in protocol.stages), *(cycle.name for cycle in protocol.cycles)]
    return names.index(part.name) % TINTS if part and part.name in names else 0


def _column(visit: Visit, tint: int, on: str, notes: tuple[str, ...], possible: str) -> Column:
    return Column(
        visit=visit.name,
        label=one_line(visit.title) + on,
        day=visit.timing.text,
        window=visit.window.text if visit.window else "",
        contact="" if visit.contact == "on_site" else CONTACTS.get(visit.contact, visit.contact),
        notes=notes,
        is_conditional=bool(visit.condition or visit.optional or visit.populations or visit.arms),
        is_off_schedule=is_off_schedule(visit),
        arms=(),
        populations=(),
        tint=tint,
        place=place(visit.origin),
        possible=possible,
    )


def _possible(visit: Visit, protocol: Protocol, schedule: Schedule) -> str:
    """The days that the network leaves, where it leaves fewer than timing and window of the visit; else empty."""
    if is_off_schedule(visit):
        return ""
    low, high = schedule.bounds.get(visit.name, (None, None))
    is_later = low is not None and (visit.earliest is None or low > visit.earliest)
    is_sooner = high is not None and (visit.latest is None or high < visit.latest)
    if not is_later and not is_sooner:
        return ""
    return span_text(low, high, protocol.timeline)
