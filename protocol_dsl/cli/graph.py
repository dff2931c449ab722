"""`protoc graph FILE`: the schedule as a graph, for programs or for a drawing."""

from __future__ import annotations

import argparse
import os
import sys

from protocol_dsl import pipeline
from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import ERROR


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="protoc graph",
        description="Write the schedule of a protocol as a graph: JSON and GraphML hold all of it, DOT (Graphviz) and "
        "Mermaid draw it.",
    )
    formats = ("json", "graphml", "dot", "mermaid")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--format", choices=formats, help="default: by the ending of the output file, else mermaid")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: stdout)")
    parser.add_argument("--color", choices=output.COLOR_CHOICES, default="auto", help="colours of findings")
    args = parser.parse_args(argv)

    findings = argparse.Namespace(format="full", color=args.color, quiet=True, strict=False)
    compiled = pipeline.check(args.file)
    errors = [diagnostic for diagnostic in compiled.diagnostics if diagnostic.severity == ERROR]
    output.emit(errors, compiled.sources, findings)
    if not compiled.is_sound or compiled.protocol is None or compiled.schedule is None:
        return output.exit_status(compiled.diagnostics)

    from protocol_dsl.schedule import graph

    ending = os.path.splitext(args.output or "")[1].removeprefix(".").lower()
    text = graph.write(compiled.schedule, compiled.protocol, args.format or graph.SUFFIXES.get(ending, "mermaid"))
    if args.output in (None, "-"):
        sys.stdout.write(text)
        return output.exit_status(compiled.diagnostics)

    from protocol_dsl.render.context import Output
    from protocol_dsl.render.write import write_all

    folder, name = os.path.split(args.output)
    try:
        write_all([Output(name, text.encode())], folder or ".")
    except OSError as error:
        trouble = ioe.OUTPUT_UNWRITABLE.at(None, f"{args.output}: {error.strerror or error}; nothing was changed")
        output.emit([trouble], compiled.sources, findings)
        return 2
    return output.exit_status(compiled.diagnostics)
