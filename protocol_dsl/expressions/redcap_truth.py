"""Two-valued conditions in the logic of REDCap, put together and printed with the brackets that they need."""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """A piece of logic and how tightly it holds together."""

    text: str
    tight: int


class Truth(NamedTuple):
    """A two-valued condition: `and`, `or` of parts, an `atom`, `filled` or `blank` for a field, `true`, `false`."""

    kind: str
    parts: tuple[Truth, ...] = ()
    term: Term = Term("", 0)


OR, AND, COMPARE, PLUS, TIMES, SIGN, ATOM = 1, 2, 3, 4, 5, 6, 9
TRUE, FALSE = Truth("true"), Truth("false")


def atom(text: str, tight: int = COMPARE) -> Truth:
    """A piece of logic as a condition."""
    return Truth("atom", term=Term(text, tight))


def all_of(parts: list[Truth]) -> Truth:
    """That all parts hold."""
    return _join("and", parts, TRUE, FALSE)


def any_of(parts: list[Truth]) -> Truth:
    """That one of the parts holds."""
    return _join("or", parts, FALSE, TRUE)


def _join(kind: str, parts: list[Truth], neutral: Truth, decisive: Truth) -> Truth:
    flat: list[Truth] = []
    for part in parts:
        flat.extend(part.parts if part.kind == kind else (part,))
    kept = list(dict.fromkeys(part for part in flat if part != neutral))
    if decisive in kept:
        return decisive
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else Truth(kind, tuple(kept))


def opposite(truth: Truth) -> Truth:
    """That it does not hold."""
    if truth in (TRUE, FALSE):
        return FALSE if truth == TRUE else TRUE
    if truth.kind in ("and", "or"):
        turned = [opposite(part) for part in truth.parts]
        return any_of(turned) if truth.kind == "and" else all_of(turned)
    if truth.kind in ("filled", "blank"):
        return truth._replace(kind="blank" if truth.kind == "filled" else "filled")
    return atom(f"not ({truth.term.text})", SIGN)


def printed(truth: Truth, outer: int = 0) -> str:
    """The logic of a condition, in brackets where `outer` binds closer."""
    if truth.kind in ("true", "false"):
        return "1 = 1" if truth.kind == "true" else "1 = 0"
    if truth.kind in ("filled", "blank"):
        return f"{truth.term.text} {'<>' if truth.kind == 'filled' else '='} ''"
    if truth.kind == "atom":
        return f"({truth.term.text})" if truth.term.tight < outer else truth.term.text
    own = AND if truth.kind == "and" else OR
    # `and` within `or` and the reverse stand in brackets: readers of logic do not know which binds closer.
    text = f" {truth.kind} ".join(printed(part, COMPARE) for part in truth.parts)
    return f"({text})" if own < outer else text


def bracketed(term: Term, least: int) -> str:
    """A piece of logic, in brackets unless it holds together as `least` does."""
    return f"({term.text})" if term.tight < least else term.text
