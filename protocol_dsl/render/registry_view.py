"""What a registry record holds, as plain data for the templates `registry_full` and `registry_short`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from protocol_dsl.model import wording
from protocol_dsl.model.outcomes import Eligibility, Endpoint
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.study import Arm, Product, Site, Study, StudyDate
from protocol_dsl.registries.enumerations import label
from protocol_dsl.registries.fields import instruments_of, missing_fields
from protocol_dsl.registries.limits import Entry, over_limit
from protocol_dsl.render import registry_criteria as criteria
from protocol_dsl.render import registry_people as people
from protocol_dsl.render import registry_prose as prose
from protocol_dsl.render.registry_words import Words, capital, clause, copyable, full_stops, listed, size, unit_name

DETAILS = "Design details (from the protocol model)"
_DATES = {"start": "Study Start", "primary_completion": "Primary Completion", "completion": "Study Completion"}
_ROLES = {"sponsor": "Lead Sponsor", "collaborator": "Collaborator", "responsible_party": "Responsible Party"}
_SYSTEMS = {
    "clinicaltrials_gov": "ClinicalTrials.gov",
    "ctis": "EU CTIS",
    "eudract": "EudraCT",
    "chictr": "ChiCTR",
    "isrctn": "ISRCTN",
    "who": "WHO Universal Trial Number",
    "utn": "WHO Universal Trial Number",
    "org": "Protocol ID of the organisation",
}


class Row(NamedTuple):
    """A field and its value."""

    name: str
    value: str


class Group(NamedTuple):
    """An arm as registries tabulate it."""

    name: str
    interventions: tuple[str, ...]
    description: str


class Outcome(NamedTuple):
    """An outcome measure: `frame` says when, `reported` so in the registry's own words, `method` how."""

    name: str
    title: str
    frame: str
    reported: str
    method: str


class Outcomes(NamedTuple):
    """Outcome measures of one level."""

    title: str
    measures: tuple[Outcome, ...]


def full_view(protocol: Protocol) -> dict[str, Any]:
    """Data of the full record."""
    words = Words(protocol)
    study = protocol.study
    description = prose.blocks(study.description)
    said = [study.summary or "", study.description or ""]
    passages = prose.unsaid(prose.design(protocol, words), said)
    found = criteria.sections(protocol.eligibility, words) if protocol.eligibility is not None else []
    measures = outcomes(protocol, words)
    groups = arm_groups(protocol, words)
    return {
        "title": _line(study.brief_title or study.official_title or study.title),
        "headline": [text for text in (label("phase", study.phase), label("status", study.status)) if text],
        "identification": identification(study),
        "conditions": list(study.conditions),
        "keywords": list(study.keywords),
        "interventions": interventions(protocol),
        "summary": prose.blocks(study.summary),
        "description": description,
        "details_title": DETAILS,
        "details": passages,
        "recruitment": recruitment(study, protocol.eligibility, words),
        "criteria": found,
        "design": design_rows(protocol),
        "dates": [_date(date) for date in study.dates],
        "groups": groups,
        "outcomes": measures,
        "sites": [site_text(site) for site in study.sites],
        "contacts": [people.person(contact.name, contact.affiliation) for contact in study.contacts],
        "excess": over_limit(_entries(protocol, description, passages, found, measures, groups)),
        "missing": missing_fields(protocol),
        "open": [Row(f"Line {note.origin.line}", note.text) for note in protocol.noted("todo")],
    }


def short_view(protocol: Protocol) -> dict[str, Any]:
    """Data of the short record: prose, key facts, arms, sites, outcome measures with their time frames."""
    words = Words(protocol)
    study = protocol.study
    text = [*prose.blocks(study.summary), *prose.blocks(study.description)]
    passages = prose.design(protocol, words)
    wanted = ("Stages", "Dose levels") if study.description else None
    kept = [passage for passage in passages if wanted is None or passage.title in wanted]
    facts = design_rows(protocol)
    if study.enrollment is not None:
        facts.append(Row("Enrollment", capital(size(study.enrollment))))
    return {
        "title": _line(study.brief_title or study.official_title or study.title),
        "text": text,
        "passages": prose.unsaid(kept, [block.text for block in text]),
        "facts": facts,
        "groups": arm_groups(protocol, words),
        "sites": [site_text(site) for site in study.sites],
        "outcomes": [measure for part in outcomes(protocol, words) for measure in part.measures],
    }


def one_line(value: Any) -> Any:
    """The data with every text on one line and without superscripts.

    A line break in a label must not end a row of a table or a field.
    """
    if isinstance(value, str):
        return copyable(" ".join(value.split()))
    if isinstance(value, dict):
        return {key: one_line(each) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, tuple) and hasattr(cast("Any", value), "_fields"):
        return type(cast("Any", value))(*map(one_line, cast("tuple[Any, ...]", value)))
    if isinstance(value, (list, tuple)):
        return type(cast("list[Any]", value))(map(one_line, cast("list[Any]", value)))
    return value


# Parts of a record


def identification(study: Study) -> list[Row]:
    """Titles, numbers, sponsor and investigators."""
    rows = [Row("Official Title", _line(study.official_title)) if study.official_title else None]
    rows.append(Row("Acronym", study.acronym) if study.acronym else None)
    dated = f", {study.version_date}" if study.version_date else ""
    rows.append(Row("Protocol", f"{study.name}, version {study.version}{dated}" if study.version else study.name))
    rows += [
        Row("Registration Number", f"{people.system(each.system, _SYSTEMS)} {each.value}")
        for each in study.registrations
    ]
    rows += [Row("Other Number", people.number(each, _SYSTEMS)) for each in study.identifiers]
    rows += [Row(_ROLES[each.role], people.party(each)) for each in study.organisations]
    rows += [
        Row(label("contact_role", each.role) or "Investigator", people.person(each.name, each.affiliation))
        for each in study.investigators
    ]
    return [row for row in rows if row is not None]


def interventions(protocol: Protocol) -> list[Row]:
    """`Biological: CAR-T cells` as name, and what is known of it as value."""
    rows: list[Row] = []
    for product in protocol.products:
        about = [_line(product.description)] if product.description else []
        if product.route:
            about.append(f"Route: {product.route.replace('_', ' ')}")
        if product.aliases:
            about.append(f"Also called: {listed(product.aliases)}")
        rows.append(Row(intervention(product), full_stops(about)))
    return rows


def recruitment(study: Study, eligibility: Eligibility | None, words: Words) -> list[Row]:
    """Status, sex, ages, healthy volunteers, target."""
    rows = [Row("Status", label("status", study.status) or ""), Row("Why Stopped", _line(study.why_stopped))]
    if eligibility is not None:
        rows.append(Row("Sex", label("sex", eligibility.sex) or ""))
        rows.append(Row("Ages", _ages(eligibility, words)))
        healthy = {None: "", True: "Yes", False: "No"}[eligibility.healthy_volunteers]
        rows.append(Row("Accepts Healthy Volunteers", healthy))
    rows.append(Row("Study Population", _line(study.study_population)))
    rows.append(Row("Sampling Method", label("sampling", study.sampling) or ""))
    if study.enrollment is not None:
        reached = study.enrollment.type == "actual"
        rows.append(Row("Participants" if reached else "Target Recruitment", capital(size(study.enrollment))))
    return [row for row in rows if row.value]


def design_rows(protocol: Protocol) -> list[Row]:
    """Study type, purpose, allocation, intervention model, masking, number of arms."""
    study = protocol.study
    masked = listed([label("masked", role) or "" for role in study.masked])
    masking = label("masking", study.masking) or ""
    rows = [
        Row("Study Type", label("study_type", study.study_type) or ""),
        Row("Primary Purpose", label("purpose", study.purpose) or ""),
        Row("Allocation", label("allocation", study.allocation) or ""),
        Row("Interventional Model", label("model", study.model) or ""),
        Row("Model Description", _line(study.model_description)),
        Row("Masking", f"{masking} ({masked})" if masked else masking),
        Row("Masking Description", _line(study.masking_description)),
        Row("Observational Model", label("observational_model", study.observational_model) or ""),
        Row("Time Perspective", label("time_perspective", study.time_perspective) or ""),
        Row("Biospecimens", people.samples(study.biospecimen)),
        Row("Follow-Up of Each Participant", wording.quantity(study.target_duration) if study.target_duration else ""),
        Row("Number of Arms", str(len(protocol.arms)) if protocol.arms else ""),
    ]
    return [row for row in rows if row.value]


def arm_groups(protocol: Protocol, words: Words) -> list[Group]:
    """The table of arms; an arm without a text of its own is described by its products."""
    products = {product.name: product for product in protocol.products}
    groups: list[Group] = []
    for arm in protocol.arms:
        given = [intervention(products[name]) for name in given_in(arm) if name in products]
        role = label("arm_role", arm.role)
        name = f"{role}: {arm.title}" if role and not _repeats(arm.title, role) else arm.title
        about = [_line(arm.description)] if arm.description else []
        if arm.sequence:
            about.append(f"In this order: {listed([clause(words.title(each)) for each in arm.sequence], 'then')}")
        if arm.size is not None:
            about.append(capital(size(arm.size)))
        groups.append(Group(name, tuple(given), full_stops(about)))
    return groups


def outcomes(protocol: Protocol, words: Words) -> list[Outcomes]:
    """Outcome measures by level; without levels that have none."""
    titles = {"primary": "Primary", "secondary": "Secondary", "exploratory": "Other"}
    found: list[Outcomes] = []
    for level, title in titles.items():
        measures = [_outcome(each, protocol, words) for each in protocol.endpoints if each.level == level]
        if measures:
            found.append(Outcomes(f"{title} Outcome Measures", tuple(measures)))
    return found


def site_text(site: Site) -> str:
    """`Name, Hefei, Anhui, China (Recruiting)`."""
    status = label("status", site.status)
    return ", ".join(filter(None, (site.name, *site.address))) + (f" ({status})" if status else "")


def _outcome(endpoint: Endpoint, protocol: Protocol, words: Words) -> Outcome:
    frame = frame_text(endpoint, words)
    method = full_stops(method_parts(endpoint, protocol, words))
    return Outcome(endpoint.name, _line(endpoint.title), frame, _line(endpoint.reported), method)


def frame_text(endpoint: Endpoint, words: Words) -> str:
    """When it is measured, with the baseline of a change: `Baseline and Week 24`, `From baseline to 1 year after …`."""
    frame = endpoint.frame
    if frame is None:
        return ""
    first = endpoint.baseline
    if first is None or first in frame.visits or (frame.start is not None and frame.start.of == first):
        return frame.text
    baseline = "Baseline" if _is_baseline(first, words) else f"Baseline ({words.named(first)})"
    if frame.kind in ("at_visits", "at_points", "at_point"):
        return f"{baseline}{',' if ' and ' in frame.text else ' and'} {frame.text}"
    if frame.kind == "span":
        return f"{baseline}; {clause(frame.text)}"
    return f"From {clause(baseline)} {'' if frame.kind == 'up_to' else 'to '}{clause(frame.text)}"


def _is_baseline(place: str, words: Words) -> bool:
    return words.title(place).casefold() in ("baseline", "baseline visit")


def method_parts(endpoint: Endpoint, protocol: Protocol, words: Words) -> list[str]:
    """Description, else what is measured; then scale, unit, baseline and population as far as they are not said."""
    text = _line(endpoint.description)
    parts = [text] if text else []
    if not text:
        parts += _measured(endpoint, protocol)
    for instrument in instruments_of(endpoint, protocol):
        if not prose.says_scale(text, instrument):
            parts += prose.scale(instrument)
    if endpoint.unit and unit_name(endpoint.unit) not in text:
        parts.append(f"Unit: {unit_name(endpoint.unit)}")
    if endpoint.baseline and not _is_baseline(endpoint.baseline, words):
        parts.append(f"Baseline: {words.named(endpoint.baseline)}")
    if endpoint.populations:
        parts.append(f"Population: {listed([clause(words.title(name)) for name in endpoint.populations])}")
    if endpoint.arms:
        parts.append(f"Arms: {listed([words.title(name) for name in endpoint.arms])}")
    return parts


def _measured(endpoint: Endpoint, protocol: Protocol) -> list[str]:
    """What is measured and how: `Maximum of CAR copies in blood (qPCR, whole blood, in copies/µg)`.

    Nothing for a count of events or for the recommended dose, which the title says as well.
    """
    measure = endpoint.measure
    if measure is None or measure.text.startswith("count(") or not measure.english or not measure.names:
        return []
    assessment = protocol.assessment(measure.names[0].partition(".")[0])
    if assessment is None:
        return [] if measure.names == (measure.text,) else [capital(measure.english)]
    unit = f"in {unit_name(assessment.unit)}" if assessment.unit else None
    how = [each for each in (assessment.method, assessment.specimen, unit) if each]
    return [capital(measure.english) + (f" ({', '.join(how)})" if how else "")]


# Small parts


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _date(date: StudyDate) -> Row:
    type_ = label("date_type", date.type)
    return Row(_DATES[date.kind], f"{date.date} ({type_})" if type_ else date.date)


def _ages(eligibility: Eligibility, words: Words) -> str:
    low, high = eligibility.minimum_age, eligibility.maximum_age
    if low is not None and high is not None:
        return f"{words.quantity(low)} to {words.quantity(high)}"
    if low is not None:
        return f"{words.quantity(low)} and older"
    return f"Up to {words.quantity(high)}" if high is not None else ""


def intervention(product: Product) -> str:
    """`Biological: CAR-T cells`."""
    type_ = label("intervention_type", product.type)
    return f"{type_}: {product.title}" if type_ else product.title


def given_in(arm: Arm) -> tuple[str, ...]:
    """The products of an arm, those of a sequence each once."""
    return arm.gives or tuple(dict.fromkeys(arm.sequence))


def _repeats(title: str, role: str) -> bool:
    return title.casefold().startswith(role.casefold())


def _entries(
    protocol: Protocol,
    description: Sequence[prose.Block],
    passages: Sequence[prose.Passage],
    found: Sequence[criteria.Section],
    measures: Sequence[Outcomes],
    groups: Sequence[Group],
) -> list[Entry]:
    """The texts of the record as they would stand in the registry's fields."""
    study = protocol.study
    details = [each for passage in passages for each in (*passage.sentences, *passage.items)]
    entries = [
        Entry("protocol_id", "Protocol ID", study.name),
        Entry("brief_title", "Brief title", _line(study.brief_title)),
        Entry("acronym", "Acronym", study.acronym),
        Entry("official_title", "Official title", _line(study.official_title)),
        Entry("brief_summary", "Brief summary", _line(study.summary)),
        Entry("detailed_description", "Detailed description", "\n".join([*(b.text for b in description), *details])),
        Entry("eligibility_criteria", "Eligibility criteria", criteria.plain(found)),
    ]
    entries += [Entry("secondary_id", f"Number {each.value}", each.value) for each in study.identifiers]
    entries += [Entry("organisation", f"Organisation “{each.name}”", each.name) for each in study.organisations]
    entries += [Entry("keyword", f"Keyword “{keyword}”", keyword) for keyword in study.keywords]
    entries += [Entry("facility_name", f"Site “{site.name}”", site.name) for site in study.sites]
    for arm, group in zip(protocol.arms, groups, strict=True):
        entries.append(Entry("arm_title", f"Arm {arm.name}: title", arm.title))
        entries.append(Entry("arm_description", f"Arm {arm.name}: description", group.description))
    for product in protocol.products:
        entries.append(Entry("intervention_name", f"Intervention {product.name}: name", product.title))
        text = _line(product.description)
        entries.append(Entry("intervention_description", f"Intervention {product.name}: description", text))
        for alias in product.aliases:
            entries.append(Entry("intervention_other_name", f"Intervention {product.name}: other name", alias))
    for measure in (measure for part in measures for measure in part.measures):
        entries.append(Entry("outcome_title", f"Outcome {measure.name}: title", measure.title))
        entries.append(Entry("outcome_time_frame", f"Outcome {measure.name}: time frame", measure.frame))
        entries.append(Entry("outcome_description", f"Outcome {measure.name}: description", measure.method))
    return entries
