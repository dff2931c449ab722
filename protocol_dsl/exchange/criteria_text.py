"""The one text in which a registry keeps the eligibility criteria: read into headings and lists, and written again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from protocol_dsl.exchange.markup import list_mark

DEEPEST = 12
"""Lists inside lists that are told apart; what lies deeper is taken as if it lay here."""
_INCLUDES = re.compile(r"\binclu(?:sion|de|ded)\b|\beligible\b", re.IGNORECASE)
_EXCLUDES = re.compile(r"\bexclu(?:sion|de|ded)\b|\b(?:in|not\s)eligible\b", re.IGNORECASE)
_SHORT = 120


class Block(NamedTuple):
    """A paragraph, or an item of a list with its `mark` and its depth from 0; the text is on one line."""

    kind: Literal["paragraph", "item"]
    text: str
    depth: int = 0
    mark: str = ""

    @property
    def is_numbered(self) -> bool:
        """Whether the item has a number."""
        return any(character.isdigit() for character in self.mark)


def read(text: str) -> list[Block]:
    """The paragraphs and items of a text, in its order."""
    blocks: list[Block] = []
    indents: list[int] = []
    is_open = False  # whether the next line may go on with the last block
    for line in text.split("\n"):
        words = " ".join(line.split())
        mark = list_mark(line)
        if not words:
            is_open = False
        elif mark is not None and line[mark.end() :].strip():
            indent = len(mark["indent"].expandtabs(4))
            # Items of one list may be set in by a blank more or less.
            while indents and indent <= indents[-1]:
                indents.pop()
            indents.append(indent)
            blocks.append(Block("item", " ".join(line[mark.end() :].split()), _depth(indents), mark["mark"]))
            is_open = True
        elif is_open and blocks:
            blocks[-1] = blocks[-1]._replace(text=f"{blocks[-1].text} {words}")
        else:
            blocks.append(Block("paragraph", words))
            indents = []
            is_open = True
    return blocks


def write(blocks: Iterable[Block]) -> str:
    """The text of blocks: a blank line around paragraphs and before a list inside an item."""
    lines: list[str] = []
    before: Block | None = None
    for block in blocks:
        apart = before is not None and (
            block.kind == "paragraph" or before.kind == "paragraph" or block.depth > before.depth
        )
        if apart:
            lines.append("")
        mark = f"{'  ' * block.depth}{block.mark} " if block.kind == "item" else ""
        lines.append(mark + block.text)
        before = block
    return "\n".join(lines)


def section(text: str) -> Literal["include", "exclude"] | None:
    """What the criteria below a heading do; None when it does not say so."""
    if not is_heading(text):
        return None
    excludes = _EXCLUDES.search(text) is not None
    if excludes == (_INCLUDES.search(_EXCLUDES.sub("", text)) is not None):
        return None
    return "exclude" if excludes else "include"


def is_heading(text: str) -> bool:
    """Whether a paragraph heads what follows: a short one that ends in a colon or speaks of criteria."""
    return len(text) <= _SHORT and (text.endswith((":", "：")) or re.search(r"\bcriteri", text, re.I) is not None)


def numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with the numbers of each list counted from 1 below its heading, and other items with `*`."""
    count = 0
    for block in blocks:
        if block.kind == "paragraph":
            count = 0 if is_heading(block.text) else count
            yield block
        elif block.depth == 0 and block.is_numbered:
            count += 1
            yield block._replace(mark=f"{count}.")
        else:
            yield block._replace(mark="*")


def _depth(indents: list[int]) -> int:
    return min(len(indents) - 1, DEEPEST)
