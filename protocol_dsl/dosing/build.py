"""From the escalation of a protocol to a machine, or to what keeps it from being one."""

from __future__ import annotations

from typing import Any

from protocol_dsl.dosing import build_targeted as targeted
from protocol_dsl.dosing.build_targeted import Read
from protocol_dsl.dosing.built import CUTOFF, TITLES, Built
from protocol_dsl.dosing.conditions import CannotTell, condition
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.kinds import OPEN, RULE, SETTING, VARIANT
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three, traditional
from protocol_dsl.dosing.rules import BELOW, Act, Acts, Condition, Mtd, RuleTable
from protocol_dsl.dosing.settings import INTERVAL, Settings
from protocol_dsl.model.dosing import Action, DltTable, Escalation
from protocol_dsl.model.protocol import Protocol

PRESETS = ("three_plus_three", "accelerated")
_TREATING = ("escalate", "stay", "expand", "de_escalate", "treat_more")


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
        self.settings = Settings(self.built)
        self.problem = self.settings.problem

    def build(self) -> Built:
        escalation, built, design = self.escalation, self.built, self.escalation.design
        if escalation.within_participant:
            built.title = "titration within a participant"
        if escalation.within_participant and design is not None:
            self.problem(
                SETTING,
                f"{TITLES[design]} treats cohorts, and this goes on within a participant",
                "write rules `after 1 { 0 dlt: escalate … }`, or leave out `within participant`",
            )
        elif not built.names:
            self.problem(OPEN, "its product has no dose levels", "declare them: `dose … { level DL1 … }`")
        elif escalation.start is None or escalation.start not in built.names:
            self.problem(OPEN, "no level to start at is said", f"write `start {built.names[0]}`")
        elif design in (*INTERVAL, "table"):
            targeted.interval(self.settings, self.read, self.mtd)
        elif design in ("crm", "tite_crm"):
            targeted.crm(self.settings)
        elif design in PRESETS:
            self.preset()
        elif design == "rolling_six":
            self.rolling_six()
        elif design == "a_plus_b" and not escalation.tables:
            self.stages()
        else:
            self.own_rules()
        self.settings.tell_strangers()
        self.settings.tell_clauses()
        self.tell_additions()
        self.tell_fallback()
        if built.problems:
            built.design = built.runner = None
        return built

    def tell_additions(self) -> None:
        """`add …` beside anything but an A+B design of its own."""
        additions = self.escalation.additions
        if additions and (self.escalation.design != "a_plus_b" or self.escalation.tables):
            self.problem(
                SETTING, "`add` belongs to `uses a_plus_b` without rules of its own", "take it out", additions[0].origin
            )

    def tell_fallback(self) -> None:
        """A level to fall back to that the design never goes down to, or goes below."""
        said, settings, design = self.escalation.fallback, self.settings, self.built.design
        if said not in self.built.names or design is None:
            return
        if isinstance(design, RuleTable):
            acts = [act.kind for row in design.tables.values() for acts in row.values() for act in acts]
            if settings.lowest < settings.start and not {"de_escalate", "treat_more"} & set(acts):
                self.problem(
                    SETTING,
                    f"{self.built.title} never goes down, so that nobody is treated at `fallback {said}`",
                    "leave it out, or let a rule `de_escalate`"
                    + (": `variant V2`, `V3` and `V5` go down" if self.escalation.design in PRESETS else ""),
                )
        elif settings.lowest > 0:
            self.problem(
                SETTING,
                f"{self.built.title} goes down to {self.built.names[0]}, whatever `fallback {said}` says",
                f"write `fallback {self.built.names[0]}`, or leave it out",
            )

    # Presets -------------------------------------------------------------------------------------------------

    def preset(self) -> None:
        """3+3 in a variant."""
        escalation, settings = self.escalation, self.settings
        said = settings.parameter("variant")
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
        self.tell_tables("3+3")
        if variant == "V2" and settings.start > settings.lowest and not escalation.above_closed:
            self.problem(
                VARIANT,
                f"V2 starts at {escalation.start}, and it is not said how many participants a level needs that is "
                "reached only by going down",
                "write `above closed: expand to 6` if it is filled before it can be the MTD, `above closed: stop` if 3 "
                "participants are enough",
            )
        changes: dict[str, Any] = {"max_total": escalation.max_total}
        for name in ("above_top", "above_closed", "below_bottom"):
            actions: tuple[Action, ...] = getattr(escalation, name)
            if actions:
                changes[name] = self.acts(actions)
        if escalation.closed is not None:
            changes["closed"] = self.condition(escalation.closed)
        if escalation.mtd is not None:
            changes["mtd"] = self.mtd()
        if self.built.problems:
            return
        self.built.title += f" {variant}"
        if escalation.design == "accelerated":
            changes["titration"] = True
        else:
            self.titrate(changes)
        self.built.design = three_plus_three(
            len(self.built.names), str(variant), settings.start, settings.lowest, **changes
        )

    def tell_tables(self, design: str) -> None:
        """Rules of its own beside a design that has rules."""
        if self.escalation.tables:
            self.problem(
                SETTING,
                f"rules of its own stand beside {design}",
                "leave out `after … { }`, or `uses`",
                self.escalation.tables[0].origin,
            )

    def stages(self) -> None:
        """A+B, A+B+C … by the numbers of its stages."""
        escalation = self.escalation
        if not escalation.additions:
            self.problem(
                OPEN,
                "its stages are not said",
                "write `add 3 escalate up to 0 expand up to 1` and `add 3 escalate up to 1`, or rules `after 3 { … }`",
            )
            return
        mtd = self.mtd() if escalation.mtd is not None else None
        if escalation.mtd is None:
            self.problem(
                VARIANT,
                "it is not said which level is the MTD",
                "write `mtd previous` for the level below the one where it stops, which may have the participants of "
                "the first stage only, or `mtd highest with …`",
            )
        most = sum(each.participants for each in escalation.additions)
        for what, number, right in (
            ("cohort", escalation.cohort_size, escalation.additions[0].participants),
            ("max … per level", escalation.max_per_level, most),
        ):
            if number not in (None, right):
                self.problem(
                    SETTING, f"its stages have `{what}` {right}, not {number}", "leave it out, or correct `add …`"
                )
        *inner, last = escalation.additions
        before = 0
        for each in escalation.additions:
            before += each.participants
            wrong = None
            if each.escalate >= before:
                wrong = f"{each.escalate} DLTs among {before} participants escalate: it never stops"
            elif each is not last and each.expand is None:
                wrong = "it is not said with how many DLTs the next stage follows"
            elif each is not last and not each.escalate < (each.expand or 0) <= before:
                wrong = (
                    f"up to {each.escalate} of {before} DLTs escalate, up to {each.expand} lead to the next stage: it "
                    "is never reached"
                )
            elif each is last and each.expand is not None:
                wrong = "the last stage cannot be expanded"
            if wrong is not None:
                self.problem(SETTING, wrong, "correct the numbers of DLTs", each.origin)
        if self.built.problems:
            return
        table = traditional(
            len(self.built.names),
            [*((each.participants, each.escalate, each.expand or 0) for each in inner),
             (last.participants, last.escalate, 0)],
            self.settings.start,
        )  # fmt: skip
        changes: dict[str, Any] = {"mtd": mtd, "lowest": self.settings.lowest, "max_total": escalation.max_total}
        if escalation.closed is not None:
            changes["closed"] = self.condition(escalation.closed)
        for name in ("above_top", "above_closed", "below_bottom"):
            actions: tuple[Action, ...] = getattr(escalation, name)
            if actions:
                changes[name] = self.acts(actions)
        self.built.title = "+".join(str(each.participants) for each in escalation.additions)
        self.titrate(changes)
        self.built.design = table._replace(**changes)

    def titrate(self, changes: dict[str, Any]) -> None:
        """`titration until first dlt` before the rules."""
        changes["titration"] = self.settings.has("titration")
        if changes["titration"]:
            self.built.title = f"accelerated titration, then {self.built.title}"

    def rolling_six(self) -> None:
        """Rolling six; who may be declared at the highest level is the author's choice."""
        self.tell_tables("rolling six")
        above = self.escalation.above_top
        fills = [action for action in above if action.kind == "expand" and action.count == 6]
        if not above or not (fills or [action.kind for action in above] == ["stop"]):
            self.problem(
                VARIANT,
                "it is not said whether the highest level needs six participants to be the MTD",
                "write `above top: expand to 6`, or `above top: stop` if three are enough",
            )
        if self.built.problems:
            return
        from protocol_dsl.dosing.rolling_six import RollingSix

        self.built.runner = RollingSix(len(self.built.names), self.settings.start, bool(fills))

    # An author's own rules -----------------------------------------------------------------------------------

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
        titration: dict[str, Any] = {}
        self.titrate(titration)
        self.built.design = RuleTable(
            levels=len(self.built.names),
            cohort=escalation.cohort_size,
            tables=tables,
            mtd=mtd,
            above_top=self.acts(escalation.above_top),
            above_closed=self.acts(escalation.above_closed),
            below_bottom=self.acts(escalation.below_bottom),
            start=self.settings.start,
            lowest=self.settings.lowest,
            max_per_level=escalation.max_per_level,
            max_total=escalation.max_total,
            closed=closed,
            **titration,
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
                BELOW if action.level in (None, "below") else self.settings.level(action.level, 0),
            )
            for action in actions
        )

    def mtd(self) -> Mtd | None:
        said, target = self.escalation.mtd, self.settings.target
        if said is None:
            return None
        where = self.condition(said.where) if said.where is not None else None
        if said.which == "isotonic" and target is not None:
            return Mtd("isotonic", where, IsotonicMtd(target, self.settings.fraction("eliminate") or CUTOFF))
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
