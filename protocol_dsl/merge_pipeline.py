"""From three versions of a file to one that was checked again; nothing here prints or exits."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from protocol_dsl import pipeline
from protocol_dsl.amendments import codes
from protocol_dsl.diagnostics.model import ERROR, Diagnostic, Label
from protocol_dsl.merging.merge import merge
from protocol_dsl.merging.three_way import Options, about
from protocol_dsl.pipeline import Compiled
from protocol_dsl.source import SourceError, SourceMap, Span
from protocol_dsl.syntax.protobuf import is_protobuf_schema

MARK = "# protoc merge: "
"""What a comment begins with that a merge leaves at statements that cannot hold together."""

BOTH = "as in both versions"
_MAIN = re.compile(r"^[ \t]*protocol[ \t]+\w+", re.MULTILINE)


class Result(NamedTuple):
    """The merged bytes, whether nothing is left to a person, what was found, and the sources that this speaks of."""

    data: bytes
    is_clean: bool
    diagnostics: list[Diagnostic]
    sources: SourceMap


class Versions(NamedTuple):
    """The three files as bytes, and the path of the file that they are versions of."""

    base: bytes
    ours: bytes
    theirs: bytes
    path: str


def merged(versions: Versions, options: Options) -> Result:
    """Merge three versions, then check the result: what is wrong with it and with neither side is told.

    A file that is no protocol, or that cannot be read, is merged as text. Raises `SourceError` for one that is not
    UTF-8.
    """
    texts = [_decoded(data, versions.path) for data in (versions.base, versions.ours, versions.theirs)]
    base, ours, theirs = texts
    made = None
    if not any(map(is_protobuf_schema, texts)):
        made = merge(base, ours, theirs, options)
    if made is None:
        return _as_text(versions, texts, options)
    if made.clashes:
        sources = _sources(made.text, versions.path)
        found = [_told(sources, clash.kind, about(clash.key), at) for at, clash in enumerate(made.clashes)]
        return Result(_encoded(made.text, versions.ours), False, found, sources)
    text, found, sources = _checked_again(made.text, ours, theirs, versions.path, options)
    is_clean = not any(each.severity == ERROR for each in found)
    return Result(_encoded(text, versions.ours), is_clean, found, sources)


def _told(sources: SourceMap, kind: str, what: str, number: int) -> Diagnostic:
    place = _marker(sources, number)
    said = {
        "edit": f"both versions changed {what}, each in its own way",
        "add": f"both versions brought in {what}, each in its own way",
        "remove": f"one version took out {what}, and the other one changed it",
        "order": "both versions moved the same statements to different places",
    }[kind]
    return codes.MERGE_CONFLICT.at(place, said, help="choose between the markers, then `git add` the file")


def _marker(sources: SourceMap, number: int) -> Span | None:
    """The place of a conflict: the line of its first marker."""
    text = sources.files[0].text
    at = -1
    for _ in range(number + 1):
        at = text.find("<<<<<<<", at + 1 if at < 0 else text.find("\n", at))
        if at < 0:
            return None
    return Span(0, at, text.index("\n", at) if "\n" in text[at:] else len(text))


# ---- the check after the merge ----


class Checked(NamedTuple):
    """A compiled version, and the place of the merged file among its sources."""

    compiled: Compiled
    file: int

    @property
    def lines(self) -> list[str]:
        """The lines of the merged file, without blanks around them."""
        return [line.strip() for line in self.compiled.sources.files[self.file].text.split("\n")]


def _checked_again(
    text: str, ours: str, theirs: str, path: str, options: Options
) -> tuple[str, list[Diagnostic], SourceMap]:
    """The merged text, with a comment at each statement that cannot hold any more, and the findings.

    A file that is a part of protocols is checked within each of them.
    """
    if text in (ours, theirs):
        return text, [], _sources(text, path)
    found: list[Diagnostic] = []
    marks: dict[int, str] = {}
    sources = _sources(text, path)
    for host in _hosts(text, path):
        merged = _compiled(text, path, host)
        if merged is None:
            continue
        sides = [side for side in (_compiled(ours, path, host), _compiled(theirs, path, host)) if side is not None]
        told = _new_errors(merged, sides, options, marks)
        if told:
            return _with_comments(text, marks), told, merged.compiled.sources
        if not merged.compiled.is_sound:
            help = "mend the errors that one of the versions had before, then run `protoc check`"
            what = f"{path} was merged; whether it holds together is not known"
            found = [codes.NOT_CHECKED_AGAIN.at(None, what, help=help)]
    return text, found, sources


def _new_errors(merged: Checked, sides: list[Checked], options: Options, marks: dict[int, str]) -> list[Diagnostic]:
    """Errors of the merged protocol that neither side has; `marks` gets what to write above which line."""
    known = {(each.code, each.message) for side in sides for each in side.compiled.diagnostics}
    names = (options.ours, options.theirs)
    found: list[Diagnostic] = []
    for each in merged.compiled.diagnostics:
        if each.severity != ERROR or (each.code, each.message) in known:
            continue
        also = [
            Label(label.span, _whose(label, merged, sides, names) if label.span.file == merged.file else label.text)
            for label in each.labels
        ]
        first, *rest = also or [None]
        found.append(
            codes.MERGE_IMPOSSIBLE.at(
                first.span if first else None,
                f"each version holds by itself, together they do not: {each.code} {each.message}",
                label=first.text if first else "",
                also=[label for label in rest if label is not None],
                help=each.help,
                notes=each.notes,
            )
        )
        here = [label for label in also if label.span.file == merged.file]
        for label in here:
            # What both versions said before is told, but needs no mark; unless there is nothing else.
            if label.text != BOTH or all(other.text == BOTH for other in here):
                line = merged.compiled.sources.files[merged.file].position(label.span.start).line
                marks.setdefault(line, f"{MARK}{each.code}, {label.text}")
    return found


def _hosts(text: str, path: str) -> list[str]:
    """The protocols to check: the file itself, or, if it is a part, those that it may be a part of."""
    if _MAIN.search(text):
        return [path]
    from protocol_dsl.diff_pipeline import protocols_in

    root = pipeline.project_root(path)
    hosts = [os.path.relpath(os.path.join(root, each)) for each in protocols_in(root)]
    return [each for each in hosts if os.path.realpath(each) != os.path.realpath(path)] or [path]


def _compiled(text: str, path: str, host: str) -> Checked | None:
    """A version compiled, within the protocol `host`; None if that does not use the file."""
    if host == path:
        return Checked(pipeline.compile_sources(_sources(text, path)), 0)
    sources = SourceMap(pipeline.project_root(path))
    try:
        sources.read(host)
    except SourceError:
        return None
    file = sources.put(path, text)
    compiled = pipeline.compile_sources(sources)
    used = len(compiled.trees) > 1 and any(tree.tree.file == file for tree in compiled.trees)
    return Checked(compiled, file) if used else None


def _sources(text: str, path: str) -> SourceMap:
    sources = SourceMap(pipeline.project_root(path))
    sources.add_text(path, text)
    return sources


def _whose(label: Label, merged: Checked, sides: list[Checked], names: tuple[str, str]) -> str:
    """Which version brought the line in that a finding points to."""
    source = merged.compiled.sources.files[merged.file]
    line = source.line(source.position(label.span.start).line).strip()
    has = [line in side.lines for side in sides]
    if has == [True, False]:
        return f"as in {names[0]}"
    if has == [False, True]:
        return f"as in {names[1]}"
    return BOTH if any(has) else "put together from both versions"


def _with_comments(text: str, lines: dict[int, str]) -> str:
    """Comments above lines, by the line numbers; never inside a long text, where they would be no comments."""
    made = text.split("\n")
    for number in sorted(lines, reverse=True):
        indent = made[number - 1][: len(made[number - 1]) - len(made[number - 1].lstrip())]
        trial = [*made[: number - 1], f"{indent}{lines[number]}", *made[number - 1 :]]
        if '"""' not in text or "\n".join(made[: number - 1]).count('"""') % 2 == 0:
            made = trial
    return "\n".join(made)


# ---- files that cannot be merged by statements ----


def _as_text(versions: Versions, texts: list[str], options: Options) -> Result:
    """A merge by lines, as git does it without us."""
    import tempfile

    from protocol_dsl import git

    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("ours", "base", "theirs")]
        for path, data in zip(paths, (versions.ours, versions.base, versions.theirs), strict=True):
            with open(path, "wb") as handle:
                handle.write(data)
        status, out, message = git.run(
            folder, "merge-file", "-p", f"--marker-size={options.marker_size}",
            "-L", options.ours, "-L", "base", "-L", options.theirs, *paths,
        )  # fmt: skip
    if status > 127:
        raise SourceError(versions.path, f"git cannot merge it: {message}")
    sources = SourceMap()
    sources.add_text(versions.path, out.decode("utf-8"))
    found: list[Diagnostic] = []
    if not any(map(is_protobuf_schema, texts)):
        help = "`protoc check` names the faults; after they are mended, versions are merged by statements"
        what = f"{versions.path} was merged by lines: a version of it has faults of syntax"
        found.append(codes.NOT_CHECKED_AGAIN.at(None, what, help=help))
    if status:
        what = f"{status} {'place' if status == 1 else 'places'} of {versions.path} changed in both versions"
        found.append(codes.MERGE_CONFLICT.at(None, what, help="choose between the markers, then `git add` the file"))
    return Result(out, status == 0, found, sources)


def _decoded(data: bytes, path: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise SourceError(path, "it is not UTF-8 text; save it as UTF-8") from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _encoded(text: str, ours: bytes) -> bytes:
    """The text with the byte order mark and the ends of lines that ours has."""
    if b"\r\n" in ours:
        text = text.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if ours.startswith(b"\xef\xbb\xbf") else b"") + text.encode("utf-8")
