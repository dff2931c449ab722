"""The value sets of ClinicalTrials.gov: the code and the label of a value as the protocol writes it."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from typing import NamedTuple

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "enumerations.toml")


class Value(NamedTuple):
    """A permitted value: `codes` in the API (two for a combined phase), `label` on the registry's pages.

    `prs` is its spelling in an upload to the registration system.
    """

    codes: tuple[str, ...]
    label: str
    prs: str


@cache
def value_sets() -> dict[str, dict[str, Value]]:
    """Value sets by field, such as `phase`; in each, the values by their spelling in the language."""
    with open(_FILE, "rb") as handle:
        table = tomllib.load(handle)
    return {
        field: {
            name: Value(tuple(entry["codes"]), entry["label"], entry.get("prs", entry["label"]))
            for name, entry in values.items()
        }
        for field, values in table.items()
    }


def label(field: str, value: str | None) -> str | None:
    """The registry's label of `value`; of a value it does not have, the value as written (a check reports it)."""
    if value is None:
        return None
    known = value_sets()[field].get(value)
    return known.label if known is not None else value


def codes(field: str, value: str) -> tuple[str, ...] | None:
    """The API's codes for `value`, None when the registry does not have it."""
    known = value_sets()[field].get(value)
    return known.codes if known is not None else None


def upload_label(field: str, *codes: str) -> str | None:
    """The spelling of an upload to the registration system (PRS) for codes of the API; None when it has none."""
    name = _values(field).get(tuple(sorted(codes)))
    return value_sets()[field][name].prs if name is not None else None


def value(field: str, code: str) -> str | None:
    """The language's word for a code of the API, None when it has none."""
    return _values(field).get((code,))


def value_of_several(field: str, codes: tuple[str, ...]) -> str | None:
    """The language's word for codes that stand together, such as those of a combined phase; the order is free."""
    return _values(field).get(tuple(sorted(codes)))


@cache
def _values(field: str) -> dict[tuple[str, ...], str]:
    return {tuple(sorted(entry.codes)): name for name, entry in value_sets()[field].items()}
