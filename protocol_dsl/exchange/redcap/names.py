"""Names that REDCap takes: fields, forms, unique names of events; what is cut stays unique."""

from __future__ import annotations

import hashlib
import re

LONGEST_FIELD = 26
"""REDCap advises it; statistics packages cut longer names."""
LONGEST_FORM = 50
LONGEST_EVENT = 18
"""Characters of a unique event name before `_arm_N`."""
_TAIL = 4


def field_name(name: str, forms: frozenset[str], taken: set[str], longest: int = LONGEST_FIELD) -> str:
    """The name of a field: small letters, digits and `_`, no name of REDCap's own, once in the project.

    What is too long or taken ends in four signs computed from the whole name, so that it does not change when other
    fields come or go: a field that is renamed in REDCap loses its data.
    """
    plain = _plain(name)
    reserved = plain.startswith("redcap_") or any(plain in (f"{form}_complete", f"{form}_timestamp") for form in forms)
    plain = plain if plain[:1].isalpha() and not reserved else f"f_{plain}"
    result, salt = plain, name
    while len(result) > longest or result in taken:
        result = f"{plain[: longest - _TAIL - 1].rstrip('_')}_{_sign(salt)}"
        salt += "'"
    taken.add(result)
    return result


def form_name(name: str, taken: set[str]) -> str:
    """The name of a form: small letters, digits and `_`, once in the project."""
    plain = _plain(name) or "form"
    result, salt = plain, name
    while len(result) > LONGEST_FORM or result in taken:
        result = f"{plain[: LONGEST_FORM - _TAIL - 1].rstrip('_')}_{_sign(salt)}"
        salt += "'"
    taken.add(result)
    return result


def event_name(name: str, taken: set[str]) -> str:
    """The name of an event in letters, digits and blanks, whose unique name is once in the project."""
    plain = " ".join(re.sub(r"[^A-Za-z0-9]+", " ", name).split()) or "Visit"
    result, salt = plain, name
    while len(result) > LONGEST_EVENT or slug(result) in taken:
        result = f"{plain[: LONGEST_EVENT - _TAIL - 1].strip()} {_sign(salt)}"
        salt += "'"
    taken.add(slug(result))
    return result


def slug(event: str) -> str:
    """What REDCap makes of an event's name, before it puts `_arm_N` behind it."""
    kept = re.sub(r"[^a-z0-9_ ]", "", event.lower()).strip()
    return re.sub(r"_+", "_", kept.replace(" ", "_"))[:LONGEST_EVENT].rstrip("_")


def unique_event(event: str, arm: int) -> str:
    """The unique name that REDCap gives to an event of an arm."""
    return f"{slug(event)}_arm_{arm}"


def _plain(name: str) -> str:
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", name.lower())).strip("_")


def _sign(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_TAIL]
