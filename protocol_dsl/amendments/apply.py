"""The records of a comparison, applied to the older tree, give the newer one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from protocol_dsl.amendments.canonical import Keyed, Ordered, Tree
from protocol_dsl.amendments.records import Change
from protocol_dsl.amendments.renames import renamed


class Mismatch(ValueError):
    """A record does not fit the tree that it is applied to."""


def apply(old: Tree, changes: Iterable[Change]) -> Tree:
    """The newer tree. `old` stays as it is. Raises `Mismatch` when a record speaks of what is not there."""
    records = list(changes)
    made = copy(old)
    for change in records:
        if change.action == "rename":
            made = renamed(made, change.path, change.old, change.new)
    orders: dict[tuple[str, ...], dict[str, int]] = {}
    for change in records:
        if change.action == "move":
            orders.setdefault(change.path[:-1], {})[change.path[-1]] = change.new - 1
        elif change.action != "rename":
            _apply(made, change)
            if change.position is not None:
                orders.setdefault(change.path[:-1], {})[change.path[-1]] = change.position
    for path, places in orders.items():
        _reorder(_owner(made, path), places)
    return _without_empty(made)


def copy(tree: Tree) -> Tree:
    """A tree of its own with the same values."""
    if not isinstance(tree, dict):
        return tree
    parts = cast("dict[str, Any]", tree)
    return type(parts)({key: copy(value) for key, value in parts.items()})


def _owner(tree: Any, path: tuple[str, ...]) -> Any:
    at = tree
    for step in path:
        if not isinstance(at, dict) or step not in at:
            raise Mismatch(f"there is no {'/'.join(path)}")
        at = cast("dict[str, Any]", at)[step]
    return at


def _apply(tree: Any, change: Change) -> None:
    *before, last = change.path
    if change.action == "add" and len(before) == 1 and before[0] not in tree:
        tree[before[0]] = frozenset() if change.new == last else (Ordered if change.position is not None else Keyed)()
    elif change.action == "add" and before:
        owner = _owner(tree, tuple(before[:-1]))
        if before[-1] not in owner:
            owner[before[-1]] = (
                frozenset() if change.new == last else (Ordered if change.position is not None else Keyed)()
            )
    owner = _owner(tree, tuple(before))
    if isinstance(owner, frozenset):
        several = cast("frozenset[str]", owner)
        kept = several | {last} if change.action == "add" else several - {last}
        _owner(tree, tuple(before[:-1]))[before[-1]] = kept
    elif change.action == "remove":
        if last not in owner:
            raise Mismatch(f"there is no {'/'.join(change.path)}")
        del owner[last]
    else:
        owner[last] = copy(change.new)


def _reorder(things: dict[str, Any], places: dict[str, int]) -> None:
    """Put what moved or came in to its place; all others keep their order."""
    others = iter([key for key in things if key not in places])
    by_place = {place: key for key, place in places.items()}
    order = [by_place[place] if place in by_place else next(others) for place in range(len(things))]
    kept = dict(things)
    things.clear()
    things.update((key, kept[key]) for key in order)


def _without_empty(tree: Any) -> Any:
    """A list that became empty is one that was not said."""
    if not isinstance(tree, dict):
        return tree
    parts = cast("dict[str, Any]", tree)
    made = {key: _without_empty(value) for key, value in parts.items()}
    return type(parts)(
        {key: value for key, value in made.items() if not (isinstance(value, (Keyed, frozenset)) and not value)}
    )
