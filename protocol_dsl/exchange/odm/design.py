"""What only ODM 2.0 can carry of a study: arms, epochs, times with windows, objectives, criteria, the way of a visit.

OIDs and texts as in `content.py`. Durations are ISO 8601, such as `P28D`.
"""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.exchange.odm.content import Condition, Texts


class Named(NamedTuple):
    """An arm, an intervention, an indication: a name and what is said about it."""

    oid: str
    name: str
    text: Texts


class Parameter(NamedTuple):
    """A line of the study's summary."""

    oid: str
    term: str
    value: str


class EventGroup(NamedTuple):
    """Visits of one epoch, and of one arm if it is theirs alone; `events` are OIDs."""

    oid: str
    name: str
    title: Texts
    events: tuple[str, ...]
    epoch: str | None = None
    arm: str | None = None


class Timing(NamedTuple):
    """From one visit to another, with the permitted deviation to both sides.

    `before` is None where a visit is counted from something that is no visit; `text` says from what.
    """

    oid: str
    name: str
    text: Texts
    target: str
    before: str | None = None
    after: str | None = None
    early: str | None = None
    late: str | None = None


class Lasting(NamedTuple):
    """How long a visit takes."""

    oid: str
    name: str
    event: str
    target: str


class Objective(NamedTuple):
    """An objective with the endpoints that serve it."""

    oid: str
    name: str
    level: str
    text: Texts
    endpoints: tuple[str, ...] = ()


class Endpoint(NamedTuple):
    """An endpoint with its time frame in words."""

    oid: str
    name: str
    level: str
    text: Texts


class Estimand(NamedTuple):
    """An estimand: its endpoint, the events after which it is still defined, the summary."""

    oid: str
    name: str
    text: Texts
    endpoint: str | None = None
    intercurrent: tuple[Texts, ...] = ()
    summary: Texts = ()


class Criterion(NamedTuple):
    """An eligibility criterion; `condition` is an OID."""

    oid: str
    name: str
    text: Texts
    condition: str


class Step(NamedTuple):
    """From one visit to the next; `condition`, an OID, must hold before (a gate)."""

    oid: str
    name: str
    source: str
    target: str
    condition: str | None = None


class Workflow(NamedTuple):
    """The way of a participant through the visits."""

    oid: str
    name: str
    steps: tuple[Step, ...]


class Design(NamedTuple):
    """The design of a study."""

    title: Texts = ()
    parameters: tuple[Parameter, ...] = ()
    arms: tuple[Named, ...] = ()
    epochs: tuple[Named, ...] = ()
    phase: str | None = None
    timings: tuple[Timing, ...] = ()
    lasting: tuple[Lasting, ...] = ()
    indications: tuple[Named, ...] = ()
    interventions: tuple[Named, ...] = ()
    objectives: tuple[Objective, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    population: Named | None = None
    estimands: tuple[Estimand, ...] = ()
    inclusion: tuple[Criterion, ...] = ()
    exclusion: tuple[Criterion, ...] = ()
    groups: tuple[EventGroup, ...] = ()
    workflow: Workflow | None = None
    conditions: tuple[Condition, ...] = ()
    """Conditions of criteria and gates."""
