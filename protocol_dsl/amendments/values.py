"""The parts of a model that are one value, as one text each in the spelling of the language.

Two values are equal exactly when their texts are: `3.0×10^8 cells` and `300_000_000 cells` give the same one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from protocol_dsl.quantities import format_number

if TYPE_CHECKING:
    from protocol_dsl.model import base, dosing, outcomes, schedule, study

_BOUNDS = {"exactly": "", "about": "about ", "at_least": "at least ", "up_to": "up to ", "at_most": "at most "}
_FRAMES = {"up_to": "up to ", "minimum": "at least ", "maximum": "at most ", "about": "about ", "at_point": ""}


def number(value: int | float) -> str:
    """A number as the language writes it."""
    return format_number(value, "dsl")


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts M3 before M12."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", text))


def listed(names: Iterable[str]) -> str:
    """Names in their natural order, with commas."""
    return ", ".join(sorted(names, key=natural))


_TIMES = frozenset(("days", "weeks", "months", "years"))


def _amount(value: int | float, unit: str) -> str:
    """`3 days`, `1 day`."""
    return f"{number(value)} {unit[:-1] if value == 1 and unit in _TIMES else unit}"


def quantity(value: base.Quantity) -> str:
    """`3 mL`."""
    return _amount(value.value, value.unit)


def duration(value: base.Duration) -> str:
    """`28 days`, `shorter of 2 weeks, 5 half_lives`."""
    text = ", ".join(map(quantity, value.quantities))
    return text if value.choose == "only" else f"{value.choose} of {text}"


def gap(value: base.Gap) -> str:
    """`3 to 14 days`."""
    if value.duration.choose != "only":
        return duration(value.duration)
    low = "" if value.lower == value.upper else f"{number(value.lower)} to "
    return low + _amount(value.upper, value.unit)


def point(value: base.Point) -> str:
    """`day 28`, `28 days after infusion`, `end of follow_up`."""
    if value.kind == "timeline":
        text = f"{value.unit} {value.number}"
        return f"{text} after {value.of}" if value.of else text
    if value.kind in ("start_of", "end_of"):
        return f"{value.kind.replace('_', ' ')} {value.of}"
    length = duration(value.duration) if value.duration is not None else ""
    return f"{length} {value.kind} {value.of}" if value.kind in ("after", "before") else length or str(value.of)


def expression(value: base.Expression) -> str:
    """A condition or measure in its canonical spelling."""
    return value.text


def window(value: schedule.Window) -> str:
    """`±3 days`, `-2/+5 days`."""
    if value.before == value.after:
        return f"±{_amount(value.after, value.unit)}"
    return f"-{number(value.before)}/+{_amount(value.after, value.unit)}"


def timing(value: schedule.Timing) -> str:
    """`day 28`, `day -28 to -7`, `2 weeks after M6`, `on withdrawal`, `unscheduled`."""
    if value.kind == "timeline":
        last = "" if value.end_number in (None, value.number) else f" to {value.end_number}"
        return f"{value.unit} {value.number}{last}"
    if value.kind == "relative" and value.gap is not None:
        return f"{gap(value.gap)} {value.direction} {value.reference}"
    return f"on {value.reference}" if value.kind == "event" else value.kind


def frame(value: outcomes.Frame) -> str:
    """`at M3, M6`, `from infusion to D28`, `up to month 24 after infusion`."""
    if value.kind == "at_visits":
        return f"at {listed(value.visits)}"
    end = point(value.end) if value.end is not None else ""
    if value.kind == "span":
        return f"from {point(value.start) if value.start is not None else ''} to {end}"
    start = f" from {point(value.start)}" if value.start is not None else ""
    return f"{_FRAMES[value.kind]}{end}{start}"


def size(value: study.Size) -> str:
    """`up to 9 per level`."""
    return f"{_BOUNDS[value.bound]}{value.count}" + (f" per {value.per}" if value.per else "")


def enrollment(value: study.Enrollment) -> str:
    """`about 12`."""
    return f"{_BOUNDS[value.bound]}{value.count}"


def action(value: dosing.Action) -> str:
    """`expand to 6`, `treat 3 more at level below`, `decide by investigator`."""
    if value.kind == "expand":
        return f"expand to {value.count}"
    if value.kind == "treat_more":
        return f"treat {value.count} more at {'level below' if value.level == 'below' else value.level}"
    if value.kind == "decide":
        return f"decide by {', '.join(value.by)}"
    return value.kind.replace("_", " ") if value.kind == "stop_without_mtd" else value.kind


def actions(values: Iterable[dosing.Action]) -> str:
    """Actions one after the other."""
    return " then ".join(map(action, values))


def measure(value: dosing.Measure) -> str:
    """`hold FLU until anc >= 1.0e9/L`, `reduce FLU to 20 mg/m2`."""
    word, _, preposition = value.kind.partition("_")
    amount = f" {preposition or 'for'} {quantity(value.amount)}" if value.amount is not None else ""
    until = f" until {value.until.text}" if value.until is not None else ""
    return f"{word} {value.of}{amount}{until}"


def minutes(value: int) -> str:
    """A time from the dose: `+4 h`, `+15 min`, `-10 min`."""
    sign, size = "-" if value < 0 else "+", abs(value)
    return f"{sign}{size // 60} h" if size and size % 60 == 0 else f"{sign}{size} min"


def time_point(value: schedule.TimePoint) -> str:
    """`pre_dose -60/+0 min`, `+4 h ±10 min`."""
    name = ("pre_dose" if not value.minute else f"pre_dose {minutes(value.minute)}") if value.pre_dose else ""
    spread = f"±{value.after}" if value.before == value.after else f"-{value.before}/+{value.after}"
    return (name or minutes(value.minute)) + (f" {spread} min" if value.before or value.after else "")


def replacement(value: dosing.Replacement) -> str:
    """`non_evaluable up to 1 per level`."""
    most = f" up to {value.up_to}" if value.up_to is not None else ""
    return value.who + most + (f" per {value.per}" if value.per else "")


def level_gate(value: dosing.LevelGate) -> str:
    """`28 days after last of cohort`."""
    return f"{gap(value.gap)} after last of {value.after_last_of}"


def mtd(value: dosing.MtdRule) -> str:
    """`highest with n >= 6 and dlt <= 1`."""
    return value.which + (f" with {value.where.text}" if value.where is not None else "")


def gate_action(value: schedule.GateAction) -> str:
    """`delay LD1 for 7 days`, `discuss with investigator "…"`."""
    of = f" {value.of}" if value.of else ""
    length = f" for {quantity(value.duration)}" if value.duration is not None else ""
    whom = f" with {', '.join(value.whom)}" if value.whom else ""
    return value.kind + of + length + whom + (f" {value.text}" if value.text else "")


def remark(value: schedule.Remark) -> str:
    """A remark on an assessment, with the visits that it is about."""
    return (f"at {listed(value.visits)}: " if value.visits else "") + value.text


def intercurrent(value: outcomes.Intercurrent) -> str:
    """An intercurrent event and its strategy."""
    return f"{value.label} ({value.strategy})"


def early(value: dosing.EarlyCompletion) -> str:
    """When observation may end early."""
    return value.text


def parameter(value: dosing.DesignParameter) -> str:
    """The values of a setting."""
    texts = [each if isinstance(each, str) else number(each) for each in value.values]
    return ", ".join(texts) + (f" {value.unit}" if value.unit else "")


def stagger(value: dosing.Stagger) -> str:
    """`14 days after first of level`."""
    return f"{gap(value.gap)} after {value.after}" + (f" of {value.of}" if value.of else "")


def impact(value: study.Impact) -> str:
    """`yes: …`."""
    return ("yes" if value.substantial else "no") + (f": {value.comment}" if value.comment else "")


def decision(value: study.FlagDecision) -> str:
    """`no for D28: …`."""
    of = f" for {', '.join(value.of)}" if value.of else ""
    return ("yes" if value.value else "no") + of + (f": {value.reason}" if value.reason else "")


def addition(value: dosing.Addition) -> str:
    """`3: escalate up to 0 dlt, expand up to 1`."""
    further = f", expand up to {value.expand}" if value.expand is not None else ""
    return f"{value.participants}: escalate up to {value.escalate} dlt{further}"


AS_TEXT: dict[str, Callable[[Any], str]] = {
    "Quantity": quantity,
    "Duration": duration,
    "Gap": gap,
    "Point": point,
    "Expression": expression,
    "Window": window,
    "Timing": timing,
    "Frame": frame,
    "Size": size,
    "Enrollment": enrollment,
    "Action": action,
    "Addition": addition,
    "Measure": measure,
    "TimePoint": time_point,
    "Replacement": replacement,
    "LevelGate": level_gate,
    "MtdRule": mtd,
    "GateAction": gate_action,
    "Remark": remark,
    "Intercurrent": intercurrent,
    "EarlyCompletion": early,
    "DesignParameter": parameter,
    "Stagger": stagger,
    "Impact": impact,
    "FlagDecision": decision,
}
"""How the parts that have no parts of their own are written, by the name of their class."""
