"""Where the rules are defined. A family's modules are imported only when one of its codes is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import NamedTuple

from protocol_dsl.diagnostics.model import Rule


class Family(NamedTuple):
    """A group of codes that begin with the same three letters."""

    title: str
    modules: tuple[str, ...]


FAMILIES: dict[str, Family] = {
    "SYN": Family("Syntax", ("protocol_dsl.diagnostics.codes.syn",)),
    "NAM": Family("Names", ("protocol_dsl.diagnostics.codes.nam",)),
    "QTY": Family("Units, numbers and types", ("protocol_dsl.diagnostics.codes.qty",)),
    "SCH": Family(
        "Schedule",
        (
            "protocol_dsl.checks.schedule",
            "protocol_dsl.checks.schedule_windows",
            "protocol_dsl.checks.schedule_order",
            "protocol_dsl.checks.schedule_days",
            "protocol_dsl.checks.schedule_content",
            "protocol_dsl.checks.schedule_between",
            "protocol_dsl.checks.schedule_nature",
            "protocol_dsl.checks.schedule_validity",
            "protocol_dsl.checks.schedule_rhythm",
            "protocol_dsl.checks.burden",
            "protocol_dsl.checks.schedule_coverage",
            "protocol_dsl.checks.schedule_duties",
            "protocol_dsl.checks.schedule_minutes",
            "protocol_dsl.checks.schedule_text",
        ),
    ),
    "DOS": Family(
        "Dose and DLT",
        (
            "protocol_dsl.checks.dose",
            "protocol_dsl.checks.dose_machine",
            "protocol_dsl.checks.dose_mtd",
            "protocol_dsl.checks.dose_target",
            "protocol_dsl.checks.dose_time",
            "protocol_dsl.checks.dose_size",
            "protocol_dsl.checks.dose_cohorts",
            "protocol_dsl.checks.dose_body",
            "protocol_dsl.checks.dose_within",
            "protocol_dsl.checks.dose_design",
        ),
    ),
    "END": Family("Endpoints", ("protocol_dsl.checks.endpoints", "protocol_dsl.checks.curves")),
    "ELI": Family("Eligibility", ("protocol_dsl.checks.eligibility",)),
    "CRF": Family("Forms", ("protocol_dsl.checks.forms", "protocol_dsl.checks.form_fields")),
    "REG": Family(
        "Registry", ("protocol_dsl.checks.study", "protocol_dsl.checks.registry", "protocol_dsl.diagnostics.codes.reg")
    ),
    "TXT": Family(
        "Prose",
        (
            "protocol_dsl.checks.text",
            "protocol_dsl.checks.text_facts",
            "protocol_dsl.checks.allow",
            "protocol_dsl.checks.openness",
        ),
    ),
    "AMD": Family("Amendments", ("protocol_dsl.amendments.codes",)),
    "RED": Family("Data dictionaries of REDCap", ("protocol_dsl.diagnostics.codes.red",)),
    "PAR": Family("Participants", ("protocol_dsl.diagnostics.codes.par",)),
    "IOE": Family("Files and tools", ("protocol_dsl.diagnostics.codes.ioe",)),
}


def rules_of(family: str) -> list[Rule]:
    """The rules of one family, by code."""
    found: dict[int, Rule] = {}
    for module in FAMILIES[family].modules:
        for value in _names_of(module):
            # A module may import rules of another family to raise them; they are not its own.
            if isinstance(value, Rule) and value.code[:3] == family:
                found[id(value)] = value
    return sorted(found.values(), key=lambda rule: (rule.code, rule.name))


def all_rules() -> list[Rule]:
    """Every rule there is, by code."""
    return sorted((rule for family in FAMILIES for rule in rules_of(family)), key=lambda rule: (rule.code, rule.name))


def find(code_or_name: str) -> Rule | None:
    """The rule with this code (in any case) or kebab-case name."""
    code, name = code_or_name.strip().upper(), code_or_name.strip().lower()
    if code[:3] in FAMILIES and code[3:].isdecimal():
        return next((rule for rule in rules_of(code[:3]) if rule.code == code), None)
    return next((rule for family in FAMILIES for rule in rules_of(family) if rule.name == name), None)


def demand_unique(rules: Iterable[Rule]) -> None:
    """Raise `ValueError` if two rules share a code or a name: a code never changes its meaning."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        for key in (rule.code, rule.name):
            if key in seen:
                raise ValueError(f"{rule!r} and {seen[key]!r} share {key!r}")
            seen[key] = rule


def _names_of(module: str) -> list[object]:
    try:
        return list(vars(import_module(module)).values())
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return []
