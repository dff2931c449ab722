"""Reading protocols from a git repository: files of a revision, and the history of a file.

Git is asked as a program, without a shell and without a working tree, so that bare repositories work. Paths are those
inside the repository, with forward slashes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from protocol_dsl.source import LARGEST, SourceError


class GitError(Exception):
    """What git could not do; `kind` is `no-git`, `no-repository` or `no-revision`, `reason` one clause for people."""

    def __init__(self, kind: str, reason: str, help: str | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.help = help


class Commit(NamedTuple):
    """One commit: its full hash, the day of its author's clock, author, and subject."""

    revision: str
    date: str
    author: str
    subject: str


def run(folder: str, *arguments: str, data: bytes = b"") -> tuple[int, bytes, str]:
    """Exit status, output and message of `git`, run in a folder; raises `GitError` when there is no git."""
    import subprocess

    # A hook's environment points git at the repository whose hook runs; ours is that of the folder.
    kept = {
        key: value for key, value in os.environ.items() if key not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
    }
    kept |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", "-C", folder or ".", *arguments], input=data, capture_output=True, env=kept, check=False
        )
    except OSError:
        raise GitError("no-git", "the program git was not found", "install git, or compare two files") from None
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip()


class Repository:
    """A repository, with or without a working tree. `top` is the working tree, or the repository itself if bare."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        status, out, _ = run(folder, "rev-parse", "--is-bare-repository", "--show-cdup", "--show-prefix")
        lines = out.decode("utf-8", "surrogateescape").split("\n")
        if status or not lines[0]:
            raise GitError(
                "no-repository",
                f"{folder or '.'} is not in a git repository",
                "name two files, or go to the repository",
            )
        self.is_bare = lines[0] == "true"
        self.prefix = "" if self.is_bare or len(lines) < 3 else lines[2]
        self.top = folder if self.is_bare else os.path.join(folder or ".", lines[1] if len(lines) > 1 else "")

    def path_of(self, file: str) -> str:
        """The path inside the repository of a file as it was named: from `folder`, or in a bare one from the top."""
        return os.path.normpath(self.prefix + file).replace(os.sep, "/")

    def commit(self, revision: str) -> str:
        """The full hash of the commit that a revision names."""
        if not revision or revision.startswith("-") or "\0" in revision or "\n" in revision:
            raise GitError("no-revision", f"`{revision}` is no revision")
        status, out, _ = run(
            self.folder, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"
        )
        if status:
            raise GitError(
                "no-revision",
                f"the repository has no revision `{revision}`",
                "`git log --oneline` lists the commits; a shallow clone has only the last ones",
            )
        return out.decode().split()[-1]

    def files(self, revision: str) -> list[str]:
        """The paths of all files of a revision."""
        status, out, message = run(self.folder, "ls-tree", "-r", "-z", "--full-tree", "--name-only", revision)
        if status:
            raise GitError("no-revision", f"git cannot list `{revision}`: {message}")
        return [os.fsdecode(name) for name in out.split(b"\0") if name]

    def log(self, paths: Iterable[str], revision: str = "HEAD") -> list[Commit]:
        """The commits that touch one of the paths, newest first."""
        status, out, message = run(
            self.folder, "log", "-z", "--format=%H%x1f%ad%x1f%an%x1f%s", "--date=short", "--end-of-options", revision,
            "--", *(f":(top,literal){path}" for path in paths),
        )  # fmt: skip
        if status:
            raise GitError("no-revision", f"git has no history for `{revision}`: {message.splitlines()[0]}")
        records = out.decode("utf-8", "replace").split("\0")
        return [Commit(*record.split("\x1f", 3)) for record in records if record.count("\x1f") >= 3]


class Revision:
    """The files of one commit, as a `SourceMap` reads them. `name` is the revision as people named it."""

    def __init__(self, repository: Repository, name: str) -> None:
        self.repository = repository
        self.name = name
        self._known = False

    def read(self, path: str) -> bytes:
        """The bytes of a file; raises `SourceError` when the revision has none there."""
        shown = f"{self.name}:{path}"
        if "\n" in path or "\0" in path:
            raise SourceError(shown, "such a path cannot be asked of git")
        status, out, _ = run(
            self.repository.folder, "cat-file", "--batch", "--follow-symlinks",
            data=f"{self.name}:{path}\n".encode("utf-8", "surrogateescape"),
        )  # fmt: skip
        head, _, rest = out.partition(b"\n")
        words = head.rsplit(b" ", 2)
        if status == 0 and len(words) == 3 and words[1] == b"blob":
            size = int(words[2])
            if size > LARGEST:
                raise SourceError(shown, f"it is larger than {LARGEST // 2**20} MiB, and no protocol is")
            return rest[:size]
        self.repository.commit(self.name)
        if status == 0 and len(words) == 3 and words[1] == b"tree":
            raise SourceError(shown, "it is a folder, not a file")
        raise SourceError(shown, f"there is no such file in the revision {self.name}")
