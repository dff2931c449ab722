"""Types of expressions and the things that a name in an expression can mean."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.quantities.known_units import Unit

NUMBER = "number"
BOOLEAN = "boolean"
CHOICE = "choice"
TEXT = "text"
DATE = "date"
UNKNOWN = "unknown"

# What functions give: a type, or "same" for the type of their first argument.
FUNCTIONS: dict[str, str] = {
    "count": NUMBER,
    "change": "same",
    "percent_change": NUMBER,
    "auc": UNKNOWN,
    "cmax": "same",
    "tmax": UNKNOWN,
    "time_to": UNKNOWN,
    "response": UNKNOWN,
    "rate": NUMBER,
    "incidence": NUMBER,
    "any": BOOLEAN,
    "max": "same",
    "min": "same",
    "sum": "same",
    "mean": "same",
    "median": "same",
    "duration": UNKNOWN,
    "proportion": NUMBER,
    "worst": "same",
    "best": "same",
    "first": "same",
    "last": "same",
    "baseline": "same",
    "value": "same",
    "round": "same",
    "abs": "same",
    "sqrt": NUMBER,
    "ln": NUMBER,
    "exp": NUMBER,
    "log10": NUMBER,
    "days": NUMBER,
    "weeks": NUMBER,
    "months": NUMBER,
    "years": NUMBER,
    "when": UNKNOWN,
}


class Meaning(NamedTuple):
    """What a name means: its type, its unit, its codes, how people call it.

    `bare` tells that numbers without unit may be compared with it: the fields of a form, items of an instrument.
    """

    kind: str
    name: str
    label: str
    type: str = UNKNOWN
    unit: Unit | None = None
    choices: tuple[tuple[str, str], ...] = ()
    bare: bool = False
