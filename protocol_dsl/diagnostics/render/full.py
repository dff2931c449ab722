"""Findings drawn into the author's own lines, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, Diagnostic, Label
from protocol_dsl.diagnostics.render.escape import visible, width
from protocol_dsl.source import SourceFile, SourceMap

TAB = 4
# Columns of one source line that are shown; a longer line is cut round its marks.
ROOM = 120
# The mark of a fault must not depend on colour, so the primary one is heavier.
_PRIMARY, _SECONDARY = "━", "─"

_COLOURS = {ERROR: "1;31", WARNING: "1;33", NOTE: "1;34"}
_FRAME, _OTHER, _BOLD = "34", "36", "1"


class _Mark(NamedTuple):
    """A marked part of one line; `start` and `end` count characters from 0."""

    line: int
    start: int
    end: int
    primary: bool
    text: str


class _Excerpt(NamedTuple):
    """What is shown of a line: its text, its first character, and the column of each character and of the end."""

    text: str
    first: int
    columns: list[int]


class _Pen:
    """How one finding is coloured, and how wide its line numbers are."""

    def __init__(self, severity: str, gutter: int, color: bool) -> None:
        self.severity = _COLOURS[severity]
        self.gutter = gutter
        self._color = color

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._color and text else text

    def frame(self, number: int | str, sign: str) -> str:
        return self.paint(f"{number:>{self.gutter}}{sign}", _FRAME)


def render(diagnostics: list[Diagnostic], sources: SourceMap, *, color: bool = False) -> str:
    """Every finding with its places, help, notes and fixes; a blank line stands between two findings."""
    return "\n".join("\n".join(_finding(diagnostic, sources, color)) + "\n" for diagnostic in diagnostics)


def _finding(diagnostic: Diagnostic, sources: SourceMap, color: bool) -> Iterator[str]:
    marks = _marks_by_file(diagnostic.labels, sources)
    gutter = max((len(str(mark.line)) for some in marks.values() for mark in some), default=2)
    pen = _Pen(diagnostic.severity, gutter, color)
    yield (
        pen.paint(f"{diagnostic.severity}[{diagnostic.code}]", pen.severity)
        + pen.paint(": " + visible(diagnostic.message), _BOLD)
    )
    for number, (file, some) in enumerate(marks.items()):
        label = next(label for label in diagnostic.labels if label.span.file == file)
        path, start, _ = sources.place(label.span)
        corner = "┌─" if number == 0 else "├─"
        yield f"{pen.frame('', corner)} {visible(path)}:{start.line}:{start.column}"
        yield from _snippet(sources.files[file], some, pen)
    if diagnostic.help is not None:
        yield from _remark("help", diagnostic.help, pen)
    for note in diagnostic.notes:
        yield from _remark("note", note, pen)
    for fix in diagnostic.fixes:
        yield from _remark("fix", fix.title if fix.safe else f"{fix.title} (to be reviewed)", pen)


def _remark(kind: str, text: str, pen: _Pen) -> Iterator[str]:
    first, *rest = text.split("\n")
    head = f"= {kind}: "
    yield f"{' ' * pen.gutter}{pen.paint(head.rstrip(), _BOLD)} {visible(first)}"
    for line in rest:
        yield f"{' ' * (pen.gutter + len(head))}{visible(line)}".rstrip()


def _marks_by_file(labels: tuple[Label, ...], sources: SourceMap) -> dict[int, list[_Mark]]:
    """The marks of each file, in the order of the lines; the file of the primary label comes first."""
    result: dict[int, list[_Mark]] = {}
    for label in labels:
        result.setdefault(label.span.file, []).extend(_marks(label, sources.files[label.span.file]))
    for marks in result.values():
        marks.sort(key=lambda mark: (mark.line, mark.start, mark.end, not mark.primary))
    return result


def _marks(label: Label, file: SourceFile) -> list[_Mark]:
    """One mark, or two for a label that runs over several lines: its first line and its last."""
    line, column = file.position(label.span.start)
    last_line, last_column = file.position(max(label.span.start, label.span.end))
    if last_column == 1 and last_line > line:
        # The label takes in a line break; people see it end before that.
        last_line -= 1
        last_column = len(file.line(last_line)) + 1
    if line == last_line:
        return [_Mark(line, column - 1, last_column - 1, label.primary, label.text)]
    last = file.line(last_line)
    indent = min(len(last) - len(last.lstrip()), last_column - 1)
    return [
        _Mark(line, column - 1, len(file.line(line)), label.primary, "…"),
        _Mark(last_line, indent, last_column - 1, label.primary, label.text),
    ]


def _snippet(file: SourceFile, marks: list[_Mark], pen: _Pen) -> Iterator[str]:
    before = marks[0].line
    for line in sorted({mark.line for mark in marks}):
        # One line left out needs no sign: the numbers say it.
        if line - before > 2:
            yield pen.frame("", "⋮")
        before = line
        text = file.line(line)
        for together in _that_fit(text, [mark for mark in marks if mark.line == line]):
            excerpt = _excerpt(text, min(mark.start for mark in together), max(mark.end for mark in together))
            yield f"{pen.frame(line, '│')} {excerpt.text}".rstrip()
            for mark in together:
                yield f"{pen.frame('', '│')} {_underline(mark, excerpt, pen)}"


def _that_fit(text: str, marks: list[_Mark]) -> list[list[_Mark]]:
    """The marks of one line together, or one by one if no excerpt has room for all of them."""
    start, end = min(mark.start for mark in marks), max(mark.end for mark in marks)
    if len(marks) == 1 or _range(text, start, end)[1] >= end:
        return [marks]
    return [[mark] for mark in marks]


def _underline(mark: _Mark, excerpt: _Excerpt, pen: _Pen) -> str:
    shown = len(excerpt.columns) - 1
    start = excerpt.columns[mark.start - excerpt.first]
    end = excerpt.columns[min(mark.end - excerpt.first, shown)]
    line = (_PRIMARY if mark.primary else _SECONDARY) * max(1, end - start)
    # The sign of a label that goes on belongs to the line itself.
    text = mark.text if mark.text == "…" else (" " + visible(mark.text)).rstrip()
    return " " * start + pen.paint(line + text, pen.severity if mark.primary else _OTHER)


def _excerpt(text: str, start: int, end: int) -> _Excerpt:
    first, last = _range(text, start, end)
    pieces = ["…"] if first > 0 else []
    column = len(pieces)
    columns = [column]
    for character in text[first:last]:
        piece = " " * (TAB - column % TAB) if character == "\t" else visible(character)
        pieces.append(piece)
        column += width(piece)
        columns.append(column)
    if last < len(text):
        pieces.append("…")
    return _Excerpt("".join(pieces), first, columns)


def _range(text: str, start: int, end: int) -> tuple[int, int]:
    """The characters of a line that `ROOM` allows: the marked ones first, then those round them, evenly."""
    first = last = start
    room = ROOM
    while last < min(end, len(text)) and room > 0:
        room -= _cost(text[last])
        last += 1
    half = room // 2
    while first > 0 and half > 0:
        first -= 1
        half -= _cost(text[first])
        room -= _cost(text[first])
    while last < len(text) and room > 0:
        room -= _cost(text[last])
        last += 1
    while first > 0 and room > 0:
        first -= 1
        room -= _cost(text[first])
    return first, last


def _cost(character: str) -> int:
    # A combining character costs a column too, or a heap of them would make an excerpt without end.
    return TAB if character == "\t" else max(1, width(visible(character)))
