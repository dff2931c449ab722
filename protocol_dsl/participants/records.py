"""What is recorded of participants: codes, dates of events, and no names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from protocol_dsl.participants.plan import Plan
from protocol_dsl.participants.windows import Facts

STATUSES = ("done", "planned", "missed", "not_applicable")
DONE, PLANNED, MISSED, NOT_APPLICABLE = STATUSES


class Record(NamedTuple):
    """One row: what happened (`done`) or is agreed upon (`planned`) on a day, or did not happen.

    `day` is an ordinal; `minute` the minute of the day, in the site's own time; `line` where it stands in the file.
    """

    event: str
    day: int | None
    status: str
    line: int
    minute: int | None = None


class Participant:
    """All records of one code. `populations` is None where nothing was said of them."""

    __slots__ = ("arm", "code", "line", "populations", "records", "site")

    def __init__(
        self,
        code: str,
        line: int = 0,
        site: str | None = None,
        arm: str | None = None,
        populations: tuple[str, ...] | None = None,
        records: Iterable[Record] = (),
    ) -> None:
        self.code = code
        self.line = line
        self.site = site
        self.arm = arm
        self.populations = populations
        self.records: list[Record] = list(records)

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...] | None]:
        """Site, arm and populations: what decides about the calendar and the plan that serve them."""
        return (self.site or "", self.arm or "", self.populations)

    def dated(self, on: int) -> list[Record]:
        """What took place until the day `on`, in the order of the file."""
        return [each for each in self.records if each.status == DONE and each.day is not None and each.day <= on]

    def appointments(self, on: int) -> dict[str, Record]:
        """What is agreed upon, by event; also what the file gives as done after the day `on`."""
        return {
            each.event: each
            for each in self.records
            if each.day is not None and (each.status == PLANNED or (each.status == DONE and each.day > on))
        }


def facts(plan: Plan, participant: Participant, on: int) -> Facts:
    """What the plan's points in time know of a participant on the day `on`. Of an event that came several times, the
    first date counts."""
    index = plan.schedule.index
    dates: dict[int, int] = {}
    for record in participant.dated(on):
        node = index.get(record.event)
        if node is not None and record.day is not None:
            dates[node] = min(record.day, dates.get(node, record.day))
    return Facts(
        dates,
        frozenset(_nodes(participant.records, MISSED, index)),
        frozenset(_nodes(participant.records, NOT_APPLICABLE, index)),
        {
            index[event]: record.day
            for event, record in participant.appointments(on).items()
            if event in index and record.day is not None and index[event] not in dates
        },
    )


def _nodes(records: Sequence[Record], status: str, index: dict[str, int]) -> Iterable[int]:
    return (index[each.event] for each in records if each.status == status and each.event in index)
