"""A protocol as a tree of what it says: by name, without places, notes, and what follows from something else.

A tree is made of `dict` (a part: its fields), `Keyed` (things by their identity), `Ordered` (the same where the order
means something), `frozenset` (values without order), `tuple` (values in order) and plain values. What was not said is
not there. Two protocols that mean the same have equal trees, however they are laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from protocol_dsl.amendments import values
from protocol_dsl.amendments.values import AS_TEXT

if TYPE_CHECKING:
    from protocol_dsl.model.base import Origin, Part
    from protocol_dsl.model.protocol import Protocol

Tree = Any


class Keyed(dict[str, Tree]):
    """Things by their identity; their order means nothing."""


class Ordered(Keyed):
    """Things by their identity in an order that means something, such as dose levels."""


_NOWHERE = frozenset(("origin", "notes", "schema_version", "ucum", "window_origin"))
"""Fields that say nothing about the trial: places, notes, codes that follow from the unit."""

_DERIVED: dict[str, frozenset[str]] = {
    "Visit": frozenset(("series", "number", "cycle", "order", "offset", "earliest", "latest")),
    "Stage": frozenset(("visits",)),
    "Series": frozenset(("text", "members", "every", "after")),
    "Cycle": frozenset(("members",)),
    "Criterion": frozenset(("number",)),
    "CriteriaPassage": frozenset(("before",)),
    "Form": frozenset(("visits", "source", "citation")),
    "Event": frozenset(("built_in",)),
    "Limit": frozenset(("text",)),
    "Limits": frozenset(("lightest_kg",)),
    "Instrument": frozenset(("from_library",)),
}
"""Fields that follow from others: the place of a visit from its timing, the members of a series from its visits."""

_ORDERED = frozenset(
    (
        ("Protocol", "stages"),
        ("DoseScheme", "levels"),
        ("Eligibility", "criteria"),
        ("Criterion", "options"),
        ("Instrument", "items"),
        ("Form", "fields"),
    )
)
"""Lists of named things whose order means something: levels rise, criteria and questions are numbered."""

_SEQUENCES = frozenset(
    (
        ("Randomization", "arms"),
        ("Escalation", "additions"),
        ("Arm", "sequence"),
        ("Arm", "periods"),
        ("Site", "address"),
        ("DecisionRule", "then"),
        ("Gate", "otherwise"),
        ("Form", "instructions"),
    )
)
"""Lists of values whose order means something; all other lists of texts are sets."""

_KEYS: dict[str, Callable[[Any], str]] = {
    "Identifier": lambda part: part.system,
    "Organisation": lambda part: f"{part.role} {part.name}",
    "StudyDate": lambda part: part.kind,
    "Translation": lambda part: part.language,
    "Order": lambda part: f"{part.first} before {part.second}",
    "Series": lambda part: part.members[0] if part.members else part.text,
    "Sampling": lambda part: values.listed(part.visits) or "all visits",
    "RuleSet": lambda part: f"{part.kind} {part.of}" if part.kind == "modifications" and part.of else part.kind,
    "DltTable": lambda part: f"after {part.after}",
    "Stagger": lambda part: f"{part.after} {part.of or ''}".strip(),
    "Amendment": lambda part: part.version,
    "Change": lambda part: part.of,
    "Example": lambda part: part.label,
    "Impact": lambda part: part.kind,
    "FlagDecision": lambda part: part.flag,
    "CriteriaPassage": lambda part: f"{part.kind} {part.text}",
    "Publication": lambda part: part.pmid or part.citation,
    "Link": lambda part: part.url,
    "AvailableData": lambda part: part.number or part.url or part.type or "",
    "Limit": lambda part: f"{part.subject} per {part.period} days" if part.period else f"{part.subject} per {part.per}",
}
"""What a thing without a name is known by."""


def identity(part: Any) -> str | None:
    """The key of a part among its like; None for one that is a mere value."""
    kind = type(part).__name__
    if kind in _KEYS:
        return _KEYS[kind](part)
    if kind == "Administration":
        who = (*part.arms, *part.populations)
        return f"{part.product} for {values.listed(who)}" if who else part.product
    return getattr(part, "name", None) if kind not in AS_TEXT or kind in _NAMED_VALUES else None


_NAMED_VALUES = frozenset(("Intercurrent", "DesignParameter"))


@cache
def fields_of(kind: type[Part]) -> tuple[str, ...]:
    """The fields of a class that say something, base classes first."""
    left_out = _NOWHERE | _DERIVED.get(kind.__name__, frozenset())
    # `inspect` would take longer to import than all of this takes.
    found = dict.fromkeys(name for each in reversed(kind.__mro__) for name in vars(each).get("__annotations__", {}))
    return tuple(name for name in found if name not in left_out and not name.startswith(("_", "model_")))


def keyed(parts: Iterable[Any]) -> list[tuple[str, Any]]:
    """Parts with their keys; the second of one key is `key #2`."""
    seen: dict[str, int] = {}
    found: list[tuple[str, Any]] = []
    for part in parts:
        key = identity(part) or ""
        seen[key] = seen.get(key, 0) + 1
        found.append((key if seen[key] == 1 else f"{key} #{seen[key]}", part))
    return found


def members(owner: Any, field: str) -> list[tuple[str, Any]]:
    """The named parts in a field of a part, as its tree has them: what the library and the language bring is left out.

    Inclusion and exclusion criteria are numbered apart, so their order among each other is none.
    """
    parts: Iterable[Any] = getattr(owner, field)
    if field == "instruments":
        parts = (part for part in parts if not part.from_library)
    elif field == "events":
        parts = (part for part in parts if not part.built_in)
    elif field == "criteria" and type(owner).__name__ == "Eligibility":
        kinds = ("include", "exclude", "washout", "restriction", "option")
        parts = sorted(parts, key=lambda part: kinds.index(part.kind))
    return keyed(parts)


def tree(protocol: Protocol) -> dict[str, Tree]:
    """The tree of a whole protocol; what its notes leave open or to people is in `notes`."""
    made = _part(protocol)
    open_notes = frozenset(
        f"{note.kind}: {note.text}" for note in protocol.noted("assumed", "todo", "discretion") if note.text
    )
    if open_notes:
        made["notes"] = open_notes
    return made


def _part(part: Any) -> dict[str, Tree]:
    kind = cast("type[Part]", type(part))
    name = kind.__name__
    made: dict[str, Tree] = {}
    for field in fields_of(kind):
        value = getattr(part, field)
        if value is None or value == () or (value is False and field not in _NO_IS_SAID):
            continue
        if value.__class__ is tuple:
            value = _several(part, name, field, cast("tuple[Any, ...]", value))
            if not value:
                continue
        elif value.__class__ not in _PLAIN:
            value = one(value)
        made[field] = value
    return made


_PLAIN = frozenset((str, int, float, bool))
_NO_IS_SAID = frozenset(("healthy_volunteers",))
"""Fields in which `no` is an answer; elsewhere it is what holds when nothing is said."""


def one(part: Any) -> Tree:
    """The tree of a single part."""
    kind = type(part).__name__
    if kind in AS_TEXT:
        return AS_TEXT[kind](part)
    if kind == "DltTable":
        rows: list[Any] = part.rows
        return Keyed({f"{n} dlt": values.actions(row.actions) for row in rows for n in range(row.low, row.high + 1)})
    if kind == "Sampling":
        return frozenset(map(values.time_point, part.points))
    if kind == "Choice":
        return part.label
    if isinstance(part, dict):
        return repr(cast("dict[str, Any]", part))
    return _part(part)


def _several(owner: Any, kind: str, field: str, several: tuple[Any, ...]) -> Tree:
    first = several[0]
    if isinstance(first, str):
        return several if (kind, field) in _SEQUENCES else frozenset(several)
    if isinstance(first, (int, float)):
        return several
    if isinstance(first, tuple):
        return _pairs(field, cast("tuple[tuple[Any, ...], ...]", several))
    name = type(first).__name__
    if name == "Choice":
        return Keyed({choice.code: choice.label for choice in several})
    if field in ("above_top", "below_bottom", "above_closed"):
        return values.actions(several)
    if name in AS_TEXT and identity(first) is None:
        texts = [AS_TEXT[name](part) for part in several]
        return tuple(texts) if (kind, field) in _SEQUENCES else frozenset(texts)
    made = Ordered() if (kind, field) in _ORDERED else Keyed()
    for key, part in members(owner, field):
        made[key] = one(part)
    return made


def _pairs(field: str, several: tuple[tuple[Any, ...], ...]) -> Tree:
    if field == "codes":
        return frozenset(f"{system} {value}" for system, value in several)
    return Keyed({str(key): value for key, value in several})


def place(protocol: Protocol, path: tuple[str, ...]) -> Origin | None:
    """Where a path of the tree is said: the nearest part of it that has a place in the text."""
    at: Any = protocol
    found: Origin | None = None
    if path[:1] == ("notes",) and len(path) > 1:
        return next((note.origin for note in protocol.notes if f"{note.kind}: {note.text}" == path[1]), None)
    for step in path:
        at = _step(at, step)
        if at is None:
            break
        found = getattr(at, "origin", None) or found
    return found


def _step(at: Any, step: str) -> Any:
    if isinstance(at, list):
        return dict(cast("list[tuple[str, Any]]", at)).get(step)
    value = getattr(at, step, None)
    if isinstance(value, tuple):
        several = cast("tuple[Any, ...]", value)
        if several and hasattr(several[0], "origin"):
            return members(at, step) if identity(several[0]) is not None else several[0]
        return None
    return value
