"""`protoc import ctgov FILE|DIR`: protocols made of registry records, and a report of what became of their fields."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from typing import Any

from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics.codes.ioe import OUTPUT_UNWRITABLE, USAGE
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.importing.files import Result, import_file, import_files

_ENDINGS = (".proto", ".trial")
_SHOWN = 20


def run(argv: list[str]) -> int:
    """Import; exit status 0 when all records became protocols, 2 when one did not."""
    if argv[:1] == ["redcap"]:
        from protocol_dsl.cli.import_redcap import run as import_redcap

        return import_redcap(argv[1:])
    if argv[:1] == ["odm"]:
        from protocol_dsl.cli.import_odm import run as import_odm

        return import_odm(argv[1:])
    parser = argparse.ArgumentParser(
        prog="protoc import",
        description="Make a protocol of a record of ClinicalTrials.gov (JSON of its API v2), or one of each record in "
        "a folder. What the record does not hold is marked as open; a report says what became of each field. "
        "`protoc import redcap --help`: forms of a data dictionary of REDCap. "
        "`protoc import odm --help`: forms of a file of CDISC ODM.",
    )
    parser.add_argument("registry", choices=("ctgov",), help="whose record it is: ctgov, ClinicalTrials.gov")
    parser.add_argument("source", metavar="FILE|DIR", help="a record, or a folder of records (*.json)")
    parser.add_argument(
        "-o", "--output", metavar="FILE|DIR", help="where to write (default: the name of the record in this folder)"
    )
    parser.add_argument("--report", metavar="FILE", help="write the report to a file, as JSON if it ends in .json")
    parser.add_argument("--force", action="store_true", help="overwrite protocols that are there already")
    parser.add_argument("-q", "--quiet", action="store_true", help="print only what went wrong")
    args = parser.parse_args(argv)
    if os.path.isdir(args.source):
        return _folder(args)
    target = args.output or _named(args.source, "")
    if os.path.isdir(target):
        target = _named(args.source, target)
    if not target.endswith(_ENDINGS):
        return refuse(USAGE.at(None, f"-o: `{target}` is no protocol file", help="let its name end in .proto"))
    result = import_file(args.source)
    told = result.trouble or _written(result, target, args.force)
    if told:
        return _refuse(told)
    assert result.report is not None
    if args.report and (trouble := _report(args.report, result.report.text(), result.report.data())):
        return refuse(trouble)
    if not args.quiet:
        sys.stdout.write(f"wrote {target}\n{result.report.text()}Next: protoc check {_shown(target)}\n")
    return 0


def _folder(args: argparse.Namespace) -> int:
    """Import all records of a folder; a bad one does not stop the others."""
    source: str = args.source
    folder: str = args.output or "."
    if os.path.exists(folder) and not os.path.isdir(folder):
        return refuse(USAGE.at(None, f"-o: `{folder}` is a file; a folder is needed for the records of a folder"))
    try:
        names = sorted(name for name in os.listdir(source) if name.lower().endswith(".json"))
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        return refuse(OUTPUT_UNWRITABLE.at(None, f"{error.filename}: {error.strerror}"))
    if not names:
        return refuse(USAGE.at(None, f"`{source}` holds no file that ends in .json"))
    progress = _Progress(len(names))
    totals: Counter[str] = Counter()
    reports: dict[str, Any] = {}
    texts: list[str] = []
    trouble: list[Diagnostic] = []
    for result in import_files([os.path.join(source, name) for name in names]):
        progress.step(os.path.basename(result.path))
        found = result.trouble or _written(result, _named(result.path, folder), args.force)
        trouble += found
        totals["failed" if found else "imported"] += 1
        if found or result.report is None:
            continue
        name = os.path.basename(result.path)
        for status, count in result.report.totals().items():
            totals[status] += count
        if args.report:
            reports[name] = result.report.data()
            texts.append(f"{name}: {result.report.text()}")
    progress.clear()
    if trouble:
        _refuse(trouble[:_SHOWN])
        if len(trouble) > _SHOWN:
            sys.stderr.write(f"… and {len(trouble) - _SHOWN} more\n")
    if args.report and (failed := _report(args.report, "\n".join(texts), reports)):
        return refuse(failed)
    if not args.quiet:
        sys.stdout.write(
            f"{totals['imported']} of {len(names)} records became protocols in {folder}{os.sep}; of their values "
            f"{totals['structured']} became statements, {totals['text']} are kept as text, {totals['dropped']} were "
            f"dropped, {totals['changed']} come back changed\n"
        )
    return 2 if trouble else 0


def _named(source: str, folder: str) -> str:
    return os.path.join(folder, os.path.splitext(os.path.basename(source))[0] + ".proto")


def _written(result: Result, target: str, force: bool) -> list[Diagnostic]:
    """Write a protocol; what kept it from being written."""
    assert result.text is not None
    try:
        with open(target, "w" if force else "x", encoding="utf-8", newline="\n") as handle:
            handle.write(result.text)
    except FileExistsError:
        why = "it is there already, and a protocol is not overwritten"
        return [OUTPUT_UNWRITABLE.at(None, f"`{target}`: {why}", help="choose another name, or add --force")]
    except OSError as error:
        return [OUTPUT_UNWRITABLE.at(None, f"`{target}` cannot be written: {error.strerror or error}")]
    return []


def _report(path: str, text: str, data: dict[str, Any]) -> Diagnostic | None:
    if path.endswith(".json"):
        text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except OSError as error:
        return OUTPUT_UNWRITABLE.at(None, f"--report: `{path}` cannot be written: {error.strerror or error}")
    return None


def _refuse(trouble: list[Diagnostic]) -> int:
    for each in trouble:
        refuse(each)
    return 2


def _shown(path: str) -> str:
    return f'"{path}"' if " " in path else path


class _Progress:
    """One line on a terminal that says how far the work is."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.on = sys.stderr is not None and sys.stderr.isatty()  # pyright: ignore[reportUnnecessaryComparison]

    def step(self, name: str) -> None:
        """One more is done."""
        self.done += 1
        if self.on:
            sys.stderr.write(f"\r\x1b[K{self.done} of {self.total}: {name}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
