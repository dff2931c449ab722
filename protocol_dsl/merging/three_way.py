"""Three versions of a text to one: statement by statement, clause by clause, with conflicts as small as they can be.

A statement that one side left alone is the other side's, byte for byte. Where both changed one, its clauses are merged
in the same way, and lists whose order means nothing as sets. What cannot be merged stands between conflict markers.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from protocol_dsl.merging.identity import ORDERED, Key
from protocol_dsl.merging.order import OrderConflict, merged_order
from protocol_dsl.merging.parts import Part, Shape, Side
from protocol_dsl.merging.sets import merged_set


class Options(NamedTuple):
    """How conflicts are written: the length of the markers and what the versions are called."""

    marker_size: int = 7
    ours: str = "ours"
    theirs: str = "theirs"


class Conflict(Exception):
    """Two edits of one thing that cannot both be done; the statement around it is in conflict."""


class Clash(NamedTuple):
    """A conflict that was written: what it is about."""

    key: Key
    kind: str


class Chosen(NamedTuple):
    """A merged part; one that `is_clash` has two versions between markers as its body."""

    key: Key
    lead: str
    body: str
    trail: str
    in_block: bool
    begins_line: bool
    is_clash: bool = False


class Merge:
    """One merge of three texts that can be read. `finely` false keeps statements of the file whole."""

    def __init__(self, base: Side, ours: Side, theirs: Side, options: Options, *, finely: bool = True) -> None:
        self.base, self.ours, self.theirs = base, ours, theirs
        self.options = options
        self.finely = finely
        self.clashes: list[Clash] = []

    def run(self) -> str:
        """The merged text; `clashes` are the conflicts in it."""
        (base, end_b), (ours, end_o), (theirs, end_t) = (side.whole() for side in (self.base, self.ours, self.theirs))
        try:
            chosen = self.several(base, ours, theirs)
        except Conflict:
            self.clashes = [Clash(("file",), "order")]
            return "".join(self._between(self.ours.text, self.theirs.text))
        return _assembled(chosen, "", "") + merged_text(end_b, end_o, end_t)

    # ---- lists of parts ----

    def several(self, base: list[Part], ours: list[Part], theirs: list[Part]) -> list[Chosen]:
        """The parts of one block or header, merged and in order. Raises `Conflict`."""
        base, ours, theirs = self._told_apart(base, ours, theirs)
        b, o, t = ({part.key: part for part in parts} for parts in (base, ours, theirs))
        chosen: dict[Key, Chosen] = {}
        for key in dict.fromkeys([*b, *o, *t]):
            made = self.one(b.get(key), o.get(key), t.get(key))
            if made is not None:
                chosen[key] = made
        try:
            order = merged_order(list(b), list(o), list(t), chosen, lambda key: key[0] in ORDERED)
        except OrderConflict:
            raise Conflict from None
        return [chosen[key] for key in order]

    def _told_apart(
        self, base: list[Part], ours: list[Part], theirs: list[Part]
    ) -> tuple[list[Part], list[Part], list[Part]]:
        """The parts with keys of their own: where several have one key, they are known by what they say.

        If both versions changed the same of them, by their places, so that the conflict is found.
        """
        sides = ((self.base, base), (self.ours, ours), (self.theirs, theirs))
        several = {key for _, parts in sides for key, n in Counter(part.key for part in parts).items() if n > 1}
        if not several:
            return base, ours, theirs
        by_place = {key for key in several if self._both_changed(key, base, ours, theirs)}
        made: list[list[Part]] = []
        for side, parts in sides:
            seen: Counter[Key] = Counter()
            rekeyed: list[Part] = []
            for part in parts:
                if part.key in several:
                    key = part.key if part.key in by_place else (*part.key, side.said(part.node))
                    seen[key] += 1
                    part = part._replace(key=(*key, seen[key]))
                rekeyed.append(part)
            made.append(rekeyed)
        return made[0], made[1], made[2]

    def _both_changed(self, key: Key, base: list[Part], ours: list[Part], theirs: list[Part]) -> bool:
        b, o, t = (
            {side.said(part.node) for part in parts if part.key == key}
            for side, parts in ((self.base, base), (self.ours, ours), (self.theirs, theirs))
        )
        return bool((b - o) & (b - t)) and o - b != t - b

    # ---- one part ----

    def one(self, base: Part | None, ours: Part | None, theirs: Part | None) -> Chosen | None:
        """A part of three versions, None where it is in none or was taken out."""
        if ours is None or theirs is None:
            return self._one_sided(base, ours, theirs)
        lead = merged_text(base.lead if base else ours.lead, ours.lead, theirs.lead)
        trail = merged_text(base.trail if base else ours.trail, ours.trail, theirs.trail)
        told_o, told_t = self.ours.told(ours), self.theirs.told(theirs)
        told_b = self.base.told(base) if base is not None else None
        if told_o == told_t:
            same = theirs if base is not None and ours.body == base.body else ours
            return Chosen(ours.key, lead, same.body, trail, same.in_block, ours.begins_line)
        if told_t == told_b:
            return Chosen(ours.key, lead, ours.body, trail, ours.in_block, ours.begins_line)
        if told_o == told_b:
            return Chosen(ours.key, lead, theirs.body, trail, theirs.in_block, theirs.begins_line)
        clashes = len(self.clashes)
        try:
            if base is None or not self.finely:
                raise Conflict
            body, in_block = self.inside(base, ours, theirs), ours.in_block or theirs.in_block
        except Conflict:
            del self.clashes[clashes:]
            if not (ours.in_block and theirs.in_block):
                raise
            return self._clash(ours.key, lead, ours, theirs, "edit" if base is not None else "add")
        if not body.startswith("@"):
            in_block = ours.in_block
        return Chosen(ours.key, lead, body, trail, in_block, ours.begins_line)

    def _one_sided(self, base: Part | None, ours: Part | None, theirs: Part | None) -> Chosen | None:
        """A part that one version does not have: new in the other one, or taken out."""
        part = ours or theirs
        if part is None:
            return None
        if base is not None:
            side = self.ours if ours is not None else self.theirs
            if side.told(part) == self.base.told(base):
                return None
            if not part.in_block:
                raise Conflict
            return self._clash(part.key, part.lead, ours, theirs, "remove")
        return Chosen(part.key, part.lead, part.body, part.trail, part.in_block, part.begins_line)

    def _clash(self, key: Key, lead: str, ours: Part | None, theirs: Part | None, kind: str) -> Chosen:
        self.clashes.append(Clash(key, kind))
        above, indent = _split_lead(lead)
        texts = (f"{indent}{part.body}{_ended(part.trail)}" if part is not None else "" for part in (ours, theirs))
        written = "".join(self._between(*texts))
        if above and not above.endswith("\n"):
            above += "\n"
        return Chosen(key, above, written, "", True, True, is_clash=True)

    def _between(self, ours: str, theirs: str) -> tuple[str, ...]:
        size = self.options.marker_size
        return (
            f"{'<' * size} {self.options.ours}\n", ours, f"{'=' * size}\n", theirs,
            f"{'>' * size} {self.options.theirs}\n",
        )  # fmt: skip

    # ---- inside a statement ----

    def inside(self, base: Part, ours: Part, theirs: Part) -> str:
        """A statement that both versions changed, merged clause by clause. Raises `Conflict`."""
        united = merged_set((self.base, base), (self.ours, ours), (self.theirs, theirs))
        if united is not None:
            return united
        shapes = self.base.shape(base), self.ours.shape(ours), self.theirs.shape(theirs)
        b, o, t = shapes
        if b is None or o is None or t is None:
            raise Conflict
        notes = self.several(b.notes, o.notes, t.notes)
        head = self._head(b, o, t)
        clauses = self.several([*b.clauses, *b.block], [*o.clauses, *o.block], [*t.clauses, *t.block])
        indent = _split_lead(ours.lead)[1] or _split_lead(theirs.lead)[1]
        before = o.head_lead if o.notes else t.head_lead
        text = "".join(f"{note.lead if at else ''}{note.body}" for at, note in enumerate(notes))
        text += (before or f"\n{indent}" if notes else "") + head
        for clause in clauses:
            if not clause.in_block:
                text += (clause.lead if clause.lead and clause.lead.strip(" ") == "" else " ") + clause.body
        lines = [clause for clause in clauses if clause.in_block]
        if not lines and o.opening is None and t.opening is None:
            return text
        with_block = o if o.opening is not None else t
        opening = with_block.opening or " {\n"
        closing = with_block.closing or f"{indent}}}"
        return text + opening + _assembled(lines, opening, indent, closing)

    def _head(self, b: Shape, o: Shape, t: Shape) -> str:
        said_b, said_o, said_t = (
            [side.said(word) for word in shape.words]
            for side, shape in ((self.base, b), (self.ours, o), (self.theirs, t))
        )
        if said_o == said_t or said_t == said_b:
            return o.head
        if said_o == said_b:
            return t.head
        raise Conflict


def merged_text(base: str, ours: str, theirs: str) -> str:
    """Blanks and comments of three versions; where both changed them, the comments of both are kept."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    known = {line.strip() for line in [*base.splitlines(), *ours.splitlines()]}
    more = [line for line in theirs.splitlines() if line.strip() and line.strip() not in known]
    if not more:
        return ours
    if "\n" not in theirs.rstrip("\n") and "\n" not in ours.rstrip("\n") and ours.strip():
        # Two comments at the end of one line.
        return f"{ours.rstrip()}  {' '.join(line.strip() for line in more)}\n"
    above, indent = _split_lead(ours)
    return above + "".join(f"{line}\n" for line in more) + indent


def _assembled(parts: list[Chosen], opening: str, indent: str, closing: str = "") -> str:
    """The text of parts one after the other, with line breaks where a part has to begin a line."""
    text = ""
    for part in parts:
        before = text or opening
        lead = part.lead
        fresh = not before or before.endswith("\n")
        if not fresh and (part.begins_line or before.rpartition("\n")[2].lstrip().startswith("#")):
            lead = lead if "\n" in lead else "\n" + lead
        elif not fresh and lead.startswith("#"):
            lead = "\n" + lead
        elif not fresh and not lead and not before.endswith("{"):
            lead = " "
        if part.is_clash and lead.strip(" \t") == "":
            lead = ""
        elif fresh and before and lead == " ":
            lead = f"{indent}  "
        text += lead + part.body + part.trail
    if closing and (text or opening).endswith("\n") and closing.strip() == "}" and "\n" not in closing:
        closing = f"{indent}}}"
    return text + closing


def _split_lead(lead: str) -> tuple[str, str]:
    """The lines before a part, and the blanks that it begins its own line with."""
    cut = lead.rfind("\n") + 1
    return (lead[:cut], lead[cut:]) if not lead[cut:].strip() else (lead, "")


def _ended(trail: str) -> str:
    return trail if trail.endswith("\n") else f"{trail}\n"


def about(key: Key) -> str:
    """What a key is of, in words: `visit D28`."""
    kind = str(key[0]).removesuffix("_clause").replace("_", " ")
    name = key[1] if len(key) > 1 and isinstance(key[1], str) else ""
    return f"{kind} {name}".strip()
