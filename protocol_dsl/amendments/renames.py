"""Renames: those that the author declares by `@renamed_from`, and those that look like one.

A renamed thing is renamed in the older tree wherever its name is used, so that nothing else counts as changed by it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from protocol_dsl.amendments.canonical import Keyed, Ordered, Tree, members
from protocol_dsl.amendments.records import Change, Path
from protocol_dsl.diagnostics.suggest import edit_distance

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol

_PROSE = frozenset(
    (
        "label", "text", "description", "summary", "rationale", "official_title", "brief_title", "acronym", "remarks",
        "keywords", "conditions", "aliases", "instructions", "citation", "evaluable", "effect", "reported", "method",
        "specimen", "notes", "sections", "translations", "version", "version_date", "amendments",
    )
)  # fmt: skip
"""Fields that hold words for people; a name in them was filled in by its label, or stands there by chance."""

_CONTAINERS = (
    "visits", "stages", "groups", "events", "products", "populations", "arms", "facts", "assessments", "collections",
    "time_points", "cohorts", "objectives", "endpoints", "analysis_sets", "estimands", "interims", "instruments",
    "forms", "cycles", "gates", "escalations", "sections",
)  # fmt: skip
_INNER = (
    ("assessments", "results"),
    ("doses", "levels"),
    ("eligibility", "criteria"),
    ("dlt", "criteria"),
    ("forms", "fields"),
    ("forms", "checks"),
    ("instruments", "items"),
    ("instruments", "totals"),
    ("rules", "rules"),
    ("gates", "requirements"),
)


def renames(old: Tree, new: Tree, protocol: Protocol) -> tuple[Tree, list[Change]]:
    """The older tree with the newer names, and a record of each rename; `protocol` is the newer one, with its notes."""
    found: list[Change] = []
    said = _said(protocol)
    for path in _lists(old, new):
        olds, news = _at(old, path), _at(new, path)
        if not isinstance(olds, Keyed) or not isinstance(news, Keyed):
            continue
        gone = [key for key in olds if key not in news]
        if not gone:
            continue
        fresh = [key for key in news if key not in olds]
        for key in fresh:
            before = next((name for name in said.get((*path, key), ()) if name in gone), None)
            is_guess = before is None
            if before is None and len(gone) * len(fresh) <= _MOST_PAIRS:
                before = _guess(olds, news, key, gone)
            if before is None:
                continue
            gone.remove(before)
            found.append(Change("rename", (*path, key), before, key, is_guess=is_guess))
            old = renamed(old, (*path, key), before, key)
            olds = _at(old, path)
    return old, found


_MOST_PAIRS = 400
"""More pairs than this are not looked through for guesses."""


def _lists(old: Tree, new: Tree) -> list[Path]:
    found: list[Path] = [(name,) for name in _CONTAINERS]
    for first, second in _INNER:
        at = new.get(first)
        if isinstance(at, Keyed):
            found += [(first, key, second) for key in at]
        elif at is not None:
            found.append((first, second))
    return found


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        if not isinstance(tree, dict):
            return None
        tree = cast("dict[str, Any]", tree).get(step)
    return tree


def _said(protocol: Protocol) -> dict[Path, list[str]]:
    """The old names that the author declares, by the path of the new ones.

    All visits of a series have the notes that stand before it: those that are new take the names in their order.
    """
    if not protocol.noted("renamed_from"):
        return {}
    found: dict[Path, list[str]] = {}

    def look(owner: Any, path: Path) -> None:
        for key, part in members(owner, path[-1]):
            for note in getattr(part, "notes", ()):
                if note.kind == "renamed_from" and note.code:
                    found.setdefault((*path, key), []).append(note.code)

    for name in _CONTAINERS:
        look(protocol, (name,))
    for first, second in _INNER:
        at = getattr(protocol, first)
        if isinstance(at, tuple):
            for key, part in members(protocol, first):
                look(part, (first, key, second))
        elif at is not None:
            look(at, (first, second))
    return found


def _guess(olds: Keyed, news: Keyed, key: str, gone: list[str]) -> str | None:
    """The one thing that is gone and says the same under a similar name, or with the same label."""
    content = _content(news[key])
    label = _label(news[key])
    same = [
        name
        for name in gone
        if _content(olds[name]) == content
        and (_are_similar(name, key) or (label is not None and _label(olds[name]) == label))
        and (content or label is not None)
    ]
    return same[0] if len(same) == 1 else None


def _content(thing: Any) -> Any:
    if not isinstance(thing, dict):
        return thing
    return {field: value for field, value in cast("dict[str, Any]", thing).items() if field not in ("name", "label")}


def _label(thing: Any) -> str | None:
    return cast("dict[str, Any]", thing).get("label") if isinstance(thing, dict) else None


def _are_similar(one: str, other: str) -> bool:
    return edit_distance(one.casefold(), other.casefold()) <= max(1, max(len(one), len(other)) // 2)


def renamed(tree: Tree, path: Path, before: str, after: str) -> Tree:
    """The tree with the thing at `path` called `after` instead of `before`, there and wherever it is named."""
    word = re.compile(rf"(?<![\w.]){re.escape(before)}(?!\w)")
    owner = path[:-1]

    def text(value: str) -> str:
        return word.sub(lambda _: after, value) if before in value else value

    def walk(value: Any, at: Path) -> Any:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, frozenset):
            return frozenset(map(text, cast("frozenset[str]", value)))
        if isinstance(value, tuple):
            return tuple(text(each) if isinstance(each, str) else each for each in cast("tuple[Any, ...]", value))
        if not isinstance(value, dict):
            return value
        parts = cast("dict[str, Any]", value)
        is_list = isinstance(parts, Keyed)
        made: dict[str, Any] = {}
        for key, inner in parts.items():
            if at == owner:
                name = after if key == before else key
            else:
                name = text(key) if is_list and not _is_named(at) else key
            made[name] = inner if key in _PROSE and not is_list else walk(inner, (*at, name))
        if at == (*owner, after) and made.get("name") == before:
            made["name"] = after
        return Ordered(made) if isinstance(parts, Ordered) else Keyed(made) if is_list else made

    return walk(tree, ())


_KEYED_BY_OTHERS = frozenset(("administrations", "orders", "rules", "sampling", "series", "doses"))


def _is_named(path: Path) -> bool:
    """Whether the keys of a list are names of its own, not made of the names of other things."""
    return path[-1:] != () and path[-1] not in _KEYED_BY_OTHERS
