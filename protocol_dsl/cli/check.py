"""`protoc check FILE…`: compile without writing."""

from __future__ import annotations

import argparse

from protocol_dsl import pipeline
from protocol_dsl.cli import output


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(prog="protoc check", description="Check protocols without writing anything.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "--no-assumptions", action="store_true", help="count every @assumed, @todo and discretion as an error"
    )
    parser.add_argument(
        "--registry",
        choices=("ctgov", "ctis"),
        help="also hold the record that follows from the protocol against the rules of ClinicalTrials.gov or EU CTIS",
    )
    output.add_diagnostic_options(parser)
    args = parser.parse_args(argv)
    status = 0
    for path in args.files:
        compiled = pipeline.check(path, no_assumptions=args.no_assumptions)
        found = compiled.diagnostics
        if args.registry and compiled.is_sound and compiled.protocol is not None and compiled.schedule is not None:
            from protocol_dsl.registration.check import check

            found = found + check(compiled.protocol, compiled.schedule, compiled.sources, args.registry)
        output.emit(found, compiled.sources, args)
        status = max(status, output.exit_status(found, args.strict))
    return status
