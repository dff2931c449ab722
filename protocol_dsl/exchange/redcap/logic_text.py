"""Logic of REDCap in the words of the language, where it means the same; blanks included.

REDCap compares a blank: `[x] <> '1'` holds where nothing is entered. In the language a comparison with a missing value
is missing, so such a part becomes `(x is missing or x != 1)`.
"""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.exchange.redcap.logic import Part, fields

OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
FUNCTIONS = {"round": "round", "abs": "abs", "sqrt": "sqrt", "log": "ln", "exponential": "exp"}
_SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Known(NamedTuple):
    """A field that logic may speak of: its name in the language, its type there, and its codes."""

    name: str
    type: str
    codes: tuple[str, ...] = ()


class Untranslatable(Exception):
    """Logic that the language says in another way, or not at all; the text says what."""


Fields = dict[str, Known]


def shown_if(tree: Part, known: Fields) -> str:
    """The condition under which a field is shown. Raises `Untranslatable`."""
    return _bare(_truth(tree, known, True, guarded=False))


def calculated(tree: Part, known: Fields) -> str:
    """The value of a calculation. Raises `Untranslatable`."""
    return _bare(_value(tree, known))


def _truth(tree: Part, known: Fields, wanted: bool, guarded: bool) -> str:
    """A condition that holds where the logic is `wanted`; with `guarded` it is never missing."""
    if tree.kind == "binary" and tree.name in ("and", "or"):
        word = tree.name if wanted else {"and": "or", "or": "and"}[tree.name]
        parts = [_truth(part, known, wanted, guarded) for part in tree.parts]
        return f"({f' {word} '.join(parts)})"
    if tree.kind == "unary" and tree.name == "not":
        return _truth(tree.parts[0], known, not wanted, guarded)
    if tree.kind == "binary" and tree.name in (*OPPOSITE, "<>"):
        return _comparison(tree, known, wanted, guarded)
    raise Untranslatable("a value that stands for a condition")


def _comparison(tree: Part, known: Fields, wanted: bool, guarded: bool) -> str:
    operator = "!=" if tree.name == "<>" else tree.name
    left, right = tree.parts
    if right.kind == "field" and left.kind in ("text", "number"):
        left, right, operator = right, left, _SWAPPED.get(operator, operator)
    own = _known(left, known) if left.kind == "field" else None
    if right.kind == "text" and not right.name:
        if own is None or left.code is not None or operator not in ("=", "!="):
            raise Untranslatable("a calculation compared with a blank")
        return f"{own.name} is {'missing' if (operator == '=') == wanted else 'known'}"
    if own is not None and left.code is not None:
        return _box(left, right, operator, own, wanted, guarded)
    blank_holds = ((operator == "!=") == wanted and operator in ("=", "!=")) or (not wanted and operator in _SWAPPED)
    names = list(dict.fromkeys(_known(part, known).name for part in fields(tree)))
    if not names:
        raise Untranslatable("a comparison of nothing that is entered")
    if operator in ("=", "!=") and right.kind not in ("text", "number"):
        raise Untranslatable("two values compared, of which both may be blank")
    sign = operator if wanted else OPPOSITE[operator]
    one = own.name if own is not None else _value(left, known)
    text = f"{one} {sign} {_literal(right, own, sign) if right.kind in ('text', 'number') else _value(right, known)}"
    if blank_holds:
        return f"({' or '.join([*(f'{name} is missing' for name in names), text])})"
    return f"({' and '.join([*(f'{name} is known' for name in names), text])})" if guarded else text


def _box(left: Part, right: Part, operator: str, own: Known, wanted: bool, guarded: bool) -> str:
    if own.type != "choices" or left.code not in own.codes or right.name not in ("0", "1"):
        raise Untranslatable(f"a box of {left.name} that is not there")
    if operator not in ("=", "!="):
        raise Untranslatable("an order of boxes")
    ticked = (right.name == "1") == ((operator == "=") == wanted)
    has = f"{own.name} has {left.code}"
    if not ticked:
        return f"({own.name} is missing or not {has})"
    return f"({own.name} is known and {has})" if guarded else has


def _literal(part: Part, own: Known | None, sign: str) -> str:
    if own is not None and own.type == "yes_no":
        if part.name not in ("0", "1") or sign not in ("=", "!="):
            raise Untranslatable(f"{own.name} compared with {part.name}")
        return "yes" if part.name == "1" else "no"
    if own is not None and own.type in ("choice", "choices"):
        if sign in ("=", "!=") and part.name not in own.codes:
            raise Untranslatable(f"{part.name}, which is no code of {own.name}")
        return part.name
    if own is not None and own.type == "text" and part.kind == "text":
        if '"' in part.name or "\\" in part.name:
            raise Untranslatable("a text with quotes")
        return f'"{part.name}"'
    return _number(part)


def _number(part: Part) -> str:
    try:
        float(part.name)
    except ValueError:
        raise Untranslatable(f"“{part.name}” as a number") from None
    return part.name


def _value(tree: Part, known: Fields) -> str:
    if tree.kind == "number":
        return tree.name
    if tree.kind == "text":
        return _number(tree)
    if tree.kind == "field":
        own = _known(tree, known)
        if tree.code is not None or own.type not in ("number", "choice", "date"):
            raise Untranslatable(f"{own.name} as a number")
        return own.name
    if tree.kind == "unary" and tree.name == "-":
        return f"(0 - {_value(tree.parts[0], known)})"
    if tree.kind == "binary" and tree.name in "+-*/^":
        one, other = (_value(part, known) for part in tree.parts)
        return f"({one} {tree.name} {other})"
    if tree.kind == "call":
        return _call(tree, known)
    raise Untranslatable("a condition that stands for a value")


def _call(tree: Part, known: Fields) -> str:
    if tree.name == "if":
        choose, then, otherwise = tree.parts
        parts = [_bare(_truth(choose, known, True, guarded=True)), _bare(_value(then, known))]
        if not (otherwise.kind == "text" and not otherwise.name):
            parts.append(_bare(_value(otherwise, known)))
        return f"when({', '.join(parts)})"
    if tree.name == "datediff":
        return _days(tree, known)
    if tree.name not in FUNCTIONS or (tree.name != "round" and len(tree.parts) > 1):
        raise Untranslatable(f"the function `{tree.name}`")
    return f"{FUNCTIONS[tree.name]}({', '.join(_bare(_value(part, known)) for part in tree.parts)})"


def _days(tree: Part, known: Fields) -> str:
    first, second, unit, *rest = (*tree.parts, Part("text", "d")) if len(tree.parts) == 2 else tree.parts
    if unit.name != "d" or first.kind != "field" or second.kind != "field":
        raise Untranslatable("datediff in another unit than days, or from today")
    days = f"days({_value(first, known)}, {_value(second, known)})"
    return days if any(part.kind == "flag" and part.name == "true" for part in rest) else f"abs({days})"


def _known(part: Part, known: Fields) -> Known:
    if part.event is not None or part.name not in known:
        what = f"[{part.event}][{part.name}]" if part.event else f"[{part.name}]"
        raise Untranslatable(f"it speaks of {what}, which is no field of this form")
    return known[part.name]


def _bare(text: str) -> str:
    """The text without brackets around all of it."""
    if not text.startswith("(") or not text.endswith(")"):
        return text
    depth = 0
    for place, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]
