"""`protoc import redcap DICT.csv`: forms made of a data dictionary, and a report of what was kept as it is."""

from __future__ import annotations

import argparse

from protocol_dsl.cli import output
from protocol_dsl.cli.import_forms import name_trouble, write
from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics.codes.ioe import FILE_UNREADABLE
from protocol_dsl.diagnostics.model import ERROR, Diagnostic
from protocol_dsl.exchange.redcap.lint import lint
from protocol_dsl.exchange.redcap.project import read
from protocol_dsl.exchange.redcap.project_read import Read, Unreadable
from protocol_dsl.exchange.redcap.project_read import read as read_xml
from protocol_dsl.source import SourceError, SourceMap


def run(argv: list[str]) -> int:
    """Import; exit status 0 when the forms were written, 1 with errors in the dictionary, 2 for trouble with files."""
    parser = argparse.ArgumentParser(
        prog="protoc import redcap",
        description="Make `form` declarations of a data dictionary of REDCap. What the language has no words for is "
        "kept in annotations of the field, which `compile --only redcap` puts back.",
    )
    parser.add_argument("source", metavar="DICT.csv", help="the data dictionary")
    parser.add_argument("--project", metavar="XML", help="the project's XML: titles of forms, and which of them repeat")
    parser.add_argument("--exact", action="store_true", help="keep the spelling of every column, for the way back")
    parser.add_argument("-o", "--output", metavar="FILE", default="forms.proto", help="default: forms.proto")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there already")
    output.add_diagnostic_options(parser)
    args = parser.parse_args(argv)
    trouble = name_trouble(args.output)
    if trouble is not None:
        return refuse(trouble)
    sources = SourceMap()
    try:
        file = sources.read(args.source)
    except SourceError as error:
        return refuse(FILE_UNREADABLE.at(None, f"{error.path}: {error.reason}"))
    found = [each for each in lint(sources, file) if each.severity == ERROR]
    if found:
        output.emit(found, sources, args)
        return output.exit_status(found)
    known = _project(args.project) if args.project else None
    if isinstance(known, Diagnostic):
        return refuse(known)
    return _import(sources, file, known, args)


def _project(path: str) -> Read | Diagnostic:
    sources = SourceMap()
    try:
        return read_xml(sources.files[sources.read(path)].text)
    except SourceError as error:
        return FILE_UNREADABLE.at(None, f"{error.path}: {error.reason}")
    except Unreadable as error:
        return FILE_UNREADABLE.at(None, f"{path} is no project of REDCap: {error}")


def _import(sources: SourceMap, file: int, known: Read | None, args: argparse.Namespace) -> int:
    from protocol_dsl.importing.redcap import convert

    rows = [line.row for line in read(sources, file)[0]]
    if not rows:
        return refuse(FILE_UNREADABLE.at(None, f"{args.source}: it holds no fields"))
    made = convert(rows, known, args.exact)
    return write(made, args)
