"""Eligibility, objectives, endpoints and the statistics about them."""

from typing import Literal

from protocol_dsl.model.base import Duration, Element, Expression, Note, Origin, Part, Point, Quantity
from protocol_dsl.model.schedule import Window
from protocol_dsl.model.study import Size


class Criterion(Element):
    """An eligibility criterion, a washout or a restriction.

    `combine` says how `options` add up: all of them, one, or at least `at_least`. `within` is the period
    before `before` in which it counts (exclusions), or must have passed (washouts).
    """

    kind: Literal["include", "exclude", "washout", "restriction", "option"]
    text: str
    number: int | None = None
    """Place among the inclusion or the exclusion criteria, from 1."""
    where: Expression | None = None
    condition: Expression | None = None
    visits: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    within: Duration | None = None
    before: str | None = None
    start: Point | None = None
    end: Point | None = None
    combine: Literal["all_of", "one_of", "at_least"] | None = None
    at_least: int | None = None
    options: "tuple[Criterion, ...]" = ()
    remarks: tuple[str, ...] = ()


class CriteriaPassage(Part):
    """A heading or a remark among the criteria; it stands before criterion number `before` of the block, from 0."""

    kind: Literal["heading", "remark"]
    text: str
    before: int
    numbered: bool = False
    """The criteria below the heading are numbered where the registry prints them."""
    origin: Origin
    notes: tuple[Note, ...] = ()


class Eligibility(Part):
    """Who can take part. Ages are quantities as written; None means no limit was said."""

    sex: Literal["all", "female", "male"] | None = None
    gender_based: bool | None = None
    gender_description: str | None = None
    minimum_age: Quantity | None = None
    maximum_age: Quantity | None = None
    healthy_volunteers: bool | None = None
    criteria: tuple[Criterion, ...] = ()
    passages: tuple[CriteriaPassage, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()


class Objective(Element):
    """An objective."""

    level: Literal["primary", "secondary", "exploratory"]
    text: str


class Frame(Part):
    """A time frame.

    `at_visits`: at `visits`. `at_points`: at `points`, of which `end` is the last. `span`: from `start` to `end`.
    `up_to`, `minimum`, `maximum`, `about`, `at_point`: `end`.
    """

    kind: Literal["at_visits", "at_points", "span", "up_to", "minimum", "maximum", "about", "at_point"]
    visits: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    start: Point | None = None
    end: Point | None = None
    tolerance: Window | None = None
    """Of `about`: how far the time may be off."""
    text: str
    """As printed: `Months 3, 6, 12`, `From infusion to Day 28`, `Up to 24 months after infusion`."""
    origin: Origin


class Endpoint(Element):
    """An endpoint; `title` is what the registry calls the outcome measure."""

    level: Literal["primary", "secondary", "exploratory"]
    text: str
    measure: Expression | None = None
    baseline: str | None = None
    frame: Frame | None = None
    supports: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    condition: Expression | None = None
    unit: str | None = None
    description: str | None = None
    reported: str | None = None
    """The registry's own words for the time frame, where they differ."""
    samples: int | None = None
    """The fewest samples that its curve or peak needs."""
    peak: tuple[Point, Point] | None = None
    """Between which points the peak is expected."""

    @property
    def title(self) -> str:
        """The outcome measure's title."""
        return self.text


class AnalysisSet(Element):
    """A set of participants for analysis."""

    where: Expression | None = None
    description: str | None = None


class Intercurrent(Part):
    """An intercurrent event and the strategy for it (ICH E9(R1))."""

    name: str
    label: str
    strategy: str


class Estimand(Element):
    """An estimand (ICH E9(R1))."""

    estimates: str | None = None
    treatment: str | None = None
    versus: str | None = None
    among: str | None = None
    intercurrent: tuple[Intercurrent, ...] = ()
    summarised_by: str | None = None
    description: str | None = None


class SampleSize(Part):
    """The planned sample size and what it rests on; percentages as quantities."""

    size: Size
    power: Quantity | None = None
    alpha: Quantity | None = None
    sides: Literal["one_sided", "two_sided"] | None = None
    dropout: Quantity | None = None
    effect: str | None = None
    estimates: str | None = None
    description: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Interim(Element):
    """An interim analysis."""

    where: Expression | None = None
    visits: tuple[str, ...] = ()
    description: str | None = None
