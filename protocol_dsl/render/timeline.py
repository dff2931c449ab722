"""The picture of a trial's timeline as computed coordinates; `timeline.svg.j2` draws it.

A dense first month and a year of follow-up do not fit one linear scale. So each visit has its own knot on the axis, the
distance between two knots grows with the logarithm of the days between them, and days in between are interpolated.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import log2
from typing import NamedTuple

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Stage, Visit
from protocol_dsl.model.wording import gap as gap_text
from protocol_dsl.render.days import day_text, days_of, span_text
from protocol_dsl.render.soa_columns import TINTS, is_off_schedule, one_line
from protocol_dsl.render.soa_rhythm import by_rhythm
from protocol_dsl.schedule.build import Schedule

MARGIN = 28.0
MIN_GAP = 19.0
"""Between two visits, so that slanted labels do not touch."""
TARGET = 1180.0
PER_DOUBLING = 15.0
LEAST_ROOM = 9.0
"""For each distance on average beyond `MIN_GAP`, so that many visits do not make all distances look alike."""
CHARACTER = 6.1
"""Mean width of a character at 11 px; wide scripts take two."""
SMALL = 0.92
"""Width of small print beside it."""
MAX_LABEL = 32
SLANT = 0.79
"""Sine of the angle (52 degrees) of the labels of visits."""
BAND = 20.0
BAR_ROW = 6.0
LABEL_ROW = 15.0


class Mark(NamedTuple):
    """A day with its visits; `bar` goes from `left` to `right` in row `bar_y` when the day may vary."""

    x: float
    label: str
    tip: str
    has_bar: bool
    left: float
    right: float
    bar_y: float
    is_anchor: bool
    is_dosing: bool
    is_open: bool
    """No day is foreseen, only the days that the other visits leave."""


class Band(NamedTuple):
    """A stage; the label is inside, or below at (`label_x`, `label_y`) with a line to it."""

    left: float
    width: float
    tint: int
    label: str
    is_inside: bool
    label_x: float
    label_y: float


class Lane(NamedTuple):
    """One row of visits: the trial itself, or a parallel stage. `y` is the line that the marks stand on."""

    y: float
    band_y: float
    title: str
    marks: list[Mark]
    bands: list[Band]


class Window(NamedTuple):
    """The DLT window behind the lanes."""

    left: float
    width: float
    label: str


class Tick(NamedTuple):
    """A day on the axis."""

    x: float
    text: str


class Key(NamedTuple):
    """An entry of the legend: `anchor`, `visit`, `dosing`, `open`, `bar` or `window`, drawn at `x`."""

    kind: str
    x: float
    text: str


class Timeline(NamedTuple):
    """All of the picture; lengths in px, y downwards."""

    width: float
    height: float
    axis_y: float
    axis_title: str
    lanes: list[Lane]
    window: Window | None
    ticks: list[Tick]
    legend: list[Key]
    legend_y: float
    undrawn: str
    """Visits without a day, which the picture cannot hold."""


class _Placed(NamedTuple):
    visit: Visit
    day: int
    low: int
    high: int
    is_open: bool


class _Scale:
    """From days to px, piecewise linear between knots."""

    def __init__(self, days: list[int]) -> None:
        self.days = sorted(set(days))
        steps = [log2(after - before) for before, after in pairwise(self.days)]
        room = max(TARGET - MARGIN * 2 - MIN_GAP * len(steps), LEAST_ROOM * len(steps))
        factor = min(PER_DOUBLING, room / sum(steps)) if sum(steps) else PER_DOUBLING
        self.x = [MARGIN]
        for step in steps:
            self.x.append(self.x[-1] + MIN_GAP + step * factor)

    def __call__(self, day: int) -> float:
        at = min(max(bisect_right(self.days, day) - 1, 0), len(self.days) - 1)
        if self.days[at] == day or at == len(self.days) - 1:
            return round(self.x[at], 1)
        share = (day - self.days[at]) / (self.days[at + 1] - self.days[at])
        return round(self.x[at] + share * (self.x[at + 1] - self.x[at]), 1)


def timeline(protocol: Protocol, schedule: Schedule) -> Timeline | None:
    """The picture of the trial; None where no visit has a day."""
    placed = [found for visit in protocol.visits if (found := _placed(visit, schedule))]
    if not placed:
        return None
    dlt = _dlt_days(protocol)
    edges = [min(each.low for each in placed), max(each.high for each in placed), *(dlt or ())]
    scale = _Scale([each.day for each in placed] + edges)
    parallel = {stage.name: stage for stage in protocol.stages if stage.parallel}
    groups: list[tuple[Stage | None, list[_Placed]]] = [
        (None, [each for each in placed if each.visit.stage not in parallel])
    ]
    groups += [(stage, [each for each in placed if each.visit.stage == name]) for name, stage in parallel.items()]
    lanes: list[Lane] = []
    y = 14.0
    for stage, members in groups:
        if members:
            lane, y = _lane(protocol, stage, members, scale, y)
            lanes.append(lane)
    axis_y = y + 12
    drawn = {each.visit.name for each in placed}
    marks = [mark for lane in lanes for mark in lane.marks]
    right = max(scale.x[-1], *(band.label_x + _width(band.label) / 2 for lane in lanes for band in lane.bands))
    legend = _legend(protocol, marks, dlt)
    legend_end = legend[-1].x + 12 + _width(legend[-1].text)
    label_ends = max(mark.x + _width(mark.label) * 0.62 for mark in marks)
    return Timeline(
        width=round(max(right, label_ends, legend_end) + MARGIN, 1),
        height=axis_y + 66,
        axis_y=axis_y,
        axis_title=_axis_title(protocol),
        lanes=lanes,
        window=_window(protocol, dlt, scale),
        ticks=_ticks(protocol, placed, scale),
        legend=legend,
        legend_y=axis_y + 50,
        undrawn=", ".join(one_line(visit.title) for visit in protocol.visits if visit.name not in drawn),
    )


def _placed(visit: Visit, schedule: Schedule) -> _Placed | None:
    """Where a visit is drawn: its nominal day, or the middle of what the other visits leave."""
    if is_off_schedule(visit):
        return None
    low, high = schedule.bounds.get(visit.name, (visit.earliest, visit.latest))
    if visit.offset is not None:
        low = visit.offset if low is None else low
        high = visit.offset if high is None else high
        return _Placed(visit, visit.offset, min(low, visit.offset), max(high, visit.offset), False)
    if low is None or high is None:
        return None
    return _Placed(visit, (low + high) // 2, low, high, True)


def _lane(
    protocol: Protocol, stage: Stage | None, members: list[_Placed], scale: _Scale, top: float
) -> tuple[Lane, float]:
    """A lane under `top`, and where the next one may begin."""
    days = sorted({each.day for each in members})
    by_day = [[each for each in members if each.day == day] for day in days]
    longest = max(_width(_label(each)) for each in by_day)
    y = round(top + longest * SLANT + 12, 1)
    rows = _bar_rows(by_day, scale)
    marks = [_mark(protocol, each, scale, y + 10 + row * BAR_ROW) for each, row in zip(by_day, rows, strict=True)]
    band_y = round(y + 12 + (max(rows, default=-1) + 1) * BAR_ROW, 1)
    bands = _bands(protocol, stage, members, scale, band_y)
    bottom = max([band_y + BAND, *(band.label_y + 4 for band in bands)])
    return Lane(y, band_y, one_line(stage.title) if stage else "", marks, bands), bottom + 8


def _mark(protocol: Protocol, members: list[_Placed], scale: _Scale, bar_y: float) -> Mark:
    anchor = protocol.timeline.anchor if protocol.timeline else None
    names = {each.visit.name for each in members}
    dosing = {name for part in protocol.administrations for name in (part.visits or by_rhythm(part, protocol))}
    low, high = min(each.low for each in members), max(each.high for each in members)
    tips = [
        f"{one_line(each.visit.title)}: {each.visit.timing.text}"
        + (f" {each.visit.window.text}" if each.visit.window else "")
        + (f" ({span_text(each.low, each.high, protocol.timeline)})" if each.low < each.high else "")
        for each in members
    ]
    return Mark(
        x=scale(members[0].day),
        label=_label(members),
        tip="; ".join(tips),
        has_bar=low < high,
        left=scale(low),
        right=scale(high),
        bar_y=round(bar_y, 1),
        is_anchor=anchor in names,
        is_dosing=bool(names & dosing),
        is_open=all(each.is_open for each in members),
    )


def _label(members: list[_Placed]) -> str:
    text = ", ".join(one_line(each.visit.title) for each in members)
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1].rstrip() + "…"


def _bar_rows(by_day: list[list[_Placed]], scale: _Scale) -> list[int]:
    """Rows for the window bars, the first in which each has room."""
    ends: list[float] = []
    rows: list[int] = []
    for members in by_day:
        left, right = scale(min(each.low for each in members)), scale(max(each.high for each in members))
        row = next((at for at, end in enumerate(ends) if end < left - 2), len(ends))
        ends[row : row + 1] = [right]
        rows.append(row)
    return rows


def _bands(protocol: Protocol, stage: Stage | None, members: list[_Placed], scale: _Scale, y: float) -> list[Band]:
    """Stages as bands that meet half-way between their visits; labels that do not fit go below, side by side."""
    runs: list[list[_Placed]] = []
    for each in sorted(members, key=lambda each: (each.day, each.visit.order)):
        if runs and runs[-1][-1].visit.stage == each.visit.stage:
            runs[-1].append(each)
        else:
            runs.append([each])
    edges = [MARGIN - 14 if stage is None else scale(runs[0][0].day) - 10]
    edges += [(scale(a[-1].day) + scale(b[0].day)) / 2 for a, b in pairwise(runs)]
    edges.append(scale(runs[-1][-1].day) + (14 if stage is None else 10))
    names = [each.name for each in protocol.stages]
    row_ends: list[float] = []
    bands: list[Band] = []
    for at, run in enumerate(runs):
        found = protocol.stage(run[0].visit.stage or "")
        label = one_line(found.title) if found else ""
        left, width = edges[at], edges[at + 1] - edges[at]
        room = _width(label) + 8
        is_inside = room <= width
        centre, label_y = max(left + width / 2, room / 2), y + BAND / 2 + 4
        if not is_inside:
            row = next((i for i, end in enumerate(row_ends) if end <= centre - room / 2), len(row_ends))
            row_ends[row : row + 1] = [centre + room / 2]
            label_y = y + BAND + 13 + row * LABEL_ROW
        tint = names.index(found.name) % TINTS if found else 0
        bands.append(Band(round(left, 1), round(max(width, 0.0), 1), tint, label, is_inside, round(centre, 1), label_y))
    return bands


def _width(text: str) -> float:
    return sum(CHARACTER * (2 if ord(character) > 0x2E7F else 1) for character in text)


def _dlt_days(protocol: Protocol) -> tuple[int, int] | None:
    """First and last day of the DLT window, when it is counted from the anchor or a visit with a day."""
    dlt, anchor = protocol.dlt, protocol.timeline.anchor if protocol.timeline else None
    if dlt is None or dlt.window is None:
        return None
    start = protocol.visit(dlt.after) if dlt.after else None
    offset = 0 if dlt.after in (None, anchor) else start.offset if start else None
    days = days_of(dlt.window.duration)
    return None if offset is None or not days else (offset, offset + days)


def _window(protocol: Protocol, days: tuple[int, int] | None, scale: _Scale) -> Window | None:
    if days is None or protocol.dlt is None or protocol.dlt.window is None:
        return None
    left, right = scale(days[0]), scale(days[1])
    label = f"DLT window, {gap_text(protocol.dlt.window)}"
    return Window(left, round(right - left, 1), label)


def _legend(protocol: Protocol, marks: list[Mark], dlt: tuple[int, int] | None) -> list[Key]:
    """Only what the picture shows."""
    entries = [
        ("anchor", _anchor_title(protocol), any(mark.is_anchor for mark in marks)),
        ("visit", "visit", True),
        ("dosing", "visit with a product given", any(mark.is_dosing and not mark.is_anchor for mark in marks)),
        ("open", "visit counted from another, in the middle of its days", any(mark.is_open for mark in marks)),
        ("bar", "permitted days", any(mark.has_bar for mark in marks)),
        (
            "window",
            f"DLT window, {gap_text(protocol.dlt.window)}" if protocol.dlt and protocol.dlt.window else "",
            dlt is not None,
        ),
    ]
    keys: list[Key] = []
    x = 22.0
    for kind, text, is_shown in entries:
        if is_shown:
            keys.append(Key(kind, round(x, 1), text))
            x += _width(text) * SMALL + 36
    return keys


def _ticks(protocol: Protocol, placed: list[_Placed], scale: _Scale) -> list[Tick]:
    """The anchor's day and as many visits' days as have room beside it."""
    taken: list[tuple[float, float]] = []
    ticks: list[Tick] = []
    days = sorted({each.day for each in placed if not each.is_open})
    for day in sorted(days, key=lambda day: (day != 0, day not in (days[0], days[-1]), day)):
        text = day_text(day, protocol.timeline)
        x, half = scale(day), _width(text) / 2 + 4
        if all(x + half <= left or x - half >= right for left, right in taken):
            taken.append((x - half, x + half))
            ticks.append(Tick(x, text))
    return sorted(ticks)


def _anchor_title(protocol: Protocol) -> str:
    name = protocol.timeline.anchor if protocol.timeline else None
    visit = protocol.visit(name) if name else None
    return one_line(visit.title) if visit else name or ""


def _axis_title(protocol: Protocol) -> str:
    anchor = _anchor_title(protocol)
    first = f", Day {day_text(0, protocol.timeline)} = {anchor}" if anchor else ""
    return f"Days{first}; distances grow with the logarithm of the days between visits"
