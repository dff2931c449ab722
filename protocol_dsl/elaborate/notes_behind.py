"""Notes that stand behind a statement: they look as if they were about it, and are about the next one."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.elaborate.context import Context
from protocol_dsl.syntax.nodes import Node

_HEAD = re.compile(r'[^"{@#\n]*')
_LONGEST = 40


class Behind(NamedTuple):
    """A note, the statement or clause that it stands behind, and the one that it is about."""

    note: Node
    before: Node
    about: Node


def tell_notes_behind(context: Context, trees: list[Node]) -> None:
    """Warn of the notes that stand behind another statement than the one that they are about."""
    for tree in trees:
        text = context.sources.files[tree.file].text
        if "@" not in text:
            continue
        for found in notes_behind(tree, text):
            about, before = _shown(text, found.about), _shown(text, found.before)
            context.tell(
                nam.NOTE_BEHIND,
                found.note,
                f"this note is about `{about}` on the next line, not about `{before}` in front of it",
                help=f"put it on a line of its own, before `{before}` or directly before `{about}`",
            )


def notes_behind(tree: Node, text: str) -> list[Behind]:
    """The first note of each statement whose notes belong, by their layout, to the statement before."""
    found: list[Behind] = []
    for node in tree.walk():
        for before, following in pairwise(node.children):
            if not isinstance(before, Node) or not isinstance(following, Node) or following.kind != "annotated":
                continue
            note, about = following.children[0], following.children[-1]
            if isinstance(note, Node) and isinstance(about, Node) and _is_behind(text, before, note, about):
                found.append(Behind(note, before.children[-1] if _is_noted(before) else before, about))  # type: ignore[arg-type]
    return found


def _is_behind(text: str, before: Node, note: Node, about: Node) -> bool:
    """Whether a note ends the line of the statement before it, or is indented below that and not above its own."""
    between = text[before.end : note.start]
    if "{" in between or "\n" not in text[note.end : about.start]:
        return False
    if "\n" not in between:
        return True
    return between.count("\n") == 1 and _indent(text, before.start) < _indent(text, note.start) > _indent(
        text, about.start
    )


def _indent(text: str, at: int) -> int:
    line = text[text.rfind("\n", 0, at) + 1 : at + 1]
    return len(line) - len(line.lstrip())


def _is_noted(node: Node) -> bool:
    return node.kind == "annotated"


def _shown(text: str, node: Node) -> str:
    """How a statement or clause begins: `visit D28`."""
    found = _HEAD.match(text[node.start : node.end])
    head = " ".join(found.group().split()) if found is not None else ""
    return head if len(head) <= _LONGEST else head[:_LONGEST].rsplit(" ", 1)[0] + " …"
