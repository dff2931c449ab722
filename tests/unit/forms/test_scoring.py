"""Scores of the library's instruments, and the ranges that their items give."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from protocol_dsl.elaborate.library import instrument_names
from protocol_dsl.forms.scoring import Interval, Unscorable, possible, totals
from protocol_dsl.model.forms import Instrument

HEAD = 'protocol X { title "X" }\ntimeline { day 0 = V }\nstage s "S" { visit V "V" day 0 }\n'


def library(name: str) -> Instrument:
    protocol = pipeline.check_text(f"{HEAD}assess it uses {name} at V").protocol
    assert protocol is not None
    return protocol.instruments[0]


def own(body: str) -> Instrument:
    protocol = pipeline.check_text(f'{HEAD}instrument own "Own" {{\n{body}\n}}\nassess it uses own at V').protocol
    assert protocol is not None
    return protocol.instruments[0]


@pytest.mark.parametrize("name", instrument_names())
def test_worked_examples_of_the_library(name: str) -> None:
    instrument = library(name)
    for example in instrument.examples:
        found = totals(instrument, dict(example.values))
        for total, stated in example.gives:
            assert found[total or instrument.totals[0].name] == pytest.approx(stated, abs=0.005), example.label


@pytest.mark.parametrize("name", instrument_names())
def test_instrument_of_the_library_says_where_it_comes_from_and_proves_its_formula(name: str) -> None:
    instrument = library(name)
    assert instrument.citation
    assert instrument.licence in ("open", "reference_only")
    if instrument.licence == "open":
        assert len(instrument.examples) >= 3
        assert instrument.items
    found = possible(instrument)
    if found is not None and found.exact:
        assert (instrument.low, instrument.high) == (
            pytest.approx(found.low, abs=0.006),
            pytest.approx(found.high, abs=0.006),
        )


def test_library_has_the_instruments_of_autoimmune_and_cell_therapy_trials() -> None:
    due = "sledai_2k mrss mmt8 mmt8_bilateral bvas bvas_persistent essdai das28_esr das28_crp"
    due += " acr_response acr_criss pga pga_vas crs icans ice ctcae ecog overall_response haq_di sf_36 bilag_2004"
    assert set(due.split()) <= set(instrument_names())


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("sledai_2k", 0, 105),
        ("bvas", 0, 63),
        ("bvas_persistent", 0, 33),
        ("mmt8_bilateral", 0, 150),
        ("das28_crp", 0.96, 9.04),
        ("essdai", 0, 123),
    ],
)
def test_published_ranges_follow_from_the_items(name: str, low: float, high: float) -> None:
    found = possible(library(name))
    assert found is not None
    assert (found.low, found.high, found.exact) == (low, pytest.approx(high), True)


def test_item_that_occurs_twice_gives_no_exact_range() -> None:
    found = possible(own("item a 0..3\ntotal t = a - a"))
    assert found == Interval(-3, 3, False)


def test_letters_have_no_range() -> None:
    assert possible(own('item a "A" choice { x "X" y "Y" }\ntotal sum')) is None


def test_halves_round_away_from_zero() -> None:
    instrument = own("item a 0.0..9.0\ntotal t = round(a / 2, 0)")
    assert totals(instrument, {"a": 5})["t"] == 3


def test_division_by_zero_is_told_apart_from_a_score() -> None:
    with pytest.raises(Unscorable):
        totals(own("item a 0..3\nitem b 0..3\ntotal t = a / b"), {"a": 1})


def test_totals_that_wait_for_one_another_do_not_hang() -> None:
    with pytest.raises(Unscorable):
        totals(own("item a 0..3\ntotal t = u + a\ntotal u = t + a"), {"a": 1})
