"""A rename in one version is done in the two others before they are merged, so that it meets an edit without conflict.

A rename is what `@renamed_from` says, or a statement that is gone under one name and there with the same content under
another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from protocol_dsl.merging.identity import inner, name_of
from protocol_dsl.merging.parts import Side
from protocol_dsl.syntax.nodes import Node, Token


def aligned(base: Side, ours: Side, theirs: Side) -> tuple[Side, Side, Side]:
    """The three versions with the renames of ours done in the others, and those of theirs."""
    of_ours, of_theirs = _renames(base, ours), _renames(base, theirs)
    both = {old for old in of_ours if old in of_theirs and of_ours[old] != of_theirs[old]}
    for old in both:
        # Renamed twice and differently: both keep the old key, so that they meet and conflict.
        ours.was[of_ours.pop(old)] = old
        theirs.was[of_theirs.pop(old)] = old
    in_theirs = {old: new for old, new in of_ours.items() if old not in of_theirs}
    in_ours = {old: new for old, new in of_theirs.items() if old not in of_ours}
    return (
        _renamed(base, of_ours | of_theirs),
        _renamed(ours, in_ours),
        _renamed(theirs, in_theirs),
    )


def _declared(side: Side) -> dict[tuple[str, str], Node]:
    """All statements that declare a name, by kind and name; a name that is declared twice is left out."""
    found: dict[tuple[str, str], Node] = {}
    names: set[str] = set()
    twice: set[str] = set()
    for node in side.parsed.tree.walk():
        if node.kind == "annotated":
            continue
        name = name_of(node)
        if name is None:
            continue
        if name in names:
            twice.add(name)
        names.add(name)
        found[node.kind, name] = node
    return {key: node for key, node in found.items() if key[1] not in twice}


def _renames(base: Side, side: Side) -> dict[str, str]:
    """New names by the old ones."""
    before, after = _declared(base), _declared(side)
    gone = {key: node for key, node in before.items() if key not in after}
    came = {key: node for key, node in after.items() if key not in before}
    found = {old: new for old, new, kind in _said(side) if (kind, old) in gone and (kind, new) in came}
    taken = set(found.values())
    for (kind, old), node in gone.items():
        like = _content(base, node)
        same = [new for (kind_, new), other in came.items() if kind_ == kind and _content(side, other) == like]
        also = [key for key, other in gone.items() if key[0] == kind and _content(base, other) == like]
        if old not in found and len(same) == 1 and len(also) == 1 and same[0] not in taken:
            found[old] = same[0]
    return found


def _said(side: Side) -> Iterator[tuple[str, str, str]]:
    """The renames that a version declares: old name, new name, kind."""
    for node in side.parsed.tree.walk():
        if node.kind != "annotated":
            continue
        here = inner(node)
        name = name_of(here)
        for note in node.nodes("renamed_note"):
            token = note.token("NAME")
            if token is not None and name is not None:
                yield token.value, name, here.kind


def _content(side: Side, node: Node) -> object:
    """What a statement says without its name."""
    name = name_of(node)
    children: list[Node | Token] = []
    is_named = False
    for child in node.children:
        if not is_named and isinstance(child, Token) and child.value == name:
            is_named = True
            continue
        children.append(child)
    return tuple(side.said(child) for child in children)


def _renamed(side: Side, names: dict[str, str]) -> Side:
    """A version with other names, in statements and in `{references}` of texts."""
    if not names:
        return side
    reference = re.compile(r"(?<!\{)\{(" + "|".join(map(re.escape, names)) + r")(?=[}.\[:])")
    text = side.text
    made: list[str] = []
    at = 0
    for token in _tokens(side.parsed.tree):
        value = token.value
        if token.type == "NAME":
            value = names.get(value, value)
        elif token.type in ("STRING", "TEXT"):
            value = reference.sub(lambda found: "{" + names[found[1]], value)
        made += [text[at : token.start], value]
        at = token.end
    made.append(text[at:])
    again = Side("".join(made))
    again.was = side.was
    return again if again.is_sound else side


def _tokens(tree: Node) -> Iterator[Token]:
    stack: list[Node | Token] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, Token):
            yield item
        else:
            stack.extend(reversed(item.children))
