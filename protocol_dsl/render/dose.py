"""The answers of `protoc dose` as text, CSV and HTML, all made from the data that is its JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from protocol_dsl.pipeline import Compiled
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.text import csv_safe

View = dict[str, Any]

_TITLES = {
    "table": "Decisions of the dose escalation",
    "oc": "Operating characteristics of the dose escalation",
    "paths": "Ways through the dose escalation",
    "duration": "Duration of the dose escalation",
    "compare": "Dose-escalation designs compared",
}


class Grid(NamedTuple):
    """A table with its title, its head, its rows of cells, and lines below it. `codes` colour the cells of a row."""

    title: str
    head: list[str]
    rows: list[list[str]]
    notes: list[str]
    codes: list[list[str]]


def json_text(view: View) -> str:
    """The data itself."""
    return json.dumps(view, ensure_ascii=False, indent=2) + "\n"


def text(aspect: str, view: View) -> str:
    """For a terminal or a mail."""
    lines = [_heading(view)]
    for grid in grids(aspect, view):
        lines += ["", *([grid.title] if grid.title else [])]
        widths = [max(map(len, column)) for column in zip(grid.head, *grid.rows, strict=True)] if grid.rows else []
        for row in ([grid.head, *grid.rows]) if grid.rows else []:
            cells = [
                cell.ljust(width) if not number else cell.rjust(width)
                for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append(("  " + "  ".join(cells)).rstrip())
        lines += [f"  {note}" for note in grid.notes]
    return "\n".join(lines) + "\n"


def document(aspect: str, view: View, compiled: Compiled) -> str:
    """One HTML page with what every document says about itself."""
    protocol, schedule = compiled.protocol, compiled.schedule
    if protocol is None or schedule is None:
        raise ValueError("nothing was compiled that a page could speak of")
    about = page(Rendering(protocol, schedule, compiled.diagnostics, compiled.sources), _TITLES[aspect])
    return render("dose.html.j2", {"page": about, "heading": _heading(view), "grids": grids(aspect, view)})


def csv_text(aspect: str, view: View) -> str:
    """Tidy rows for other programs: one value of interest a row. The table of decisions can be read in again."""
    rows = {
        "table": _table_rows,
        "oc": _oc_rows,
        "compare": _compare_rows,
        "paths": _path_rows,
        "duration": _duration_rows,
    }[aspect](view)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([csv_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def grids(aspect: str, view: View) -> list[Grid]:
    """The tables of an answer."""
    return {
        "table": _table_grids,
        "oc": _oc_grids,
        "compare": _compare_grids,
        "paths": _path_grids,
        "duration": _duration_grids,
    }[aspect](view)


def _heading(view: View) -> str:
    levels = ", ".join(view["levels"])
    if "designs" in view:
        return f"Designs with the levels {levels} compared"
    return f"{view['escalation']}: {view['design']}, levels {levels}"


# Decisions ---------------------------------------------------------------------------------------------------


def _table_grids(view: View) -> list[Grid]:
    counts = sorted({each["n"] for each in view["decisions"]})
    most = max(each["y"] for each in view["decisions"])
    by = {(each["n"], each["y"]): each for each in view["decisions"]}
    coded = all(len(each["code"]) == 1 for each in view["decisions"]) and len(counts) > 6
    rows: list[list[str]] = []
    codes: list[list[str]] = []
    for n in counts:
        cells = [by.get((n, y)) for y in range(most + 1)]
        rows.append([str(n), *("" if each is None else each["code" if coded else "decision"] for each in cells)])
        codes.append(["", *("" if each is None else each["code"] for each in cells)])
    head = ["participants", *(f"{y} DLT{'' if y == 1 else 's'}" for y in range(most + 1))]
    note = "E escalate, S stay, D de-escalate, U de-escalate and eliminate the level and those above"
    return [Grid("Decisions by participants and DLTs at the level", head, rows, [note] if coded else [], codes)]


def _table_rows(view: View) -> Iterable[Sequence[object]]:
    yield "n", "y", "decision", "action"
    for each in view["decisions"]:
        yield each["n"], each["y"], each["code"], each["decision"]


# Operating characteristics -----------------------------------------------------------------------------------


def _oc_grids(view: View) -> list[Grid]:
    found = [_oc_grid(view["levels"], each, number) for number, each in enumerate(view["scenarios"], 1)]
    if not view["declares_mtd"]:
        found.append(
            Grid("", [], [], ["no rule says how the MTD is declared, so that none is (`mtd highest with …`)"], [])
        )
    return found


def _oc_grid(levels: list[str], one: dict[str, Any], number: int, design: str = "") -> Grid:
    n = one["n"]
    rows = [
        ["true DLT rate", "", *(f"{rate:g}" for rate in one["dlt_rates"])],
        ["declared MTD, %", *(f"{100 * p:.2f}" for p in one["select"])],
        ["participants", "", *(f"{x:.2f}" for x in one["participants"])],
        ["DLTs", "", *(f"{x:.2f}" for x in one["dlts"])],
    ]
    if "standard_errors" in one:
        rows.insert(2, ["standard error", *(f"{100 * p:.2f}" for p in one["standard_errors"])])
    quantiles = n["quantiles"]
    notes = [
        f"participants in all: mean {n['mean']:.2f}, sd {n['sd']:.2f}, from {n['min']} to {n['max']}; "
        f"median {quantiles['0.5']}, 95 % at most {quantiles['0.95']}",
        "end: " + "; ".join(f"{reason} {100 * p:.2f} %" for reason, p in one["stop_reasons"].items()),
    ]
    if "pcs" in one:
        notes.append(
            f"{levels[one['sought'] - 1]} is nearest to the target: declared in {100 * one['pcs']:.2f} %; "
            f"{100 * one['share_above']:.1f} % of the participants are treated above it"
        )
    return Grid(_scenario(one, number, design), ["", "none", *levels], rows, notes, [[] for _ in rows])


def _scenario(one: dict[str, Any], number: int, design: str = "") -> str:
    how = "exact" if one.get("exact", True) else f"simulated: {one['trials']} trials, seed {one['seed']}"
    name = one.get("name") or f"scenario {number}"
    return f"{design + ', ' if design else ''}{name} ({how})"


def _oc_rows(view: View) -> Iterable[Sequence[object]]:
    yield "scenario", "exact", "level", "dlt_rate", "select", "participants", "dlts"
    for number, one in enumerate(view["scenarios"], 1):
        yield from _level_rows(view["levels"], one, number)


def _level_rows(levels: list[str], one: dict[str, Any], number: int) -> Iterable[list[object]]:
    name = one.get("name") or number
    yield [name, one["exact"], "none", "", one["select"][0], "", ""]
    for at, level in enumerate(levels):
        cells = (one["dlt_rates"][at], one["select"][at + 1], one["participants"][at], one["dlts"][at])
        yield [name, one["exact"], level, *cells]


def _compare_grids(view: View) -> list[Grid]:
    found: list[Grid] = []
    for number, one in enumerate(view["designs"][0]["scenarios"], 1):
        rows: list[list[str]] = []
        for design in view["designs"]:
            each = design["scenarios"][number - 1]
            rows.append(
                [
                    design["design"] + ("" if each["exact"] else " (simulated)"),
                    *(f"{100 * p:.2f}" for p in each["select"]),
                    f"{each['n']['mean']:.2f}",
                    f"{each['n']['min']}-{each['n']['max']}",
                    f"{sum(each['dlts']):.2f}",
                ]
            )
        rates = ", ".join(f"{rate:g}" for rate in one["dlt_rates"])
        title = f"{one.get('name') or f'scenario {number}'}: true DLT rates {rates}"
        head = ["declared MTD, %", "none", *view["levels"], "participants", "from-to", "DLTs"]
        found.append(Grid(title, head, rows, [], [[] for _ in rows]))
    return found


def _compare_rows(view: View) -> Iterable[Sequence[object]]:
    yield "design", "scenario", "exact", "level", "dlt_rate", "select", "participants", "dlts"
    for design in view["designs"]:
        for number, one in enumerate(design["scenarios"], 1):
            for row in _level_rows(view["levels"], one, number):
                yield [design["design"], *row]


# Paths -------------------------------------------------------------------------------------------------------


def _way(path: dict[str, Any]) -> str:
    return " → ".join(f"{group['level']} {group['y']}/{group['n']}" for group in path["groups"])


def _result(path: dict[str, Any]) -> str:
    if not path["ended"]:
        return "goes on"
    return f"MTD {path['mtd']}" if path["mtd"] is not None else "no MTD"


def _path_grids(view: View) -> list[Grid]:
    found: list[Grid] = []
    for number, one in enumerate(view["scenarios"], 1):
        rows = [
            [str(rank), f"{100 * path['p']:.3f}", _result(path), _way(path)]
            for rank, path in enumerate(one["paths"], 1)
        ]
        share = sum(path["p"] for path in one["paths"])
        notes = [f"these are {100 * share:.2f} % of all trials; there are {view['paths']} complete paths"]
        # Words stand at the left, although numbers stand at the right.
        lefts = [max((len(row[column]) for row in rows), default=0) for column in (2, 3)]
        head = ["", "%", "result".ljust(lefts[0]), "path".ljust(lefts[1])]
        rows = [[*row[:2], row[2].ljust(lefts[0]), row[3].ljust(lefts[1])] for row in rows]
        found.append(Grid(_scenario(one, number), head, rows, notes, [[] for _ in rows]))
    return found


def _path_rows(view: View) -> Iterable[Sequence[object]]:
    yield "scenario", "rank", "p", "path", "mtd", "reason"
    for number, one in enumerate(view["scenarios"], 1):
        for rank, path in enumerate(one["paths"], 1):
            yield one.get("name") or number, rank, path["p"], _way(path), path["mtd"], path["reason"]


# Duration ----------------------------------------------------------------------------------------------------


def _duration_grids(view: View) -> list[Grid]:
    timing = view["timing"]
    quantiles = list(view["scenarios"][0]["quantiles"])
    rows: list[list[str]] = []
    for number, one in enumerate(view["scenarios"], 1):
        cells = [one.get("name") or f"scenario {number}", f"{one['mean']:.1f}", f"{one['sd']:.1f}"]
        cells += [f"{one['quantiles'][q]:.0f}" for q in quantiles]
        cells.append(f"{100 * one['closed_days'] / one['mean']:.0f}" if one["mean"] else "0")
        rows.append(cells)
    notes = [
        f"one participant in {timing['accrual_days']:g} days on average; those who come while the trial is closed are "
        "lost",
        f"DLT window {timing['window_days']:g} days; stagger {timing['stagger_days']:g} days after "
        + ("each participant" if timing["stagger_after"] == "each" else f"the first of each {timing['stagger_after']}"),
    ]
    if timing["not_evaluable"]:
        limit = ""
        if "replaced_up_to" in timing:
            per = f" per {timing['replaced_per']}" if timing["replaced_per"] else ""
            limit = f", at most {timing['replaced_up_to']}{per}; the numbers are of the trials in which that is enough"
        notes.append(f"{100 * timing['not_evaluable']:g} % are not evaluable and are replaced{limit}")
        for number, one in enumerate(view["scenarios"], 1):
            short = f"; too few can be replaced with probability {one['p_short']:.4f}" if "p_short" in one else ""
            notes.append(f"enrolled in scenario {number}: mean {one['enrolled']['mean']:.2f}{short}")
    head = ["", "mean", "sd", *(f"{100 * float(q):g} %" for q in quantiles), "closed, %"]
    return [Grid("Days to the end of the last DLT window (exact)", head, rows, notes, [[] for _ in rows])]


def _duration_rows(view: View) -> Iterable[Sequence[object]]:
    quantiles = list(view["scenarios"][0]["quantiles"])
    yield "scenario", "mean", "sd", *(f"q{q}" for q in quantiles), "closed_days"
    for number, one in enumerate(view["scenarios"], 1):
        yield (
            one.get("name") or number,
            one["mean"],
            one["sd"],
            *(one["quantiles"][q] for q in quantiles),
            one["closed_days"],
        )
