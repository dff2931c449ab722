"""The settings of a design: which belong to it, and their values, read with what is wrong told."""

from __future__ import annotations

from collections.abc import Sequence

from protocol_dsl.dosing.built import TITLES, Built, Problem
from protocol_dsl.dosing.kinds import SETTING
from protocol_dsl.model.base import Origin
from protocol_dsl.model.dosing import DesignParameter

INTERVAL = ("boin", "keyboard", "mtpi", "mtpi_2", "i3_plus_3")
"""Designs that compare the rate at the current level with an interval."""
MODEL = ("crm", "tite_crm")
OWN = "own"
"""An author's own rule table, in place of a design's name."""

_BY_COHORTS = ("three_plus_three", "accelerated", "a_plus_b", *INTERVAL, "crm", "table", OWN)
BELONGS: dict[str, tuple[str, ...]] = {
    "target": (*_BY_COHORTS, "tite_crm"),
    "variant": ("three_plus_three", "accelerated"),
    "safe": INTERVAL,
    "toxic": INTERVAL,
    # An own rule for the MTD by isotonic regression eliminates too.
    "eliminate": (*INTERVAL, "table", OWN),
    "extra_safe": (*INTERVAL, "table"),
    "bound_mtd": (*INTERVAL, "table"),
    "early_stop": (*INTERVAL, "table", "crm"),
    "titration": ("three_plus_three", "a_plus_b", *INTERVAL, "table", "crm", OWN),
    "skeleton": MODEL,
    "half_width": MODEL,
    "prior_mtd": MODEL,
    "prior_variance": MODEL,
    "working_model": MODEL,
    "skipping": MODEL,
    "coherent": ("crm",),
    "waiting": (*_BY_COHORTS, "rolling_six", "tite_crm"),
    "backfill": _BY_COHORTS,
    "early_decision": _BY_COHORTS,
}
"""The designs that each setting belongs to; what the machines of `dosing/` can do."""


_TABLES = ("three_plus_three", "accelerated", "a_plus_b", OWN)
_CLAUSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "above_top": ("above top", (*_TABLES, "rolling_six")),
    "above_closed": ("above closed", _TABLES),
    "below_bottom": ("below bottom", _TABLES),
    "closed": ("closed when", _TABLES),
    "mtd": ("mtd", (*_TABLES, *INTERVAL, "table")),
}
"""Clauses of an escalation with their words, and the designs that look at them."""


class Settings:
    """Reads the settings of an escalation; what is wrong with one goes to the problems of `built`."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.escalation = built.escalation
        self.target = self.fraction("target")
        built.target = self.target

    def problem(self, kind: str, message: str, help: str, origin: Origin | None = None) -> None:
        """Something that keeps the escalation from being a machine."""
        self.built.problems.append(Problem(kind, message, origin or self.escalation.origin, help))

    def wrong(self, name: str, message: str, help: str) -> None:
        """Something wrong with a setting, told at its place if it is said."""
        said = self.parameter(name)
        self.problem(SETTING, message, help, said.origin if said is not None else None)

    def tell_strangers(self) -> None:
        """Settings that do not belong to the design."""
        design = self.escalation.design or OWN
        title = "an own rule table" if design == OWN else TITLES[design]
        for each in self.escalation.parameters:
            if design not in BELONGS[each.name]:
                takes = ", ".join(f"`{name}`" for name, designs in BELONGS.items() if design in designs)
                self.problem(SETTING, f"`{each.name}` does not belong to {title}", f"it takes {takes}", each.origin)

    def tell_clauses(self) -> None:
        """Rules for a boundary, for closing or for the MTD beside a design that has its own."""
        design = self.escalation.design or OWN
        for name, (words, designs) in _CLAUSES.items():
            if getattr(self.escalation, name) and design not in designs:
                self.problem(SETTING, f"{TITLES[design]} takes no `{words}`: it has its own", "take it out")

    def parameter(self, name: str) -> DesignParameter | None:
        """A setting as it is written."""
        return next((each for each in self.escalation.parameters if each.name == name), None)

    def has(self, name: str) -> bool:
        """Whether a setting is said."""
        return self.parameter(name) is not None

    def number(self, name: str) -> int | float | None:
        """The first value of a setting if it is a number."""
        said = self.parameter(name)
        value = said.values[0] if said is not None and said.values else None
        return None if isinstance(value, str) else value

    def fraction(self, name: str) -> float | None:
        """A setting in percent as a fraction."""
        said, value = self.parameter(name), self.number(name)
        if said is None or value is None:
            return None
        return value / 100 if said.unit == "%" else float(value)

    def word(self, name: str, allowed: Sequence[str], otherwise: str) -> str:
        """A setting that is one of some words."""
        said = self.parameter(name)
        value = str(said.values[0]) if said is not None and said.values else otherwise
        if value not in allowed:
            self.wrong(
                name, f"`{name} {value}` is not known", "write " + " or ".join(f"`{name} {each}`" for each in allowed)
            )
            return otherwise
        return value

    def is_on(self, name: str) -> bool:
        """A setting that is `yes` or `no`; `no` where it is not said."""
        return self.word(name, ("yes", "no"), "no") == "yes"

    def level(self, name: str | None, otherwise: int) -> int:
        """The number of a level from 0."""
        return self.built.names.index(name) if name in self.built.names else otherwise

    @property
    def start(self) -> int:
        """The level to begin at."""
        return self.level(self.escalation.start, 0)

    @property
    def lowest(self) -> int:
        """The level below which nothing is given."""
        return self.level(self.escalation.fallback, 0)


def percent(value: float) -> str:
    """`30 %`."""
    return f"{value * 100:.6g} %"
