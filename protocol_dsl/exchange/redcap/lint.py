"""Everything that can be said about a data dictionary without the server that will read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from protocol_dsl.diagnostics.model import Diagnostic, ordered
from protocol_dsl.exchange.redcap import lint_fields, lint_logic, lint_tables
from protocol_dsl.exchange.redcap.project import Project, read
from protocol_dsl.source import SourceMap

Check = Callable[[Project], Iterator[Diagnostic]]
CHECKS: tuple[Check, ...] = (*lint_tables.CHECKS, *lint_fields.CHECKS, *lint_logic.CHECKS)


def lint(
    sources: SourceMap,
    file: int,
    events: dict[str, frozenset[str]] | None = None,
    validations: frozenset[str] = frozenset(),
) -> list[Diagnostic]:
    """All findings about a dictionary; `events` with their forms, if they are known."""
    lines, found = read(sources, file)
    project = Project(lines, events, validations)
    for check in CHECKS:
        found.extend(check(project))
    return ordered(found)
