"""In which order merged statements stand: kept where nobody moved them, each new one behind its neighbour."""

from __future__ import annotations

from collections.abc import Callable, Collection

from protocol_dsl.merging.identity import Key


class OrderConflict(Exception):
    """Both versions moved the same statements, each in its own way."""


def merged_order(
    base: list[Key], ours: list[Key], theirs: list[Key], wanted: Collection[Key], counts: Callable[[Key], bool]
) -> list[Key]:
    """The keys `wanted` in their order; `counts` tells of which keys the order means something.

    What both versions kept stands as in the version that moved it. What only one has comes behind the statement that
    it follows there; where both put something in one place, the order is that of the keys, so that the result is the
    same whichever version is called ours. Raises `OrderConflict`.
    """
    kept = set(base) & set(ours) & set(theirs) & set(wanted)
    in_base, in_ours, in_theirs = ([key for key in keys if key in kept] for keys in (base, ours, theirs))
    skeleton = in_ours
    if in_ours == in_base:
        skeleton = in_theirs
    elif in_theirs not in (in_base, in_ours):
        of_base, of_ours, of_theirs = ([k for k in keys if counts(k)] for keys in (in_base, in_ours, in_theirs))
        if of_ours == of_base and of_theirs != of_base:
            skeleton = in_theirs
        elif of_theirs not in (of_base, of_ours):
            raise OrderConflict
        elif of_ours == of_theirs:
            # Only what has no order was moved by both: either order says the same, and the choice has no side.
            skeleton = min(in_ours, in_theirs, key=repr)
    runs_of_ours, runs_of_theirs = _runs(ours, kept, wanted), _runs(theirs, kept, wanted)
    result: list[Key] = []
    for anchor in [None, *skeleton]:
        if anchor is not None:
            result.append(anchor)
        runs = [runs_of_ours.get(anchor, []), runs_of_theirs.get(anchor, [])]
        if not set(runs[0]) & set(runs[1]):
            runs.sort(key=repr)
        result += [key for run in runs for key in run]
    return list(dict.fromkeys(result))


def _runs(keys: list[Key], kept: set[Key], wanted: Collection[Key]) -> dict[Key | None, list[Key]]:
    """What one version has beside what both kept, by the statement that it follows."""
    found: dict[Key | None, list[Key]] = {}
    anchor: Key | None = None
    for key in keys:
        if key in kept:
            anchor = key
        elif key in wanted:
            found.setdefault(anchor, []).append(key)
    return found
