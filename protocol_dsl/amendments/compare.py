"""The comparison of two trees: typed records, by name."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, cast

from protocol_dsl.amendments.canonical import Keyed, Ordered, Tree
from protocol_dsl.amendments.records import Change, Path
from protocol_dsl.amendments.values import natural

_ABSENT: Any = object()


def compare(old: Tree, new: Tree) -> list[Change]:
    """The changes from one tree to the other, in the order of the model's fields; renames were dealt with before."""
    found: list[Change] = []
    _compare(old, new, (), found)
    return found


def _compare(old: Any, new: Any, path: Path, found: list[Change]) -> None:
    if old == new and not isinstance(old, dict):
        return
    if isinstance(new, frozenset) and (old is _ABSENT or isinstance(old, frozenset)):
        _sets(cast("frozenset[str]", frozenset() if old is _ABSENT else old), cast("frozenset[str]", new), path, found)
    elif isinstance(old, frozenset) and new is _ABSENT:
        _sets(cast("frozenset[str]", old), frozenset(), path, found)
    elif _is_keyed(old) and _is_keyed(new) and not (old is _ABSENT and new is _ABSENT):
        _things(_things_of(old), _things_of(new), path, found, isinstance(old, Ordered) or isinstance(new, Ordered))
    elif old is _ABSENT:
        found.append(Change("add", path, None, new))
    elif new is _ABSENT:
        found.append(Change("remove", path, old, None))
    elif isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
        for field in {**after, **before}:
            _compare(before.get(field, _ABSENT), after.get(field, _ABSENT), (*path, field), found)
    else:
        found.append(Change("update", path, old, new))


def _is_keyed(value: Any) -> bool:
    return value is _ABSENT or isinstance(value, Keyed)


def _things_of(value: Any) -> Keyed:
    return Keyed() if value is _ABSENT else value


def _sets(old: frozenset[str], new: frozenset[str], path: Path, found: list[Change]) -> None:
    for value in sorted(old - new, key=natural):
        found.append(Change("remove", (*path, value), value, None))
    for value in sorted(new - old, key=natural):
        found.append(Change("add", (*path, value), None, value))


def _things(old: Keyed, new: Keyed, path: Path, found: list[Change], is_ordered: bool) -> None:
    for key, value in old.items():
        if key not in new:
            found.append(Change("remove", (*path, key), value, None))
    places = {key: place for place, key in enumerate(new)} if is_ordered else {}
    moved = _moved([key for key in old if key in new], places) if is_ordered else frozenset[str]()
    for key, value in new.items():
        if key not in old:
            found.append(Change("add", (*path, key), None, value, places.get(key)))
        elif key in moved:
            found.append(Change("move", (*path, key), list(old).index(key) + 1, places[key] + 1))
        if key in old:
            _compare(old[key], value, (*path, key), found)


def _moved(common: list[str], places: dict[str, int]) -> frozenset[str]:
    """The fewest things that have to move for the others to keep their order: those off a longest rising run."""
    tails: list[int] = []
    ends: list[str] = []
    before: dict[str, str | None] = {}
    for key in common:
        at = bisect_left(tails, places[key])
        before[key] = ends[at - 1] if at else None
        tails[at : at + 1] = [places[key]]
        ends[at : at + 1] = [key]
    kept: set[str] = set()
    last = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return frozenset(common) - kept
