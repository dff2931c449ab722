"""`protoc diff OLD NEW`: what really changed between two versions, what follows from it, and who must act."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import ERROR
from protocol_dsl.source import SourceMap

if TYPE_CHECKING:
    from protocol_dsl.amendments.records import Comparison
    from protocol_dsl.diff_pipeline import Pairing, Sources

FORMATS = ("text", "json", "md", "html", "csv")


class Compared(NamedTuple):
    """A pair and its comparison; None where one of the versions is not there or cannot be read."""

    pair: Pairing
    comparison: Comparison | None


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    args = _parser().parse_args(argv)
    findings = argparse.Namespace(format="full", color=args.color, quiet=args.quiet, strict=args.strict)
    if (args.format == "csv" or args.on) and args.participants is None:
        what = "--format csv" if args.format == "csv" else "--on"
        help = "name their file with --participants"
        output.emit([ioe.USAGE.at(None, f"{what} is about participants under way", help=help)], SourceMap(), findings)
        return 2
    if args.templates and not os.path.isdir(args.templates):
        trouble = ioe.FILE_UNREADABLE.at(None, f"--templates: there is no folder {args.templates}")
        output.emit([trouble], SourceMap(), findings)
        return 2
    found = _sources(args)
    if found.trouble is not None:
        output.emit([found.trouble], SourceMap(), findings)
        return 2

    made, status = _compared(found, findings)
    if status == 2 or (status and not any(each.comparison for each in made)):
        return status
    if args.participants is not None:
        made, told = _followed(args, made, findings)
        if told:
            return told
    text = _written(args, made, findings)
    if text is None:
        return 2
    if args.output in (None, "-"):
        sys.stdout.write(text)
    elif not _is_written(args.output, text, findings):
        return 2
    for each in made:
        if each.comparison is not None:
            shown = each.comparison.diagnostics
            output.emit(shown, each.comparison.new.sources, findings)
            status = max(status, output.exit_status(shown, args.strict))
    return max(status, _verdict(args, made))


def _sources(args: argparse.Namespace) -> Sources:
    from protocol_dsl import diff_pipeline

    names: list[str] = args.versions
    if args.git:
        if len(names) not in (2, 3):
            help = "write `protoc diff --git HEAD~1 lupus.proto`"
            return diff_pipeline.Sources(
                [], ioe.USAGE.at(None, "--git takes one or two revisions and a file", help=help)
            )
        return diff_pipeline.of_git(names[:-1], names[-1])
    if len(names) != 2:
        help = "write `protoc diff old.proto new.proto`, or `protoc diff --git HEAD~1 lupus.proto`"
        return diff_pipeline.Sources([], ioe.USAGE.at(None, "two versions are needed", help=help))
    return diff_pipeline.of_two(names[0], names[1])


def _compared(found: Sources, findings: argparse.Namespace) -> tuple[list[Compared], int]:
    """All pairs compared; faults that keep a version from being read are told, of both versions."""
    from protocol_dsl.amendments.comparison import compared

    made: list[Compared] = []
    status = 0
    for pair in found.pairs:
        old, new = pair.old.compiled, pair.new.compiled
        if old is None or new is None:
            made.append(Compared(pair, None))
            continue
        for compiled in (old, new):
            if not compiled.is_sound:
                errors = [diagnostic for diagnostic in compiled.diagnostics if diagnostic.severity == ERROR]
                output.emit(errors, compiled.sources, findings)
                status = max(status, output.exit_status(errors), 1)
        sound = old.is_sound and new.is_sound and old.schedule is not None and new.schedule is not None
        made.append(Compared(pair, compared(old, new) if sound else None))
    return made, status


def _followed(
    args: argparse.Namespace, made: list[Compared], findings: argparse.Namespace
) -> tuple[list[Compared], int]:
    """The comparison with what it means for participants under way; 1 or 2 where they cannot be followed."""
    from protocol_dsl import diff_pipeline

    comparisons = [each.comparison for each in made if each.comparison is not None]
    if len(made) != 1 or len(comparisons) != 1:
        help = "name two versions of one protocol"
        output.emit([ioe.USAGE.at(None, "--participants goes with one protocol", help=help)], SourceMap(), findings)
        return made, 2
    comparison, diagnostics = diff_pipeline.followed(comparisons[0], args.participants, args.on)
    output.emit(diagnostics, comparison.old.sources, findings)
    if comparison.under_way is None:
        return made, output.exit_status(diagnostics) or 1
    return [made[0]._replace(comparison=comparison)], 0


def _written(args: argparse.Namespace, made: list[Compared], findings: argparse.Namespace) -> str | None:
    """What is printed, all pairs together; None after a fault of a template, which is told."""
    if args.format == "json":
        return _json(made)
    if args.format == "csv":
        from protocol_dsl.amendments.under_way_files import csv_text

        found = [each.comparison.under_way for each in made if each.comparison is not None]
        return "".join(csv_text(each) for each in found if each is not None)
    if args.format == "text":
        return "\n".join(text for each in made if (text := _one(args, each)))
    from protocol_dsl.render.environment import TemplateFault

    try:
        return "\n".join(text for each in made if (text := _one(args, each)))
    except TemplateFault as error:
        output.emit([error.diagnostic], SourceMap(), findings)
        return None


def _json(made: list[Compared]) -> str:
    from protocol_dsl.amendments import data

    if len(made) == 1 and not made[0].pair.title and made[0].comparison is not None:
        return data.text(data.data(made[0].comparison))
    files = {
        each.pair.title: data.data(each.comparison) if each.comparison is not None else {"only_in": _only(each)}
        for each in made
    }
    return data.text({"version": data.VERSION, "files": files})


def _only(each: Compared) -> str | None:
    """`old` or `new` where a file is in one version only; None where it could not be read."""
    return "new" if each.pair.old.compiled is None else "old" if each.pair.new.compiled is None else None


def _one(args: argparse.Namespace, each: Compared) -> str:
    pair, comparison = each
    title = f"{pair.old.name} → {pair.new.name}"
    if comparison is None:
        if pair.old.compiled is not None and pair.new.compiled is not None:
            return ""
        word = "new" if pair.old.compiled is None else "gone"
        return f"{pair.title}: the whole protocol is {word}\n"
    if args.format == "text":
        from protocol_dsl.amendments.text import text

        return text(
            comparison,
            color=output.want_color(args.color, sys.stdout) and args.output in (None, "-"),
            title=title,
            all_effects=args.all,
        )
    from protocol_dsl.amendments.page import document

    return document(comparison, title, args.format, args.templates)


def _is_written(path: str, text: str, findings: argparse.Namespace) -> bool:
    from protocol_dsl.render.context import Output
    from protocol_dsl.render.write import write_all

    folder, name = os.path.split(path)
    try:
        write_all([Output(name, text.encode("utf-8"))], folder or ".")
    except OSError as error:
        trouble = ioe.OUTPUT_UNWRITABLE.at(None, f"{path}: {error.strerror or error}; nothing was changed")
        output.emit([trouble], SourceMap(), findings)
        return False
    return True


def _verdict(args: argparse.Namespace, made: list[Compared]) -> int:
    """1 if the options ask for it: there are changes, or changes that somebody has to act on."""
    comparisons = [each.comparison for each in made if each.comparison is not None]
    if args.exit_code and (any(each.changes for each in comparisons) or any(_only(each) for each in made)):
        return 1
    return int(any(each.flagged(flag) for each in comparisons for flag in args.fail_on))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="protoc diff",
        usage="protoc diff [OPTIONS] OLD NEW\n       protoc diff [OPTIONS] --git REV [REV] FILE",
        description="Compare two versions of a protocol by what they say, not by their text: typed changes, what "
        "follows from them, and who must act. OLD and NEW are files, folders, or REV:path in a git repository.",
        epilog="Exit status: 0, also with changes; 1 with errors in a version or in the amendment block, or where "
        "--exit-code or --fail-on say so; 2 usage or file trouble.",
    )
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=argparse.SUPPRESS)
    parser.add_argument(
        "--git", action="store_true", help="compare a revision with the working file, or two revisions, of FILE"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: stdout)")
    parser.add_argument("--all", action="store_true", help="list every effect, also where there are many of a kind")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 if anything changed")
    parser.add_argument(
        "--fail-on",
        metavar="FLAG",
        action="append",
        default=[],
        choices=("substantial", "reconsent", "registry_30d", "edc", "enrolled"),
        help="exit with 1 if a change has this flag: substantial, reconsent, registry_30d, edc, enrolled",
    )
    parser.add_argument(
        "--participants", metavar="FILE.csv", help="what it means for each participant under way; csv is their table"
    )
    parser.add_argument("--on", metavar="DATE", help="the day of that (default: the last date in the file)")
    parser.add_argument("--templates", metavar="DIR", help="templates in place of the shipped ones, for html and md")
    parser.add_argument(
        "--color", choices=output.COLOR_CHOICES, default="auto", help="colours (default: on a terminal)"
    )
    parser.add_argument("--strict", action="store_true", help="warnings count as errors for the exit status")
    parser.add_argument("-q", "--quiet", action="store_true", help="show only findings that make the exit status 1")
    return parser
