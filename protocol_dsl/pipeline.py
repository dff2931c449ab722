"""The whole way from a file to a checked trial, in one place; nothing here prints or exits."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import ERROR, Diagnostic, ordered
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.schedule.build import Schedule
from protocol_dsl.source import SourceError, SourceMap, Store
from protocol_dsl.syntax.nodes import Node
from protocol_dsl.syntax.parser import Parsed, parse
from protocol_dsl.syntax.protobuf import is_protobuf_schema
from protocol_dsl.syntax.texts import string_value

STOPPING = ("SYN", "NAM", "QTY", "IOE")
"""Families whose errors stop a compile: what the text says is not known."""


class Compiled(NamedTuple):
    """What is known about a trial after a compile, and all that was found on the way.

    `protocol` and `schedule` are there unless the text could not be read at all; they can be rendered when
    `is_sound`.
    """

    sources: SourceMap
    trees: list[Parsed]
    protocol: Protocol | None
    schedule: Schedule | None
    diagnostics: list[Diagnostic]

    @property
    def is_sound(self) -> bool:
        """Whether names, quantities and syntax are free of errors, so that documents can be made."""
        return self.protocol is not None and not any(
            d.severity == ERROR and d.code.startswith(STOPPING) for d in self.diagnostics
        )


def project_root(path: str) -> str:
    """The folder that includes cannot leave: the nearest one above with `.git`, else the file's own."""
    folder = os.path.dirname(os.path.realpath(path))
    at = folder
    while True:
        if os.path.exists(os.path.join(at, ".git")):
            return at
        above = os.path.dirname(at)
        if above == at:
            return folder
        at = above


def check(
    path: str, *, no_assumptions: bool = False, prove: bool = True, drawn: Mapping[str, int] | None = None
) -> Compiled:
    """Compile the protocol in the file at `path` without writing anything; `no_assumptions` makes open facts errors.

    Without `prove` the rules about the trial are left out; `drawn` makes more members of open series (see `elaborate`).
    """
    sources = SourceMap(project_root(path))
    try:
        sources.read(path)
    except SourceError as error:
        return Compiled(sources, [], None, None, [ioe.FILE_UNREADABLE.at(None, f"{error.path}: {error.reason}")])
    return compile_sources(sources, no_assumptions=no_assumptions, prove=prove, drawn=drawn)


def check_stored(store: Store, path: str, *, prove: bool = True) -> Compiled:
    """Compile the protocol at `path` of a store, such as a revision in a repository, with what it includes there."""
    sources = SourceMap(None, store)
    try:
        sources.read_stored(path)
    except SourceError as error:
        return Compiled(sources, [], None, None, [ioe.FILE_UNREADABLE.at(None, f"{error.path}: {error.reason}")])
    return compile_sources(sources, prove=prove)


def check_text(text: str, path: str = "protocol.proto") -> Compiled:
    """Compile a protocol that is not in a file; it can include nothing."""
    sources = SourceMap(None)
    sources.add_text(path, text)
    return compile_sources(sources)


def compile_sources(
    sources: SourceMap, *, no_assumptions: bool = False, prove: bool = True, drawn: Mapping[str, int] | None = None
) -> Compiled:
    """Compile the first file of the sources: parse, include, elaborate, build the schedule, check (if to `prove`)."""
    text = sources.files[0].text
    if is_protobuf_schema(text):
        return Compiled(
            sources, [], None, None, [ioe.PROTOBUF_SCHEMA.at(None, protobuf_message(sources.files[0].path))]
        )
    trees, diagnostics = parse_with_includes(sources)

    from protocol_dsl.elaborate.elaborate import elaborate

    elaborated = elaborate(trees, sources, drawn)
    diagnostics += without_follow_ups(elaborated.diagnostics, diagnostics, sources)
    if elaborated.protocol is None:
        return Compiled(sources, trees, None, None, ordered(diagnostics))

    from protocol_dsl.schedule.build import build

    schedule = build(elaborated.protocol)
    compiled = Compiled(sources, trees, elaborated.protocol, schedule, ordered(diagnostics))
    if prove and compiled.is_sound:
        from protocol_dsl import checks
        from protocol_dsl.checks.openness import open_notes
        from protocol_dsl.checks.trial import Trial

        diagnostics += checks.run(elaborated.protocol, schedule, sources)
        if no_assumptions:
            diagnostics += open_notes(Trial(elaborated.protocol, schedule, sources))
        compiled = compiled._replace(diagnostics=ordered(diagnostics))
    return compiled


def without_follow_ups(found: list[Diagnostic], syntax: list[Diagnostic], sources: SourceMap) -> list[Diagnostic]:
    """The findings about names and quantities, without those in a line whose syntax is at fault.

    What such a line says is a guess; it is told again, if it is wrong, when the syntax is right.
    """

    def line(diagnostic: Diagnostic) -> tuple[int, int] | None:
        span = diagnostic.span
        return (span.file, sources.files[span.file].position(span.start).line) if span is not None else None

    faulty = {line(d) for d in syntax if d.severity == ERROR} - {None}
    return [d for d in found if line(d) not in faulty] if faulty else found


def protobuf_message(path: str) -> str:
    """What to say of a file for Google's compiler of the same name."""
    return f"{path} is a Protocol Buffers schema, not a clinical trial protocol; Google's protoc compiles it"


def parse_with_includes(sources: SourceMap) -> tuple[list[Parsed], list[Diagnostic]]:
    """The first file and all that it brings in by `use`, each once, in the order in which they are used."""
    parsed = parse(sources.files[0].text, 0)
    trees = [parsed]
    diagnostics = list(parsed.diagnostics)
    seen = {0}
    waiting: list[tuple[Node, tuple[int, ...]]] = [(use, (0,)) for use in _uses(parsed.tree)]
    while waiting:
        use, chain = waiting.pop(0)
        token = use.token("STRING")
        if token is None or token.missing:
            continue
        name = string_value(token)
        try:
            index = sources.include(name, token.file)
        except SourceError as error:
            outside = "outside" in error.reason or "relative" in error.reason
            rule = ioe.INCLUDE_OUTSIDE_PROJECT if outside else ioe.FILE_UNREADABLE
            diagnostics.append(rule.at(token.span, f"`{name}` cannot be used: {error.reason}"))
            continue
        if index in chain:
            diagnostics.append(
                ioe.INCLUDE_CYCLE.at(token.span, f"`{name}` is using this file already", help="take one `use` out")
            )
        if index in seen:
            continue
        seen.add(index)
        if is_protobuf_schema(sources.files[index].text):
            diagnostics.append(ioe.PROTOBUF_SCHEMA.at(token.span, protobuf_message(name)))
            continue
        included = parse(sources.files[index].text, index)
        trees.append(included)
        diagnostics.extend(included.diagnostics)
        waiting.extend((inner, (*chain, index)) for inner in _uses(included.tree))
    return trees, diagnostics


def _uses(tree: Node) -> list[Node]:
    """The `use` statements of a file."""
    found: list[Node] = []
    for node in tree.nodes("use", "annotated"):
        inner = node.children[-1] if node.kind == "annotated" else node
        if isinstance(inner, Node) and inner.kind == "use":
            found.append(inner)
    return found
