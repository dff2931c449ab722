"""Findings as JSON, version 1. Lines and columns count from 1, columns in characters; ends are exclusive."""

from __future__ import annotations

from typing import Any

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, Fix
from protocol_dsl.diagnostics.render import counts
from protocol_dsl.diagnostics.render.escape import json_text
from protocol_dsl.source import SourceMap, Span

VERSION = 1


def render(diagnostics: list[Diagnostic], sources: SourceMap) -> str:
    """One object with `version`, `diagnostics` and `summary`; a finding about no place has nulls there."""
    number = counts(diagnostics)
    return json_text(
        {
            "version": VERSION,
            "diagnostics": [_finding(diagnostic, sources) for diagnostic in diagnostics],
            "summary": {"errors": number[ERROR], "warnings": number[WARNING], "notes": number[NOTE]},
        }
    )


def _finding(diagnostic: Diagnostic, sources: SourceMap) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_place(diagnostic.span, sources),
        "labels": [
            {**_place(label.span, sources), "text": label.text, "primary": label.primary} for label in diagnostic.labels
        ],
        "help": diagnostic.help,
        "notes": list(diagnostic.notes),
        "fixes": [_fix(fix, sources) for fix in diagnostic.fixes],
    }


def _fix(fix: Fix, sources: SourceMap) -> dict[str, Any]:
    edits = [{**_place(edit.span, sources), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def _place(span: Span | None, sources: SourceMap) -> dict[str, Any]:
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    path, start, end = sources.place(span)
    return {
        "file": path,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }
