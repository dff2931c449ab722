"""States merged by what the future depends on: the same law as that of all paths, of all states, and of simulation."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl.dosing import merged, proofs
from protocol_dsl.dosing.designs import grids
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.duration import Timing, duration, timed
from protocol_dsl.dosing.exact import Characteristics, evaluate, evaluate_all, explore, probabilities, structure
from protocol_dsl.dosing.machine import Closed, Design, Timed
from protocol_dsl.dosing.memory import memory
from protocol_dsl.dosing.overdose import SHARES, overdosed
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from protocol_dsl.dosing.proofs import Proof, prove
from protocol_dsl.dosing.replacement import UNLIMITED, Replaceable
from protocol_dsl.dosing.rules import Act, Mtd, RuleTable
from protocol_dsl.dosing.simulate import simulate
from tests.unit.dosing.test_exact_against_enumeration import enumerated, tables

RATES = (0.1, 0.25, 0.4, 0.5)


def made(design: RuleTable) -> merged.Merged:
    found = structure(design)
    assert isinstance(found, merged.Merged)
    return found


def same(found: Characteristics, expected: Characteristics) -> None:
    assert found.select == pytest.approx(expected.select, abs=1e-12)
    assert found.participants == pytest.approx(expected.participants, abs=1e-12)
    assert found.dlts == pytest.approx(expected.dlts, abs=1e-12)
    assert found.sizes == pytest.approx(expected.sizes, abs=1e-12)
    assert found.reasons == pytest.approx(expected.reasons, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(tables(), st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4))
def test_merging_changes_no_probability(design: RuleTable, four: list[float]) -> None:
    rates = four[: design.levels]
    found, (ends, paths) = made(design), enumerated(design, rates)
    laws = evaluate(found, rates)

    assert found.paths == paths
    assert sum(laws.select) == pytest.approx(1.0, abs=1e-12)
    assert sum(laws.sizes.values()) == pytest.approx(1.0, abs=1e-12)
    for mtd, p in zip((None, *range(design.levels)), laws.select, strict=True):
        assert p == pytest.approx(sum(q for end, q in ends.items() if end.mtd == mtd), abs=1e-12)
    for level in range(design.levels):
        assert laws.participants[level] == pytest.approx(sum(q * end.treated[level] for end, q in ends.items()))
        assert laws.dlts[level] == pytest.approx(sum(q * end.dlts[level] for end, q in ends.items()), abs=1e-12)
    for reason, p in laws.reasons.items():
        assert p == pytest.approx(sum(q for end, q in ends.items() if end.reason == reason), abs=1e-12)
    for n, p in laws.sizes.items():
        assert p == pytest.approx(sum(q for end, q in ends.items() if sum(end.treated) == n), abs=1e-12)
    assert found.sizes == explore(design).sizes


def facts(proof: Proof) -> dict[str, object]:
    """What a proof found, without the ways."""
    return {
        "gaps": set(proof.gaps),
        "reached": proof.reached,
        "smallest": proof.smallest and proof.smallest[0],
        "largest": proof.largest and proof.largest[0],
        "enrolled": proof.enrolled and sum(proof.enrolled[:2]),
        "over": proof.over and len(proof.over),
        "few": proof.few and len(proof.few.path),
        "few_below": proof.few_below is not None,
        "above_toxic": proof.above_toxic and len(proof.above_toxic.path),
        "undeclared": proof.undeclared and len(proof.undeclared),
        "left": proof.left and len(proof.left),
    }


@settings(max_examples=80, deadline=None)
@given(tables(), st.sampled_from([UNLIMITED, Replaceable(1, "level"), Replaceable(1, "cohort"), Replaceable(2)]))
def test_proofs_find_the_same_over_merged_states(design: RuleTable, replaceable: Replaceable) -> None:
    merged_proof = prove(design, replaceable)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proofs, "_alike", lambda table, replaceable: None)  # pyright: ignore[reportUnknownLambdaType]
        plain = prove(design, replaceable)
    assert plain.complete
    assert facts(merged_proof) == facts(plain)


@settings(max_examples=30, deadline=None)
@given(tables())
def test_the_duration_is_that_of_all_states(design: RuleTable) -> None:
    rates, timing = RATES[: design.levels], Timing(10, 28, 14, "cohort", 35)
    one, other = duration(timed(design), rates, timing), duration(explore(Timed(design)), rates, timing)
    assert one.parts == pytest.approx(other.parts, abs=1e-12)


@settings(max_examples=12, deadline=None)
@given(tables(most=3))
def test_simulation_agrees_within_its_error(design: RuleTable) -> None:
    trials, rates = 1000, RATES[: design.levels]
    exact, drawn = evaluate(structure(design), rates), simulate(design, rates, trials)
    for p, s in zip(exact.select, drawn.select, strict=True):
        assert abs(p - s) <= 4 * sqrt(max(0.0, p * (1 - p)) / trials) + 1e-9
    assert abs(exact.mean - drawn.mean) <= 4 * exact.sd / sqrt(trials) + 1e-9


@pytest.mark.parametrize("variant", VARIANTS)
def test_eight_levels_do_not_run_into_each_other(variant: str) -> None:
    rates = (0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50)
    design = three_plus_three(8, variant)
    same(evaluate(structure(design), rates), evaluate(explore(design), rates))


def test_many_scenarios_at_once_are_each_by_itself() -> None:
    pytest.importorskip("numpy")
    found = made(three_plus_three(4, "V2"))
    scenarios = [[rate * k / 10 for rate in RATES] for k in range(11)]
    for fast, rates in zip(evaluate_all(found, scenarios), scenarios, strict=True):
        same(fast, evaluate(found, rates))


@settings(max_examples=30, deadline=None)
@given(tables(most=3), st.integers(1, 2))
def test_what_the_levels_are_called_changes_nothing(design: RuleTable, below: int) -> None:
    """The same ladder with levels below that are never given."""
    levels = design.levels
    moved = design._replace(levels=levels + below, start=design.start + below, lowest=design.lowest + below)
    rates = RATES[:levels]
    one, other = evaluate(structure(design), rates), evaluate(structure(moved), (*[0.9] * below, *rates))
    assert other.select == pytest.approx((one.select[0], *[0.0] * below, *one.select[1:]), abs=1e-12)
    assert other.participants == pytest.approx((*[0.0] * below, *one.participants), abs=1e-12)
    assert other.sizes == pytest.approx(one.sizes, abs=1e-12)
    assert other.reasons == pytest.approx(one.reasons, abs=1e-12)


@pytest.mark.parametrize(
    ("variant", "levels", "states", "unmerged"),
    [("V1", 5, 56, 249), ("V2", 5, 162, 1229), ("V3", 5, 172, 1245), ("V2", 8, 566, 17421)],
)
def test_so_many_states_are_left(variant: str, levels: int, states: int, unmerged: int) -> None:
    """The numbers of docs/dosing.md; more of them would be slower, fewer would have to be explained."""
    design = three_plus_three(levels, variant)
    assert (made(design).states, explore(design).states) == (states, unmerged)


def test_counts_that_can_matter_are_not_merged() -> None:
    class Nearest:
        def select(self, treated: tuple[int, ...], dlts: tuple[int, ...]) -> int | None:
            return 0

    table = three_plus_three(3, "V1")
    assert memory(table._replace(mtd=Mtd("isotonic", None, Nearest()))) is None
    assert memory(table._replace(below_bottom=(Act("stop"), Act("treat_more", 3, 1)))) is None
    assert memory(table) is not None


def test_merged_states_have_their_limit_too() -> None:
    with pytest.raises(Closed):
        structure(three_plus_three(8, "V2"), limit=100)


@pytest.mark.parametrize("variant", [*VARIANTS, "BOIN", "titrated"])
def test_participants_above_a_level_are_those_of_every_end(variant: str) -> None:
    design: Design = (
        IntervalDesign(4, grids.boin(0.3, 15), 3, 15, IsotonicMtd(0.3), target=0.3)
        if variant == "BOIN"
        else three_plus_three(4, "V2", titration=True)
        if variant == "titrated"
        else three_plus_three(4, variant)
    )
    rates = (0.1, 0.2, 0.35, 0.5)
    every = explore(design)
    ends = list(zip(every.ends, probabilities(every, rates), strict=True))
    for level in range(4):
        expected = [
            sum(p for end, p in ends if sum(end.ending.treated[level + 1 :]) > share * sum(end.ending.treated))
            for share in SHARES
        ]
        assert overdosed(design, structure(design), rates, level) == pytest.approx(expected, abs=1e-12)
    assert overdosed(design, structure(design), rates, 0)[0] > 0.05
