"""Under which heading of the schedule of assessments an assessment or collection stands, as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from protocol_dsl.model.schedule import Assessment, Collection
from protocol_dsl.model.wording import listing

ELIGIBILITY = "eligibility"
INTERVENTIONS = "interventions"
THROUGHOUT = "throughout"
OTHER = "other"

SECTIONS = {
    ELIGIBILITY: "Eligibility and consent",
    INTERVENTIONS: "Interventions",
    "safety": "Safety",
    "laboratory": "Laboratory",
    "imaging": "Imaging",
    "procedure": "Procedures",
    "pharmacokinetics": "Pharmacokinetics",
    "pharmacodynamics": "Pharmacodynamics",
    "immunogenicity": "Immunogenicity",
    "biomarker": "Biomarkers",
    "efficacy": "Efficacy",
    "scores": "Scales and gradings",
    "patient_reported": "Patient-reported outcomes",
    THROUGHOUT: "Throughout the trial",
    OTHER: "Other assessments",
}
"""The headings in the order of the table; categories unknown here stand before the last two."""

UNDER = {
    "consent": ELIGIBILITY,
    "demographics": ELIGIBILITY,
    "history": ELIGIBILITY,
    "physical": "safety",
    "vital_signs": "safety",
    "cardiac": "safety",
    "medication": "safety",
    "virology": "laboratory",
    "response": "efficacy",
    "disease_activity": "efficacy",
    "quality_of_life": "patient_reported",
    "logistics": OTHER,
}
"""Categories that share the heading of another."""

FIRST = ("consent", "demographics", "history", ELIGIBILITY)
"""The order of the rows under the first heading, in which they happen; elsewhere rows keep the order of the text."""

FAMILIES = (
    ("imaging", "procedure"),
    ("pharmacokinetics", "pharmacodynamics", "immunogenicity", "biomarker"),
    ("efficacy", "scores", "patient_reported"),
)
"""Headings that are joined when one of them would stand above a single row."""


class Guess(NamedTuple):
    """`category` of what has none, by the beginning of a word in its name or label."""

    category: str
    words: tuple[str, ...]


GUESSES = (
    Guess("consent", ("informed consent", "consent")),
    Guess("demographics", ("demograph",)),
    Guess("history", ("medical history", "disease history", "anamnes")),
    Guess(ELIGIBILITY, ("eligibilit", "inclusion and exclusion", "inclusion/exclusion")),
    Guess("vital_signs", ("vital sign", "vitals", "body weight", "body temperature", "blood pressure")),
    Guess("physical", ("physical exam", "physical_exam")),
    Guess("cardiac", ("ecg", "ekg", "12-lead", "electrocardiogra", "echocardiogra")),
    Guess("safety", ("adverse event", "adverse_event", "injection site", "serious adverse")),
    Guess("medication", ("concomitant", "co-medication", "conmed")),
    Guess("imaging", ("computed tomogra", "magnetic resonance", "mri", "ct scan", "pet-ct", "pet/ct", "x-ray",
                      "ultrasound", "radiograph")),
    Guess("laboratory", ("pregnancy test", "hcg", "blood count", "haematolog", "hematolog", "chemistry", "biochemi",
                         "coagulation", "urinalys", "virolog", "serolog")),
    Guess("pharmacokinetics", ("pharmacokinetic",)),
    Guess("immunogenicity", ("anti-drug antibod", "immunogenicit")),
)  # fmt: skip
"""The first row that fits wins."""


class Heading(NamedTuple):
    """One heading: `keys` are the sections that it joins."""

    keys: tuple[str, ...]
    title: str


def section_of(part: Assessment | Collection) -> str:
    """The key in `SECTIONS` under which it stands; a category unknown there is its own."""
    category = part.category
    if isinstance(part, Collection):
        return THROUGHOUT if category in (None, "medication") else UNDER.get(category, category)
    category = category or guessed(part) or ("scores" if part.instrument else OTHER)
    return UNDER.get(category, category)


def heading_of(part: Assessment | Collection) -> str:
    """The heading under which it stands when no headings are joined."""
    return title(section_of(part))


def title(section: str) -> str:
    """The heading of a section."""
    return SECTIONS.get(section) or section.replace("_", " ").capitalize()


def guessed(part: Assessment | Collection) -> str | None:
    """The category that its name or label tells; None where neither does."""
    text = f"{part.name} {part.label or ''}"
    return next((guess.category for guess in GUESSES if any(_begins(word, text) for word in guess.words)), None)


def rank_within(part: Assessment | Collection) -> int:
    """Where it stands among the rows of its section: only the first section has an order of its own."""
    if section_of(part) != ELIGIBILITY:
        return 0
    category = part.category if part.category in FIRST[:-1] else guessed(part)
    return FIRST.index(category) if category in FIRST else len(FIRST)


def headings(rows: Mapping[str, int]) -> list[Heading]:
    """The headings over sections with so many rows each, in the order of the table."""
    groups = [[key] for key in sorted(rows, key=_rank)]
    for family in FAMILIES:
        groups = _joined(groups, [[key] for key in family if key in rows], rows)
    return [Heading(tuple(keys), _title(keys)) for keys in groups]


def _joined(groups: list[list[str]], members: list[list[str]], rows: Mapping[str, int]) -> list[list[str]]:
    """The groups, with a member of a single row in one group with the next, the last one with the one before it."""
    made: list[list[str]] = []
    for at, member in enumerate(members):
        is_short = sum(rows[key] for key in made[-1]) == 1 if made else False
        is_last_alone = at == len(members) - 1 and rows[member[0]] == 1
        if made and (is_short or is_last_alone):
            made[-1] = [*made[-1], *member]
        else:
            made.append(member)
    inside = {key for member in members for key in member}
    first = next((at for at, keys in enumerate(groups) if keys[0] in inside), len(groups))
    rest = [keys for keys in groups if keys[0] not in inside]
    return [*rest[:first], *made, *rest[first:]]


def _title(keys: Iterable[str]) -> str:
    first, *others = (title(key) for key in keys)
    return listing([first, *(text[0].lower() + text[1:] for text in others)], "and")


def _begins(word: str, text: str) -> bool:
    return re.search(rf"(?<![^\W_]){re.escape(word)}", text, re.IGNORECASE) is not None


def _rank(section: str) -> tuple[float, str]:
    known = list(SECTIONS)
    return (known.index(section) if section in SECTIONS else len(known) - 2.5, section)
