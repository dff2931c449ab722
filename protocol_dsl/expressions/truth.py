"""Conditions with two truth values, as they are joined, turned round and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""The comparison that holds where the other does not, of two values that are known."""


class All(NamedTuple):
    """All of these conditions."""

    parts: tuple[Condition, ...]


class OneOf(NamedTuple):
    """One of these conditions at least."""

    parts: tuple[Condition, ...]


class Comparison(NamedTuple):
    """A comparison of values that are known, because `known(…)` stands before it."""

    left: str
    sign: str
    right: str


class Not(NamedTuple):
    """A condition in brackets that does not hold."""

    atom: str


Condition = bool | str | All | OneOf | Comparison | Not


def joined(is_all: bool, parts: Iterable[Condition]) -> Condition:
    """All or one of the parts, without repetition; nested parts of the same sort are taken up."""
    kept: dict[Condition, None] = {}
    for part in parts:
        if isinstance(part, bool):
            if part != is_all:
                return part
            continue
        kept.update(dict.fromkeys(part.parts if isinstance(part, All if is_all else OneOf) else (part,)))
    if not kept:
        return is_all
    if len(kept) == 1:
        return next(iter(kept))
    return All(tuple(kept)) if is_all else OneOf(tuple(kept))


def opposite(condition: Condition) -> Condition:
    """The condition that holds exactly where this one does not."""
    if isinstance(condition, bool):
        return not condition
    if isinstance(condition, Not):
        return condition.atom
    if isinstance(condition, Comparison):
        return condition._replace(sign=OPPOSITE[condition.sign])
    if isinstance(condition, (All, OneOf)):
        return joined(isinstance(condition, OneOf), map(opposite, condition.parts))
    return Not(condition)


def text(condition: Condition) -> str:
    """As text; brackets only where a condition of another sort begins."""
    if isinstance(condition, bool):
        return str(condition).lower()
    if isinstance(condition, str):
        return condition
    if isinstance(condition, Comparison):
        return " ".join(condition)
    if isinstance(condition, Not):
        return f"not {condition.atom}" if condition.atom.startswith("known(") else f"not ({condition.atom})"
    word = " and " if isinstance(condition, All) else " or "
    return word.join(_inner(condition))


def _inner(condition: All | OneOf) -> Iterator[str]:
    for part in condition.parts:
        yield f"({text(part)})" if isinstance(part, (All, OneOf)) else text(part)
