"""Parts of instruments: one without a total has no value of its own, an unknown part is told with those there are."""

from __future__ import annotations

import pytest

from tests.unit.elaborate.trial import DAY_0, findings, told

USES = DAY_0 + 'assess sf36 "SF-36" uses sf_36 at infusion  assess sledai "SLEDAI" uses sledai_2k at infusion\n'


def endpoint(measure: str) -> str:
    return USES + f'endpoint e secondary "E" {{ measure {measure} from infusion timeframe at infusion }}'


@pytest.mark.parametrize("name", ["sf36", "sf36.total", "sf_36"])
def test_instrument_without_total_is_no_number_and_names_its_parts(name: str) -> None:
    (found,) = [each for each in findings(endpoint(f"change({name})")) if each.code.startswith("NAM")]
    assert found.code == "NAM001"
    assert f"`{name.partition('.')[0]}` has no total; its parts are " in found.message
    assert "`pcs`" in found.message
    assert "`mcs`" in found.message
    assert "`physical_functioning`" in found.message


def test_unknown_part_names_the_parts_that_there_are() -> None:
    (found,) = [each for each in findings(endpoint("change(sf36.pain)")) if each.code.startswith("NAM")]
    assert found.code == "NAM001"
    assert "`bodily_pain`" in (found.help or "")
    (found,) = [each for each in findings(endpoint("change(sledai.seizures)")) if each.code.startswith("NAM")]
    assert "`seizure`" in (found.help or "")
    assert "`total`" in (found.help or "")


@pytest.mark.parametrize("name", ["sf36.pcs", "sledai", "sledai.total", "sledai.seizure"])
def test_parts_and_totals_that_exist_have_a_value(name: str) -> None:
    assert [each for each in told(endpoint(f"change({name})")) if each[0].startswith("NAM")] == []
