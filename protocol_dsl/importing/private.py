"""What must not get into a protocol file: telephone numbers, e-mail addresses, and characters that cannot be seen."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from protocol_dsl.exchange.contact_details import email, is_phone, named_phone, phone

NO_PHONE = "[telephone number left out]"
NO_EMAIL = "[e-mail address left out]"

# Control characters but line break and tab; half surrogates; characters without width, those that turn the direction
# of text, and marks of byte order.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
# What introduces a contact detail and says nothing without it.
_TRAILING = re.compile(
    r"(?:[\s:;,(/-]|\b(?:call|tel|telephone|phone|fax|e-?mail|contact|please|at|or|and|via))$", re.IGNORECASE
)
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")


class Cleaned(NamedTuple):
    """A text without what must not stand in a protocol, and how much of each kind was taken out."""

    text: str
    removed: Counter[str]


def clean(text: str) -> Cleaned:
    """The text without invisible characters, with a remark in the place of each contact detail."""
    removed: Counter[str] = Counter()
    if not text.isascii() or not text.isprintable():
        text = _LINE_ENDS.sub("\n", text)
        text, count = _INVISIBLE.subn("", text)
        if count:
            removed["invisible characters"] = count
    if "@" in text:
        text, count = email().subn(NO_EMAIL, text)
        if count:
            removed["e-mail addresses"] = count
    if any(character.isdigit() for character in text):
        text = named_phone().sub(lambda found: _without_number(found, removed), text)
        text = phone().sub(lambda found: _instead(found[0], removed), text)
    return Cleaned(text, removed)


def person(name: str) -> str:
    """The name of a contact up to the first contact detail in it; a name without any stays as it is."""
    if NO_PHONE not in name and NO_EMAIL not in name:
        return name
    for remark in (NO_PHONE, NO_EMAIL):
        name = name.partition(remark)[0]
    name = " ".join(name.split())
    while (shorter := _TRAILING.sub("", name)) != name:
        name = shorter
    return name


def _instead(number: str, removed: Counter[str]) -> str:
    if not is_phone(number):
        return number
    removed["telephone numbers"] += 1
    return NO_PHONE


def _without_number(found: re.Match[str], removed: Counter[str]) -> str:
    return found[0][: found.start("number") - found.start()] + _instead(found["number"], removed)
