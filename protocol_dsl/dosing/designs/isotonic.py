"""The MTD of a model-assisted design: rates made monotone, then the level whose rate is nearest to the target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from protocol_dsl.dosing.designs.grids import is_unacceptable

# Prior counts of the estimate, as in the reference implementation of BOIN.
DLTS, TREATED = 0.05, 0.1
_STEP = 1e-10
"""Added for each level, so that equal rates below the target give the highest level, above it the lowest."""


class IsotonicMtd(NamedTuple):
    """Selection of the MTD. `bound`: no level whose rate lies above it is declared. Probabilities from 0 to 1.

    `extra_safe`: none is declared either if P(rate of the lowest level > target) is above this.
    """

    target: float
    cutoff: float = 0.95
    bound: float | None = None
    extra_safe: float | None = None

    def select(self, treated: Sequence[int], dlts: Sequence[int]) -> int | None:
        """The MTD from the final data; None if there is none."""
        if self.extra_safe is not None and is_unacceptable(treated[0], dlts[0], self.target, self.extra_safe):
            return None
        admissible: list[int] = []
        for level, (n, y) in enumerate(zip(treated, dlts, strict=True)):
            if is_unacceptable(n, y, self.target, self.cutoff):
                break
            if n:
                admissible.append(level)
        rates = isotonic([(treated[level], dlts[level]) for level in admissible])
        best: int | None = None
        distance = 2.0
        for rank, (level, fitted) in enumerate(zip(admissible, rates, strict=True), 1):
            rate = fitted + rank * _STEP
            if self.bound is not None and rate > self.bound:
                continue
            if abs(rate - self.target) < distance:
                best, distance = level, abs(rate - self.target)
        return best


def isotonic(counts: Sequence[tuple[int, int]]) -> list[float]:
    """Non-decreasing rates of (participants, DLTs), pooled with the inverse of their variances as weights."""
    blocks: list[tuple[float, float, int]] = []
    for n, y in counts:
        rate = (y + DLTS) / (n + TREATED)
        variance = (y + DLTS) * (n - y + DLTS) / ((n + TREATED) ** 2 * (n + TREATED + 1))
        block = (rate, 1 / variance, 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            weight = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / weight, weight, before[2] + block[2])
        blocks.append(block)
    return [rate for rate, _, size in blocks for _ in range(size)]
