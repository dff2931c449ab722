"""What an amendment means for participants who are under way: visit by visit, in dates.

Both versions are laid out for the same person and the same facts. To whom the amendment applies decides what counts:
for `new` participants only, people under way stay on their version; for `future_visits`, what is over stays as it was;
for `all`, earlier visits are held against the newer version too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.amendments.summary import verdicts
from protocol_dsl.participants.calendar import Entry, Plans, calendar
from protocol_dsl.participants.plan import ENDING
from protocol_dsl.participants.records import DONE, Participant
from protocol_dsl.participants.site_calendar import to_date

if TYPE_CHECKING:
    from protocol_dsl.amendments.records import Comparison

KINDS = {
    "moved": "moved",
    "window": "window changed",
    "added": "added",
    "removed": "no longer asked for",
    "never": "never reachable",
    "out_of_window": "now out of window",
}
"""What can happen to a visit of a participant."""
UNSAID = "future_visits"
"""To whom an amendment applies that does not say it."""


class Days(NamedTuple):
    """The day to plan for, or on which it took place, and the window, as ordinals; None for what is not known."""

    planned: int | None
    earliest: int | None
    latest: int | None

    @property
    def text(self) -> str:
        """As people write it: `2026-03-30 (2026-03-30 to 2026-04-01)`."""
        window = f"{iso(self.earliest)} to {iso(self.latest)}" if self.earliest or self.latest else ""
        if self.planned is None:
            return window or "no day yet"
        return f"{iso(self.planned)} ({window})" if window else iso(self.planned)


class VisitChange(NamedTuple):
    """What happens to one visit of one person; `kind` is one of `KINDS`, `text` a sentence without a full stop."""

    kind: str
    visit: str
    label: str
    old: Days | None
    new: Days | None
    text: str


class Person(NamedTuple):
    """One participant: what happens to the visits, and the visit at which new consent is due with its day, if that is
    known.

    `why` says why somebody is unaffected, or why new consent has no visit.
    """

    code: str
    site: str
    changes: list[VisitChange]
    reconsent: str | None
    reconsent_on: int | None
    why: str

    @property
    def is_affected(self) -> bool:
        """Whether anything is different for this person."""
        return bool(self.changes) or self.reconsent is not None


class UnderWay(NamedTuple):
    """All participants as of the day `on`; `is_said` tells whether the amendment says to whom it `applies`.

    `consent` is what the comparison suggests about new consent: `yes`, `review` or `no`.
    """

    on: int
    applies: str
    is_said: bool
    consent: str
    people: list[Person]

    @property
    def affected(self) -> list[Person]:
        """Those for whom something is different."""
        return [person for person in self.people if person.is_affected]

    @property
    def sentence(self) -> str:
        """One line about all."""
        whom = {"new": "new participants only", "future_visits": "future visits", "all": "all visits"}[self.applies]
        said = "" if self.is_said else ", which the amendment does not say"
        consent = sum(person.reconsent is not None for person in self.people)
        more = (
            f"; new consent {'due' if self.consent == 'yes' else 'to be considered'} for {consent}" if consent else ""
        )
        return (
            f"on {iso(self.on)}, {len(self.affected)} of {len(self.people)} participants affected; "
            f"it applies to {whom}{said}{more}"
        )


def under_way(comparison: Comparison, people: Iterable[Participant], on: int) -> UnderWay:
    """What the newer version means for people, in the order of their codes. Both schedules are free of conflicts."""
    applies = comparison.amendment.applies if comparison.amendment is not None else None
    consent = next(each.value for each in verdicts(comparison) if each.flag == "reconsent")
    followed = _Following(comparison, applies or UNSAID, consent, on)
    found = [followed.person(each) for each in sorted(people, key=lambda each: each.code)]
    return UnderWay(on, applies or UNSAID, applies is not None, consent, found)


class _Following:
    def __init__(self, comparison: Comparison, applies: str, consent: str, on: int) -> None:
        old, new = comparison.old, comparison.new
        assert old.protocol is not None
        assert old.schedule is not None
        assert new.protocol is not None
        assert new.schedule is not None
        self.from_version = old.protocol.study.version
        self.old, self.new = Plans(old.protocol, old.schedule), Plans(new.protocol, new.schedule)
        self.renamed = {
            str(change.old): str(change.new)
            for change in comparison.changes
            if change.action == "rename" and change.path[0] in ("visits", "events", "arms", "populations")
        }
        self.before = {new: old for old, new in self.renamed.items()}
        self.applies, self.consent, self.on = applies, consent, on

    def person(self, participant: Participant) -> Person:
        """One participant."""
        site = participant.site or ""
        dated = participant.dated(self.on)
        ended = next((record for record in dated if record.event in ENDING), None)
        if ended is not None:
            return Person(participant.code, site, [], None, None, f"participation ended on {iso(ended.day)}")
        if self.applies == "new" and dated:
            version = f"version {self.from_version}" if self.from_version else "the older version"
            return Person(participant.code, site, [], None, None, f"stays on {version}: it applies to new participants")
        was, now = self._with_names(participant, self.before), self._with_names(participant, self.renamed)
        old = {entry.visit.name: entry for entry in calendar(self.old.of(was), was, self.on)}
        new = {entry.visit.name: entry for entry in calendar(self.new.of(now), now, self.on)}
        changes = list(self._changes(old, new))
        visit, day, why = self._reconsent(new, is_in=any(record.status == DONE for record in dated))
        if not changes and visit is None:
            why = why or "no visit of this participant changes"
        return Person(participant.code, site, changes, visit, day, why)

    def _with_names(self, participant: Participant, names: dict[str, str]) -> Participant:
        """The participant with events, arm and populations as one version calls them."""
        populations = participant.populations
        return Participant(
            participant.code,
            participant.line,
            participant.site,
            names.get(participant.arm, participant.arm) if participant.arm else participant.arm,
            tuple(names.get(each, each) for each in populations) if populations is not None else None,
            [record._replace(event=names.get(record.event, record.event)) for record in participant.records],
        )

    def _changes(self, old: dict[str, Entry], new: dict[str, Entry]) -> Iterator[VisitChange]:
        for name, entry in new.items():
            before = old.pop(self.before.get(name, name), None)
            found = self._added(entry) if before is None else self._kept(before, entry)
            if found is not None:
                yield found
        for entry in old.values():
            if entry.state in ("due", "open", "overdue"):
                days = _days(entry)
                yield _change("removed", entry, days, None, f"no longer asked for; it was planned for {days.text}")

    def _added(self, entry: Entry) -> VisitChange | None:
        """A visit that only the newer version has."""
        days = _days(entry)
        if entry.state in ("due", "open"):
            return _change("added", entry, None, days, f"new, {days.text}")
        if entry.state in ("overdue", "missed", "unreachable"):
            return _change("never", entry, None, days, f"new, and {self._past(days)}{self._verdict()}")
        return None

    def _kept(self, before: Entry, entry: Entry) -> VisitChange | None:
        """A visit that both versions have."""
        was, now = _days(before), _days(entry)
        if entry.state == "done":
            if self.applies != "all" or before.state != "done" or before.days or not entry.days:
                return None
            count = abs(entry.days)
            how = f"{count} {'day' if count == 1 else 'days'} too {'late' if entry.days > 0 else 'early'}"
            window = f"{iso(now.earliest)} to {iso(now.latest)}"
            return _change("out_of_window", entry, was, now, f"took place on {iso(entry.done)}, now {how} ({window})")
        if was == now and (entry.state == "unreachable") == (before.state == "unreachable"):
            return None
        if entry.state in ("due", "open"):
            kind = "window" if was.planned is not None and was.planned == now.planned else "moved"
            return _change(kind, entry, was, now, f"{was.text} → {now.text}")
        if before.state in ("due", "open"):
            # It could still be kept under the older version, and under the newer one its time is over.
            return _change("never", entry, was, now, f"was {was.text}; {self._past(now)}{self._verdict()}")
        return None

    def _past(self, days: Days) -> str:
        if days.latest is not None and days.latest < self.on:
            return f"its time is over: {iso(days.earliest)} to {iso(days.latest)}"
        return "no day is left for it"

    def _verdict(self) -> str:
        return "; missing under the newer version" if self.applies == "all" else "; not asked of this participant"

    def _reconsent(self, new: dict[str, Entry], *, is_in: bool) -> tuple[str | None, int | None, str]:
        if self.consent == "no" or not is_in:
            return None, None, ""
        ahead = [
            entry
            for entry in new.values()
            if entry.state in ("due", "open") and (entry.planned is None or entry.planned >= self.on)
        ]
        if not ahead:
            return None, None, "no visit is left at which consent could be asked for"
        first = min(
            ahead, key=lambda entry: (entry.planned or max(entry.earliest or _LAST, self.on), entry.visit.order)
        )
        return first.visit.name, first.planned, ""


_LAST = 1 << 40


def _days(entry: Entry) -> Days:
    return Days(entry.done or entry.planned, entry.earliest, entry.latest)


def _change(kind: str, entry: Entry, old: Days | None, new: Days | None, text: str) -> VisitChange:
    return VisitChange(kind, entry.visit.name, entry.visit.label or entry.visit.name, old, new, text)


def iso(ordinal: int | None) -> str:
    """A day, or three dots where nothing limits it."""
    return to_date(ordinal).isoformat() if ordinal is not None else "…"
