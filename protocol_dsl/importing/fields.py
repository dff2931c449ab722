"""Reading the JSON of a record whose shape cannot be trusted: every value is asked for with its type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from protocol_dsl.exchange.markup import unescape
from protocol_dsl.importing.private import clean
from protocol_dsl.importing.report import Report
from protocol_dsl.registries.ctgov_fields import field_table
from protocol_dsl.registries.enumerations import value

_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "yes or no", type(None): "null"}


class Fields:
    """An object of the record at `path`. What is asked for is noted in the report; `finish` notes what was not."""

    def __init__(self, values: dict[str, Any], path: str, report: Report) -> None:
        self.values = values
        self.path = path
        self.report = report
        self._asked: set[str] = set()
        self._parts: dict[str, Fields] = {}
        self._finished = False

    def at(self, key: str) -> str:
        """The path of a field."""
        return f"{self.path}.{key}" if self.path else key

    def part(self, key: str) -> Fields:
        """An object in this one, the same at each call; an empty one when it is not there."""
        if key not in self._parts:
            found = self._take(key, dict)
            self._parts[key] = Fields(cast("dict[str, Any]", found or {}), self.at(key), self.report)
        return self._parts[key]

    def parts(self, key: str) -> list[Fields]:
        """The objects of a list."""
        path = f"{self.at(key)}[]"
        found: list[Fields] = []
        for each in cast("list[Any]", self._take(key, list) or []):
            if isinstance(each, dict):
                found.append(Fields(cast("dict[str, Any]", each), path, self.report))
            else:
                self.report.add("dropped", path, f"it is {_kind(each)}, not an object")
        return found

    def text(self, key: str, *, is_number: bool = False) -> str | None:
        """A text on one line; None when there is none. `is_number` keeps numbers that look like telephone numbers."""
        found = self._raw(key, is_number)
        made = " ".join(found.split()) if found else None
        if made:
            self.report.add("structured", self.at(key))
        return made or None

    def markup(self, key: str) -> str | None:
        """A long text, without the backslashes of its Markdown; None when there is none."""
        found = self._raw(key)
        made = unescape(found).strip() if found else None
        if made:
            self.report.add("structured", self.at(key))
        return made or None

    def texts(self, key: str) -> list[str]:
        """The texts of a list, each on one line."""
        path = f"{self.at(key)}[]"
        found: list[str] = []
        for each in cast("list[Any]", self._take(key, list) or []):
            if not isinstance(each, str):
                self.report.add("dropped", path, f"it is {_kind(each)}, not a text")
                continue
            words = " ".join(self._clean(each, path).split())
            if words:
                found.append(words)
                self.report.add("structured", path)
        return found

    def flag(self, key: str) -> str | None:
        """`yes` or `no`; None when there is none."""
        found = self._take(key, bool)
        if found is None:
            return None
        self.report.add("structured", self.at(key))
        return "yes" if found else "no"

    def count(self, key: str) -> int | None:
        """A whole number from 0; None when there is none."""
        found = self._take(key, int)
        if found is None:
            return None
        if isinstance(found, bool) or found < 0 or found > 10**9:
            self.report.add("dropped", self.at(key), "it is no number of things")
            return None
        self.report.add("structured", self.at(key))
        return int(found)

    def word(self, key: str, field: str) -> str | None:
        """The language's word for a code of the value set `field`."""
        found = self._raw(key, is_number=True)
        return self.known(found, field, self.at(key)) if found else None

    def words(self, key: str, field: str) -> list[str]:
        """The language's words for a list of codes."""
        path = f"{self.at(key)}[]"
        found = [each for each in cast("list[Any]", self._take(key, list) or []) if isinstance(each, str)]
        return [word for each in found if (word := self.known(each, field, path))]

    def known(self, code: str, field: str, path: str) -> str | None:
        """A code's word; a code that is not in the value set is noted."""
        word = value(field, code)
        if word is None:
            self.report.add("dropped", path, f"`{_short(code)}` is no value that the registry's API has")
            return None
        self.report.add("structured", path)
        return word

    def day(self, key: str) -> str | None:
        """A date to the day or the month."""
        found = self._raw(key, is_number=True)
        if not found:
            return None
        try:
            date.fromisoformat(found if len(found) > 7 else f"{found}-01")
            if len(found) not in (7, 10):
                raise ValueError
        except ValueError:
            is_year = len(found) == 4 and found.isdecimal()
            reason = "only the year is said" if is_year else f"`{_short(found)}` is no date"
            self.report.add("dropped", self.at(key), reason)
            return None
        self.report.add("structured", self.at(key))
        return found

    def finish(self) -> None:
        """Note the fields that nobody asked for: those that are dropped on purpose, and unknown ones."""
        if self._finished:
            return
        self._finished = True
        for part in self._parts.values():
            part.finish()
        for key in self.values:
            if key not in self._asked:
                path = self.at(_short(clean(key).text))
                reason = field_table().dropped.get(path, "the registry's API does not describe this field")
                self.report.add("dropped", path, reason)

    def _take(self, key: str, kind: type) -> Any:
        """The value of a field if it is of this kind; None when it is not there, and after a fault, which is noted."""
        self._asked.add(key)
        found = self.values.get(key)
        if found is None:
            return None
        if not isinstance(found, kind):
            self.report.add("dropped", self.at(key), f"it is {_kind(found)}, not {_KINDS.get(kind, 'a whole number')}")
            return None
        return found

    def _raw(self, key: str, is_number: bool = False) -> str | None:
        found = self._take(key, str)
        return self._clean(found, self.at(key), is_number) if found else None

    def _clean(self, text: str, path: str, is_number: bool = False) -> str:
        if is_number:
            return "".join(each for each in text if each.isprintable() and each.isascii())
        cleaned = clean(text)
        for what, count in cleaned.removed.items():
            self.report.add("changed", path, f"{what} left out", count)
        return cleaned.text


def finished(parts: list[Fields]) -> Iterator[Fields]:
    """The parts one by one, each finished when the next is asked for."""
    for part in parts:
        yield part
        part.finish()


def _kind(found: Any) -> str:
    return next((name for kind, name in _KINDS.items() if isinstance(found, kind)), "a number")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
