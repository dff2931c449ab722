"""The history of a protocol: the commits that changed what it says, each with its comparison to the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl import pipeline
from protocol_dsl.amendments.comparison import compared
from protocol_dsl.git import Commit, Repository, Revision

if TYPE_CHECKING:
    from protocol_dsl.amendments.records import Comparison
    from protocol_dsl.pipeline import Compiled

MOST_ROUNDS = 4
"""So often the history is read again because an older version brings in further files."""


class Entry(NamedTuple):
    """One commit. `comparison` is None for the first version and for one that cannot be compared; `note` says why."""

    commit: Commit
    version: str | None
    comparison: Comparison | None
    note: str = ""


def history(repository: Repository, path: str, revision: str = "HEAD", most: int | None = None) -> Iterator[Entry]:
    """The commits that change the model, newest first; those that only reformat it are left out.

    A version that does not compile is told, and the comparison goes on with the last one that does.
    """
    commits = _commits(repository, path, revision)
    shown = 0
    newer: tuple[Commit, Compiled] | None = None
    for commit in commits:
        compiled = _compiled(repository, commit, path)
        if compiled is None or not compiled.is_sound:
            yield Entry(commit, None, None, "not there" if compiled is None else "does not compile")
            continue
        if newer is not None:
            entry = _entry(newer, compiled)
            if entry is not None:
                yield entry
                shown += 1
                if most is not None and shown >= most:
                    return
        newer = (commit, compiled)
    if newer is not None:
        yield Entry(newer[0], _version(newer[1]), None, "first version")


def _entry(newer: tuple[Commit, Compiled], older: Compiled) -> Entry | None:
    made = compared(older, newer[1])
    return Entry(newer[0], _version(newer[1]), made) if made.changes else None


def _version(compiled: Compiled) -> str | None:
    return compiled.protocol.study.version if compiled.protocol is not None else None


def _compiled(repository: Repository, commit: Commit, path: str) -> Compiled | None:
    """The protocol of a commit; None if it has none at this path."""
    compiled = pipeline.check_stored(Revision(repository, commit.revision), path, prove=False)
    return compiled if compiled.sources.files else None


def _commits(repository: Repository, path: str, revision: str) -> list[Commit]:
    """The commits that touch the file or one that any of its versions brings in."""
    paths = {path}
    commits: list[Commit] = []
    for _ in range(MOST_ROUNDS):
        commits = repository.log(sorted(paths), revision)
        known = set(paths)
        for commit in (commits[0], commits[-1]) if commits else ():
            compiled = _compiled(repository, commit, path)
            prefix = f"{commit.revision}:"
            if compiled is not None:
                paths |= {
                    file.path.removeprefix(prefix) for file in compiled.sources.files if file.path.startswith(prefix)
                }
        if paths == known:
            break
    return commits
