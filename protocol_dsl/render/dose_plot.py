"""Plots of operating characteristics: bars for each level, as plain geometry in pixels for an SVG template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LEFT, TOP, BOTTOM, RIGHT = 40.0, 26.0, 34.0, 10.0
HEIGHT = 190.0
_LONGEST = 9
"""Characters of a level's name below its bars; a longer one is cut."""
COLOURS = 6
"""Series that a style sheet has colours for; further ones begin again."""


class Bar(NamedTuple):
    """A bar, with what it says on hovering; `mark` is the number above it, `error` half the length of its whisker."""

    x: float
    y: float
    width: float
    height: float
    series: int
    mark: str
    title: str
    error: float


class Tick(NamedTuple):
    """A line of the scale with its number, or a name below a group of bars (`x`)."""

    x: float
    y: float
    text: str


class Plot(NamedTuple):
    """A drawing of `width` by `height`; `names` are the series for a legend if there are several."""

    title: str
    width: float
    height: float
    bars: list[Bar]
    ticks: list[Tick]
    groups: list[Tick]
    names: list[str]


class Series(NamedTuple):
    """A value for each group, with standard errors or none."""

    name: str
    values: Sequence[float]
    errors: Sequence[float] = ()


def bars(title: str, groups: Sequence[str], series: Sequence[Series], percent: bool = False) -> Plot:
    """Bars side by side in each group; with `percent` the values are shares, and the scale ends at 100 % at most."""
    largest = max((value for each in series for value in each.values), default=0.0)
    step = _step(largest * (100 if percent else 1))
    top = step * max(1, -(-round(largest * (100 if percent else 1), 9) // step))
    scale = (HEIGHT - TOP - BOTTOM) / top
    width_of_bar = 30.0 if len(series) == 1 else max(9.0, 48.0 / len(series))
    room = width_of_bar * len(series) + 18
    width = LEFT + RIGHT + room * len(groups)
    floor = HEIGHT - BOTTOM
    found: list[Bar] = []
    for at, _ in enumerate(groups):
        for number, each in enumerate(series):
            value = each.values[at] * (100 if percent else 1)
            error = each.errors[at] * (100 if percent else 1) if each.errors else 0.0
            written = f"{value:.1f}" if value < 9.95 or not percent else f"{value:.0f}"
            said = f"{groups[at]}, {each.name}: " if each.name else f"{groups[at]}: "
            said += f"{value:.2f}" + (f" ± {error:.2f}" if error else "") + (" %" if percent else "")
            found.append(
                Bar(
                    round(LEFT + at * room + 9 + number * width_of_bar, 1),
                    round(floor - value * scale, 1),
                    round(width_of_bar - 2, 1),
                    round(value * scale, 1),
                    number % COLOURS,
                    written if len(series) == 1 else "",
                    said,
                    round(error * scale, 1),
                )
            )
    ticks = [
        Tick(LEFT, round(floor - at * step * scale, 1), f"{at * step:g}" + (" %" if percent else ""))
        for at in range(round(top / step) + 1)
    ]
    below = [Tick(round(LEFT + (at + 0.5) * room, 1), floor + 16, _short(name)) for at, name in enumerate(groups)]
    names = [each.name for each in series] if len(series) > 1 else []
    return Plot(title, round(width, 1), HEIGHT, found, ticks, below, names)


def _step(largest: float) -> float:
    """A round distance of at most five lines."""
    for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500):
        if largest <= 5 * step:
            return step
    return largest


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
