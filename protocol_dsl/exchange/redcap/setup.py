"""The set-up files of a longitudinal project: arms, events, what is collected when, what repeats, rules of quality.

The columns are those that REDCap itself exports and takes back (versions 14 to 16). `unique_event_name` stays empty in
the file of events, because REDCap makes it; the other files need it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from protocol_dsl.exchange.redcap.dictionary import Row, csv_text
from protocol_dsl.exchange.redcap.names import unique_event


class Arm(NamedTuple):
    """An arm in REDCap's sense: participants with one schedule."""

    number: int
    name: str


class Event(NamedTuple):
    """An event of an arm. `day` counts from the first day of the schedule, `before` and `after` are not negative."""

    name: str
    arm: int
    day: int
    before: int
    after: int
    label: str = ""

    @property
    def unique(self) -> str:
        """The name that logic and the other files use."""
        return unique_event(self.name, self.arm)


class Mapped(NamedTuple):
    """A form that is collected at an event."""

    arm: int
    event: str
    form: str


class Repeating(NamedTuple):
    """A form that repeats at an event; without a form the whole event repeats."""

    event: str
    form: str = ""
    label: str = ""


class QualityRule(NamedTuple):
    """A rule of data quality: its logic is true for what is wrong. `at_once` looks whenever a form is saved."""

    name: str
    logic: str
    at_once: bool = False


class Bundle(NamedTuple):
    """A whole project. `titles` are the labels of forms, by their name."""

    title: str
    rows: list[Row]
    arms: list[Arm]
    events: list[Event]
    mapping: list[Mapped]
    repeating: list[Repeating]
    rules: list[QualityRule]
    titles: dict[str, str]


def arms_csv(arms: Iterable[Arm]) -> str:
    """`arms.csv`."""
    return csv_text([("arm_num", "name"), *((str(arm.number), arm.name) for arm in arms)])


def events_csv(events: Iterable[Event]) -> str:
    """`events.csv`; the columns of days are for projects with scheduling."""
    head = (
        "event_name", "arm_num", "day_offset", "offset_min", "offset_max", "unique_event_name", "custom_event_label",
    )  # fmt: skip
    rows = [
        (each.name, str(each.arm), str(each.day), str(each.before), str(each.after), "", each.label) for each in events
    ]
    return csv_text([head, *rows])


def mapping_csv(mapping: Iterable[Mapped]) -> str:
    """`mapping.csv`: which form at which event."""
    return csv_text(
        [("arm_num", "unique_event_name", "form"), *((str(each.arm), each.event, each.form) for each in mapping)]
    )


def repeating_csv(repeating: Iterable[Repeating]) -> str:
    """`repeating.csv`."""
    return csv_text([("event_name", "form_name", "custom_form_label"), *(tuple(each) for each in repeating)])


def repeating_json(repeating: Iterable[Repeating]) -> str:
    """`repeating.json`, for the API."""
    rows = [{"event_name": each.event, "form_name": each.form, "custom_form_label": each.label} for each in repeating]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def rules_csv(rules: Iterable[QualityRule]) -> str:
    """`data_quality_rules.csv`."""
    rows = [(each.name, each.logic, "y" if each.at_once else "n") for each in rules]
    return csv_text([("rule_name", "rule_logic", "real_time_execution"), *rows])
