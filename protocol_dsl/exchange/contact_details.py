"""Telephone numbers and e-mail addresses in running text."""

from __future__ import annotations

import re
from functools import cache

FEWEST, MOST = 7, 15
"""Digits of a telephone number."""


@cache
def email() -> re.Pattern[str]:
    """An e-mail address."""
    return re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


@cache
def phone() -> re.Pattern[str]:
    """What looks like a telephone number by its form; its digits have to be counted."""
    return re.compile(
        r"""(?<![\w.^/=-])(?:
          \+\d[\d\s().-]{6,20}\d
        | (?:\+?1[-.\s])?\(?[2-9]\d{2}\)?[-.\s]\s?\d{3}[-.\s]\d{4}
        | 1-8\d\d-[A-Z]{4,10}\b(?:\s?\(1-8[\d-]{8,12}\))?
        | 0\d{2,4}[-\s]\d{6,8}
        )(?![\w-])""",
        re.VERBOSE,
    )


@cache
def named_phone() -> re.Pattern[str]:
    """A `number` behind a word that says what it is."""
    return re.compile(
        r"\b(?:tel(?:ephone)?|phone|fax|mobile|call|toll[- ]free)\b\.?:?\s*(?:number|no\.?|at)?:?\s*"
        r"(?P<number>[+(\d][\d\s().-]{5,20}\d)",
        re.IGNORECASE,
    )


def is_phone(number: str) -> bool:
    """Whether a number has as many digits as a telephone number, or letters among them."""
    digits = sum(character.isdigit() for character in number)
    return any(character.isalpha() for character in number) or FEWEST <= digits <= MOST


def find(text: str) -> str | None:
    """The first e-mail address or telephone number of a text."""
    if "@" in text and (found := email().search(text)):
        return found[0]
    # The patterns of numbers take longer to make than a whole text takes to read, and few texts need them.
    if re.search(r"[+(\d][\d\s().-]{5}|1-8\d\d-", text) is None:
        return None
    numbers = [match["number"] for match in named_phone().finditer(text)]
    numbers += [match[0] for match in phone().finditer(text)]
    return next((number for number in numbers if is_phone(number)), None)
