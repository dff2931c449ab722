"""Small trials made by hand, for the tests of documents."""

from __future__ import annotations

from typing import Any

from protocol_dsl.model.base import Duration, Expression, Gap, Origin, Point, Quantity
from protocol_dsl.model.dosing import Dlt, DoseLevel, DoseScheme
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import (
    Administration,
    Assessment,
    Collection,
    ContingentDuration,
    Gate,
    Remark,
    Requirement,
    Sampling,
    Stage,
    Timeline,
    TimePoint,
    Timing,
    Visit,
    Window,
)
from protocol_dsl.model.study import Arm, Event, Identifier, Population, Product, Study
from protocol_dsl.render.context import Rendering
from protocol_dsl.schedule.build import build
from protocol_dsl.source import SourceMap

AT = Origin(file="trials/toy.proto", line=7, column=1, end_line=7, end_column=2)
HOSTILE = '<script>alert(1)</script> =HYPERLINK("x") ]]> | a\nb & \'"` 筛选 🧬'


def quantity(value: float, unit: str) -> Quantity:
    return Quantity(value=value, unit=unit, ucum=unit, written=str(value))


def gap(lower: float, upper: float, unit: str) -> Gap:
    return Gap(lower=lower, upper=upper, unit=unit, duration=Duration(quantities=(quantity(upper, unit),)))


def condition(english: str) -> Expression:
    return Expression(text=english, english=english, type="boolean", tree={}, origin=AT)


def at_place(name: str, kind: Any = "place") -> Point:
    return Point(kind=kind, of=name, origin=AT)


def day(
    number: int, name: str, title: str, stage: str, order: int, window: tuple[int, int] = (0, 0), **more: Any
) -> Visit:
    before, after = window
    text = f"±{after} days" if before == after else f"−{before}/+{after} days"
    given = Window(before=before, after=after, unit="days", text=text, origin=AT) if before or after else None
    timing = Timing(kind="timeline", unit="day", number=number, text=f"Day {number}".replace("-", "−"), origin=AT)
    values: dict[str, Any] = {
        "name": name, "label": title, "stage": stage, "timing": timing, "window": given, "order": order,
        "offset": number, "earliest": number - before, "latest": number + after, "origin": AT,
    }  # fmt: skip
    return Visit(**(values | more))


def event(name: str, title: str, of: str, order: int) -> Visit:
    timing = Timing(kind="event", reference=of, text=f"On {of}", origin=AT)
    return Visit(name=name, label=title, stage="off", timing=timing, order=order, origin=AT)


def assess(name: str, title: str, category: str | None, *visits: str, **more: Any) -> Assessment:
    return Assessment(name=name, label=title, category=category, visits=visits, origin=AT, **more)


def stage(name: str, title: str, *visits: str, **more: Any) -> Stage:
    return Stage(name=name, label=title, visits=visits, origin=AT, **more)


PRE = TimePoint(minute=0, pre_dose=True, before=60, after=0, text="pre-dose")
HOUR = TimePoint(minute=60, before=10, after=10, text="+1 h")


def toy(**changes: Any) -> Protocol:
    """A CAR-T trial of eight visits with one of nearly everything that a schedule can say."""
    leukapheresis = day(
        0, "LEU", "Leukapheresis", "apheresis", 1, offset=None, earliest=None, latest=None,
        timing=Timing(kind="relative", gap=gap(3, 10, "days"), reference="SCR", direction="after",
                      text="3 to 10 days after SCR", origin=AT),
    )  # fmt: skip
    values: dict[str, Any] = {
        "study": Study(
            name="TOY", brief_title="A toy trial", version="1.0", origin=AT,
            registrations=(Identifier(system="clinicaltrials_gov", value="NCT00000000", origin=AT),),
        ),
        "timeline": Timeline(
            anchor="infusion", month="calendar", origin=AT,
            durations=(ContingentDuration(name="manufacturing", label="Manufacturing", start="LEU", end="release",
                                          gap=gap(14, 21, "days"), origin=AT),),
        ),
        "events": (Event(name="consent", label="informed consent", built_in=True, origin=AT),
                   Event(name="withdrawal", label="withdrawal", built_in=True, origin=AT)),
        "products": (Product(name="CAR", label="anti-CD19 CAR-T cells", route="intravenous", origin=AT),
                     Product(name="FLU", label="fludarabine", route="intravenous", origin=AT)),
        "populations": (Population(name="RA", label="Rheumatoid arthritis", origin=AT),
                        Population(name="SLE", label="Lupus", origin=AT)),
        "arms": (Arm(name="high", label="High dose", origin=AT),),
        "stages": (stage("screening", "Screening", "SCR"), stage("apheresis", "Leukapheresis", "LEU"),
                   stage("lymphodepletion", "Lymphodepletion", "LD1"), stage("treatment", "Infusion", "infusion"),
                   stage("follow_up", "Follow-up", "D7", "D28", "M3"),
                   stage("imaging", "Imaging", "IMG1", parallel=True),
                   stage("off", "Off schedule", "ET", parallel=True)),
        "visits": (
            day(
                -42, "SCR", "Screening", "screening", 0, latest=-24,
                timing=Timing(kind="timeline", unit="day", number=-42, end_number=-24, text="Day −42 to −24",
                              origin=AT),
            ),
            leukapheresis,
            day(-5, "LD1", "Lymphodepletion 1", "lymphodepletion", 2),
            day(0, "infusion", "Infusion", "treatment", 3, lasting=quantity(3, "days")),
            day(7, "D7", "Day 7", "follow_up", 4, (1, 1), contact="phone"),
            day(21, "IMG1", "Scan 1", "imaging", 5, (7, 7)),
            day(28, "D28", "Day 28", "follow_up", 6, (0, 2), remarks=("In the morning",)),
            day(91, "M3", "Month 3", "follow_up", 7, (7, 7), arms=("high",)),
            event("ET", "Early termination", "withdrawal", 8),
        ),
        "gates": (Gate(name="g", label="Pre-infusion check", before="infusion", origin=AT,
                       requirements=(Requirement(name="r", text="No active infection", origin=AT),)),),
        "administrations": (
            Administration(product="FLU", amount=quantity(30, "mg/m2"), visits=("LD1",), origin=AT),
            Administration(product="CAR", visits=("infusion",), over=quantity(30, "min"), origin=AT),
        ),
        "assessments": (
            assess("consent_form", "Informed consent", "eligibility", "SCR"),
            assess("hcg", "Pregnancy test", "eligibility", "SCR", "LD1", condition=condition("sex is female")),
            assess("vitals", "Vital signs", "safety", "SCR", "LD1", "infusion", "D7", "D28", "M3", "ET",
                   sampling=(Sampling(visits=("infusion",), points=(PRE, HOUR)),)),
            assess("cbc", "Blood count", "laboratory", "SCR", "LD1", "infusion", "D7", "D28",
                   valid=quantity(7, "days")),
            assess("car", "CAR copies", "pharmacokinetics", "infusion", "D7", "D28", "M3", specimen="blood",
                   sampling=(Sampling(points=(PRE,)),), remarks=(Remark(text="in the morning", visits=("D28",)),)),
            assess("das28", "DAS28", "efficacy", "SCR", "D28", "M3", populations=("RA",), optional_at=("M3",)),
            assess("ct", "Computed tomography", "imaging", "IMG1", condition=condition("sex is female")),
            assess("odd", "Odd one", None, "D7"),
        ),
        "collections": (
            Collection(name="ae", label="Adverse events", category="safety", start=at_place("consent"),
                       end=at_place("follow_up", "end_of"), origin=AT),
            Collection(name="steroids", label="Steroids", start=at_place("infusion"), end=at_place("D28"), origin=AT),
        ),
        "doses": (
            DoseScheme(name="CAR", origin=AT,
                       levels=(DoseLevel(name="DL1", amount=quantity(3e8, "cells"), origin=AT),)),
        ),
        "dlt": Dlt(window=gap(28, 28, "days"), after="infusion", origin=AT),
    }  # fmt: skip
    return Protocol(**(values | changes))


def large(visits: int, assessments: int) -> Protocol:
    """Many visits in four stages, many assessments, each at two visits of three."""
    names = [f"V{number}" for number in range(visits)]
    quarter = -(-visits // 4)
    stages = [stage(f"s{at}", f"Stage {at + 1}", *names[at * quarter : (at + 1) * quarter]) for at in range(4)]
    days = [
        day(7 * at - 14, name, f"Visit of week {at - 2}", f"s{at // quarter}", at, (2, 2))
        for at, name in enumerate(names)
    ]
    made = [
        assess(f"a{number}", f"Assessment number {number}", ["safety", "laboratory", "efficacy"][number % 3],
               *(name for at, name in enumerate(names) if (at + number) % 3))
        for number in range(assessments)
    ]  # fmt: skip
    return Protocol(
        study=Study(name="LARGE", origin=AT), timeline=Timeline(anchor="V2", origin=AT), stages=tuple(stages),
        visits=tuple(days), assessments=tuple(made),
    )  # fmt: skip


def hostile() -> Protocol:
    """A trial whose every label attacks the document that it stands in."""
    text = HOSTILE
    return toy(
        study=Study(name="TOY", brief_title=text, version=text, origin=AT),
        products=(Product(name="CAR", label=text, origin=AT),),
        populations=(Population(name="RA", label=text, origin=AT),),
        stages=(stage("treatment", text, "infusion", "D28"),),
        visits=(
            day(0, "infusion", text, "treatment", 0, remarks=(text,)),
            day(28, "D28", text, "treatment", 1, (1, 1)),
        ),
        gates=(),
        administrations=(Administration(product="CAR", visits=("infusion",), remarks=(text,), origin=AT),),
        assessments=(
            assess("a", text, "safety", "infusion", "D28", method=text, populations=("RA",), condition=condition(text)),
            assess("b", "=1+1", "odd_category", "D28", sampling=(Sampling(points=(PRE,)),)),
        ),
        collections=(Collection(name="ae", label=text, start=at_place("infusion"), end=at_place("D28"), origin=AT),),
    )


def rendering(protocol: Protocol, **more: Any) -> Rendering:
    sources = SourceMap()
    sources.add_text("trials/toy.proto", "protocol TOY {\n}\n")
    return Rendering(protocol, build(protocol), more.pop("diagnostics", []), sources, **more)
