"""`limits`: what participants may be asked to bear, in the author's own numbers or in published ones."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, NamedTuple

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.context import Context, Statement
from protocol_dsl.elaborate.values import LIMITED, PRESETS
from protocol_dsl.model import burden as model
from protocol_dsl.model import wording
from protocol_dsl.model.base import Note, Origin, Quantity
from protocol_dsl.quantities import convert, parse_unit
from protocol_dsl.syntax.nodes import Node, Token

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "burden_limits.toml")
_MINUTES_A_DAY = 1440


class _Period(NamedTuple):
    """`per` as in `model.Limit`, the days of a period, and the words for it."""

    per: str
    days: int | None
    text: str


@cache
def presets() -> dict[str, dict[str, Any]]:
    """The published limits by name."""
    import tomllib  # needed only where published limits are named

    with open(_FILE, "rb") as handle:
        return tomllib.load(handle)


def limits(context: Context, statement: Statement) -> model.Limits:
    """`limits adult { blood 3 mL/kg per 24 h }`."""
    node = statement.node
    token = node.token("NAME")
    preset = context.word(token, PRESETS, "a set of published limits") if token is not None else None
    label = context.label(node)
    found: list[model.Limit] = []
    lightest: Quantity | None = None
    said: dict[str, Node] = {}
    for item, notes in context.statements(node.children):
        if item.kind == "lightest" and context.once(said, item, "lightest", "the least weight"):
            lightest = context.quantity(item.token("QTY"), "kg")
        elif item.kind == "limit":
            made = _limit(context, item, notes)
            if made is not None and context.once(said, item, made.text, f"`{made.text}`"):
                found.append(made)
    kilograms = None
    if preset is not None:
        data = presets()[preset]
        found = [*_published(data, context.origin(token or node)), *found]
        if lightest is None and "weight" in data:
            weight = data["weight"]
            unit = parse_unit(weight["unit"])
            lightest = Quantity.model_construct(
                value=weight["value"], unit=unit.symbol, ucum=unit.ucum, written=str(weight["value"])
            )
    if lightest is not None:
        kilograms = float(convert(lightest.value, parse_unit(lightest.unit, context.units), parse_unit("kg")))
        if kilograms <= 0:
            context.tell(qty.BAD_NUMBER, said.get("lightest"), "nobody weighs nothing", help="write it such as `50 kg`")
            kilograms = None
    return model.Limits.model_construct(
        preset=preset,
        label=context.fill(label) if label is not None else None,
        lightest=lightest,
        lightest_kg=kilograms,
        limits=tuple(found),
        origin=context.origin(node),
        notes=statement.notes,
    )


def _published(data: dict[str, Any], origin: Origin) -> list[model.Limit]:
    made: list[model.Limit] = []
    for each in data["limits"]:
        unit = each.get("unit", "")
        per = _of_days(each["period"]) if "period" in each else _Period("visit", None, "at a visit")
        amount = f"{wording.number(each['value'])} {unit or each['subject']}"
        made.append(
            model.Limit.model_construct(
                subject=each["subject"],
                value=each["value"],
                per_kg=unit == "mL/kg",
                per=per.per,
                period=per.days,
                text=f"{amount} {per.text}",
                source=f"{data['source']} ({data['date'][:4]})",
                origin=origin,
                notes=(),
            )
        )
    return made


def _of_days(count: int) -> _Period:
    weeks, rest = divmod(count, 7)
    many = (weeks, "week") if weeks and not rest else (count, "day")
    return _Period("period", count, f"in {many[0]} {many[1]}{'s' if many[0] != 1 else ''}")


def _limit(context: Context, item: Node, notes: tuple[Note, ...]) -> model.Limit | None:
    """`blood 50 mL per 8 weeks`; None after a fault, which is told."""
    names = list(item.tokens("NAME"))
    subject = context.word(names[0], tuple(LIMITED), "something that has a limit") if names else None
    amounts = list(item.tokens("QTY", "NUMBER"))
    if subject is None or not amounts:
        return None
    first_behind = names[1] if len(names) > 1 else amounts[1] if len(amounts) > 1 else None
    period = _period(context, subject, first_behind)
    measured = _amount(context, subject, amounts[0])
    if measured is None or period is None:
        return None
    value, per_kg, shown = measured
    if value <= 0:
        context.tell(
            qty.BAD_NUMBER, amounts[0], "a limit of nothing cannot be kept", help="write the most that is allowed"
        )
        return None
    return model.Limit.model_construct(
        subject=subject,
        value=value,
        per_kg=per_kg,
        per=period.per,
        period=period.days,
        text=f"{shown} between two visits" if subject == "gap" else f"{shown} {period.text}",
        source=None,
        origin=context.origin(item),
        notes=notes,
    )


def _amount(context: Context, subject: str, token: Token) -> tuple[int | float, bool, str] | None:
    """The value in the model's unit, whether it is for each kilogram, and as printed."""
    want = LIMITED[subject].unit
    if token.type == "NUMBER" and want is None:
        count = context.whole(token)
        return None if count is None else (count, False, f"{count} {LIMITED[subject].noun}")
    if token.type == "NUMBER" or want is None:
        context.tell(
            qty.WRONG_DIMENSION,
            token,
            f"`{token.value}` cannot be a limit of {LIMITED[subject].noun}",
            help=f"write {LIMITED[subject].example}",
        )
        return None
    unit = None
    quantity = None
    if want == "mL":
        # Told as a volume if it is neither a volume nor one for each kilogram.
        plain = context.quietly(token)
        unit = parse_unit(plain.unit, context.units) if plain is not None else None
        per_kg = unit is not None and unit.dimension == parse_unit("mL/kg").dimension
        quantity = context.quantity(token, "mL/kg" if per_kg else "mL")
        target = "mL/kg" if per_kg else "mL"
    else:
        per_kg, target = False, "min"
        quantity = context.quantity(token, "time")
    if quantity is None:
        return None
    try:
        value = convert(quantity.value, parse_unit(quantity.unit, context.units), parse_unit(target))
    except ValueError:
        context.tell(qty.WRONG_DIMENSION, token, f"`{token.value}` has no fixed length", help="use min or h")
        return None
    return value, per_kg, wording.quantity(quantity)


def _period(context: Context, subject: str, token: Token | None) -> _Period | None:
    if token is None:
        return _Period("total", None, "in all")
    if token.type == "NAME":
        if context.word(token, ("visit",), "what a limit can be for, such as `visit` or `8 weeks`") is None:
            return None
        if LIMITED[subject].is_visit:
            context.tell(
                nam.NO_EFFECT,
                token,
                f"{LIMITED[subject].noun} cannot be counted for each visit",
                help="say a time, such as `per 1 week`, or nothing for the whole trial",
            )
            return None
        return _Period("visit", None, "at a visit")
    if subject == "gap":
        context.tell(
            nam.NO_EFFECT, token, "this has no effect here: a gap lies between any two visits", help="take it out"
        )
        return None
    quantity = context.quantity(token, "time")
    if quantity is None:
        return None
    try:
        minutes = convert(quantity.value, parse_unit(quantity.unit, context.units), parse_unit("min"))
    except ValueError:
        minutes = 0
    if minutes <= 0 or minutes % _MINUTES_A_DAY:
        context.tell(
            qty.BAD_NUMBER,
            token,
            f"`{token.value}` is no whole number of days",
            help="say it in days or weeks, such as `per 24 h`, `per 30 days`, `per 8 weeks`",
        )
        return None
    return _Period("period", round(minutes / _MINUTES_A_DAY), f"in {wording.quantity(quantity)}")
