"""Most probable paths against all paths; simulated trials against exact values."""

from __future__ import annotations

import pytest

from protocol_dsl.dosing.designs import decision_file, grids
from protocol_dsl.dosing.exact import evaluate, explore
from protocol_dsl.dosing.machine import path_text
from protocol_dsl.dosing.paths import most_probable, transitions
from protocol_dsl.dosing.presets import three_plus_three
from protocol_dsl.dosing.simulate import simulate

RATES = (0.1, 0.25, 0.4)
NAMES = ("DL1", "DL2", "DL3")


def test_the_most_probable_paths_are_the_first_of_all() -> None:
    structure = explore(three_plus_three(3, "V2"))
    all_paths = most_probable(structure, RATES, 10_000)
    assert len(all_paths) == structure.paths == 118
    assert sum(each.probability for each in all_paths) == pytest.approx(1.0, abs=1e-12)
    chances = [each.probability for each in all_paths]
    assert chances == sorted(chances, reverse=True)
    assert most_probable(structure, RATES, 7) == all_paths[:7]
    first = all_paths[0]
    assert path_text(first.path, NAMES) == "DL1 0/3 → DL2 1/3 → DL2 2/6 → DL1 0/6"
    assert first.ending is not None
    assert first.ending.mtd == 0


def test_impossible_paths_are_left_out() -> None:
    assert len(most_probable(explore(three_plus_three(3, "V1")), (0.0, 0.0, 0.0), 100)) == 1


def test_transitions_of_the_first_groups() -> None:
    found = transitions(explore(three_plus_three(3, "V1")), RATES, 1)
    assert [path_text(each.path, NAMES) for each in found] == ["DL1 0/3", "DL1 1/3", "DL1 2/3", "DL1 3/3"]
    assert [each.probability for each in found] == pytest.approx([0.729, 0.243, 0.027, 0.001])
    assert [each.ending is None for each in found] == [True, True, False, False]
    two = transitions(explore(three_plus_three(3, "V1")), RATES, 2)
    assert sum(each.probability for each in two) == pytest.approx(1.0)


def test_simulated_trials_agree_within_their_error() -> None:
    design = three_plus_three(3, "V2")
    exact, simulated = evaluate(explore(design), RATES), simulate(design, RATES, 4000)
    assert exact.exact
    assert not simulated.exact
    assert simulated.trials == 4000
    for p, s, error in zip(exact.select, simulated.select, simulated.errors, strict=True):
        assert abs(p - s) < 4 * error
    assert simulated.mean == pytest.approx(exact.mean, abs=4 * exact.sd / 4000**0.5)
    assert simulate(design, RATES, 200) == simulate(design, RATES, 200)
    assert simulate(design, RATES, 200, seed=1) != simulate(design, RATES, 200, seed=2)


def test_a_table_of_decisions_is_read_as_it_is_written() -> None:
    grid = grids.boin(0.3, 6)
    found = decision_file.read(decision_file.write(grid, [1, 2, 3, 4, 5, 6]))
    assert found == (grid, ())
    assert decision_file.read("y;N;decision\n0;3;stay\n1;3;DU\n") == (("", "  ", "   ", "SU  "), ())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: there is no column `n`, `y`, `decision`"),
        ("n,y\n3,0\n", "line 1: there is no column `decision`"),
        ("n,y,decision\n", "the table has no rows"),
        ("n,y,decision\n3,4,E\n", "line 2: y is `4`, not a number of DLTs among 3 participants"),
        ("n,y,decision\n3,-1,E\n", "line 2: y is `-1`"),
        ("n,y,decision\n0,0,E\n", "line 2: n is `0`"),
        ("n,y,decision\n3,0,up\n", "line 2: the decision `up` is none of E, S, D, U"),
        ("n,y,decision\n3,0,E\n\n3,0,S\n", "line 4: 0 of 3 is S here, and E in line 2"),
    ],
)
def test_faults_in_a_table_of_decisions_have_their_line(text: str, fault: str) -> None:
    assert fault in " ".join(decision_file.read(text).faults)
