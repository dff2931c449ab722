"""Expressions that the compiler itself writes into forms, in the shape that the elaborator gives to written ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from protocol_dsl.expressions.english import english as in_english
from protocol_dsl.model.base import Expression, Origin
from protocol_dsl.quantities import format_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Tree = dict[str, Any]


def name(field: str, label: str, type: str = "number") -> Tree:
    """The value of a field; `type` as in the language: `number`, `boolean`, `choice`, `date`, `text`."""
    return {"op": "name", "kind": "form_field", "name": field, "label": label, "type": type}


def number(value: int | float) -> Tree:
    """A plain number."""
    return {"op": "number", "value": value, "written": format_number(value, "dsl")}


def call(function: str, arguments: Iterable[Tree]) -> Tree:
    """A function of arguments."""
    return {"op": "call", "function": function, "arguments": list(arguments)}


def binary(op: str, left: Tree, right: Tree) -> Tree:
    """`+ - * / ^` of two parts."""
    return {"op": op, "left": left, "right": right}


def compare(operator: str, left: Tree, right: Tree) -> Tree:
    """A comparison of two numbers."""
    return {"op": "compare", "operator": operator, "left": left, "right": right, "numeric": True}


def is_code(left: Tree, code: str, label: str) -> Tree:
    """Whether a coded field has this code."""
    return {"op": "compare", "operator": "=", "left": left, "right": {"op": "code", "value": code, "label": label}}


def known(argument: Tree, *, known: bool = True) -> Tree:
    """Whether a field is filled in, or with `known` false that it is not."""
    return {"op": "known", "known": known, "argument": argument}


def joined(op: str, parts: list[Tree]) -> Tree:
    """`and` or `or` of parts."""
    return parts[0] if len(parts) == 1 else {"op": op, "arguments": parts}


def weighted(item: Tree, weight: int | float | None) -> Tree:
    """An item times its weight."""
    return item if weight in (None, 1) else binary("*", number(weight), item)  # pyright: ignore[reportArgumentType]


def expression(tree: Tree, origin: Origin, english: str | None = None, text: str | None = None) -> Expression:
    """The tree as an expression, its text in the spelling of the language."""
    is_truth = tree["op"] in ("compare", "known", "and", "or", "not", "one_of", "has")
    return Expression(
        text=text or spelled(tree),
        english=english or in_english(tree),
        type="boolean" if is_truth else "number",
        names=tuple(dict.fromkeys(_names(tree))),
        tree=tree,
        origin=origin,
    )


def renamed(given: Expression, names: dict[str, str]) -> Expression:
    """The expression with new names for what it speaks of; people read labels, so its English stays."""
    return given.model_copy(
        update={
            "text": re.sub(r"\w+", lambda match: names.get(match[0], match[0]), given.text),
            "names": tuple(names.get(each, each) for each in given.names),
            "tree": _mapped(given.tree, _rename(names)),
        }
    )


def relabelled(given: Expression, labels: dict[str, str]) -> Expression:
    """The expression with new labels, by name, and its English written anew where one changed."""
    tree = _mapped(given.tree, _relabel(labels))
    return given if tree == given.tree else given.model_copy(update={"tree": tree, "english": in_english(tree)})


def spelled(tree: Tree) -> str:
    """A compiler-made tree in the spelling of the language; brackets wherever two operators meet."""
    op = tree["op"]
    if op in ("name", "number", "code"):
        return str(tree.get("written") or tree.get("name") or tree.get("value"))
    if op == "call":
        return f"{tree['function']}({', '.join(spelled(each) for each in tree['arguments'])})"
    if op in ("and", "or"):
        return f" {op} ".join(_bracketed(each) for each in tree["arguments"])
    if op == "known":
        return f"{_bracketed(tree['argument'])} is {'known' if tree['known'] else 'missing'}"
    sign = tree["operator"] if op == "compare" else op
    return f"{_bracketed(tree['left'])} {sign} {_bracketed(tree['right'])}"


def _bracketed(tree: Tree) -> str:
    inner = spelled(tree)
    return inner if tree["op"] in ("name", "number", "code", "call", "compare", "known") else f"({inner})"


def _names(tree: Any) -> Iterable[str]:
    if isinstance(tree, dict):
        node: Tree = tree  # pyright: ignore[reportUnknownVariableType]
        if node.get("op") == "name":
            yield node["name"]
        for value in node.values():
            yield from _names(value)
    elif isinstance(tree, list):
        for value in tree:  # pyright: ignore[reportUnknownVariableType]
            yield from _names(value)


def _rename(names: dict[str, str]) -> Callable[[Tree], Tree]:
    return lambda node: {**node, "name": names.get(node["name"], node["name"])}


def _relabel(labels: dict[str, str]) -> Callable[[Tree], Tree]:
    return lambda node: {**node, "label": labels.get(node["name"], node.get("label"))}


def _mapped(tree: Any, change: Callable[[Tree], Tree]) -> Any:
    """The tree with every name node changed."""
    if isinstance(tree, dict):
        node: Tree = tree  # pyright: ignore[reportUnknownVariableType]
        node = {key: _mapped(value, change) for key, value in node.items()}
        return change(node) if node.get("op") == "name" else node
    if isinstance(tree, list):
        return [_mapped(value, change) for value in tree]  # pyright: ignore[reportUnknownVariableType]
    return tree
