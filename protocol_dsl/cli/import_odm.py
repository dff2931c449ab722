"""`protoc import odm FILE.xml`: forms made of an ODM file, and a report of what became of its parts."""

from __future__ import annotations

import argparse
import os

from protocol_dsl.cli.import_forms import name_trouble, write
from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics.codes.ioe import FILE_UNREADABLE
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.exchange.odm.content import Content
from protocol_dsl.exchange.odm.read import read
from protocol_dsl.exchange.odm.xml import XmlFault
from protocol_dsl.importing.odm import convert
from protocol_dsl.source import LARGEST


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
    trouble = name_trouble(args.output)
    if trouble is not None:
        return refuse(trouble)
    content = _read(args.source)
    if isinstance(content, Diagnostic):
        return refuse(content)
    made = convert(content)
    return write(made, args)


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
