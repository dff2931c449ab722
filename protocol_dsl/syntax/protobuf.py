"""Telling a Protocol Buffers schema from a protocol: both kinds of file end in `.proto`."""

from __future__ import annotations

import re

# What may stand before and between the words of a schema. `#` is no comment there, but one of ours may precede it.
_GAP = r"(?:\s|//[^\n]*(?:\n|\Z)|/\*(?:(?!\*/).)*\*/)*"
_LEADING = re.compile(r"(?:[\s\ufeff]|(?://|#)[^\n]*(?:\n|\Z)|/\*(?:(?!\*/).)*\*/)*", re.DOTALL)

# The statements a schema can begin with, each as far as it takes to be sure (Protocol Buffers language
# specification: proto2, proto3 and editions). None of ours goes on like this.
_STATEMENT = re.compile(
    r"""
      (?: syntax | edition ) ~ = ~ ["']
    | package \b ~ [A-Za-z_][\w.]* ~ ;
    | import \b ~ (?: (?: public | weak | option ) \b ~ )? ["']
    | option \b ~ \(? ~ \.? [A-Za-z_][\w.]* ~ \)? [\w.]* ~ =
    | (?: (?: export | local ) \b ~ )? (?: message | enum ) \b ~ [A-Za-z_]\w* ~ \{
    | service \b ~ [A-Za-z_]\w* ~ \{
    """.replace("~", _GAP),
    re.DOTALL | re.VERBOSE,
)


def is_protobuf_schema(text: str) -> bool:
    """Whether the first statement of a text is one of Protocol Buffers. An empty text is none."""
    leading = _LEADING.match(text)
    return _STATEMENT.match(text, leading.end() if leading else 0) is not None
