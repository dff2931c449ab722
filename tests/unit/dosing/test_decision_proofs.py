"""Imported tables of decisions: what is found in them against every single path, and titration before any rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl.dosing.build import build
from protocol_dsl.dosing.decision_proofs import SOUND, prove_decisions
from protocol_dsl.dosing.designs.grids import boin
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.interval_arrays import explore as explore_arrays
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.exact import evaluate, explore
from protocol_dsl.dosing.machine import NO_RULE, Design, Ending, Group, Path, Step
from tests.unit.dosing.escalations import compiled, findings

TARGET = 0.3
grids = st.integers(1, 8).flatmap(
    lambda most: st.tuples(*(st.text("ESDU ", min_size=n + 1, max_size=n + 1) for n in range(1, most + 1)))
)


def design(grid: tuple[str, ...], titration: bool = False, maximum: int = 8) -> IntervalDesign:
    return IntervalDesign(2, ("", *grid), 3, maximum, IsotonicMtd(TARGET), target=TARGET, titration=titration)


def every_end(machine: IntervalDesign) -> list[tuple[Path, Ending]]:
    found: list[tuple[Path, Ending]] = []
    waiting: list[tuple[Path, Step]] = [((), machine.first())]
    while waiting:
        before, step = waiting.pop()
        for dlts in range(step.size + 1):
            path, following = (*before, Group(step, dlts)), machine.after(step, dlts)
            if isinstance(following, Ending):
                found.append((path, following))
            else:
                waiting.append((path, following))
    return found


@settings(derandomize=True, max_examples=60, deadline=None)
@given(grids, st.booleans())
def test_gaps_of_random_tables_are_those_of_every_path(grid: tuple[str, ...], titration: bool) -> None:
    machine = design(grid, titration)
    gaps = prove_decisions(machine, TARGET).gaps
    expected: dict[tuple[int, int], int] = {}
    for path, ending in every_end(machine):
        if ending.reason == NO_RULE:
            step, dlts = path[-1]
            at = (step.treated[step.level] + step.size, step.dlts[step.level] + dlts)
            expected[at] = min(len(path), expected.get(at, len(path)))
    assert {at: len(path) for at, path in gaps.items()} == expected


@settings(derandomize=True, max_examples=30, deadline=None)
@given(grids, st.booleans())
def test_arrays_follow_a_table_with_gaps_as_the_plain_way_does(grid: tuple[str, ...], titration: bool) -> None:
    pytest.importorskip("numpy")
    machine = design(grid, titration)
    plain, arrays = (evaluate(made(machine), [0.2, 0.4]) for made in (explore, explore_arrays))
    assert arrays.select == pytest.approx(plain.select, abs=1e-12)
    assert arrays.reasons == pytest.approx(plain.reasons, abs=1e-12)


def test_a_published_table_is_sound_and_is_not_followed() -> None:
    assert prove_decisions(design(boin(TARGET, 8)[1:]), TARGET) is SOUND


def test_what_cannot_happen_is_not_told() -> None:
    # Levels are asked about after 3 and 6, and after 3 of 3 a level is left for good, so that none comes to 6 of 6.
    rows = (" ", "  ", "ESDU", "    E", "     E", "EESS  E")
    found = prove_decisions(design(rows, maximum=9), TARGET)
    assert set(found.gaps) == {(6, 4), (6, 5)}
    assert (found.bolder, found.above) == ([], [])


def machine_of(text: str) -> Design:
    protocol = compiled(text, levels=5).protocol
    assert protocol is not None
    made = build(protocol, protocol.escalations[0], lambda name, origin: "").design
    assert made is not None
    return made


def test_titration_before_the_authors_own_rules_is_that_of_the_preset() -> None:
    rules = """
      after 3 { 0 dlt: escalate  1 dlt: expand to 6  2..3 dlt: stop }
      after 6 { 0..1 dlt: escalate  2..6 dlt: stop }
      above top: stop  below bottom: stop without mtd  mtd highest with n >= 1 and dlt <= 1
    """
    stages = "add 3 escalate up to 0 expand up to 1  add 3 escalate up to 1  mtd previous with n >= 1"
    for text in (
        f"escalation main of CT1 {{ start DL1  cohort 3  max 6 per level  titration until first dlt {rules} }}",
        f"escalation main of CT1 uses a_plus_b {{ start DL1  titration until first dlt  {stages} }}",
    ):
        assert findings("DOS041", text, levels=5) == []
        found = evaluate(explore(machine_of(text)), (0.05, 0.10, 0.20, 0.30, 0.50))
        # Single participants until the first DLT, then 3+3 without de-escalation.
        assert found.select == pytest.approx((0.011311, 0.042535, 0.141528, 0.231717, 0.474440, 0.098469), abs=6e-7)
        assert found.mean == pytest.approx(8.93505, abs=6e-6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("uses a_plus_b { start DL1  cohort 4  add 3 escalate up to 0  mtd previous }", "`cohort` 3, not 4"),
        ("uses crm { start DL1  cohort 3  max 12  target 30 %  skeleton 0.1, 0.2, 0.3  mtd highest }", "no `mtd`"),
        ("uses boin { start DL2  fallback DL2  cohort 3  max 12  target 30 % }", "goes down to DL1"),
        ("uses three_plus_three { variant V4  start DL2  fallback DL1 }", "never goes down"),
    ],
)
def test_what_a_design_would_not_look_at_is_told(text: str, words: str) -> None:
    found = findings("DOS041", f"escalation main of CT1 {text}")
    assert [words in each.message for each in found] == [True]
