"""How long a field of ClinicalTrials.gov may be, counted in Unicode characters."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "limits.toml")


class Entry(NamedTuple):
    """A text for a field: `field` a key of the table of limits, `title` what people call it."""

    field: str
    title: str
    text: str | None


class Excess(NamedTuple):
    """A field whose text is longer than the registry takes."""

    title: str
    length: int
    limit: int


@cache
def limits() -> dict[str, int]:
    """Greatest length by field."""
    with open(_FILE, "rb") as handle:
        return tomllib.load(handle)["limits"]


def excess(entry: Entry) -> Excess | None:
    """By how much the text of `entry` is too long; None when it fits, a text of exactly the limit included."""
    limit = limits()[entry.field]
    length = len(entry.text or "")
    return Excess(entry.title, length, limit) if length > limit else None


def over_limit(entries: Iterable[Entry]) -> list[Excess]:
    """The entries that are too long, in their order."""
    return [found for entry in entries if (found := excess(entry)) is not None]
