"""The class of a change and what it suggests, by the rules of `rules.toml`."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from protocol_dsl.amendments.records import FLAGS, Change, Flag, Path

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rules.toml")
EQUIVALENT = "equivalent"
"""The fact that the newer value means the same: no rule about what the value is for has to do with it."""
ALL_BUT_RENAME = frozenset(("add", "remove", "update", "move"))


class Class(NamedTuple):
    """A class of changes: what it suggests, and by which source."""

    id: str
    title: str
    flags: dict[str, str]
    source: str


class ChangeRule(NamedTuple):
    """A row of the rules file, with the flags of its class where it has none of its own."""

    id: str
    klass: str
    title: str
    paths: tuple[Path, ...]
    others: tuple[Path, ...]
    actions: frozenset[str]
    when: frozenset[str]
    flags: dict[str, str]
    source: str


class Rules(NamedTuple):
    """The rules file. `classes` from the highest to the lowest; `documents` by family, with the parts they show.

    `reasons` of an amendment in the words of ICH M11, each with its code.
    """

    classes: tuple[Class, ...]
    rules: tuple[ChangeRule, ...]
    documents: dict[str, tuple[str, ...]]
    reasons: dict[str, tuple[str, str]]

    def rule(self, name: str) -> ChangeRule:
        """The rule with this id."""
        return next(rule for rule in self.rules if rule.id == name)

    def rank(self, klass: str) -> int:
        """0 for the highest class."""
        return next(place for place, each in enumerate(self.classes) if each.id == klass)


@cache
def rules() -> Rules:
    """The rules that the program brings."""
    import tomllib

    with open(FILE, "rb") as handle:
        data = tomllib.load(handle)
    return read(data)


def read(data: dict[str, Any]) -> Rules:
    """Rules from the data of a file."""
    classes = tuple(Class(each["id"], each["title"], each["flags"], each["source"]) for each in data["class"])
    of_class = {each.id: each for each in classes}
    made = [_rule(each, of_class[each["class"]]) for each in data["rule"]]
    rank = {each.id: place for place, each in enumerate(classes)}
    made.sort(key=lambda rule: rank[rule.klass])
    documents = {name: tuple(parts) for name, parts in cast("dict[str, list[str]]", data["documents"]).items()}
    reasons = {name: (text, code) for name, (text, code) in cast("dict[str, list[str]]", data["reasons"]).items()}
    return Rules(classes, tuple(made), documents, reasons)


def _rule(data: dict[str, Any], klass: Class) -> ChangeRule:
    return ChangeRule(
        data["id"],
        klass.id,
        data["title"],
        tuple(tuple(path.split("/")) for path in data["paths"]),
        tuple(tuple(path.split("/")) for path in data.get("except", ())),
        frozenset(data.get("action", ALL_BUT_RENAME)),
        frozenset(data.get("when", ())),
        {**klass.flags, **data.get("flags", {})},
        data.get("source", klass.source),
    )


def fits(pattern: Path, path: Path) -> bool:
    """Whether a path is one of a pattern: `*` is any one name, a final `**` any number of them."""
    if pattern[-1] == "**":
        head = pattern[:-1]
        return len(path) >= len(head) and all(mine in ("*", name) for mine, name in zip(head, path, strict=False))
    return len(path) == len(pattern) and all(mine in ("*", name) for mine, name in zip(pattern, path, strict=True))


def classified(
    change: Change, facts: Callable[[Change], frozenset[str]], changes_registry: Callable[[Change], bool]
) -> Change:
    """A change with its class, rule and flags."""
    known: frozenset[str] | None = facts(change) if change.action == "update" else None
    is_equivalent = known is not None and EQUIVALENT in known
    for rule in rules().rules:
        if is_equivalent and EQUIVALENT not in rule.when:
            continue
        if change.action not in rule.actions or not any(fits(pattern, change.path) for pattern in rule.paths):
            continue
        if any(fits(pattern, change.path) for pattern in rule.others):
            continue
        if rule.when:
            known = facts(change) if known is None else known
            if not rule.when <= known:
                continue
        return change._replace(klass=rule.klass, rule=rule.id, flags=_flags(rule, change, changes_registry))
    raise ValueError(f"no rule fits {change.path}")


def _flags(rule: ChangeRule, change: Change, changes_registry: Callable[[Change], bool]) -> dict[str, Flag]:
    made: dict[str, Flag] = {}
    for name in FLAGS:
        value = rule.flags[name]
        if value == "text":
            value = "yes" if changes_registry(change) else "no"
        made[name] = Flag(value, rule.id)
    return made
