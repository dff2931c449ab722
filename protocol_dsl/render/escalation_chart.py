"""The rule of an escalation as a flow chart: boxes, arrows and where they stand, in pixels of a drawing 860 wide.

From left to right: how many participants are treated, what is seen, what follows. A circle A stands for the way back
to the top, at the level that the box names; more participants at the same level lead to the next stage below.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from protocol_dsl.render.escalation_decisions import STAY

WIDTH = 860
LINE = 17
"""Height of a line of text."""
_CHARACTER = 7.0
"""Width of a character of 13 px, on the safe side."""
_LEFT, _SEEN, _ACTION, _CIRCLE, _RAIL = 14, 232, 474, 794, 826
_LEFT_WIDTH, _SEEN_WIDTH, _ACTION_WIDTH = 176, 200, 290
_GAP = 12


class Outcome(NamedTuple):
    """What is seen and what follows; `to` is the stage that goes on at the same level, `again` the way to the top."""

    seen: str
    action: str
    code: str
    to: int | None = None
    again: bool = False


class Stage(NamedTuple):
    """Outcomes after so many participants at a level (`number` is how outcomes name it)."""

    number: int
    text: str
    outcomes: list[Outcome]


class Aside(NamedTuple):
    """A rule beside the flow, such as for the highest level; `code` colours it."""

    title: str
    text: str
    code: str = ""


class Text(NamedTuple):
    """A line of text, its middle at `x`, its foot at `y`."""

    x: float
    y: float
    text: str


class Box(NamedTuple):
    """A box in the colour of its decision's code, with its lines."""

    x: float
    y: float
    width: float
    height: float
    code: str
    lines: list[Text]


class Arrow(NamedTuple):
    """A line along a path, with an arrow head at its end."""

    path: str
    code: str


class Circle(NamedTuple):
    """The letter A: go back to the top."""

    x: float
    y: float


class Chart(NamedTuple):
    """The drawing."""

    width: int
    height: float
    boxes: list[Box]
    arrows: list[Arrow]
    circles: list[Circle]
    title: str


def chart(title: str, stages: Sequence[Stage], asides: Sequence[Aside]) -> Chart:
    """Lay the stages out below one another, and the asides below them."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    circles: list[Circle] = []
    tops: dict[int, tuple[float, float]] = {}
    leaving: list[tuple[int, float]] = []
    y = 14.0
    if any(outcome.again for stage in stages for outcome in stage.outcomes):
        circles.append(Circle(_LEFT + _LEFT_WIDTH / 2, y + 11))
        arrows.append(Arrow(f"M{_LEFT + _LEFT_WIDTH / 2:g} {y + 22:g}V{y + 42:g}", ""))
        y += 44
    for position, stage in enumerate(stages):
        if position:
            y += 30
        middles: list[float] = []
        first = y
        for outcome in stage.outcomes:
            height = max(_height(outcome.seen, _SEEN_WIDTH), _height(outcome.action, _ACTION_WIDTH))
            middle = y + height / 2
            boxes.append(_box(_SEEN, y, _SEEN_WIDTH, height, "seen", outcome.seen))
            boxes.append(_box(_ACTION, y, _ACTION_WIDTH, height, outcome.code, outcome.action))
            arrows.append(Arrow(f"M{_SEEN + _SEEN_WIDTH} {middle:g}H{_ACTION - 2}", outcome.code))
            if outcome.again:
                arrows.append(Arrow(f"M{_ACTION + _ACTION_WIDTH} {middle:g}H{_CIRCLE - 12}", outcome.code))
                circles.append(Circle(_CIRCLE, middle))
            if outcome.to is not None:
                leaving.append((outcome.to, middle))
            middles.append(middle)
            y += height + _GAP
        y -= _GAP
        height = _height(stage.text, _LEFT_WIDTH)
        middle = middles[0] if position == 0 else (first + y) / 2
        top = max(first, min(middle - height / 2, max(first, y - height)))
        middle = top + height / 2
        boxes.append(_box(_LEFT, top, _LEFT_WIDTH, height, "start", stage.text))
        tops[stage.number] = (first, top)
        y = max(y, top + height)
        trunk = (_LEFT + _LEFT_WIDTH + _SEEN) / 2
        for each in middles:
            bend = f"H{trunk:g}V{each:g}" if abs(each - middle) > 0.5 else ""
            arrows.append(Arrow(f"M{_LEFT + _LEFT_WIDTH} {middle:g}{bend}H{_SEEN - 2}", ""))
    for number, (to, middle) in enumerate(leaving):
        rail = _RAIL + 8 * (number % 4)
        first, top = tops[to]
        lane = first - 15
        centre = _LEFT + _LEFT_WIDTH / 2
        arrows.append(Arrow(f"M{_ACTION + _ACTION_WIDTH} {middle:g}H{rail:g}V{lane:g}H{centre:g}V{top - 2:g}", STAY))
    for position, aside in enumerate(asides):
        y += 30 if position == 0 else _GAP
        width = _ACTION + _ACTION_WIDTH - _SEEN
        height = max(_height(aside.title, _LEFT_WIDTH), _height(aside.text, width))
        boxes.append(_box(_LEFT, y, _LEFT_WIDTH, height, "label", aside.title))
        boxes.append(_box(_SEEN, y, width, height, aside.code or "seen", aside.text))
        arrows.append(Arrow(f"M{_LEFT + _LEFT_WIDTH} {y + height / 2:g}H{_SEEN - 2}", ""))
        y += height
    return Chart(WIDTH, round(y + 14, 1), boxes, arrows, circles, title)


def _height(text: str, width: float) -> float:
    return len(wrapped(text, width)) * LINE + 14


def _box(x: float, y: float, width: float, height: float, code: str, text: str) -> Box:
    lines = wrapped(text, width)
    first = y + height / 2 - (len(lines) - 1) * LINE / 2 + 4.5
    return Box(
        x, y, width, height, code, [Text(x + width / 2, first + at * LINE, line) for at, line in enumerate(lines)]
    )


def wrapped(text: str, width: float) -> list[str]:
    """The text in lines that fit into a box of `width` pixels; words that are too long are cut."""
    room = width - 16
    lines: list[str] = [""]
    for word in text.split():
        while _width(word) > room:
            cut = next(at for at in range(1, len(word) + 1) if _width(word[:at]) > room) - 1
            lines.append(word[:cut])
            word = word[cut:]
        joined = f"{lines[-1]} {word}".strip()
        if _width(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    return [line for line in lines if line] or [""]


def _width(text: str) -> float:
    return sum(_CHARACTER * (2 if unicodedata.east_asian_width(each) in "WF" else 1) for each in text)
