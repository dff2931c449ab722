"""Decisions of model-assisted designs: for `y` DLTs among `n` participants at a level, where the next group goes.

A grid is a list whose entry `n` is a string over y = 0..n: E escalate, S stay, D de-escalate, U de-escalate and never
come back to this level or a higher one. BOIN: Liu and Yuan 2015; Keyboard: Yan, Mandrekar and Yuan 2017, which is
the rule of mTPI-2 (Guo and others 2017); mTPI: Ji and others 2010; i3+3: Liu, Wang and Ji 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import ceil, comb, floor, log

Grid = tuple[str, ...]

ELIMINATION_MIN = 3
"""Below so many participants no level is eliminated."""


@lru_cache(maxsize=10_000)
def excess(n: int, y: int, rate: float) -> float:
    """P(p > rate) for p with a uniform prior after `y` DLTs among `n`: a sum of binomial terms, exact."""
    return sum(comb(n + 1, k) * rate**k * (1 - rate) ** (n + 1 - k) for k in range(y + 1))


def within(n: int, y: int, low: float, high: float) -> float:
    """P(low < p < high) for p with a uniform prior after `y` DLTs among `n`."""
    return (excess(n, y, low) if low > 0 else 1.0) - (excess(n, y, high) if high < 1 else 0.0)


def is_unacceptable(n: int, y: int, target: float, cutoff: float) -> bool:
    """Whether a level is eliminated."""
    return n >= ELIMINATION_MIN and excess(n, y, target) > cutoff


def boin_boundaries(target: float, safe: float | None = None, toxic: float | None = None) -> tuple[float, float]:
    """The escalation and de-escalation boundary of BOIN; `safe` and `toxic` are 0.6 and 1.4 times the target."""
    low = 0.6 * target if safe is None else safe
    high = 1.4 * target if toxic is None else toxic
    return (
        log((1 - low) / (1 - target)) / log(target * (1 - low) / (low * (1 - target))),
        log((1 - target) / (1 - high)) / log(high * (1 - target) / (target * (1 - high))),
    )


def boin(target: float, most: int, cutoff: float = 0.95, safe: float | None = None, toxic: float | None = None) -> Grid:
    """BOIN for up to `most` participants at a level."""
    up, down = boin_boundaries(target, safe, toxic)

    def decide(n: int, y: int) -> str:
        # The boundary itself does not de-escalate where it is a whole number; floats come close to one.
        least = ceil(down * n - 1e-12)
        if abs(down * n - round(down * n)) < 1e-12:
            least = round(down * n) + 1
        return "E" if y <= floor(up * n + 1e-12) else "D" if y >= least else "S"

    return _grid(decide, target, most, cutoff)


def keyboard(target: float, most: int, cutoff: float = 0.95, below: float = 0.05, above: float = 0.05) -> Grid:
    """Keyboard (mTPI-2): the strongest of the keys as wide as the target key `target - below .. target + above`."""
    width = below + above
    low, high = target - below, target + above
    keys: list[tuple[float, float, str]] = [(low, high, "S")]
    edge = low
    while edge > 1e-9:
        keys.insert(0, (max(0.0, edge - width), edge, "E"))
        edge -= width
    edge = high
    while edge < 1 - 1e-9:
        keys.append((edge, min(1.0, edge + width), "D"))
        edge += width

    def decide(n: int, y: int) -> str:
        densities = [within(n, y, a, b) / (b - a) for a, b, _ in keys]
        best = max(densities)
        # Of equal keys the higher one is chosen.
        return next(
            key[2] for key, density in zip(reversed(keys), reversed(densities), strict=True) if density >= best - 1e-12
        )

    return _grid(decide, target, most, cutoff)


def mtpi(target: float, most: int, cutoff: float = 0.95, below: float = 0.05, above: float = 0.05) -> Grid:
    """mTPI: the interval with the highest unit probability mass, of three."""
    low, high = target - below, target + above

    def decide(n: int, y: int) -> str:
        masses = {
            "E": within(n, y, 0, low) / low,
            "S": within(n, y, low, high) / (high - low),
            "D": within(n, y, high, 1) / (1 - high),
        }
        return max(masses, key=lambda each: masses[each])

    return _grid(decide, target, most, cutoff)


def i3_plus_3(target: float, most: int, cutoff: float = 0.95, below: float = 0.05, above: float = 0.05) -> Grid:
    """i3+3: the observed rate against the interval; one DLT less decides whether to stay above it."""
    low, high = target - below, target + above

    def decide(n: int, y: int) -> str:
        # Bounds of the interval belong to it; floats come close to them.
        if y < low * n - 1e-9:
            return "E"
        if y <= high * n + 1e-9:
            return "S"
        return "S" if y - 1 < low * n - 1e-9 else "D"

    return _grid(decide, target, most, cutoff)


def _grid(decide: Callable[[int, int], str], target: float, most: int, cutoff: float) -> Grid:
    return (
        "",
        *(
            "".join("U" if is_unacceptable(n, y, target, cutoff) else decide(n, y) for y in range(n + 1))
            for n in range(1, most + 1)
        ),
    )
