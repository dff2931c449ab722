"""The documentation of a rule, as its docstring has it: a summary, then sections under known headings."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.diagnostics.model import Rule

HEADINGS = ("What it means", "Why it matters", "Example", "Instead", "References")


class Section(NamedTuple):
    """A part of the page; indented lines of `text` are protocol text or commands."""

    title: str
    text: str


class Page(NamedTuple):
    """One rule, explained. `summary` is one line."""

    code: str
    name: str
    severity: str
    summary: str
    sections: tuple[Section, ...]


class Block(NamedTuple):
    """A paragraph (`code` false, on one line) or an indented example (`code` true, its own indent removed)."""

    code: bool
    text: str


def page(rule: Rule) -> Page:
    """The page of a rule, from its docstring."""
    lines = _dedented(rule.doc)
    sections: list[Section] = []
    title, start = "", 0
    for number, line in enumerate([*lines, HEADINGS[0]]):
        heading = line.strip("# ").rstrip(":") if line[:1] != " " else ""
        if heading in HEADINGS:
            sections.append(Section(title, "\n".join(lines[start:number]).strip("\n")))
            title, start = heading, number + 1
    summary, _, rest = sections[0].text.partition("\n\n")
    introduction = (Section("", rest.strip("\n")),) if rest.strip() else ()
    return Page(rule.code, rule.name, rule.severity, " ".join(summary.split()), (*introduction, *sections[1:]))


def blocks(text: str) -> list[Block]:
    """The paragraphs and examples of a section."""
    result: list[Block] = []
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        is_code = line.startswith("  ")
        if lines and (not line or is_code != lines[0].startswith("  ")):
            result.append(_block(lines))
            lines = []
        if line:
            lines.append(line)
    return _joined(result)


def _block(lines: list[str]) -> Block:
    if not lines[0].startswith("  "):
        return Block(False, " ".join(line.strip() for line in lines))
    return Block(True, "\n".join(lines))


def _joined(found: list[Block]) -> list[Block]:
    """Examples that only a blank line parts are one example."""
    result: list[Block] = []
    for block in found:
        if result and block.code and result[-1].code:
            result[-1] = Block(True, f"{result[-1].text}\n\n{block.text}")
        else:
            result.append(block)
    return [Block(True, "\n".join(_dedented(block.text, 0))) if block.code else block for block in result]


def to_markdown(about: Page, level: int = 2) -> str:
    """The page without its title, sections under headings of `level`."""
    parts = [about.summary]
    for section in about.sections:
        if section.title:
            parts.append(f"{'#' * level} {section.title}")
        for block in blocks(section.text):
            parts.append(f"```\n{block.text}\n```" if block.code else block.text)
    return "\n\n".join(parts) + "\n"


def to_text(about: Page, columns: int = 88) -> str:
    """The page without its title, for a terminal."""
    parts = [_wrapped(about.summary, columns, "")]
    for section in about.sections:
        body = "\n\n".join(
            _indented(block.text, "      ") if block.code else _wrapped(block.text, columns, "  ")
            for block in blocks(section.text)
        )
        parts.append(f"{section.title}\n{body}" if section.title else body)
    return "\n\n".join(parts) + "\n"


def _indented(text: str, indent: str) -> str:
    return "\n".join((indent + line).rstrip() for line in text.split("\n"))


def _wrapped(text: str, columns: int, indent: str) -> str:
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(indent) + len(line) + 1 + len(word) > columns:
            lines.append(indent + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, indent + line])


def _dedented(text: str, first: int = 1) -> list[str]:
    """Lines without the indent that all of them share; the first lines of a docstring have none to count."""
    lines = text.expandtabs().split("\n")
    indents = [len(line) - len(line.lstrip()) for line in lines[first:] if line.strip()]
    common = min(indents, default=0)
    return [line.strip() if number < first else line[common:].rstrip() for number, line in enumerate(lines)]
