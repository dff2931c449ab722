"""A record of ClinicalTrials.gov (API v2) as a protocol."""

from __future__ import annotations

from typing import Any, NamedTuple

from protocol_dsl.importing import ctgov_design as design
from protocol_dsl.importing import ctgov_eligibility as criteria
from protocol_dsl.importing import ctgov_outcomes as outcomes
from protocol_dsl.importing import ctgov_record as record
from protocol_dsl.importing import ctgov_study as study
from protocol_dsl.importing.fields import Fields
from protocol_dsl.importing.report import Report
from protocol_dsl.importing.writing import Names, Writer


class Imported(NamedTuple):
    """The text of the protocol, its name, and what became of the record's fields."""

    text: str
    name: str
    report: Report


def convert(section: dict[str, Any]) -> Imported:
    """The protocol of a `protocolSection`.

    Whatever stands in the section, the text is a protocol without syntax faults; what cannot be read is in the report.
    """
    report = Report()
    fields = Fields(section, "", report)
    names = Names()
    writer = Writer()
    modules = {key: fields.part(key) for key in MODULES}
    name = study.write(writer, modules, names)
    record.write(writer, modules, report)
    design.write(writer, modules, names)
    events = outcomes.Events(names)
    measures = outcomes.read(modules["outcomesModule"], events, names, report)
    writer.gap()
    for line in events.lines():
        writer.line(line)
    criteria.write(writer, modules["eligibilityModule"], names, report)
    outcomes.write(writer, measures)
    for module in modules.values():
        module.finish()
    fields.finish()
    return Imported(writer.result(), name, report)


MODULES = (
    "identificationModule",
    "statusModule",
    "sponsorCollaboratorsModule",
    "oversightModule",
    "descriptionModule",
    "conditionsModule",
    "designModule",
    "armsInterventionsModule",
    "outcomesModule",
    "eligibilityModule",
    "contactsLocationsModule",
    "referencesModule",
    "ipdSharingStatementModule",
)
