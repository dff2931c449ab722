"""The words of registry prose: counts, lists, lengths of time, and the things of a trial by their titles.

Registry fields are plain text, in which superscripts are lost; so powers of ten are written `3.0×10^8` throughout.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from protocol_dsl.model import wording
from protocol_dsl.model.base import Duration, Gap, Point, Quantity
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.study import Enrollment, Size
from protocol_dsl.quantities import UnitError, format_unit, parse_unit
from protocol_dsl.quantities.numbers import from_superscript
from protocol_dsl.render.text import clause, counted

BOUNDS = {"exactly": "", "about": "about ", "at_least": "at least ", "up_to": "up to ", "at_most": "at most "}
NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

# Named things whose name says too little in a sentence; labels in the protocol take their place.
_SPOKEN = {
    "consent": "informed consent",
    "enrolment": "enrolment",
    "non_evaluable": "not evaluable",
    "recommended_dose": "the recommended dose",
    "mtd": "the maximum tolerated dose",
    "study": "the study",
}
_RAISED = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_ARTICLE_FIRST = re.compile(r"(?:first|second|third|fourth|fifth|sixth|last|end|start|beginning)\b")


def listed(parts: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def number_word(number: int) -> str:
    """`three` for 3; figures from thirteen on."""
    return NUMBER_WORDS[number] if 0 < number < len(NUMBER_WORDS) else str(number)


def sentence(text: str) -> str:
    """The text as one sentence: first letter large, a full stop at its end."""
    text = " ".join(text.split())
    return capital(text) + ("" if text.endswith((".", "!", "?", ".”")) else ".") if text else ""


def capital(text: str) -> str:
    """The text with a capital first letter, unless its first word has capitals or figures of its own (`mRSS`)."""
    first = re.split(r"[\s,;:]", text, maxsplit=1)[0]
    return text if any(c.isupper() or c.isdigit() for c in first) else text[:1].upper() + text[1:]


def copyable(text: str) -> str:
    """The text without what is lost on the way into a form: `10⁸` is `10^8`, `m²` is `m^2`, a minus sign is `-`."""
    return _RAISED.sub(lambda match: "^" + from_superscript(match[0]), text.replace("−", "-"))


def unit_name(unit: str) -> str:
    """A unit as people write it: `copies/µg` of `copies/ug`, `10^6/L` of `10*6/L`; as it stands if it is none."""
    try:
        return copyable(format_unit(parse_unit(unit), "registry").removeprefix("×"))
    except UnitError:
        return unit


def full_stops(parts: Sequence[str]) -> str:
    """The parts as sentences of one paragraph."""
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)


def people(names: Sequence[str]) -> str:
    """`the investigator and the sponsor`, of names of roles."""
    return listed([f"the {name.replace('_', ' ')}" for name in names])


def size(size: Size | Enrollment) -> str:
    """`up to 9 participants per level`, `about 12 participants`."""
    per = f" per {size.per.replace('_', ' ')}" if isinstance(size, Size) and size.per else ""
    return f"{BOUNDS[size.bound]}{counted(size.count, 'participant')}{per}"


def in_sentence(title: str) -> str:
    """A title within a sentence, with its article where it needs one: `the first infusion`."""
    text = clause(title)
    return f"the {text}" if _ARTICLE_FIRST.match(text) else text


class Words:
    """Titles of everything that a sentence can speak of, and quantities and times that survive copying."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.titles: dict[str, str] = {}
        for kind in (
            protocol.facts,
            protocol.assessments,
            protocol.populations,
            protocol.arms,
            protocol.products,
            protocol.groups,
            protocol.stages,
            protocol.events,
            protocol.visits,
        ):
            for element in kind:
                spoken = _SPOKEN.get(element.name, element.name.replace("_", " ") if element.label is None else "")
                self.titles[element.name] = element.label or spoken

    def title(self, name: str) -> str:
        """The thing's label as it is written."""
        return self.titles.get(name) or _SPOKEN.get(name, name.replace("_", " "))

    def named(self, name: str) -> str:
        """The thing within a sentence: `informed consent`, `the first infusion`, `Day 28`."""
        return in_sentence(self.title(name))

    def step(self, name: str) -> str:
        """What begins with visit `name`: the stage when the visit begins a series and the stage, else the visit."""
        visit = self.protocol.visit(name)
        stage = self.protocol.stage(visit.stage) if visit is not None and visit.stage and visit.series else None
        if stage is not None and len(stage.visits) > 1 and stage.visits[0] == name:
            return self.named(stage.name)
        return self.named(name)

    def quantity(self, quantity: Quantity) -> str:
        """`3.0×10^8 cells`, `28 days`, `20 %`."""
        return re.sub(r"(?<=\d)%$", " %", copyable(wording.quantity(quantity)))

    def duration(self, duration: Duration) -> str:
        """`28 days`; `2 weeks or 5 half-lives, whichever is shorter`."""
        return copyable(wording.duration(duration))

    def gap(self, gap: Gap) -> str:
        """`28 days`; `3 to 14 days`."""
        return copyable(wording.gap(gap))

    def point(self, point: Point) -> str:
        """`informed consent`, `6 months after infusion`, `the end of follow-up`, `Month 12`."""
        return copyable(wording.point(point, {point.of: self.named(point.of)} if point.of else {}))
