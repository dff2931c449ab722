"""The compiled protocol: the one thing that checks, documents and exchange files are made from.

Its JSON is `protocol.json`; `SCHEMA_VERSION` rises when its shape changes.
"""

from protocol_dsl.model.base import Note, Origin, Part
from protocol_dsl.model.burden import Limits
from protocol_dsl.model.dosing import Cohort, Dlt, DoseScheme, Escalation, RuleSet
from protocol_dsl.model.forms import Codelist, Form, Instrument
from protocol_dsl.model.outcomes import (
    AnalysisSet,
    Eligibility,
    Endpoint,
    Estimand,
    Interim,
    Objective,
    SampleSize,
)
from protocol_dsl.model.record import RegistryRecord
from protocol_dsl.model.schedule import (
    Administration,
    Assessment,
    Collection,
    Cycle,
    Gate,
    Order,
    Series,
    Stage,
    Timeline,
    TimePointSet,
    Visit,
    VisitGroup,
)
from protocol_dsl.model.study import (
    Amendment,
    Arm,
    Event,
    Fact,
    Population,
    Product,
    Randomization,
    Section,
    Study,
)

SCHEMA_VERSION = 1


class Translation(Part):
    """Labels in another language.

    `labels` has pairs (path, text): the name of a thing, `vitals_form.sbp` for a part of it, `vitals_form.place.ear` or
    `yesno.yes` for a choice. `texts` has pairs (text, translation) for wherever the first one stands.
    """

    language: str
    labels: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...] = ()
    origin: Origin


class UnitDefinition(Part):
    """A unit that the protocol defines, `define patch = 54 mg`."""

    name: str
    value: int | float
    unit: str
    origin: Origin


class Protocol(Part):
    """A whole trial. Lists are in the order of the text, visits in schedule order."""

    schema_version: int = SCHEMA_VERSION
    study: Study
    registry_record: RegistryRecord | None = None
    timeline: Timeline | None = None
    events: tuple[Event, ...] = ()
    products: tuple[Product, ...] = ()
    populations: tuple[Population, ...] = ()
    arms: tuple[Arm, ...] = ()
    facts: tuple[Fact, ...] = ()
    units: tuple[UnitDefinition, ...] = ()
    stages: tuple[Stage, ...] = ()
    visits: tuple[Visit, ...] = ()
    series: tuple[Series, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    groups: tuple[VisitGroup, ...] = ()
    orders: tuple[Order, ...] = ()
    gates: tuple[Gate, ...] = ()
    administrations: tuple[Administration, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    collections: tuple[Collection, ...] = ()
    time_points: tuple[TimePointSet, ...] = ()
    limits: Limits | None = None
    doses: tuple[DoseScheme, ...] = ()
    dlt: Dlt | None = None
    escalations: tuple[Escalation, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    rules: tuple[RuleSet, ...] = ()
    eligibility: Eligibility | None = None
    objectives: tuple[Objective, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    randomization: Randomization | None = None
    analysis_sets: tuple[AnalysisSet, ...] = ()
    estimands: tuple[Estimand, ...] = ()
    sample_size: SampleSize | None = None
    interims: tuple[Interim, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    codelists: tuple[Codelist, ...] = ()
    forms: tuple[Form, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    sections: tuple[Section, ...] = ()
    translations: tuple[Translation, ...] = ()
    notes: tuple[Note, ...] = ()
    """All notes of the protocol, in the order of the text: assumptions, to-dos, sources, discretions."""

    def visit(self, name: str) -> Visit | None:
        """The visit with this name."""
        return next((visit for visit in self.visits if visit.name == name), None)

    def assessment(self, name: str) -> Assessment | None:
        """The assessment with this name."""
        return next((assessment for assessment in self.assessments if assessment.name == name), None)

    def instrument(self, name: str) -> Instrument | None:
        """The instrument with this name."""
        return next((instrument for instrument in self.instruments if instrument.name == name), None)

    def stage(self, name: str) -> Stage | None:
        """The stage with this name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def noted(self, *kinds: str) -> tuple[Note, ...]:
        """The notes of these kinds."""
        return tuple(note for note in self.notes if note.kind in kinds)
