"""The blood that a participant has given by each day, as a drawing: on the target days, the earliest, the latest."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.render.days import day_text
from protocol_dsl.schedule.burden import MICROLITRES, Burden

WIDTH, HEIGHT = 1080, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 20, 16, 46
_NICE = (1, 2, 5)
_TARGET_TICKS = 10
_HEIGHT_TICKS = 5


class Tick(NamedTuple):
    """A line of the grid with its number."""

    at: float
    text: str


class Mark(NamedTuple):
    """A visit with a draw: where its step stands, and what it says when it is pointed at."""

    x: float
    y: float
    tip: str


class Band(NamedTuple):
    """A span of days."""

    left: float
    width: float
    label: str


class Chart(NamedTuple):
    """A picture of `width` by `height`; paths in the syntax of SVG. `area` lies between the earliest and the latest."""

    width: int
    height: int
    target: str
    area: str
    marks: list[Mark]
    days: list[Tick]
    volumes: list[Tick]
    band: Band | None
    base: int
    right: int


class _Scale:
    def __init__(self, first: int, last: int, most: int) -> None:
        self.first, self.last, self.most = first, max(last, first + 1), max(most, 1)

    def x(self, day: float) -> float:
        share = (day - self.first) / (self.last - self.first)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, volume: float) -> float:
        return round(HEIGHT - BOTTOM - volume / self.most * (HEIGHT - TOP - BOTTOM), 1)


def chart(burden: Burden, band: tuple[int, int, str] | None) -> Chart | None:
    """The drawing, with a band of days that is marked; None where no blood is drawn on a day that is known."""
    draws: list[tuple[str, int, int, int, int]] = []
    for load in burden.dated:
        low, high = burden.schedule.bounds.get(load.visit.name, (load.visit.earliest, load.visit.latest))
        nominal = load.visit.offset or 0
        draws.extend(
            (
                load.visit.name,
                (nominal if low is None else low) + shift,
                nominal + shift,
                (nominal if high is None else high) + shift,
                volume,
            )
            for shift, volume in load.bleeds.items()
        )
    if not draws:
        return None
    total = sum(draw[4] for draw in draws)
    first = min(0, *(draw[1] for draw in draws))
    last = max(draw[3] for draw in draws)
    step = _step(total / MICROLITRES / _HEIGHT_TICKS)
    top = -(-total // (step * MICROLITRES)) * step
    scale = _Scale(first, last + max(1, (last - first) // 40), top * MICROLITRES)
    base = HEIGHT - BOTTOM
    marks: list[Mark] = []
    given = 0
    for name, _, day, _, volume in sorted(draws, key=lambda draw: draw[2]):
        given += volume
        tip = f"{name}, Day {day_text(day, burden.protocol.timeline)}: {volume / MICROLITRES:g} mL"
        marks.append(Mark(scale.x(day), scale.y(given), f"{tip}, {given / MICROLITRES:g} mL until then"))
    early = _steps(sorted((draw[1], draw[4]) for draw in draws), scale)
    late = _steps(sorted((draw[3], draw[4]) for draw in draws), scale)
    area = "M" + "L".join(f"{x} {y}" for x, y in [*early, *reversed(late)]) + "Z"
    target = "M" + "L".join(f"{x} {y}" for x, y in _steps(sorted((draw[2], draw[4]) for draw in draws), scale))
    shown = None
    if band is not None:
        left, right = scale.x(max(band[0], first)), scale.x(min(band[1] + 1, scale.last))
        shown = Band(left, round(right - left, 1), band[2])
    return Chart(
        WIDTH,
        HEIGHT,
        target,
        area,
        marks,
        _days(burden, scale),
        [Tick(scale.y(volume * MICROLITRES), f"{volume}") for volume in range(0, top + 1, step)],
        shown,
        base,
        WIDTH - RIGHT,
    )


def _steps(points: list[tuple[int, int]], scale: _Scale) -> list[tuple[float, float]]:
    made = [(scale.x(scale.first), scale.y(0))]
    given = 0
    for day, volume in points:
        made.append((scale.x(day), scale.y(given)))
        given += volume
        made.append((scale.x(day), scale.y(given)))
    made.append((scale.x(scale.last), scale.y(given)))
    return made


def _days(burden: Burden, scale: _Scale) -> list[Tick]:
    step = _step((scale.last - scale.first) / _TARGET_TICKS, weeks=True)
    start = -(-scale.first // step) * step
    timeline = burden.protocol.timeline
    return [Tick(scale.x(day), day_text(day, timeline)) for day in range(start, scale.last + 1, step)]


def _step(wish: float, *, weeks: bool = False) -> int:
    """A round step of at least this size: 1, 2, 5, 10 …; of days also 7, 14, 28 and multiples of 28."""
    if weeks and wish > 5:
        return next((days for days in (7, 14, 28, 56, 84, 168, 364) if days >= wish), -(-int(wish) // 364) * 364)
    size = 1
    while True:
        for factor in _NICE:
            if factor * size >= wish:
                return factor * size
        size *= 10
