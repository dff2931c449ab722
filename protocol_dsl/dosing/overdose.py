"""How often a trial treats most of its participants above the level that is sought, exactly."""

from __future__ import annotations

from collections.abc import Sequence

from protocol_dsl.dosing import merged, vector
from protocol_dsl.dosing.exact import STATE_LIMIT, Structure, probabilities
from protocol_dsl.dosing.machine import Above, Design
from protocol_dsl.dosing.memory import memory
from protocol_dsl.dosing.merged import Merged

SHARES = (0.6, 0.8)
"""Shares of the participants that evaluations of designs usually name."""
_ROUNDING = 1e-9


def overdosed(design: Design, made: Structure | Merged, rates: Sequence[float], level: int) -> tuple[float, ...]:
    """For each of `SHARES` the probability that more than this share of the participants is treated above `level`.

    `made` is the structure of the design. Raises `Closed` for a rule table with too many states.
    """
    if not isinstance(made, Structure):
        return _counted(design, rates, level)
    arrays = made.arrays if len(made.ends) > 2000 else None
    if arrays is not None:
        above = arrays.treated[:, level + 1 :].sum(axis=1)
        p = vector.probabilities(arrays, [rates])[0]
        return tuple(float(p[above > share * arrays.total + _ROUNDING].sum()) for share in SHARES)
    ends = [
        (sum(end.ending.treated[level + 1 :]), sum(end.ending.treated), p)
        for end, p in zip(made.ends, probabilities(made, rates), strict=True)
    ]
    return _shares(ends)


def _counted(design: Design, rates: Sequence[float], level: int) -> tuple[float, ...]:
    """Of a rule table, whose merged ends have forgotten where participants were treated: those above are counted."""
    counting = Above(design, level)
    remembered = memory(counting)
    assert remembered is not None
    made = merged.merge(counting, remembered, STATE_LIMIT)
    reached = merged.reached(made, rates)[len(made.groups) :]
    return _shares(
        [(each.clock[0] if each.clock else 0, each.total, p) for each, p in zip(made.outcomes, reached, strict=True)]
    )


def _shares(ends: Sequence[tuple[int, int, float]]) -> tuple[float, ...]:
    """Of participants above, participants in all, and probability of each end."""
    return tuple(sum(p for above, n, p in ends if above > share * n + _ROUNDING) for share in SHARES)
