"""`protoc fmt FILE…`: format protocol files in place, or tell what would change."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Iterable

from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes.ioe import FILE_UNREADABLE, OUTPUT_UNWRITABLE, PROTOBUF_SCHEMA
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.source import SourceError, SourceMap, Span
from protocol_dsl.syntax.formatter import Formatted, FormatterFault, format_text
from protocol_dsl.syntax.protobuf import is_protobuf_schema

_STDIN = "<stdin>"


def run(argv: list[str]) -> int:
    """Run the command; its exit status: 1 for syntax faults, with `--check` also for a file that would change."""
    parser = argparse.ArgumentParser(
        prog="protoc fmt",
        description="Format protocol files in place. The layout changes, what they say does not.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="the files; `-` reads stdin and writes to stdout")
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if a file would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; print what would change")
    parser.add_argument("--stdin", action="store_true", help="read stdin, write the formatted text to stdout")
    output.add_diagnostic_options(parser)
    args = parser.parse_args(argv)
    files: list[str] = list(dict.fromkeys(args.files))
    if args.stdin:
        files = [*(path for path in files if path != "-"), "-"]
    if not files:
        parser.error("name a file, or `-` for stdin")
    return _Run(args).run(files)


class _Run:
    """One call: the texts read so far, the findings, and which files change."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.sources = SourceMap()
        self.diagnostics: list[Diagnostic] = []
        self.changed = False
        # A format for programs has stdout for itself.
        self.names = sys.stdout if args.format in output.TERMINAL_FORMATS else sys.stderr

    def run(self, files: list[str]) -> int:
        """Format the files one after the other; a fault in one does not keep the others from being formatted."""
        fault: FormatterFault | None = None
        for path in files:
            try:
                if path == "-":
                    self.stdin()
                else:
                    self.file(path)
            except SourceError as error:
                self.diagnostics.append(FILE_UNREADABLE.at(None, f"`{error.path}` cannot be read: {error.reason}"))
            except FormatterFault as error:
                fault = fault or FormatterFault(f"{path}: {error}")
        output.emit(self.diagnostics, self.sources, self.args)
        if fault is not None:
            raise fault
        status = output.exit_status(self.diagnostics, self.args.strict)
        return max(status, int(self.changed and self.args.check))

    def stdin(self) -> None:
        """Format standard input to standard output."""
        buffer = getattr(sys.stdin, "buffer", None)
        data: bytes = buffer.read() if buffer is not None else sys.stdin.read().encode()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise SourceError(_STDIN, "it is not UTF-8 text") from None
        formatted = self.format(self.sources.add_text(_STDIN, text))
        if formatted is None:
            return
        if self.args.check or self.args.diff:
            self.tell(_STDIN, data, text, formatted.text)
        else:
            sys.stdout.write(formatted.text)

    def file(self, path: str) -> None:
        """Format one file in place."""
        index = self.sources.read(path)
        formatted = self.format(index)
        if formatted is None:
            return
        real = os.path.realpath(path)
        with open(real, "rb") as handle:
            before = handle.read()
        if self.args.check or self.args.diff:
            self.tell(path, before, before.decode("utf-8", "replace"), formatted.text)
            return
        after = formatted.text.encode()
        if after == before:
            return
        trouble = _replace(real, after)
        if trouble is not None:
            self.diagnostics.append(OUTPUT_UNWRITABLE.at(None, f"`{path}` cannot be written: {trouble}"))
            return
        self.names.write(f"{path}\n")

    def format(self, index: int) -> Formatted | None:
        """The formatted text, or None if its faults keep it from being formatted; they are added to the findings."""
        source = self.sources.files[index]
        if is_protobuf_schema(source.text):
            message = f"`{source.path}` is a Protocol Buffers schema, not a clinical trial protocol"
            self.diagnostics.append(PROTOBUF_SCHEMA.at(Span(index, 0, 0), message))
            return None
        formatted = format_text(source.text, index)
        self.diagnostics += formatted.diagnostics
        return None if output.exit_status(formatted.diagnostics) else formatted

    def tell(self, path: str, before: bytes, text: str, after: str) -> None:
        """Say that a file would change, or how."""
        if before == after.encode():
            return
        self.changed = True
        if not self.args.diff:
            self.names.write(f"{path}\n")
            return
        lines = list(_diff(path, text, after))
        if not lines:
            lines = [f"--- {path}\n+++ {path} (formatted)\nonly line ends or the byte order mark change\n"]
        self.names.writelines(lines)


def _diff(path: str, before: str, after: str) -> Iterable[str]:
    import difflib

    text = before.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    old, new = text.splitlines(keepends=True), after.splitlines(keepends=True)
    for line in difflib.unified_diff(old, new, path, f"{path} (formatted)"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _replace(path: str, data: bytes) -> str | None:
    """Put the new contents in place of the file in one step, with its mode; why not, if that fails."""
    import tempfile

    if not os.access(path, os.W_OK):
        return "it is write-protected"
    temporary = None
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        descriptor, temporary = tempfile.mkstemp(prefix=".fmt-", dir=os.path.dirname(path))
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
        return error.strerror or str(error)
    return None
