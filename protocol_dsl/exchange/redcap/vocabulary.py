"""What REDCap knows: types of fields, validations, functions, smart variables.

Source: the data dictionaries and project files of REDCap 14 to 16 and its published help pages; read in 2026. Sites can
add validations of their own.
"""

from __future__ import annotations

import re

FIELD_TYPES = (
    "text", "notes", "radio", "dropdown", "checkbox", "yesno", "truefalse", "calc", "file", "slider", "descriptive",
    "sql",
)  # fmt: skip
CHOICE_TYPES = ("radio", "dropdown", "checkbox")
ALIGNMENTS = ("LV", "LH", "RV", "RH")
LOGICAL_CODES = {"yesno": ("1", "0"), "truefalse": ("1", "0")}

_DATES = ("date_ymd", "date_mdy", "date_dmy")
_DATETIMES = ("datetime_ymd", "datetime_mdy", "datetime_dmy")
_SECONDS = ("datetime_seconds_ymd", "datetime_seconds_mdy", "datetime_seconds_dmy")
_TIMES = ("time", "time_hh_mm_ss", "time_mm_ss")
NUMBER_VALIDATIONS = (
    "integer", "number", "number_1dp", "number_2dp", "number_3dp", "number_4dp", "number_comma_decimal",
    "number_1dp_comma_decimal", "number_2dp_comma_decimal", "number_3dp_comma_decimal", "number_4dp_comma_decimal",
    "int", "float",
)  # fmt: skip
DATE_VALIDATIONS = (*_DATES, *_DATETIMES, *_SECONDS)
LIMITED = (*NUMBER_VALIDATIONS, *DATE_VALIDATIONS, *_TIMES)
"""Validations that go with a smallest and a largest value."""
TEXT_VALIDATIONS = (
    *LIMITED,
    "email", "phone", "phone_australia", "phone_uk", "zipcode", "alpha_only", "ssn", "mrn_10d", "mrn_generic", "vmrn",
    "postalcode_australia", "postalcode_canada", "postalcode_french", "postalcode_germany", "postalcode_uk",
    "signature",
)  # fmt: skip
VALIDATIONS: dict[str, tuple[str, ...]] = {
    "text": TEXT_VALIDATIONS,
    "slider": ("number",),
    "dropdown": ("autocomplete",),
    "radio": (),
    "file": ("signature", "enhanced_signature"),
}
"""What may stand in the column of validations, by the type of field."""

_ISO = {
    _DATES: r"\d{4}-\d{2}-\d{2}",
    _DATETIMES: r"\d{4}-\d{2}-\d{2} \d{1,2}:\d{2}",
    _SECONDS: r"\d{4}-\d{2}-\d{2} \d{1,2}:\d{2}:\d{2}",
    ("time",): r"\d{1,2}:\d{2}",
    ("time_hh_mm_ss",): r"\d{1,2}:\d{2}:\d{2}",
    ("time_mm_ss",): r"\d{1,2}:\d{2}",
    NUMBER_VALIDATIONS: r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)",
}
LIMIT_PATTERNS = {name: re.compile(pattern) for names, pattern in _ISO.items() for name in names}
MOVING_LIMITS = ("today", "now")

MANY = 10**6
FUNCTIONS: dict[str, tuple[int, int]] = {
    "if": (3, 3),
    "datediff": (2, 5),
    "age_at_date": (2, 3),
    "dayoftheweek": (1, 1), "year": (1, 1), "month": (1, 1), "day": (1, 1),
    "round": (1, 2), "roundup": (1, 2), "rounddown": (1, 2),
    "sqrt": (1, 1), "abs": (1, 1), "abs_value": (1, 1), "exponential": (1, 1), "log": (1, 2), "mod": (2, 2),
    "sum": (1, MANY), "mean": (1, MANY), "median": (1, MANY), "stdev": (1, MANY), "min": (1, MANY), "max": (1, MANY),
    "isnumber": (1, 1), "isinteger": (1, 1), "isblankormissingcode": (1, 1), "isblankormissing": (1, 1),
    "isblanknotmissingcode": (1, 1), "ismissingcode": (1, 2), "hasmissingcode": (1, MANY),
    "contains": (2, 2), "not_contain": (2, 2), "starts_with": (2, 2), "ends_with": (2, 2),
    "find": (2, 2), "left": (2, 2), "right": (2, 2), "mid": (3, 3), "length": (1, 1), "trim": (1, 1),
    "upper": (1, 1), "lower": (1, 1), "replace_text": (3, 3), "concat": (1, MANY), "concat_ws": (2, MANY),
    "and": (1, MANY), "or": (1, MANY), "not": (1, 1),
}  # fmt: skip
"""Functions with the fewest and the most values that they take."""
DATEDIFF_UNITS = ("y", "M", "d", "h", "m", "s")

_SMART = (
    "record-name", "record-dag-id", "record-dag-name", "record-dag-label", "user-name", "user-fullname", "user-email",
    "user-dag-name", "user-dag-id", "user-dag-label", "user-role-id", "user-role-name", "user-role-label",
    "event-id", "event-number", "event-name", "event-label", "previous-event-name", "previous-event-label",
    "next-event-name", "next-event-label", "first-event-name", "first-event-label", "last-event-name",
    "last-event-label", "arm-number", "arm-label", "previous-instance", "current-instance", "next-instance",
    "first-instance", "last-instance", "new-instance", "instrument-name", "instrument-label", "form-url", "form-link",
    "survey-url", "survey-link", "survey-time-completed", "survey-date-completed", "project-id", "redcap-base-url",
    "redcap-version", "redcap-version-url", "survey-base-url", "is-form", "is-survey", "is-calendar-feed",
    "data-access-group",
)  # fmt: skip


def is_smart(name: str) -> bool:
    """Whether a name in square brackets is one of REDCap's own."""
    return name in _SMART or "-" in name
