"""The settings by which git shows and merges protocols by what they say; nothing here prints.

Only the repository's own configuration is written, never the user's. What was added is recorded there
(`protocol-dsl.attributes`), so that it can be taken away exactly.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from typing import NamedTuple

from protocol_dsl import git
from protocol_dsl.diff_pipeline import ENDINGS
from protocol_dsl.git import GitError

DRIVER = "protocol-dsl"
PATTERNS = tuple(f"*{ending}" for ending in ENDINGS)
_RECORD = f"{DRIVER}.attributes"

# fmt: off
_HEADINGS = (
    "protocol", "product", "population", "arm", "fact", "event", "timeline", "stage", "cycles", "visit", "visits",
    "group", "gate", "order", "give", "assess", "collect", "timepoints", "limits", "dose", "level", "dlt", "escalation",
    "cohort", "eligibility", "include", "exclude", "washout", "restriction", "objective", "endpoint", "randomize",
    "modifications", "stopping", "analysis_set", "estimand", "sample_size", "interim", "instrument", "form", "field",
    "amendment", "section", "translate", "define",
)
"""Statements that stand in the heading of a hunk."""
# fmt: on


class Finding(NamedTuple):
    """One thing that the doctor looked at: whether it is well, what it is, and how to mend it."""

    is_well: bool
    what: str
    mend: str = ""


def command() -> str:
    """How git's shell starts this very program, also where another `protoc` is on the path."""
    program = sys.executable.replace("\\", "/")
    # -P keeps Python from importing what lies in the repository.
    return f"{shlex.quote(program)} -P -m protocol_dsl"


def settings() -> dict[str, str]:
    """The entries of the repository's configuration."""
    call = command()
    return {
        f"diff.{DRIVER}.textconv": f"{call} git textconv",
        f"diff.{DRIVER}.xfuncname": f"^[ ]*(({'|'.join(_HEADINGS)})[ ].*)$",
        f"diff.{DRIVER}.wordRegex": r"[A-Za-z0-9_]+|[^[:space:]]",
        f"merge.{DRIVER}.name": "protocols by statements, checked again",
        f"merge.{DRIVER}.driver": f"{call} merge %O %A %B -o %A --marker-size=%L --path=%P --ours-name=%X "
        "--theirs-name=%Y",
    }


def attribute_lines() -> list[str]:
    """The lines for `.gitattributes`."""
    return [f"{pattern} diff={DRIVER} merge={DRIVER}" for pattern in PATTERNS]


class Setup:
    """The settings of one repository. Raises `GitError` where there is none."""

    def __init__(self, folder: str = "") -> None:
        self.repository = git.Repository(folder)
        self.folder = self.repository.folder
        self.top = self.repository.top or "."

    def _git(self, *arguments: str) -> str | None:
        status, out, _ = git.run(self.folder, *arguments)
        return out.decode("utf-8", "surrogateescape").removesuffix("\n") if status == 0 else None

    def get(self, key: str) -> str | None:
        """An entry of the repository's own configuration."""
        return self._git("config", "--local", "--get", key)

    def _set(self, key: str, value: str) -> None:
        status, _, message = git.run(self.folder, "config", "--local", key, value)
        if status:
            raise GitError("no-config", f"git cannot write its configuration: {message}", "see who may write there")

    def attributes_file(self, *, local: bool) -> str:
        """Where the attributes go: `.gitattributes`, or the file of this clone alone."""
        if not (local or self.repository.is_bare):
            return os.path.join(self.top, ".gitattributes")
        found = self._git("rev-parse", "--git-path", "info/attributes") or ""
        return os.path.join(self.folder, found)

    # ---- install, uninstall ----

    def install(self, *, local: bool = False) -> list[str]:
        """Add what is missing; what was done, a line each, empty if all was there. Raises `GitError`, `OSError`."""
        done: list[str] = []
        for key, value in settings().items():
            if self.get(key) != value:
                self._set(key, value)
                done.append(f"set {key} in the repository's configuration")
        path = self.attributes_file(local=local)
        text = _read(path)
        lines = [line for line in attribute_lines() if line not in (text or "").splitlines()]
        if lines:
            how = "created" if text is None else "newline" if text and not text.endswith("\n") else "added"
            written = (text or "") + ("\n" if how == "newline" else "") + "".join(f"{line}\n" for line in lines)
            _write(path, written)
            place = "local" if local or self.repository.is_bare else "shared"
            # What an earlier run added is ours as well.
            before = self._record()
            if before is None or before[1] != place:
                self._set(_RECORD, f"{how} {place}")
            done += [f"added `{line}` to {path}" for line in lines]
        return done

    def _record(self) -> tuple[str, str] | None:
        how, _, place = (self.get(_RECORD) or "").partition(" ")
        return (how, place) if place else None

    def uninstall(self) -> list[str]:
        """Take away what `install` added, and nothing else; what was done. Raises `GitError`, `OSError`."""
        done: list[str] = []
        record = self._record()
        if record is not None:
            done += self._without_lines(self.attributes_file(local=record[1] == "local"), record[0])
        for key in (*settings(), _RECORD):
            if self.get(key) is not None and self._git("config", "--local", "--unset-all", key) is not None:
                done.append(f"took {key} out of the repository's configuration")
        return done

    def _without_lines(self, path: str, how: str) -> list[str]:
        text = _read(path)
        if text is None:
            return []
        ours = attribute_lines()
        left = "".join(line for line in text.splitlines(keepends=True) if line.rstrip("\r\n") not in ours)
        if left == text:
            return []
        if how == "newline" and left == text[: len(left)]:
            left = left.removesuffix("\n")
        if not left and how == "created":
            os.unlink(path)
            return [f"took away {path}, which had nothing else in it"]
        _write(path, left)
        return [f"took our lines out of {path}"]

    # ---- doctor ----

    def doctor(self) -> Iterator[Finding]:
        """What is as it should be and what is not."""
        install = "run `protoc git install`"
        yield Finding(True, f"git: {self._git('--version') or 'unknown version'}")
        for key, value in settings().items():
            found = self.get(key)
            said = "is set" if found == value else "is not set" if found is None else "has another value"
            yield Finding(found == value, f"{key} {said}", install)
        yield from self._program()
        for pattern in PATTERNS:
            name = pattern.replace("*", "protocol")
            out = self._git("check-attr", "-z", "diff", "merge", "--", name) or ""
            values = out.split("\0")[2::3]
            for attribute, value in zip(("diff", "merge"), values, strict=False):
                mend = install
                if value not in ("unspecified", DRIVER):
                    mend = f"an attributes file says `{attribute}={value}` for {pattern}; take that out"
                yield Finding(value == DRIVER, f"{pattern}: {attribute}={value}", mend)
        yield from self._shared()

    def _program(self) -> Iterator[Finding]:
        import subprocess

        driver = self.get(f"diff.{DRIVER}.textconv")
        if driver is None:
            return
        words = shlex.split(driver)[:-2]
        try:
            done = subprocess.run([*words, "git", "--help"], capture_output=True, check=False)
            works = done.returncode == 0
        except (OSError, IndexError):
            works = False
        mend = "the program was moved or taken away: install it, then run `protoc git install` again"
        yield Finding(works, f"the program {' '.join(words)} {'answers' if works else 'does not answer'}", mend)

    def _shared(self) -> Iterator[Finding]:
        if self.repository.is_bare:
            return
        path = self.attributes_file(local=False)
        text = _read(path) or ""
        if not all(line in text.splitlines() for line in attribute_lines()):
            return
        status = self._git("status", "--porcelain", "--ignored", "--", os.path.abspath(path))
        yield Finding(
            not status,
            ".gitattributes is committed" if not status else ".gitattributes is not committed",
            "commit it, so that other clones have it; each of them runs `protoc git install` once",
        )


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as handle:
            return handle.read()
    except FileNotFoundError:
        return None


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as handle:
        handle.write(text)
