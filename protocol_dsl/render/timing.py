"""What follows from the times of a protocol: days from each anchor, what nature decides, the earliest escalation."""

from __future__ import annotations

from typing import Any, NamedTuple

from protocol_dsl.diagnostics.render.escape import json_text
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.wording import MINUS, listing, small
from protocol_dsl.render import why
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.days import span_text
from protocol_dsl.render.earliest import escalation_data, escalations
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.schedule import network
from protocol_dsl.schedule.build import Schedule
from protocol_dsl.schedule.nature import Nature
from protocol_dsl.schedule.reasons import bases
from protocol_dsl.schedule.spans import Spans
from protocol_dsl.schedule.validity import needs

TITLE = "Days that follow from the protocol"
VERSION = 1
MOST_BASES = 6
"""Columns of the table of days; those from which most visits count come first."""
Window = tuple[int | None, int | None]


class Column(NamedTuple):
    """A point from which days are told."""

    id: str
    label: str
    is_anchor: bool


class Row(NamedTuple):
    """A visit with its days from each column; `declared` is what it says, `is_bound` if others leave it fewer days."""

    id: str
    label: str
    declared: str
    is_bound: bool
    cells: list[str]
    windows: list[Window]


class Chain(NamedTuple):
    """Why a visit has fewer days than its own words say: lines of day, sentence and place for each end."""

    id: str
    possible: str
    earliest: list[dict[str, Any]]
    latest: list[dict[str, Any]]


class Decided(NamedTuple):
    """A duration that nature decides; `verdict`: whether a calendar can be fixed; `visits`: those that depend on it."""

    title: str
    start: str
    end: str
    least: int
    most: int
    verdict: str
    visits: list[dict[str, Any]]
    shown: list[dict[str, Any]]
    """Those not after the timeline's anchor."""


def outputs(rendering: Rendering) -> list[Output]:
    """`timing.html` for people, `timing.json` for programs."""
    found = view(rendering)
    data: dict[str, Any] = {"page": page(rendering, TITLE), **found}
    return [
        Output("timing.html", render("timing.html.j2", data, rendering.templates).encode()),
        Output("timing.json", json_text(as_data(rendering, found)).encode()),
    ]


def view(rendering: Rendering) -> dict[str, Any]:
    """All of it as plain data."""
    protocol, schedule = rendering.protocol, rendering.schedule
    spans = Spans(protocol.timeline)
    is_possible = not schedule.conflicts
    columns, rows = _table(protocol, schedule) if is_possible else ([], [])
    nature = Nature(schedule) if is_possible else None
    return {
        "is_possible": is_possible,
        "columns": columns,
        "rows": rows,
        "chains": _chains(protocol, schedule, rows) if is_possible else [],
        "decided": [] if nature is None else _decided(protocol, nature),
        "results": [] if nature is None else _results(protocol, nature, spans),
        "escalations": escalations(protocol, rendering.sources),
    }


def as_data(rendering: Rendering, found: dict[str, Any]) -> dict[str, Any]:
    """The JSON: days as numbers, None where nothing binds."""
    return {
        "version": VERSION,
        "protocol": rendering.protocol.study.name,
        "unit": "day",
        "consistent": found["is_possible"],
        "windows": [
            {
                "visit": row.id,
                "declared": row.declared,
                "from": [
                    {"point": column.id, "earliest": window[0], "latest": window[1]}
                    for column, window in zip(found["columns"], row.windows, strict=True)
                ],
            }
            for row in found["rows"]
        ],
        "bound": [chain._asdict() for chain in found["chains"]],
        "durations": [
            {key: value for key, value in each._asdict().items() if key != "shown"} for each in found["decided"]
        ],
        "results": found["results"],
        "escalations": [
            {"name": name, **escalation_data(each)} for name, _, each in found["escalations"] if each is not None
        ],
    }


def _table(protocol: Protocol, schedule: Schedule) -> tuple[list[Column], list[Row]]:
    nodes = schedule.nodes
    dependents = {base: sum(edge.source == base for edge in schedule.edges) for base in bases(schedule, protocol)}
    chosen = sorted(dependents, key=lambda base: (base != schedule.anchor, -dependents[base], base))[:MOST_BASES]
    columns = [Column(nodes[base].id, nodes[base].label, base == schedule.anchor) for base in chosen]
    windows = [network.bounds(len(nodes), schedule.constraints, base) for base in chosen]
    rows: list[Row] = []
    for visit in sorted(protocol.visits, key=lambda each: each.order):
        at = schedule.index.get(visit.name)
        if at is None or not (visit.is_scheduled or at == schedule.anchor):
            continue
        own = [each[at] for each in windows]
        cells = [
            span_text(*window, protocol.timeline) if column.is_anchor else days_text(window)
            for column, window in zip(columns, own, strict=True)
        ]
        low, high = schedule.bounds.get(visit.name, (None, None))
        is_bound = (low is not None and (visit.earliest is None or low > visit.earliest)) or (
            high is not None and (visit.latest is None or high < visit.latest)
        )
        declared = visit.timing.text + (f" {visit.window.text}" if visit.window is not None else "")
        rows.append(Row(visit.name, visit.title, declared, is_bound and at != schedule.anchor, cells, own))
    return columns, rows


def days_text(window: Window) -> str:
    """`3 to 10`, `−5`, `from 3`, `up to 10`; empty where nothing binds."""
    low, high = (None if day is None else str(day).replace("-", MINUS) for day in window)
    if low is None or high is None:
        return f"up to {high}" if high is not None else f"from {low}" if low is not None else ""
    return low if low == high else f"{low} to {high}"


def _chains(protocol: Protocol, schedule: Schedule, rows: list[Row]) -> list[Chain]:
    found: list[Chain] = []
    if schedule.anchor is None:
        return found
    for row in rows:
        if row.is_bound:
            told = why.view(protocol, schedule, schedule.index[row.id], schedule.anchor)
            found.append(Chain(row.id, row.cells[0], _steps(told["earliest"]), _steps(told["latest"])))
    return found


def _steps(bound: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [] if bound is None else bound["steps"]


def _decided(protocol: Protocol, nature: Nature) -> list[Decided]:
    schedule = nature.schedule
    names = {node: each.id for node, each in enumerate(schedule.nodes)}
    if not nature.links:
        return []
    if nature.is_fixed():
        verdict = "A calendar fixed at its start holds, however long it takes."
    elif nature.trap() is None:
        verdict = "No calendar fixed in advance holds; some visits are planned when it has ended."
    else:
        verdict = "For some lengths no choice of days keeps the schedule."
    found: list[Decided] = []
    order = {visit.name: visit.order for visit in protocol.visits}
    anchor = protocol.timeline.anchor if protocol.timeline is not None else None
    last = order.get(anchor or "", len(order))
    titles = {each.name: each.title for each in (protocol.timeline.durations if protocol.timeline is not None else ())}
    for link in nature.links:
        visits = [
            {
                "visit": names[each.node],
                "if_least": list(each.if_least),
                "if_most": list(each.if_most),
                "common": None if each.common is None else list(each.common),
                "reacts": each.common is None,
                "texts": [
                    days_text(each.if_least),
                    days_text(each.if_most),
                    f"waits for {names[link.end]}" if each.common is None else days_text(each.common),
                ],
            }
            for each in sorted(nature.reactions(link), key=lambda each: order.get(names[each.node], -1))
        ]
        shown = [each for each in visits if order.get(str(each["visit"]), -1) <= last]
        element = schedule.statements[link.origin].element
        title = titles.get(element, element)
        found.append(Decided(title, names[link.start], names[link.end], link.least, link.most, verdict, visits, shown))
    return found


def _results(protocol: Protocol, nature: Nature, spans: Spans) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for need in needs(protocol, nature.schedule, spans):
        low, high = need.age
        titles = [need.assessments[0].title, *(small(each.title) for each in need.assessments[1:])]
        found.append(
            {
                "results": listing(titles),
                "taken": need.taken,
                "needed": need.needed,
                "valid_days": need.days,
                "age": [low, high],
                "age_text": days_text((low, high)),
                "retaken": need.retaken,
                "holds": high is not None and high <= need.days,
            }
        )
    return found
