"""The block of what only the registry's record holds."""

from __future__ import annotations

from protocol_dsl.importing.fields import Fields, finished
from protocol_dsl.importing.report import Report
from protocol_dsl.importing.writing import Writer, quoted

Modules = dict[str, Fields]
_FLAGS = {
    "oversightHasDmc": "data_monitoring_committee",
    "isFdaRegulatedDrug": "fda_regulated_drug",
    "isFdaRegulatedDevice": "fda_regulated_device",
    "isUnapprovedDevice": "unapproved_device",
    "isPpsd": "pediatric_postmarket",
    "isUsExport": "us_export",
    "fdaaa801Violation": "fdaaa_801_violation",
}


def write(writer: Writer, modules: Modules, report: Report) -> None:
    """Write the block, if there is anything to say in it."""
    inner = Writer()
    inner.depth = writer.depth + 1
    _keeping(inner, modules)
    _sharing(inner, modules["ipdSharingStatementModule"])
    _references(inner, modules["referencesModule"])
    if inner.lines:
        writer.gap()
        writer.line("registry_record {")
        writer.lines += inner.lines
        writer.line("}")


def _keeping(writer: Writer, modules: Modules) -> None:
    status, sponsors, design = (modules[key] for key in ("statusModule", "sponsorCollaboratorsModule", "designModule"))
    verified = status.day("statusVerifiedDate")
    if verified:
        writer.line(f"verified {verified}")
    owner = modules["identificationModule"].part("organization")
    sponsor = sponsors.part("leadSponsor")
    name, class_ = owner.text("fullName"), owner.word("class", "organisation_class")
    same = sponsor.values.get("name") == owner.values.get("fullName")
    if name and not (same and sponsor.values.get("class") == owner.values.get("class")):
        writer.line(f"organization {quoted(name)}{f' class {class_}' if class_ else ''}")
    owner.finish()
    for key, word in _FLAGS.items():
        flag = modules["oversightModule"].flag(key)
        if flag:
            writer.line(f"{word} {flag}")
    delayed = status.flag("delayedPosting")
    if delayed:
        writer.line(f"delayed_posting {delayed}")
    last = status.word("lastKnownStatus", "status")
    if last:
        writer.line(f"last_known_status {last}")
    access = status.part("expandedAccessInfo")
    available = access.flag("hasExpandedAccess")
    number, its_status = access.text("nctId", is_number=True), access.word("statusForNctId", "status")
    if available:
        words = [f"expanded_access {available}"]
        words += [quoted(number)] if number else []
        words += [its_status] if number and its_status else []
        writer.line(" ".join(words))
    access.finish()
    kinds = design.part("expandedAccessTypes")
    given = [kind for kind in ("individual", "intermediate", "treatment") if kinds.flag(kind) == "yes"]
    if given:
        writer.line(f"expanded_access_for {', '.join(given)}")
    kinds.finish()
    party = sponsors.part("responsibleParty")
    old, place = party.text("oldNameTitle"), party.text("oldOrganization")
    if old or place:
        at = [f"at {quoted(place)}"] if place else []
        writer.line(" ".join(["former_party", *([quoted(old)] if old else []), *at]))


def _sharing(writer: Writer, fields: Fields) -> None:
    plan = fields.word("ipdSharing", "ipd_sharing")
    texts = {
        "description": fields.markup("description"),
        "timeframe": fields.markup("timeFrame"),
        "access": fields.markup("accessCriteria"),
        "url": fields.text("url", is_number=True),
    }
    documents = fields.words("infoTypes", "ipd_information")
    given = {key: text for key, text in texts.items() if text}
    if not plan:
        for key in given:
            fields.report.add("dropped", fields.path, f"`{key}` of a plan to share data that is not said")
        return
    if not given and not documents:
        writer.line(f"ipd_sharing {plan}")
        return
    with writer.block(f"ipd_sharing {plan}"):
        for key, text in given.items():
            if key == "url":
                writer.line(f"url {quoted(text)}")
            else:
                writer.prose(key, text)
        if documents:
            writer.line(f"information {', '.join(documents)}")


def _references(writer: Writer, fields: Fields) -> None:
    for each in finished(fields.parts("references")):
        citation, pmid = each.text("citation"), each.text("pmid", is_number=True)
        kind = each.word("type", "publication")
        if citation or pmid:
            about = f" pmid {quoted(pmid)}" if pmid else ""
            writer.text("reference", citation or "", about + (f" {kind}" if kind else ""))
    for each in finished(fields.parts("seeAlsoLinks")):
        url, title = each.text("url", is_number=True), each.text("label")
        if url:
            writer.line(f"link {quoted(url)}{f' {quoted(title)}' if title else ''}")
        elif title:
            each.report.add("dropped", each.at("label"), "the link has no address")
    for each in finished(fields.parts("availIpds")):
        number, type_ = each.text("id", is_number=True), each.text("type")
        url, remark = each.text("url", is_number=True), each.text("comment")
        words = ["available_data"]
        words += [quoted(number)] if number else []
        words += [f"type {quoted(type_)}"] if type_ else []
        words += [f"url {quoted(url)}"] if url else []
        words += [f"note {quoted(remark)}"] if remark else []
        if len(words) > 1:
            writer.line(" ".join(words))
