"""`ctgov.json`: the study as a record of ClinicalTrials.gov, in the form of the API v2.

Only the `protocolSection` is made: the others hold results and what the registry derives. What the registry makes by
itself (dates of submission, coordinates, codes of countries) is not in it, nor are telephone numbers and addresses.
"""

from __future__ import annotations

import json
from typing import Any, cast

from protocol_dsl.exchange.markup import escape
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.record import RegistryRecord
from protocol_dsl.model.study import Contact, Identifier, Organisation, Site, Study
from protocol_dsl.render import registry_prose as prose
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.ctgov_design import arms_and_interventions, design, outcomes
from protocol_dsl.render.ctgov_eligibility import eligibility
from protocol_dsl.render.ctgov_words import code, line, markup, said
from protocol_dsl.render.registry_words import Words

_FLAGS = {
    "data_monitoring_committee": "oversightHasDmc",
    "fda_regulated_drug": "isFdaRegulatedDrug",
    "fda_regulated_device": "isFdaRegulatedDevice",
    "unapproved_device": "isUnapprovedDevice",
    "pediatric_postmarket": "isPpsd",
    "us_export": "isUsExport",
    "fdaaa_801_violation": "fdaaa801Violation",
}
_DATES = {
    "start": "startDateStruct",
    "primary_completion": "primaryCompletionDateStruct",
    "completion": "completionDateStruct",
}
_NUMBER_KINDS = {"eudract": "eudract", "eu_ctis": "ctis"}


def outputs(rendering: Rendering) -> list[Output]:
    """`ctgov.json`, in UTF-8."""
    data = {"protocolSection": section(rendering.protocol)}
    return [Output("ctgov.json", (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode())]


def section(protocol: Protocol) -> dict[str, Any]:
    """The `protocolSection`; fields about which the protocol says nothing are left out."""
    study = protocol.study
    record = protocol.registry_record
    words = Words(protocol)
    made = {
        "identificationModule": identification(study, record),
        "statusModule": status(study, record),
        "sponsorCollaboratorsModule": sponsors(study, record),
        "oversightModule": {field: record.flag(name) if record is not None else None for name, field in _FLAGS.items()},
        "descriptionModule": description(protocol, words),
        "conditionsModule": {
            "conditions": [line(text) for text in study.conditions],
            "keywords": [line(text) for text in study.keywords],
        },
        "designModule": design(protocol),
        "armsInterventionsModule": arms_and_interventions(protocol),
        "outcomesModule": outcomes(protocol, words),
        "eligibilityModule": eligibility(protocol, words),
        "contactsLocationsModule": contacts(study),
        "referencesModule": references(record),
        "ipdSharingStatementModule": data_sharing(record),
    }
    return cast("dict[str, Any]", said(made))


# ---- modules ----


def identification(study: Study, record: RegistryRecord | None) -> dict[str, Any]:
    """Titles and numbers; the organisation that keeps the record is the sponsor unless the record names another."""
    own = next((each for each in study.identifiers if each.system == "org"), None)
    registered = [each.value for each in study.registrations if each.system == "clinicaltrials_gov"]
    others: list[Identifier] = [each for each in study.registrations if each.system != "clinicaltrials_gov"]
    others += [each for each in study.identifiers if each is not own]
    others.sort(key=lambda each: (each.origin.file, each.origin.line, each.origin.column))
    sponsor = next((each for each in study.organisations if each.role == "sponsor"), None)
    keeper = (record.organisation, record.organisation_class) if record is not None and record.organisation else None
    if keeper is None and sponsor is not None:
        keeper = (sponsor.name, sponsor.class_)
    return {
        "nctId": registered[0] if registered else None,
        "nctIdAliases": registered[1:],
        "orgStudyIdInfo": {
            "id": own.value if own is not None else study.name,
            "type": code("grant", own.type) if own is not None else None,
            "link": own.link if own is not None else None,
        },
        "secondaryIdInfos": [secondary_id(each) for each in others],
        "organization": {"fullName": keeper[0], "class": code("organisation_class", keeper[1])} if keeper else None,
        "briefTitle": line(study.brief_title or study.official_title or study.title),
        "officialTitle": line(study.official_title),
        "acronym": line(study.acronym),
    }


def secondary_id(number: Identifier) -> dict[str, Any]:
    """A number elsewhere. A registry of its own kind has that kind, another one is named as the giver."""
    kind = _NUMBER_KINDS.get(number.system, number.system)
    issuer = number.issuer
    type_ = code("secondary_id", kind)
    if type_ is None and number.system != "secondary":
        registries = {"isrctn", "chictr", "jrct", "anzctr", "drks", "ctri", "who_utn"}
        type_ = "REGISTRY" if number.system in registries else "OTHER"
        issuer = issuer or number.system.replace("_", " ")
    return {"id": line(number.value), "type": type_, "domain": line(issuer), "link": number.link}


def status(study: Study, record: RegistryRecord | None) -> dict[str, Any]:
    """Status and dates."""
    access = record.expanded_access if record is not None else None
    dates = {_DATES[each.kind]: {"date": each.date, "type": code("date_type", each.type)} for each in study.dates}
    return {
        "statusVerifiedDate": record.verified if record is not None else None,
        "overallStatus": code("status", study.status),
        "lastKnownStatus": code("status", record.last_known_status) if record is not None else None,
        "delayedPosting": record.flag("delayed_posting") if record is not None else None,
        "whyStopped": markup(study.why_stopped),
        "expandedAccessInfo": {
            "hasExpandedAccess": access.available,
            "nctId": access.number,
            "statusForNctId": code("status", access.status),
        }
        if access is not None
        else None,
        **{field: dates[field] for field in _DATES.values() if field in dates},
    }


def sponsors(study: Study, record: RegistryRecord | None) -> dict[str, Any]:
    """The responsible party, the sponsor, the collaborators."""
    found: dict[str, list[Organisation]] = {}
    for each in study.organisations:
        found.setdefault(each.role, []).append(each)
    party: dict[str, Any] | None = None
    for each in found.get("responsible_party", [])[:1]:
        is_person = each.type in ("principal_investigator", "sponsor_investigator")
        party = {
            "type": code("responsible_party", each.type or "sponsor"),
            "investigatorFullName": line(each.name) if is_person else None,
            "investigatorTitle": line(each.position),
            "investigatorAffiliation": line(each.affiliation),
        }
    former = record.former_party if record is not None else None
    if former is not None:
        party = {**(party or {}), "oldNameTitle": former.name, "oldOrganization": former.organisation}
    return {
        "responsibleParty": party,
        "leadSponsor": _organisation(found["sponsor"][0]) if "sponsor" in found else None,
        "collaborators": [
            _organisation(each) for each in (*found.get("sponsor", [])[1:], *found.get("collaborator", []))
        ],
    }


def description(protocol: Protocol, words: Words) -> dict[str, Any]:
    """Summary and description; what the statements say and the texts do not is added as passages."""
    study = protocol.study
    texts = [markup(study.description) or ""]
    for passage in prose.unsaid(prose.design(protocol, words), [study.summary or "", study.description or ""]):
        lines = [" ".join(passage.sentences), *(f"* {item}" for item in passage.items)]
        texts.append(escape("\n".join([f"{passage.title}: {lines[0]}".strip(), *lines[1:]])))
    return {"briefSummary": markup(study.summary), "detailedDescription": "\n\n".join(filter(None, texts))}


def contacts(study: Study) -> dict[str, Any]:
    """Contacts, officials and places; names and roles only."""
    return {
        "centralContacts": [_contact(each) for each in study.contacts],
        "overallOfficials": [
            {
                "name": line(each.name),
                "affiliation": line(each.affiliation),
                "role": code("contact_role", each.role or "principal_investigator"),
            }
            for each in study.investigators
        ],
        "locations": [_location(each) for each in study.sites],
    }


def references(record: RegistryRecord | None) -> dict[str, Any]:
    """Publications, pages and data in repositories."""
    if record is None:
        return {}
    return {
        "references": [
            {"pmid": each.pmid, "type": code("publication", each.kind), "citation": line(each.citation)}
            for each in record.publications
        ],
        "seeAlsoLinks": [{"label": line(each.title), "url": each.url} for each in record.links],
        "availIpds": [
            {"id": each.number, "type": each.type, "url": each.url, "comment": line(each.remark)}
            for each in record.available_data
        ],
    }


def data_sharing(record: RegistryRecord | None) -> dict[str, Any]:
    """The plan for data of individual participants."""
    plan = record.data_sharing if record is not None else None
    if plan is None:
        return {}
    return {
        "ipdSharing": code("ipd_sharing", plan.plan),
        "description": markup(plan.description),
        "infoTypes": [code("ipd_information", each) for each in plan.information],
        "timeFrame": markup(plan.timeframe),
        "accessCriteria": markup(plan.access),
        "url": plan.url,
    }


# ---- parts ----


def _organisation(each: Organisation) -> dict[str, Any]:
    return {"name": line(each.name), "class": code("organisation_class", each.class_)}


def _contact(each: Contact) -> dict[str, Any]:
    return {"name": line(each.name), "role": code("contact_role", each.role or "contact")}


def _location(site: Site) -> dict[str, Any]:
    address = [line(part) for part in site.address]
    city = address[0] if len(address) > 1 else None
    return {
        "facility": line(site.name),
        "status": code("status", site.status),
        "city": city,
        "state": ", ".join(part for part in address[1:-1] if part) or None,
        "zip": line(site.postcode),
        "country": address[-1] if address else None,
        "contacts": [_contact(each) for each in site.contacts],
    }
