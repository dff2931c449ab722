"""All states of an interval design at once, over arrays: the same result as `exact.explore`, some thirty times faster.

The states with the same number of treated participants form a layer; a layer is merged by a key per row. A key is
made of as many 63-bit words as the counts need: one word is not enough for eight levels, and a key that wraps would
merge different states without any sign of it in the total probability.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import Any, NamedTuple, overload

from protocol_dsl.dosing.designs.grids import is_unacceptable
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import DLTS, TREATED, IsotonicMtd
from protocol_dsl.dosing.exact import End, Structure
from protocol_dsl.dosing.machine import ENOUGH, MAXIMUM, NO_RULE, TOXIC, Closed, Ending, Step
from protocol_dsl.dosing.vector import Arrays, numpy, packed

STATE_LIMIT = 3_000_000
_REASONS = (MAXIMUM, TOXIC, ENOUGH, NO_RULE)
_WORD = 2**63


class Layer(NamedTuple):
    """States with the same number of treated participants; `at` is the level of the next group."""

    treated: Any
    dlts: Any
    at: Any
    phase: Any
    weight: Any
    paths: Any


class ArrayEnds(Sequence[End]):
    """The ends of a design, made from arrays when one is asked for."""

    def __init__(self, arrays: Arrays, paths: Any) -> None:
        self.arrays = arrays
        self._paths = paths

    def __len__(self) -> int:
        return len(self.arrays.weight)

    @overload
    def __getitem__(self, index: int) -> End: ...
    @overload
    def __getitem__(self, index: slice) -> list[End]: ...
    def __getitem__(self, index: int | slice) -> End | list[End]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        arrays = self.arrays
        mtd = int(arrays.mtd[index])
        ending = Ending(
            mtd - 1 if mtd else None,
            arrays.reasons[int(arrays.reason[index])],
            tuple(arrays.treated[index].tolist()),
            tuple(arrays.dlts[index].tolist()),
        )
        return End(ending, int(arrays.weight[index]), int(self._paths[index]))

    def __iter__(self) -> Iterator[End]:
        return (self[at] for at in range(len(self)))


def can_explore(design: object) -> bool:
    """Whether this module knows the design."""
    return isinstance(design, IntervalDesign) and isinstance(design.mtd, IsotonicMtd)


def explore(design: IntervalDesign, limit: int = STATE_LIMIT) -> Structure:
    """All states of an interval design with isotonic selection. Raises `Closed` above `limit` of them."""
    layers: dict[int, list[Layer]] = {}
    ended: list[tuple[Layer, int]] = []
    states = 0
    for total, layer, reason in _titration(design):
        if reason is None:
            layers.setdefault(total, []).append(layer)
        else:
            ended.append((layer, reason))
    lookup = _Lookup(design)
    while layers:
        total = min(layers)
        layer = _merged(layers.pop(total), design)
        states += len(layer.at)
        if states > limit:
            raise Closed
        size = min(design.cohort, design.maximum - total)
        after = total + size
        for going, ending in _followed(layer, size, after >= design.maximum, design, lookup):
            if len(going.at):
                layers.setdefault(after, []).append(going)
            ended.extend(ending)
    ends = _ended(ended, design)
    return Structure(levels=design.levels, ends=ends, states=states + len(ends))


class _Lookup:
    """The grid and the extra safety rule as tables over (participants, DLTs)."""

    def __init__(self, design: IntervalDesign) -> None:
        size = design.maximum + 1
        self.codes = numpy.full((size, size), ord(" "), dtype=numpy.uint8)
        self.unsafe = numpy.zeros((size, size), dtype=bool)
        for n in range(1, size):
            if n < len(design.grid):
                row = design.grid[n].ljust(n + 1)[: n + 1]
                self.codes[n, : n + 1] = numpy.frombuffer(row.encode("ascii"), dtype=numpy.uint8)
            if design.extra_safe is not None:
                self.unsafe[n, : n + 1] = [design.is_unsafe(n, y) for y in range(n + 1)]


def _titration(design: IntervalDesign) -> Iterator[tuple[int, Layer, int | None]]:
    """The states in which the first full cohort is due, and ends before, by the design's own steps."""
    waiting: list[tuple[Step, int, int]] = [(design.first(), 1, 1)]
    while waiting:
        step, weight, paths = waiting.pop()
        total = sum(step.treated)
        if step.phase >= 0 and step.size == min(design.cohort, design.maximum - total):
            yield total, _row(step.treated, step.dlts, step.level, step.phase, weight, paths), None
            continue
        for dlts in range(step.size + 1):
            following = design.after(step, dlts)
            more = weight * comb(step.size, dlts)
            if isinstance(following, Ending):
                row = _row(following.treated, following.dlts, 0, 0, more, paths)
                yield total + step.size, row, _REASONS.index(following.reason)
            else:
                waiting.append((following, more, paths))


def _row(treated: tuple[int, ...], dlts: tuple[int, ...], at: int, phase: int, weight: int, paths: int) -> Layer:
    return Layer(
        numpy.array([treated], dtype=numpy.int16),
        numpy.array([dlts], dtype=numpy.int16),
        numpy.array([at], dtype=numpy.int16),
        numpy.array([phase], dtype=numpy.int16),
        numpy.array([float(weight)]),
        numpy.array([float(paths)]),
    )


def _followed(
    layer: Layer, size: int, is_last: bool, design: IntervalDesign, lookup: _Lookup
) -> Iterator[tuple[Layer, list[tuple[Layer, int]]]]:
    """For each number of DLTs in the next group: the states that go on, and those that end, by reason."""
    rows = numpy.arange(len(layer.at))
    at = layer.at
    treated = layer.treated.copy()
    treated[rows, at] += size
    n = treated[rows, at]
    for more in range(size + 1):
        dlts = layer.dlts.copy()
        dlts[rows, at] += more
        y = dlts[rows, at]
        code = lookup.codes[n, y]
        out, off = code == ord("U"), code == ord(" ")
        phase = numpy.where(out, numpy.minimum(layer.phase, at), layer.phase)
        toxic = (at == 0) & (out | lookup.unsafe[n, y]) & ~off
        up = (code == ord("E")) & (at + 1 < design.levels) & (at + 1 < phase)
        down = (out | (code == ord("D"))) & (at > 0)
        reason = numpy.full(len(rows), -1)
        if design.early_stop is not None:
            reason[(n >= design.early_stop) & ~up & ~down] = _REASONS.index(ENOUGH)
        reason[off] = _REASONS.index(NO_RULE)
        if is_last:
            reason[:] = _REASONS.index(MAXIMUM)
        reason[toxic] = _REASONS.index(TOXIC)
        following = Layer(treated, dlts, at + up - down, phase, layer.weight * comb(size, more), layer.paths)
        going = reason < 0
        ended = [
            (_chosen(following, chosen), number)
            for number in range(len(_REASONS))
            if (chosen := reason == number).any()
        ]
        yield _chosen(following, going), ended


def _chosen(layer: Layer, which: Any) -> Layer:
    return Layer(*(column[which] for column in layer))


def _together(layers: list[Layer]) -> Layer:
    return Layer(*(numpy.concatenate(columns) for columns in zip(*layers, strict=True)))


def _merged(layers: list[Layer], design: IntervalDesign) -> Layer:
    """The layer with equal states made one."""
    layer = _together(layers)
    largest = int(layer.treated.max()) + 1
    columns = [*layer.treated.T, *layer.dlts.T, layer.at, layer.phase]
    radices = [*[largest] * (2 * design.levels), design.levels, design.levels + 1]
    return _summed(layer, columns, radices)


def _summed(layer: Layer, columns: list[Any], radices: list[int]) -> Layer:
    first, group = grouped(columns, radices)
    chosen = _chosen(layer, first)
    return chosen._replace(
        weight=numpy.bincount(group, layer.weight, len(first)), paths=numpy.bincount(group, layer.paths, len(first))
    )


def grouped(columns: list[Any], radices: list[int]) -> tuple[Any, Any]:
    """Rows that are equal in all columns: the first row of each group, and the group of each row.

    A column holds whole numbers from 0 to below its radix.
    """
    words: list[Any] = []
    room = 1
    for column, radix in zip(columns, radices, strict=True):
        if not words or room * radix > _WORD:
            words.append(numpy.zeros(len(column), dtype=numpy.int64))
            room = 1
        words[-1] = words[-1] * radix + column
        room *= radix
    if len(words) == 1:
        _, first, group = numpy.unique(words[0], return_index=True, return_inverse=True)
        return first, group.reshape(-1)
    order = numpy.lexsort(words)
    new = numpy.ones(len(order), dtype=bool)
    new[1:] = False
    for word in words:
        ordered = word[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    group = numpy.empty(len(order), dtype=numpy.int64)
    group[order] = numpy.cumsum(new) - 1
    return order[new], group


def _ended(ended: list[tuple[Layer, int]], design: IntervalDesign) -> ArrayEnds:
    layer = _together([part for part, _ in ended])
    reason = numpy.concatenate([numpy.full(len(part.at), number) for part, number in ended])
    # The level and phase at the end no longer matter.
    layer = layer._replace(at=reason, phase=reason)
    largest = int(layer.treated.max()) + 1
    layer = _summed(layer, [*layer.treated.T, *layer.dlts.T, reason], [*[largest] * (2 * design.levels), len(_REASONS)])
    assert isinstance(design.mtd, IsotonicMtd)
    none = (layer.at == _REASONS.index(TOXIC)) | (layer.at == _REASONS.index(NO_RULE))
    mtd = numpy.where(none, 0, selected(design.mtd, layer.treated, layer.dlts))
    used, reasons = numpy.unique(layer.at, return_inverse=True)
    arrays = packed(
        layer.weight,
        int(layer.paths.sum()),
        layer.treated.astype(numpy.int32),
        layer.dlts.astype(numpy.int32),
        mtd,
        reasons.reshape(-1),
        tuple(_REASONS[int(each)] for each in used),
    )
    return ArrayEnds(arrays, layer.paths)


def selected(mtd: IsotonicMtd, treated: Any, dlts: Any) -> Any:
    """The MTD of each row from 1, or 0: `IsotonicMtd.select` over arrays."""
    rows, levels = treated.shape
    largest = int(treated.max())
    bad = numpy.zeros((largest + 1, largest + 1), dtype=bool)
    unsafe = bad.copy()
    for n in range(1, largest + 1):
        bad[n, : n + 1] = [is_unacceptable(n, y, mtd.target, mtd.cutoff) for y in range(n + 1)]
        if mtd.extra_safe is not None:
            unsafe[n, : n + 1] = [is_unacceptable(n, y, mtd.target, mtd.extra_safe) for y in range(n + 1)]
    eliminated = numpy.logical_or.accumulate(bad[treated, dlts], axis=1)
    admissible = (treated > 0) & ~eliminated & ~unsafe[treated[:, :1], dlts[:, :1]]
    rate = (dlts + DLTS) / (treated + TREATED)
    variance = (dlts + DLTS) * (treated - dlts + DLTS) / ((treated + TREATED) ** 2 * (treated + TREATED + 1))
    weight = numpy.where(admissible, 1 / variance, 0.0)
    fitted = numpy.full((rows, levels), -numpy.inf)
    for a in range(levels):
        # Means of the levels a..b; the isotonic rate of j is the largest over a of the least of them over b >= j.
        sums = numpy.cumsum((weight * rate)[:, a:], axis=1)
        weights = numpy.cumsum(weight[:, a:], axis=1)
        means = numpy.where(weights > 0, sums / numpy.where(weights > 0, weights, 1), -numpy.inf)
        least = numpy.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]
        fitted[:, a:] = numpy.maximum(fitted[:, a:], least)
    fitted = fitted + numpy.cumsum(admissible, axis=1) * 1e-10
    if mtd.bound is not None:
        admissible = admissible & (fitted <= mtd.bound)
    distance = numpy.where(admissible, numpy.abs(fitted - mtd.target), 9.0)
    return numpy.where(admissible.any(axis=1), distance.argmin(axis=1) + 1, 0)
