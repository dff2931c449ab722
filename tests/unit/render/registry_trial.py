"""A small dose escalation, built by hand, that the registry tests share."""

from __future__ import annotations

from typing import Any, Literal, cast

from protocol_dsl.model.base import Duration, Expression, Gap, Note, Origin, Point, Quantity
from protocol_dsl.model.dosing import (
    Action,
    Dlt,
    DltCriterion,
    DltRow,
    DltTable,
    DoseLevel,
    DoseScheme,
    Escalation,
    LevelGate,
    Replacement,
    Stagger,
)
from protocol_dsl.model.forms import Instrument
from protocol_dsl.model.outcomes import Criterion, Eligibility, Endpoint, Frame, Objective
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Assessment, Gate, GateAction, Requirement, Stage, Timeline, Timing, Visit
from protocol_dsl.model.study import Arm, Enrollment, Event, Organisation, Population, Product, Site, Study
from protocol_dsl.render.context import Rendering
from protocol_dsl.source import SourceMap

AT = Origin(file="small.proto", line=1, column=1, end_line=1, end_column=2)


def quantity(value: float, unit: str, written: str | None = None) -> Quantity:
    return Quantity(value=value, unit=unit, ucum=unit, written=written or f"{value:g}")


def duration(*quantities: Quantity, choose: Literal["only", "shorter", "longer"] = "only") -> Duration:
    return Duration(quantities=quantities, choose=choose)


def gap(value: float, unit: str, upper: float | None = None) -> Gap:
    last = value if upper is None else upper
    return Gap(lower=value, upper=last, unit=unit, duration=duration(quantity(last, unit)))


def note(kind: Any, text: str, *by: str) -> Note:
    return Note(kind=kind, text=text, by=by, origin=AT)


def expression(text: str, english: str | None = None, *names: str) -> Expression:
    return Expression(text=text, english=english or text, type="number", names=names, tree={}, origin=AT)


def visit(name: str, label: str, stage: str, offset: int | None, order: int, series: str | None = None) -> Visit:
    unit = "day" if offset is not None else None
    timing = Timing(kind="timeline", unit=unit, number=offset, text=label, origin=AT)
    return Visit(
        name=name, label=label, stage=stage, timing=timing, order=order, offset=offset, series=series, origin=AT
    )


def criterion(kind: Any, name: str, text: str, **more: Any) -> Criterion:
    return Criterion(kind=kind, name=name, text=text, origin=AT, **more)


def frame(text: str, kind: Any = "span") -> Frame:
    return Frame(kind=kind, text=text, origin=AT)


def endpoint(name: str, level: Any, text: str, time: str | None = "From infusion to Day 28", **more: Any) -> Endpoint:
    return Endpoint(name=name, level=level, text=text, frame=frame(time) if time else None, origin=AT, **more)


def row(low: int, high: int, *actions: Action) -> DltRow:
    return DltRow(low=low, high=high, actions=actions, origin=AT)


def act(kind: Any, **more: Any) -> Action:
    return Action(kind=kind, **more)


LEVELS = tuple(
    DoseLevel(name=name, amount=quantity(value, "cells", written), origin=AT)
    for name, value, written in (("DL1", 3e8, "3.0e8"), ("DL2", 4.5e8, "4.5e8"), ("DL3", 6e8, "6.0e8"))
)
SCHEME = DoseScheme(name="CT", levels=LEVELS, tolerance_below=20, tolerance_above=20, origin=AT)
RULES = DltTable(
    after=3,
    rows=(
        row(0, 0, act("escalate")),
        row(1, 1, act("expand", count=6)),
        row(2, 3, act("stop"), act("treat_more", count=3, level="below")),
    ),
    origin=AT,
)
ESCALATION = Escalation(
    name="main",
    product="CT",
    populations=("SLE",),
    start="DL1",
    cohort_size=3,
    max_per_level=6,
    stagger=(Stagger(gap=gap(14, "days"), after="first", of="level", origin=AT),),
    next_level=LevelGate(gap=gap(28, "days"), after_last_of="cohort", origin=AT),
    tables=(RULES,),
    above_top=(act("stop"),),
    below_bottom=(act("stop_without_mtd"),),
    notes=(note("discretion", "Levels between may be explored", "investigator", "sponsor"),),
    origin=AT,
)
DLT = Dlt(
    window=gap(28, "days"),
    after="infusion",
    criteria=(DltCriterion(name="crs", text="CRS of grade 4 or higher", origin=AT),),
    evaluable="Completed the DLT period, or had a DLT",
    replacement=Replacement(who="non_evaluable", up_to=1, per="level"),
    origin=AT,
)
SCALE = Instrument(name="sledai_2k", label="SLEDAI-2K", low=0, high=105, higher="worse", origin=AT)
STUDY = Study(
    name="CT_SLE",
    official_title="CT cells in lupus",
    brief_title="CT in lupus",
    version="1.0",
    organisations=(Organisation(role="sponsor", name="A Hospital", origin=AT),),
    study_type="interventional",
    phase="early_phase_1",
    purpose="treatment",
    allocation="not_applicable",
    model="single_group",
    masking="none",
    status="recruiting",
    enrollment=Enrollment(count=12, bound="about", origin=AT),
    conditions=("Systemic lupus erythematosus",),
    sites=(Site(name="A Hospital", address=("Hefei", "China"), status="recruiting", origin=AT),),
    summary="A first study of CT cells.",
    origin=AT,
)
ELIGIBILITY = Eligibility(
    sex="all",
    minimum_age=quantity(18, "years"),
    healthy_volunteers=False,
    criteria=(
        criterion(
            "include",
            "active",
            "Active disease",
            number=1,
            combine="one_of",
            options=(
                criterion("option", "score", "SLEDAI-2K of at least 7"),
                criterion("option", "kidney", "Active nephritis"),
            ),
        ),
        criterion(
            "exclude",
            "infarction",
            "Myocardial infarction",
            number=1,
            within=duration(quantity(6, "months")),
            before="SCR",
        ),
        criterion(
            "washout",
            "systemic",
            "Systemic therapy",
            within=duration(quantity(2, "weeks"), quantity(5, "half_lives"), choose="shorter"),
            before="LD1",
        ),
        criterion(
            "restriction",
            "contraception",
            "Effective contraception",
            start=Point(kind="place", of="consent", origin=AT),
            end=Point(kind="after", of="infusion", duration=duration(quantity(6, "months")), origin=AT),
        ),
    ),
    origin=AT,
)
GATE = Gate(
    name="pre",
    label="Pre-lymphodepletion check",
    before="LD1",
    requirements=(
        Requirement(name="infection", text="No active infection", origin=AT),
        Requirement(name="oxygen", text="Oxygen saturation above 92 % on room air", origin=AT),
    ),
    otherwise=(GateAction(kind="delay", of="LD1", duration=quantity(7, "days")),),
    origin=AT,
)
TRIAL = Protocol(
    study=STUDY,
    timeline=Timeline(anchor="infusion", origin=AT),
    events=(Event(name="consent", built_in=True, origin=AT),),
    products=(Product(name="CT", label="CT cells", type="biological", route="intravenous", origin=AT),),
    populations=(Population(name="SLE", label="Systemic lupus erythematosus", origin=AT),),
    arms=(Arm(name="active", label="CT", role="experimental", gives=("CT",), origin=AT),),
    stages=(
        Stage(name="screening", label="Screening", visits=("SCR",), origin=AT),
        Stage(name="lymphodepletion", label="Lymphodepletion", visits=("LD1", "LD2"), origin=AT),
        Stage(name="follow_up", label="Follow-up", visits=("infusion", "D28"), origin=AT),
    ),
    visits=(
        visit("SCR", "Screening", "screening", -28, 0),
        visit("LD1", "Lymphodepletion 1", "lymphodepletion", -5, 1, "LD1..LD2"),
        visit("LD2", "Lymphodepletion 2", "lymphodepletion", -4, 2, "LD1..LD2"),
        visit("infusion", "Infusion", "follow_up", 0, 3),
        visit("D28", "Day 28", "follow_up", 28, 4),
    ),
    gates=(GATE,),
    assessments=(
        Assessment(name="sledai", label="SLEDAI-2K", instrument="sledai_2k", visits=("SCR", "D28"), origin=AT),
    ),
    doses=(SCHEME,),
    dlt=DLT,
    escalations=(ESCALATION,),
    eligibility=ELIGIBILITY,
    objectives=(Objective(name="safety", level="primary", text="To describe the safety", origin=AT),),
    endpoints=(
        endpoint("dlts", "primary", "Number of participants with a dose-limiting toxicity"),
        endpoint(
            "score",
            "secondary",
            "Change from baseline in SLEDAI-2K",
            "Month 12",
            measure=expression("change(sledai.total)", "change in SLEDAI-2K total", "sledai.total"),
            reported="up to 1 years",
        ),
    ),
    instruments=(SCALE,),
    notes=(note("assumed", "the record has no phase"), note("todo", "registration number")),
)


def rendering(protocol: Protocol, **more: Any) -> Rendering:
    """The trial on its way into documents; registry text needs no schedule."""
    return Rendering(protocol, cast(Any, None), [], SourceMap(), **more)
