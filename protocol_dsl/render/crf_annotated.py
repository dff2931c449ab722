"""The annotated CRF: what stands beside each field for who maps the data to CDISC standards."""

from __future__ import annotations

from protocol_dsl.render import crf_forms
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.crf_view import FormPage, Line
from protocol_dsl.render.crf_words import about, intro, marks
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page

TITLE = "Annotated case report forms"
DOMAINS = {
    "AE": "Adverse Events", "CM": "Concomitant Medications", "DD": "Death Details", "DM": "Demographics",
    "DS": "Disposition", "EC": "Exposure as Collected", "EG": "ECG Test Results", "EX": "Exposure",
    "FA": "Findings About", "FT": "Functional Tests", "IE": "Inclusion/Exclusion Criteria Not Met",
    "LB": "Laboratory Test Results", "MB": "Microbiology Specimen", "MH": "Medical History",
    "PC": "Pharmacokinetics Concentrations", "PE": "Physical Examination", "PR": "Procedures",
    "QS": "Questionnaires", "RP": "Reproductive System Findings", "RS": "Disease Response and Clinical Classification",
    "SC": "Subject Characteristics", "SU": "Substance Use", "TR": "Tumor Results", "VS": "Vital Signs",
}  # fmt: skip
"""SDTM domains by their codes (CDISC SDTM Implementation Guide 3.4)."""
_DEMOGRAPHICS = frozenset({"AGE", "AGEU", "BRTHDAT", "BRTHDTC", "SEX", "RACE", "ETHNIC"})
"""Variables of Demographics that do not begin with its code."""


def outputs(rendering: Rendering) -> list[Output]:
    """`acrf.html`."""
    found = crf_forms.crf(rendering)
    forms = [
        {"form": form, "about": list(about(form))[1:], "domains": domains(form),
         "lines": [(line, beside(line)) for line in form.lines]}
        for form in found.forms
    ]  # fmt: skip
    data = {"page": page(rendering, TITLE), "crf": found, "forms": forms, "intro": intro(found), "marks": marks(found)}
    return [Output("acrf.html", render("acrf.html.j2", data, rendering.templates).encode())]


def beside(line: Line) -> list[str]:
    """What stands beside a field, each with its standard: `CDASH VSTEMP`."""
    return [*line.codes, *([f"UCUM {line.ucum}"] if line.ucum else [])]


def domains(form: FormPage) -> list[str]:
    """The domains that the form's CDASH and SDTM names belong to: `VS = Vital Signs`."""
    found: list[str] = []
    for line in form.lines:
        for code in line.codes:
            system, _, value = code.partition(" ")
            if system in ("CDASH", "SDTM"):
                # A test in a wide form stands in front of the variable: ALB_LBORRES.
                variable = value.rpartition("_")[2] or value
                domain = "DM" if variable in _DEMOGRAPHICS else variable[:2]
                if domain in DOMAINS and f"{domain} = {DOMAINS[domain]}" not in found:
                    found.append(f"{domain} = {DOMAINS[domain]}")
    return found
