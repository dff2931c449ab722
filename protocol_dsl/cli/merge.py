"""`protoc merge BASE OURS THEIRS`: two edits of one protocol put together, statement by statement."""

from __future__ import annotations

import argparse
import os
import sys

from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.source import SourceError, SourceMap


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    args = _parser().parse_args(argv)
    from protocol_dsl import merge_pipeline
    from protocol_dsl.git import GitError
    from protocol_dsl.merging.three_way import Options

    if not 3 <= args.marker_size <= 80:
        output.emit([ioe.USAGE.at(None, "--marker-size is a number from 3 to 80")], SourceMap(), args)
        return 2
    ours, theirs = (
        # Git before 2.44 does not know the places of labels and hands them on as they are.
        name if name and not name.startswith("%") else default
        for name, default in ((args.ours_name, "ours"), (args.theirs_name, "theirs"))
    )
    try:
        versions = merge_pipeline.Versions(
            _read(args.base), _read(args.ours), _read(args.theirs), args.path or args.ours
        )
        made = merge_pipeline.merged(versions, Options(args.marker_size, ours, theirs))
    except SourceError as error:
        output.emit([ioe.FILE_UNREADABLE.at(None, f"{error.path}: {error.reason}")], SourceMap(), args)
        return 2
    except GitError as error:
        output.emit([ioe.GIT.at(None, error.reason, help=error.help)], SourceMap(), args)
        return 2
    if args.output in (None, "-"):
        sys.stdout.flush()
        sys.stdout.buffer.write(made.data)
    else:
        trouble = _written(args.output, made.data)
        if trouble is not None:
            what = f"{args.output}: {trouble}; nothing was changed"
            output.emit([ioe.OUTPUT_UNWRITABLE.at(None, what)], SourceMap(), args)
            return 2
    output.emit(made.diagnostics, made.sources, args)
    return 0 if made.is_clean else 1


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as handle:
            return handle.read()
    except OSError as error:
        raise SourceError(path, error.strerror or str(error)) from None


def _written(path: str, data: bytes) -> str | None:
    """Put the bytes in place of a file in one step; why not, if that fails."""
    from protocol_dsl.render.context import Output
    from protocol_dsl.render.write import write_all

    folder, name = os.path.split(path)
    try:
        write_all([Output(name, data)], folder or ".")
    except OSError as error:
        return error.strerror or str(error)
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="protoc merge",
        description="Put two edits of one protocol together: statement by statement and clause by clause, with renames "
        "followed and lists of visits and arms merged as sets. The result is checked again, because two sound edits "
        "can be impossible together. `protoc git install` lets git use it.",
        epilog="Exit status: 0 merged and sound; 1 conflicts, or errors that neither version had; 2 usage or file "
        "trouble.",
    )
    parser.add_argument("base", metavar="BASE", help="what both began with")
    parser.add_argument("ours", metavar="OURS", help="one edit")
    parser.add_argument("theirs", metavar="THEIRS", help="the other one")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: stdout)")
    parser.add_argument("--path", metavar="PATH", help="where the file belongs; what it includes is read from there")
    parser.add_argument("--marker-size", metavar="N", type=int, default=7, help="length of conflict markers (7)")
    parser.add_argument("--ours-name", metavar="NAME", default="ours", help="what OURS is called at conflicts")
    parser.add_argument("--theirs-name", metavar="NAME", default="theirs", help="what THEIRS is called at conflicts")
    output.add_diagnostic_options(parser)
    return parser
