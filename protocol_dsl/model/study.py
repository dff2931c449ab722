"""The study as registries and title pages describe it."""

from typing import Literal

from protocol_dsl.model.base import Element, Expression, Note, Origin, Part, Quantity


class Identifier(Part):
    """A number in a registry or at an organisation.

    `type` is the kind of a grant number of the organisation, `issuer` who gave the number out.
    """

    system: str
    value: str
    type: str | None = None
    issuer: str | None = None
    link: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Organisation(Part):
    """Who sponsors, collaborates or is responsible.

    `class_` is the registry's class of a sponsor or collaborator. A responsible party has a `type`; where it is a
    person, `name` is the person's, with `position` and `affiliation`.
    """

    role: Literal["sponsor", "collaborator", "responsible_party"]
    name: str
    class_: str | None = None
    type: Literal["sponsor", "principal_investigator", "sponsor_investigator"] | None = None
    position: str | None = None
    affiliation: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Investigator(Part):
    """An investigator, the institution, and the role in the whole study."""

    name: str
    affiliation: str | None = None
    role: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class StudyDate(Part):
    """Start, primary completion or completion; `date` as ISO 8601, to the day or the month."""

    kind: Literal["start", "primary_completion", "completion"]
    date: str
    type: Literal["estimated", "actual"] | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Enrollment(Part):
    """Planned participants; `bound` says how the number is meant."""

    count: int
    bound: Literal["exactly", "about", "at_least", "up_to", "at_most"] = "exactly"
    type: Literal["estimated", "actual"] | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Contact(Part):
    """A contact person; telephone numbers and e-mail addresses are not kept in a protocol file."""

    name: str
    affiliation: str | None = None
    role: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Site(Part):
    """A trial site; `address` from city to country, a state between them. The name may be left open ("")."""

    name: str
    address: tuple[str, ...] = ()
    postcode: str | None = None
    status: str | None = None
    contacts: tuple[Contact, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()


class Biospecimen(Part):
    """Whether samples are kept, and which."""

    retention: str
    description: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Study(Element):
    """The `protocol` block. Enumerations are the registries' own, in lower case."""

    official_title: str | None = None
    brief_title: str | None = None
    acronym: str | None = None
    version: str | None = None
    version_date: str | None = None
    registrations: tuple[Identifier, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    investigators: tuple[Investigator, ...] = ()
    study_type: str | None = None
    phase: str | None = None
    purpose: str | None = None
    allocation: str | None = None
    model: str | None = None
    masking: str | None = None
    masked: tuple[str, ...] = ()
    model_description: str | None = None
    masking_description: str | None = None
    observational_model: str | None = None
    time_perspective: str | None = None
    sampling: str | None = None
    study_population: str | None = None
    biospecimen: Biospecimen | None = None
    patient_registry: bool | None = None
    target_duration: Quantity | None = None
    status: str | None = None
    why_stopped: str | None = None
    dates: tuple[StudyDate, ...] = ()
    enrollment: Enrollment | None = None
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()
    contacts: tuple[Contact, ...] = ()
    summary: str | None = None
    description: str | None = None


class Product(Element):
    """An intervention: cells, a drug, a procedure."""

    type: str | None = None
    route: str | None = None
    aliases: tuple[str, ...] = ()
    half_life: Quantity | None = None
    description: str | None = None


class Population(Element):
    """A disease group or other subset of participants."""

    where: Expression | None = None
    aliases: tuple[str, ...] = ()
    description: str | None = None


class Size(Part):
    """A number of participants, such as `up to 9 per level`."""

    count: int
    bound: Literal["exactly", "about", "at_least", "up_to", "at_most"] = "exactly"
    per: str | None = None


class Arm(Element):
    """An arm; `sequence[i]` is given in period `periods[i]` of a crossover trial."""

    role: str | None = None
    gives: tuple[str, ...] = ()
    sequence: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    size: Size | None = None
    description: str | None = None


class Fact(Element):
    """Something known of a participant that is no result of an assessment."""

    type: str = "boolean"
    """As that of a result."""
    unit: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    condition: Expression | None = None
    """Participants of whom it is asked."""
    where: Expression | None = None
    """How it is decided, when it follows from other facts."""
    description: str | None = None


class Event(Element):
    """Something that happens to a participant; `built_in` ones need no declaration."""

    built_in: bool = False
    description: str | None = None
    where: Expression | None = None


class Randomization(Part):
    """Allocation of participants to arms."""

    ratio: tuple[int, ...]
    arms: tuple[str, ...]
    at: str | None = None
    strata: tuple[str, ...] = ()
    blocks: tuple[int, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()


class Section(Element):
    """Prose that no statement holds, in Markdown."""

    text: str


class Change(Part):
    """What changed and why; `removed` if it is in the version before only."""

    of: str
    rationale: str
    removed: bool = False
    origin: Origin
    notes: tuple[Note, ...] = ()


class Impact(Part):
    """Whether the impact on `safety` (and rights of participants) or on `reliability` (of the data) is substantial."""

    kind: Literal["safety", "reliability"]
    substantial: bool
    comment: str | None = None


class FlagDecision(Part):
    """What the author decides about a suggestion of the comparison: of the changes `of`, or of all."""

    flag: Literal["substantial", "reconsent", "registry_30d", "edc", "enrolled"]
    value: bool
    of: tuple[str, ...] = ()
    reason: str | None = None
    origin: Origin


class Amendment(Part):
    """An amendment in the details of ICH M11: from which version, why, where, what, with which impact."""

    version: str
    date: str
    from_version: str
    reason: str | None = None
    secondary_reasons: tuple[str, ...] = ()
    scope: Literal["global", "not_global"] | None = None
    regions: tuple[str, ...] = ()
    """Countries, regions or sites, where the scope is not global."""
    impacts: tuple[Impact, ...] = ()
    enrolled: Quantity | None = None
    """Participants enrolled when the amendment was approved, as a number or in percent of those planned."""
    decisions: tuple[FlagDecision, ...] = ()
    summary: str | None = None
    changes: tuple[Change, ...] = ()
    applies: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()
