"""The schedule graph for other programs and for drawings: networkx, JSON, GraphML, DOT, Mermaid.

A node is a point in time, an edge what one statement says about two points: `earliest..latest` days from the source to
the target. Several statements on the same two points are several edges. All of it is in the JSON (networkx's
node-link form), GraphML and `to_networkx`. The drawings show each visit with its own days, so that the edges from the
anchor can be left out, and link consecutive visits of a stage instead.

The order of nodes and edges is that of the schedule; node ids are names of the protocol (see `build.Node`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from protocol_dsl.diagnostics.render.escape import json_text, visible
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.schedule.build import Edge, Node, Schedule

if TYPE_CHECKING:
    import networkx as nx

GRAPH_VERSION = 1
FORMATS = ("json", "graphml", "dot", "mermaid")
SUFFIXES = {"json": "json", "graphml": "graphml", "dot": "dot", "gv": "dot", "mermaid": "mermaid", "mmd": "mermaid"}

_QUIET = ("timing", "stage", "sequence")
"""Edges that a drawing does not need: they are told in the visits and by the frames of the stages."""


def node_data(schedule: Schedule) -> list[dict[str, Any]]:
    """Every node with kind, name, label, stage, nominal and implied days, of a visit how it is timed and held too.

    What is not known is left out.
    """
    found: list[dict[str, Any]] = []
    for number, node in enumerate(schedule.nodes):
        earliest, latest = schedule.windows[number]
        data = {
            "id": node.id,
            "kind": node.kind,
            "name": node.name,
            "label": node.label,
            "stage": node.stage,
            "timing": node.timing,
            "contact": node.contact,
            "offset": node.offset,
            "earliest": earliest,
            "latest": latest,
            "anchor": True if number == schedule.anchor else None,
        }
        found.append({key: value for key, value in data.items() if value is not None})
    return found


def edge_data(schedule: Schedule) -> list[dict[str, Any]]:
    """Every edge with its ends, days, kind and statement, and the place of that in the source."""
    found: list[dict[str, Any]] = []
    for number, edge in enumerate(schedule.edges):
        statement = schedule.statements[edge.statement]
        data = {
            "source": schedule.nodes[edge.source].id,
            "target": schedule.nodes[edge.target].id,
            "key": number,
            "kind": edge.kind,
            "earliest": edge.earliest,
            "latest": edge.latest,
            "statement": statement.text,
            "element": statement.element,
            "file": statement.origin.file,
            "line": statement.origin.line,
            "column": statement.origin.column,
            "derived": True if statement.derived else None,
        }
        found.append({key: value for key, value in data.items() if value is not None})
    return found


def to_networkx(schedule: Schedule) -> nx.MultiDiGraph[str]:
    """The graph as networkx has it; node and edge attributes as in the JSON."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in node_data(schedule):
        name = node.pop("id")
        graph.add_node(name, **node)
    for edge in edge_data(schedule):
        source, target, key = edge.pop("source"), edge.pop("target"), edge.pop("key")
        graph.add_edge(source, target, key, **edge)
    return graph


def to_json(schedule: Schedule, protocol: Protocol) -> str:
    """The graph as JSON that `networkx.node_link_graph(data, edges="edges")` reads."""
    timeline = protocol.timeline
    about = {
        "version": GRAPH_VERSION,
        "protocol": protocol.study.name,
        "anchor": timeline.anchor if timeline is not None else None,
        "first_day": timeline.first_day if timeline is not None else None,
        "unit": "day",
        "consistent": not schedule.conflicts,
    }
    data = {
        "directed": True,
        "multigraph": True,
        "graph": {key: value for key, value in about.items() if value is not None},
        "nodes": node_data(schedule),
        "edges": edge_data(schedule),
    }
    return json_text(data)


def to_graphml(schedule: Schedule) -> str:
    """The graph as GraphML, for yEd, Gephi and `networkx.read_graphml`."""
    import networkx as nx

    # Its type is not known: networkx passes an unannotated argument on.
    generate = cast("Callable[[nx.MultiDiGraph[str]], Iterable[str]]", vars(nx)["generate_graphml"])
    graph = to_networkx(schedule)
    for _, data in graph.nodes(data=True):
        _make_printable(data)
    for *_, data in graph.edges(data=True):
        _make_printable(data)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(generate(graph)) + "\n"


def _make_printable(data: dict[str, Any]) -> None:
    """XML has no way to write control characters."""
    for key, value in data.items():
        if isinstance(value, str):
            data[key] = visible(value)


# ---- drawings


class _Drawn(NamedTuple):
    """An edge of a drawing; `text` is empty for the order of a stage, `dashed` for what nature or a gate decides."""

    source: int
    target: int
    text: str
    dashed: bool = False


class _Drawing:
    """What both drawings show."""

    def __init__(self, schedule: Schedule, protocol: Protocol) -> None:
        self.schedule = schedule
        self.visits = {visit.name: visit for visit in protocol.visits}
        self.stages = [(stage.name, stage.title) for stage in protocol.stages]
        drawn = [edge for edge in schedule.edges if edge.kind not in _QUIET and edge.source != edge.target]
        linked = {(edge.source, edge.target) for edge in drawn}
        lines = [_Drawn(edge.source, edge.target, _days(edge), edge.kind in ("contingent", "gate")) for edge in drawn]
        chain = [_Drawn(one, other, "") for one, other in self.chains(protocol) if (one, other) not in linked]
        self.lines = [*chain, *lines]
        ends = {end for line in self.lines for end in (line.source, line.target)}
        self.shown = [
            number for number, node in enumerate(schedule.nodes) if node.kind in ("visit", "anchor") or number in ends
        ]

    def chains(self, protocol: Protocol) -> list[tuple[int, int]]:
        """The neighbours in the schedule of each arm, each pair once: no arrow leads from one arm to another."""
        told = {arm for part in (*protocol.visits, *protocol.stages) for arm in part.arms}
        arms = [arm.name for arm in protocol.arms if arm.name in told]
        others = len(arms) < len(protocol.arms)
        found = [pair for arm in [*arms, *([None] if others or not arms else [])]
                 for pair in self.consecutive(protocol, arm)]  # fmt: skip
        return list(dict.fromkeys(found))

    def consecutive(self, protocol: Protocol, arm: str | None) -> Iterator[tuple[int, int]]:
        """Neighbours within a stage, and from the last visit of a stage to the first of the next, in an arm."""
        before: int | None = None
        for stage in protocol.stages:
            last = None if stage.parallel else before
            for name in stage.visits:
                visit = self.visits.get(name)
                number = self.schedule.index.get(name)
                if visit is None or number is None or not visit.is_scheduled:
                    continue
                if (visit.arms and arm not in visit.arms) or (stage.arms and arm not in stage.arms):
                    continue
                if last is not None:
                    yield last, number
                last = number
            if not stage.parallel:
                before = last

    def lines_of(self, node: Node) -> list[str]:
        """The label of a node, line by line."""
        visit = self.visits.get(node.name) if node.kind == "visit" else None
        if visit is None:
            return [node.label]
        timing = visit.timing.text + (f" {visit.window.text}" if visit.window is not None else "")
        # "Day 4" and "Day 4 ±1 day" say the same.
        held = [] if visit.contact == "on_site" else [f"by {visit.contact}" if visit.contact != "home" else "at home"]
        parts = [node.name, *([] if timing.startswith(node.label) else [node.label]), timing, *held]
        return [part for part in dict.fromkeys(parts) if part]

    def by_stage(self) -> list[tuple[str | None, str, list[int]]]:
        """Stages with the nodes drawn in them; None for those outside of any."""
        known = {name for name, _ in self.stages}
        outside = [number for number in self.shown if self.schedule.nodes[number].stage not in known]
        inside = [
            (name, title, [number for number in self.shown if self.schedule.nodes[number].stage == name])
            for name, title in self.stages
        ]
        return [(None, "", outside), *(each for each in inside if each[2])]


def _days(edge: Edge) -> str:
    """`14 to 21 days`, `at least 2 days`, `at most 7 days`; empty where only the order counts."""
    low, high = edge.earliest, edge.latest
    if low is not None and high is not None:
        return f"{_count(low)}" if low == high else f"{low} to {_count(high)}"
    if low is not None:
        return f"at least {_count(low)}" if low else "before"
    return f"at most {_count(high)}" if high is not None else ""


def _count(days: int) -> str:
    return "same day" if days == 0 else f"{days} day{'' if abs(days) == 1 else 's'}"


def _is_unforeseen(node: Node) -> bool:
    """A visit that happens on an event or when needed; its frame is dashed."""
    return node.timing in ("event", "unscheduled")


def to_dot(schedule: Schedule, protocol: Protocol) -> str:
    """A drawing for Graphviz: stages as frames, visits as boxes with their days."""
    drawing = _Drawing(schedule, protocol)
    lines = [
        f"digraph {_dot(protocol.study.name)} {{",
        "  rankdir=LR;",
        '  node [shape=box, style="rounded", fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=10];',
    ]
    for stage, title, numbers in drawing.by_stage():
        indent = "  "
        if stage is not None:
            lines += [f"  subgraph {_dot(f'cluster_{stage}')} {{", f"    label={_dot(title)};"]
            indent = "    "
        for number in numbers:
            node = schedule.nodes[number]
            label = _dot("\n".join(visible(line) for line in drawing.lines_of(node)))
            style = ', style="rounded,dashed"' if _is_unforeseen(node) else ""
            lines.append(f"{indent}{_dot(node.id)} [label={label}{_DOT_SHAPES.get(node.kind, '')}{style}];")
        if stage is not None:
            lines.append("  }")
    for source, target, text, dashed in drawing.lines:
        style = [f"label={_dot(text)}"] if text else []
        style += ["style=dashed"] if dashed else []
        ends = f"{_dot(schedule.nodes[source].id)} -> {_dot(schedule.nodes[target].id)}"
        lines.append(f"  {ends}{' [' + ', '.join(style) + ']' if style else ''};")
    return "\n".join([*lines, "}"]) + "\n"


_DOT_SHAPES = {
    "event": ", shape=ellipse",
    "anchor": ", shape=ellipse",
    "milestone": ", shape=diamond",
    "gate": ", shape=hexagon",
}


def _dot(text: str) -> str:
    """A quoted string of DOT; a line break of the text becomes one of the drawing."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def to_mermaid(schedule: Schedule, protocol: Protocol) -> str:
    """A drawing for Mermaid, which code hosts show in Markdown."""
    drawing = _Drawing(schedule, protocol)
    names = _mermaid_names(schedule)
    lines = ["flowchart LR"]
    for stage, title, numbers in drawing.by_stage():
        indent = "  "
        if stage is not None:
            lines.append(f'  subgraph stage_{stage}["{_mermaid(title)}"]')
            indent = "    "
        for number in numbers:
            node = schedule.nodes[number]
            left, right = _MERMAID_SHAPES.get(node.kind, ("[", "]"))
            label = "<br/>".join(_mermaid(line) for line in drawing.lines_of(node))
            lines.append(f'{indent}{names[number]}{left}"{label}"{right}')
        if stage is not None:
            lines.append("  end")
    for source, target, text, dashed in drawing.lines:
        arrow = "-.->" if dashed else "-->"
        label = f'|"{_mermaid(text)}"|' if text else ""
        lines.append(f"  {names[source]} {arrow}{label} {names[target]}")
    if unforeseen := [names[number] for number in drawing.shown if _is_unforeseen(schedule.nodes[number])]:
        lines += ["  classDef unforeseen stroke-dasharray:4 3", f"  class {','.join(unforeseen)} unforeseen"]
    return "\n".join(lines) + "\n"


_MERMAID_SHAPES = {"event": ("([", "])"), "anchor": ("([", "])"), "milestone": ("{{", "}}"), "gate": ("{", "}")}
_MERMAID_PLAIN = frozenset(" .,:+-/±−–%")


def _mermaid(text: str) -> str:
    """Text in quotes: what Mermaid, Markdown or HTML could read as theirs is written as a character code."""
    return "".join(each if each.isalnum() or each in _MERMAID_PLAIN else f"#{ord(each)};" for each in visible(text))


def _mermaid_names(schedule: Schedule) -> list[str]:
    """A name of letters, digits and underscores for each node, never a word of Mermaid's own."""
    found: list[str] = []
    taken: set[str] = set()
    for node in schedule.nodes:
        name = "n_" + "".join(each if each.isascii() and each.isalnum() else "_" for each in node.id)
        while name in taken:
            name += "_"
        taken.add(name)
        found.append(name)
    return found


def write(schedule: Schedule, protocol: Protocol, format: str) -> str:
    """The graph in one of `FORMATS`."""
    if format == "json":
        return to_json(schedule, protocol)
    if format == "graphml":
        return to_graphml(schedule)
    return to_dot(schedule, protocol) if format == "dot" else to_mermaid(schedule, protocol)
