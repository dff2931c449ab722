"""What the imports of forms share: the file that they write."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Protocol

from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics.codes.ioe import FILE_UNREADABLE, OUTPUT_UNWRITABLE, USAGE
from protocol_dsl.diagnostics.model import Diagnostic

_ENDINGS = (".proto", ".trial")


class Report(Protocol):
    """What became of the parts of the source."""

    def text(self) -> str:
        """The report for people."""
        ...


class Made(Protocol):
    """Forms in the language."""

    @property
    def text(self) -> str:
        """The file."""
        ...

    @property
    def faults(self) -> Sequence[Diagnostic]:
        """Errors of the forms themselves."""
        ...

    @property
    def report(self) -> Report:
        """What became of the parts of the source."""
        ...


def name_trouble(path: str) -> Diagnostic | None:
    """What is wrong with the name of the file to be written."""
    if path.endswith(_ENDINGS):
        return None
    return USAGE.at(None, f"-o: `{path}` is no protocol file", help="let its name end in .proto")


def write(made: Made, args: Namespace) -> int:
    """Write the forms to `args.output` and print the report; the exit status."""
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
