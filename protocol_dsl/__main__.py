"""The command line's dispatcher: finds the command, and imports nothing else.

Exit status: 0 no errors, 1 errors in the protocol, 2 usage or file trouble, 3 our own fault.
"""

from __future__ import annotations

import gc
import os
import sys

# Command: group, one line of help. The module of a command is `protocol_dsl.cli.<command>`, with `_` for `-`.
COMMANDS: dict[str, tuple[str, str]] = {
    "import": ("Write", "make protocols of registry records: `protoc import ctgov FILE.json`"),
    "init": ("Write", "start a protocol: a first file and the settings of the repository"),
    "fmt": ("Write", "format protocol files"),
    "check": ("Prove", "read a protocol and report everything that is wrong with it"),
    "dose": ("Prove", "what follows from a dose escalation: gaps, doses found, participants, duration"),
    "why": ("Prove", "which statements give a visit its earliest and its latest day"),
    "lint-redcap": ("Prove", "check data dictionaries of REDCap, from wherever they come"),
    "explain": ("Prove", "explain a finding by its code or name: what, why, example, way out"),
    "rules": ("Prove", "list all codes"),
    "compile": ("Render", "check, then write the documents: schedule, calendars, CRFs, registry text"),
    "calendar": ("Render", "visits of real participants: due, overdue, deviations, cards, calendar files"),
    "diff": ("Compare", "what changed between two versions, what follows from it, and who must act"),
    "log": ("Compare", "the amendment history of a protocol, from git"),
    "merge": ("Compare", "put two edits of a protocol together by statements, and check the result"),
    "git": ("Compare", "let git show and merge protocols by what they say: install, doctor, uninstall"),
    "graph": ("Render", "write the schedule as a graph: JSON, GraphML, DOT, Mermaid"),
    "version": ("About", "the version, and which other `protoc` is on the PATH"),
    "help": ("About", "this page, or the page of a command: `protoc help check`"),
}

# These never validate or dump a model, and do without pydantic.
WITHOUT_DUMPS = ("check", "diff", "explain", "git", "import", "log", "merge", "rules")

# Modules of commands whose names are words of Python.
_MODULES = {"import": "import_record"}

_EXAMPLES = """\
Examples
  protoc init lupus                    start a protocol in the file lupus.proto
  protoc check lupus.proto             all findings, with their places
  protoc compile lupus.proto -o build  the documents
  protoc explain SCH010                what a finding means

Exit status: 0 no errors, 1 errors in the protocol, 2 usage or file trouble, 3 a fault of this program.
The same program answers to `protocol-dsl`, a name that no other compiler uses.
"""


def overview() -> str:
    """The page that `protoc --help` prints."""
    lines = ["protoc: clinical trial protocols as code", "", "Usage: protoc COMMAND [ARGUMENTS]", ""]
    for group in dict.fromkeys(group for group, _ in COMMANDS.values()):
        lines.append(group)
        lines += [f"  {name:<11} {text}" for name, (of, text) in COMMANDS.items() if of == group]
        lines.append("")
    return "\n".join(lines) + "\n" + _EXAMPLES


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (without the program's name); the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if argv is None:
        _start_fast(arguments)
    try:
        _prepare_streams()
        status = _dispatch(arguments)
        _flush()
        return status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _silence()
        return 141
    except Exception as error:
        from protocol_dsl.cli.trouble import report

        return report(error, arguments)


def _start_fast(arguments: list[str]) -> None:
    """What only a process of its own may do: it makes one trial and ends."""
    gc.disable()  # looking for garbage would cost a tenth of the time
    if arguments and arguments[0] in WITHOUT_DUMPS:
        from protocol_dsl.model import mode

        mode.plain = True


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(overview())
        return 0
    command, rest = arguments[0], arguments[1:]
    if command == "help":
        return _help(rest)
    if command in COMMANDS:
        return _run(command, rest)
    from protocol_dsl.cli.forward import not_a_command

    return not_a_command(arguments, list(COMMANDS))


def _help(rest: list[str]) -> int:
    if not rest or rest[0] in ("help", "-h", "--help"):
        sys.stdout.write(overview())
        return 0
    if rest[0] in COMMANDS:
        return _run(rest[0], ["--help"])
    from protocol_dsl.cli.forward import unknown_command

    return unknown_command(rest[0], list(COMMANDS))


def _run(command: str, rest: list[str]) -> int:
    from importlib import import_module

    try:
        module = _MODULES.get(command, command.replace("-", "_"))
        return import_module(f"protocol_dsl.cli.{module}").run(rest)
    except SystemExit as end:
        # argparse leaves this way, after `--help` with 0 and after a fault of usage with 2.
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 2


def _prepare_streams() -> None:
    """Make sure that no character can stop the output; files and pipes get UTF-8, as the formats demand."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if stream.isatty() or os.environ.get("PYTHONIOENCODING"):
            reconfigure(errors="replace")
        else:
            reconfigure(encoding="utf-8", errors="replace")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        # A stream that was closed before we began is None, whatever its type says.
        if stream:
            stream.flush()


def _silence() -> None:
    """Point the streams nowhere, so that the interpreter's own last flush does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)


if __name__ == "__main__":
    sys.exit(main())
