"""One finding a line, for lists, editors and `grep`."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic
from protocol_dsl.diagnostics.render.escape import visible
from protocol_dsl.source import SourceMap

_COLOURS = {ERROR: "31", WARNING: "33", NOTE: "34"}


def render(diagnostics: list[Diagnostic], sources: SourceMap, *, color: bool = False) -> str:
    """`path:line:column: severity[CODE] message`; a finding about no place has no path."""
    return "".join(_line(diagnostic, sources, color) + "\n" for diagnostic in diagnostics)


def _line(diagnostic: Diagnostic, sources: SourceMap, color: bool) -> str:
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    if color:
        head = f"\x1b[1;{_COLOURS[diagnostic.severity]}m{head}\x1b[0m"
    place = ""
    if diagnostic.span is not None:
        path, start, _ = sources.place(diagnostic.span)
        place = f"{visible(path)}:{start.line}:{start.column}: "
    return f"{place}{head} {visible(diagnostic.message)}"
