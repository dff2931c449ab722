"""What is given at a visit of the calendar, by name or by a rhythm: `give X every 4 weeks from BL to W48`."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.model.base import Point
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Administration, Visit
from protocol_dsl.render.days import offset_of
from protocol_dsl.render.soa_rhythm import Rhythm, rhythm


class Turn(NamedTuple):
    """A rhythm without a visit for each of its doses, `begins` or `ends`."""

    part: Administration
    what: str


class Given:
    """Answers for one protocol; `administrations` as its reader may see them."""

    def __init__(self, protocol: Protocol, administrations: tuple[Administration, ...]) -> None:
        self.protocol = protocol
        self.administrations = administrations
        self.visits = {visit.name: visit for visit in protocol.visits}
        parallel = {stage.name for stage in protocol.stages if stage.parallel}
        main = [visit for visit in protocol.visits if visit.is_scheduled and visit.stage not in parallel]
        self._rhythms: dict[int, Rhythm] = {
            id(part): found
            for part in administrations
            if part.every is not None and not part.visits and (found := rhythm(part, main, protocol)) is not None
        }

    def at(self, visit: str) -> list[Administration]:
        """What is given at a visit."""
        return [
            part
            for part in self.administrations
            if visit in part.visits or (id(part) in self._rhythms and visit in self._rhythms[id(part)].visits)
        ]

    def turns(self, visit: Visit) -> list[Turn]:
        """What begins or ends at a visit, and is also given or taken between visits."""
        found: list[Turn] = []
        for part in self.administrations:
            of = self._rhythms.get(id(part))
            if part.every is None or part.visits or (of is not None and of.is_complete):
                continue
            for point, what in ((part.start, "begins"), (part.end, "ends")):
                if point is not None and visit.name == self._nearest(point):
                    found.append(Turn(part, what))
        return found

    def _nearest(self, point: Point) -> str | None:
        """The last visit up to the nominal day of a point; None where no day follows."""
        if point.of in self.visits and point.kind == "place":
            return point.of
        day = offset_of(point, self.protocol)
        if day is None:
            return None
        dated = [(visit.offset, -visit.order, visit.name) for visit in self.visits.values() if visit.offset is not None]
        return max((each for each in dated if each[0] <= day), default=(0, 0, None))[2]
