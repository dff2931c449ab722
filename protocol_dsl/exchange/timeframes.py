"""Time frames of outcome measures as registries print them: read from a phrase, and written as one.

Five kinds are written: a point (`Week 16`), a list (`Weeks 4, 12 and 24`), a span (`From baseline to Week 16`), a
minimum and a maximum. Each moment has its number, its unit and, where one is known, the event that it counts from.
Whatever `render` writes, `parse` reads back as the same. Source of the forms: time frames in public records of
ClinicalTrials.gov, and the PRS guidance that a time frame names a number, a unit and an anchor.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

LONGEST = 254
"""Characters that the field takes."""

UNITS = ("minute", "hour", "day", "week", "month", "year")
_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SHORT = {"min": "minute", "hr": "hour", "h": "hour", "wk": "week", "mo": "month", "mth": "month", "yr": "year"}

# What records write for events that every protocol has, and for the baseline.
ANCHORS: dict[str, str] = {
    "randomization": "randomization",
    "randomisation": "randomization",
    "time of randomization": "randomization",
    "time of randomisation": "randomization",
    "date of randomization": "randomization",
    "enrollment": "enrolment",
    "enrolment": "enrolment",
    "study enrollment": "enrolment",
    "study enrolment": "enrolment",
    "study entry": "enrolment",
    "informed consent": "consent",
    "consent": "consent",
    "signing of informed consent": "consent",
    "end of study": "end_of_study",
    "the end of study": "end_of_study",
    "the end of the study": "end_of_study",
    "study completion": "end_of_study",
    "completion of study": "end_of_study",
    "completion of the study": "end_of_study",
    "death": "death",
    "progression": "progression",
    "disease progression": "progression",
    "relapse": "relapse",
    "withdrawal": "withdrawal",
    "baseline": "baseline",
    "baseline visit": "baseline",
}

Kind = Literal["point", "list", "span", "minimum", "maximum", "about"]


class Moment(NamedTuple):
    """A moment.

    `day 28` of the timeline has a `unit` and a whole `number` and is `counted`; `3 years` has them and is not. Either
    may lie `after` or `before` an `anchor`, given in words; an anchor alone is the moment itself.
    """

    number: float | None = None
    unit: str = ""
    counted: bool = False
    relation: Literal["", "after", "before"] = ""
    anchor: str = ""


class TimeFrame(NamedTuple):
    """A time frame: two moments of a span, one or more of a list, one of any other kind."""

    kind: Kind
    moments: tuple[Moment, ...]


def render(frame: TimeFrame) -> str:
    """The phrase. A frame that is only `about` a moment is written as that moment: registries take no "about"."""
    if frame.kind == "span":
        return f"From {_said(frame.moments[0])} to {_said(frame.moments[1])}"
    if frame.kind == "list":
        return _capital(_listed(frame.moments))
    words = {"minimum": "Minimum ", "maximum": "Up to "}.get(frame.kind, "")
    return _capital(words + _said(frame.moments[0]))


def parse(phrase: str) -> TimeFrame | None:
    """The time frame that a phrase of a registry means; None for a phrase that means more, or something else."""
    text = _plain(phrase)
    for pattern, kind in _PREFIXES:
        found = pattern.fullmatch(text)
        if found is not None:
            moment = _moment(found["rest"])
            return TimeFrame(kind, (moment,)) if moment is not None else None
    for pattern in _SPANS:
        found = pattern.fullmatch(text)
        if found is not None:
            ends = [_moment(found["start"]), _moment(found["end"])]
            if None not in ends:
                return TimeFrame("span", tuple(each for each in ends if each is not None))
    assessed = _ASSESSED.fullmatch(text)
    if assessed is not None:
        start, length = _moment(assessed["start"]), _moment(assessed["end"])
        if start is None or length is None or start.number is not None or length.anchor or length.counted:
            return None
        return TimeFrame("span", (start, length._replace(relation="after", anchor=start.anchor)))
    run = _RUN.fullmatch(text)
    if run is not None and _number(run["first"]) < _number(run["last"]):
        ends = [Moment(_number(run[each]), _unit(run["unit"]), True) for each in ("first", "last")]
        anchor = _moment(f"day 1 {run['anchor']}") if run["anchor"] else None
        if anchor is not None:
            ends = [each._replace(relation=anchor.relation, anchor=anchor.anchor) for each in ends]
        return TimeFrame("span", tuple(ends)) if anchor is not None or not run["anchor"] else None
    moment = _moment(text)
    if moment is not None:
        return TimeFrame("point", (moment,))
    moments = _list(text)
    return TimeFrame("list", tuple(moments)) if moments is not None else None


# ---- writing ----


def _said(moment: Moment) -> str:
    words = _amount(moment)
    if not moment.anchor:
        return words
    return f"{words} {moment.relation} {moment.anchor}" if words else moment.anchor


def _amount(moment: Moment) -> str:
    if moment.number is None:
        return ""
    number = _figure(moment.number)
    if moment.counted:
        return f"{moment.unit.capitalize()} {number}"
    return f"{number} {moment.unit}{'' if moment.number == 1 else 's'}"


def _figure(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _listed(moments: tuple[Moment, ...]) -> str:
    """Moments of one unit together: `Weeks 4 and 12 after infusion`, `baseline, Week 4, 3 months after infusion`."""
    first = moments[0]
    same = all(
        each.number is not None and each._replace(number=None) == first._replace(number=None) for each in moments
    )
    if not same or len(moments) < 2:
        return "; ".join(map(_said, moments))
    figures = [_figure(each.number or 0) for each in moments]
    joined = f"{', '.join(figures[:-1])} and {figures[-1]}"
    words = f"{first.unit.capitalize()}s {joined}" if first.counted else f"{joined} {first.unit}s"
    return f"{words} {first.relation} {first.anchor}" if first.anchor else words


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ---- reading ----

_NUMBER = rf"(?:\d+(?:\.\d+)?|{'|'.join(_NUMBER_WORDS)})"
_UNIT = r"(?:minutes?|mins?|hours?|hrs?|h|days?|weeks?|wks?|months?|mths?|mos?|years?|yrs?)"
_CALENDAR = r"(?:days?|weeks?|months?|years?)"
_SIGNED = r"[-−–]?\d+"
_RELATION = (
    r",?\s*(?P<relation>after completion of|after|following|post|since|from|before|prior to|pre)[\s-]+(?P<anchor>.+)"
)
_ANCHOR = re.compile(r"(?:the\s)?[^\W\d_][\w'’/.-]*(?:\s[\w'’/.-]+){0,9}")
# Words that join two moments or put a condition: what follows them is no name of an event.
_NO_ANCHOR = re.compile(
    r"\b(?:or|and|to|until|through|whichever|if|up|every|each|assessed|average|then|vs|approximately|about|weeks?|days?"
    r"|months?|years?|hours?|minutes?|after|before|following|from|since|post)\b",
    re.IGNORECASE,
)

_TIMELINE = re.compile(rf"(?P<unit>{_CALENDAR})\s?(?P<number>{_SIGNED})(?:{_RELATION})?", re.IGNORECASE)
_DURATION = re.compile(rf"(?P<number>{_NUMBER})[\s-]?(?P<unit>{_UNIT})(?:{_RELATION})?", re.IGNORECASE)
_EVENT = re.compile(
    r"(?:at\s|on\s)?(?P<anchor>(?:baseline(?:\svisit)?|screening(?:\svisit)?|(?:study\s)?enroll?ment|randomi[sz]ation"
    r"|(?:informed\s)?consent|discharge|delivery|birth|infusion|study\s(?:entry|completion)"
    r"|(?:the\s)?(?:end|start|beginning|completion|date|time)\sof\s.+))",
    re.IGNORECASE,
)
_SOFT = r"(?:(?:approximately|about|approx\.?|an average of|estimated|average of|~)\s?)*"
_PREFIXES: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"(?:minimum(?:\sof)?|at least|a minimum of)\s(?P<rest>.+)", re.IGNORECASE), "minimum"),
    (
        re.compile(r"(?:a\s)?(?:maximum(?:\sof)?|at most|within)\s(?P<rest>.+)", re.IGNORECASE),
        "maximum",
    ),
    (
        re.compile(
            rf"(?:through\s.+?,\s)?(?:assessed\s)?{_SOFT}(?:for\s)?up to\s(?:a maximum of\s)?{_SOFT}(?P<rest>.+)",
            re.IGNORECASE,
        ),
        "maximum",
    ),
    (re.compile(rf"through\s.+?,\s(?:an\s)?average(?:\sof)?\s{_SOFT}(?P<rest>.+)", re.IGNORECASE), "maximum"),
    (re.compile(r"(?:through|until|throughout)\s(?P<rest>.+)", re.IGNORECASE), "maximum"),
    (re.compile(r"(?:approximately|about|approx\.?|estimated|an average of|~)\s?(?P<rest>.+)", re.IGNORECASE), "about"),
)
_JOIN = r"(?:up\s)?(?:to|until|through|till)"
_SPANS = (
    re.compile(rf"(?:from|between)\s(?P<start>.+?)\s(?:{_JOIN}|and)\s(?P<end>.+)", re.IGNORECASE),
    re.compile(rf"(?P<start>.+?)\s{_JOIN}\s(?P<end>.+)", re.IGNORECASE),
)
# The pattern that the registry's help gives for times to an event.
_ASSESSED = re.compile(
    r"from\s(?P<start>.+?)\s(?:until|to)\s.+?,?\s(?:whichever\s(?:came|comes|occurs|occurred)\sfirst,?\s)?"
    rf"assessed\s(?:for\s)?up to\s{_SOFT}(?P<end>.+)",
    re.IGNORECASE,
)
_RUN = re.compile(
    rf"(?P<unit>{_CALENDAR})\s(?P<first>{_SIGNED})\s?(?:-|–|−|to|through)\s?(?P<last>\d+)(?P<anchor>\s.+)?",
    re.IGNORECASE,
)
_FIGURES = re.compile(
    rf"(?:(?P<calendar>{_CALENDAR})\s(?P<counted>{_SIGNED}(?:(?:,\s?(?:and\s)?|\s?and\s|\s?&\s){_SIGNED})+)"
    rf"|(?P<amounts>\d+(?:\.\d+)?(?:(?:,\s?(?:and\s)?|\s?and\s|\s?&\s)\d+(?:\.\d+)?)+)[\s-](?P<unit>{_UNIT}))"
    rf"(?:{_RELATION})?",
    re.IGNORECASE,
)


def _plain(phrase: str) -> str:
    """The phrase on one line, without remarks in brackets and without a full stop."""
    text = " ".join(re.sub(r"\([^()]*\)", " ", phrase).split())
    return re.sub(r"\s+([,;.])", r"\1", text).rstrip(" .。;,")


def _unit(word: str) -> str:
    stem = word.lower()
    stem = stem[:-1] if stem.endswith("s") else stem
    return _SHORT.get(stem, stem)


def _number(word: str) -> float:
    lower = word.lower()
    if lower in _NUMBER_WORDS:
        return _NUMBER_WORDS.index(lower) + 1
    return float(lower.replace("−", "-").replace("–", "-"))


def _moment(text: str) -> Moment | None:
    text = re.sub(r"^(?:at|on)\s", "", text.strip(" ,"), flags=re.IGNORECASE)
    for pattern, counted in ((_TIMELINE, True), (_DURATION, False)):
        found = pattern.fullmatch(text)
        if found is not None:
            number = _number(found["number"])
            moment = Moment(number, _unit(found["unit"]), counted)
            if not counted and number < 0:
                return None
            return _anchored(moment, found["relation"], found["anchor"])
    found = _EVENT.fullmatch(text)
    if found is not None:
        anchor = _anchor(found["anchor"])
        return Moment(anchor=anchor) if anchor else None
    return None


def _anchored(moment: Moment, relation: str | None, words: str | None) -> Moment | None:
    if relation is None or words is None:
        return moment
    lower = relation.lower()
    anchor = _anchor(f"completion of {words}" if lower == "after completion of" else words)
    before = lower in ("before", "prior to", "pre")
    if not anchor or (before and moment.counted):
        return None
    return moment._replace(relation="before" if before else "after", anchor=anchor)


def _anchor(words: str) -> str:
    """The words of an event; "" when they are no plain name of one."""
    words = re.sub(r"^the\s(?=time of|date of)", "", words.strip(), flags=re.IGNORECASE)
    if not _ANCHOR.fullmatch(words) or _NO_ANCHOR.search(words) or len(words) > 80:
        return ""
    return words[0].lower() + words[1:] if words[1:2].islower() else words


def _list(text: str) -> list[Moment] | None:
    """`Weeks 4, 12 and 24`, `3, 6 and 12 months after surgery`, `Baseline, Week 4; 3 months`."""
    found = _FIGURES.fullmatch(text)
    if found is not None:
        counted = found["calendar"] is not None
        figures = re.findall(_SIGNED if counted else r"\d+(?:\.\d+)?", found["counted"] or found["amounts"])
        unit = _unit(found["calendar"] or found["unit"])
        made = [
            _anchored(Moment(_number(figure), unit, counted), found["relation"], found["anchor"]) for figure in figures
        ]
        return None if None in made else [each for each in made if each is not None]
    parts = [part for part in re.split(r"\s*;\s*|\s*,\s*(?:and\s)?|\s+and\s+|\s+&\s+", text) if part]
    moments: list[Moment] = []
    for part in parts if len(parts) > 1 else []:
        moment = _moment(part)
        last = moments[-1] if moments else None
        if moment is None and last is not None and last.counted and re.fullmatch(_SIGNED, part):
            moment = last._replace(number=_number(part))  # `Baseline, Weeks 4, 12`
        if moment is None:
            return None
        moments.append(moment)
    return moments or None
