"""Texts as labels of REDCap: it reads them as HTML, pipes fields in by square brackets, and parts choices at `|`."""

from __future__ import annotations

import re

FORMULAS = ("=", "+", "-", "@")
_ENTITIES = {
    "|": "&#124;",
    "<": "&lt;",
    "&": "&amp;",
    "[": "&#91;",
    "=": "&#61;",
    "+": "&#43;",
    "-": "&#45;",
    "@": "&#64;",
}
_SIGNS = {entity: sign for sign, entity in _ENTITIES.items()}
_KNOWN = re.compile("|".join(_SIGNS))
_ENTITY = re.compile(r"&(?=#?\w+;)")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_PIPED = re.compile(r"\[(?=[a-z][a-z0-9_-]*(?:[(:\]]))")


def label(text: str) -> str:
    """A text as a label that shows exactly this text: no markup, no piped field, no formula of a spreadsheet."""
    text = " ".join(text.split())
    text = _ENTITY.sub("&amp;", text)
    text = _PIPED.sub("&#91;", _TAG.sub("&lt;", text))
    return _ENTITIES[text[0]] + text[1:] if text.startswith(FORMULAS) else text


def choice_label(text: str) -> str:
    """A text as the label of a choice, where a pipe would end it. Behind its code it is no formula."""
    text = _ENTITY.sub("&amp;", " ".join(text.split()))
    return _PIPED.sub("&#91;", _TAG.sub("&lt;", text)).replace("|", _ENTITIES["|"])


def choices(pairs: list[tuple[str, str]]) -> str:
    """Choices as `code, label | code, label`."""
    return " | ".join(f"{code}, {choice_label(text)}" for code, text in pairs)


def same_text(one: str, other: str) -> bool:
    """Whether two labels show the same, blanks aside; markup is no text."""
    return not _TAG.search(one) and not _TAG.search(other) and shown(one).split() == shown(other).split()


def shown(text: str) -> str:
    """The text that a label shows; the signs that `label` has replaced are there again."""
    return _KNOWN.sub(lambda found: _SIGNS[found[0]], text)
