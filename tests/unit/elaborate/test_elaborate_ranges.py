"""Open ranges of visits, beside stages that have a rhythm of their own."""

from __future__ import annotations

from tests.unit.elaborate.trial import visits_of

VISITS = """
visits M2..M6 "Month {n}" month n ±7 days
stage images "Images" parallel { visits IMG1..IMG3 "Imaging {n}" every 9 weeks after infusion }
"""


def test_an_open_range_leaves_out_the_visits_of_parallel_stages() -> None:
    assert visits_of("M2..", VISITS) == ("M2", "M3", "M4", "M5", "M6")
    assert visits_of("infusion..", VISITS) == ("infusion", "M2", "M3", "M4", "M5", "M6")


def test_an_open_range_that_begins_in_a_parallel_stage_takes_in_its_visits() -> None:
    assert visits_of("IMG2..", VISITS + "visit X1 month 8") == ("IMG2", "M5", "M6", "IMG3", "X1")
