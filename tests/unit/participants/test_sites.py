"""Sites and their days off, from CSV and TOML."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl.participants.sites import Sites, read_sites
from protocol_dsl.source import SourceMap
from tests.unit.participants.trials import ordinal


def made(folder: Path, days: str, name: str = "days.csv", sites: str | None = None) -> Sites:
    (folder / name).write_text(days, encoding="utf-8")
    if sites is not None:
        (folder / "sites.csv").write_text(sites, encoding="utf-8")
    path = str(folder / "sites.csv") if sites is not None else None
    return read_sites(SourceMap(None), path, str(folder / name))


def test_holidays_and_extra_working_days(tmp_path: Path) -> None:
    text = "date,kind,name,site\n2026-05-01,holiday,Labour Day,\n2026-05-09,working,,Wuhan\n2026-05-04,holiday,,Wuhan\n"
    found = made(tmp_path, text)
    wuhan, other = found.of("Wuhan"), found.of("Bonn")
    assert found.diagnostics == []
    assert [wuhan.is_working(ordinal(f"2026-05-0{day}")) for day in (1, 4, 8, 9)] == [False, False, True, True]
    assert [other.is_working(ordinal(f"2026-05-0{day}")) for day in (1, 4, 8, 9)] == [False, True, True, False]
    assert wuhan.why_not(ordinal("2026-05-01")) == "a holiday (Labour Day)"


def test_sites_have_weekends_zones_and_calendars_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "cairo.toml").write_text('working = [2026-05-08]\nholidays = ["2026-05-10"]\n', encoding="utf-8")
    sites = "site,time_zone,weekend,calendar\nCairo,Africa/Cairo,friday saturday,cairo.toml\nBonn,Europe/Berlin,,\n"
    found = made(tmp_path, "date,kind\n2026-05-01,holiday\n", sites=sites)
    assert found.diagnostics == []
    cairo = found.of("Cairo")
    assert cairo.time_zone == "Africa/Cairo"
    assert [cairo.is_working(ordinal(f"2026-05-{day:02}")) for day in (3, 8, 9, 10)] == [True, True, False, False]
    assert found.of("Bonn").weekend == frozenset((5, 6))


@pytest.mark.parametrize(
    ("name", "days", "sites", "message"),
    [
        ("days.csv", "date,kind\n2026-05-32,holiday\n", None, "days.csv, line 2: there is no date 2026-05-32"),
        ("days.csv", "date,kind\n2026-05-01,hoilday\n", None, "days.csv, line 2: there is no kind `hoilday`"),
        ("days.toml", "weekend = ['sunnday']\n", None, "days.toml: there is no weekday `sunnday`"),
        ("days.toml", "holidays = ['2026-02-30']\n", None, "days.toml, holidays 1: there is no date 2026-02-30"),
        ("days.toml", "holydays = []\n", None, "days.toml: there is no key `holydays`"),
        ("days.toml", "holidays = [", None, "days.toml: "),
        ("days.csv", "date,kind\n", "site,time_zone\nA,Europe/Bonn\n", "line 2: there is no time zone `Europe/Bonn`"),
        ("days.csv", "date,kind\n", "site\nA\nA\n", "sites.csv, line 3: the site `A` stands twice"),
        ("days.csv", "date,kind\n", "site,calendar\nA,none.csv\n", "none.csv: No such file"),
    ],
)
def test_a_fault_is_told(tmp_path: Path, name: str, days: str, sites: str | None, message: str) -> None:
    found = made(tmp_path, days, name, sites)
    assert len(found.diagnostics) == 1
    assert message in found.diagnostics[0].message
