"""What a registry asks of a record, field by field: length, permitted values, and whether it must be there.

A record is the `protocolSection` of the API v2 of ClinicalTrials.gov; the rules are data, `ctgov_rules.toml`. What
concerns several fields together is in `cross.py`, what reviewers would ask in `review.py`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple, cast

from protocol_dsl.registries.enumerations import value_sets
from protocol_dsl.registries.limits import limits

NEARLY = 0.95
"""From so much of a limit on, a text is nearly too long: the next change of a word makes it so."""

Kind = Literal["too_long", "nearly_full", "unknown_value", "missing", "contradiction", "review"]


class Finding(NamedTuple):
    """What is wrong with the field at `path`, such as `outcomesModule.primaryOutcomes[0].measure`.

    The `message` of a missing field is what people call it: several are told together.
    `rule` names the kind of review point; `is_sure` is false where only people can decide.
    """

    kind: Kind
    path: str
    message: str
    help: str | None = None
    rule: str = ""
    is_sure: bool = True


class FieldRule(NamedTuple):
    """A field: `limit` in characters, `values` the codes that it takes, `required` a condition."""

    path: str
    title: str
    limit: int | None
    values: frozenset[str]
    required: str | None


class RuleTable(NamedTuple):
    """All fields, and the conditions by name: clauses that must all hold."""

    fields: tuple[FieldRule, ...]
    conditions: dict[str, list[list[str]]]


@cache
def rule_table() -> RuleTable:
    """The rules for ClinicalTrials.gov."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ctgov_rules.toml"), "rb") as handle:
        table = tomllib.load(handle)
    return RuleTable(tuple(_field(entry) for entry in table["field"]), table["conditions"])


def check_fields(record: dict[str, Any]) -> Iterator[Finding]:
    """Findings about single fields, in the order of the rules."""
    table = rule_table()
    holds = {name: all(_holds(record, clause) for clause in clauses) for name, clauses in table.conditions.items()}
    for field in table.fields:
        found = list(values_at(record, field.path))
        for path, value in found:
            yield from _about_value(field, path, value, holds)
        if not found and field.required is not None and holds[field.required] and "[]" not in field.path:
            yield _missing(field, field.path)


def length_finding(
    path: str, title: str, text: str, limit: int, registry: str = "ClinicalTrials.gov"
) -> Finding | None:
    """What is to be said of a text against its limit: a text of exactly the limit is nearly full, and fits."""
    size = len(text)
    if size > limit:
        message = f"{title} has {size} characters, and {registry} takes {limit}"
        return Finding("too_long", path, message, f"shorten it by {size - limit}")
    if size >= NEARLY * limit:
        message = f"{title} has {size} of the {limit} characters that {registry} takes"
        return Finding("nearly_full", path, message, "shorten it before it grows")
    return None


def values_at(record: dict[str, Any], pattern: str) -> Iterator[tuple[str, Any]]:
    """The values at the paths of a pattern with `[]`, with their own paths.

    A field that an entry of a list does not have is given as None.
    """
    yield from _walk(record, pattern.split("."), "", is_entry=False)


def value_of(record: dict[str, Any], path: str) -> Any:
    """The value at a plain path, None where there is none."""
    return next((value for _, value in values_at(record, path)), None)


def object_of(record: dict[str, Any], path: str) -> dict[str, Any]:
    """The object at a plain path, empty where there is none."""
    found = value_of(record, path)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _walk(at: Any, names: list[str], path: str, *, is_entry: bool) -> Iterator[tuple[str, Any]]:
    if not names:
        yield path, at
        return
    name, rest = names[0].removesuffix("[]"), names[1:]
    here = f"{path}.{name}".lstrip(".")
    found = cast("dict[str, Any]", at).get(name) if isinstance(at, dict) else None
    if names[0].endswith("[]"):
        for number, each in enumerate(cast("list[Any]", found) if isinstance(found, list) else []):
            yield from _walk(each, rest, f"{here}[{number}]", is_entry=True)
    elif found is not None:
        yield from _walk(found, rest, here, is_entry=is_entry)
    elif is_entry and not rest:
        yield here, None


def _about_value(field: FieldRule, path: str, value: Any, holds: dict[str, bool]) -> Iterator[Finding]:
    if value is None or value in ("", []):
        if field.required is not None and holds[field.required]:
            yield _missing(field, path)
        return
    texts = cast("list[Any]", value) if isinstance(value, list) else [value]
    for text in texts:
        if field.limit is not None and isinstance(text, str):
            plain = re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", text)  # the backslashes of Markdown are not typed in
            found = length_finding(path, field.title, plain, field.limit)
            if found is not None:
                yield found
        if field.values and text not in field.values:
            known = ", ".join(sorted(field.values))
            yield Finding(
                "unknown_value",
                path,
                f"{field.title} is {str(text)[:60]!r}, which is no value of it",
                f"it takes {known}",
            )


def _missing(field: FieldRule, path: str) -> Finding:
    return Finding("missing", path, field.title)


def _holds(record: dict[str, Any], clause: list[str]) -> bool:
    path, word, *values = clause
    value = value_of(record, path)
    if word == "is true":
        return value is True
    if word == "is there":
        return value is not None
    if word == "not before":
        # A date to the month stands for its last day; without a date the study counts as one that is yet to start.
        return not isinstance(value, str) or f"{value}-31"[:10] >= values[0]
    return (value in values) is (word == "in")


def _field(entry: dict[str, str]) -> FieldRule:
    of = value_sets().get(entry.get("values", ""), {})
    known = frozenset(code for value in of.values() for code in value.codes)
    limit = limits()[entry["limit"]] if "limit" in entry else None
    return FieldRule(entry["path"], entry["title"], limit, known, entry.get("required"))
