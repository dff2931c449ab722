"""Expressions in English, as criteria, footnotes and edit checks print them."""

from __future__ import annotations

from typing import Any

from protocol_dsl.model import wording
from protocol_dsl.model.base import Quantity

COMPARISONS = {"=": "is", "!=": "is not", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
CALLS = {
    "count": "number of {0}",
    "change": "change in {0}",
    "percent_change": "percent change in {0}",
    "auc": "area under the curve of {0}",
    "cmax": "maximum of {0}",
    "tmax": "time to maximum of {0}",
    "time_to": "time to {0}",
    "response": "response in {0}",
    "rate": "rate of {0}",
    "incidence": "incidence of {0}",
    "duration": "duration of {0}",
    "proportion": "proportion with {0}",
    "baseline": "{0} at baseline",
    "days": "days from {0} to {1}",
    "weeks": "weeks from {0} to {1}",
    "years": "years from {0} to {1}",
    "sqrt": "√({0})",
    "ln": "ln({0})",
    "abs": "|{0}|",
}
_TIGHT = {
    "or": 1,
    "and": 2,
    "not": 3,
    "compare": 4,
    "known": 4,
    "one_of": 4,
    "has": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "negative": 7,
    "^": 8,
}
_ENCLOSED = frozenset(("sqrt", "ln", "abs"))
"""Functions whose pattern closes around what stands in it."""
_CONDITIONS = frozenset(("or", "and", "not", "compare", "known", "one_of", "has"))
_CASES, _LISTED = 0.4, 0.5
"""How loosely the cases of a `when` hang together, and the codes of an `is one_of`, which an “or” parts."""


def english(tree: dict[str, Any], outer: float = 0) -> str:
    """An expression for people; brackets only where the sense needs them."""
    text = _english(tree)
    return f"({text})" if _tight(tree) < outer else text


def _tight(tree: dict[str, Any]) -> float:
    """How firmly the parts of an expression hang together; one of less than its surroundings stands in brackets."""
    op = tree["op"]
    if op == "one_of" and len(tree["values"]) > 1:
        return _LISTED
    if op == "convert":
        return _tight(tree["argument"])
    if op != "call":
        return _TIGHT.get(op, 9)
    if tree["function"] == "when":
        return _CASES
    is_open = tree["function"] in CALLS and tree["function"] not in _ENCLOSED
    if not is_open:
        return 9
    inner = [_tight(each) for each in tree["arguments"]]
    return _LISTED if min(inner) < 4 else 4.5 if min(inner) < 9 else 6.5


def _english(tree: dict[str, Any]) -> str:
    op = tree["op"]
    if op == "number":
        return wording.number(tree["value"], tree.get("written"))
    if op == "quantity":
        return wording.quantity(
            Quantity.model_construct(value=tree["value"], unit=tree["unit"], ucum="", written=tree["written"])
        )
    if op == "name":
        visit = tree.get("visit")
        return tree["label"] + (f" at {visit}" if visit else "")
    if op in ("code", "text", "date"):
        return tree.get("label") or str(tree["value"])
    if op in ("and", "or"):
        tight = _TIGHT[op] + (1 if op == "and" else 0)
        return f" {op} ".join(english(part, tight) for part in tree["arguments"])
    if op == "not":
        return _negated(tree["argument"])
    if op == "compare":
        return _comparison(tree)
    if op == "known":
        return f"{english(tree['argument'], 5)} is {'known' if tree['known'] else 'missing'}"
    if op == "one_of":
        return f"{english(tree['argument'], 5)} is {wording.listing([english(v) for v in tree['values']], 'or')}"
    if op == "has":
        return f"{english(tree['argument'], 5)} includes {english(tree['value'])}"
    if op == "convert":
        return english(tree["argument"], 7)
    if op == "negative":
        return wording.MINUS + english(tree["argument"], 7)
    if op == "call":
        return _call(tree)
    left, right = tree["left"], tree["right"]
    sign = {"*": "×", "-": wording.MINUS, "/": "/"}.get(op, op)
    tight = _TIGHT[op]
    return (
        f"{english(left, tight)} {sign} {english(right, tight + 1)}"
        if op != "^"
        else f"{english(left, 9)}^{english(right, 9)}"
    )


def _comparison(tree: dict[str, Any]) -> str:
    left, right = english(tree["left"], 5), english(tree["right"], 5)
    operator = tree["operator"]
    if right in ("yes", "no") and operator in ("=", "!="):
        return f"{left}: {right if operator == '=' else {'yes': 'no', 'no': 'yes'}[right]}"
    if tree.get("numeric") and operator in ("=", "!="):
        return f"{left} {'=' if operator == '=' else '≠'} {right}"
    return f"{left} {COMPARISONS[operator]} {right}"


def _negated(tree: dict[str, Any]) -> str:
    if tree["op"] == "name":
        return f"not {wording.small(tree['label'])}"
    return f"not {english(tree, 4)}"


def _call(tree: dict[str, Any]) -> str:
    function, arguments = tree["function"], tree["arguments"]
    pattern = CALLS.get(function)
    if pattern is not None and len(arguments) == pattern.count("{"):
        # “Change in A + B” would be the change in A, plus B.
        open_to = [0.0 if function in _ENCLOSED or each["op"] in _CONDITIONS else 9 for each in arguments]
        parts = [english(each, outer) for each, outer in zip(arguments, open_to, strict=True)]
        if function == "count" and arguments[0]["op"] != "name":
            pattern = "number with {0}"  # “number of A ≥ 3” compares the number of A
        return pattern.format(*(wording.small(part) for part in parts))
    parts = [english(argument, _LISTED if function == "when" else 1) for argument in arguments]
    if function == "when" and len(parts) >= 3:
        steps = [f"{parts[i + 1]} if {parts[i]}" for i in range(0, len(parts) - 1, 2)]
        return "; ".join([*steps, f"otherwise {parts[-1]}"] if len(parts) % 2 else steps)
    return f"{function}({', '.join(parts)})"
