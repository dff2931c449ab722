"""What the page of an escalation shows: rule, chart, decisions, levels, first groups, findings; as plain data."""

from __future__ import annotations

import os
import re
import shlex
from typing import NamedTuple

from protocol_dsl.checks.dose_machine import ways
from protocol_dsl.checks.escalations import Escalating, escalating
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import ERROR, Diagnostic, ordered
from protocol_dsl.dosing.machine import Path, path_text
from protocol_dsl.dosing.proofs import Proof
from protocol_dsl.model.base import Quantity
from protocol_dsl.model.dosing import DoseLevel, DoseScheme, Escalation
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.wording import quantity
from protocol_dsl.quantities.numbers import to_superscript
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.escalation_chart import Chart
from protocol_dsl.render.escalation_decisions import Decisions, Table, decisions, shown
from protocol_dsl.render.escalation_flow import flow
from protocol_dsl.render.escalation_numbers import Numbers, illustrative, numbers
from protocol_dsl.render.escalation_scenarios import Scenarios, scenarios
from protocol_dsl.render.registry_designs import expanded
from protocol_dsl.render.registry_dosing import cap
from protocol_dsl.render.registry_prose import Passage, dlt, escalation
from protocol_dsl.render.registry_words import Words, capital, listed
from protocol_dsl.render.text import counted

_POWER = re.compile(r"[eE]([+-]?\d+)$")
_RAISED = re.compile(r"(?<=\d)\^([+-]?\d+)")


class Finding(NamedTuple):
    """A finding about the escalation with its place, the ways that lead to it, and the way out."""

    code: str
    severity: str
    text: str
    place: str
    ways: list[str]
    help: str


class Level(NamedTuple):
    """A dose level; `people` is empty where it was not computed."""

    title: str
    name: str
    amount: str
    tolerated: str
    people: str
    is_start: bool


class Section(NamedTuple):
    """An escalation of the page."""

    name: str
    title: str
    within: bool
    design: str
    rule: Passage
    decisions: Decisions | None
    table: Table | None
    chart: Chart | None
    levels: list[Level]
    has_tolerance: bool
    cap: list[str]
    people: list[str]
    scenarios: Scenarios | None
    commands: list[str]
    is_simulated: bool
    open: list[tuple[str, str]]
    findings: list[Finding]


def sections(rendering: Rendering, trial: Trial) -> list[Section]:
    """A section for each escalation, in the order of the text."""
    words = Words(rendering.protocol)
    found = _by_escalation(rendering, trial)
    return [_section(rendering, words, each, found[at]) for at, each in enumerate(escalating(trial))]


def observed(protocol: Protocol) -> list[Passage]:
    """What counts as dose-limiting toxicity, which all escalations share."""
    return [_raised(passage) for passage in dlt(protocol, Words(protocol))]


def _section(rendering: Rendering, words: Words, each: Escalating, findings: list[Finding]) -> Section:
    protocol, built = rendering.protocol, each.built
    said, design = built.escalation, built.design
    rules = expanded(said)
    scheme = _scheme(protocol, said)
    made = decisions(built, rules, each.proof.reached if each.proof is not None else None)
    possible = _completed(numbers(design), each.proof) if design is not None else None
    # Names, as findings have them: labels would make ways and trees too wide.
    names = built.names
    product = words.title(said.product) if said.product else "Dose escalation"
    groups = listed([words.title(name) for name in said.populations])
    several = len(protocol.escalations) > 1
    within = said.within_participant
    return Section(
        name=said.name,
        title=capital(f"{product} for {groups}" if groups else product),
        within=within,
        design="within a participant" if within else built.title,
        rule=_raised(escalation(said, protocol, words)),
        decisions=made,
        table=shown(made, within) if made is not None and made.at else None,
        chart=flow(f"Flow chart of the dose escalation {said.name}", rules, made),
        levels=_levels(scheme, said, possible),
        has_tolerance=scheme is not None and bool(scheme.tolerance_below or scheme.tolerance_above),
        cap=cap(scheme, words) if scheme is not None else [],
        people=_people(possible, design, names, "dose" if within else "participant"),
        scenarios=scenarios(each, possible, names),
        commands=_commands(rendering, said, len(names), several, design is None)
        if design is not None or built.runner is not None
        else [],
        is_simulated=built.runner is not None,
        open=[(problem.message, problem.help) for problem in built.problems],
        findings=findings,
    )


def _raised(passage: Passage) -> Passage:
    """The passage with powers as this page can print them: `10⁸` for `10^8`."""
    sentences, items = (
        tuple(_RAISED.sub(lambda match: to_superscript(int(match[1])), text) for text in part)
        for part in (passage.sentences, passage.items)
    )
    return Passage(passage.title, sentences, items)


def _scheme(protocol: Protocol, said: Escalation) -> DoseScheme | None:
    found = [scheme for scheme in protocol.doses if said.product in (None, scheme.name)]
    return found[0] if len(found) == 1 else None


# Findings ----------------------------------------------------------------------------------------------------


def _by_escalation(rendering: Rendering, trial: Trial) -> list[list[Finding]]:
    """The findings about dose, each with the escalation it lies in; the first has those that lie elsewhere."""
    escalations = [each.built.escalation for each in escalating(trial)]
    spans = [trial.span(each.origin) for each in escalations]
    gaps = ways(trial)
    found: list[list[Finding]] = [[] for _ in escalations]
    for each in sorted(ordered(rendering.diagnostics), key=lambda each: each.severity != ERROR):
        if each.code.startswith("DOS"):
            at = next(
                (
                    number
                    for number, span in enumerate(spans)
                    if span and each.span and span.file == each.span.file and span.start <= each.span.start < span.end
                ),
                0,
            )
            led = gaps.get(each.span, []) if each.code == "DOS001" and each.span else []
            found[at].append(_finding(each, rendering, led))
    return found


def _finding(each: Diagnostic, rendering: Rendering, led: list[str]) -> Finding:
    place = ""
    if each.span is not None:
        path, start, _ = rendering.sources.place(each.span)
        place = f"{os.path.basename(path)}:{start.line}"
    return Finding(each.code, each.severity, each.message, place, [*each.notes, *led], each.help or "")


# Levels and participants -------------------------------------------------------------------------------------


def _levels(scheme: DoseScheme | None, said: Escalation, possible: Numbers | None) -> list[Level]:
    if scheme is None:
        return []
    ranges = possible.levels if possible is not None else []
    return [
        Level(
            level.title,
            level.name if level.label else "",
            quantity(level.amount),
            _tolerated(level, scheme),
            _range(*ranges[at]) if ranges else "",
            level.name == said.start,
        )
        for at, level in enumerate(scheme.levels)
    ]


def _tolerated(level: DoseLevel, scheme: DoseScheme) -> str:
    """`0.8×10⁵ to 1.2×10⁵ cells/kg`."""
    below, above = scheme.tolerance_below or 0, scheme.tolerance_above or 0
    if not below and not above:
        return ""
    low, high = (_scaled(level.amount, 1 + share / 100) for share in (-below, above))
    # One unit is enough.
    unit = high.partition(" ")[2]
    return f"{low.removesuffix(f' {unit}') if unit else low} to {high}"


def _scaled(amount: Quantity, factor: float) -> str:
    """The amount times `factor`, in the power of ten that the author wrote it in."""
    value = float(f"{amount.value * factor:.6g}")
    power = _POWER.search(amount.written)
    written = f"{value / 10 ** int(power[1]):.6g}e{int(power[1])}" if power else f"{value:.6g}"
    return quantity(Quantity(value=value, unit=amount.unit, ucum=amount.ucum, written=written))


def _completed(possible: Numbers, proof: Proof | None) -> Numbers:
    """With the fewest and the most of the proof, which merges more states, where these were too many."""
    if possible.most is not None or proof is None or not proof.complete or proof.gaps:
        return possible
    return possible._replace(least=proof.smallest, most=proof.largest)


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _people(possible: Numbers | None, design: object, names: tuple[str, ...], thing: str) -> list[str]:
    """How many participants, or doses of one, the rules can need in all, each with a shortest way there."""
    if possible is None:
        return []
    least, most = possible.least, possible.most
    found: list[str] = []
    if least is not None and most is not None and least[0] == most[0]:
        found.append(f"Always {counted(least[0], thing)}.")
    else:
        found += [f"At least {_way(least, names, thing)}."] if least is not None else []
        found += [f"At most {_way(most, names, thing)}."] if most is not None else []
        if most is None and isinstance(maximum := getattr(design, "maximum", None), int):
            found.append(f"At most {counted(maximum, thing)}, as the protocol says.")
    if possible.is_open and found:
        found.append("Ways that end where no rule holds, or where people decide, are not counted.")
    return found


def _way(end: tuple[int, Path], names: tuple[str, ...], thing: str) -> str:
    return f"{counted(end[0], thing)}: {path_text(end[1], names)}"


# Commands ------------------------------------------------------------------------------------------------------


def _commands(rendering: Rendering, said: Escalation, levels: int, several: bool, is_simulated: bool) -> list[str]:
    """How to get the same and more for rates of one's own."""
    files = rendering.sources.files
    path = shlex.quote(os.path.basename(files[0].path) if files else said.origin.file)
    which = f" --escalation {said.name}" if several else ""
    rates = " --dlt-rates " + ",".join(f"{rate:g}" for rate in illustrative(levels))
    if said.scenarios:
        rates = ""
    accrual = "" if said.accrual is not None else " --accrual-days 14"
    if said.within_participant:
        return [f"protoc dose {aspect} {path}{which}{rates}" for aspect in ("oc", "paths")]
    if is_simulated:
        return [f"protoc dose {aspect} {path}{which}{rates}{accrual}" for aspect in ("oc", "duration")]
    return [
        f"protoc dose oc {path}{which}{rates}",
        f"protoc dose paths {path}{which}{rates} --groups 3",
        f"protoc dose duration {path}{which}{rates}{accrual}",
    ]
