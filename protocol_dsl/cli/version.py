"""`protoc version`: which version this is, and which other compiler of the name is on the PATH."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser

from protocol_dsl import __version__


def run(argv: list[str]) -> int:
    """Print the version; the first line is for programs, and keeps its form."""
    ArgumentParser(prog="protoc version", description="Print the version.").parse_args(argv)
    from protocol_dsl.cli.forward import NO_FORWARD, other_protoc
    from protocol_dsl.diagnostics.render.escape import visible

    lines = [f"protocol-dsl {__version__}"]
    other = other_protoc()
    if other is not None and os.environ.get(NO_FORWARD) != "1":
        lines.append(f"`protoc` with an option or a Protocol Buffers schema is passed on to {visible(other)}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
