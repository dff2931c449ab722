"""The upload of the registration system of ClinicalTrials.gov (PRS), from a `protocolSection` of the API v2.

Children stand in the order of the schema (ProtocolRecordSchema.xsd, 2018.05.08): the schema has sequences. The root is
prefixed and in the namespace, its children are in none. What a record of the API does not hold, such as the name with
which an organisation logs in, is left open; `open_fields` names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element

from protocol_dsl.exchange.prs_design import eligibility, outcomes, study_design
from protocol_dsl.exchange.prs_parts import block, flag, items, leaf, leaves, of, texts
from protocol_dsl.exchange.xml import document, element
from protocol_dsl.registries.enumerations import upload_label

NAMESPACE = "http://clinicaltrials.gov/prs"
_DATES = (
    ("startDateStruct", "start_date"),
    ("completionDateStruct", "last_follow_up_date"),
    ("primaryCompletionDateStruct", "primary_compl_date"),
)
_SHARED = {
    "STUDY_PROTOCOL": "protocol",
    "SAP": "sap",
    "ICF": "icf",
    "CSR": "csr",
    "ANALYTIC_CODE": "analytic_code",
}


def upload(studies: Iterable[Element], comment: str = "") -> bytes:
    """The document for one or several studies."""
    root = element("prs:study_collection", "", *studies)
    root.set("xmlns:prs", NAMESPACE)
    return document(root, comment)


def study(section: dict[str, Any]) -> Element:
    """The whole record as `clinical_study`."""
    return element(
        "clinical_study",
        "",
        *_identification(section),
        *_sponsors(of(section, "sponsorCollaboratorsModule")),
        *_oversight(of(section, "oversightModule")),
        *block("brief_summary", of(section, "descriptionModule").get("briefSummary")),
        *block("detailed_description", of(section, "descriptionModule").get("detailedDescription")),
        *_status(of(section, "statusModule")),
        *study_design(section),
        *outcomes(of(section, "outcomesModule")),
        *_enrollment(of(of(section, "designModule"), "enrollmentInfo")),
        *leaves("condition", texts(of(section, "conditionsModule"), "conditions")),
        *leaves("keyword", texts(of(section, "conditionsModule"), "keywords")),
        *_arms(of(section, "armsInterventionsModule"), is_trial=_is_trial(section)),
        *eligibility(of(section, "eligibilityModule"), is_observational=_is_observational(section)),
        *_people(of(section, "contactsLocationsModule")),
        *_sharing(of(section, "ipdSharingStatementModule")),
        *_references(of(section, "referencesModule")),
    )


def open_fields(section: dict[str, Any]) -> list[tuple[str, str]]:
    """What has to be filled in at the registration system: the tag, and why it is open."""
    party = of(of(section, "sponsorCollaboratorsModule"), "responsibleParty")
    contacts = of(section, "contactsLocationsModule")
    found = [("id_info/org_name", "the short name with which the organisation logs in; no public record holds it")]
    if party.get("type") in ("PRINCIPAL_INVESTIGATOR", "SPONSOR_INVESTIGATOR"):
        found.append(("sponsors/resp_party/investigator_username", "the user name of the investigator; as above"))
    found.append(("oversight_info/irb_info", "approval, number, name and address of the ethics committee"))
    found.append(("is_ind_study, ind_info", "whether the study is under a US IND or IDE, and its number"))
    if items(contacts, "centralContacts") or any(items(each, "contacts") for each in items(contacts, "locations")):
        found.append(("phone, email of contacts", "a protocol file keeps no telephone numbers and addresses"))
    more = len(items(contacts, "centralContacts")) - 2
    if more > 0:
        found.append(("overall_contact", f"the upload takes two central contacts; {more} more are left out"))
    if any(items(contacts, name) for name in ("centralContacts", "overallOfficials")):
        found.append(("first_name, middle_name", "names are given whole, in last_name: nobody guesses where they part"))
    return found


# ---- parts in the order of the schema ----


def _identification(section: dict[str, Any]) -> list[Element]:
    module = of(section, "identificationModule")
    numbers = [
        element(
            "secondary_id",
            "",
            *leaf("id", each.get("id")),
            *leaf("id_type", upload_label("secondary_id", each.get("type", ""))),
            *leaf("id_domain", each.get("domain")),
        )
        for each in items(module, "secondaryIdInfos")
    ]
    own = of(module, "orgStudyIdInfo").get("id") or module.get("nctId") or ""
    return [
        element("id_info", "", element("org_name"), element("org_study_id", str(own)), *numbers),
        *leaf("delayed_posting", flag(of(section, "statusModule").get("delayedPosting"))),
        *leaf("brief_title", module.get("briefTitle")),
        *leaf("acronym", module.get("acronym")),
        *leaf("official_title", module.get("officialTitle")),
    ]


def _sponsors(module: dict[str, Any]) -> list[Element]:
    if not module:
        return []
    party = of(module, "responsibleParty")
    parts = [element("lead_sponsor", "", element("agency", str(of(module, "leadSponsor").get("name", ""))))]
    parts += [
        element("collaborator", "", element("agency", str(each.get("name", ""))))
        for each in items(module, "collaborators")
    ]
    if party:
        is_person = party.get("type") in ("PRINCIPAL_INVESTIGATOR", "SPONSOR_INVESTIGATOR")
        inner = [element("resp_party_type", upload_label("responsible_party", party.get("type", "")) or "")]
        if is_person:
            inner += leaf("investigator_title", party.get("investigatorTitle"))
            inner += leaf("investigator_affiliation", party.get("investigatorAffiliation"))
        inner += leaf("name_title", party.get("oldNameTitle"))
        inner += leaf("organization", party.get("oldOrganization"))
        parts.append(element("resp_party", "", *inner))
    return [element("sponsors", "", *parts)]


def _oversight(module: dict[str, Any]) -> list[Element]:
    tags = (
        ("oversightHasDmc", "has_dmc"),
        ("isFdaRegulatedDrug", "fda_regulated_drug"),
        ("isFdaRegulatedDevice", "fda_regulated_device"),
        ("isUnapprovedDevice", "post_prior_to_approval"),
        ("isUsExport", "exported_from_us"),
        ("isPpsd", "ped_postmarket_surv"),
    )
    parts = [part for field, tag in tags for part in leaf(tag, flag(module.get(field)))]
    return [element("oversight_info", "", *parts)] if parts else []


def _status(module: dict[str, Any]) -> list[Element]:
    status = str(module.get("overallStatus", ""))
    if status in ("UNKNOWN", "WITHHELD"):  # the registry's own words for records that nobody keeps
        status = str(module.get("lastKnownStatus", ""))
    access = status in ("AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE", "APPROVED_FOR_MARKETING")
    label = upload_label("status", status)
    parts = [
        *leaf("overall_status", None if access else label),
        *block("why_stopped", module.get("whyStopped"), whole=False),
        *leaf("expanded_access_status", label if access else None),
        *leaf("verification_date", module.get("statusVerifiedDate")),
    ]
    for field, tag in _DATES:
        date = of(module, field)
        parts += leaf(tag, date.get("date"))
        parts += leaf(f"{tag}_type", upload_label("date_type", date.get("type", "")))
    return parts


def _enrollment(info: dict[str, Any]) -> list[Element]:
    count = info.get("count")
    return [
        *leaf("enrollment", str(count) if count is not None else None),
        *leaf("enrollment_type", upload_label("date_type", info.get("type", ""))),
    ]


def _arms(module: dict[str, Any], is_trial: bool) -> list[Element]:
    groups = [
        element(
            "arm_group",
            "",
            element("arm_group_label", str(arm.get("label", ""))),
            *leaf("arm_type", upload_label("arm_role", arm.get("type", "")) if is_trial else None),
            *block("arm_group_description", arm.get("description")),
        )
        for arm in items(module, "armGroups")
    ]
    given = [
        element(
            "intervention",
            "",
            *leaf("intervention_type", upload_label("intervention_type", each.get("type", ""))),
            element("intervention_name", str(each.get("name", ""))),
            *block("intervention_description", each.get("description")),
            *leaves("arm_group_label", texts(each, "armGroupLabels")),
            *leaves("intervention_other_name", texts(each, "otherNames")),
        )
        for each in items(module, "interventions")
    ]
    return [*groups, *given]


def _people(module: dict[str, Any]) -> list[Element]:
    made = [
        element(
            "overall_official",
            "",
            element("last_name", str(each.get("name", ""))),
            *leaf("role", upload_label("contact_role", each.get("role", ""))),
            *leaf("affiliation", each.get("affiliation")),
        )
        for each in items(module, "overallOfficials")
    ]
    tags = ("overall_contact", "overall_contact_backup")
    for tag, each in zip(tags, items(module, "centralContacts"), strict=False):
        made.append(element(tag, "", element("last_name", str(each.get("name", "")))))
    return [*made, *(_location(site) for site in items(module, "locations"))]


def _location(site: dict[str, Any]) -> Element:
    address = [part for tag in ("city", "state", "country", "zip") for part in leaf(tag, site.get(tag))]
    facility = element("facility", "", element("name", str(site.get("facility", ""))), element("address", "", *address))
    contacts = [each for each in items(site, "contacts") if each.get("role") == "CONTACT"]
    others = [each for each in items(site, "contacts") if each.get("role") != "CONTACT"]
    parts = [facility, *leaf("status", upload_label("status", site.get("status", "")))]
    for tag, each in zip(("contact", "contact_backup"), contacts, strict=False):
        parts.append(element(tag, "", element("last_name", str(each.get("name", "")))))
    for each in others:
        name = element("last_name", str(each.get("name", "")))
        role = leaf("role", upload_label("contact_role", each.get("role", "")))
        parts.append(element("investigator", "", name, *role))
    return element("location", "", *parts)


def _sharing(module: dict[str, Any]) -> list[Element]:
    if not module:
        return []
    plan = str(module.get("ipdSharing", ""))
    shared = texts(module, "infoTypes")
    parts = [
        *leaf("sharing_ipd", upload_label("ipd_sharing", plan)),
        *block("ipd_description", module.get("description")),
    ]
    if plan == "YES":
        for code, name in _SHARED.items():
            parts += leaf(f"ipd_info_type_{name}", flag(code in shared)) if shared else []
        parts += block("ipd_time_frame", module.get("timeFrame"))
        parts += block("ipd_access_criteria", module.get("accessCriteria"))
        parts += leaf("ipd_url", module.get("url"))
    return [element("ipd_sharing_statement", "", *parts)]


def _references(module: dict[str, Any]) -> list[Element]:
    made = [
        element(
            "link", "", element("url", str(each.get("url", ""))), element("description", str(each.get("label", "")))
        )
        for each in items(module, "seeAlsoLinks")
    ]
    for each in items(module, "references"):
        # The registry adds derived publications by itself.
        if each.get("type") != "DERIVED":
            is_result = flag(each["type"] == "RESULT") if "type" in each else None
            parts = [*leaf("citation", each.get("citation")), *leaf("pubmed_id", each.get("pmid"))]
            made.append(element("reference", "", *parts, *leaf("is_results_ref", is_result)))
    for each in items(module, "availIpds"):
        parts = [element("study_document_type", str(each.get("type", ""))), *leaf("url", each.get("url"))]
        parts += leaf("study_document_identifier", each.get("id"))
        made.append(element("study_document", "", *parts, *block("study_document_comments", each.get("comment"))))
    return made


# ---- small parts ----


def _is_trial(section: dict[str, Any]) -> bool:
    return of(section, "designModule").get("studyType") == "INTERVENTIONAL"


def _is_observational(section: dict[str, Any]) -> bool:
    return of(section, "designModule").get("studyType") == "OBSERVATIONAL"
