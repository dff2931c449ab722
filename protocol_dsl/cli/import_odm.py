"""`protoc import odm FILE.xml`: forms made of an ODM file, and a report of what became of its parts."""

from __future__ import annotations

import argparse
import os
import sys

from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics.codes.ioe import FILE_UNREADABLE, OUTPUT_UNWRITABLE, USAGE
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.exchange.odm.content import Content
from protocol_dsl.exchange.odm.read import read
from protocol_dsl.exchange.odm.xml import XmlFault
from protocol_dsl.importing.odm import convert
from protocol_dsl.source import LARGEST

_ENDINGS = (".proto", ".trial")


def run(argv: list[str]) -> int:
    """Import; exit status 0 when the forms were written, else 2."""
    parser = argparse.ArgumentParser(
        prog="protoc import odm",
        description="Make `form` statements of the forms in a file of CDISC ODM, 1.3 or 2.0. Conditions, computations "
        "and checks become notes in the words of the file.",
    )
    parser.add_argument("source", metavar="FILE.xml", help="the ODM file")
    parser.add_argument("-o", "--output", metavar="FILE", default="forms.proto", help="default: forms.proto")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there already")
    parser.add_argument("-q", "--quiet", action="store_true", help="print only what went wrong")
    args = parser.parse_args(argv)
    if not args.output.endswith(_ENDINGS):
        return refuse(USAGE.at(None, f"-o: `{args.output}` is no protocol file", help="let its name end in .proto"))
    content = _read(args.source)
    if isinstance(content, Diagnostic):
        return refuse(content)
    made = convert(content)
    if made.faults:
        told = f"{args.source}: the forms made of it have an error, {made.faults[0].code}: {made.faults[0].message}"
        return refuse(FILE_UNREADABLE.at(None, told))
    try:
        with open(args.output, "w" if args.force else "x", encoding="utf-8", newline="\n") as handle:
            handle.write(made.text)
    except FileExistsError:
        why = f"`{args.output}`: it is there already, and a protocol is not overwritten"
        return refuse(OUTPUT_UNWRITABLE.at(None, why, help="choose another name, or add --force"))
    except OSError as error:
        return refuse(OUTPUT_UNWRITABLE.at(None, f"`{args.output}` cannot be written: {error.strerror or error}"))
    if not args.quiet:
        sys.stdout.write(f"wrote {args.output}\n{made.report.text()}")
        sys.stdout.write(f'Next: `use "{args.output}"` in a protocol, and `records` or `at` for each form\n')
    return 0


def _read(path: str) -> Content | Diagnostic:
    try:
        if os.path.getsize(path) > LARGEST:
            return FILE_UNREADABLE.at(None, f"{path}: it is larger than {LARGEST // 2**20} MiB")
        with open(path, "rb") as handle:
            content = read(handle.read())
    except OSError as error:
        return FILE_UNREADABLE.at(None, f"{path}: {error.strerror or error}")
    except XmlFault as fault:
        return FILE_UNREADABLE.at(None, f"{path}:{fault.line}:{fault.column}: {fault.reason}")
    if not content.forms:
        return FILE_UNREADABLE.at(None, f"{path}: it describes no form")
    return content
