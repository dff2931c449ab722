"""What every part of the elaborator needs: the scope, the findings, and the reading of small parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.diagnostics.model import Label
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.elaborate.filling import Texts
from protocol_dsl.elaborate.scope import Scope
from protocol_dsl.model.base import Choice, Note
from protocol_dsl.source import SourceMap
from protocol_dsl.syntax.nodes import Node, Token


class Statement(NamedTuple):
    """A statement or clause with the notes before it."""

    node: Node
    notes: tuple[Note, ...]


class Context(Texts):
    """One elaboration: the texts, the names, the units, the findings, the notes."""

    def __init__(self, sources: SourceMap, scope: Scope) -> None:
        super().__init__(sources, scope)
        self.notes: list[Note] = []
        self.titles: dict[str, str] = {}
        self._named = False

    # ---- notes ----

    def statements(self, nodes: Iterable[Node | Token]) -> Iterator[Statement]:
        """The statements among nodes, each with its notes; `todo` and `discretion` are kept as notes on the way."""
        for node in nodes:
            if not isinstance(node, Node):
                continue
            if node.kind == "annotated":
                notes = tuple(self.note(part) for part in node.children[:-1] if isinstance(part, Node))
                inner = node.children[-1]
                if isinstance(inner, Node):
                    if inner.kind in ("todo", "discretion"):
                        self.note(inner)
                    yield Statement(inner, notes)
            elif node.kind in ("todo", "discretion"):
                self.note(node)
                yield Statement(node, ())
            elif not node.kind.endswith("_note"):
                yield Statement(node, ())

    def note(self, node: Node) -> Note:
        """A note of the model, also put on the list of all notes."""
        text = node.token("STRING", "TEXT")
        words = self.text(text) if text is not None else ""
        name = node.token("NAME")
        kind = {
            "source_note": "source",
            "assumed_note": "assumed",
            "todo_note": "todo",
            "renamed_note": "renamed_from",
            "allow_note": "allow",
            "todo": "todo",
            "discretion": "discretion",
        }[node.kind]
        names = node.node("names")
        note = Note.model_construct(
            kind=kind,
            text=words,
            code=name.value if name is not None else None,
            by=tuple(token.value for token in names.tokens()) if names is not None else (),
            origin=self.origin(node),
        )
        self.notes.append(note)
        if self._named:
            self.fill_note(note)
        return note

    def all_names_known(self) -> None:
        """Fill in the references of the notes read so far; those of later ones are filled in when they are read."""
        self._named = True
        for note in self.notes:
            self.fill_note(note)

    def fill_note(self, note: Note) -> None:
        """Fill in the references of a note, in place: parts of the model hold it already, nobody has seen it yet."""
        if "{" in note.text or "}" in note.text:
            vars(note)["text"] = self.fill(note.text)

    # ---- words with a fixed set of values ----

    def choices(self, node: Node) -> tuple[Choice, ...]:
        """The codes of a `choice { … }` or code list; a code twice is told. Of a list that is only named: its codes."""
        listed = node.token("NAME") if node.kind != "codelist" else None
        if listed is not None:
            symbol = self.scope.use(listed, "codelist")
            return self.shared_choices(symbol.about) if symbol is not None else ()
        seen: dict[str, Token] = {}
        result: list[Choice] = []
        for part in node.nodes("choice"):
            code = part.token("NAME", "NUMBER")
            if code is None or code.missing:
                continue
            if code.value in seen:
                self.tell(
                    nam.DUPLICATE_NAME,
                    code,
                    f"the code `{code.value}` stands twice in this list",
                    also=[Label(seen[code.value].span, "first here")],
                    help="give each choice a code of its own",
                )
                continue
            seen[code.value] = code
            if (label := part.token("STRING")) is not None:
                self.tell_empty(label)
            result.append(self.choice(part, code.value))
        return tuple(result)

    def choice(self, node: Node, code: str) -> Choice:
        """One code with its label."""
        ncit = node.node("ncit_code")
        return Choice.model_construct(
            code=code,
            label=self.filled(node.token("STRING")),
            ncit=self.filled(ncit.token("STRING")) if ncit is not None else None,
        )

    def shared_choices(self, node: Node) -> tuple[Choice, ...]:
        """The codes of a code list where it is used; its faults are told where it stands."""
        parts = {code.value: part for part in node.nodes("choice") if (code := part.token("NAME", "NUMBER"))}
        return tuple(self.choice(part, code) for code, part in parts.items())

    def word(self, token: Token | None, allowed: tuple[str, ...], what: str) -> str | None:
        """One of a fixed set of words; None after a fault, which is told."""
        if token is None or token.missing:
            return None
        if token.value in allowed:
            return token.value
        self.tell(
            nam.UNKNOWN_VALUE,
            token,
            f"`{token.value}` is not {what}",
            help=did_you_mean(token.value, allowed) or "it is one of " + ", ".join(f"`{a}`" for a in allowed[:14]),
        )
        return None

    def yes_no(self, token: Token | None) -> bool | None:
        """`yes` or `no`; None after a fault, which is told."""
        word = self.word(token, ("yes", "no"), "yes or no")
        return word == "yes" if word else None

    def once(self, found: dict[str, Node], clause: Node, kind: str, what: str) -> bool:
        """Whether a clause comes for the first time; a second one is told."""
        if kind in found:
            self.tell(
                nam.SAID_TWICE,
                clause,
                f"{what} is said twice",
                also=[Label(found[kind].span, "first here")],
                help="keep one of the two",
            )
            return False
        found[kind] = clause
        return True
