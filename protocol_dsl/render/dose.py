"""The answers of `protoc dose` as text, CSV and HTML, all made from the data that is its JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from protocol_dsl.dosing.machine import OPEN
from protocol_dsl.pipeline import Compiled
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.dose_plot import Plot, Series, bars
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.text import csv_safe

View = dict[str, Any]

_TITLES = {
    "check": "What holds in the dose escalation",
    "table": "Decisions of the dose escalation",
    "oc": "Operating characteristics of the dose escalation",
    "paths": "Ways through the dose escalation",
    "duration": "Duration of the dose escalation",
    "compare": "Dose-escalation designs compared",
}


class Grid(NamedTuple):
    """A table with its title, its head, its rows of cells, and lines below it. `codes` colour the cells of a row.

    The first `words` columns after the row's head hold words. `plots` stand below it on a page.
    """

    title: str
    head: list[str]
    rows: list[list[str]]
    notes: list[str]
    codes: list[list[str]]
    plots: tuple[Plot, ...] = ()
    words: tuple[int, ...] = ()


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
        "check": _check_rows,
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
        "check": _check_grids,
        "table": _table_grids,
        "oc": _oc_grids,
        "compare": _compare_grids,
        "paths": _path_grids,
        "duration": _duration_grids,
    }[aspect](view)


def _heading(view: View) -> str:
    if "escalations" in view:
        return "What follows from the rules of the dose escalation"
    levels = ", ".join(view["levels"])
    if "designs" in view:
        return f"Designs with the levels {levels} compared"
    return f"{view['escalation']}: {view['design']}, levels {levels}"


# What is proved ------------------------------------------------------------------------------------------------


def _check_grids(view: View) -> list[Grid]:
    return [
        Grid(f"{each['escalation']}: {each['design']}", [], [], list(each["statements"]), [])
        for each in view["escalations"]
    ] or [Grid("", [], [], ["the protocol has no escalation"], [])]


def _check_rows(view: View) -> Iterable[Sequence[object]]:
    yield "escalation", "design", "proved", "statement"
    for each in view["escalations"]:
        for statement in each["statements"]:
            yield each["escalation"], each["design"], each["proved"], statement


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
    head = [_things(view), *(f"{y} DLT{'' if y == 1 else 's'}" for y in range(most + 1))]
    note = "E escalate, S stay, D de-escalate, U de-escalate and eliminate the level and those above"
    return [Grid(f"Decisions by {_things(view)} and DLTs at the level", head, rows, [note] if coded else [], codes)]


def _table_rows(view: View) -> Iterable[Sequence[object]]:
    yield "n", "y", "decision", "action"
    for each in view["decisions"]:
        yield each["n"], each["y"], each["code"], each["decision"]


# Operating characteristics -----------------------------------------------------------------------------------


def _oc_grids(view: View) -> list[Grid]:
    things = _things(view)
    found = [_oc_grid(view["levels"], each, number, things) for number, each in enumerate(view["scenarios"], 1)]
    if view.get("within_participant"):
        found.append(Grid("", [], [], [INDEPENDENT], []))
    if not view["declares_mtd"]:
        found.append(
            Grid("", [], [], ["no rule says how the MTD is declared, so that none is (`mtd highest with …`)"], [])
        )
    return found


INDEPENDENT = (
    "counted are the doses of one participant; they are taken as independent, so that nothing carries over from one to "
    "the next"
)


def _things(view: View) -> str:
    """What the groups of an escalation consist of."""
    return "doses" if view.get("within_participant") else "participants"


def _oc_grid(levels: list[str], one: dict[str, Any], number: int, things: str) -> Grid:
    n = one["n"]
    rows = [
        ["true DLT rate", "", *(f"{rate:g}" for rate in one["dlt_rates"])],
        ["declared MTD, %", *(f"{100 * p:.2f}" for p in one["select"])],
        [things, "", *(f"{x:.2f}" for x in one["participants"])],
        ["DLTs", "", *(f"{x:.2f}" for x in one["dlts"])],
    ]
    if "standard_errors" in one:
        rows.insert(2, ["standard error", *(f"{100 * p:.2f}" for p in one["standard_errors"])])
    quantiles = n["quantiles"]
    notes = [
        f"{things} in all: mean {n['mean']:.2f}, sd {n['sd']:.2f}, from {n['min']} to {n['max']}; "
        f"median {quantiles['0.5']}, 95 % at most {quantiles['0.95']}",
        "end: " + "; ".join(f"{reason} {100 * p:.2f} %" for reason, p in one["stop_reasons"].items()),
    ]
    if "pcs" in one:
        notes.append(
            f"{levels[one['sought'] - 1]} is nearest to the target: declared in {100 * one['pcs']:.2f} %, a level "
            f"above it in {100 * one['select_above']:.2f} %; {100 * one['share_above']:.1f} % of the {things} are "
            "above it"
        )
    if "overdose" in one:
        notes.append(
            f"the probability that more than a share of the {things} of a trial are above it: "
            + "; ".join(f"{100 * float(share):g} % of them, {100 * p:.2f} %" for share, p in one["overdose"].items())
        )
    return Grid(
        _scenario(one, number), ["", "none", *levels], rows, notes, [[] for _ in rows], _plots(levels, one, things)
    )


def _plots(levels: list[str], one: dict[str, Any], things: str) -> tuple[Plot, ...]:
    """Which level is declared, how many are treated, how many have a DLT."""
    errors = one.get("standard_errors", ())
    return (
        bars("Declared as MTD", ["none", *levels], [Series("", one["select"], errors)], percent=True),
        bars(f"{things.capitalize()}, mean", levels, [Series("", one["participants"])]),
        bars("DLTs, mean", levels, [Series("", one["dlts"])]),
    )


def _scenario(one: dict[str, Any], number: int) -> str:
    how = "exact" if one.get("exact", True) else f"simulated: {one['trials']} trials, seed {one['seed']}"
    name = one.get("name") or f"scenario {number}"
    return f"{name} ({how})"


def _oc_rows(view: View) -> Iterable[Sequence[object]]:
    yield "scenario", "exact", "level", "dlt_rate", "select", "standard_error", "participants", "dlts"
    for number, one in enumerate(view["scenarios"], 1):
        yield from _level_rows(view["levels"], one, number)


def _level_rows(levels: list[str], one: dict[str, Any], number: int) -> Iterable[list[object]]:
    name = one.get("name") or number
    errors = one.get("standard_errors") or [""] * (len(levels) + 1)
    yield [name, one["exact"], "none", "", one["select"][0], errors[0], "", ""]
    for at, level in enumerate(levels):
        found = one["participants"][at], one["dlts"][at]
        cells = (one["dlt_rates"][at], one["select"][at + 1], errors[at + 1], *found)
        yield [name, one["exact"], level, *cells]


def _compare_grids(view: View) -> list[Grid]:
    found: list[Grid] = []
    for number, one in enumerate(view["designs"][0]["scenarios"], 1):
        rows: list[list[str]] = []
        for design in view["designs"]:
            each = design["scenarios"][number - 1]
            rows.append(
                [
                    design["design"],
                    "exact" if each["exact"] else f"simulated, SE {100 * max(each['standard_errors']):.2f}",
                    *(f"{100 * p:.2f}" for p in each["select"]),
                    f"{each['n']['mean']:.2f}",
                    f"{each['n']['min']}-{each['n']['max']}",
                    f"{sum(each['dlts']):.2f}",
                ]
            )
        width = max(len(row[1]) for row in rows)
        rows = [[row[0], row[1].ljust(width), *row[2:]] for row in rows]
        rates = ", ".join(f"{rate:g}" for rate in one["dlt_rates"])
        title = f"{one.get('name') or f'scenario {number}'}: true DLT rates {rates}"
        head = ["declared MTD, %", "".ljust(width), "none", *view["levels"], _things(view), "from-to", "DLTs"]
        found.append(
            Grid(
                title, head, rows, _compare_notes(view, number), [[] for _ in rows], _compare_plots(view, number), (1,)
            )
        )
    return found


def _compare_notes(view: View, number: int) -> list[str]:
    """What is simulated, how often, with its largest standard error in the row; what the designs leave open."""
    notes: list[str] = []
    for design in view["designs"]:
        one = design["scenarios"][number - 1]
        if not one["exact"] and not any(note.startswith("simulated") for note in notes):
            notes.append(
                f"simulated: {one['trials']} trials, seed {one['seed']}; SE is the largest of the row's shares, in %"
            )
        if not design["declares_mtd"]:
            notes.append(f"{design['design']}: no rule says how the MTD is declared, so that none is")
        for reason in OPEN:
            if reason in one["stop_reasons"]:
                share = 100 * one["stop_reasons"][reason]
                notes.append(f"{design['design']}: {share:.1f} % of the trials end with: {reason}")
    return notes


def _compare_plots(view: View, number: int) -> tuple[Plot, ...]:
    found = [(each["design"], each["scenarios"][number - 1]) for each in view["designs"]]
    levels = view["levels"]
    declared = [Series(name, one["select"], one.get("standard_errors", ())) for name, one in found]
    return (
        bars("Declared as MTD", ["none", *levels], declared, percent=True),
        bars(f"{_things(view).capitalize()}, mean", levels, [Series(name, one["participants"]) for name, one in found]),
    )


def _compare_rows(view: View) -> Iterable[Sequence[object]]:
    yield "design", "scenario", "exact", "level", "dlt_rate", "select", "standard_error", "participants", "dlts"
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
        courses = "courses of doses" if view.get("within_participant") else "trials"
        notes = [f"these are {100 * share:.2f} % of all {courses}; there are {view['paths']} complete paths"]
        # Words stand at the left, although numbers stand at the right.
        lefts = [max((len(row[column]) for row in rows), default=0) for column in (2, 3)]
        head = ["", "%", "result".ljust(lefts[0]), "path".ljust(lefts[1])]
        rows = [[*row[:2], row[2].ljust(lefts[0]), row[3].ljust(lefts[1])] for row in rows]
        found.append(Grid(_scenario(one, number), head, rows, notes, [[] for _ in rows], (), (2, 3)))
    return found


def _path_rows(view: View) -> Iterable[Sequence[object]]:
    yield "scenario", "rank", "p", "path", "mtd", "reason"
    for number, one in enumerate(view["scenarios"], 1):
        for rank, path in enumerate(one["paths"], 1):
            yield one.get("name") or number, rank, path["p"], _way(path), path["mtd"], path["reason"]


# Duration ----------------------------------------------------------------------------------------------------


def _duration_grids(view: View) -> list[Grid]:
    timing = view["timing"]
    first = view["scenarios"][0]
    quantiles, exact = list(first["quantiles"]), first["exact"]
    rows: list[list[str]] = []
    for number, one in enumerate(view["scenarios"], 1):
        cells = [one.get("name") or f"scenario {number}", f"{one['mean']:.1f}", f"{one['sd']:.1f}"]
        cells += [f"{one['quantiles'][q]:.0f}" for q in quantiles]
        if exact:
            cells.append(f"{100 * one['closed_days'] / one['mean']:.0f}" if one["mean"] else "0")
        else:
            cells.insert(2, f"{one['standard_error']:.1f}")
            cells.append(f"{one['enrolled']['mean']:.2f} ± {one['enrolled']['standard_error']:.2f}")
            cells.append(f"{one['turned_away']['mean']:.1f} ± {one['turned_away']['standard_error']:.1f}")
        rows.append(cells)
    notes = [
        "a column with a percentage has the days within which it ends with that probability",
        f"one participant in {timing['accrual_days']:g} days"
        + (", exactly; " if timing.get("fixed_accrual") else " on average; ")
        + _meanwhile(timing),
        f"DLT window {timing['window_days']:g} days; stagger {timing['stagger_days']:g} days after "
        + ("each participant" if timing["stagger_after"] == "each" else f"the first of each {timing['stagger_after']}"),
    ]
    for number, one in enumerate(view["scenarios"], 1):
        if "within" in one:
            within = one["within"]
            error = f" ± {100 * within['standard_error']:.1f}" if "standard_error" in within else ""
            notes.append(
                f"{one.get('name') or f'scenario {number}'} ends within {within['days']:g} days with a probability of "
                f"{100 * within['p']:.1f}{error} %"
            )
    if timing.get("early_decision"):
        notes.append("it goes on as soon as open outcomes can change nothing")
    if timing.get("backfill"):
        notes.append(f"up to {timing['backfill']} per level are treated below meanwhile and inform no decision:")
        for number, one in enumerate(view["scenarios"], 1):
            notes.append(
                f"  {one.get('name') or f'scenario {number}'}: "
                + ", ".join(f"{n:.2f} at {level}" for level, n in zip(view["levels"], one["backfilled"], strict=True))
                + f"; {sum(one['backfilled_dlts']):.2f} DLTs among them"
            )
    if timing["not_evaluable"]:
        known = " during the window" if timing.get("not_evaluable_known") == "during" else ""
        limit = ""
        if "replaced_up_to" in timing:
            per = f" per {timing['replaced_per']}" if timing["replaced_per"] else ""
            most = f"{timing['replaced_up_to']}{per}"
            limit = (
                f", at most {most}; the numbers are of the trials in which that is enough"
                if timing["limit_kept"]
                else f"; the protocol permits {most}, and the simulation knows no limit"
            )
        notes.append(f"{100 * timing['not_evaluable']:g} % are not evaluable{known} and are replaced{limit}")
    if timing["not_evaluable"] and exact:
        for number, one in enumerate(view["scenarios"], 1):
            short = f"; too few can be replaced with probability {one['p_short']:.4f}" if "p_short" in one else ""
            notes.append(f"enrolled in scenario {number}: mean {one['enrolled']['mean']:.2f}{short}")
    within = [f"{100 * float(q):g} %" for q in quantiles]
    if exact:
        head = ["", "mean", "sd", *within, "closed, %"]
        return [Grid("Days to the end of the last DLT window (exact)", head, rows, notes, [[] for _ in rows])]
    head = ["", "mean", "SE", "sd", *within, "enrolled", "turned away"]
    title = f"Days to the last decision (simulated: {first['trials']} trials, seed {first['seed']})"
    return [Grid(title, head, rows, notes, [[] for _ in rows])]


def _meanwhile(timing: dict[str, Any]) -> str:
    """What those do who come while the trial is closed."""
    waiting = timing.get("waiting", 0)
    if waiting == "all":
        return "those who come while the trial is closed wait"
    lost = "those who come while the trial is closed are lost"
    return f"{lost}, but for {waiting} who wait" if waiting else lost


def _duration_rows(view: View) -> Iterable[Sequence[object]]:
    quantiles = list(view["scenarios"][0]["quantiles"])
    last = ("enrolled", "closed_days", "turned_away")
    yield "scenario", "exact", "mean", "standard_error", "sd", *(f"q{q}" for q in quantiles), *last
    for number, one in enumerate(view["scenarios"], 1):
        yield (
            one.get("name") or number,
            one["exact"],
            one["mean"],
            one.get("standard_error", ""),
            one["sd"],
            *(one["quantiles"][q] for q in quantiles),
            one.get("enrolled", {}).get("mean", ""),
            one.get("closed_days", ""),
            one.get("turned_away", {}).get("mean", ""),
        )
