"""From the escalation of a protocol to a machine, or to what keeps it from being one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from protocol_dsl.dosing.conditions import CannotTell, condition
from protocol_dsl.dosing.designs import grids
from protocol_dsl.dosing.designs.grids import Grid
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.kinds import FILE, OPEN, RULE, SETTING, VARIANT
from protocol_dsl.dosing.machine import Design
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from protocol_dsl.dosing.rules import BELOW, Act, Acts, Condition, Mtd, MtdSelection, RuleTable
from protocol_dsl.model.base import Origin
from protocol_dsl.model.dosing import Action, DesignParameter, DltTable, Escalation
from protocol_dsl.model.protocol import Protocol

INTERVAL_DESIGNS = ("boin", "keyboard", "mtpi", "mtpi_2", "i3_plus_3", "table")
TITLES = {
    "three_plus_three": "3+3",
    "accelerated": "accelerated titration, then 3+3",
    "boin": "BOIN",
    "keyboard": "Keyboard",
    "mtpi": "mTPI",
    "mtpi_2": "mTPI-2",
    "i3_plus_3": "i3+3",
    "crm": "CRM",
    "table": "decision table",
}
CUTOFF = 0.95

Read = Callable[[str, Origin], str]
"""Reads the file named in a part of the protocol; raises `OSError` or `ValueError` with a clause for people."""


class Problem(NamedTuple):
    """Why an escalation is no machine yet, where, and what to do."""

    kind: str
    message: str
    origin: Origin
    help: str


class Built:
    """An escalation with its machine. `design` is None if `problems` say why there is none."""

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
        self.grid: Grid | None = None
        self.problems: list[Problem] = []

    @property
    def table(self) -> RuleTable | None:
        """The machine if it is a rule table."""
        return self.design if isinstance(self.design, RuleTable) else None


def build(protocol: Protocol, escalation: Escalation, read: Read) -> Built:
    """The machine of an escalation."""
    return _Builder(protocol, escalation, read).build()


class _Builder:
    def __init__(self, protocol: Protocol, escalation: Escalation, read: Read) -> None:
        self.escalation = escalation
        self.read = read
        schemes = [each for each in protocol.doses if escalation.product in (None, each.name)]
        levels = schemes[0].levels if len(schemes) == 1 else ()
        title = TITLES.get(escalation.design or "", "rule table")
        self.built = Built(escalation, tuple(level.name for level in levels), title)
        self.target = self.fraction("target")
        self.built.target = self.target

    def build(self) -> Built:
        escalation, built = self.escalation, self.built
        if escalation.within_participant:
            self.problem(OPEN, "it goes on within a participant", "there are no cohorts to compute")
        elif not built.names:
            self.problem(OPEN, "its product has no dose levels", "declare them: `dose … { level DL1 … }`")
        elif escalation.start is None or escalation.start not in built.names:
            self.problem(OPEN, "no level to start at is said", f"write `start {built.names[0]}`")
        elif escalation.design in INTERVAL_DESIGNS:
            self.interval()
        elif escalation.design == "crm":
            self.crm()
        elif escalation.design in ("three_plus_three", "accelerated"):
            self.preset()
        elif escalation.design in (None, "a_plus_b"):
            self.own_rules()
        else:
            self.problem(OPEN, f"{escalation.design} depends on when participants arrive", "no exact values are known")
        if built.problems:
            built.design = None
        return built

    # What is said --------------------------------------------------------------------------------------------

    def problem(self, kind: str, message: str, help: str, origin: Origin | None = None) -> None:
        self.built.problems.append(Problem(kind, message, origin or self.escalation.origin, help))

    def parameter(self, name: str) -> DesignParameter | None:
        return next((each for each in self.escalation.parameters if each.name == name), None)

    def fraction(self, name: str) -> float | None:
        """A setting in percent as a fraction."""
        said = self.parameter(name)
        if said is None or not said.values:
            return None
        value = said.values[0]
        return None if isinstance(value, str) else value / 100 if said.unit == "%" else float(value)

    def level(self, name: str | None, otherwise: int) -> int:
        return self.built.names.index(name) if name in self.built.names else otherwise

    @property
    def start(self) -> int:
        return self.level(self.escalation.start, 0)

    @property
    def lowest(self) -> int:
        return self.level(self.escalation.fallback, 0)

    def needed(self) -> tuple[int, int, float] | None:
        """Cohort size, total and target of a model-assisted or model-based design."""
        escalation, design = self.escalation, self.built.title
        before = len(self.built.problems)
        if escalation.cohort_size is None:
            self.problem(SETTING, f"{design} needs the size of a cohort", "write `cohort 3`")
        if escalation.max_total is None:
            self.problem(SETTING, f"{design} needs the number of participants at which it ends", "write `max 30`")
        if escalation.max_per_level is not None:
            self.problem(
                SETTING,
                f"{design} has no maximum per level",
                f"`early_stop {escalation.max_per_level}` ends the trial at so many participants at one level",
            )
        if self.target is None:
            self.problem(SETTING, f"{design} needs a target", "write `target 30 %`")
        elif not 0.05 <= self.target <= 0.6:
            self.setting("target", f"a target of {_percent(self.target)} is not one", "it lies between 5 % and 60 %")
        if escalation.tables:
            self.problem(
                SETTING,
                f"rules of its own stand beside {design}",
                "leave out `after … { }`, or `uses`",
                escalation.tables[0].origin,
            )
        if len(self.built.problems) > before:
            return None
        assert escalation.cohort_size is not None
        assert escalation.max_total is not None
        assert self.target is not None
        return escalation.cohort_size, escalation.max_total, self.target

    def setting(self, name: str, message: str, help: str) -> None:
        said = self.parameter(name)
        self.problem(SETTING, message, help, said.origin if said is not None else None)

    def early_stop(self, cohort: int) -> int | None:
        said = self.parameter("early_stop")
        if said is None:
            return None
        value = said.values[0]
        if not isinstance(value, int) or value < cohort:
            self.setting("early_stop", f"`early_stop {value}` ends it before a cohort is complete", "it is often 9")
            return None
        return value

    # Designs -------------------------------------------------------------------------------------------------

    def interval(self) -> None:
        """BOIN and its relatives."""
        if self.escalation.design == "table" and self.target is None and self.escalation.mtd is None:
            self.problem(
                SETTING, "nothing says how the MTD is chosen", "write `target 30 %`, or `mtd highest with rate <= 33 %`"
            )
            return
        needed = self.needed() if self.escalation.design != "table" or self.target is not None else self.of_table()
        if needed is None:
            return
        cohort, maximum, target = needed
        name = self.escalation.design
        safe, toxic = self.fraction("safe"), self.fraction("toxic")
        cutoff = self.fraction("eliminate") or CUTOFF
        if not 0.5 < cutoff < 1:
            self.setting("eliminate", f"`eliminate {_percent(cutoff)}` is out of range", "write `eliminate 95 %`")
            return
        if name == "table":
            grid = self.decisions()
        else:
            low = safe if safe is not None else 0.6 * target if name == "boin" else target - 0.05
            high = toxic if toxic is not None else 1.4 * target if name == "boin" else target + 0.05
            if not self.ordered(low, target, high):
                return
            if name == "boin":
                grid = grids.boin(target, maximum, cutoff, safe, toxic)
            else:
                made = {"mtpi": grids.mtpi, "i3_plus_3": grids.i3_plus_3}.get(name or "", grids.keyboard)
                grid = made(target, maximum, cutoff, target - low, high - target)
        early = self.early_stop(cohort)
        mtd: MtdSelection | None = IsotonicMtd(target, cutoff)
        if self.escalation.mtd is not None and self.escalation.mtd.which != "isotonic":
            mtd = self.highest()
        if self.built.problems or mtd is None:
            return
        self.built.grid = grid
        self.built.design = IntervalDesign(
            len(self.built.names), grid, cohort, maximum, mtd, self.start, early, target, None
        )

    def of_table(self) -> tuple[int, int, float] | None:
        """What an imported table needs that has a rule for the MTD and no target."""
        self.target = 0.3
        found = self.needed()
        self.target = None
        return found

    def ordered(self, low: float, target: float, high: float) -> bool:
        """Whether the bounds of the interval lie on both sides of the target, at least a tenth of it away."""
        for name, value, ok in (("safe", low, low <= 0.9 * target), ("toxic", high, high >= 1.1 * target)):
            if not ok or not 0 < value < 1:
                self.setting(
                    name,
                    f"`{name} {_percent(value)}` does not lie {'below' if name == 'safe' else 'above'} the target of "
                    f"{_percent(target)} by a tenth of it",
                    f"move it away from the target, or leave it out ({_percent(low if name == 'safe' else high)})"
                    if self.parameter(name) is None
                    else "move it away from the target, or leave it out",
                )
                return False
        return True

    def decisions(self) -> Grid:
        """The grid of an imported table."""
        name = self.escalation.design_file
        if name is None:
            self.problem(FILE, "no file of decisions is named", 'write `uses table "decisions.csv"`')
            return ("",)
        try:
            from protocol_dsl.dosing.designs import decision_file

            found = decision_file.read(self.read(name, self.escalation.origin))
        except (OSError, ValueError) as error:
            self.problem(FILE, f"`{name}` cannot be used: {error}", "name a CSV file with the columns n, y, decision")
            return ("",)
        for fault in found.faults[:5]:
            self.problem(FILE, f"`{name}`, {fault}", "correct the file")
        return found.grid

    def highest(self) -> MtdSelection | None:
        """The author's own rule for the MTD beside an imported table."""
        mtd = self.mtd()
        if mtd is None or mtd.which != "highest":
            self.problem(SETTING, "this way to declare the MTD does not fit a table", "write `mtd highest with …`")
            return None
        return _Highest(mtd.condition)

    def crm(self) -> None:
        """The continual reassessment method."""
        needed = self.needed()
        said = self.parameter("skeleton")
        levels = len(self.built.names)
        skeleton = [value for value in said.values if not isinstance(value, str)] if said is not None else []
        if said is None:
            self.problem(SETTING, "CRM needs a skeleton", "write the expected DLT rates: `skeleton 0.05, 0.12, 0.25`")
        elif len(skeleton) != levels:
            self.setting("skeleton", f"{len(skeleton)} rates stand for {levels} levels", "write one for each level")
        elif not all(a < b for a, b in zip([0.0, *skeleton], [*skeleton, 1.0], strict=True)):
            self.setting("skeleton", "the rates of the skeleton do not rise between 0 and 1", "correct them")
        word = self.parameter("working_model")
        model = str(word.values[0]) if word is not None else "power"
        if model not in ("power", "logistic"):
            self.setting("working_model", f"`{model}` is not a working model", "write `power` or `logistic`")
        if needed is None:
            return
        cohort, maximum, target = needed
        early = self.early_stop(cohort)
        if self.built.problems:
            return
        from protocol_dsl.dosing.designs.crm import Crm

        self.built.design = Crm(
            tuple(map(float, skeleton)), target, cohort, maximum, self.start, model, early_stop=early
        )

    def preset(self) -> None:
        """3+3 in a variant."""
        escalation = self.escalation
        said = self.parameter("variant")
        variant = str(said.values[0]) if said is not None else None
        if variant not in VARIANTS:
            what = "the variant of 3+3 is not said" if variant is None else f"`{variant}` is not a variant of 3+3"
            meanings = "; ".join(f"{name}: {text}" for name, text in VARIANTS.items())
            self.problem(VARIANT, what, f"write `variant V1` or another. {meanings}", said.origin if said else None)
            return
        if escalation.cohort_size not in (None, 3):
            self.problem(SETTING, f"3+3 has cohorts of 3, not {escalation.cohort_size}", "write rules `after … { }`")
        if escalation.max_per_level not in (None, 6):
            self.problem(
                SETTING, f"3+3 has at most 6 per level, not {escalation.max_per_level}", "write rules `after … { }`"
            )
        if escalation.tables:
            self.problem(
                SETTING, "rules of its own stand beside 3+3", "leave out `after … { }`, or `uses`",
                escalation.tables[0].origin,
            )  # fmt: skip
        changes: dict[str, Any] = {"max_total": escalation.max_total}
        changes["titration"] = escalation.design == "accelerated"
        for name, actions in (("above_top", escalation.above_top), ("below_bottom", escalation.below_bottom)):
            if actions:
                changes[name] = self.acts(actions)
        if escalation.closed is not None:
            changes["closed"] = self.condition(escalation.closed)
        if escalation.mtd is not None:
            changes["mtd"] = self.mtd()
        if self.built.problems:
            return
        self.built.title += f" {variant}"
        self.built.design = three_plus_three(len(self.built.names), str(variant), self.start, self.lowest, **changes)

    def own_rules(self) -> None:
        """The author's own rule table."""
        escalation = self.escalation
        if not escalation.tables:
            self.problem(OPEN, "it has no rules", "write `after 3 { 0 dlt: escalate … }`, or `uses …`")
        if escalation.cohort_size is None:
            self.problem(OPEN, "the size of a cohort is not said", "write `cohort 3`")
        closed = self.condition(escalation.closed) if escalation.closed is not None else None
        mtd = self.mtd() if escalation.mtd is not None else None
        if self.built.problems or escalation.cohort_size is None:
            return
        tables: dict[int, dict[int, Acts]] = {}
        for table in escalation.tables:
            tables.setdefault(table.after, {}).update(self.rows(table))
        if self.built.problems:
            return
        self.built.design = RuleTable(
            levels=len(self.built.names),
            cohort=escalation.cohort_size,
            tables=tables,
            mtd=mtd,
            above_top=self.acts(escalation.above_top),
            below_bottom=self.acts(escalation.below_bottom),
            start=self.start,
            lowest=self.lowest,
            max_per_level=escalation.max_per_level,
            max_total=escalation.max_total,
            closed=closed,
        )

    def rows(self, table: DltTable) -> dict[int, Acts]:
        """The rows of a table by the number of DLTs; of two rows for one number the first counts (DOS002)."""
        found: dict[int, Acts] = {}
        for row in table.rows:
            treating = [action for action in row.actions if action.kind in _TREATING]
            if len(treating) > 1:
                self.problem(
                    RULE,
                    "this row treats two groups at once",
                    "only one group can follow a decision; leave the other to the next table",
                    row.origin,
                )
            for action in row.actions:
                if action.kind == "expand" and (action.count or 0) <= table.after:
                    self.problem(
                        RULE,
                        f"a level cannot be expanded to {action.count} after {table.after} participants",
                        f"`expand to` says how many are treated in all; write more than {table.after}",
                        row.origin,
                    )
            acts = self.acts(row.actions)
            for count in range(row.low, min(row.high, table.after) + 1):
                found.setdefault(count, acts)
        return found

    def acts(self, actions: tuple[Action, ...]) -> Acts:
        return tuple(
            Act(
                action.kind,
                action.count or 0,
                BELOW if action.level in (None, "below") else self.level(action.level, 0),
            )
            for action in actions
        )

    def mtd(self) -> Mtd | None:
        said = self.escalation.mtd
        if said is None:
            return None
        where = self.condition(said.where) if said.where is not None else None
        if said.which == "isotonic" and self.target is not None:
            return Mtd("isotonic", where, IsotonicMtd(self.target, self.fraction("eliminate") or CUTOFF))
        if said.which not in ("highest", "previous"):
            lacking = "a target" if said.which == "isotonic" else "a model"
            self.problem(
                SETTING, f"`mtd {said.which}` needs {lacking}, and there is none", "write `mtd highest with …`",
                said.origin,
            )  # fmt: skip
            return None
        return Mtd(said.which, where)

    def condition(self, expression: Any) -> Condition | None:
        try:
            return condition(expression)
        except CannotTell:
            self.problem(
                SETTING,
                f"`{expression.text}` says nothing that is known at a level",
                "compare n, dlt or rate with numbers",
                expression.origin,
            )
            return None


_TREATING = ("escalate", "stay", "expand", "de_escalate", "treat_more")


class _Highest(NamedTuple):
    """The highest treated level that meets a condition."""

    condition: Condition | None

    def select(self, treated: tuple[int, ...], dlts: tuple[int, ...]) -> int | None:
        for level in range(len(treated) - 1, -1, -1):
            n = treated[level]
            if n and (self.condition is None or self.condition(n, dlts[level])):
                return level
        return None


def _percent(value: float) -> str:
    return f"{value * 100:.6g} %"
