"""XML for registries: written without what XML forbids, read without entities or anything from outside."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

# XML 1.0, production 2: all other characters cannot stand in a document, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DEEPEST = 60
"""Elements nested deeper than this are no record of a study."""


class XmlFault(NamedTuple):
    """Why a document was not read; `line` from 1."""

    line: int
    reason: str


def text(value: str) -> str:
    """The text without characters that XML cannot hold."""
    return _FORBIDDEN.sub("", value)


def element(name: str, value: str = "", *children: ElementTree.Element, **attributes: str) -> ElementTree.Element:
    """An element with a text, or with children."""
    made = ElementTree.Element(name, attributes)
    made.text = text(value) or None
    made.extend(children)
    return made


def document(root: ElementTree.Element, comment: str = "", doctype: str = "") -> bytes:
    """The whole document in UTF-8, indented by two blanks; `comment` stands before the root."""
    ElementTree.indent(root)
    before = f"<!-- {comment.replace('--', '- -')} -->\n" if comment else ""
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}{before}{body}\n'.encode()


def parse(data: bytes) -> ElementTree.Element | XmlFault:
    """The root of a document.

    A document type, which could bring in entities that grow without end or files from outside, is a fault; so is
    nesting without end. Nothing is ever fetched.
    """
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _Refused(f"elements are nested deeper than {DEEPEST}")
        builder.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_named(name))

    def refuse(*_: object) -> int:
        raise _Refused("it has a document type, which is not read: it could define entities or name other files")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
    except _Refused as refused:
        return XmlFault(parser.CurrentLineNumber, str(refused))
    except expat.ExpatError as fault:
        return XmlFault(fault.lineno, expat.errors.messages[fault.code])
    return builder.close()


class _Refused(Exception):
    """What a handler stops the parser with; it never leaves this module."""


def _named(name: str) -> str:
    return f"{{{name}" if "}" in name else name
