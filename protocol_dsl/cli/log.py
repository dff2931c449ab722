"""`protoc log FILE`: the amendment history of a protocol, from git."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.source import SourceMap

if TYPE_CHECKING:
    from protocol_dsl.amendments.history import Entry


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="protoc log",
        description="The commits that change what a protocol says, newest first, with what each of them comes to. "
        "Commits that only reformat or comment are left out.",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--from", dest="revision", default="HEAD", metavar="REV", help="where to begin (default: HEAD)")
    parser.add_argument("-n", type=int, dest="most", metavar="N", help="only the newest N")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--color", choices=output.COLOR_CHOICES, default="auto", help="colours (default: on a terminal)"
    )
    args = parser.parse_args(argv)

    from protocol_dsl.amendments.history import history
    from protocol_dsl.diff_pipeline import repository_of
    from protocol_dsl.git import GitError

    try:
        repository = repository_of(args.file)
        inside = repository.path_of(os.path.basename(args.file) if not repository.is_bare else args.file)
        repository.commit(args.revision)
        entries = list(history(repository, inside, args.revision, args.most))
    except GitError as error:
        return _refuse(ioe.GIT.at(None, error.reason, help=error.help), args)
    if not entries:
        return _refuse(
            ioe.FILE_UNREADABLE.at(None, f"{args.file}: no commit up to {args.revision} has this file"), args
        )
    if args.format == "json":
        from protocol_dsl.amendments.data import VERSION, text

        sys.stdout.write(text({"version": VERSION, "commits": [_data(entry) for entry in entries]}))
    else:
        sys.stdout.write("".join(_lines(entries, output.want_color(args.color, sys.stdout))))
    return 0


def _refuse(diagnostic: Any, args: argparse.Namespace) -> int:
    findings = argparse.Namespace(format="full", color=args.color, quiet=False, strict=False)
    output.emit([diagnostic], SourceMap(), findings)
    return 2


def _lines(entries: Iterable[Entry], color: bool) -> Iterable[str]:
    from protocol_dsl.amendments.summary import sentence
    from protocol_dsl.amendments.text import visible

    for commit, version, comparison, note in entries:
        head = f"{commit.revision[:10]}  {commit.date}  version {version or 'not said'}"
        yield (f"\x1b[33m{head}\x1b[0m" if color else head) + f"  {visible(commit.subject)}\n"
        if comparison is None:
            yield f"    {note}\n"
            continue
        if comparison.amendment is not None:
            amendment = comparison.amendment
            reason = f": {amendment.reason.replace('_', ' ')}" if amendment.reason else ""
            yield f"    amendment {amendment.version} of {amendment.date}{reason}\n"
        yield f"    {sentence(comparison)}\n"


def _data(entry: Entry) -> dict[str, Any]:
    from protocol_dsl.amendments.data import summary

    made: dict[str, Any] = {
        "revision": entry.commit.revision,
        "date": entry.commit.date,
        "author": entry.commit.author,
        "subject": entry.commit.subject,
        "version": entry.version,
    }
    if entry.comparison is None:
        return {**made, "note": entry.note}
    return {**made, "summary": summary(entry.comparison)}
