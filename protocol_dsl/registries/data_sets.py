"""The WHO data set, the values of its interchange format, and the fields of EU CTIS, as data."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from typing import Any, NamedTuple

_FOLDER = os.path.dirname(os.path.abspath(__file__))


class Item(NamedTuple):
    """An item of the WHO data set; `open` says who gives what no protocol holds."""

    key: str
    title: str
    open: str = ""


class Field(NamedTuple):
    """A field of the EU CTIS: greatest number of characters (None: not known), whether it must be filled in."""

    key: str
    part: str
    title: str
    conformance: str
    limit: int | None = None
    open: str = ""


@cache
def who_items() -> tuple[Item, ...]:
    """The 24 items in their order."""
    return tuple(Item(**entry) for entry in _table("trds.toml")["item"])


@cache
def ictrp(values: str) -> dict[str, str]:
    """Words of the ICTRP by words of the language; `values` is `status` or `registry`."""
    return _table("ictrp.toml")[values]


@cache
def ctis_fields() -> tuple[Field, ...]:
    """The fields of part I that a protocol speaks of, in the order of the application."""
    return tuple(Field(**entry) for entry in _table("ctis.toml")["field"])


@cache
def _table(name: str) -> dict[str, Any]:
    with open(os.path.join(_FOLDER, name), "rb") as handle:
        return tomllib.load(handle)
