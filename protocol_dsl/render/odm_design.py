"""The design of a trial for ODM 2.0: arms, epochs, times, objectives, criteria, the way through the visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from protocol_dsl.exchange.odm.content import LANGUAGE, Condition, Content, Texts
from protocol_dsl.exchange.odm.design import (
    Criterion,
    Design,
    Endpoint,
    Estimand,
    EventGroup,
    Named,
    Objective,
    Parameter,
    Step,
    Workflow,
)
from protocol_dsl.expressions.odm import NotPrintable, Tree, certainly
from protocol_dsl.model import wording
from protocol_dsl.render.odm_content import LOG
from protocol_dsl.render.odm_references import References
from protocol_dsl.render.odm_shared import Labels, flat
from protocol_dsl.render.odm_timing import lasting, timings

if TYPE_CHECKING:
    from protocol_dsl.model.forms import Form
    from protocol_dsl.model.outcomes import Criterion as ModelCriterion
    from protocol_dsl.model.protocol import Protocol

PHASES = {
    "not_applicable": "NOT APPLICABLE",
    "early_phase_1": "PHASE 0 TRIAL",
    "phase_1": "PHASE I TRIAL",
    "phase_1_2": "PHASE I/II TRIAL",
    "phase_2": "PHASE II TRIAL",
    "phase_2_3": "PHASE II/III TRIAL",
}
"""Phases that the schema of ODM 2.0 can name; the others stand in the summary only."""
OTHER = "SEG.other"


def design(protocol: Protocol, forms: tuple[Form, ...], content: Content) -> Design:
    """The design; `content` is what both versions carry, made from the same trial."""
    labels = Labels(protocol)
    conditions = _Conditions(References(protocol, forms))
    about = protocol.study
    criteria = protocol.eligibility.criteria if protocol.eligibility else ()
    inclusion = tuple(_criteria(criteria, "include", conditions))
    exclusion = tuple(_criteria(criteria, "exclude", conditions))
    way = _workflow(protocol, conditions)
    has_stages = any(visit.stage for visit in protocol.visits)
    return Design(
        title=((LANGUAGE, flat(about.official_title or about.title) or "-"),),
        parameters=tuple(_parameters(protocol)),
        arms=tuple(Named(f"ARM.{arm.name}", flat(arm.title), labels.of(arm.title, arm.name)) for arm in protocol.arms),
        epochs=tuple(
            Named(f"EPOCH.{stage.name}", flat(stage.title), labels.of(stage.title, stage.name))
            for stage in (protocol.stages if has_stages else ())
        ),
        phase=PHASES.get(about.phase or ""),
        timings=tuple(timings(protocol)),
        lasting=tuple(lasting(protocol)),
        indications=tuple(
            Named(f"IND.{number}", flat(text), _text(text)) for number, text in enumerate(about.conditions, 1)
        ),
        interventions=tuple(
            Named(f"INT.{product.name}", flat(product.title), labels.of(product.title, product.name))
            for product in protocol.products
        ),
        objectives=tuple(_objectives(protocol)),
        endpoints=tuple(_endpoints(protocol)),
        population=_population(protocol),
        estimands=tuple(_estimands(protocol)),
        inclusion=inclusion,
        exclusion=exclusion,
        groups=tuple(_groups(protocol, content, labels)),
        workflow=way,
        conditions=tuple(conditions.made),
    )


class _Conditions:
    """Conditions of the protocol's statements, in words and, where items hold what they speak of, formally."""

    def __init__(self, references: References) -> None:
        self._resolve = references.within(None)
        self.made: list[Condition] = []

    def add(self, oid: str, text: str, tree: Tree | None) -> str:
        """The OID of a new condition."""
        formal = None
        if tree is not None:
            try:
                formal = certainly(tree, self._resolve)
            except NotPrintable:
                formal = None
        self.made.append(Condition(oid, flat(text) or "-", _text(text), formal))
        return oid


def _text(text: str) -> Texts:
    return ((LANGUAGE, flat(text) or "-"),)


def _criteria(criteria: Iterable[ModelCriterion], kind: str, conditions: _Conditions) -> Iterator[Criterion]:
    for each in criteria:
        if each.kind == kind:
            options = "; ".join(flat(option.text) for option in each.options)
            text = flat(each.text) + (f" {options}" if options else "")
            # Conditions, options and periods restrict a criterion further: then its words alone say all of it.
            whole = not (each.condition or each.options or each.within or each.populations)
            tree = each.where.tree if each.where is not None and whole else None
            oid = conditions.add(f"C.CRIT.{each.name}", text, tree)
            yield Criterion(f"CRIT.{each.name}", each.name, _text(text), oid)


def _parameters(protocol: Protocol) -> Iterator[Parameter]:
    about = protocol.study
    lines: list[tuple[str, str, str | None]] = [
        ("phase", "Trial phase", about.phase),
        ("type", "Study type", about.study_type),
        ("purpose", "Primary purpose", about.purpose),
        ("allocation", "Allocation", about.allocation),
        ("model", "Intervention model", about.model),
        ("masking", "Masking", about.masking),
        ("enrollment", "Planned number of participants", str(about.enrollment.count) if about.enrollment else None),
    ]
    for scheme in protocol.doses:
        levels = "; ".join(f"{level.title}: {wording.quantity(level.amount)}" for level in scheme.levels)
        lines.append((f"doses.{scheme.name}", f"Dose levels of {scheme.title}", levels))
    for each in protocol.escalations:
        lines.append((f"escalation.{each.name}", "Dose escalation", each.design or "rules of the protocol"))
    for name, term, value in lines:
        if value:
            yield Parameter(f"PAR.{name}", flat(term), flat(value.replace("_", " ")))


def _objectives(protocol: Protocol) -> Iterator[Objective]:
    for each in protocol.objectives:
        served = tuple(f"EP.{endpoint.name}" for endpoint in protocol.endpoints if each.name in endpoint.supports)
        yield Objective(f"OBJ.{each.name}", each.name, each.level.capitalize(), _text(each.text), served)


def _endpoints(protocol: Protocol) -> Iterator[Endpoint]:
    for each in protocol.endpoints:
        text = each.text + (f". Time frame: {each.frame.text}" if each.frame else "")
        yield Endpoint(f"EP.{each.name}", each.name, each.level.capitalize(), _text(text))


def _population(protocol: Protocol) -> Named | None:
    people = [flat(each.title) for each in protocol.populations]
    return Named("POP", "Participants", _text(wording.listing(people))) if people else None


def _estimands(protocol: Protocol) -> Iterator[Estimand]:
    known = {each.name for each in protocol.endpoints}
    for each in protocol.estimands:
        yield Estimand(
            f"EST.{each.name}",
            each.name,
            _text(each.description or each.title),
            f"EP.{each.estimates}" if each.estimates in known else None,
            tuple(_text(f"{event.label}: {event.strategy.replace('_', ' ')}") for event in each.intercurrent),
            _text(each.summarised_by.replace("_", " ")) if each.summarised_by else (),
        )


def _groups(protocol: Protocol, content: Content, labels: Labels) -> Iterator[EventGroup]:
    """The visits of each stage; those of one arm alone in a group of their own."""
    stages = {stage.name: stage for stage in protocol.stages}
    arms = {arm.name: arm for arm in protocol.arms}
    found: dict[tuple[str | None, str | None], list[str]] = {}
    for visit in sorted(protocol.visits, key=lambda visit: visit.order):
        arm = visit.arms[0] if len(visit.arms) == 1 and visit.arms[0] in arms else None
        found.setdefault((visit.stage if visit.stage in stages else None, arm), []).append(f"SE.{visit.name}")
    if any(event.oid == LOG for event in content.events):
        found.setdefault((None, None), []).append(LOG)
    for (stage, arm), events in found.items():
        title = labels.of(stages[stage].title, stage) if stage else ((LANGUAGE, "Outside the stages"),)
        oid = f"SEG.{stage}" if stage else OTHER
        suffix = f" ({flat(arms[arm].title)})" if arm else ""
        yield EventGroup(
            oid=f"{oid}.{arm}" if arm else oid,
            name=title[0][1] + suffix,
            title=title,
            events=tuple(events),
            epoch=f"EPOCH.{stage}" if stage else None,
            arm=f"ARM.{arm}" if arm else None,
        )


def _workflow(protocol: Protocol, conditions: _Conditions) -> Workflow | None:
    """From each visit to the next in the order of the schedule; a gate is the condition of a step."""
    visits = [
        visit for visit in sorted(protocol.visits, key=lambda visit: visit.order) if _is_on_the_way(visit.timing.kind)
    ]
    if len(visits) < 2:
        return None
    gates: dict[str, str] = {}
    for gate in protocol.gates:
        whole = all(each.where is not None and each.condition is None for each in gate.requirements)
        trees: list[Tree] = [each.where.tree for each in gate.requirements if each.where is not None]
        tree: Tree | None = {"op": "and", "arguments": trees} if whole and trees else None
        text = "; ".join(each.text for each in gate.requirements) or gate.title
        gates.setdefault(gate.before, conditions.add(f"C.GATE.{gate.name}", text, tree))
    steps = tuple(
        Step(
            f"TR.{one.name}.{other.name}",
            f"{flat(one.title)} to {flat(other.title)}",
            f"SE.{one.name}",
            f"SE.{other.name}",
            gates.get(other.name),
        )
        for one, other in pairwise(visits)
    )
    return Workflow("WF.VISITS", "Visits in the order of the schedule", steps)


def _is_on_the_way(timing: str) -> bool:
    return timing in ("timeline", "relative", "event")
