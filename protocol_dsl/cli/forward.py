"""The name that two compilers share, and first words that are no command.

The compiler of Protocol Buffers is called `protoc` too, and build tools look it up on the PATH. Its arguments
begin with an option, a response file or a schema, ours with a command; so a call that is meant for it is
passed on to the next `protoc`. A word that is neither is never passed on: it is a mistyped command.
"""

from __future__ import annotations

import os
import sys

from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics.codes.ioe import OTHER_PROTOC_MISSING, PROTOBUF_SCHEMA, USAGE
from protocol_dsl.diagnostics.suggest import did_you_mean

NO_FORWARD = "PROTOCOL_DSL_NO_FORWARD"
# The programs that this call was passed to already. Version managers put scripts on the PATH that lead back to us.
TRIED = "PROTOCOL_DSL_FORWARDED_TO"

_SCHEMA_BYTES = 65536
_SCHEMA_OPTIONS = ("-I", "--proto_path", "--descriptor_set_in")


def not_a_command(arguments: list[str], commands: list[str]) -> int:
    """Deal with a first argument that is no command; the exit status, if the call is not passed on."""
    first = arguments[0]
    if _is_for_the_other(arguments):
        if _called_protoc() and os.environ.get(NO_FORWARD) != "1":
            trouble = _pass_on(arguments)
            return _print_version() if first == "--version" else _no_other(first, trouble)
        return _print_version() if first == "--version" else _not_passed_on(first)
    if first.endswith(".proto") or os.path.isfile(first):
        return _command_missing(first)
    return unknown_command(first, commands)


def unknown_command(word: str, commands: list[str]) -> int:
    """Refuse a word that is no command; exit status 2."""
    help = did_you_mean(word, commands) or "`protoc help` lists the commands"
    return refuse(USAGE.at(None, f"`{word}` is not a command", help=help))


def other_protoc() -> str | None:
    """The first `protoc` on the PATH that is not this program and was not tried yet."""
    ours = _resolved(sys.argv[0])
    tried = os.environ.get(TRIED, "").split(os.pathsep)
    name = "protoc.exe" if os.name == "nt" else "protoc"
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder or os.curdir, name)
        if not os.path.isfile(path) or not os.access(path, os.X_OK):
            continue
        if _resolved(path) != ours and os.path.abspath(path) not in tried and not _is_our_script(path):
            return path
    return None


def _is_for_the_other(arguments: list[str]) -> bool:
    first = arguments[0]
    if first.startswith(("-", "@")):
        return True
    if not first.endswith(".proto"):
        return False
    if os.path.isfile(first):
        return _is_schema(first)
    # A schema may be named relative to an import path of the other compiler.
    return any(
        argument.startswith(_SCHEMA_OPTIONS) or (argument.startswith("--") and "_out" in argument)
        for argument in arguments[1:]
    )


def _is_schema(path: str) -> bool:
    from protocol_dsl.syntax.protobuf import is_protobuf_schema

    try:
        with open(path, "rb") as handle:
            return is_protobuf_schema(handle.read(_SCHEMA_BYTES).decode("utf-8", "replace"))
    except OSError:
        return False


def _called_protoc() -> bool:
    return os.path.basename(sys.argv[0]).lower().removesuffix(".exe") == "protoc"


def _pass_on(arguments: list[str]) -> str | None:
    """Become the other compiler. Returns only if that fails: what was wrong with it, or None if there is none."""
    path = other_protoc()
    if path is None:
        return None
    tried = [*filter(None, os.environ.get(TRIED, "").split(os.pathsep)), os.path.abspath(path)]
    os.environ[TRIED] = os.pathsep.join(tried)
    sys.stdout.flush()
    try:
        os.execv(path, [path, *arguments])
    except OSError as error:
        return f"{path} cannot be run: {error.strerror}"


def _no_other(first: str, trouble: str | None) -> int:
    message = f"`{first}` is meant for the compiler of Protocol Buffers, which is called `protoc` too"
    message += f", but {trouble}" if trouble else ", and it is not on the PATH"
    return refuse(
        OTHER_PROTOC_MISSING.at(
            None,
            message,
            help="install that compiler, or begin with a command of this one: `protoc check FILE`, `protoc help`",
            notes=["this `protoc` compiles clinical trial protocols; it also answers to `protocol-dsl`"],
        )
    )


def _not_passed_on(first: str) -> int:
    if os.path.isfile(first):
        return refuse(
            PROTOBUF_SCHEMA.at(
                None,
                f"`{first}` is a Protocol Buffers schema, not a clinical trial protocol",
                help="compile it with the compiler of Protocol Buffers",
            )
        )
    return refuse(
        USAGE.at(
            None,
            f"`{first}` stands where a command is expected",
            help="begin with a command: `protocol-dsl check FILE`; `protocol-dsl help` lists them",
        )
    )


def _command_missing(path: str) -> int:
    if os.path.isfile(path):
        return refuse(
            USAGE.at(
                None,
                f"`{path}` stands where a command is expected",
                help=f"say `protoc check {path}` or `protoc compile {path}`",
            )
        )
    return refuse(
        USAGE.at(
            None,
            f"`{path}` stands where a command is expected, and there is no such file",
            help="say `protoc check FILE` or `protoc compile FILE`",
        )
    )


def _print_version() -> int:
    from protocol_dsl import __version__

    sys.stdout.write(f"protocol-dsl {__version__}\n")
    return 0


def _resolved(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


def _is_our_script(path: str) -> bool:
    """Whether a program on the PATH is this one, installed a second time."""
    try:
        with open(path, "rb") as handle:
            head = handle.read(4096)
    except OSError:
        return False
    return head.startswith(b"#!") and b"protocol_dsl" in head
