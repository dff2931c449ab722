"""Two compiled versions, compared: changes, what they are, what follows from them, what the amendment block lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from protocol_dsl.amendments.canonical import place, tree
from protocol_dsl.amendments.compare import compare
from protocol_dsl.amendments.records import Change, Comparison, Effect
from protocol_dsl.amendments.renames import renames

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.pipeline import Compiled


def changes(old: Protocol, new: Protocol) -> list[Change]:
    """What changed from one protocol to the other: renames first, then in the order of the model; not classified."""
    before, after = tree(old), tree(new)
    before, found = renames(before, after, new)
    return found + compare(before, after)


def compared(old: Compiled, new: Compiled) -> Comparison:
    """Compare two compiled versions, both without errors of syntax, names and quantities."""
    from protocol_dsl.amendments.classify import classified
    from protocol_dsl.amendments.effects import effects
    from protocol_dsl.amendments.pair import Pair
    from protocol_dsl.amendments.rationale import amendment_of, review

    assert old.protocol is not None
    assert new.protocol is not None
    found = changes(old.protocol, new.protocol)
    if not found:
        return Comparison(old, new, [], [], [], amendment_of(old.protocol, new.protocol))
    before = {change.path: cast("str", change.old) for change in found if change.action == "rename"}
    found = [
        change._replace(
            old_place=None if change.action == "add" else place(old.protocol, _old_path(change.path, before)),
            new_place=None if change.action == "remove" else place(new.protocol, change.path),
        )
        for change in found
    ]
    pair = Pair(old, new, found)
    follows = effects(pair)
    in_registry = _in_registry(follows)
    found = [classified(change, pair.facts, in_registry) for change in found]
    amendment = amendment_of(old.protocol, new.protocol)
    found, diagnostics = review(pair, found, amendment)
    return Comparison(old, new, found, follows, diagnostics, amendment)


def _in_registry(follows: list[Effect]) -> Callable[[Change], bool]:
    """Tells of a change whether the text of the registry record can have changed by it."""
    if not any(effect.kind == "registry" for effect in follows):
        return _never
    from protocol_dsl.amendments.registry_effects import touched

    return touched(follows)


def _never(change: Change) -> bool:
    return False


def _old_path(path: tuple[str, ...], before: dict[tuple[str, ...], str]) -> tuple[str, ...]:
    """A path with the names that things had before they were renamed."""
    return tuple(before.get(path[: at + 1], step) for at, step in enumerate(path))
