"""Which form of the library records which assessment, as data.

The first row that fits wins: a name is compared whole, a word with the beginning of each word of the name and label.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Match(NamedTuple):
    """One row of the table.

    `value` names the library field (without its prefix) that takes the assessment's own value where the assessment
    has a unit and no results. A row with `without` does not fit a text that holds one of these words. A `log` has one
    record an event, so that results declared for an assessment need a form beside it. Where the assessment is
    `measured` in one of these units or by one of these methods, the row of the form `instead` takes this one's place.
    """

    form: str
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    value: str | None = None
    without: tuple[str, ...] = ()
    log: bool = False
    measured: tuple[str, ...] = ()
    instead: str | None = None


MATCHES: tuple[Match, ...] = (
    Match("informed_consent", ("informed_consent", "consent"), ("informed consent",)),
    Match("demographics", ("demographics", "demography"), ("demographic",)),
    Match(
        "medical_history", ("history", "medical_history"), ("medical history", "disease history", "anamnes"), log=True
    ),
    Match(
        "pregnancy_test",
        ("hcg", "pregnancy_test", "pregnancy"),
        ("pregnancy test", "hcg", "beta-hcg", "β-hcg"),
        value="level",
    ),
    Match(
        "leukapheresis",
        ("leukapheresis", "apheresis"),
        ("leukapheres", "leukaphaeres", "apheres", "peripheral blood collection", "collection of mononuclear"),
    ),
    Match("vital_signs", ("vitals", "vital_signs"), ("vital sign",)),
    Match("physical_exam", ("exam", "physical_exam"), ("physical exam",)),
    Match("ecg", ("ecg", "ekg"), ("electrocardiogra", "ecg", "ekg")),
    Match("echocardiography", ("echo",), ("echocardiogra",), value="lvef"),
    Match("coagulation", ("coagulation", "clotting"), ("coagulation", "clotting")),
    Match("urinalysis", ("urine", "urinalysis"), ("urinalysis", "urine protein", "urine dipstick")),
    Match(
        "pk_sample",
        ("car", "pk_sample"),
        ("car copies", "car-t copies", "vector copies", "transgene", "car-t cells", "car-positive"),
        value="copies",
    ),
    Match(
        "pk_concentration",
        ("pk", "pk_concentration"),
        ("pharmacokinetic", "serum concentration", "plasma concentration"),
        ("pharmacokinetics",),
        value="concentration",
        measured=("copies", "pcr", "qpcr", "ddpcr", "digital pcr", "flow cytometr", "facs"),
        instead="pk_sample",
    ),
    Match("cytokines", ("cytokines",), ("cytokine",), without=("release",)),
    Match(
        "immunoglobulins",
        ("immunoglobulins", "bcells", "b_cells", "tcells", "t_cells"),
        ("immunoglobulin", "b cell", "b-cell", "cd19-positive b", "lymphocyte subset", "t-cell subset"),
    ),
    Match("autoantibodies", ("autoantibodies",), ("autoantibod", "complement c", "antinuclear", "anti-dsdna")),
    Match(
        "virology",
        ("virology", "serology", "hbv_pcr", "hcv_pcr"),
        ("virolog", "viral serolog", "hepatitis", "hbv", "hcv", "hiv"),
    ),
    Match(
        "bone_marrow",
        ("marrow", "bone_marrow"),
        ("bone marrow", "marrow", "minimal residual", "measurable residual"),
        value="blasts",
    ),
    Match(
        "haematology",
        ("cbc", "haematology", "hematology"),
        ("blood count", "haematolog", "hematolog"),
    ),
    Match(
        "chemistry",
        ("chemistry",),
        ("chemistry", "biochemi", "liver function", "kidney function", "creatinine clearance", "metabolic panel"),
        without=("immuno",),
    ),
    Match(
        "telephone_contact", ("phone", "telephone_contact", "survival"), ("telephone", "phone call", "survival status")
    ),
    Match("death", ("death_report",), ("death report",)),
    Match("disposition", ("disposition", "end_of_study"), ("end of study", "disposition")),
    Match(
        "hospitalisation",
        ("hospitalisation", "hospitalization"),
        ("hospitali", "stay in hospital", "icu stay"),
        log=True,
    ),
    Match("adverse_event", ("ae", "adverse_events", "sae"), ("adverse event", "serious adverse", "toxicit"), log=True),
    Match(
        "concomitant_medication",
        ("conmed", "cm", "concomitant_medication"),
        ("concomitant", "co-medication", "prior medication"),
        log=True,
    ),
)

GENERIC = "procedure_generic"
LABORATORY = "chemistry"
"""Lends its questions about the sample to any laboratory assessment that declares its results."""

LENDERS = (
    *("vital_signs", "haematology", "chemistry", "coagulation", "immunoglobulins", "urinalysis", "autoantibodies"),
    *("virology", "cytokines", "bone_marrow", "ecg", "echocardiography"),
)
"""Forms in which a declared result is looked up that its own form does not know."""

ADMINISTRATIVE = frozenset(
    (
        *("done", "reason", "date", "time", "taken", "drawn", "nominal", "lab_id", "below", "lloq"),
        *("position", "extent", "examiner", "specimen", "method", "type", "adequate"),
        *("clinsig", "comment", "interpretation", "finding", "file", "action"),
    )
)
"""Library fields, without their prefix, about the examination itself: asked whatever results are declared."""


def library_form(name: str, label: str | None, category: str | None, measured: str = "") -> Match | None:
    """The row of the table that fits an assessment or collection, by name, then by words, then by category.

    `measured` holds its units and its method, as far as they are said.
    """
    row = _fitting(name, label, category)
    if row is not None and row.instead and _holds(measured.casefold(), row.measured):
        return next(each for each in MATCHES if each.form == row.instead)
    return row


def _fitting(name: str, label: str | None, category: str | None) -> Match | None:
    text = f"{name.replace('_', ' ')} {label or ''}".casefold()
    for row in MATCHES:
        if name.casefold() in row.names and not _holds(text, row.without):
            return row
    for row in MATCHES:
        if _holds(text, row.words) and not _holds(text, row.without):
            return row
    return next((row for row in MATCHES if category is not None and category in row.categories), None)


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(word)}", text) for word in words)
