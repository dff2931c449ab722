"""The same sums as in `exact`, over arrays, for those who have numpy (the extra `fast`)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from protocol_dsl.dosing.exact import Characteristics, Structure


def _numpy() -> Any:
    try:
        return import_module("numpy")
    except ImportError:
        return None


numpy: Any = _numpy()
"""The module, or None."""

_CHUNK = 4_000_000
"""Numbers held at once while scenarios are evaluated: 32 MB."""


class Arrays(NamedTuple):
    """The ends of a design as arrays, one row each.

    `exponents` has for each level the DLTs, then for each level the participants without one. `mtd` is 0 for none,
    else the level from 1. `reasons` are the words behind the codes in `reason`, `totals` the numbers in `total`.
    `sums` has a column for each sum that is asked for: MTDs, totals, reasons, participants and DLTs per level.
    """

    levels: int
    weight: Any
    paths: int
    treated: Any
    dlts: Any
    exponents: Any
    mtd: Any
    reason: Any
    reasons: tuple[str, ...]
    total: Any
    totals: list[int]
    sums: Any


def arrays(structure: Structure) -> Arrays:
    """The ends of a structure as arrays."""
    endings = [end.ending for end in structure.ends]
    reasons = tuple(dict.fromkeys(ending.reason for ending in endings))
    return packed(
        numpy.array([float(end.weight) for end in structure.ends]),
        structure.paths,
        numpy.array([ending.treated for ending in endings], dtype=numpy.int32),
        numpy.array([ending.dlts for ending in endings], dtype=numpy.int32),
        numpy.array([0 if ending.mtd is None else ending.mtd + 1 for ending in endings]),
        numpy.array([reasons.index(ending.reason) for ending in endings]),
        reasons,
    )


def packed(weight: Any, paths: int, treated: Any, dlts: Any, mtd: Any, reason: Any, reasons: tuple[str, ...]) -> Arrays:
    """Arrays with what is derived from them."""
    levels = treated.shape[1]
    exponents = numpy.concatenate([dlts, treated - dlts], axis=1).astype(float)
    total = treated.sum(axis=1)
    totals, sized = numpy.unique(total, return_inverse=True)
    columns = [
        _indicator(mtd, levels + 1),
        _indicator(sized.reshape(-1), len(totals)),
        _indicator(reason, len(reasons)),
        treated,
        dlts,
    ]
    sums = numpy.concatenate(columns, axis=1).astype(float)
    return Arrays(levels, weight, paths, treated, dlts, exponents, mtd, reason, reasons, total, totals.tolist(), sums)


def evaluate(ends: Arrays, scenarios: Sequence[Sequence[float]]) -> list[Characteristics]:
    """Operating characteristics in each scenario."""
    from protocol_dsl.dosing.exact import Characteristics

    count = len(ends.weight)
    found: list[Characteristics] = []
    step = max(1, _CHUNK // max(1, count))
    for begin in range(0, len(scenarios), step):
        sums = (probabilities(ends, scenarios[begin : begin + step]) @ ends.sums).tolist()
        for row, given in zip(sums, scenarios[begin : begin + step], strict=True):
            select, row = row[: ends.levels + 1], row[ends.levels + 1 :]
            sizes, row = row[: len(ends.totals)], row[len(ends.totals) :]
            reasons, row = row[: len(ends.reasons)], row[len(ends.reasons) :]
            found.append(
                Characteristics(
                    tuple(given),
                    tuple(select),
                    tuple(row[: ends.levels]),
                    tuple(row[ends.levels :]),
                    {n: p for n, p in zip(ends.totals, sizes, strict=True) if p > 0},
                    {reason: p for reason, p in sorted(zip(ends.reasons, reasons, strict=True)) if p > 0},
                )
            )
    return found


def probabilities(ends: Arrays, scenarios: Sequence[Sequence[float]]) -> Any:
    """The probability of each end (columns) in each scenario (rows)."""
    rates = numpy.array([list(map(float, each)) for each in scenarios])
    both = numpy.concatenate([rates, 1 - rates], axis=1)
    # A rate of 0 makes an end with a DLT impossible; minus infinity times no DLT would not be a number.
    logs = numpy.where(both > 0, numpy.log(numpy.maximum(both, 1e-300)), -1e9)
    return numpy.exp(logs @ ends.exponents.T) * ends.weight


def _indicator(codes: Any, count: int) -> Any:
    return codes[:, None] == numpy.arange(count)[None, :]
