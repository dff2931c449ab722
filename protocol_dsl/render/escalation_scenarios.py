"""What the rule of an escalation does in the declared scenarios of true DLT rates: characteristics, plots, pathways.

Where none is declared, one illustrative scenario of the program's own stands in its place, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from protocol_dsl.checks.escalations import Escalating
from protocol_dsl.dosing.exact import Characteristics, evaluate_all
from protocol_dsl.dosing.machine import NO_RULE, PEOPLE, Design, Ending, Step
from protocol_dsl.render.dose_plot import Plot, Series, bars
from protocol_dsl.render.escalation_numbers import Node, Numbers, illustrative, structured, tree
from protocol_dsl.render.registry_designs import percent


class Cell(NamedTuple):
    """A result in the tree of the first groups, over `rows` rows; no `share` where there are several scenarios."""

    text: str
    share: str
    rows: int


class Branch(NamedTuple):
    """A row of the tree: its new cells, what follows over `columns` columns, coloured by `kind`.

    `shares` are the probabilities of the whole way, one for each of several scenarios.
    """

    cells: list[Cell]
    following: str
    kind: str
    columns: int
    shares: list[str]


class Measure(NamedTuple):
    """A row of a scenario: a name, a value for no MTD, a value a level, one for all of them."""

    title: str
    none: str
    values: list[str]
    total: str


class Scenario(NamedTuple):
    """A scenario: its title, the rates in words, what is expected (empty if it was not computed)."""

    title: str
    rates: str
    measures: list[Measure]
    end: str


class Scenarios(NamedTuple):
    """All of an escalation; `declared` says whether they are the author's. `groups`: columns of results in the tree."""

    declared: bool
    scenarios: list[Scenario]
    plots: list[Plot]
    groups: int
    branches: list[Branch]


def scenarios(each: Escalating, possible: Numbers | None, names: tuple[str, ...]) -> Scenarios | None:
    """The scenarios of an escalation; None for one that has no machine."""
    design = each.built.design
    if design is None:
        return None
    said = [one for one in each.built.escalation.scenarios if len(one.rates) == len(names)]
    rates = [one.rates for one in said] or [illustrative(len(names))]
    titles = [one.title for one in said] or ["Illustrative"]
    declares = each.built.table is None or each.built.table.mtd is not None
    things = "Doses" if each.built.is_within else "Participants"
    made = structured(design, possible, asked=bool(said))
    found = evaluate_all(made, rates) if made is not None else []
    groups, branches = _tree(each, design, rates, names)
    return Scenarios(
        bool(said),
        [
            Scenario(title, ", ".join(percent(rate) for rate in one), *_expected(found[at], declares, things))
            if found
            else Scenario(title, ", ".join(percent(rate) for rate in one), [], "")
            for at, (title, one) in enumerate(zip(titles, rates, strict=True))
        ],
        _plots(titles, found, names, declares, things) if said else [],
        groups,
        branches,
    )


def _expected(found: Characteristics, declares: bool, things: str) -> tuple[list[Measure], str]:
    rows = [Measure("True DLT rate", "", [percent(rate) for rate in found.rates], "")]
    if declares:
        rows.append(Measure("Declared as MTD", share(found.select[0]), [share(p) for p in found.select[1:]], ""))
    least, most = min(found.sizes), max(found.sizes)
    total = f"{found.mean:.1f}" + (f" ({least} to {most})" if least != most else "")
    rows.append(Measure(f"{things}, mean", "", [f"{n:.1f}" for n in found.participants], total))
    rows.append(Measure("DLTs, mean", "", [f"{n:.2f}" for n in found.dlts], f"{sum(found.dlts):.2f}"))
    return rows, ", ".join(f"{share(p)} {reason}" for reason, p in found.reasons.items())


def _plots(
    titles: Sequence[str], found: Sequence[Characteristics], names: tuple[str, ...], declares: bool, things: str
) -> list[Plot]:
    if not found:
        return []
    pairs = list(zip(titles, found, strict=True))
    plots: list[Plot] = []
    if declares:
        declared = [Series(title, one.select) for title, one in pairs]
        plots.append(bars("Declared as MTD", ["none", *names], declared, percent=True))
    plots.append(bars(f"{things}, mean", names, [Series(title, one.participants) for title, one in pairs]))
    plots.append(bars("DLTs, mean", names, [Series(title, one.dlts) for title, one in pairs]))
    return plots


# The first groups ----------------------------------------------------------------------------------------------


def _tree(
    each: Escalating, design: Design, rates: Sequence[tuple[float, ...]], names: tuple[str, ...]
) -> tuple[int, list[Branch]]:
    """All results of the first groups: the same ways in every scenario, with their probabilities."""
    trees = [tree(design, one) for one in rates]
    several = len(rates) > 1
    branches: list[Branch] = []
    groups = 0
    last: list[list[Node]] = [[] for _ in trees]
    for at, way in enumerate(trees[0]):
        cells = [
            Cell(
                f"{names[node.level]}: {node.dlts}/{node.treated}",
                "" if several else share(node.probability),
                node.rows,
            )
            for node in way.nodes
        ]
        groups = max(groups, len(cells))
        for number, one in enumerate(trees):
            last[number] = [*last[number], *one[at].nodes][-1:]
        text, kind = _following(way.following, names, each)
        shares = [share(nodes[-1].probability) for nodes in last] if several else []
        branches.append(Branch(cells, text, kind, way.missing + 1, shares))
    return groups, branches


def _following(following: Step | Ending, names: tuple[str, ...], each: Escalating) -> tuple[str, str]:
    """What a leaf of the tree leads to, and its colour."""
    if isinstance(following, Step):
        before = following.treated[following.level]
        more = " more" if before else ""
        return f"{following.size}{more} at {names[following.level]}", "on"
    if following.reason == NO_RULE:
        return "no rule", "none"
    if following.reason == PEOPLE:
        return "people decide", "decide"
    table = each.built.table
    if following.mtd is not None:
        return f"ends, MTD {names[following.mtd]}", "end"
    return "ends" if table is not None and table.mtd is None else "ends, no MTD", "end"


def share(p: float) -> str:
    """`27.0 %`; what is not nothing does not look like nothing."""
    return "< 0.1 %" if 0 < p < 0.0005 else f"{100 * p:.1f} %"
