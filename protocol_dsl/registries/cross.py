"""Fields of a record of ClinicalTrials.gov that contradict each other.

Source: comments of the PRS schema (2018.05.08) and the registration checks of the NCI Clinical Trials Reporting
Program, in words of our own. Checked: 2026-11.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from protocol_dsl.registries.rules import Finding, object_of, value_of, values_at

_INFO = "designModule.designInfo"
_ARMS = "armsInterventionsModule.armGroups"
_GIVEN = "armsInterventionsModule.interventions"
_SITES = "contactsLocationsModule.locations"
_RECRUITING = ("RECRUITING", "ENROLLING_BY_INVITATION")
_MASKED = {"NONE": (0, 0), "SINGLE": (1, 1), "DOUBLE": (2, 2), "TRIPLE": (3, 3), "QUADRUPLE": (4, 4)}
_DATES = (
    ("statusModule.startDateStruct", "the start date"),
    ("statusModule.primaryCompletionDateStruct", "the primary completion date"),
    ("statusModule.completionDateStruct", "the study completion date"),
)
# Days of a unit, the fewest that it can mean.
_DAYS = {"day": 1, "week": 7, "month": 28, "year": 365}
_UNIT = r"(day|week|month|year)s?"
_LENGTH = re.compile(rf"(\d+(?:\.\d+)?)[ -]?{_UNIT}\b", re.IGNORECASE)
_NUMBERED = re.compile(rf"\b{_UNIT} (\d+(?:(?:, (?:and )?| and | to | ?[-–] ?)\d+\b)*)", re.IGNORECASE)
_EARLIER = re.compile(r"\b(?:before|prior|preced\w+|previous|past|age|old|ago|history|historical)\b", re.IGNORECASE)


def check_together(record: dict[str, Any]) -> Iterator[Finding]:
    """Contradictions between fields."""
    yield from _design(record)
    yield from _arms(record)
    yield from _masking(record)
    yield from _status(record)
    yield from _dates(record)
    yield from _last_measurement(record)
    yield from _places(record)


def _contradiction(path: str, message: str, help: str | None = None, *, is_sure: bool = True) -> Finding:
    return Finding("contradiction", path, message, help, is_sure=is_sure)


def _design(record: dict[str, Any]) -> Iterator[Finding]:
    kind = value_of(record, "designModule.studyType")
    info = object_of(record, _INFO)
    trial = [name for name in ("primaryPurpose", "interventionModel", "allocation", "maskingInfo") if info.get(name)]
    observed = [name for name in ("observationalModel", "timePerspective") if info.get(name)]
    if kind == "OBSERVATIONAL" and trial:
        yield _contradiction(f"{_INFO}.{trial[0]}", "an observational study has the design of an interventional one")
    if kind == "INTERVENTIONAL" and observed:
        yield _contradiction(f"{_INFO}.{observed[0]}", "an interventional study has the design of an observational one")
    if kind != "INTERVENTIONAL":
        return
    arms = len(list(values_at(record, f"{_ARMS}[]")))
    model, allocation = info.get("interventionModel"), info.get("allocation")
    if arms == 1 and model in ("PARALLEL", "CROSSOVER", "FACTORIAL"):
        yield _contradiction(f"{_INFO}.interventionModel", f"the model is {model}, and there is one arm")
    if arms > 1 and model == "SINGLE_GROUP":
        yield _contradiction(f"{_INFO}.interventionModel", f"the model is SINGLE_GROUP, and there are {arms} arms")
    if arms == 1 and allocation not in (None, "NA"):
        yield _contradiction(f"{_INFO}.allocation", f"the allocation is {allocation}, and there is one arm")
    if arms > 1 and allocation == "NA":
        help = "with several arms it is RANDOMIZED or NON_RANDOMIZED"
        yield _contradiction(
            f"{_INFO}.allocation", f"the allocation is NA, and there are {arms} arms", help, is_sure=False
        )


def _arms(record: dict[str, Any]) -> Iterator[Finding]:
    labels = [str(label) for _, label in values_at(record, f"{_ARMS}[].label")]
    for label, count in Counter(labels).items():
        if count > 1:
            place = labels.index(label, labels.index(label) + 1)
            yield _contradiction(f"{_ARMS}[{place}].label", f"{count} arms are called “{label}”")
    treated: set[str] = set()
    for path, given in values_at(record, f"{_GIVEN}[]"):
        of = [str(label) for label in given.get("armGroupLabels", [])]
        treated.update(of)
        for label in of:
            if label not in labels:
                yield _contradiction(
                    f"{path}.armGroupLabels", f"“{given.get('name')}” is given in “{label}”, which is no arm"
                )
        if labels and not of:
            help = "name it in `gives` of an arm, or leave the product out"
            yield _contradiction(path, f"“{given.get('name')}” is given in no arm", help)
    for path, arm in values_at(record, f"{_ARMS}[]"):
        is_observed = value_of(record, "designModule.studyType") != "INTERVENTIONAL"
        if not is_observed and arm.get("label") not in treated and arm.get("type") != "NO_INTERVENTION":
            help = "say with `gives` what it is given, or `role no_intervention`"
            yield _contradiction(path, f"nothing is given in the arm “{arm.get('label')}”", help)


def _masking(record: dict[str, Any]) -> Iterator[Finding]:
    path = f"{_INFO}.maskingInfo"
    masking = object_of(record, path)
    who: list[str] = masking.get("whoMasked") or []
    bounds = _MASKED.get(str(masking.get("masking")))
    if bounds is not None and (who or bounds == (0, 0)) and not bounds[0] <= len(who) <= bounds[1]:
        yield _contradiction(
            f"{path}.whoMasked", f"the masking is {masking['masking']}, and {len(who)} of the four roles are masked"
        )


def _status(record: dict[str, Any]) -> Iterator[Finding]:
    status = value_of(record, "statusModule.overallStatus")
    sites = [value for _, value in values_at(record, f"{_SITES}[].status")]
    stated = [each for each in sites if each is not None]
    recruiting = [each for each in sites if each in _RECRUITING]
    if status in _RECRUITING and stated and not recruiting:
        help = "write `recruiting` behind the place of a site"
        yield _contradiction("statusModule.overallStatus", f"the study is {status}, and no site recruits", help)
    if status in _RECRUITING and not stated:
        help = "write `recruiting` behind the place of a site"
        yield _contradiction(
            "statusModule.overallStatus", f"the study is {status}, and no site says that it is", help, is_sure=False
        )
    if status not in (None, "UNKNOWN", *_RECRUITING) and recruiting:
        yield _contradiction(
            "statusModule.overallStatus", f"the study is {status}, and {len(recruiting)} of the sites recruit"
        )
    count = value_of(record, "designModule.enrollmentInfo.count")
    if status == "WITHDRAWN" and count not in (None, 0):
        yield _contradiction(
            "designModule.enrollmentInfo.count",
            f"the study was withdrawn before anybody took part, and the enrollment is {count}",
        )
    has_contact = bool(value_of(record, "contactsLocationsModule.centralContacts")) or any(
        contacts for _, contacts in values_at(record, f"{_SITES}[].contacts")
    )
    if status in _RECRUITING and not has_contact:
        help = 'write `contact "…"` in the protocol or in a site'
        yield _contradiction(
            "statusModule.overallStatus", f"the study is {status}, and there is nobody to ask", help, is_sure=False
        )


def _dates(record: dict[str, Any]) -> Iterator[Finding]:
    verified = value_of(record, "statusModule.statusVerifiedDate")
    dates = [(path, name, object_of(record, path)) for path, name in _DATES]
    for path, name, date in dates:
        day, type_ = date.get("date"), date.get("type")
        if not isinstance(day, str) or not isinstance(verified, str) or type_ not in ("ACTUAL", "ESTIMATED"):
            continue
        # Dates are to the month or to the day: only what the coarser of the two tells is compared.
        shorter = min(len(day), len(verified))
        if type_ == "ACTUAL" and day[:shorter] > verified[:shorter]:
            yield _contradiction(
                path, f"{name} {day} is ACTUAL, and lies after the verification date {verified}", is_sure=False
            )
        if type_ == "ESTIMATED" and day[:shorter] < verified[:shorter]:
            yield _contradiction(
                path, f"{name} {day} is ESTIMATED, and lies before the verification date {verified}", is_sure=False
            )
    for (_, name, one), (path, other_name, other) in pairwise(dates):
        first, second = one.get("date"), other.get("date")
        if isinstance(first, str) and isinstance(second, str):
            shorter = min(len(first), len(second))
            if first[:shorter] > second[:shorter]:
                yield _contradiction(path, f"{other_name} {second} lies before {name} {first}")


def _last_measurement(record: dict[str, Any]) -> Iterator[Finding]:
    """A primary outcome that nobody can have reached when its data are said to be complete.

    Dates to the month are read as far apart as they can be, and units as short as they can be.
    """
    starts, ends = (object_of(record, path).get("date") for path, _ in _DATES[:2])
    if value_of(record, "designModule.studyType") != "INTERVENTIONAL":
        return
    first, last = _day_of(starts, latest=False), _day_of(ends, latest=True)
    if first is None or last is None or last < first:
        return
    for path, outcome in values_at(record, "outcomesModule.primaryOutcomes[]"):
        frame = " ".join(str(outcome.get("timeFrame", "")).split())
        if _longest(frame) > (last - first).days:
            help = "this date is the last measurement of the primary outcome: correct the date or the time frame"
            message = f"the time frame “{frame[:60]}” does not fit between the start date {starts} and"
            yield _contradiction(path, f"{message} the primary completion date {ends}", help, is_sure=False)


def _day_of(text: Any, *, latest: bool) -> datetime.date | None:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}(?:-\d{2})?", text):
        return None
    try:
        if len(text) == 10:
            return datetime.date.fromisoformat(text)
        year, month = int(text[:4]), int(text[5:])
        return datetime.date(year + month // 12, month % 12 + 1, 1) if latest else datetime.date(year, month, 1)
    except ValueError:
        return None


def _longest(frame: str) -> float:
    """Days of the longest time that a time frame names; 0 if it names none or looks back."""
    if _EARLIER.search(frame):
        return 0
    named = [float(number) * _DAYS[unit.lower()] for number, unit in _LENGTH.findall(frame)]
    for unit, numbers in _NUMBERED.findall(frame):
        named += [int(number) * _DAYS[unit.lower()] for number in re.findall(r"\d+", numbers)]
    return max(named, default=0)


def _places(record: dict[str, Any]) -> Iterator[Finding]:
    for path, site in values_at(record, f"{_SITES}[]"):
        if site.get("country") in ("United States", "USA") and not site.get("state"):
            yield _contradiction(
                path, f"the site “{site.get('facility', '')}” is in the United States, and its state is not named"
            )
    for path, number in values_at(record, "identificationModule.secondaryIdInfos[]"):
        if number.get("type") in ("REGISTRY", "OTHER_GRANT", "OTHER") and not number.get("domain"):
            yield _contradiction(path, f"the number {number.get('id')} does not say who gave it out", 'add `of "…"`')
