"""Two protocol sections of ClinicalTrials.gov, compared as records: which fields differ, whatever their spelling.

Markup is undone and white space normalised; fields that the registry makes by itself and contact details are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from protocol_dsl.exchange.markup import reflow, unescape
from protocol_dsl.registries.ctgov_fields import field_table


class Difference(NamedTuple):
    """A field that two sections have differently; None where one has no such field. `place` has its indices."""

    place: str
    path: str
    first: Any
    second: Any


def normal(section: Any, path: str = "") -> Any:
    """The section without dropped fields, texts without markup and spare blanks, and without empty parts."""
    if isinstance(section, dict):
        found: dict[str, Any] = {}
        for key, value in cast("dict[str, Any]", section).items():
            inner = f"{path}.{key}" if path else key
            if inner in field_table().dropped:
                continue
            made: Any = normal(value, inner)
            if made is not None and made != "" and made != [] and made != {}:
                found[key] = made
        return found
    if isinstance(section, list):
        return [normal(each, f"{path}[]") for each in cast("list[Any]", section)]
    if isinstance(section, str):
        return reflow(unescape(section)) if path in field_table().markup else " ".join(section.split())
    return section


def differences(first: Any, second: Any) -> list[Difference]:
    """What differs between two sections, field by field, in the order of the first."""
    return list(_differences(normal(first), normal(second), "", ""))


def _differences(first: Any, second: Any, place: str, path: str) -> Iterator[Difference]:
    if isinstance(first, dict) and isinstance(second, dict):
        one, other = cast("dict[str, Any]", first), cast("dict[str, Any]", second)
        for key in dict.fromkeys((*one, *other)):
            dot = "." if path else ""
            yield from _differences(one.get(key), other.get(key), f"{place}{dot}{key}", f"{path}{dot}{key}")
    elif isinstance(first, list) and isinstance(second, list):
        entries, others = cast("list[Any]", first), cast("list[Any]", second)
        for index in range(max(len(entries), len(others))):
            left = entries[index] if index < len(entries) else None
            right = others[index] if index < len(others) else None
            yield from _differences(left, right, f"{place}[{index}]", f"{path}[]")
    elif first != second or isinstance(first, bool) != isinstance(second, bool):
        yield Difference(place, path, first, second)
