"""Findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), for code scanning services."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from protocol_dsl import __version__
from protocol_dsl.diagnostics import registry
from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, Fix, Label
from protocol_dsl.diagnostics.page import page, to_markdown, to_text
from protocol_dsl.diagnostics.render.escape import json_text
from protocol_dsl.source import SourceMap, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {ERROR: "error", WARNING: "warning", NOTE: "note"}
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def render(diagnostics: list[Diagnostic], sources: SourceMap) -> str:
    """One run with the rules that found something, and a result a finding."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {"name": "protocol-dsl", "semanticVersion": __version__, "rules": [_rule(code) for code in codes]}
    fingerprints = _fingerprints(diagnostics, sources)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(diagnostic, codes.index(diagnostic.code), fingerprint, sources)
            for diagnostic, fingerprint in zip(diagnostics, fingerprints, strict=True)
        ],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str) -> dict[str, Any]:
    rule = registry.find(code)
    if rule is None:
        return {"id": code}
    about = page(rule)
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": about.summary},
        "help": {"text": to_text(about), "markdown": to_markdown(about)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(diagnostic: Diagnostic, index: int, fingerprint: str, sources: SourceMap) -> dict[str, Any]:
    lines = [diagnostic.message, *(f"note: {note}" for note in diagnostic.notes)]
    if diagnostic.help is not None:
        lines.append(f"help: {diagnostic.help}")
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": _LEVELS[diagnostic.severity],
        "message": _message("\n".join(lines)),
        "partialFingerprints": {"protocolDsl/v1": fingerprint},
    }
    if diagnostic.labels:
        result["locations"] = [_location(diagnostic.labels[0], sources)]
    if len(diagnostic.labels) > 1:
        related = enumerate(diagnostic.labels[1:], start=1)
        result["relatedLocations"] = [{"id": number, **_location(label, sources)} for number, label in related]
    if diagnostic.fixes:
        result["fixes"] = [_fix(fix, sources) for fix in diagnostic.fixes]
    return result


def _message(text: str) -> dict[str, str]:
    """A message whose text is not taken for a placeholder (section 3.11.5) or a link (section 3.11.6)."""
    text = _PLACEHOLDER.sub(r"{{\1}}", text)
    return {"text": text.replace("[", "\\[") if "](" in text else text}


def _location(label: Label, sources: SourceMap) -> dict[str, Any]:
    place = {"artifactLocation": _artifact(label.span, sources), "region": _region(label.span, sources)}
    return {"physicalLocation": place} | ({"message": _message(label.text)} if label.text else {})


def _artifact(span: Span, sources: SourceMap) -> dict[str, str]:
    path = sources.files[span.file].path.replace("\\", "/")
    uri = quote(path, safe="/", errors="replace")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _region(span: Span, sources: SourceMap) -> dict[str, int]:
    _, start, end = sources.place(span)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _fix(fix: Fix, sources: SourceMap) -> dict[str, Any]:
    changes: dict[int, dict[str, Any]] = {}
    for edit in fix.edits:
        change = changes.setdefault(
            edit.span.file, {"artifactLocation": _artifact(edit.span, sources), "replacements": []}
        )
        change["replacements"].append(
            {"deletedRegion": _region(edit.span, sources), "insertedContent": {"text": edit.text}}
        )
    return {"description": _message(fix.title), "artifactChanges": list(changes.values())}


def _fingerprints(diagnostics: list[Diagnostic], sources: SourceMap) -> list[str]:
    """What tells a finding from another when lines move: code, file, the marked line, and which one of equals it is."""
    seen: dict[tuple[str, ...], int] = {}
    result: list[str] = []
    for diagnostic in diagnostics:
        key = (diagnostic.code, *_where(diagnostic, sources))
        seen[key] = seen.get(key, 0) + 1
        text = "\0".join((*key, str(seen[key])))
        result.append(sha256(text.encode("utf-8", "replace")).hexdigest()[:32])
    return result


def _where(diagnostic: Diagnostic, sources: SourceMap) -> tuple[str, ...]:
    span = diagnostic.span
    if span is None:
        return (diagnostic.message,)
    path, start, _ = sources.place(span)
    line = sources.files[span.file].line(start.line)
    return (path, " ".join(line.split()), sources.text(span).partition("\n")[0])
