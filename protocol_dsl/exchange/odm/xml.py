"""Writing and reading XML: readable, the same bytes in every run, safe against what others put in."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from xml.parsers import expat

from protocol_dsl.exchange.odm.content import Alias, Texts

Element = ElementTree.Element
LANG = "xml:lang"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""


class XmlFault(Exception):
    """What makes a file unreadable, with the line and column, from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


def clean(text: str) -> str:
    """A text that XML can hold: line ends as XML reads them, and U+FFFD for what it has no place for."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def child(parent: Element, tag: str, attributes: Mapping[str, str | None] | None = None, text: str = "") -> Element:
    """A new last child; attributes that are None are left out."""
    given = {name: clean(value) for name, value in (attributes or {}).items() if value is not None}
    made = ElementTree.SubElement(parent, tag, given)
    if text:
        made.text = clean(text)
    return made


def texts(parent: Element, tag: str, given: Texts, extra: Mapping[str, str] | None = None) -> None:
    """An element with a `TranslatedText` for each language; none where nothing is said."""
    if given:
        outer = child(parent, tag)
        for language, text in given:
            child(outer, "TranslatedText", {LANG: language, **(extra or {})}, text)


def aliases(parent: Element, given: tuple[Alias, ...]) -> None:
    """`Alias` elements."""
    for alias in given:
        child(parent, "Alias", {"Context": alias.context, "Name": alias.name})


def yes_no(value: bool) -> str:
    """`Yes` or `No`."""
    return "Yes" if value else "No"


def document(root: Element) -> bytes:
    """The file, indented, in UTF-8."""
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def parse(data: bytes) -> Element:
    """The root of a document; names are `{namespace}local`. Raises `XmlFault`.

    Document types are refused: they can hold entities that grow without bounds or point outside the file.
    """
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")

    def started(name: str, attributes: dict[str, str]) -> None:
        builder.start(_qualified(name), {_qualified(key): value for key, value in attributes.items()})

    def doctype(*_: object) -> None:
        raise XmlFault(
            "a document type (DOCTYPE) is not accepted", parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        )

    parser.StartElementHandler = started
    parser.EndElementHandler = lambda name: builder.end(_qualified(name))
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise XmlFault(expat.ErrorString(error.code), error.lineno, error.offset + 1) from None
    return builder.close()


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name
