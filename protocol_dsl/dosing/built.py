"""What an escalation of a protocol became: a machine, or what keeps it from being one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.dosing.machine import Design
from protocol_dsl.dosing.rules import RuleTable
from protocol_dsl.model.base import Origin
from protocol_dsl.model.dosing import Escalation

if TYPE_CHECKING:
    from protocol_dsl.dosing.designs.grids import Grid
    from protocol_dsl.dosing.events import Runner

TITLES = {
    "three_plus_three": "3+3",
    "a_plus_b": "A+B",
    "accelerated": "accelerated titration, then 3+3",
    "boin": "BOIN",
    "keyboard": "Keyboard",
    "mtpi": "mTPI",
    "mtpi_2": "mTPI-2",
    "i3_plus_3": "i3+3",
    "crm": "CRM",
    "tite_crm": "TITE-CRM",
    "rolling_six": "rolling six",
    "table": "decision table",
}
CUTOFF = 0.95
"""The probability above which a level is eliminated unless the protocol says another."""


class Problem(NamedTuple):
    """Why an escalation is no machine yet, where, and what to do."""

    kind: str
    message: str
    origin: Origin
    help: str


class Built:
    """An escalation with its machine; titration within a participant is one too, of doses in place of participants.

    `design` is there for one that can be followed state by state, `runner` for one that depends on the calendar and can
    only be simulated; neither if `problems` say why.
    """

    def __init__(
        self,
        escalation: Escalation,
        names: tuple[str, ...],
        title: str,
        target: float | None = None,
        design: Design | None = None,
    ) -> None:
        self.escalation = escalation
        self.names = names
        self.title = title
        self.target = target
        self.design = design
        self.runner: Runner | None = None
        self.grid: Grid | None = None
        self.problems: list[Problem] = []

    @property
    def is_within(self) -> bool:
        """Whether the groups of the machine are doses of one participant."""
        return self.escalation.within_participant

    @property
    def table(self) -> RuleTable | None:
        """The machine if it is a rule table."""
        return self.design if isinstance(self.design, RuleTable) else None
