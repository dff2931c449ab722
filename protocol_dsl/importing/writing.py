"""The text of a protocol, written in the layout that `protoc fmt` gives."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager

from protocol_dsl.exchange.markup import list_mark, reflow, sentences
from protocol_dsl.syntax.format_layout import CONTINUED
from protocol_dsl.syntax.format_writer import INDENT, WIDTH
from protocol_dsl.syntax.lexer import RESERVED

_LONGEST_NAME = 32
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|, |#.*')
_SMALL = frozenset(
    re.split(
        r"\s+",
        "a an and any are as at be been both by each for from has have in is it its least must no not of on or per "
        "such that the their this to was were who with within participant participants patient patients subject "
        "subjects",
    )
)


def quoted(text: str) -> str:
    """A text on one line, in quotes."""
    words = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_braced(words)}"'


class Names:
    """Names made of words, each given once in a protocol."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        """The name, with a number behind it where it is taken."""
        result, number = name, 2
        while result.casefold() in self._taken:
            result, number = f"{name}_{number}", number + 1
        self._taken.add(result.casefold())
        return result

    def of(self, text: str, instead: str, words: int = 3) -> str:
        """A name of the first words of a text that say something; `instead` where it has none in Latin letters."""
        plain = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode().lower()
        found = [word for word in re.findall(r"[a-z][a-z0-9]*|[0-9]+", plain) if word not in _SMALL]
        name = ""
        for word in found[:words]:
            if name and len(name) + len(word) >= _LONGEST_NAME:
                break
            name = f"{name}_{word[:_LONGEST_NAME]}" if name else word[:_LONGEST_NAME]
        name = name or instead
        if not name[0].isalpha() or name in RESERVED:
            name = f"{instead}_{name}"
        return self.take(name)

    def code(self, text: str, instead: str) -> str:
        """A name that keeps the spelling of a code such as `CT1192`; else one of its words."""
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9]{1,19}", text) and text.lower() not in RESERVED:
            return self.take(text)
        return self.of(text, instead)


class Writer:
    """Lines of a protocol, indented by the blocks that are open."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0

    def result(self) -> str:
        """All that was written."""
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        return "\n".join(self.lines) + "\n"

    def line(self, text: str) -> None:
        """A line of its own; one that is too long goes on behind a comma, where it has one."""
        indent = INDENT * self.depth
        while indent + len(text) > WIDTH:
            commas = [found.end() for found in _PIECE.finditer(text) if found[0] == ", "]
            fitting = [end for end in commas if indent + end - 1 <= WIDTH] or commas[:1]
            if not fitting:
                break
            self.lines.append(f"{' ' * indent}{text[: fitting[-1] - 1]}")
            text = text[fitting[-1] :]
            indent = INDENT * self.depth + CONTINUED
        self.lines.append(f"{' ' * indent}{text}")

    def gap(self) -> None:
        """A blank line, unless there is one or nothing was written."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    @contextmanager
    def block(self, header: str) -> Generator[None]:
        """A block under a header."""
        self.line(f"{header} {{")
        self.depth += 1
        yield
        self.depth -= 1
        self.line("}")

    def text(self, before: str, text: str, after: str = "") -> None:
        """A text of one paragraph behind a word: on the same line if it fits there, else over several lines."""
        short = f"{before} {quoted(text)}{after}"
        if len(short) + INDENT * self.depth <= WIDTH:
            self.line(short)
        else:
            self._long(before, _wrapped(" ".join(text.split()), self._room(), is_markup=False), after)

    def prose(self, before: str, text: str) -> None:
        """A Markdown text behind a word: one sentence a line, paragraphs and lists kept."""
        flowing = reflow(text)
        short = f"{before} {quoted(flowing)}"
        if "\n" not in flowing and len(short) + INDENT * self.depth <= WIDTH and not _is_split(flowing):
            self.line(short)
            return
        lines: list[str] = []
        for paragraph in flowing.split("\n"):
            found = list_mark(paragraph)
            if found is not None:
                lines += _wrapped(paragraph, self._room(), is_markup=True, indent=found.end())
            else:
                for sentence in sentences(paragraph):
                    lines += _wrapped(sentence, self._room(), is_markup=True)
        self._long(before, lines, "")

    def _room(self) -> int:
        return WIDTH - INDENT * self.depth - INDENT - 2

    def _long(self, before: str, lines: list[str], after: str) -> None:
        self.line(f'{before} """')
        indent = " " * INDENT * (self.depth + 1)
        for each in lines:
            written = _braced(each.replace("\\", "\\\\").replace('"""', '\\"\\"\\"'))
            self.lines.append(f"{indent}{written}" if each else "")
        self.lines.append(f'{indent}"""{after}')


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _is_split(text: str) -> bool:
    return len(sentences(text)) > 1


def _wrapped(text: str, width: int, *, is_markup: bool, indent: int = 0) -> list[str]:
    """The text in lines; in Markdown none of them begins like an item of a list, except the first."""
    if len(text) <= width:
        return [text]
    made = textwrap.wrap(text, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
    lines = made[:1]
    for line in made[1:]:
        if is_markup and list_mark(line) is not None:
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return lines
