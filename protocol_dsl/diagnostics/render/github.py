"""Findings as GitHub workflow commands, which become annotations in a pull request."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic
from protocol_dsl.diagnostics.render.escape import visible
from protocol_dsl.source import SourceMap

_COMMANDS = {ERROR: "error", WARNING: "warning", NOTE: "notice"}


def render(diagnostics: list[Diagnostic], sources: SourceMap) -> str:
    """`::error file=…,line=…,col=…,endLine=…,endColumn=…,title=…::message`, one command a line."""
    return "".join(_command(diagnostic, sources) + "\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic, sources: SourceMap) -> str:
    properties: list[tuple[str, object]] = []
    if diagnostic.span is not None:
        path, start, end = sources.place(diagnostic.span)
        properties = [
            ("file", path),
            ("line", start.line),
            ("col", start.column),
            ("endLine", end.line),
            ("endColumn", end.column),
        ]
    properties.append(("title", diagnostic.code))
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties)
    return f"::{_COMMANDS[diagnostic.severity]} {listed}::{_message(diagnostic, sources)}"


def _message(diagnostic: Diagnostic, sources: SourceMap) -> str:
    lines = [diagnostic.message]
    for label in diagnostic.labels[1:]:
        path, start, _ = sources.place(label.span)
        lines.append(f"{path}:{start.line}:{start.column}: {label.text}")
    lines += [f"note: {note}" for note in diagnostic.notes]
    if diagnostic.help is not None:
        lines.append(f"help: {diagnostic.help}")
    return "%0A".join(visible(line).replace("%", "%25") for text in lines for line in text.split("\n"))


def _property(text: str) -> str:
    return visible(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
