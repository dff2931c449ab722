"""Source files and places in them.

Every read of a protocol text goes through one `SourceMap`, so that a compile is a function of the
texts it was given, and so that any place in any of them can be shown to the author.
"""

from __future__ import annotations

import os
import posixpath
import stat
from bisect import bisect_right
from typing import NamedTuple, Protocol

LARGEST = 64 * 2**20
"""Bytes of the largest file that is read."""


class Span(NamedTuple):
    """A half-open range of characters `[start, end)` in the file with index `file` of a `SourceMap`."""

    file: int
    start: int
    end: int


class Position(NamedTuple):
    """A place as people count it: line and column from 1, the column in Unicode characters."""

    line: int
    column: int


class SourceFile:
    """One text: `path` as it is shown to people, `text` with newlines normalised to `\\n`."""

    __slots__ = ("_line_starts", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._line_starts: list[int] | None = None

    @property
    def line_starts(self) -> list[int]:
        """Offsets at which each line begins."""
        if self._line_starts is None:
            starts = [0]
            find = self.text.find
            at = find("\n")
            while at != -1:
                starts.append(at + 1)
                at = find("\n", at + 1)
            self._line_starts = starts
        return self._line_starts

    def position(self, offset: int) -> Position:
        """Line and column of an offset; an offset behind the end is the end."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its newline; empty behind the end."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end]


class SourceError(Exception):
    """A file that could not be read as a text; `reason` is one clause for people."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Store(Protocol):
    """Where files are kept that are in no folder, such as a revision in a repository. `name` is how people call it."""

    name: str

    def read(self, path: str) -> bytes:
        """The bytes of the file at `path`, from the top of the store; raises `SourceError`."""
        ...


def _decoded(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(shown, f"it is not UTF-8 text (line {line}); save it as UTF-8") from None


class SourceMap:
    """All texts of one compile. `files[i]` is the file that a `Span` with `file == i` points into.

    `root` is the folder that include paths cannot leave (an absolute, resolved path, or None when the
    texts do not come from a file system). With a `store`, what it holds is read by `read_stored`, and whatever a stored
    file includes comes from there too.
    """

    def __init__(self, root: str | None = None, store: Store | None = None) -> None:
        self.root = os.path.realpath(root) if root is not None else None
        self.store = store
        self.files: list[SourceFile] = []
        self._index: dict[str, int] = {}
        self._stored: dict[int, str] = {}

    def add_text(self, path: str, text: str) -> int:
        """Add a text under the shown path `path`; the index of the file."""
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self.files.append(SourceFile(path, text))
        return len(self.files) - 1

    def read(self, path: str, shown: str | None = None) -> int:
        """Read the file at `path` once; the index of the file.

        Raises `SourceError` when it is not there, is not UTF-8 or cannot be read.
        """
        key = os.path.realpath(path)
        if key in self._index:
            return self._index[key]
        shown = shown if shown is not None else path
        try:
            about = os.stat(key)
            if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
                raise SourceError(shown, "it is not an ordinary file")
            if about.st_size > LARGEST:
                raise SourceError(shown, f"it is larger than {LARGEST // 2**20} MiB, and no protocol is")
            with open(key, "rb") as handle:
                data = handle.read()
        except IsADirectoryError:
            raise SourceError(shown, "it is a folder, not a file") from None
        except FileNotFoundError:
            raise SourceError(shown, "there is no such file") from None
        except (OSError, ValueError) as error:
            raise SourceError(shown, f"it cannot be read ({getattr(error, 'strerror', None) or error})") from None
        self._index[key] = self.add_text(shown, _decoded(data, shown))
        return self._index[key]

    def put(self, path: str, text: str) -> int:
        """Take a text for what the file at `path` holds, whatever stands there; the index of the file."""
        index = self.add_text(path, text)
        self._index[os.path.realpath(path)] = index
        return index

    def read_stored(self, path: str) -> int:
        """Read the file at `path` of the store once, a path from its top; the index of the file.

        It is shown as `REVISION:path`. Raises `SourceError`.
        """
        assert self.store is not None
        shown = f"{self.store.name}:{path}"
        if shown not in self._index:
            self._index[shown] = self.add_text(shown, _decoded(self.store.read(path), shown))
            self._stored[self._index[shown]] = path
        return self._index[shown]

    def include(self, name: str, from_file: int) -> int:
        """Read the file that a `use "name"` in file `from_file` brings in; the index of the file.

        The path is relative to the including file. Raises `SourceError` when it leaves `root`
        (also by a symbolic link), is absolute, or cannot be read.
        """
        if os.path.isabs(name) or "\\" in name or "\0" in name:
            raise SourceError(name, "write a path relative to this file, with forward slashes")
        if from_file in self._stored:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(self._stored[from_file]), name))
            if path.startswith("../"):
                raise SourceError(
                    name, "it lies outside the project folder, and a protocol reads only from its own project"
                )
            return self.read_stored(path)
        base = os.path.dirname(self.files[from_file].path)
        shown = os.path.normpath(os.path.join(base, name))
        real = os.path.realpath(shown)
        if self.root is None or os.path.commonpath([real, self.root]) != self.root:
            raise SourceError(
                name, "it lies outside the project folder, and a protocol reads only from its own project"
            )
        return self.read(shown, shown)

    def portable(self, path: str) -> str:
        """A shown path as it is from the project's root, with forward slashes: the same from any working folder."""
        if self.root is None:
            return path
        real = os.path.realpath(path)
        inside = os.path.exists(real) and os.path.commonpath([real, self.root]) == self.root
        return os.path.relpath(real, self.root).replace(os.sep, "/") if inside else path

    def place(self, span: Span) -> tuple[str, Position, Position]:
        """Shown path, first and last position of a span."""
        file = self.files[span.file]
        return file.path, file.position(span.start), file.position(span.end)

    def text(self, span: Span) -> str:
        """The characters of a span."""
        return self.files[span.file].text[span.start : span.end]
