"""Visits of participants for calendar programs: one file a participant, one a site. Codes only, never names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from protocol_dsl.exchange import icalendar
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import TimePoint
from protocol_dsl.participants.calendar import Entry
from protocol_dsl.participants.site_calendar import first_ordinal, to_date
from protocol_dsl.render.participant_lists import Case, iso

_SEQUENCE_FROM = first_ordinal(2000)
_SAMPLE_MINUTES = 10


class Diary:
    """Makes the events of participants as of one day. `zones` has the time zone of each site that has one."""

    def __init__(self, protocol: Protocol, on: int, zones: dict[str, str | None]) -> None:
        self.protocol = protocol
        self.on = on
        self.zones = zones
        # An event that moved has to have a higher number than before; the day of the file rises.
        self.sequence = max(0, on - _SEQUENCE_FROM)

    def of_participant(self, case: Case) -> bytes:
        """The calendar of one participant."""
        return self._written(case.participant.code, self.events(case))

    def of_site(self, site: str, cases: Iterable[Case]) -> bytes:
        """The calendar of a site: its participants' visits, each with the code in front."""
        name = f"site {site}" if site else "all participants"
        return self._written(
            name, [event for case in cases for event in self.events(case, f"{case.participant.code} ")]
        )

    def _written(self, name: str, events: list[icalendar.Event]) -> bytes:
        study = self.protocol.study
        return icalendar.write(f"{study.acronym or study.name}: {name}", events, to_date(self.on))

    def events(self, case: Case, prefix: str = "") -> list[icalendar.Event]:
        """A day for each visit, its window, and its timed samples where the time of the dose is known."""
        found: list[icalendar.Event] = []
        for number, entry in enumerate(case.entries):
            # A visit that comes again has the same name; its place in the list tells its events apart.
            again = str(number) if any(each.visit is entry.visit for each in case.entries[:number]) else ""
            found += self._visit(case, entry, prefix, again)
        return found

    def _visit(self, case: Case, entry: Entry, prefix: str, again: str) -> Iterable[icalendar.Event]:
        study, code = self.protocol.study, case.participant.code
        day = entry.done or entry.planned or entry.target
        is_over = entry.state in ("missed", "unreachable")
        if day is None and entry.latest is not None and not is_over:
            day = entry.latest
        if day is None:
            return
        held = to_date(day)
        window = f"{iso(entry.earliest)} to {iso(entry.latest)}" if entry.earliest and entry.latest else ""
        description = "\n".join(
            each for each in (f"{entry.state}", f"Window: {window}" if window else "", *entry.remarks) if each
        )
        uid = (study.name, code, entry.visit.name, *([again] if again else []))
        event = icalendar.Event(
            uid=icalendar.stable_uid(*uid, "day"),
            first=held,
            last=held,
            summary=f"{prefix}{entry.visit.title}",
            description=description,
            categories=(entry.state,),
            status="CANCELLED" if is_over else "CONFIRMED" if entry.done or entry.target else "TENTATIVE",
            sequence=self.sequence,
        )
        yield event
        early, late = entry.earliest, entry.latest
        if entry.state in ("due", "open", "overdue") and early is not None and late is not None and early < late:
            yield event._replace(
                uid=icalendar.stable_uid(*uid, "window"),
                first=to_date(early),
                last=to_date(late),
                summary=f"{prefix}{entry.visit.title}: window",
                transparent=True,
            )
        zone = self.zones.get(case.site)
        if zone is not None and entry.minute is not None and not is_over:
            yield from self._samples(entry, event, uid, zone)

    def _samples(
        self, entry: Entry, event: icalendar.Event, uid: tuple[str, ...], zone: str
    ) -> Iterable[icalendar.Event]:
        """The time points of a visit from the minute of its dose, in elapsed time: a change of the clock in between
        moves none of them."""
        assert entry.minute is not None
        local = datetime(event.first.year, event.first.month, event.first.day) + timedelta(minutes=entry.minute)
        dose = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for point, titles in self.points(entry.visit.name).items():
            yield event._replace(
                uid=icalendar.stable_uid(*uid, "sample", str(point.minute)),
                summary=f"{event.summary}: {point.text} {', '.join(titles)}",
                begin=dose + timedelta(minutes=point.minute),
                minutes=_SAMPLE_MINUTES,
            )

    def points(self, visit: str) -> dict[TimePoint, list[str]]:
        """What is taken at which time point of a visit."""
        found: dict[int, tuple[TimePoint, list[str]]] = {}
        for assessment in self.protocol.assessments:
            for sampling in assessment.sampling:
                if visit not in (sampling.visits or assessment.visits):
                    continue
                for point in sampling.points:
                    found.setdefault(point.minute, (point, []))[1].append(assessment.title)
        return {point: list(dict.fromkeys(titles)) for _, (point, titles) in sorted(found.items())}
