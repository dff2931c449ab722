"""What the commands share: options about findings, colour, printing, exit status."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TextIO

from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, ordered
from protocol_dsl.diagnostics.render import FORMATS, TERMINAL_FORMATS, render, summary_line
from protocol_dsl.source import SourceMap

COLOR_CHOICES = ("auto", "always", "never")

# For a terminal that has no box characters: each becomes one character of the same width.
_PLAIN = str.maketrans("━─│┌├⋮…", "^-|++:.")


def want_color(choice: str, stream: TextIO | None) -> bool:
    """Whether to write colours: `choice` decides, then NO_COLOR, FORCE_COLOR, TERM=dumb, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    if os.environ.get("TERM") == "dumb" or stream is None:
        return False
    return stream.isatty()


def add_diagnostic_options(parser: ArgumentParser) -> None:
    """Add --format, --color, --strict and --quiet to a command."""
    group = parser.add_argument_group("findings")
    group.add_argument("--format", choices=FORMATS, default="full", help="how findings are written (default: full)")
    group.add_argument("--color", choices=COLOR_CHOICES, default="auto", help="colours (default: on a terminal)")
    group.add_argument("--strict", action="store_true", help="warnings count as errors for the exit status")
    group.add_argument(
        "-q", "--quiet", action="store_true", help="on a terminal, show only what makes the exit status 1"
    )


def emit(diagnostics: list[Diagnostic], sources: SourceMap, args: Namespace) -> None:
    """Print the findings by place: `full` and `concise` to stderr, the formats for programs to stdout.

    `args` holds what `add_diagnostic_options` adds. A format for programs is printed without findings too, and
    `--quiet` does not thin it out.
    """
    shown = ordered(diagnostics)
    if args.format not in TERMINAL_FORMATS:
        sys.stdout.write(render(args.format, shown, sources))
        return
    if args.quiet:
        shown = [diagnostic for diagnostic in shown if _counts(diagnostic, args.strict)]
    if not shown or not sys.stderr:
        return
    text = render(args.format, shown, sources, color=want_color(args.color, sys.stderr))
    if args.format == "full" and not args.quiet:
        text += f"\n{summary_line(shown)}\n"
    sys.stderr.write(text if _has_boxes(sys.stderr) else text.translate(_PLAIN))


def exit_status(diagnostics: list[Diagnostic], strict: bool = False) -> int:
    """0 no errors, 1 errors in the protocol (with `strict` also warnings), 2 a file or tool failed."""
    if any(diagnostic.code.startswith("IOE") and diagnostic.severity == ERROR for diagnostic in diagnostics):
        return 2
    return 1 if any(_counts(diagnostic, strict) for diagnostic in diagnostics) else 0


def _counts(diagnostic: Diagnostic, strict: bool) -> bool:
    return diagnostic.severity == ERROR or (strict and diagnostic.severity == WARNING)


def _has_boxes(stream: TextIO) -> bool:
    try:
        "━─│┌├⋮…".encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
