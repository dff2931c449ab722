"""The simple units by each of their spellings, built once from `unit_table`, and the nearest ones to a misspelling."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import gcd
from typing import NamedTuple

from protocol_dsl.quantities.unit_table import ATOMS, BASES, COMMON, PREFIXES, SPELLED_OUT, Atom

Ratio = tuple[int, int]
"""An exact fraction: numerator, denominator."""

Dimension = tuple[int, ...]
"""Exponents over `unit_table.BASES`."""

NO_DIMENSION: Dimension = (0,) * len(BASES)


class Unit(NamedTuple):
    """A unit, simple or compound. `value * factor + offset` is the value in the coherent base units.

    `symbol` is the spelling of the language (`10*9/L`), `ucum` the code for exchange (`10*9/L`),
    `text` what people see (`×10⁹/L`). Nouns are in the plural: `days`, `cells/kg`.
    """

    symbol: str
    ucum: str
    dimension: Dimension
    factor: Ratio
    offset: Ratio
    text: str


class KnownUnit(NamedTuple):
    """A simple unit and how it is written after a `/`."""

    unit: Unit
    singular_symbol: str
    singular_text: str


def unit_names() -> list[str]:
    """Every simple unit by its canonical spelling, and the common compound ones; for completion and suggestions."""
    return sorted({known.unit.symbol for known in known_units().values()} | set(COMMON))


def singular(name: str) -> str:
    """`name` for one of it: `day` for `days`, `cell/kg` for `cells/kg`; unchanged where there is no plural."""
    noun, slash, rest = name.partition("/")
    return _singulars().get(noun, noun) + slash + rest


def look_up(name: str, defined: Mapping[str, Unit]) -> KnownUnit | None:
    """The simple unit spelt `name`: a built-in one, or one of the protocol's `defined`, in singular or plural."""
    found = known_units().get(normal_spelling(name))
    if found is not None or not defined:
        return found
    # `2 patches` after `define patch = 54 mg`.
    for written in (name, name.removesuffix("s"), name.removesuffix("es")):
        unit = defined.get(written)
        if unit is not None:
            return KnownUnit(unit, unit.symbol, unit.text)
    return None


def normal_spelling(name: str) -> str:
    """`name` without the differences that carry no meaning: `µg` as `ug`, `× ULN` as `xULN`, `mm Hg` as `mmHg`."""
    name = name.replace("µ", "u").replace("μ", "u").replace(" ", "")
    if name.endswith(("ULN", "LLN")) and name[:-3] in ("", "x", "X", "×", "*"):
        return "x" + name[-3:]
    return name


def dimension_of(exponents: tuple[tuple[str, int], ...]) -> Dimension:
    """The full tuple of exponents for `(("mass", 1), ("length", -3))`."""
    by_base = dict(exponents)
    return tuple(by_base.get(base, 0) for base in BASES)


def reduced(num: int, den: int) -> Ratio:
    """In lowest terms, so that two spellings of one unit are equal."""
    common = gcd(num, den)
    return num // common, den // common


def is_temperature(dimension: Dimension) -> bool:
    """Whether temperature has any part in `dimension`."""
    return dimension[BASES.index("temperature")] != 0


@cache
def known_units() -> dict[str, KnownUnit]:
    """Each spelling of each simple unit, with the prefixes that it takes."""
    known = dict(spellings())
    for spelling, symbol in SPELLED_OUT.items():
        known[spelling] = known[symbol]
    return known


def spellings() -> list[tuple[str, KnownUnit]]:
    """Each spelling with its unit, as the table gives them: a spelling that occurs twice would be an error in it."""
    found: list[tuple[str, KnownUnit]] = []
    for atom in ATOMS:
        plain = _known_unit(atom, "", (1, 1))
        names = dict.fromkeys((atom.symbol, *atom.short, *atom.words, atom.singular or atom.symbol))
        found.extend((name, plain) for name in names)
        for prefix in atom.prefixes:
            prefixed = _known_unit(atom, prefix, PREFIXES[prefix])
            found.extend((prefix + name, prefixed) for name in (atom.symbol, *atom.short))
    return found


def closest_spellings(name: str, defined: Mapping[str, Unit]) -> list[str]:
    """Up to three unit spellings that `name` may be a slip of: another case first, then one or two edits."""
    names = [(n, known.unit.symbol) for n, known in known_units().items()] + [(n, n) for n in defined]
    lower = name.lower()
    other_case = sorted((n != symbol, n, symbol) for n, symbol in names if n.lower() == lower)
    if other_case or len(name) < 3:
        return _first_of_each(other_case)
    # Only a misspelling needs this, so a compile without one does not load it.
    from protocol_dsl.diagnostics.suggest import edit_distance

    limit = 1 if len(name) < 6 else 2
    near = [n for n in names if abs(len(n[0]) - len(name)) <= limit]
    ranked = sorted(
        (edit_distance(lower, n.lower()), edit_distance(name, n), n != symbol, n, symbol) for n, symbol in near
    )
    return _first_of_each([entry[2:] for entry in ranked if entry[0] <= limit])


def _first_of_each(ranked: list[tuple[bool, str, str]]) -> list[str]:
    """The best spelling of each of the first three units."""
    by_symbol: dict[str, str] = {}
    for _, name, symbol in ranked:
        by_symbol.setdefault(symbol, name)
    return list(by_symbol.values())[:3]


def _known_unit(atom: Atom, prefix: str, scale: Ratio) -> KnownUnit:
    shown = "µ" if prefix == "u" else prefix
    unit = Unit(
        prefix + atom.symbol,
        prefix + atom.ucum,
        dimension_of(atom.dimension),
        reduced(atom.num * scale[0], atom.den * scale[1]),
        atom.offset,
        shown + atom.text,
    )
    return KnownUnit(unit, atom.singular or unit.symbol, _shown_singular(atom) or unit.text)


@cache
def _singulars() -> dict[str, str]:
    nouns = [atom for atom in ATOMS if atom.singular]
    return {atom.symbol: atom.singular for atom in nouns} | {atom.text: _shown_singular(atom) for atom in nouns}


def _shown_singular(atom: Atom) -> str:
    return atom.singular.replace("_", "-")
