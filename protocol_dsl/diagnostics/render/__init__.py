"""Diagnostics as text: one module a format, imported when that format is asked for."""

from __future__ import annotations

from importlib import import_module

from protocol_dsl.diagnostics.model import ERROR, NOTE, SEVERITIES, WARNING, Diagnostic
from protocol_dsl.source import SourceMap

# The first two are for people and go to stderr, the others are for programs and go to stdout.
FORMATS = ("full", "concise", "json", "sarif", "github")
TERMINAL_FORMATS = ("full", "concise")


def render(format: str, diagnostics: list[Diagnostic], sources: SourceMap, color: bool = False) -> str:
    """The findings, in the order given, in one of `FORMATS`; `color` matters to `TERMINAL_FORMATS` only.

    The text ends with a newline, or is empty. Raises `ValueError` for a format that does not exist.
    """
    if format not in FORMATS:
        raise ValueError(f"there is no format {format!r}; the formats are {', '.join(FORMATS)}")
    renderer = import_module(f"{__name__}.{format}")
    if format in TERMINAL_FORMATS:
        return renderer.render(diagnostics, sources, color=color)
    return renderer.render(diagnostics, sources)


def counts(diagnostics: list[Diagnostic]) -> dict[str, int]:
    """How many findings there are of each severity; every severity is a key."""
    result: dict[str, int] = dict.fromkeys(SEVERITIES, 0)
    for diagnostic in diagnostics:
        result[diagnostic.severity] += 1
    return result


def summary_line(diagnostics: list[Diagnostic]) -> str:
    """The closing line of a run: `2 errors, 1 warning`; `no findings` where there are none."""
    number = counts(diagnostics)
    parts = [f"{number[s]} {s}{'' if number[s] == 1 else 's'}" for s in (ERROR, WARNING, NOTE) if number[s]]
    return ", ".join(parts) or "no findings"
