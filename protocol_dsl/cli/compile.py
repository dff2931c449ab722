"""`protoc compile FILE`: make all documents of a trial."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date

from protocol_dsl import pipeline
from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.render.documents import EXTRAS, FAMILIES, choices, lacking


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="protoc compile",
        description="Check a protocol and make its documents: schedule of assessments, calendar, CRFs, registry text.",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("-o", "--output", metavar="DIR", help="where to write (default: out/NAME)")
    parser.add_argument(
        "--only",
        metavar="A,B",
        action="append",
        help=f"make only these: {', '.join(FAMILIES)}, or single files",
    )
    parser.add_argument("--all", action="store_true", help="make every family, also those made only on request")
    parser.add_argument(
        "--templates", metavar="DIR", help="templates that take the place of the shipped ones of the same name"
    )
    parser.add_argument("--font", metavar="FILE", help="a font, or a folder of fonts, for PDF files")
    parser.add_argument(
        "--day0", metavar="DATE", help="date of the anchor (the infusion) for the calendar, such as 2026-03-01"
    )
    parser.add_argument(
        "--partial-from",
        metavar="OLD",
        help="the version that the registry has: prs_partial.xml uploads only what changed since (with --only prs)",
    )
    parser.add_argument(
        "--no-assumptions", action="store_true", help="count every @assumed, @todo and discretion as an error"
    )
    output.add_diagnostic_options(parser)
    args = parser.parse_args(argv)
    trouble = usage_trouble(args)
    if trouble is not None:
        return tell(trouble, pipeline.SourceMap(), args)

    compiled = pipeline.check(args.file, no_assumptions=args.no_assumptions)
    if not compiled.is_sound or compiled.protocol is None or compiled.schedule is None:
        output.emit(compiled.diagnostics, compiled.sources, args)
        if args.format in output.TERMINAL_FORMATS and compiled.protocol is not None:
            sys.stderr.write("nothing was written: errors of syntax, names and quantities come first\n")
        return output.exit_status(compiled.diagnostics, args.strict)

    before: pipeline.Compiled | None = None
    if args.partial_from:
        before = pipeline.check(args.partial_from, prove=False)
        if not before.is_sound:
            output.emit(before.diagnostics, before.sources, args)
            return output.exit_status(before.diagnostics, args.strict)

    from protocol_dsl.render.context import DocumentFault, Rendering
    from protocol_dsl.render.documents import make
    from protocol_dsl.render.write import write_all

    day0 = date.fromisoformat(args.day0) if args.day0 else None
    rendering = Rendering(
        compiled.protocol,
        compiled.schedule,
        compiled.diagnostics,
        compiled.sources,
        args.templates,
        day0,
        fonts=args.font,
        before=before.protocol if before is not None else None,
    )
    folder = args.output or os.path.join("out", os.path.splitext(os.path.basename(args.file))[0])
    progress = Progress()
    try:
        made = list(make(rendering, wanted(args.only or []), progress.start, args.all))
        paths = write_all(made, folder)
    except DocumentFault as error:
        return tell(error.diagnostic, compiled.sources, args)
    except OSError as error:
        return tell(
            ioe.OUTPUT_UNWRITABLE.at(
                None, f"{error.filename or folder}: {error.strerror or error}; nothing was changed"
            ),
            compiled.sources,
            args,
        )
    finally:
        progress.clear()
    output.emit(compiled.diagnostics, compiled.sources, args)
    if args.format in output.TERMINAL_FORMATS and not args.quiet:
        sys.stdout.write(summary(paths, folder, compiled))
    return output.exit_status(compiled.diagnostics, args.strict)


def wanted(given: list[str]) -> list[str]:
    """The words of all `--only`."""
    return [word.strip() for text in given for word in text.split(",")]


def usage_trouble(args: argparse.Namespace) -> Diagnostic | None:
    """What is wrong with the options."""
    if args.all and args.only:
        return ioe.USAGE.at(None, "--all and --only cannot stand together", help="leave one of them out")
    only = wanted(args.only or [])
    for word in only:
        if word not in choices():
            return ioe.USAGE.at(
                None,
                f"--only: there is no `{word}`",
                help=did_you_mean(word, choices()) or "it takes " + ", ".join(choices()),
            )
    needed = lacking(only, args.all)
    if needed:
        said = "; ".join(f"{', '.join(names)}: {EXTRAS[extra][1]} is not installed" for extra, names in needed.items())
        return ioe.EXTRA_MISSING.at(
            None, said, help=f'pip install "protocol-dsl[{",".join(needed)}]", or name other documents with --only'
        )
    if args.partial_from and not args.all and not {"prs", "prs_partial.xml"} & set(wanted(args.only or [])):
        return ioe.USAGE.at(
            None, "--partial-from is about the upload to ClinicalTrials.gov, which is not made", help="add --only prs"
        )
    if args.day0:
        try:
            date.fromisoformat(args.day0)
        except ValueError:
            return ioe.USAGE.at(
                None, f"--day0: there is no date {args.day0}", help="write it as year-month-day, such as 2026-03-01"
            )
    if args.font and not os.path.exists(args.font):
        return ioe.FILE_UNREADABLE.at(None, f"--font: there is no file or folder {args.font}")
    if args.templates and not os.path.isdir(args.templates):
        return ioe.FILE_UNREADABLE.at(None, f"--templates: there is no folder {args.templates}")
    return None


def tell(diagnostic: Diagnostic, sources: pipeline.SourceMap, args: argparse.Namespace) -> int:
    """Print one finding about files or tools; the exit status."""
    output.emit([diagnostic], sources, args)
    return output.exit_status([diagnostic])


def summary(paths: list[str], folder: str, compiled: pipeline.Compiled) -> str:
    """What was made and what is open, for the end of a run."""
    protocol = compiled.protocol
    assert protocol is not None
    names = ", ".join(os.path.basename(path) for path in paths)
    errors = sum(d.severity == ERROR for d in compiled.diagnostics)
    warnings = sum(d.severity == WARNING for d in compiled.diagnostics)
    notes = len(compiled.diagnostics) - errors - warnings
    lines = [
        f"{protocol.study.title}",
        f"  {len(paths)} files in {folder}{os.sep}: {names}",
        f"  findings: {_counted(errors, 'error')}, {_counted(warnings, 'warning')}, {_counted(notes, 'note')}",
    ]
    for kind, title in (
        ("assumed", "assumptions"),
        ("todo", "to-dos"),
        ("discretion", "left to people"),
        ("allow", "acknowledged findings"),
    ):
        found = protocol.noted(kind)
        if found:
            lines.append(f"  {title}: {len(found)}")
            lines.extend(f"    {note.origin.file}:{note.origin.line}  {_short(note.text)}" for note in found[:5])
            if len(found) > 5:
                lines.append(f"    … and {len(found) - 5} more, all of them on top of each document")
    return "\n".join(lines) + "\n"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 88 else text[:86] + "…"


class Progress:
    """One line on a terminal that says what is being made."""

    def __init__(self) -> None:
        self.on = sys.stderr is not None and sys.stderr.isatty()  # pyright: ignore[reportUnnecessaryComparison]

    def start(self, family: str) -> None:
        """Show a family."""
        if self.on:
            sys.stderr.write(f"\r\x1b[Kmaking {family} …")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
