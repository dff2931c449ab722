"""The answer of `protoc why` as data and as text: the days of a point in time, and the statements that bind them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from protocol_dsl.schedule.explain import Explainer, apart, day_text
from protocol_dsl.schedule.reasons import Bound, bases, reasons

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.schedule.build import Schedule, Statement
    from protocol_dsl.schedule.explain import Step

View = dict[str, Any]

VERSION = 1


def view(protocol: Protocol, schedule: Schedule, node: int, base: int) -> View:
    """Everything about the days of a node, from `base` and from each other point that days are counted from.

    The schedule must be without conflicts.
    """
    explain = Explainer(schedule, protocol.timeline)
    found = reasons(schedule, explain, node, base)
    at = schedule.nodes[node]
    view: View = {
        "version": VERSION,
        "protocol": protocol.study.name,
        "point": {"id": at.id, "kind": at.kind, "name": at.name, "label": at.label},
        "from": schedule.nodes[base].id,
        "unit": "day",
    }
    if found.declared is not None:
        view["declared"] = {"text": found.declared.text, **_place(found.declared)}
    view["earliest"] = _bound(schedule, explain, found.earliest, base)
    view["latest"] = _bound(schedule, explain, found.latest, base)
    view["windows"] = [
        {"from": schedule.nodes[other].id, "earliest": low, "latest": high}
        for other, (low, high) in windows(schedule, protocol, node).items()
    ]
    return view


def windows(schedule: Schedule, protocol: Protocol, node: int) -> dict[int, tuple[int | None, int | None]]:
    """The days of a node after each other base; those without any limit are left out."""
    from protocol_dsl.schedule import network

    found: dict[int, tuple[int | None, int | None]] = {}
    # The days of a base after the node, the other way round: one run gives all of them.
    seen_from = network.bounds(len(schedule.nodes), schedule.constraints, node)
    for base in bases(schedule, protocol):
        early, late = seen_from[base]
        if base != node and (early is not None or late is not None):
            found[base] = (None if late is None else -late, None if early is None else -early)
    return found


def text(view: View) -> str:
    """For people: what is declared, both ends of the window with their chains, the window from other points."""
    point = view["point"]
    title = point["id"] if point["label"] in ("", point["name"]) else f"{point['id']} “{point['label']}”"
    lines = [title]
    if "declared" in view:
        lines.append(f"  declared: {view['declared']['text']}  ({view['declared']['place']})")
    lines.append(f"  possible: {_window(view)}")
    for side in ("earliest", "latest"):
        lines += ["", *_chain(side, view[side])]
    others = [each for each in view["windows"] if each["from"] != view["from"]]
    if others:
        lines += ["", "From other points"]
        lines += [f"  {apart(each['earliest'], each['latest'], each['from'])}" for each in others]
    return "\n".join(lines) + "\n"


def _bound(schedule: Schedule, explain: Explainer, bound: Bound, base: int) -> View | None:
    if bound.day is None:
        return None

    def said(day: int) -> str:
        if base == schedule.anchor:
            return day_text(explain.timeline, day)
        return apart(day, day, explain.name(base))

    return {
        "days": bound.day,
        "said": said(bound.day),
        "steps": [_step(schedule, step, said(step.sum)) for step in bound.steps],
    }


def _step(schedule: Schedule, step: Step, said: str) -> View:
    statement = schedule.statement_of(step.constraint)
    return {
        "source": schedule.nodes[step.constraint.source].id,
        "target": schedule.nodes[step.constraint.target].id,
        "sentence": step.sentence,
        "sum": step.sum,
        "said": said,
        "statement": statement.text,
        "derived": statement.derived,
        **_place(statement),
    }


def _place(statement: Statement) -> View:
    origin = statement.origin
    place = f"{os.path.basename(origin.file)}:{origin.line}"
    return {"file": origin.file, "line": origin.line, "column": origin.column, "place": place}


def _window(view: View) -> str:
    earliest, latest = view["earliest"], view["latest"]
    first, last = (None if bound is None else bound["said"] for bound in (earliest, latest))
    if not str(first or last).startswith("Day "):
        low, high = (None if bound is None else bound["days"] for bound in (earliest, latest))
        return apart(low, high, view["from"])
    if first is None or last is None:
        return f"not after {last}" if first is None else f"not before {first}"
    return first if first == last else f"{first} to {last.removeprefix('Day ')}"


def _chain(side: str, bound: View | None) -> list[str]:
    if bound is None:
        return [f"No {side} day: nothing binds it"]
    lines = [f"{side.capitalize()}: {bound['said']}"]
    rows = [(step["said"], step["sentence"], step) for step in bound["steps"]]
    width = max((len(said) for said, _, _ in rows), default=0)
    long = max((len(sentence) for _, sentence, _ in rows), default=0)
    for said, sentence, step in rows:
        statement = "" if step["statement"] == sentence else f"  {step['statement']}"
        lines.append(f"  {said:<{width}}  {sentence:<{long}}{statement}  ({step['place']})")
    return lines
