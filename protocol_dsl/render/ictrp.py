"""`ictrp.xml`: the study for the WHO platform of registries."""

from __future__ import annotations

from protocol_dsl.exchange import ictrp
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.registries import data_sets
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.trial_facts import TrialFacts


def outputs(rendering: Rendering) -> list[Output]:
    """`ictrp.xml`, in UTF-8."""
    return [Output("ictrp.xml", ictrp.write([record(rendering.protocol)]))]


def record(protocol: Protocol) -> ictrp.Record:
    """The study in the interchange format."""
    facts = TrialFacts(protocol)
    study = protocol.study
    registry, number = facts.registration
    started, started_type = facts.date("start")
    included, excluded = facts.criteria()
    utn = next((each.value for each in study.registrations if each.system == "who_utn"), "")
    people = [
        *({"type": "Public", "lastname": each.name, "affiliation": each.affiliation or ""} for each in study.contacts),
        *(
            {"type": "Scientific", "lastname": each.name, "affiliation": each.affiliation or ""}
            for each in study.investigators
        ),
    ]
    return ictrp.Record(
        main={
            "trial_id": number,
            "utrn": utn,
            "reg_name": registry,
            "primary_sponsor": facts.sponsor,
            "public_title": facts.public_title,
            "acronym": study.acronym or "",
            "scientific_title": facts.scientific_title,
            "date_enrolment": ictrp.date(started) if started else "",
            "type_enrolment": "Anticipated" if started_type == "Estimated" else started_type,
            "target_size": str(study.enrollment.count) if study.enrollment is not None else "",
            "recruitment_status": data_sets.ictrp("status").get(study.status or "", ""),
            "study_type": facts.study_type.lower(),
            "study_design": facts.design,
            "phase": facts.phase,
        },
        contacts=people,
        countries=facts.countries,
        criteria={
            "inclusion_criteria": included,
            "agemin": facts.ages[0],
            "agemax": facts.ages[1],
            "gender": facts.sex,
            "exclusion_criteria": excluded,
        },
        conditions=study.conditions,
        interventions=facts.interventions,
        primary=facts.outcomes("primary"),
        secondary=facts.outcomes("secondary"),
        sponsors=facts.other_sponsors,
        numbers=facts.numbers,
        support=(),
    )
