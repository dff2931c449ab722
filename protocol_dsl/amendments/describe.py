"""A change in one line for people."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from protocol_dsl.amendments.records import Change
from protocol_dsl.amendments.values import natural

SYMBOLS = {"add": "+", "remove": "-", "update": "~", "move": "→", "rename": "»"}
_KINDS = {
    "visits": "visit", "stages": "stage", "groups": "group", "assessments": "assess", "collections": "collect",
    "endpoints": "endpoint", "objectives": "objective", "products": "product", "populations": "population",
    "arms": "arm", "facts": "fact", "events": "event", "units": "define", "orders": "order", "gates": "gate",
    "administrations": "give", "doses": "dose", "escalations": "escalation", "cohorts": "cohort", "rules": "",
    "study": "protocol", "criteria": "", "forms": "form", "codelists": "codelist", "instruments": "instrument",
    "sections": "section", "translations": "translate", "amendments": "amendment", "randomization": "randomize",
    "levels": "level", "analysis_sets": "analysis_set", "estimands": "estimand", "interims": "interim",
    "cycles": "cycles",
    "series": "series", "time_points": "timepoints", "results": "result", "fields": "field", "choices": "code",
    "sites": "site", "organisations": "", "dates": "date", "contacts": "contact", "investigators": "investigator",
    "registrations": "registry", "identifiers": "id", "tables": "", "sampling": "times at", "conditions": "condition",
    "keywords": "keyword", "masked": "masking of", "requirements": "require", "durations": "duration",
    "options": "option", "items": "item", "labels": "", "official_title": "title", "notes": "",
}  # fmt: skip
"""What the language calls a part of the model; an empty one is clear without."""
LONGEST = 100


class Described(NamedTuple):
    """`head` names what changed, `old` and `new` are its texts, `text` is all of it."""

    head: str
    old: str
    new: str

    @property
    def text(self) -> str:
        """One line."""
        if self.old and self.new:
            return f"{self.head}: {self.old} → {self.new}"
        return f"{self.head}{': ' if self.old or self.new else ''}{self.old or self.new}"


def described(change: Change, longest: int = LONGEST) -> Described:
    """The change in words; texts longer than `longest` characters are cut around what differs."""
    if change.action == "rename":
        return Described(f"{head(change.path[:-1])}".strip(), str(change.old), str(change.new))
    if change.action == "move":
        return Described(head(change.path), f"place {change.old}", f"place {change.new}")
    path = change.path
    if path[0] == "amendments" and len(path) == 2:
        return Described("amendment block", "" if change.action == "add" else path[1], path[1] if change.new else "")
    is_member = change.old == path[-1] if change.action == "remove" else change.new == path[-1]
    if change.action in ("add", "remove") and is_member and len(path) > 1:
        if path[0] == "notes":
            kind, _, text = path[-1].partition(": ")
            return _came_or_went(change, kind, cut(text, longest))
        word = {"visits": "at", "optional_at": "optional at", "populations": "for", "arms": "for"}.get(path[-2], "")
        return _came_or_went(change, f"{head(path[: -2 if word else -1])} {word}".strip(), cut(path[-1], longest))
    old, new = (value_text(each) for each in (change.old, change.new))
    if len(old) > longest or len(new) > longest:
        old, new = around(old, new, longest)
    return Described(head(path), old, new)


def _came_or_went(change: Change, head: str, value: str) -> Described:
    return Described(head, value, "") if change.action == "remove" else Described(head, "", value)


def head(path: tuple[str, ...]) -> str:
    """`visit D28 window` for `visits/D28/window`."""
    words = [_KINDS.get(step, step.replace("_", " ")) if at % 2 == 0 or len(path) == 1 else step
             for at, step in enumerate(_paired(path))]  # fmt: skip
    return " ".join(word for word in words if word)


def _paired(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path so that lists and fields stand at even places, names at odd ones."""
    made: list[str] = []
    for step in path:
        is_list = step in _KINDS or (made and len(made) % 2 == 0)
        if is_list and len(made) % 2 and made[-1] in ("study", "eligibility", "dlt", "timeline", "randomization"):
            made.append("")
        made.append(step)
    return tuple(made)


def value_text(value: Any) -> str:
    """A part of a tree as one line: of a thing its label first, then the rest."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(cast("frozenset[str]", value), key=natural))
    if isinstance(value, tuple):
        return ", ".join(value_text(each) for each in cast("tuple[Any, ...]", value))
    if isinstance(value, dict):
        return _thing_text(cast("dict[str, Any]", value))
    return " ".join(str(value).split())


_FIRST = ("kind", "level", "type", "category", "amount", "timing", "window", "measure", "frame")
"""What says most about a thing, and needs no word before it."""


def _thing_text(value: dict[str, Any]) -> str:
    parts: list[str] = []
    for key, inner in sorted(value.items(), key=lambda item: _FIRST.index(item[0]) if item[0] in _FIRST else 9):
        if key == "name" or (key == "contact" and inner == "on_site"):
            continue
        text = value_text(inner)
        if key in ("label", "text"):
            parts.insert(0, f"“{text}”")
        elif key in _FIRST:
            parts.append(text)
        else:
            word = {"visits": "at", "populations": "for", "arms": "for", "results": "with"}.get(key)
            keys = ", ".join(cast("dict[str, Any]", inner)) if isinstance(inner, dict) else text
            parts.append(f"{word or key.replace('_', ' ')} {keys}")
    return cut(" ".join(parts), 2 * LONGEST)


def cut(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def around(old: str, new: str, longest: int) -> tuple[str, str]:
    """Two long texts cut to where they differ, with some words before it."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    start = max(0, old.rfind(" ", 0, max(0, start - longest // 3)) + 1) if start > longest // 2 else 0
    lead = "…" if start else ""
    return lead + cut(old[start:], longest), lead + cut(new[start:], longest)
