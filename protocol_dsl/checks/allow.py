"""`@allow CODE "reason"`: findings that the author has acknowledged at their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from protocol_dsl.diagnostics.model import ERROR, NOTE, Diagnostic, rule
from protocol_dsl.model.base import Note, Origin, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.source import Span


@rule("TXT009", "nothing-to-allow", NOTE)
class NOTHING_TO_ALLOW:
    """An `@allow` acknowledges a finding that is not there.

    What it means:
        The element below the note gives no warning or note with this code. An error cannot be acknowledged: it
        stays, whatever the note says.

    Why it matters:
        A note that is left over hides the next finding of its kind, which nobody has looked at.

    Example:
        @allow SCH010 "the windows touch on one day"
        visit D4 "Day 4" day 4

    Instead:
        visit D4 "Day 4" day 4
    """


class Allowance(NamedTuple):
    """An acknowledged code, and the characters of the element that it stands before."""

    note: Note
    code: str
    place: Span


def acknowledge(trial: Trial, found: Sequence[Diagnostic], families: Iterable[str]) -> list[Diagnostic]:
    """The findings that nobody acknowledged, and a note for each `@allow` of these families that met nothing."""
    if not any(note.kind == "allow" for note in trial.protocol.notes):
        return list(found)
    allowances = list(_allowances(trial))
    met: set[Origin] = set()
    left: list[Diagnostic] = []
    for diagnostic in found:
        matching = [allowance for allowance in allowances if _covers(allowance, diagnostic)]
        if diagnostic.severity == ERROR or not matching:
            left.append(diagnostic)
        else:
            met.update(allowance.note.origin for allowance in matching)
    prefixes = tuple(families)
    for note in dict.fromkeys(allowance.note for allowance in allowances):
        if note.origin not in met and _is_due(note.code or "", prefixes):
            still = any(_covers(each, one) for each in allowances if each.note == note for one in found)
            reason = "an error cannot be acknowledged" if still else f"{note.code} is not found here"
            left.append(NOTHING_TO_ALLOW.at(trial.span(note.origin), f"this note acknowledges nothing: {reason}"))
    return left


def _is_due(code: str, prefixes: tuple[str, ...]) -> bool:
    """Whether findings of this code were looked for; those of `protoc check --registry` are only there."""
    return code.startswith(prefixes) and not code.startswith("REG02")


def _covers(allowance: Allowance, diagnostic: Diagnostic) -> bool:
    if allowance.code != diagnostic.code:
        return False
    file, start, end = allowance.place
    return any(label.span.file == file and start <= label.span.start <= end for label in diagnostic.labels)


def _allowances(trial: Trial) -> Iterator[Allowance]:
    """All `@allow` notes with the elements that carry them, members of one series each by itself."""
    for part in _parts(trial.protocol):
        notes = getattr(part, "notes", None)
        origin = getattr(part, "origin", None)
        if not notes or not isinstance(origin, Origin):
            continue
        place = trial.span(origin)
        for note in cast("Iterable[Note]", notes):
            if note.kind == "allow" and note.code and place is not None:
                yield Allowance(note, note.code, place)


def _parts(part: Part) -> Iterator[Part]:
    """The parts of the model that can carry notes, from the outside inwards."""
    yield part
    for value in vars(part).values():
        if isinstance(value, Part):
            yield from _parts(value)
        elif isinstance(value, (tuple, list)):
            for each in cast("Iterable[object]", value):
                if isinstance(each, Part) and not isinstance(each, (Note, Origin)):
                    yield from _parts(each)
