"""The expected work of sites: tables by week and by day, and a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

from protocol_dsl.participants.site_calendar import to_date
from protocol_dsl.participants.workload import Load, by_week
from protocol_dsl.render.calendar_months import MONTHS
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.participant_lists import iso, weekday
from protocol_dsl.render.participant_pages import spoken
from protocol_dsl.render.text import csv_bytes

_BAR, _HEIGHT, _LEFT, _TOP, _PANEL = 9, 90, 46, 26, 150
_CONTACTS = ("on_site", "phone", "video", "home", "mail")
_DAYS_OF_WEEK = 7


def outputs(rendering: Rendering, loads: Sequence[Load], on: int, said: str) -> list[Output]:
    """`workload.csv`, `workload_days.csv`, `workload.svg`, `workload.html`; `said` is how recruitment was given."""
    weeks = by_week(loads)
    made = page(rendering, "Expected visits by site")
    drawing = view(weeks)
    data: dict[str, Any] = {
        "page": {**made, "banner": None},
        "workload": {**drawing, "on": spoken(on), "said": said, "anchor": _anchor(rendering)},
    }
    return [
        Output("workload.csv", csv_bytes(_table("week_from", weeks))),
        Output("workload_days.csv", csv_bytes(_table("day", loads))),
        Output("workload.svg", render("workload.svg.j2", data, rendering.templates).encode()),
        Output("workload.html", render("workload.html.j2", data, rendering.templates).encode()),
    ]


def _anchor(rendering: Rendering) -> str:
    name = rendering.protocol.timeline.anchor if rendering.protocol.timeline is not None else None
    return next((each.title for each in rendering.protocol.visits if each.name == name), name or "")


def _table(first: str, loads: Iterable[Load]) -> Iterable[Sequence[object]]:
    used = list(loads)
    contacts = [name for name in _CONTACTS if any(name in load.by_contact for load in used)]
    yield ("site", first, *(["weekday"] if first == "day" else []), "visits", "under_way", "expected", *contacts)
    for load in used:
        day = [weekday(load.day)] if first == "day" else []
        numbers = (load.visits, load.known, load.expected, *(load.by_contact.get(name, 0.0) for name in contacts))
        yield (load.site, iso(load.day), *day, *(f"{number:.3f}" for number in numbers))


def view(weeks: Sequence[Load]) -> dict[str, Any]:
    """The drawing: a panel a site with a bar a week; all panels share the days and the height."""
    if not weeks:
        return {"panels": [], "width": 300, "height": 60, "peak": 0, "rows": []}
    first, last = min(each.day for each in weeks), max(each.day for each in weeks)
    peak = max(1, ceil(max(each.visits for each in weeks)))
    count = (last - first) // _DAYS_OF_WEEK + 1
    panels: list[dict[str, Any]] = []
    for site in dict.fromkeys(each.site for each in weeks):
        top = _TOP + len(panels) * _PANEL
        bars = [_bar(each, first, peak, top) for each in weeks if each.site == site]
        total = sum(each.visits for each in weeks if each.site == site)
        panels.append(
            {"name": site, "top": top, "base": top + _HEIGHT, "bars": bars, "total": f"{total:.0f}", "title": top - 8}
        )
    return {
        "panels": panels,
        "left": _LEFT,
        "right": _LEFT + count * _BAR,
        "width": max(360, _LEFT + count * _BAR + 20),
        "height": _TOP + len(panels) * _PANEL,
        "peak": peak,
        "half": f"{peak / 2:g}",
        "unit": _HEIGHT / 2,
        "months": _months(first, count),
        "rows": [
            {
                "site": each.site,
                "week": iso(each.day),
                "visits": f"{each.visits:.1f}",
                "known": f"{each.known:.0f}",
                "expected": f"{each.expected:.1f}",
            }
            for each in weeks
        ],
    }


def _bar(load: Load, first: int, peak: int, top: int) -> dict[str, Any]:
    known, more = (_HEIGHT * number / peak for number in (load.known, load.expected))
    base = top + _HEIGHT
    return {
        "x": _LEFT + (load.day - first) // _DAYS_OF_WEEK * _BAR + 1,
        "width": _BAR - 2,
        "known": f"{known:.1f}",
        "known_y": f"{base - known:.1f}",
        "more": f"{more:.1f}",
        "more_y": f"{base - known - more:.1f}",
        "hint": f"week from {iso(load.day)}: {load.visits:.1f} visits, {load.known:.0f} of participants under way",
    }


def _months(first: int, count: int) -> list[dict[str, Any]]:
    """Where a month begins, every third one in a long forecast."""
    found: list[dict[str, Any]] = []
    step = 1 if count <= 60 else 3
    for week in range(count):
        day = to_date(first + week * _DAYS_OF_WEEK)
        if day.day <= _DAYS_OF_WEEK and (day.month - 1) % step == 0:
            text = f"{MONTHS[day.month - 1][:3]}{f' {day.year}' if day.month == 1 or not found else ''}"
            found.append({"x": _LEFT + week * _BAR, "text": text})
    return found
