"""From what `protoc diff` is asked to compare to the two compiled versions; nothing here prints or exits."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.git import GitError, Repository, Revision
from protocol_dsl.pipeline import Compiled
from protocol_dsl.source import SourceMap

if TYPE_CHECKING:
    from protocol_dsl.amendments.records import Comparison
    from protocol_dsl.model.protocol import Protocol

ENDINGS = (".proto", ".trial")
_MAIN = re.compile(rb"^[ \t]*protocol[ \t]+\w+", re.MULTILINE)


class Side(NamedTuple):
    """One of two versions: what to call it, and the compiled protocol. A file that is in one folder only has None."""

    name: str
    compiled: Compiled | None


class Pairing(NamedTuple):
    """Two versions of one protocol; `title` names the file where several are compared."""

    title: str
    old: Side
    new: Side


class Sources(NamedTuple):
    """All pairs to compare, or what keeps it from being done."""

    pairs: list[Pairing]
    trouble: Diagnostic | None = None


def of_git(revisions: list[str], file: str) -> Sources:
    """`file` in one revision and in the working tree, or in two revisions."""
    try:
        repository = repository_of(file)
        inside = repository.path_of(os.path.basename(file) if not repository.is_bare else file)
        old = _stored(repository, revisions[0], inside)
        new = (
            _stored(repository, revisions[1], inside)
            if len(revisions) > 1
            else Side(file, pipeline.check(file, prove=False))
        )
    except GitError as error:
        return Sources([], _git_trouble(error))
    return Sources([Pairing("", old, new)])


def followed(comparison: Comparison, path: str, on: str | None) -> tuple[Comparison, list[Diagnostic]]:
    """A comparison with what it means for the participants of a file; without it if they cannot be followed."""
    from protocol_dsl.amendments.under_way import under_way
    from protocol_dsl.participants.reading import read
    from protocol_dsl.participants.tables import Refusal, read_date

    old, new = comparison.old, comparison.new
    assert old.protocol is not None
    assert new.protocol is not None
    for each in (old, new):
        if each.schedule is None or each.schedule.conflicts:
            what = f"nobody can be followed: no calendar keeps the schedule of {each.sources.files[0].path}"
            return comparison, [ioe.USAGE.at(None, what, help="`protoc check` says why; mend it first")]
    try:
        day = read_date(on) if on is not None else None
    except Refusal as refused:
        return comparison, [ioe.USAGE.at(None, f"--on: {refused.message}", help=refused.help)]
    reading = read(old.sources, path, _both(old.protocol, new.protocol))
    day = day or reading.last
    if day is None or not reading.participants:
        missing = ioe.USAGE.at(None, f"{path} has nobody to follow", help="it needs rows of code,event,date")
        return comparison, reading.diagnostics or [missing]
    found = under_way(comparison, reading.participants.values(), day)
    return comparison._replace(under_way=found), reading.diagnostics


def _both(old: Protocol, new: Protocol) -> Protocol:
    """The older version with the names of the newer one, since a file may speak of either."""
    return old.model_copy(
        update={
            name: (*getattr(old, name), *(each for each in getattr(new, name) if each.name not in known))
            for name in ("visits", "events", "arms", "populations", "cohorts")
            for known in [{each.name for each in getattr(old, name)}]
        }
    )


def repository_of(file: str) -> Repository:
    """The repository of a file, which need not exist any more; in a bare repository, the working folder's."""
    folder = os.path.dirname(file)
    while folder and not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    if folder:
        try:
            return Repository(folder)
        except GitError:
            pass
    return Repository("")


def of_two(old: str, new: str) -> Sources:
    """Two files, two folders, or `REV:path` on either side."""
    try:
        if os.path.isdir(old) and os.path.isdir(new):
            return _folders(old, new)
        return Sources([Pairing("", _side(old), _side(new))])
    except GitError as error:
        return Sources([], _git_trouble(error))


def _side(name: str) -> Side:
    revision, colon, path = name.partition(":")
    if not colon or os.path.exists(name) or len(revision) < 2 or not path:
        return Side(name, pipeline.check(name, prove=False))
    repository = Repository("")
    # As git has it: a path is from the top of the repository, unless it begins with `./` or `../`.
    inside = repository.path_of(path) if path.startswith(("./", "../")) else path
    return _stored(repository, revision, inside)


def _stored(repository: Repository, revision: str, path: str) -> Side:
    store = Revision(repository, revision)
    return Side(f"{revision}:{path}", pipeline.check_stored(store, path, prove=False))


def _folders(old: str, new: str) -> Sources:
    """The protocols of two folders, by their paths inside; files that others bring in are read with these."""
    olds, news = protocols_in(old), protocols_in(new)
    if not olds and not news:
        message = f"neither {old} nor {new} has a protocol"
        return Sources([], ioe.FILE_UNREADABLE.at(None, message, help="name the folders that hold the .proto files"))
    pairs: list[Pairing] = []
    for path in sorted({*olds, *news}):
        before, after = os.path.join(old, path), os.path.join(new, path)
        pairs.append(
            Pairing(
                path,
                Side(before, pipeline.check(before, prove=False) if path in olds else None),
                Side(after, pipeline.check(after, prove=False) if path in news else None),
            )
        )
    return Sources(pairs)


def protocols_in(folder: str) -> list[str]:
    """The files of a folder, and of those in it, that hold a `protocol` block; as paths from the folder."""
    found: list[str] = []
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(at, name)
            if name.endswith(ENDINGS) and _is_main(path):
                found.append(os.path.relpath(path, folder))
    return found


def _is_main(path: str) -> bool:
    try:
        with open(path, "rb") as handle:
            return _MAIN.search(handle.read()) is not None
    except OSError:
        return True  # told when it is compiled


def _git_trouble(error: GitError) -> Diagnostic:
    return ioe.GIT.at(None, error.reason, help=error.help)


def nowhere() -> SourceMap:
    """No sources, for findings about no file."""
    return SourceMap()
