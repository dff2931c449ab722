"""What is said when something stops that no diagnostic of the protocol explains."""

from __future__ import annotations

import errno
import os
import sys

from protocol_dsl.diagnostics.model import Diagnostic

# The disk is full, over quota or broken, or the file too large: faults of the place that we write to.
_OUTPUT_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def refuse(diagnostic: Diagnostic) -> int:
    """Print a diagnostic about the command line to stderr; exit status 2."""
    from protocol_dsl.cli.output import want_color
    from protocol_dsl.diagnostics.render.full import render
    from protocol_dsl.source import SourceMap

    sys.stderr.write(render([diagnostic], SourceMap(), color=want_color("auto", sys.stderr)))
    return 2


def report(error: Exception, arguments: list[str]) -> int:
    """Tell the user about an exception that nobody caught; exit status 3, or 2 if only the output failed."""
    if isinstance(error, OSError) and error.errno in _OUTPUT_FAULTS:
        from protocol_dsl.diagnostics.codes.ioe import OUTPUT_UNWRITABLE

        # What is still in the buffer cannot be written either; the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return refuse(OUTPUT_UNWRITABLE.at(None, f"the output cannot be written: {error.strerror}"))
    if os.environ.get("PROTOCOL_DSL_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    from protocol_dsl import __version__
    from protocol_dsl.diagnostics.render.escape import visible

    what = visible(f"{type(error).__name__}: {error}".rstrip(": "))
    command = visible(" ".join(["protoc", *arguments]))
    sys.stderr.write(
        f"protoc: this is a fault of protocol-dsl {__version__}, not of your protocol: {what}\n"
        f"Please report it to the project with the command (`{command}`), this text and, if you may share it, the\n"
        "protocol file. With PROTOCOL_DSL_DEBUG=1 in the environment the same command prints a traceback, which\n"
        "helps to find it.\n"
    )
    return 3
