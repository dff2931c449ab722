"""The design of a study in ODM 2.0: the element `Protocol`, groups of visits, the workflow."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from protocol_dsl.exchange.odm.content import Content, Texts
from protocol_dsl.exchange.odm.design import Criterion, Design, Estimand, Named
from protocol_dsl.exchange.odm.xml import child, texts, yes_no

PLAIN = {"Type": "text/plain"}


def protocol(parent: Element, design: Design) -> None:
    """`Protocol`, its parts in the order of the schema."""
    made = child(parent, "Protocol")
    _description(made, design.title)
    if design.parameters:
        summary = child(made, "StudySummary")
        for each in design.parameters:
            parameter = child(summary, "StudyParameter", {"OID": each.oid, "Term": each.term})
            child(parameter, "ParameterValue", {"Value": each.value})
    if design.arms or design.epochs:
        structure = child(made, "StudyStructure")
        for arm in design.arms:
            _named(structure, "Arm", arm)
        for number, epoch in enumerate(design.epochs, 1):
            entry = child(structure, "Epoch", {"OID": epoch.oid, "Name": epoch.name, "SequenceNumber": str(number)})
            _description(entry, epoch.text)
    if design.phase:
        child(made, "TrialPhase", {"Value": design.phase})
    _timings(made, design)
    _described(made, "StudyIndications", "StudyIndication", design.indications)
    _described(made, "StudyInterventions", "StudyIntervention", design.interventions)
    _outcomes(made, design)
    if design.population is not None:
        _named(made, "StudyTargetPopulation", design.population)
    if design.estimands:
        estimands = child(made, "StudyEstimands")
        for estimand in design.estimands:
            _estimand(estimands, estimand)
    if design.inclusion or design.exclusion:
        criteria = child(made, "InclusionExclusionCriteria")
        _criteria(criteria, "InclusionCriteria", design.inclusion)
        _criteria(criteria, "ExclusionCriteria", design.exclusion)
    for number, group in enumerate(design.groups, 1):
        child(
            made,
            "StudyEventGroupRef",
            {"StudyEventGroupOID": group.oid, "OrderNumber": str(number), "Mandatory": "Yes"},
        )
    if design.workflow is not None:
        child(made, "WorkflowRef", {"WorkflowOID": design.workflow.oid})


def workflow(parent: Element, design: Design) -> None:
    """`WorkflowDef`: from visit to visit, with the gates as conditions."""
    given = design.workflow
    if given is None:
        return
    made = child(parent, "WorkflowDef", {"OID": given.oid, "Name": given.name})
    child(made, "WorkflowStart", {"StartOID": given.steps[0].source})
    for step in given.steps:
        child(
            made,
            "Transition",
            {
                "OID": step.oid,
                "Name": step.name,
                "SourceOID": step.source,
                "TargetOID": step.target,
                "StartConditionOID": step.condition,
            },
        )
    child(made, "WorkflowEnd", {"EndOID": given.steps[-1].target})


def event_groups(parent: Element, content: Content, design: Design) -> None:
    """`StudyEventGroupDef`: the visits of each epoch."""
    events = {event.oid: event for event in content.events}
    for group in design.groups:
        made = child(
            parent,
            "StudyEventGroupDef",
            {"OID": group.oid, "Name": group.name, "ArmOID": group.arm, "EpochOID": group.epoch},
        )
        _description(made, group.title)
        for number, oid in enumerate(group.events, 1):
            child(
                made,
                "StudyEventRef",
                {
                    "StudyEventOID": oid,
                    "OrderNumber": str(number),
                    "Mandatory": yes_no(events[oid].mandatory),
                    "CollectionExceptionConditionOID": events[oid].exception,
                },
            )


def _timings(parent: Element, design: Design) -> None:
    if not design.timings and not design.lasting:
        return
    timing = child(child(parent, "StudyTimings"), "StudyTiming", {"OID": "TIM", "Name": "Visits"})
    for each in design.timings:
        made = child(
            timing,
            "RelativeTimingConstraint",
            {
                "OID": each.oid,
                "Name": each.name,
                "PredecessorOID": each.before,
                "SuccessorOID": each.after,
                "Type": "StartToStart",
                "TimepointRelativeTarget": each.target,
                "TimepointPreWindow": each.early,
                "TimepointPostWindow": each.late,
            },
        )
        _description(made, each.text)
    for lasting in design.lasting:
        child(
            timing,
            "DurationTimingConstraint",
            {
                "OID": lasting.oid,
                "Name": lasting.name,
                "StructuralElementOID": lasting.event,
                "DurationTarget": lasting.target,
            },
        )


def _outcomes(parent: Element, design: Design) -> None:
    if design.objectives:
        objectives = child(parent, "StudyObjectives")
        for each in design.objectives:
            made = child(objectives, "StudyObjective", {"OID": each.oid, "Name": each.name, "Level": each.level})
            _description(made, each.text)
            for number, oid in enumerate(each.endpoints, 1):
                child(made, "StudyEndPointRef", {"StudyEndPointOID": oid, "OrderNumber": str(number)})
    if design.endpoints:
        endpoints = child(parent, "StudyEndPoints")
        for endpoint in design.endpoints:
            made = child(
                endpoints, "StudyEndPoint", {"OID": endpoint.oid, "Name": endpoint.name, "Level": endpoint.level}
            )
            _description(made, endpoint.text)


def _estimand(parent: Element, estimand: Estimand) -> None:
    made = child(parent, "StudyEstimand", {"OID": estimand.oid, "Name": estimand.name})
    _description(made, estimand.text)
    if estimand.endpoint:
        child(made, "StudyEndPointRef", {"StudyEndPointOID": estimand.endpoint})
    for event in estimand.intercurrent:
        _description(child(made, "IntercurrentEvent"), event)
    if estimand.summary:
        _description(child(made, "SummaryMeasure"), estimand.summary)


def _criteria(parent: Element, tag: str, criteria: tuple[Criterion, ...]) -> None:
    if criteria:
        outer = child(parent, tag)
        for each in criteria:
            made = child(outer, "Criterion", {"OID": each.oid, "Name": each.name, "ConditionOID": each.condition})
            _description(made, each.text)


def _described(parent: Element, outer: str, inner: str, given: tuple[Named, ...]) -> None:
    if given:
        made = child(parent, outer)
        for each in given:
            _description(child(made, inner, {"OID": each.oid}), each.text)


def _named(parent: Element, tag: str, given: Named) -> None:
    _description(child(parent, tag, {"OID": given.oid, "Name": given.name}), given.text)


def _description(parent: Element, text: Texts) -> None:
    texts(parent, "Description", text, PLAIN)
