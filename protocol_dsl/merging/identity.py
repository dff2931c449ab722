"""What a statement or clause is known by among its neighbours: the key under which three versions of it meet."""

from __future__ import annotations

from typing import TypeAlias

from protocol_dsl.syntax.nodes import Node

Key: TypeAlias = tuple[object, ...]

# fmt: off
NAMED = frozenset([
    "product", "population", "arm", "fact", "event", "stage", "visit", "group", "gate", "require", "assess", "result",
    "collect", "timepoints", "dose", "level", "criterion", "escalation", "scenario", "cohort", "include", "exclude",
    "option", "washout", "restriction", "decision_rule", "modifications", "stopping", "analysis_set", "estimand",
    "interim", "instrument", "item", "total_value", "form", "field", "derive", "check", "matrix", "row", "section",
    "define", "translation", "limits", "limit", "contingent_duration",
])
"""Statements that are known by the first name in them."""

BY_NAME = NAMED | {"give", "registry", "study_id", "study_date", "choice", "flag", "impact", "translate", "code_clause"}
"""The same, and statements about something that another one declares."""

_BY_SECOND_NAME = frozenset(["objective", "endpoint"])
_BY_TEXT = frozenset([
    "todo", "use", "site", "contact", "investigator", "organisation", "heading", "instructions", "example", "amendment",
])
_BY_TOKEN_TYPE = frozenset(["value_item", "parameter", "study_text"])
_BY_PLACE = frozenset(["change", "removed"])
_MANY_TEXTS = frozenset(["CONDITION", "KEYWORD"])
_CLAUSES = frozenset(["value_type", "at_levels", "within_participant", "item_range"])
# fmt: on

ORDERED = frozenset(
    [
        "stage", "cycles", "level", "include", "exclude", "option", "item", "heading", "field", "derive", "matrix",
        "row", "instructions", "then", "choice",
    ]
)  # fmt: skip
"""Kinds whose order among their neighbours means something: levels rise, criteria and questions are numbered."""


def inner(node: Node) -> Node:
    """The statement itself, without the notes before it."""
    last = node.children[-1] if node.kind == "annotated" and node.children else node
    return last if isinstance(last, Node) else node


def is_clause(node: Node) -> bool:
    """Whether a part of a header is a clause, not a part of the statement's own words."""
    return node.kind.endswith("_clause") or node.kind in _CLAUSES


def name_of(node: Node) -> str | None:
    """The name that a statement declares, if it declares one."""
    here = inner(node)
    if here.kind in NAMED:
        token = here.token("NAME")
    elif here.kind in _BY_SECOND_NAME:
        names = list(here.tokens("NAME"))
        token = names[1] if len(names) > 1 else None
    else:
        return _series(here) if here.kind in ("visits", "cycles") else None
    return token.value if token is not None else None


def _series(node: Node) -> str | None:
    series = node.node("series_range", "series_list")
    token = series.token("NAME") if series is not None else None
    return token.value if token is not None else None


def key_of(node: Node, was: dict[str, str]) -> Key:
    """The key of a statement or clause; `was` gives former names where a version renamed things."""
    here = inner(node)
    kind = here.kind
    name = name_of(node)
    if name is not None:
        return (kind, was.get(name, name))
    if kind in BY_NAME:
        token = here.token("NAME", "NUMBER")
        return (kind, token.value if token is not None else "")
    if kind in _BY_TEXT:
        token = here.token("STRING", "TEXT")
        first = here.children[0] if here.children else None
        role = getattr(first, "type", "") if kind == "organisation" else ""
        return (kind, role, token.value if token is not None else "")
    if kind in _BY_TOKEN_TYPE and here.children:
        type = getattr(here.children[0], "type", "")
        if type in _MANY_TEXTS:
            token = here.token("STRING", "TEXT")
            return (kind, type, token.value if token is not None else "")
        return (kind, type)
    if kind in _BY_PLACE:
        return (kind, *(token.value for child in here.nodes() for token in child.tokens()))
    return (kind,)
