"""Text of ClinicalTrials.gov: the Markdown of its long fields, and the same text for comparison.

The API v2 writes long fields in Markdown and puts a backslash before characters that would be markup (`\\>`, `\\*`,
`\\^`, `\\~`); titles, measures and time frames are plain. A line break inside a paragraph means a blank, as in
Markdown; blank lines, items of lists and their indentation count.
"""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ESCAPES = re.compile(r"[\\*<>\[\]^~]")
_MARK = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[*+•·‧∙–—-]|\d{1,3}[.)、]|\(\d{1,3}\)|[a-zA-Z][.)])(?:[ \t]+|$)")
_SENTENCE = re.compile(r"(?<=[a-z\d)\]%”\"'][.!?])\s+(?=[A-Z“\"(\[])")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|Dr|Prof|St|No|Fig|approx|cf|resp|incl|ca|max|min|et al)|\b[A-Z]|(?:^|[.!?;:)]\s)\d{1,2})\.$"
)


def unescape(text: str) -> str:
    """The text without the backslashes of Markdown."""
    return _ESCAPED.sub(r"\1", text)


def escape(text: str) -> str:
    """The text with a backslash before each character that Markdown would take for markup; marks of lists stay."""
    return "\n".join(_escaped(line) for line in text.split("\n"))


def list_mark(line: str) -> re.Match[str] | None:
    """The mark of a list (`indent`, `mark`) with which a line begins."""
    return _MARK.match(line)


def reflow(text: str) -> str:
    """The text with each paragraph and each item of a list on one line, and at most one blank line between them."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        found = _MARK.match(line)
        words = " ".join(line.split())
        if not words:
            if lines and lines[-1]:
                lines.append("")
        elif found is not None:
            lines.append(found["indent"].replace("\t", "  ") + words)
        elif lines and lines[-1]:
            lines[-1] += f" {words}"
        else:
            lines.append(words)
    return "\n".join(lines).strip("\n")


def sentences(paragraph: str) -> list[str]:
    """A paragraph of one line in its sentences, none of which begins like an item of a list."""
    parts: list[str] = []
    for part in _SENTENCE.split(paragraph):
        if parts and (_SHORT.search(parts[-1]) or _MARK.match(part)):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return parts


def _escaped(line: str) -> str:
    found = _MARK.match(line)
    start = found.end() if found is not None else 0
    return line[:start] + _ESCAPES.sub(r"\\\g<0>", line[start:])
