"""Dose levels, dose-limiting toxicity, escalation, and rules that change treatment."""

from typing import Literal

from protocol_dsl.model.base import Element, Expression, Gap, Note, Origin, Part, Quantity
from protocol_dsl.model.study import Size


class DoseLevel(Element):
    """One dose level; levels rise in the order in which they are declared."""

    amount: Quantity


class DoseScheme(Element):
    """The dose levels of a product, `name` is the product's; tolerance in percent of the level.

    `cap`: of levels for body weight or surface, the most that counts (`100 kg`), or the most that is given in all
    (`6.0e8 cells`).
    """

    levels: tuple[DoseLevel, ...] = ()
    tolerance_below: int | float | None = None
    tolerance_above: int | float | None = None
    cap: Quantity | None = None

    @property
    def basis(self) -> str | None:
        """`kg` or `m2` if the levels are for body weight or surface."""
        units = [level.amount.unit for level in self.levels]
        return next((unit.rpartition("/")[2] for unit in units if unit.endswith(("/kg", "/m2"))), None)

    @property
    def caps_body(self) -> bool:
        """Whether the cap is on the body weight or surface, and not on the dose."""
        return self.cap is not None and self.cap.unit == self.basis


class DltCriterion(Element):
    """An event that counts as a dose-limiting toxicity."""

    text: str
    where: Expression | None = None


class Replacement(Part):
    """Which participants are replaced, and how many."""

    who: str
    up_to: int | None = None
    per: str | None = None


class EarlyCompletion(Part):
    """When the observation for dose-limiting toxicity may end early."""

    name: str | None = None
    text: str


class Dlt(Part):
    """Dose-limiting toxicity: observation window, criteria, who is evaluable."""

    window: Gap | None = None
    window_origin: Origin | None = None
    after: str | None = None
    spacing: Gap | None = None
    """The longest time that may pass between two safety visits within the window."""
    criteria: tuple[DltCriterion, ...] = ()
    evaluable: str | None = None
    replacement: Replacement | None = None
    complete_early: tuple[EarlyCompletion, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()


class Action(Part):
    """One step of an escalation rule."""

    kind: Literal["escalate", "stay", "expand", "de_escalate", "stop", "stop_without_mtd", "treat_more", "decide"]
    count: int | None = None
    """For `expand`: participants in all at the level; for `treat_more`: further participants."""
    level: str | None = None
    """For `treat_more`: the level, `below` for the one below."""
    by: tuple[str, ...] = ()


class DltRow(Part):
    """From `low` to `high` DLTs among the participants treated at the level: what follows."""

    low: int
    high: int
    actions: tuple[Action, ...]
    origin: Origin
    notes: tuple[Note, ...] = ()


class DltTable(Part):
    """The rows that hold after `after` participants at a level."""

    after: int
    rows: tuple[DltRow, ...]
    origin: Origin
    notes: tuple[Note, ...] = ()


class Stagger(Part):
    """Waiting time between participants: after the first of a level or cohort, or after each."""

    gap: Gap
    after: Literal["first", "each"]
    of: str | None = None
    origin: Origin


class LevelGate(Part):
    """Waiting time before the next level opens."""

    gap: Gap
    after_last_of: str
    origin: Origin


class MtdRule(Part):
    """How the maximum tolerated dose is declared."""

    which: str
    where: Expression | None = None
    origin: Origin


class DesignParameter(Part):
    """A setting of a published design."""

    name: str
    values: tuple[int | float | str, ...]
    unit: str | None = None
    origin: Origin


class Addition(Part):
    """One stage of an A+B(+C) design: so many are added at a level, and up to how many DLTs there what follows."""

    participants: int
    escalate: int
    expand: int | None = None
    """DLTs up to which the next stage follows; None for the last stage."""
    origin: Origin


class DltScenario(Element):
    """True DLT rates to look at, as fractions, one for each level from the lowest."""

    rates: tuple[float, ...]


class Escalation(Element):
    """Dose escalation of a product."""

    product: str | None = None
    populations: tuple[str, ...] = ()
    design: str | None = None
    """A published design's name; None for the author's own table."""
    design_file: str | None = None
    within_participant: bool = False
    start: str | None = None
    fallback: str | None = None
    cohort_size: int | None = None
    max_per_level: int | None = None
    max_total: int | None = None
    stagger: tuple[Stagger, ...] = ()
    next_level: LevelGate | None = None
    tables: tuple[DltTable, ...] = ()
    additions: tuple[Addition, ...] = ()
    above_top: tuple[Action, ...] = ()
    above_closed: tuple[Action, ...] = ()
    """Where the level above is closed or full; empty if `above_top` holds there too."""
    below_bottom: tuple[Action, ...] = ()
    closed: Expression | None = None
    mtd: MtdRule | None = None
    parameters: tuple[DesignParameter, ...] = ()
    accrual: Gap | None = None
    """The mean time between two participants who arrive."""
    scenarios: tuple[DltScenario, ...] = ()


class Cohort(Element):
    """A cohort outside the escalation, such as an expansion."""

    populations: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    size: Size | None = None
    description: str | None = None


class Measure(Part):
    """What a rule does to treatment or to the trial."""

    kind: Literal["hold", "reduce_to", "reduce_by", "discontinue", "pause", "resume", "stop", "delay"]
    of: str
    amount: Quantity | None = None
    until: Expression | None = None


class DecisionRule(Element):
    """If the condition holds, the measures follow."""

    text: str
    where: Expression
    then: tuple[Measure, ...]


class RuleSet(Part):
    """Dose modifications of a product, or stopping rules of the study."""

    kind: Literal["modifications", "stopping"]
    of: str | None = None
    label: str | None = None
    rules: tuple[DecisionRule, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()
