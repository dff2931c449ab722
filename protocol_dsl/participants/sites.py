"""Sites and their days off, out of the files that a coordinating office keeps.

- `sites.csv`: `site` and, if wanted, `time_zone` (`Europe/Berlin`), `weekend` (`friday saturday`), `calendar` (a file
  of days off, beside `sites.csv`).
- a file of days off: CSV with `date,kind` and, if wanted, `name` and `site`, where `kind` is `holiday` or `working`; or
  TOML with `weekend`, `time_zone`, and the lists `holidays` and `working`, or tables `[[day]]` with the same keys.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from protocol_dsl.diagnostics.codes import ioe, par
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.participants.site_calendar import WEEKDAYS, SiteCalendar
from protocol_dsl.participants.tables import Refusal, Row, Table, read_date
from protocol_dsl.source import SourceError, SourceMap

SITE_COLUMNS = ("site", "time_zone", "weekend", "calendar")
DAY_COLUMNS = ("date", "kind", "name", "site")
KINDS = ("holiday", "working")


class Sites(NamedTuple):
    """Calendars by site; `everywhere` serves a site that is in no file."""

    by_site: dict[str, SiteCalendar]
    everywhere: SiteCalendar
    diagnostics: list[Diagnostic]

    def of(self, site: str | None) -> SiteCalendar:
        """The calendar of a site."""
        return self.by_site.get(site or "", self.everywhere)


class _Days:
    """Days off as they are read: of all sites under None."""

    def __init__(self) -> None:
        self.holidays: dict[str | None, dict[int, str]] = {}
        self.working: dict[str | None, set[int]] = {}
        self.weekend: frozenset[int] | None = None
        self.time_zone: str | None = None

    def add(self, site: str | None, day: int, kind: str, name: str) -> None:
        """One day."""
        if kind == "holiday":
            self.holidays.setdefault(site, {})[day] = name
        else:
            self.working.setdefault(site, set()).add(day)

    def calendar(self, base: SiteCalendar, site: str | None) -> SiteCalendar:
        """The days of all sites and of this one on top of `base`."""
        names = {**dict(base.names), **self.holidays.get(None, {}), **self.holidays.get(site, {})}
        working = base.working | self.working.get(None, set()) | self.working.get(site, set())
        return SiteCalendar(
            base.weekend if self.weekend is None else self.weekend,
            base.holidays | frozenset(names),
            frozenset(working),
            self.time_zone or base.time_zone,
            tuple(sorted(names.items())),
        )

    def sites(self) -> list[str]:
        """Sites that have days of their own."""
        return sorted({site for site in (*self.holidays, *self.working) if site})


def read_sites(sources: SourceMap, sites: str | None, holidays: str | None, time_zone: str | None = None) -> Sites:
    """Read the files; either may be None. Each fault is told, and all other lines are used."""
    found: list[Diagnostic] = []
    common = SiteCalendar(time_zone=time_zone)
    by_site: dict[str, SiteCalendar] = {}
    shared = _Days() if holidays is None else _days(sources, holidays, found)
    everywhere = shared.calendar(common, None)
    if sites is not None:
        table = Table(sources, sites)
        for row in table.rows(("site",), SITE_COLUMNS):
            try:
                name, calendar = _site(sources, os.path.dirname(sites), row, shared, common, found)
                if name in by_site:
                    raise Refusal(f"the site `{name}` stands twice", "the first row holds")
                by_site[name] = calendar
            except Refusal as refused:
                table.tell(par.ROW_UNUSABLE, row, refused.message, refused.help)
        found += table.diagnostics
    for name in shared.sites():
        by_site.setdefault(name, shared.calendar(common, name))
    return Sites(by_site, everywhere, found)


def _site(
    sources: SourceMap, folder: str, row: Row, shared: _Days, common: SiteCalendar, found: list[Diagnostic]
) -> tuple[str, SiteCalendar]:
    cells = row.cells
    name = cells["site"]
    if not name:
        raise Refusal("the site is missing")
    calendar = shared.calendar(common, name)
    if cells.get("weekend"):
        calendar = calendar._replace(weekend=read_weekend(cells["weekend"].casefold().replace(",", " ").split()))
    if cells.get("time_zone"):
        calendar = calendar._replace(time_zone=read_time_zone(cells["time_zone"]))
    if cells.get("calendar"):
        calendar = _days(sources, os.path.join(folder, cells["calendar"]), found).calendar(calendar, name)
    return name, calendar


def read_weekend(words: Iterable[str]) -> frozenset[int]:
    """Numbers of weekdays, Monday 0; `none` for a site that works every day. Raises `Refusal`."""
    named = [word for word in words if word != "none"]
    for word in named:
        if word not in WEEKDAYS:
            raise Refusal(f"there is no weekday `{word}`", did_you_mean(word, WEEKDAYS) or ", ".join(WEEKDAYS))
    if len(set(named)) == len(WEEKDAYS):
        raise Refusal("a weekend of seven days leaves no working day")
    return frozenset(WEEKDAYS.index(word) for word in named)


def read_time_zone(name: str) -> str:
    """A name of the IANA time zone database. Raises `Refusal`."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refusal(
            f"there is no time zone `{name}`", "use a name of the IANA database, such as Europe/Berlin or Asia/Shanghai"
        ) from None
    return name


def _days(sources: SourceMap, path: str, found: list[Diagnostic]) -> _Days:
    days = _Days()
    if path.casefold().endswith(".toml"):
        _read_toml(sources, path, days, found)
        return days
    table = Table(sources, path)
    for row in table.rows(("date", "kind"), DAY_COLUMNS):
        try:
            kind = row.cells["kind"].casefold()
            if kind not in KINDS:
                raise Refusal(
                    f"there is no kind `{row.cells['kind']}`", did_you_mean(kind, KINDS) or " or ".join(KINDS)
                )
            days.add(row.cells.get("site") or None, read_date(row.cells["date"]), kind, row.cells.get("name", ""))
        except Refusal as refused:
            table.tell(par.ROW_UNUSABLE, row, refused.message, refused.help)
    found += table.diagnostics
    return days


def _read_toml(sources: SourceMap, path: str, days: _Days, found: list[Diagnostic]) -> None:
    name = os.path.basename(path)
    try:
        data = tomllib.loads(sources.files[sources.read(path)].text)
    except SourceError as error:
        found.append(ioe.FILE_UNREADABLE.at(None, f"{error.path}: {error.reason}"))
        return
    except tomllib.TOMLDecodeError as error:
        found.append(par.TABLE_UNUSABLE.at(None, f"{name}: {error}", help='such as: holidays = ["2026-05-01"]'))
        return
    for key, value in data.items():
        try:
            _toml_item(key, value, days, name, found)
        except Refusal as refused:
            found.append(par.ROW_UNUSABLE.at(None, f"{name}: {refused.message}", help=refused.help))


def _toml_item(key: str, value: Any, days: _Days, name: str, found: list[Diagnostic]) -> None:
    if key == "weekend":
        days.weekend = read_weekend([str(each).casefold() for each in _list(key, value)])
    elif key == "time_zone":
        days.time_zone = read_time_zone(str(value))
    elif key in ("holidays", "holiday", "working", "day"):
        for number, each in enumerate(_list(key, value), 1):
            try:
                item = cast("dict[str, Any]", each) if isinstance(each, dict) else {"date": each}
                kind = str(item.get("kind", "working" if key == "working" else "holiday")).casefold()
                if kind not in KINDS:
                    raise Refusal(f"there is no kind `{kind}`", " or ".join(KINDS))
                days.add(item.get("site"), _toml_date(item.get("date")), kind, str(item.get("name", "")))
            except Refusal as refused:
                what = f"{name}, {key} {number}: {refused.message}"
                found.append(par.ROW_UNUSABLE.at(None, what, help=refused.help))
    else:
        keys = ("weekend", "time_zone", "holidays", "working", "day")
        raise Refusal(f"there is no key `{key}`", did_you_mean(key, keys) or "these are read: " + ", ".join(keys))


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Refusal(f"`{key}` is not a list", f"write {key} = [ … ]")
    return cast("list[Any]", value)


def _toml_date(value: Any) -> int:
    if isinstance(value, date):
        return read_date(re.sub(r"T.*| .*", "", value.isoformat()))
    return read_date(str(value if value is not None else ""))
