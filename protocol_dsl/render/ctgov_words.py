"""Texts and codes as a record of ClinicalTrials.gov holds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from protocol_dsl.exchange.markup import escape, reflow
from protocol_dsl.registries.enumerations import codes


def said(value: Any) -> Any:
    """The data without parts that say nothing: None, empty texts, empty lists and objects."""
    if isinstance(value, dict):
        inner = {key: said(each) for key, each in cast("dict[str, Any]", value).items()}
        return {key: each for key, each in inner.items() if each not in (None, "", [], {})}
    if isinstance(value, (list, tuple)):
        return [said(each) for each in cast("Iterable[Any]", value)]
    return value


def line(text: str | None) -> str | None:
    """A text on one line."""
    return " ".join(text.split()) if text else None


def markup(text: str | None) -> str | None:
    """A text of the protocol as the Markdown of a long field."""
    return escape(reflow(text)) if text else None


def code(field: str, value: str | None) -> str | None:
    """The API's code of a word; None for none."""
    found = codes(field, value) if value else None
    return found[0] if found else None
