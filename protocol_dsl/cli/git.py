"""`protoc git install|doctor|uninstall`: let git show and merge protocols by what they say."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress

from protocol_dsl.cli import output
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.source import SourceMap

FILES = {
    "pre-commit": ("git_pre_commit.yaml", ".pre-commit-config.yaml"),
    "github": ("git_workflow.yaml", ".github/workflows/protocol.yml"),
}
"""What is written on request: its template, and where it goes."""


def run(argv: list[str]) -> int:
    """Run the command; its exit status."""
    args = _parser().parse_args(argv)
    if args.action == "textconv":
        return _textconv(args.file)
    from protocol_dsl.git import GitError
    from protocol_dsl.git_setup import Setup

    try:
        setup = Setup()
        if args.action == "doctor":
            return _doctor(setup)
        done = setup.install(local=args.local_only) if args.action == "install" else setup.uninstall()
        if args.action == "install":
            done += _requested(setup.top, args)
    except GitError as error:
        return _refused(ioe.GIT.at(None, error.reason, help=error.help))
    except FileExistsError as error:
        help = "take over what you need from `protoc git install` in an empty repository, or move the file away"
        return _refused(ioe.OUTPUT_UNWRITABLE.at(None, f"{error.filename} is there already and says other", help=help))
    except OSError as error:
        return _refused(ioe.OUTPUT_UNWRITABLE.at(None, f"{error.filename}: {error.strerror or error}"))
    sys.stdout.write("".join(f"{line}\n" for line in done or ["nothing to do"]))
    return 0


def _doctor(setup: object) -> int:
    from protocol_dsl.git_setup import Setup

    assert isinstance(setup, Setup)
    missing = 0
    for finding in setup.doctor():
        sys.stdout.write(f"{'ok     ' if finding.is_well else 'missing'} {finding.what}\n")
        if not finding.is_well:
            missing += 1
            sys.stdout.write(f"        {finding.mend}\n")
    return 1 if missing else 0


def _requested(top: str, args: argparse.Namespace) -> list[str]:
    """Write the files that were asked for. Raises `FileExistsError` for one that is there and differs."""
    from protocol_dsl.paths import TEMPLATES

    done: list[str] = []
    for name in [*(["pre-commit"] if args.pre_commit else []), *([args.ci] if args.ci else [])]:
        template, place = FILES[name]
        with open(os.path.join(TEMPLATES, template), encoding="utf-8") as handle:
            text = handle.read()
        path = os.path.join(top, *place.split("/"))
        if os.path.lexists(path):
            with open(path, encoding="utf-8", errors="replace") as handle:
                if handle.read() == text:
                    continue
            raise FileExistsError(17, "it is there already", path)
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
        done.append(f"wrote {path}")
    return done


def _textconv(path: str | None) -> int:
    """Print the canonical form of a file; what is no text of a protocol is printed as it is."""
    from protocol_dsl.merging.canonical_text import canonical_text

    try:
        with open(path or "", "rb") as handle:
            data = handle.read()
    except OSError as error:
        return _refused(ioe.FILE_UNREADABLE.at(None, f"{path}: {error.strerror or error}"))
    # What is no text, git shows as it is.
    with suppress(UnicodeDecodeError):
        data = canonical_text(data.decode("utf-8")).encode("utf-8")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    return 0


def _refused(diagnostic: Diagnostic) -> int:
    args = argparse.Namespace(format="full", color="auto", quiet=False, strict=False)
    output.emit([diagnostic], SourceMap(), args)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="protoc git",
        description="Let git show and merge protocols by what they say. `install` sets a diff driver (formatting and "
        "comments are no change, hunks are headed by their statement) and a merge driver (see `protoc merge`) for "
        "*.proto and *.trial; `doctor` says what is missing; `uninstall` takes away what was added. Only the "
        "repository's own configuration is touched, never yours.",
    )
    parser.add_argument("action", choices=("install", "doctor", "uninstall", "textconv"), metavar="ACTION",
                        help="install, doctor, uninstall; textconv FILE prints what git compares")  # fmt: skip
    parser.add_argument("file", nargs="?", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--local-only", action="store_true", help="attributes in this clone, not in .gitattributes")
    parser.add_argument("--pre-commit", action="store_true", help="with install: write .pre-commit-config.yaml too")
    parser.add_argument("--ci", choices=("github",), help="with install: a workflow that comments on pull requests")
    return parser
