"""The protocol block: titles and numbers, organisations, status and dates, design, texts, people and sites."""

from __future__ import annotations

import re
from typing import Any, cast

from protocol_dsl.importing.fields import Fields, finished
from protocol_dsl.importing.private import person
from protocol_dsl.importing.writing import Names, Writer, quoted
from protocol_dsl.registries.enumerations import value_of_several

Modules = dict[str, Fields]
_LENGTH = re.compile(r"(\d{1,6}) (Year|Month|Week|Day|Hour|Minute)s?")
_DATES = {
    "startDateStruct": "start",
    "primaryCompletionDateStruct": "primary_completion",
    "completionDateStruct": "completion",
}
NO_DETAILS = '@todo "contact details as in the registry record"'


def write(writer: Writer, modules: Modules, names: Names) -> str:
    """Write the block; the name of the protocol."""
    about = modules["identificationModule"]
    number = about.text("nctId", is_number=True)
    own = about.part("orgStudyIdInfo")
    own_number = own.text("id", is_number=True)
    name = names.of(own_number or "", "imported", words=4) if number is None else names.code(number, "imported")
    source = f"ClinicalTrials.gov, {number}" if number else "a record of ClinicalTrials.gov without a number"
    writer.line(f"# Imported from {source} (API v2).")
    writer.line("# What the record does not hold is marked with `todo`: look for these first.")
    writer.gap()
    with writer.block(f"protocol {name}"):
        writer.line(f"@source {quoted(source)}")
        title = about.text("officialTitle")
        brief = about.text("briefTitle")
        if title:
            writer.text("title", title)
        if brief:
            writer.text("brief_title", brief)
        _word(writer, "acronym", about.text("acronym"))
        if number:
            writer.line(f"registry clinicaltrials_gov {quoted(number)}")
        for alias in about.texts("nctIdAliases"):
            writer.line(f"registry clinicaltrials_gov {quoted(alias)}")
        if own_number:
            writer.line(_number("org", own_number, own, type_=own.word("type", "grant")))
        own.finish()
        for each in finished(about.parts("secondaryIdInfos")):
            kind = each.word("type", "secondary_id") or "secondary"
            secondary = each.text("id", is_number=True)
            if secondary:
                writer.line(_number(kind, secondary, each))
        _organisations(writer, modules["sponsorCollaboratorsModule"])
        _status(writer, modules["statusModule"])
        _design(writer, modules["designModule"], modules["eligibilityModule"])
        for text in modules["conditionsModule"].texts("conditions"):
            writer.text("condition", text)
        for text in modules["conditionsModule"].texts("keywords"):
            writer.text("keyword", text)
        _prose(writer, "summary", modules["descriptionModule"].markup("briefSummary"))
        _prose(writer, "description", modules["descriptionModule"].markup("detailedDescription"))
        _people(writer, modules["contactsLocationsModule"])
        _open(writer, modules["designModule"])
    return name


def length(fields: Fields, key: str) -> str | None:
    """`18 Years` as a quantity of the language."""
    text = fields.text(key, is_number=True)
    if text is None:
        return None
    found = _LENGTH.fullmatch(text)
    if found is None:
        fields.report.add("dropped", fields.at(key), "it is no length of time that the registry's API describes")
        return None
    return f"{int(found[1])} {found[2].lower()}{'' if int(found[1]) == 1 else 's'}"


def _organisations(writer: Writer, fields: Fields) -> None:
    party = fields.part("responsibleParty")
    sponsor = fields.part("leadSponsor")
    _organisation(writer, "sponsor", sponsor)
    sponsor.finish()
    for each in finished(fields.parts("collaborators")):
        _organisation(writer, "collaborator", each)
    kind = party.word("type", "responsible_party")
    if kind is not None:
        name = party.text("investigatorFullName")
        position = party.text("investigatorTitle")
        place = party.text("investigatorAffiliation")
        words = [f"responsible_party {kind}"]
        if name or position or place:
            words.append(quoted(name or ""))
        words += [f"as {quoted(position)}"] if position else []
        words += [f"at {quoted(place)}"] if place else []
        writer.line(" ".join(words))


def _organisation(writer: Writer, role: str, fields: Fields) -> None:
    name = fields.text("name")
    class_ = fields.word("class", "organisation_class")
    if name:
        writer.line(f"{role} {quoted(name)}{f' class {class_}' if class_ else ''}")


def _status(writer: Writer, fields: Fields) -> None:
    _word(writer, "status", fields.word("overallStatus", "status"), is_text=False)
    _prose(writer, "why_stopped", fields.markup("whyStopped"))
    for key, kind in _DATES.items():
        date = fields.part(key)
        day = date.day("date")
        type_ = date.word("type", "date_type")
        if day:
            writer.line(f"date {kind} {day}{f' {type_}' if type_ else ''}")
        date.finish()


def _design(writer: Writer, fields: Fields, eligibility: Fields) -> None:
    about = fields.part("designInfo")
    masking = about.part("maskingInfo")
    enrollment = fields.part("enrollmentInfo")
    kept = fields.part("bioSpec")
    _word(writer, "study_type", fields.word("studyType", "study_type"), is_text=False)
    _word(writer, "phase", _phase(fields), is_text=False)
    _word(writer, "purpose", about.word("primaryPurpose", "purpose"), is_text=False)
    _word(writer, "allocation", about.word("allocation", "allocation"), is_text=False)
    _word(writer, "model", about.word("interventionModel", "model"), is_text=False)
    _prose(writer, "model_description", about.markup("interventionModelDescription"))
    kind = masking.word("masking", "masking")
    masked = masking.words("whoMasked", "masked")
    if kind:
        writer.line(" of ".join([f"masking {kind}", *([", ".join(masked)] if masked else [])]))
    _prose(writer, "masking_description", masking.markup("maskingDescription"))
    _word(writer, "observational_model", about.word("observationalModel", "observational_model"), is_text=False)
    _word(writer, "time_perspective", about.word("timePerspective", "time_perspective"), is_text=False)
    _word(writer, "sampling", eligibility.word("samplingMethod", "sampling"), is_text=False)
    _prose(writer, "study_population", eligibility.markup("studyPopulation"))
    retention = kept.word("retention", "biospecimen")
    samples = kept.markup("description")
    if retention and samples:
        writer.prose(f"biospecimen {retention}", samples)
    elif retention:
        writer.line(f"biospecimen {retention}")
    elif samples:
        kept.report.add("dropped", kept.at("description"), "the record does not say which samples are kept")
    _word(writer, "patient_registry", fields.flag("patientRegistry"), is_text=False)
    _word(writer, "target_duration", length(fields, "targetDuration"), is_text=False)
    count = enrollment.count("count")
    type_ = enrollment.word("type", "date_type")
    if count is not None:
        people = "participant" if count == 1 else "participants"
        writer.line(f"enrollment {count} {people}{f' {type_}' if type_ else ''}")
    for part in (about, masking, enrollment, kept):
        part.finish()


def _phase(fields: Fields) -> str | None:
    codes = fields.texts("phases")
    if not codes:
        return None
    found = value_of_several("phase", tuple(codes))
    if found is None:
        fields.report.add("dropped", fields.at("phases"), f"`{', '.join(codes)[:60]}` is no phase of the registry")
    return found


def _people(writer: Writer, fields: Fields) -> None:
    for each in finished(fields.parts("overallOfficials")):
        name, place = each.text("name"), each.text("affiliation")
        role = each.word("role", "contact_role")
        if name:
            at = f" at {quoted(place)}" if place else ""
            writer.line(f"investigator {quoted(name)}{at}{f' role {role}' if role and role != 'contact' else ''}")
    for each in finished(fields.parts("centralContacts")):
        contact = _contact(each)
        if contact:
            writer.line(NO_DETAILS)
            writer.line(contact)
    for each in finished(fields.parts("locations")):
        _site(writer, each)


def _contact(fields: Fields) -> str | None:
    name = person(fields.text("name") or "")
    role = fields.word("role", "contact_role")
    return f"contact {quoted(name)}{f' role {role}' if role and role != 'contact' else ''}" if name else None


def _site(writer: Writer, fields: Fields) -> None:
    name = fields.text("facility")
    city, state, country = (fields.text(key) for key in ("city", "state", "country"))
    postcode = fields.text("zip", is_number=True)
    status = fields.word("status", "status")
    words = ["site"]
    words += [quoted(name)] if name else []
    place = [city or "", *([state] if state else []), country or ""] if city or state else [country or ""]
    words += [f"in {', '.join(map(quoted, place))}"] if any(place) else []
    words += [f"postcode {quoted(postcode)}"] if postcode else []
    words += [status] if status else []
    contacts = [line for each in finished(fields.parts("contacts")) if (line := _contact(each))]
    if len(words) == 1 and not contacts:
        return
    if contacts:
        with writer.block(" ".join(words)):
            for line in contacts:
                writer.line(line)
    else:
        writer.line(" ".join(words))


def _open(writer: Writer, fields: Fields) -> None:
    """What a record never holds."""
    writer.line('todo "version and date of the protocol"')
    writer.line('todo "visits with their windows, assessments and treatment days: the schedule"')
    design = fields.values.get("designInfo")
    if isinstance(design, dict) and cast("dict[str, Any]", design).get("allocation") == "RANDOMIZED":
        writer.line('todo "ratio, strata and blocks of the randomisation, as `randomize`"')
    phases = fields.values.get("phases")
    if isinstance(phases, list) and "PHASE1" in phases:
        writer.line('todo "dose levels, dose-limiting toxicities and the rule of escalation, if doses are escalated"')


def _number(kind: str, number: str, fields: Fields, type_: str | None = None) -> str:
    issuer, link = fields.text("domain") if kind != "org" else None, fields.text("link", is_number=True)
    words = [f"id {kind} {quoted(number)}"]
    words += [f"type {type_}"] if type_ else []
    words += [f"of {quoted(issuer)}"] if issuer else []
    words += [f"link {quoted(link)}"] if link else []
    return " ".join(words)


def _word(writer: Writer, keyword: str, found: str | None, is_text: bool = True) -> None:
    if found:
        writer.line(f"{keyword} {quoted(found) if is_text else found}")


def _prose(writer: Writer, keyword: str, found: str | None) -> None:
    if found:
        writer.prose(keyword, found)
