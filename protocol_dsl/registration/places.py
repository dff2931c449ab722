"""Where in the protocol a field of its record comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from protocol_dsl.model.base import Origin
from protocol_dsl.model.protocol import Protocol

_INDEXED = re.compile(r"^([\w.]+?)\[(\d+)\]")
_LEVELS = {"primaryOutcomes": "primary", "secondaryOutcomes": "secondary", "otherOutcomes": "exploratory"}
_DATES = {
    "startDateStruct": "start",
    "primaryCompletionDateStruct": "primary_completion",
    "completionDateStruct": "completion",
}


def origin_of(protocol: Protocol, path: str) -> Origin:
    """The statement that a path such as `armsInterventionsModule.armGroups[1].label` comes from, else the study."""
    module, _, rest = path.partition(".")
    found = _indexed(protocol, path) if "[" in path else _plain(protocol, module, rest.split(".")[0])
    return found or protocol.study.origin


def _indexed(protocol: Protocol, path: str) -> Origin | None:
    match = _INDEXED.match(path)
    if match is None:
        return None
    name, number = match[1].rpartition(".")[2], int(match[2])
    study = protocol.study
    parts: dict[str, Callable[[], Sequence[Any]]] = {
        "armGroups": lambda: protocol.arms,
        "interventions": lambda: protocol.products,
        "locations": lambda: study.sites,
        "centralContacts": lambda: study.contacts,
        "overallOfficials": lambda: study.investigators,
        "collaborators": lambda: [each for each in study.organisations if each.role == "collaborator"],
        "secondaryIdInfos": lambda: _numbers(protocol),
        "seeAlsoLinks": lambda: protocol.registry_record.links if protocol.registry_record is not None else (),
    }
    if name in _LEVELS:
        found: Sequence[Any] = [each for each in protocol.endpoints if each.level == _LEVELS[name]]
    elif name in parts:
        found = parts[name]()
    else:
        return None
    return found[number].origin if number < len(found) else None


def _plain(protocol: Protocol, module: str, field: str) -> Origin | None:
    study = protocol.study
    if field in _DATES:
        return next((each.origin for each in study.dates if each.kind == _DATES[field]), None)
    if field == "enrollmentInfo" and study.enrollment is not None:
        return study.enrollment.origin
    if module == "eligibilityModule" and protocol.eligibility is not None:
        return protocol.eligibility.origin
    if field in ("leadSponsor", "responsibleParty"):
        role = {"leadSponsor": "sponsor", "responsibleParty": "responsible_party"}[field]
        return next((each.origin for each in study.organisations if each.role == role), None)
    is_record = field == "statusVerifiedDate" or module in ("oversightModule", "ipdSharingStatementModule")
    return protocol.registry_record.origin if is_record and protocol.registry_record is not None else None


def _numbers(protocol: Protocol) -> list[Any]:
    """Secondary numbers in the order of the record."""
    study = protocol.study
    own = next((each for each in study.identifiers if each.system == "org"), None)
    found = [each for each in study.registrations if each.system != "clinicaltrials_gov"]
    found += [each for each in study.identifiers if each is not own]
    return sorted(found, key=lambda each: (each.origin.file, each.origin.line, each.origin.column))
