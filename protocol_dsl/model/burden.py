"""What participants may be asked to bear: declared limits of blood, visits, procedures and time."""

from typing import Literal

from protocol_dsl.model.base import Note, Origin, Part, Quantity

Subject = Literal[
    "blood",
    "draws",
    "visits",
    "on_site_visits",
    "phone_visits",
    "procedures",
    "invasive",
    "on_site_time",
    "questionnaire_time",
    "gap",
]


class Limit(Part):
    """The most of something: at a visit, in any `period` consecutive days, or in all.

    `value` is in mL or mL per kg of body weight (blood), in minutes (times, the gap between visits), else a count.
    """

    subject: Subject
    value: int | float
    per_kg: bool = False
    """Whether `value` is for each kilogram of body weight."""
    per: Literal["total", "visit", "period"] = "total"
    period: int | None = None
    """Days, for `per` `period`."""
    text: str
    """As printed, such as `50 mL in 8 weeks`."""
    source: str | None = None
    """Where a published limit comes from; None for one of the author's own."""
    origin: Origin
    notes: tuple[Note, ...] = ()


class Limits(Part):
    """The declared limits; `lightest` is the least body weight of a participant, to which limits per kg are applied."""

    preset: str | None = None
    label: str | None = None
    lightest: Quantity | None = None
    lightest_kg: float | None = None
    limits: tuple[Limit, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()
