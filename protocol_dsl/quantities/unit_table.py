"""The units of the language, as data: spelling, UCUM code, dimension, factor, prefixes, other spellings.

Sources: UCUM 2.1 (codes, definitions of `U`, `eq`, `osm`), SI brochure 9 (2019). Where UCUM lets two things be
converted that a protocol must keep apart, they have dimensions of their own here:

- what is counted: cells, copies, vector genomes, colony or plaque forming units, participants, events, doses, points;
- units fixed by a reference preparation or a laboratory: IU, EU, arbitrary units, multiples of ULN and LLN;
- calendar months (a year is twelve), whose length in days the trial declares, and half-lives of a product;
- equivalents (valence), osmoles (dissociation), sieverts (radiation weighting), becquerels (decays, not heart beats).

The coherent bases are metre, gram, second, mole, kelvin, ampere, degree of angle, and one of each thing above.
"""

from __future__ import annotations

from typing import NamedTuple

BASES = (
    "length", "mass", "time", "amount", "temperature", "current", "angle",
    "calendar month", "half-life",
    "cells", "copies", "vector genomes", "CFU", "PFU", "participants", "events", "doses", "points", "letters",
    "IU", "EU", "arbitrary units", "ULN", "LLN", "equivalents", "osmoles", "effective dose", "decays",
)  # fmt: skip
"""Names of the base dimensions, in the order of the exponents of a `Unit.dimension`."""

COUNTED = frozenset(
    ("cells", "copies", "vector genomes", "CFU", "PFU", "participants", "events", "doses", "points", "letters")
)
"""Bases that count things: one of them never becomes another."""

PREFIXES = {
    "M": (10**6, 1), "k": (1000, 1), "h": (100, 1), "d": (1, 10), "c": (1, 100), "m": (1, 1000), "u": (1, 10**6),
    "n": (1, 10**9), "p": (1, 10**12), "f": (1, 10**15),
}  # fmt: skip
"""SI prefixes as (numerator, denominator)."""


class Atom(NamedTuple):
    """One unit: `symbol` is our spelling, in the plural for nouns, whose `singular` stands in a denominator.

    `num / den` is the factor to the coherent base, `offset` (numerator, denominator) is added to it.
    `short` spellings take the `prefixes` too, `words` do not.
    """

    symbol: str
    ucum: str
    text: str
    dimension: tuple[tuple[str, int], ...] = ()
    num: int = 1
    den: int = 1
    prefixes: str = ""
    short: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    singular: str = ""
    offset: tuple[int, int] = (0, 1)


def _noun(symbol: str, singular: str, base: str, *words: str, ucum: str = "") -> Atom:
    code = ucum or "{" + symbol + "}"
    annotated = ("{" + symbol + "}", "{" + singular + "}")
    dimension = ((base, 1),) if base else ()
    return Atom(symbol, code, symbol.replace("_", "-"), dimension, words=(*annotated, *words), singular=singular)


_ENERGY = (("mass", 1), ("length", 2), ("time", -2))
_PRESSURE = (("mass", 1), ("length", -1), ("time", -2))
_VOLUME = (("length", 3),)
_CONCENTRATION = (("amount", 1), ("length", -3))

ATOMS: tuple[Atom, ...] = (
    # Mass, length, volume, amount
    Atom("g", "g", "g", (("mass", 1),), prefixes="kmunpf", words=("gm", "gram", "grams")),
    Atom("m", "m", "m", (("length", 1),), prefixes="kdcmun", words=("metre", "metres", "meter", "meters")),
    Atom("L", "L", "L", _VOLUME, 1, 1000, "dcmunpf", ("l",), ("litre", "litres", "liter", "liters")),
    Atom("mol", "mol", "mol", (("amount", 1),), prefixes="kmunpf", words=("mole", "moles")),
    Atom("M", "mol/L", "M", _CONCENTRATION, 1000, 1, "munp"),
    Atom("Eq", "eq", "Eq", (("equivalents", 1),), prefixes="mu", short=("eq",)),
    Atom("Osm", "osm", "Osm", (("osmoles", 1),), prefixes="m", short=("osm", "osmol")),
    Atom("lb", "[lb_av]", "lb", (("mass", 1),), 45359237, 10**5, words=("lbs", "[lb_av]")),
    Atom("inch", "[in_i]", "in", (("length", 1),), 254, 10**4, words=("inches", "[in_i]")),
    # Time
    Atom("s", "s", "s", (("time", 1),), prefixes="mu", words=("sec", "secs", "second", "seconds")),
    Atom("min", "min", "min", (("time", 1),), 60, words=("mins", "minute", "minutes")),
    Atom("h", "h", "h", (("time", 1),), 3600, words=("hr", "hrs", "hour", "hours")),
    Atom("days", "d", "days", (("time", 1),), 86400, words=("d",), singular="day"),
    Atom("weeks", "wk", "weeks", (("time", 1),), 7 * 86400, words=("wk", "wks"), singular="week"),
    Atom("months", "mo", "months", (("calendar month", 1),), words=("mo", "mos"), singular="month"),
    Atom("years", "a", "years", (("calendar month", 1),), 12, words=("yr", "yrs"), singular="year"),
    _noun("half_lives", "half_life", "half-life"),
    Atom("Hz", "Hz", "Hz", (("time", -1),), prefixes="kM"),
    Atom("bpm", "{beats}/min", "bpm", (("time", -1),), 1, 60),
    # Pressure, energy, electricity, temperature, angle
    Atom("Pa", "Pa", "Pa", _PRESSURE, 1000, 1, "khM"),
    Atom("mmHg", "mm[Hg]", "mmHg", _PRESSURE, 133322387415, 10**6, words=("mm[Hg]",)),
    Atom("cmH2O", "cm[H2O]", "cmH₂O", _PRESSURE, 980665, 10, words=("cm[H2O]",)),
    Atom("J", "J", "J", _ENERGY, 1000, 1, "kM"),
    Atom("cal", "cal", "cal", _ENERGY, 4184, 1, "k"),
    Atom("W", "W", "W", (("mass", 1), ("length", 2), ("time", -3)), 1000, 1, "km"),
    Atom("A", "A", "A", (("current", 1),), prefixes="mu"),
    Atom("V", "V", "V", (("mass", 1), ("length", 2), ("time", -3), ("current", -1)), 1000, 1, "kmu"),
    Atom("Cel", "Cel", "°C", (("temperature", 1),), words=("°C", "℃", "degC"), offset=(27315, 100)),
    Atom("degF", "[degF]", "°F", (("temperature", 1),), 5, 9, words=("°F", "℉", "[degF]"), offset=(45967, 180)),
    Atom("K", "K", "K", (("temperature", 1),)),
    Atom("deg", "deg", "°", (("angle", 1),), words=("degree", "degrees", "°")),
    # Radiation
    Atom("Gy", "Gy", "Gy", (("length", 2), ("time", -2)), prefixes="cm"),
    Atom("Sv", "Sv", "Sv", (("effective dose", 1),), prefixes="mu"),
    Atom("Bq", "Bq", "Bq", (("decays", 1), ("time", -1)), prefixes="kM"),
    Atom("Ci", "Ci", "Ci", (("decays", 1), ("time", -1)), 37 * 10**9, 1, "mu"),
    # Activity: catalytic, biological, arbitrary
    Atom("U", "U", "U", (("amount", 1), ("time", -1)), 1, 60 * 10**6, "kmu"),
    Atom("kat", "kat", "kat", (("amount", 1), ("time", -1)), prefixes="mun"),
    Atom("IU", "[IU]", "IU", (("IU", 1),), prefixes="Mkmu", short=("[IU]", "[iU]")),
    Atom("EU", "[EU]", "EU", (("EU", 1),), short=("[EU]",)),
    Atom("AU", "[arb'U]", "AU", (("arbitrary units", 1),), words=("[arb'U]", "{AU}")),
    # Limits of normal, fractions
    Atom("xULN", "{ULN}", "× ULN", (("ULN", 1),), words=("{ULN}",)),
    Atom("xLLN", "{LLN}", "× LLN", (("LLN", 1),), words=("{LLN}",)),
    Atom("%", "%", "%", (), 1, 100, words=("percent",)),
    Atom("ppm", "[ppm]", "ppm", (), 1, 10**6, words=("[ppm]",)),
    # What is counted
    _noun("cells", "cell", "cells"),
    _noun("copies", "copy", "copies"),
    _noun("vg", "vg", "vector genomes"),
    _noun("CFU", "CFU", "CFU", "cfu", "[CFU]", ucum="[CFU]"),
    _noun("PFU", "PFU", "PFU", "pfu", "[PFU]", ucum="[PFU]"),
    _noun("participants", "participant", "participants", "subjects", "subject", "patients", "patient"),
    _noun("events", "event", "events"),
    _noun("doses", "dose", "doses"),
    _noun("points", "point", "points", "score", "{score}"),
    _noun("letters", "letter", "letters"),
    _noun("beats", "beat", ""),
    _noun("breaths", "breath", ""),
)  # fmt: skip

SPELLED_OUT = {
    "mcg": "ug", "mcL": "uL", "mcl": "uL", "mcmol": "umol", "cc": "mL",
    "kilogram": "kg", "kilograms": "kg", "milligram": "mg", "milligrams": "mg", "microgram": "ug", "micrograms": "ug",
    "nanogram": "ng", "nanograms": "ng", "millilitre": "mL", "millilitres": "mL", "milliliter": "mL",
    "milliliters": "mL", "centimetre": "cm", "centimetres": "cm", "centimeter": "cm", "centimeters": "cm",
    "millimetre": "mm", "millimetres": "mm", "millimeter": "mm", "millimeters": "mm",
}  # fmt: skip
"""Further spellings of prefixed units."""

COMMON = (
    "10*9/L", "10*12/L", "10*3/uL", "/uL", "/L", "/mm3", "cells/uL", "cells/kg", "copies/uL", "copies/ug", "copies/mL",
    "mg/kg", "mg/m2", "mg/kg/day", "mg/day", "mL/kg", "g/dL", "g/L", "mg/dL", "mg/L", "ng/mL", "pg/mL", "mmol/L",
    "umol/L", "mEq/L", "U/L", "IU/mL", "mIU/mL", "mL/min", "mL/min/1.73m2", "kg/m2", "mm/h", "/min", "beats/min",
)  # fmt: skip
"""Compound units worth offering to an author."""

# What US laboratories print for thousands and millions; `K` alone is kelvin.
LABORATORY_SHORTHAND = {"K": "10*3", "k": "10*3", "M": "10*6", "Thou": "10*3", "Mill": "10*6"}
