"""The lists of codes behind the fields, each once under a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from protocol_dsl.forms.parts import distinct
from protocol_dsl.model.forms import Field, Form
from protocol_dsl.render.crf_view import YES_NO, options

NAMED = 12
"""So many of the fields that share a list are named; the sheet of fields has all."""

_Key = tuple[str, tuple[tuple[str, str], ...]]


class Codelists:
    """The lists that the protocol names, and those of fields with equal codes and labels.

    The latter are named after the matrix or the first field that has them.
    """

    def __init__(self, forms: Iterable[Form]) -> None:
        self._names: dict[_Key, str] = {}
        self._concepts: dict[_Key, tuple[str, ...]] = {}
        self._users: dict[str, list[str]] = {}
        fields = [each for form in forms for each in form.fields if options(each)]
        taken = {each.codelist for each in fields if each.codelist}
        for each in fields:
            key = _key(each)
            if key not in self._names:
                wanted = "yes_no" if key[1] == YES_NO else each.matrix or each.name
                self._names[key] = each.codelist or distinct(wanted, taken)
                self._concepts[key] = tuple(choice.ncit or "" for choice in each.choices)
            self._users.setdefault(self._names[key], []).append(each.name)

    def name_of(self, each: Field) -> str:
        """The name of the field's list; empty for a field without codes."""
        return self._names.get(_key(each), "")

    def rows(self) -> Iterator[list[str | int | float]]:
        """For each code: list, place in it, code, label, concept, and at the first the fields that use the list."""
        for key, name in self._names.items():
            concepts = self._concepts[key]
            for number, (code, label) in enumerate(key[1], 1):
                concept = concepts[number - 1] if concepts else ""
                yield [name, number, code, label, concept, _named(self._users[name]) if number == 1 else ""]


def _key(each: Field) -> _Key:
    return each.codelist or "", options(each)


def _named(fields: list[str]) -> str:
    more = len(fields) - NAMED
    return ", ".join(fields[:NAMED]) + (f" and {more} more" if more > 0 else "")
