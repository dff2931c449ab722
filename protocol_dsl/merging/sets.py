"""Lists whose order means nothing, merged as sets: visits of an assessment, arms, names."""

from __future__ import annotations

from protocol_dsl.merging.identity import inner
from protocol_dsl.merging.parts import Part, Side
from protocol_dsl.syntax.nodes import Node, Token

_SETS = frozenset(
    [
        "at_clause", "optional_at_clause", "for_clause", "gives_clause", "supports_clause", "earlier_than_clause",
        "requires_clause", "records_clause", "at_levels", "group",
    ]
)  # fmt: skip


def merged_set(base: tuple[Side, Part], ours: tuple[Side, Part], theirs: tuple[Side, Part]) -> str | None:
    """A clause that all three versions have as a set, with what either version put in and took out.

    None if it is no such clause, if more than the set differs, or if both replaced the same range.
    """
    lists = [_set(part.node) for _, part in (base, ours, theirs)]
    b, o, t = lists
    if b is None or o is None or t is None:
        return None
    around = [_around(side, part.node, found) for (side, part), found in zip((base, ours, theirs), lists, strict=True)]
    if around[0] != around[1] or around[0] != around[2]:
        return None
    said_b, said_o, said_t = (
        {side.said(child): child for child in found.children}
        for (side, _), found in zip((base, ours, theirs), (b, o, t), strict=True)
    )
    gone = {key: child for key, child in said_b.items() if key not in said_o and key not in said_t}
    differ = (said_o.keys() - said_b.keys()) != (said_t.keys() - said_b.keys())
    if differ and any(not _is_plain(child) for child in gone.values()):
        return None
    if _excepted(base[0], b) not in (_excepted(ours[0], o), _excepted(theirs[0], t)):
        return None
    side_o, part_o = ours
    removed = said_b.keys() - said_t.keys()
    texts = [side_o.text[child.start : child.end] for key, child in said_o.items() if key not in removed]
    new = [child for key, child in said_t.items() if key not in said_b and key not in said_o]
    texts_t = [theirs[0].text[child.start : child.end] for child in new]
    if any(_is_excepted(child) for child in [*said_o.values(), *new]):
        return None
    if not texts and not texts_t:
        return None
    start = part_o.node.start
    cut = o.start - start
    return part_o.body[:cut] + ", ".join([*texts, *texts_t]) + part_o.body[o.end - start :]


def _set(node: Node) -> Node | None:
    here = inner(node)
    if here.kind not in _SETS:
        return None
    found = list(here.nodes("visit_set", "names"))
    return found[0] if len(found) == 1 else None


def _around(side: Side, node: Node, found: Node | None) -> list[object]:
    """What a clause says beside its list."""
    notes = [side.said(child) for child in node.children[:-1]] if node.kind == "annotated" else []
    return notes + [side.said(child) for child in inner(node).children if child is not found]


def _is_plain(child: Node | Token) -> bool:
    """Whether a member of a list is a single name; a range that both replaced was edited by both."""
    return isinstance(child, Token) or child.kind == "visit_ref"


def _is_excepted(child: Node | Token) -> bool:
    return isinstance(child, Node) and child.kind == "excepted"


def _excepted(side: Side, found: Node) -> list[object]:
    return [side.said(child) for child in found.children if _is_excepted(child)]
