"""What every document says about itself: trial, version, state of the draft, where it comes from."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, ordered
from protocol_dsl.model.base import Note
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.text import counted
from protocol_dsl.source import SourceMap

PRINTED = 20
"""So many lines of the banner's list are printed; a longer list would push the document itself off its first page."""


class Finding(NamedTuple):
    """A line of the banner's list; `place` is `lupus.proto:61`, `code` None for what is no diagnostic."""

    code: str | None
    text: str
    place: str


class Group(NamedTuple):
    """Findings of one kind, such as `Errors`."""

    title: str
    findings: list[Finding]


def page(rendering: Rendering, title: str) -> dict[str, Any]:
    """Header, banner and footer of the document `title`: what templates read as `page`.

    `title`, `trial` (name, title, acronym, version, version_date, registry numbers), `banner` (None, or `line` and
    `groups`), `source` (file name), `footer` (one sentence without date) and `line` (all of it as one plain line).
    """
    study = rendering.protocol.study
    heading = study.brief_title or study.official_title or study.title
    source = os.path.basename(rendering.sources.files[0].path) if rendering.sources.files else study.origin.file
    version = f" (version {study.version})" if study.version else ""
    found = banner(rendering)
    numbers = [each.value for each in study.registrations]
    line = [study.acronym or study.name, *([f"version {study.version}"] if study.version else []), *numbers, title]
    return {
        "title": title,
        "trial": {
            "name": study.name,
            "title": " ".join(heading.split()),
            "official_title": " ".join((study.official_title or heading).split()),
            "acronym": study.acronym,
            "version": study.version,
            "version_date": study.version_date,
            "registrations": numbers,
        },
        "banner": found,
        "source": source,
        "footer": f"Made by Protocol DSL from {source}{version}",
        "line": " · ".join(line) + (f" · {found['line']}" if found else ""),
    }


def words(head: dict[str, Any]) -> dict[str, str]:
    """What a Word template can name in braces, from the `page` of a document."""
    trial = head["trial"]
    dated = f", {trial['version_date']}" if trial["version_date"] else ""
    version = f"Version {trial['version']}{dated}" if trial["version"] else ""
    name = str(trial["acronym"] or trial["name"])
    return {
        "document": str(head["title"]),
        "title": str(trial["title"]),
        "trial": name,
        "version": version,
        "registrations": ", ".join(trial["registrations"]),
        "facts": " · ".join(each for each in (name, version, *trial["registrations"]) if each),
        "draft": str(head["banner"]["line"]) if head["banner"] else "",
        "made": str(head["footer"]),
    }


def banner(rendering: Rendering) -> dict[str, Any] | None:
    """`line` (`Draft: 2 errors, 5 assumptions`) and `groups` of findings; None where nothing is open or accepted.

    On paper stand those of `printed`, and that there are `hidden` more.
    """
    protocol, sources = rendering.protocol, rendering.sources
    findings = ordered(rendering.diagnostics)
    allowed = [f"{note.code}: {note.text}" if note.code else note.text for note in protocol.noted("allow")]
    groups = [
        Group("Errors", _diagnosed(findings, ERROR, sources)),
        Group("Warnings", _diagnosed(findings, WARNING, sources)),
        Group("Assumptions", _noted(protocol.noted("assumed"))),
        Group("To-dos", _noted(protocol.noted("todo"))),
        Group(
            "Accepted findings",
            [Finding(None, text, _at(note)) for text, note in zip(allowed, protocol.noted("allow"), strict=True)],
        ),
    ]
    nouns = ("error", "warning", "assumption", "to-do")
    open_counts = [
        counted(len(group.findings), noun) for group, noun in zip(groups, nouns, strict=False) if group.findings
    ]
    groups = [group for group in groups if group.findings]
    if not groups:
        return None
    line = "Draft: " + ", ".join(open_counts) if open_counts else counted(len(groups[0].findings), "accepted finding")
    printed = _first(groups, PRINTED)
    hidden = sum(len(group.findings) for group in groups) - sum(len(group.findings) for group in printed)
    return {
        "line": line, "has_errors": groups[0].title == "Errors", "groups": groups, "printed": printed, "hidden": hidden,
    }  # fmt: skip


def _first(groups: list[Group], most: int) -> list[Group]:
    """The groups with their first `most` findings altogether."""
    kept: list[Group] = []
    for group in groups:
        left = most - sum(len(each.findings) for each in kept)
        if left > 0:
            kept.append(group._replace(findings=group.findings[:left]))
    return kept


def _diagnosed(findings: list[Diagnostic], severity: str, sources: SourceMap) -> list[Finding]:
    return [Finding(each.code, each.message, _place(each, sources)) for each in findings if each.severity == severity]


def _place(diagnostic: Diagnostic, sources: SourceMap) -> str:
    if diagnostic.span is None:
        return ""
    path, start, _ = sources.place(diagnostic.span)
    return f"{os.path.basename(path)}:{start.line}"


def _noted(notes: tuple[Note, ...]) -> list[Finding]:
    return [Finding(None, " ".join(note.text.split()), _at(note)) for note in notes]


def _at(note: Note) -> str:
    return f"{os.path.basename(note.origin.file)}:{note.origin.line}"
