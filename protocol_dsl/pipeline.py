"""The whole way from a file to a checked trial, in one place; nothing here prints or exits."""

from __future__ import annotations

import os
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import Diagnostic, ordered
from protocol_dsl.source import SourceError, SourceMap
from protocol_dsl.syntax.parser import Parsed, parse


class Compiled(NamedTuple):
    """What is known about a trial after a compile, and all that was found on the way."""

    sources: SourceMap
    trees: list[Parsed]
    diagnostics: list[Diagnostic]


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


def check(path: str) -> Compiled:
    """Compile the protocol at `path` without writing anything."""
    sources = SourceMap(project_root(path))
    try:
        index = sources.read(path)
    except SourceError as error:
        return Compiled(sources, [], [ioe.FILE_UNREADABLE.at(None, f"{error.path}: {error.reason}")])
    parsed = parse(sources.files[index].text, index)
    return Compiled(sources, [parsed], ordered(parsed.diagnostics))
