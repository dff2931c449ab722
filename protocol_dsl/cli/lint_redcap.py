"""`protoc lint-redcap FILE…`: check data dictionaries of REDCap, from wherever they come."""

from __future__ import annotations

import argparse
import os

from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.exchange.redcap.lint import lint
from protocol_dsl.exchange.redcap.project import mapping
from protocol_dsl.source import SourceError, SourceMap


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="protoc lint-redcap", description="Check data dictionaries of REDCap before they are uploaded."
    )
    parser.add_argument("files", nargs="+", metavar="FILE.csv")
    parser.add_argument("--events", metavar="CSV", help="the project's events, to check references to them")
    parser.add_argument("--mapping", metavar="CSV", help="which form is collected at which event (with --events)")
    parser.add_argument(
        "--validation", metavar="NAME", action="append", default=[], help="a validation that the site has added"
    )
    output.add_diagnostic_options(parser)
    args = parser.parse_args(argv)
    status = 0
    for path in args.files:
        sources = SourceMap()
        found = _lint(sources, path, args)
        output.emit(found, sources, args)
        status = max(status, output.exit_status(found, args.strict))
    return status


def _lint(sources: SourceMap, path: str, args: argparse.Namespace) -> list[Diagnostic]:
    try:
        file = sources.read(path)
        texts = [_text(name) if name else "" for name in (args.mapping, args.events)]
    except SourceError as error:
        return [ioe.FILE_UNREADABLE.at(None, f"{error.path}: {error.reason}")]
    events = mapping(*texts) if args.events else None
    return lint(sources, file, events, frozenset(name.lower() for name in args.validation))


def _text(path: str) -> str:
    sources = SourceMap(os.path.dirname(path))
    return sources.files[sources.read(path)].text
