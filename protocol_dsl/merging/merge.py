"""`merge(base, ours, theirs)`: one text of three, by statements."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.merging.parts import Side
from protocol_dsl.merging.renames import aligned
from protocol_dsl.merging.three_way import Clash, Merge, Options


class Merged(NamedTuple):
    """The merged text and the conflicts in it; without any, it reads without faults of syntax."""

    text: str
    clashes: list[Clash]


def merge(base: str, ours: str, theirs: str, options: Options | None = None) -> Merged | None:
    """Merge three versions with `\\n` at the ends of lines; None if one of them has faults of syntax."""
    options = options or Options()
    if ours == theirs or theirs == base:
        return Merged(ours, [])
    if ours == base:
        return Merged(theirs, [])
    sides = Side(base), Side(ours), Side(theirs)
    if not all(side.is_sound for side in sides):
        return None
    b, o, t = aligned(*sides)
    for finely in (True, False):
        run = Merge(b, o, t, options, finely=finely)
        text = run.run()
        # Parts that each read well could still read as something else together; then statements stay whole.
        if run.clashes or Side(text).is_sound:
            return Merged(text, run.clashes)
    return None
