"""Fields of a record of ClinicalTrials.gov that are dropped, with the reason, and those that are Markdown."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from typing import NamedTuple

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ctgov_fields.toml")


class FieldTable(NamedTuple):
    """`dropped` gives the reason by path; `markup` are the paths of Markdown texts."""

    dropped: dict[str, str]
    markup: frozenset[str]


@cache
def field_table() -> FieldTable:
    """The table, by paths such as `outcomesModule.primaryOutcomes[].description`."""
    with open(_FILE, "rb") as handle:
        table = tomllib.load(handle)
    return FieldTable(table["dropped"], frozenset(table["markup"]))
