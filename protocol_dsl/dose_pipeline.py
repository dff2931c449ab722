"""What `protoc dose` answers: compile, choose the escalation, compute; nothing here prints or exits."""

from __future__ import annotations

import os
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
from protocol_dsl.dosing.built import Built
from protocol_dsl.dosing.conducted import Setup
from protocol_dsl.dosing.machine import Closed
from protocol_dsl.dosing.request import Refused
from protocol_dsl.dosing.statements import statements
from protocol_dsl.source import SourceError, SourceMap


@dataclass
class Request:
    """The arguments of the command; rates and probabilities as fractions, times in days."""

    aspect: str
    path: str
    more_paths: list[str] = field(default_factory=list[str])
    escalation: str | None = None
    dlt_rates: list[str] = field(default_factory=list[str])
    scenarios: str | None = None
    target: float | None = None
    most: int = 10
    groups: int | None = None
    accrual: float | None = None
    window: float | None = None
    manner: request.Manner = field(default_factory=request.Manner)
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
        view = {"version": report.VERSION, "escalations": [statements(*each) for each in escalating(trial)]}
        return Answer(view, [_with_ways(trial, each) for each in found], compiled)
    found = [each for each in found if each.severity == ERROR]
    try:
        if asked.more_paths and asked.aspect != "compare":
            raise Refused(f"`{asked.aspect}` is about one file", "`compare` lays the designs of several side by side")
        if asked.aspect == "compare":
            return _compared(asked, trial, found, compiled)
        chosen = _chosen(trial, asked.escalation)
        if chosen.built.design is None and chosen.built.runner is None:
            return Answer(None, [*found, *_reasons(trial, chosen)], compiled)
        return Answer(_view(asked, trial, chosen.built), found, compiled)
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
    computable = [each for each in all_of_them if each.built.design is not None or each.built.runner is not None]
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


def _view(asked: Request, trial: Trial, built: Built) -> dict[str, Any]:
    if asked.aspect == "table":
        view = report.table(built)
        if view is None:
            way = "`protoc dose paths --groups 3` shows its ways" if built.design else "`oc` simulates it"
            raise Refused(f"{built.title} decides by all data, not by a table", way)
        return view
    scenarios = _scenarios(asked, built)
    target = request.target(asked.target, built)
    if asked.aspect == "paths":
        if built.design is None:
            raise Refused(
                f"the ways of {built.title} depend on when participants come",
                "`oc` and `duration` simulate it; nothing about its ways is exact",
            )
        return report.paths(built, built.design, scenarios, asked.most, asked.groups)
    if asked.aspect == "duration" and built.is_within:
        raise Refused(
            "within a participant the time follows from the number of doses",
            "`oc` gives their number, and `next level … after last of level` the time between two of them",
        )
    if asked.aspect == "duration":
        return report.duration(built, scenarios, _setup(asked, trial, built))
    return report.oc(built, scenarios, target, None if built.design else _setup(asked, trial, built))


def _scenarios(asked: Request, built: Built) -> list[report.Scenario]:
    text = _file(asked.scenarios) if asked.scenarios is not None else None
    return request.scenarios(asked.dlt_rates, text, built.names, built.escalation.scenarios)


def _setup(asked: Request, trial: Trial, built: Built) -> Setup:
    days = request.timing(built.escalation, trial.protocol.dlt, trial.spans, request.Days(asked.accrual, asked.window))
    return request.setup(built, days, asked.manner)._replace(replaceable=replaceable(trial))


# Several designs side by side ----------------------------------------------------------------------------------


def _compared(asked: Request, trial: Trial, found: list[Diagnostic], compiled: pipeline.Compiled) -> Answer:
    """The escalations of the file (or the one that is named), of further files, and designs by name."""
    trials = [trial]
    for path in asked.more_paths:
        other = pipeline.check(path)
        if not other.is_sound or other.protocol is None or other.schedule is None:
            return Answer(None, other.diagnostics, other)
        trials.append(Trial(other.protocol, other.schedule, other.sources))
    designs: list[Built] = []
    setup: Setup | None = None
    for path, each in zip([asked.path, *asked.more_paths], trials, strict=True):
        chosen = _side_by_side(each, asked.escalation)
        if not chosen:
            one = _chosen(each, asked.escalation)
            return Answer(None, [*found, *_reasons(each, one)], compiled)
        for built in chosen:
            setup = _setup(asked, each, built) if built.runner is not None and setup is None else setup
            designs.append(_named(built, path if len(trials) > 1 else None, len(chosen) > 1))
    first = designs[0]
    if any(built.is_within != first.is_within for built in designs) or (first.is_within and asked.others):
        raise Refused(
            "doses of one participant cannot be compared with cohorts of participants",
            "choose one escalation by `--escalation`",
        )
    for built in designs[1:]:
        if len(built.names) != len(first.names):
            raise Refused(
                f"{first.title} has {len(first.names)} dose levels and {built.title} {len(built.names)}",
                "designs with equally many levels can be compared; choose one by `--escalation`",
            )
    target = request.target(asked.target, first)
    alone = len(designs) == 1 and not first.is_within
    usual = ["V1", "V2", "V3", *(["boin"] if target is not None else [])] if alone else []
    added = request.others(asked.others or usual, first, target)
    if setup is None and any(built.runner is not None for built in added):
        setup = _setup(asked, trial, first)
    return Answer(report.compare([*designs, *added], _scenarios(asked, first), target, setup), found, compiled)


def _side_by_side(trial: Trial, name: str | None) -> list[Built]:
    """The escalations of a file of which something can be computed, or the one that is named."""
    if name is not None:
        chosen = [_chosen(trial, name).built]
    else:
        chosen = [each.built for each in escalating(trial)]
    return [built for built in chosen if built.design is not None or built.runner is not None]


def _named(built: Built, path: str | None, several: bool) -> Built:
    """The design with the name of its escalation or its file in its title, where that tells it from others."""
    front = [os.path.basename(path)] if path is not None else []
    front += [built.escalation.name] if several else []
    if not front:
        return built
    other = Built(built.escalation, built.names, f"{' '.join(front)}: {built.title}", built.target, built.design)
    other.runner = built.runner
    return other


def _file(path: str) -> str:
    sources = SourceMap(None)
    try:
        return sources.files[sources.read(path)].text
    except SourceError as error:
        raise Refused(f"--scenarios: {error.path}: {error.reason}", "name a CSV file of DLT rates") from None
