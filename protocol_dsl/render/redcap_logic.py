"""Which field of REDCap a name in an expression means, seen from the form in which the expression stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.exchange.redcap.setup import Event
from protocol_dsl.expressions.redcap import Reference, Unsayable
from protocol_dsl.render.redcap_events import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol_dsl.model.forms import Field, Form
    from protocol_dsl.model.protocol import Protocol

_COUNTED = re.compile(r"'d', true\)(?! (?:[<>]=?|=|<>) 0\b)")


class Place(NamedTuple):
    """A field and the form it stands in."""

    form: Form
    field: Field


class Names:
    """Fields by all the names by which expressions call them, with what REDCap calls them.

    `names[form, field]` is the field's name in REDCap. `begin` comes before, `noted` after each logic that is printed.
    """

    def __init__(
        self, protocol: Protocol, forms: Iterable[Form], names: dict[tuple[str, str], str], calendar: Calendar
    ) -> None:
        self.names = names
        self.calendar = calendar
        self.order = {visit.name: visit.order for visit in protocol.visits}
        self.offsets = {visit.name: visit.offset for visit in protocol.visits}
        self.own: dict[str, dict[str, Place]] = {}
        self.anywhere: dict[str, list[Place]] = {}
        self.about: list[str] = []
        self.timed = False
        self.form: Form | None = None
        self.matrices: dict[str, set[str]] = {}
        for form in forms:
            for field in form.fields:
                if field.matrix:
                    self.matrices.setdefault(field.matrix, set()).add(form.name)
                place = Place(form, field)
                self.own.setdefault(form.name, {}).setdefault(field.name, place)
                self.anywhere.setdefault(field.name, []).append(place)
                if field.holds:
                    self.anywhere.setdefault(field.holds, []).append(place)

    def from_form(self, form: Form) -> None:
        """Read what follows as logic of this form."""
        self.form = form
        self.begin()

    def begin(self) -> None:
        """Forget what was noted of the logic printed last."""
        self.about, self.timed = [], False

    def noted(self, logic: str) -> str:
        """What a reader must know of this logic, empty where it is exact."""
        # Compared with 0, parts of days change nothing.
        if self.timed and _COUNTED.search(logic):
            self.about.append("between times, REDCap counts parts of days too")
        return "; ".join(dict.fromkeys(self.about))

    def refer(self, name: str, visit: str | None) -> Reference:
        """The field that holds a name's value. Raises `Unsayable`."""
        assert self.form is not None
        here = self.own.get(self.form.name, {}).get(name)
        place = here or self._elsewhere(name)
        events = self._events(place, visit)
        self.timed |= place.field.type == "datetime"
        codes = tuple(choice.code for choice in place.field.choices) if place.field.type == "choices" else ()
        kind = place.field.type
        return Reference(self.names[place.form.name, place.field.name], kind, codes, events)

    def _elsewhere(self, name: str) -> Place:
        assert self.form is not None
        last = name.rpartition(".")[2]
        for key in dict.fromkeys((name, last, f"dm_{name}")):
            found = self.anywhere.get(key, [])
            inside = [place for place in found if place.form.name == self.form.name]
            if len(found) == 1 or inside:
                return (inside or found)[0]
            if found:
                raise Unsayable(f"“{name}” stands in several forms: {_listed(place.form.title for place in found)}")
        raise Unsayable(f"no field holds “{name}”")

    def _events(self, place: Place, visit: str | None) -> tuple[tuple[int, str], ...]:
        """The events of a reference; none where it is that of the form at hand."""
        assert self.form is not None
        own, other = self.form, place.form
        if visit is not None:
            return self._at(place, self._baseline(place) if visit == "baseline" else visit)
        if own.name == other.name:
            return ()
        if other.repeating:
            raise Unsayable(f"{other.title} has several records, and none is said")
        if not other.visits:
            return () if not own.visits else self._arms(self.calendar.any_time)
        if own.visits and set(own.visits) <= set(other.visits):
            return ()
        if len(other.visits) == 1:
            return self._at(place, other.visits[0])
        if own.visits and set(own.visits) & set(other.visits):
            self.about.append(f"where {other.title} is not collected at the same visit, the answer is blank")
            return ()
        raise Unsayable(f"{other.title} is collected at several visits, and none is said")

    def _baseline(self, place: Place) -> str:
        """The last visit with a day, up to the anchor's, at which the form is collected.

        A visit without a day, such as an early termination, may come after treatment.
        """
        visits = sorted(place.form.visits, key=lambda name: self.order.get(name, 0))
        before = [name for name in visits if (day := self.offsets.get(name)) is not None and day <= 0]
        if not before:
            raise Unsayable(f"{place.form.title} is not collected before treatment, so it has no baseline")
        self.about.append(f"the baseline is {before[-1]}")
        return before[-1]

    def _at(self, place: Place, visit: str) -> tuple[tuple[int, str], ...]:
        if place.form.visits and visit not in place.form.visits:
            raise Unsayable(f"{place.form.title} is not collected at {visit}")
        if visit not in self.calendar.at:
            raise Unsayable(f"{visit} is no visit")
        if place.form.repeating:
            self.about.append(f"of several records of {place.form.title} the first one counts")
        return self._arms(self.calendar.at[visit])

    def _arms(self, events: dict[int, Event]) -> tuple[tuple[int, str], ...]:
        return tuple((arm, event.unique) for arm, event in events.items())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
