"""Converting between units, and saying in words why two of them do not convert."""

from __future__ import annotations

from protocol_dsl.quantities.known_units import Dimension, Unit
from protocol_dsl.quantities.numbers import decimal_ratio
from protocol_dsl.quantities.unit_table import BASES, COUNTED

_SECONDS_PER_DAY = 86400
# Beyond this a float cannot follow, and a fraction of one no longer matters.
_LARGEST = 10**300
_DURATIONS = ("time", "calendar month", "half-life")

# What stands between two bases of which one occurs where the other does not, first match wins.
_PAIR_REASONS = (
    ("calendar month", "time", "a month has no fixed number of days; `month = …` in the timeline says how long it is"),
    ("half-life", "time", "the half-life of the product is not known here"),
    ("half-life", "calendar month", "the half-life of the product is not known here"),
    ("mass", "amount", "it takes the molar mass of the substance"),
    ("amount", "equivalents", "it takes the valence of the ion"),
    ("amount", "osmoles", "it takes the number of particles that the substance dissolves into"),
    ("amount", "IU", "international units are biological activity; write U for the activity of an enzyme"),
    ("mass", "IU", "international units are biological activity, different for each substance"),
    ("ULN", "LLN", "the upper and the lower limit of normal are different limits"),
)
_SINGLE_REASONS = {
    "ULN": "a multiple of the upper limit of normal depends on the laboratory's range",
    "LLN": "a multiple of the lower limit of normal depends on the laboratory's range",
    "IU": "international units are biological activity, different for each substance",
    "EU": "endotoxin units are an activity against a reference",
    "arbitrary units": "arbitrary units have a meaning in one assay only",
    "effective dose": "an effective dose weighs the kind of radiation and the organ",
    "decays": "becquerels count decays",
    "calendar month": "a month has no fixed number of days",
    "half-life": "the half-life of the product is not known here",
}
_NAMED: dict[tuple[tuple[str, int], ...], str] = {
    (): "a plain number",
    (("length", 2),): "area",
    (("length", 3),): "volume",
    (("length", -3),): "number per volume",
    (("time", -1),): "rate",
    (("length", -1), ("mass", 1), ("time", -2)): "pressure",
    (("length", 2), ("mass", 1), ("time", -2)): "energy",
}


class DimensionError(ValueError):
    """A value in unit `a` cannot be given in unit `b`, for `reason`."""

    def __init__(self, a: Unit, b: Unit, reason: str) -> None:
        self.a = a
        self.b = b
        self.reason = reason
        super().__init__(f"{_shown(a)} cannot be compared with {_shown(b)}: {reason}")


def compatible(a: Unit, b: Unit) -> bool:
    """Whether values in `a` and `b` can be compared."""
    return a.dimension == b.dimension


def convert(value: float, a: Unit, b: Unit, *, difference: bool = False) -> float | int:
    """`value` of unit `a` in unit `b`, computed exactly and rounded once; an `int` where the result is whole.

    `difference` converts a change or a tolerance: a rise of 1 °C is one of 1.8 °F. Raises `DimensionError`.
    """
    if not compatible(a, b):
        raise DimensionError(a, b, why_incompatible(a, b))
    if a == b:
        return value
    num, den = decimal_ratio(value)
    num, den = num * a.factor[0], den * a.factor[1]
    if not difference:
        num, den = _plus((num, den), a.offset)
        num, den = _plus((num, den), (-b.offset[0], b.offset[1]))
    num, den = num * b.factor[1], den * b.factor[0]
    return num // den if num % den == 0 or num // den > _LARGEST else num / den


def why_incompatible(a: Unit, b: Unit) -> str:
    """The reason, in words, why `a` does not convert to `b`; for units whose dimensions differ."""
    differing = {base for base, x, y in zip(BASES, a.dimension, b.dimension, strict=True) if x != y}
    for one, other, reason in _PAIR_REASONS:
        if {one, other} <= differing:
            return reason
    counted = [base for base in BASES if base in differing and base in COUNTED]
    if len(counted) > 1:
        return f"{' and '.join(counted)} are different things to count"
    if counted == list(differing):
        return _one_side_counts(a, b, counted[0])
    for base, reason in _SINGLE_REASONS.items():
        if base in differing:
            return reason
    return _per_reason(a, b) or _two_kinds(a, b)


def describe_dimension(dimension: Dimension) -> str:
    """A dimension in words: `mass / volume`, `cells / mass`, `a plain number`."""
    parts = tuple(sorted((base, e) for base, e in zip(BASES, dimension, strict=True) if e))
    if parts in _NAMED:
        return _NAMED[parts]
    over = [_power(base, e) for base, e in parts if e > 0]
    under = [_power(base, -e) for base, e in parts if e < 0]
    return " / ".join([" × ".join(over) or "number", *under])


def is_duration(unit: Unit) -> bool:
    """Whether `unit` measures time alone: hours, days, months, half-lives."""
    used = [(base, e) for base, e in zip(BASES, unit.dimension, strict=True) if e]
    return len(used) == 1 and used[0][0] in _DURATIONS and used[0][1] == 1


def duration_days(value: float, unit: Unit) -> int | None:
    """`value` of `unit` as a whole number of days; None for parts of a day, months, half-lives and all else."""
    if not is_duration(unit) or not unit.dimension[BASES.index("time")]:
        return None
    num, den = decimal_ratio(value)
    days, rest = divmod(num * unit.factor[0], den * unit.factor[1] * _SECONDS_PER_DAY)
    return days if rest == 0 else None


def _plus(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] * b[1] + b[0] * a[1], a[1] * b[1]


def _shown(unit: Unit) -> str:
    return unit.text or "a plain number"


def _power(base: str, exponent: int) -> str:
    if base == "length" and exponent in (2, 3):
        return "area" if exponent == 2 else "volume"
    return base if exponent == 1 else f"{base}^{exponent}"


def _one_side_counts(a: Unit, b: Unit, base: str) -> str:
    """`cells/uL` against `10*9/L`: one says what is counted, the other leaves it out."""
    at = BASES.index(base)
    naming, silent = (a, b) if a.dimension[at] else (b, a)
    if silent.dimension[at]:
        return _two_kinds(a, b)
    return f"{_shown(naming)} says that {base} are counted, {_shown(silent)} does not say what is"


def _two_kinds(a: Unit, b: Unit) -> str:
    return f"one is {describe_dimension(a.dimension)}, the other {describe_dimension(b.dimension)}"


def _per_reason(a: Unit, b: Unit) -> str:
    """`mg` against `mg/kg`, `mg/m2` or `mg/day`: what it is given per is missing."""
    difference = {base: abs(x - y) for base, x, y in zip(BASES, a.dimension, b.dimension, strict=True) if x != y}
    per_kg = [unit for unit in (a, b) if unit.symbol.partition("/")[2].partition("/")[0] == "kg"]
    per_m2 = [unit for unit in (a, b) if "/m2" in unit.symbol or "/1.73m2" in unit.symbol]
    if len(per_kg) == 1 and difference == {"mass": 1}:
        return "one is per body weight, the other is not"
    if len(per_m2) == 1 and difference == {"length": 2}:
        return "one is per body surface area, the other is not"
    if len(per_kg) == len(per_m2) == 1 and difference == {"mass": 1, "length": 2}:
        return "one is per body weight, the other per body surface area"
    per_time = [unit for unit in (a, b) if unit.dimension[BASES.index("time")] < 0]
    if len(per_time) == 1 and difference == {"time": 1}:
        return "one is per time, the other is not"
    return ""
