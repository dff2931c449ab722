"""What `protoc dose` answers: compile, choose the escalation, compute; nothing here prints or exits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from protocol_dsl import pipeline
from protocol_dsl.checks import dose_machine
from protocol_dsl.checks.dose_design import NOT_COMPUTABLE
from protocol_dsl.checks.escalations import Escalating, escalating, replaceable
from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import ERROR, Diagnostic
from protocol_dsl.dosing import report, request
from protocol_dsl.dosing.machine import Closed, Design
from protocol_dsl.dosing.request import Refused
from protocol_dsl.source import SourceError, SourceMap


@dataclass
class Request:
    """The arguments of the command; rates and probabilities as fractions, times in days."""

    aspect: str
    path: str
    escalation: str | None = None
    dlt_rates: list[str] = field(default_factory=list[str])
    scenarios: str | None = None
    target: float | None = None
    most: int = 10
    groups: int | None = None
    accrual: float | None = None
    window: float | None = None
    not_evaluable: float | None = None
    others: list[str] = field(default_factory=list[str])


class Answer(NamedTuple):
    """The data to show, or None; the findings to print; the compiled trial, for documents."""

    view: dict[str, Any] | None
    diagnostics: list[Diagnostic]
    compiled: pipeline.Compiled


def answer(asked: Request) -> Answer:
    """Answer a request."""
    compiled = pipeline.check(asked.path)
    if not compiled.is_sound or compiled.protocol is None or compiled.schedule is None:
        return Answer(None, compiled.diagnostics, compiled)
    trial = Trial(compiled.protocol, compiled.schedule, compiled.sources)
    found = [each for each in compiled.diagnostics if each.code.startswith("DOS")]
    if asked.aspect == "check":
        return Answer({}, [_with_ways(trial, each) for each in found], compiled)
    found = [each for each in found if each.severity == ERROR]
    try:
        chosen = _chosen(trial, asked.escalation)
        design = chosen.built.design
        if design is None:
            return Answer(None, [*found, *_reasons(trial, chosen)], compiled)
        return Answer(_view(asked, trial, chosen, design), found, compiled)
    except Refused as refused:
        return Answer(None, [ioe.USAGE.at(None, refused.message, help=refused.help)], compiled)
    except Closed:
        at = trial.head(trial.protocol.escalations[0].origin)
        message = f"`{asked.aspect}` follows single states, and this design has too many of them"
        return Answer(None, [NOT_COMPUTABLE.at(at, message, help="`oc` simulates such a design")], compiled)


def _with_ways(trial: Trial, finding: Diagnostic) -> Diagnostic:
    """A finding about a gap, with the ways that lead there."""
    ways = dose_machine.ways(trial).get(finding.span) if finding.code == "DOS001" and finding.span else None
    return finding._replace(notes=(*finding.notes, *ways)) if ways else finding


def _chosen(trial: Trial, name: str | None) -> Escalating:
    """The named escalation, or the only one, or the first of which something can be computed."""
    all_of_them = escalating(trial)
    if not all_of_them:
        raise Refused("the protocol has no escalation", "declare one: `escalation main of … { … }`")
    if name is not None:
        for each in all_of_them:
            if each.built.escalation.name == name:
                return each
        names = ", ".join(each.built.escalation.name for each in all_of_them)
        raise Refused(f"--escalation: there is no escalation `{name}`", f"the protocol has {names}")
    computable = [each for each in all_of_them if each.built.design is not None]
    if len(computable) > 1:
        names = ", ".join(each.built.escalation.name for each in computable)
        raise Refused(f"the protocol has {len(computable)} escalations", f"say which by `--escalation`: {names}")
    return (computable or all_of_them)[0]


def _reasons(trial: Trial, chosen: Escalating) -> list[Diagnostic]:
    """Why nothing can be computed, as far as no other finding says it."""
    built = chosen.built
    return [
        NOT_COMPUTABLE.at(
            trial.head(problem.origin),
            f"nothing can be computed of the escalation {built.escalation.name}: {problem.message}",
            help=problem.help,
        )
        for problem in built.problems
        if problem.kind == "open"
    ]


def _view(asked: Request, trial: Trial, chosen: Escalating, design: Design) -> dict[str, Any]:
    built = chosen.built
    if asked.aspect == "table":
        view = report.table(built)
        if view is None:
            raise Refused(
                f"{built.title} decides by all data, not by a table", "`protoc dose paths --groups 3` shows its ways"
            )
        return view
    text = _file(asked.scenarios) if asked.scenarios is not None else None
    scenarios = request.scenarios(asked.dlt_rates, text, built.names)
    target = request.target(asked.target, built)
    if asked.aspect == "paths":
        return report.paths(built, design, scenarios, asked.most, asked.groups)
    if asked.aspect == "duration":
        days = request.timing(
            built.escalation, trial.protocol.dlt, trial.spans, request.Days(asked.accrual, asked.window)
        )
        lost = request.probability(asked.not_evaluable, "--not-evaluable")
        return report.duration(built, design, scenarios, days, lost, replaceable(trial))
    if asked.aspect == "compare":
        names = asked.others or ["V1", "V2", "V3", *(["boin"] if target is not None else [])]
        return report.compare([(built, design), *request.others(names, built, design, target)], scenarios, target)
    return report.oc(built, design, scenarios, target)


def _file(path: str) -> str:
    sources = SourceMap(None)
    try:
        return sources.files[sources.read(path)].text
    except SourceError as error:
        raise Refused(f"--scenarios: {error.path}: {error.reason}", "name a CSV file of DLT rates") from None
