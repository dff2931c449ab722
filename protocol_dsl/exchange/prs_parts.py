"""Small elements of an upload to the registration system, and reading of records whose fields may be absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from xml.etree.ElementTree import Element

from protocol_dsl.exchange.markup import unescape
from protocol_dsl.exchange.xml import element


def of(record: dict[str, Any], field: str) -> dict[str, Any]:
    """An object of the record, empty where it is absent."""
    found = record.get(field)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def items(record: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The objects of a list of the record."""
    found = record.get(field)
    return [cast("dict[str, Any]", each) for each in cast("list[Any]", found or []) if isinstance(each, dict)]


def texts(record: dict[str, Any], field: str) -> list[str]:
    """The texts of a list of the record."""
    return [each for each in cast("list[Any]", record.get(field) or []) if isinstance(each, str)]


def leaf(tag: str, value: str | None) -> list[Element]:
    """An element with a text; none where there is no text."""
    return [element(tag, value)] if value else []


def leaves(tag: str, values: Iterable[str]) -> list[Element]:
    """An element for each text."""
    return [element(tag, value) for value in values]


def block(tag: str, markup: str | None, whole: bool = True) -> list[Element]:
    """A text of the record's Markdown as plain text, in a `textblock` unless it stands by itself."""
    if not markup:
        return []
    plain = unescape(markup)
    return [element(tag, "", element("textblock", plain))] if whole else [element(tag, plain)]


def flag(value: bool | None) -> str | None:
    """`Yes` or `No`; None where nothing is said."""
    return None if value is None else "Yes" if value else "No"
