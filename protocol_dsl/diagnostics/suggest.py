"""'Did you mean': the names of the right kind that a misspelt word comes closest to."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, candidates: Iterable[str], limit: int = 3) -> list[str]:
    """At most `limit` candidates, nearest first; equal ones by their spelling.

    Differences of case count last. A candidate is near when a third of the word's letters are wrong at most,
    one letter always being allowed, and something is left in common.
    """
    folded = word.casefold()
    cut_off = max(1, len(word) // 3)
    found: list[tuple[int, int, str]] = []
    for candidate in set(candidates):
        other = candidate.casefold()
        if candidate == word or abs(len(other) - len(folded)) > cut_off:
            continue
        distance = edit_distance(folded, other)
        if distance <= cut_off and distance < max(len(folded), len(other)):
            found.append((distance, edit_distance(word, candidate), candidate))
    return [candidate for _, _, candidate in sorted(found)[:limit]]


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """``did you mean `x`?`` or ``did you mean `x`, `y` or `z`?``; None when nothing is near."""
    names = [f"`{name}`" for name in closest(word, candidates)]
    if not names:
        return None
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    return f"did you mean {listed}?"


def edit_distance(a: str, b: str) -> int:
    """Letters to insert, delete, replace or swap with their neighbour (Damerau 1964; optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        previous, row = row, [i]
        for j, y in enumerate(b, start=1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = previous
    return row[-1]
