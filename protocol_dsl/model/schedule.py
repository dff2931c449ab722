"""Timeline, stages, visits and what happens at them.

Offsets are whole days from the timeline's anchor (`infusion` in `day 0 = infusion`): 0 on the anchor's day whatever
the day numbers are called, negative before it. Minutes are counted from the visit's dose.
"""

from typing import Literal

from protocol_dsl.model.base import Choice, Element, Expression, Gap, Note, Origin, Part, Point, Quantity


class ContingentDuration(Element):
    """A time that nature decides, such as manufacturing: between two events, within `gap`."""

    start: str
    end: str
    gap: Gap


class Timeline(Part):
    """How days and months are counted."""

    anchor: str | None
    """The visit or event at which counting begins."""
    first_day: Literal[0, 1] = 0
    """The number of the anchor's day; with 1 there is no day 0."""
    month: Literal["calendar", "days"] | None = None
    month_days: int | float | None = None
    """Days in a month when `month` is `days` (30, 28, 30.4375)."""
    durations: tuple[ContingentDuration, ...] = ()
    shift: Literal["none", "previous", "next", "nearest"] = "none"
    """Where a visit is moved, within its window, that falls on a day on which its site does not work."""
    origin: Origin
    notes: tuple[Note, ...] = ()


class Window(Part):
    """Permitted deviation from the target, in the unit as written: `before` and `after` are not negative."""

    before: int | float
    after: int | float
    unit: str
    text: str
    """As printed, such as `±3 days` or `−2/+5 days`."""
    origin: Origin


class Timing(Part):
    """When a visit is due.

    `timeline`: at `number` (to `end_number`) of `unit` on the trial's timeline.
    `relative`: `gap` after (or before) `reference`. `event`: on the event `reference`.
    `unscheduled`: when needed. `unknown`: nothing was said.
    """

    kind: Literal["timeline", "relative", "event", "unscheduled", "unknown"]
    unit: Literal["day", "week", "month", "year"] | None = None
    number: int | None = None
    end_number: int | None = None
    gap: Gap | None = None
    direction: Literal["after", "before"] | None = None
    reference: str | None = None
    text: str
    """As printed in a schedule: `Day 28`, `Day −42 to −15`, `3 to 14 days after SCR`."""
    origin: Origin


class Visit(Element):
    """One visit; the members of a series are visits of their own, with `series` and `number`."""

    stage: str | None = None
    series: str | None = None
    """As declared, such as `M2..M12`."""
    number: int | None = None
    """The number in the name of a member of a series, or its place in the list."""
    cycle: str | None = None
    """The cycle's name, such as `C2`, for a visit of a cycle."""
    timing: Timing
    window: Window | None = None
    order: int
    """Place in the schedule, from 0: by nominal day, then by place in the text; unscheduled visits last."""
    offset: int | None = None
    """Nominal day from the anchor; of a range its first day; None where no day follows from the text."""
    earliest: int | None = None
    latest: int | None = None
    """First and last day that the visit's own timing and window permit, from the anchor (widest reading of months)."""
    contact: str = "on_site"
    """`on_site`, `phone`, `video`, `home`."""
    condition: Expression | None = None
    populations: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    optional: bool = False
    lasting: Quantity | None = None
    shift: Literal["none", "previous", "next", "nearest"] | None = None
    """As in `Timeline`, for this visit; None where the timeline's holds."""
    until: tuple[Point, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_scheduled(self) -> bool:
        """Whether a day is foreseen for it."""
        return self.timing.kind in ("timeline", "relative")


class Series(Part):
    """A declared series of visits, `visits M2..M12 …`, or of cycles; `open` has no last member in meaning."""

    text: str
    members: tuple[str, ...]
    open: bool = False
    drift: bool = False
    """Each member counts from the one before instead of from the start."""
    every: Gap | None = None
    after: str | None = None
    until: tuple[Point, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()


class Cycle(Element):
    """A declared set of cycles; `members` are the cycles drawn, such as C1 … C6."""

    members: tuple[str, ...]
    open: bool = False
    length: Gap | None = None
    start: Point | None = None
    until: tuple[Point, ...] = ()
    condition: Expression | None = None
    """Also that of its visits which have no condition of their own."""
    populations: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()


class Order(Part):
    """`first` comes before `second`, at least or at most `gap` apart."""

    first: str
    second: str
    bound: Literal["any", "at_least", "at_most", "exactly"] = "any"
    gap: Gap | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Requirement(Element):
    """One condition of a gate."""

    text: str
    where: Expression | None = None
    condition: Expression | None = None


class GateAction(Part):
    """What is done when a gate stays closed."""

    kind: Literal["delay", "exclude", "repeat", "discuss"]
    of: str | None = None
    duration: Quantity | None = None
    whom: tuple[str, ...] = ()
    text: str | None = None


class Gate(Element):
    """Conditions that must be met before a visit."""

    before: str
    requirements: tuple[Requirement, ...] = ()
    otherwise: tuple[GateAction, ...] = ()


class Stage(Element):
    """A stage of the trial; `visits` in schedule order."""

    visits: tuple[str, ...] = ()
    parallel: bool = False
    """It has its own rhythm beside the other stages."""
    condition: Expression | None = None
    populations: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()


class VisitGroup(Element):
    """A named set of visits."""

    visits: tuple[str, ...] = ()


class Administration(Part):
    """A product given: how much, when, to whom. An `amount` of None is the dose level."""

    product: str
    amount: Quantity | None = None
    visits: tuple[str, ...] = ()
    every: Gap | None = None
    start: Point | None = None
    end: Point | None = None
    populations: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    condition: Expression | None = None
    route: str | None = None
    over: Quantity | None = None
    remarks: tuple[str, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()


class TimePoint(Part):
    """A time within a visit: nominal minute from the dose, and how far off it may be, in minutes."""

    minute: int
    pre_dose: bool = False
    before: int = 0
    after: int = 0
    text: str
    """As printed, such as `pre-dose`, `+15 min`, `+4 h`."""


class TimePointSet(Element):
    """Named time points that assessments share."""

    points: tuple[TimePoint, ...]


class Sampling(Part):
    """Time points of an assessment at some of its visits; empty `visits` means all of them."""

    visits: tuple[str, ...] = ()
    points: tuple[TimePoint, ...]
    set_name: str | None = None


class Result(Element):
    """A value that an assessment gives."""

    type: str = "number"
    """`number` (a decimal), `integer`, `slider`, `choice`, `boolean`, `date`, `time`, `datetime`, `text`, `file`."""
    unit: str | None = None
    ucum: str | None = None
    choices: tuple[Choice, ...] = ()
    low: int | float | None = None
    high: int | float | None = None


class Remark(Part):
    """A remark on an assessment, at some visits or at all."""

    text: str
    visits: tuple[str, ...] = ()


class Assessment(Element):
    """Something measured or asked at visits; `visits` in schedule order."""

    category: str | None = None
    method: str | None = None
    specimen: str | None = None
    unit: str | None = None
    ucum: str | None = None
    instrument: str | None = None
    visits: tuple[str, ...] = ()
    optional_at: tuple[str, ...] = ()
    condition: Expression | None = None
    populations: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    blood: Quantity | None = None
    """Drawn each time; at a visit with several time points, at each of them."""
    valid: Quantity | None = None
    valid_before: tuple[str, ...] = ()
    """The visits that rely on a result of an earlier one; empty means where treatment begins, and gates that ask."""
    takes: Quantity | None = None
    """How long it takes a participant, each time."""
    invasive: bool = False
    sampling: tuple[Sampling, ...] = ()
    earlier_than: tuple[str, ...] = ()
    """Assessments that come after this one wherever both are done at one visit."""
    results: tuple[Result, ...] = ()
    remarks: tuple[Remark, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    description: str | None = None


class Collection(Element):
    """Something collected all the time between two points, such as adverse events."""

    category: str | None = None
    instrument: str | None = None
    start: Point | None = None
    end: Point | None = None
    condition: Expression | None = None
    populations: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
