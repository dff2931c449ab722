"""Times within a visit: when samples are taken and measurements made, in minutes from the dose."""

from __future__ import annotations

from protocol_dsl.diagnostics.codes import qty
from protocol_dsl.elaborate.builder import Builder
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.model import schedule as model
from protocol_dsl.model import wording
from protocol_dsl.quantities import format_number, split_quantity
from protocol_dsl.syntax.nodes import Node, Token

_FAULTY = "?"
"""Stands for a unit whose fault is told; the points that would take it over are not told as well."""
MINUTES = {"min": 1, "h": 60, "hours": 60, "minutes": 1, "days": 1440, "weeks": 10080}


class SampleBuilder(Builder):
    """Builds time points."""

    def sampling(self, clause: Node) -> model.Sampling | None:
        """`times for infusion pre_dose -60/+0 min, +1, +4 h ±10 min`."""
        names = clause.node("names")
        visits: set[str] = set()
        for token in names.tokens("NAME") if names is not None else ():
            if self.sets is not None:
                visits.update(self.sets.named(token.value, token))
        chosen = self.sets.in_order(visits) if self.sets is not None else ()
        listed = clause.node("time_list")
        if listed is not None:
            return model.Sampling.model_construct(visits=chosen, points=self.time_points(listed))
        times = clause.node("times_of")
        token = times.token("NAME") if times is not None else None
        symbol = self.context.scope.use(token, "time_points") if token is not None else None
        if symbol is None or symbol.about is None:
            return None
        return model.Sampling.model_construct(
            visits=chosen, points=self.time_points(symbol.about, quiet=True), set_name=symbol.name
        )

    def time_points(self, node: Node, quiet: bool = False) -> tuple[model.TimePoint, ...]:
        """The points of a list; a unit and a tolerance said once hold for the points before that lack one."""
        entries: list[tuple[Token, float | int | None, str | None, model.Window | None]] = []
        before = len(self.context.diagnostics)
        for part in node.nodes("time_point"):
            token = part.children[0]
            if not isinstance(token, Token) or token.missing:
                continue
            window_token = part.token("WINDOW")
            window = self.context.window(window_token) if window_token is not None else None
            if window is not None and window_token is not None and window.unit not in MINUTES:
                self.context.tell(
                    qty.WRONG_DIMENSION,
                    window_token,
                    f"`{window.text}` is too long or too short for a time within a visit",
                    help="use min or h",
                )
                window = None
            if token.type == "PRE_DOSE":
                entries.append((token, 0, "pre", window))
                continue
            number_text, unit_text = split_quantity(token.value) if token.type == "SQTY" else (token.value, "")
            value = self.context.number(token, number_text)
            unit = self.context.unit(unit_text, token, token.value.rfind(unit_text)) if unit_text else None
            symbol = unit.symbol if unit is not None else _FAULTY if unit_text else None
            if symbol is not None and symbol not in MINUTES and symbol is not _FAULTY:
                self.context.tell(
                    qty.WRONG_DIMENSION, token, f"`{token.value}` is not a time within a visit", help="use min or h"
                )
                symbol = _FAULTY
            entries.append((token, value, symbol, window))
        points = self._spread(entries)
        if quiet:
            del self.context.diagnostics[before:]
        return points

    def _spread(
        self, entries: list[tuple[Token, float | int | None, str | None, model.Window | None]]
    ) -> tuple[model.TimePoint, ...]:
        result: list[model.TimePoint] = []
        unit: str | None = None
        window: model.Window | None = None
        for token, value, own_unit, own_window in reversed(entries):
            pre = own_unit == "pre"
            if own_unit is not None and not pre:
                unit = own_unit
            window = own_window if own_window is not None or pre else window
            if value is None:
                continue
            if unit is None and not pre:
                self.context.tell(
                    qty.WRONG_DIMENSION,
                    token,
                    f"the time `{token.value}` needs a unit",
                    help=f"write `{token.value} h`; a unit holds for the times before it, too",
                )
                unit = _FAULTY
                continue
            if unit is _FAULTY and not pre:
                continue
            minute = 0 if pre else round(value * MINUTES[unit or "min"])
            around = (
                (self._minutes(window.before, window.unit), self._minutes(window.after, window.unit))
                if window is not None
                else (0, 0)
            )
            text = "pre-dose" if pre else f"{'+' if value >= 0 else wording.MINUS}{format_number(abs(value))} {unit}"
            result.append(
                model.TimePoint.model_construct(
                    minute=minute, pre_dose=pre, before=around[0], after=around[1], text=text
                )
            )
        return tuple(reversed(result))

    def _minutes(self, value: int | float, unit: str) -> int:
        return round(value * MINUTES.get(unit, 0))

    def time_point_set(self, statement: Statement) -> model.TimePointSet:
        """`timepoints pk { … }`."""
        listed = statement.node.node("time_list")
        return model.TimePointSet.model_construct(
            **self.element(statement), points=self.time_points(listed) if listed else ()
        )
