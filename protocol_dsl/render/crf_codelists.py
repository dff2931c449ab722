"""The lists of codes behind the fields, each once under a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from protocol_dsl.forms.parts import distinct
from protocol_dsl.model.forms import Field, Form
from protocol_dsl.render.crf_view import YES_NO, options

NAMED = 12
"""So many of the fields that share a list are named; the sheet of fields has all."""


class Codelists:
    """Fields with equal codes and labels share a list, named after its matrix or the first field that has it."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._names: dict[tuple[tuple[str, str], ...], str] = {}
        self._users: dict[str, list[str]] = {}
        taken: set[str] = set()
        for form in forms:
            for each in form.fields:
                codes = options(each)
                if not codes:
                    continue
                if codes not in self._names:
                    wanted = "yes_no" if codes == YES_NO else each.matrix or each.name
                    self._names[codes] = distinct(wanted, taken)
                self._users.setdefault(self._names[codes], []).append(each.name)

    def name_of(self, each: Field) -> str:
        """The name of the field's list; empty for a field without codes."""
        return self._names.get(options(each), "")

    def rows(self) -> Iterator[list[str | int | float]]:
        """For each code: list, place in it, code, label, and at the first the fields that use the list."""
        for codes, name in self._names.items():
            for number, (code, label) in enumerate(codes, 1):
                yield [name, number, code, label, _named(self._users[name]) if number == 1 else ""]


def _named(fields: list[str]) -> str:
    more = len(fields) - NAMED
    return ", ".join(fields[:NAMED]) + (f" and {more} more" if more > 0 else "")
