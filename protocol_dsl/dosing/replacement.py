"""Participants who cannot be evaluated for DLTs, and those who come in their place."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

_TAIL = 1e-12


class Replaceable(NamedTuple):
    """How many participants may be replaced: up to so many `per` level or cohort, or in all (None).

    `up_to` None: any number.
    """

    up_to: int | None
    per: str | None = None

    def most(self, treated: tuple[int, ...], groups: int) -> int:
        """The most that a trial with these participants per level, in so many groups, can replace; 0 if unlimited."""
        if self.up_to is None:
            return 0
        if self.per == "level":
            return self.up_to * sum(n > 0 for n in treated)
        return self.up_to * (groups if self.per == "cohort" else 1)


UNLIMITED = Replaceable(None)


def replaced(groups: Sequence[int], not_evaluable: float, up_to: int | None = None) -> dict[int, float]:
    """How many are replaced until each group has its evaluable participants, each not with this probability.

    A sum of negative binomial numbers, one for each group. With `up_to`, only what comes about with at most so many in
    each group, so that the probabilities sum to less than 1. Without it, cut where less than 1e-12 is left, which goes
    to the last number.
    """
    _demand(not_evaluable)
    if up_to is None:
        total = sum(groups)
        return {n - total: p for n, p in enrolled_for(total, not_evaluable).items()}
    found = {0: 1.0}
    for n in groups:
        law = (
            [comb(n + r - 1, r) * not_evaluable**r * (1 - not_evaluable) ** n for r in range(up_to + 1)] if n else [1.0]
        )
        wider: dict[int, float] = {}
        for before, p in found.items():
            for more, chance in enumerate(law):
                if chance > 0:
                    wider[before + more] = wider.get(before + more, 0.0) + p * chance
        found = wider
    return found


def _demand(not_evaluable: float) -> None:
    if not 0 <= not_evaluable < 1:
        raise ValueError(f"the probability of not being evaluable is from 0 to below 1, not {not_evaluable}")


def enrolled_for(evaluable: int, not_evaluable: float) -> dict[int, float]:
    """How many are enrolled until so many are evaluable, each not with probability `not_evaluable`.

    A negative binomial distribution, cut where less than 1e-12 is left, which goes to the last number.
    """
    _demand(not_evaluable)
    found: dict[int, float] = {}
    left, extra = 1.0, 0
    p = (1 - not_evaluable) ** evaluable
    while left > _TAIL:
        found[evaluable + extra] = p
        left -= p
        extra += 1
        p *= not_evaluable * (evaluable + extra - 1) / extra
        if p < 1e-18:
            break
    found[max(found)] += max(0.0, left)
    return found


def enrolled(sizes: dict[int, float], not_evaluable: float) -> dict[int, float]:
    """The distribution of the number enrolled, from that of the number evaluable."""
    found: dict[int, float] = {}
    for evaluable, p in sizes.items():
        for number, chance in enrolled_for(evaluable, not_evaluable).items():
            found[number] = found.get(number, 0.0) + p * chance
    return {n: found[n] for n in sorted(found)}


def needs_more_than(replacements: int, participants: int, not_evaluable: float) -> float:
    """Probability that more than so many of the participants at a level have to be replaced.

    Counted over the participants of the level and their replacements, until the allowed number is used up.
    """
    allowed = participants + replacements
    return 1 - sum(
        comb(allowed, k) * not_evaluable**k * (1 - not_evaluable) ** (allowed - k) for k in range(replacements + 1)
    )
