"""What a file can say of a design does what it says; numbers against published programs and against each other."""

from __future__ import annotations

import pytest

from protocol_dsl.dosing.build import build
from protocol_dsl.dosing.built import Built
from protocol_dsl.dosing.designs.crm import Crm
from protocol_dsl.dosing.exact import evaluate, explore, structure
from protocol_dsl.dosing.presets import three_plus_three
from tests.unit.dosing.escalations import compiled

A = (0.05, 0.10, 0.20, 0.30, 0.50)


def built(escalation: str, levels: int = 5) -> Built:
    protocol = compiled(f"escalation main of CT1 {escalation}", levels=levels).protocol
    assert protocol is not None
    found = build(protocol, protocol.escalations[0], lambda name, origin: "")
    assert not found.problems, found.problems
    return found


def selected(escalation: str, rates: tuple[float, ...] = A) -> tuple[float, ...]:
    design = built(escalation, len(rates)).design
    assert design is not None
    return evaluate(structure(design), rates).select


BOIN = "uses boin {{ start DL1  cohort 3  target 30 %  max 30  {} }}"


def test_extra_safety_and_the_bound_of_boin_against_its_program() -> None:
    found = selected(BOIN.format("extra_safe 90 %  bound_mtd"))
    # Simulated by the program: 10,000 trials; four standard errors.
    for p, published in zip(found, (0.0071, 0.0036, 0.0794, 0.3461, 0.4731, 0.0907), strict=True):
        assert abs(p - published) < 4 * (published * (1 - published) / 10_000) ** 0.5


def test_the_bound_alone_is_the_boundary_of_de_escalation() -> None:
    assert selected(BOIN.format("bound_mtd")) == selected(BOIN.format("bound_mtd 35.85195 %"))
    assert sum(selected(BOIN.format("bound_mtd 60 %"))[:2]) < sum(selected(BOIN.format("bound_mtd"))[:2])


def test_titration_before_boin_against_its_program() -> None:
    found = selected(BOIN.format("titration until first dlt"))
    for p, published in zip(found, (0.0003, 0.0023, 0.0384, 0.2846, 0.5597, 0.1147), strict=True):
        assert abs(p - published) < 4 * (published * (1 - published) / 10_000) ** 0.5 + 1e-4


def test_titration_is_accelerated_3_plus_3() -> None:
    titrated = selected("uses three_plus_three { variant V1  start DL1  titration until first dlt }")
    assert titrated == selected("uses accelerated { variant V1  start DL1 }")
    assert titrated[0] == pytest.approx(0.011311, abs=5e-7)


def test_stages_make_the_same_machine_as_the_preset() -> None:
    by_stages = (
        "uses a_plus_b { start DL1  add 3 escalate up to 0 expand up to 1  add 3 escalate up to 1  mtd previous }"
    )
    assert selected(by_stages) == pytest.approx(selected("uses three_plus_three { variant V1  start DL1 }"), abs=1e-14)
    three = "uses a_plus_b { start DL1  add 2 escalate up to 0 expand up to 1  add 2 escalate up to 0 expand up to 1  "
    found = built(three + "add 2 escalate up to 1  mtd previous }").table
    assert found is not None
    assert sorted(found.tables) == [2, 4, 6]


def test_from_above_the_lowest_level_the_author_says_who_may_be_declared() -> None:
    few = built("uses three_plus_three { variant V2  start DL2  above closed: stop }", 3).design
    many = built("uses three_plus_three { variant V2  start DL2  above closed: expand to 6 }", 3).design
    assert few is not None
    assert many is not None
    ends = [end.ending for end in explore(few).ends]
    assert any(end.mtd == 0 and end.treated[0] == 3 for end in ends)
    assert all(end.treated[0] != 3 or end.mtd != 0 for end in (each.ending for each in explore(many).ends))
    # The highest level is not reached by going down: three participants are enough there in both.
    assert any(end.mtd == 2 and end.treated[2] == 3 for end in (each.ending for each in explore(many).ends))


def test_a_closed_level_above_without_a_rule_of_its_own_is_as_the_top() -> None:
    plain = explore(three_plus_three(3, "V2"))
    same = explore(three_plus_three(3, "V2", above_closed=three_plus_three(3, "V2").above_top))
    assert plain.ends == same.ends


CRM = "uses crm {{ start DL1  cohort 3  target 30 %  max 30  {} }}"


def test_a_skeleton_from_an_interval_of_indifference() -> None:
    design = built(CRM.format("half_width 5 %  prior_mtd DL3")).design
    assert isinstance(design, Crm)
    assert design.skeleton == pytest.approx((0.122529, 0.203956, 0.3, 0.401819, 0.501346), abs=5e-7)
    # Exact reference values of this design.
    assert selected(CRM.format("half_width 5 %  prior_mtd DL3"))[1:] == pytest.approx(
        (0.00014, 0.01824, 0.25135, 0.55898, 0.17129), abs=6e-6
    )
    coherent = selected(CRM.format("half_width 5 %  prior_mtd DL3  coherent yes"))
    assert coherent[1:] == pytest.approx((0.00012, 0.01695, 0.23880, 0.55356, 0.19057), abs=6e-6)


@pytest.mark.parametrize("variance", [0.05, 5.0])
def test_another_prior_variance_is_that_of_a_normal_prior(variance: float) -> None:
    skeleton = (0.1, 0.25, 0.4)
    prior = Crm(skeleton, 0.25, 3, 9, prior_variance=variance)
    # The same posterior mean by a sum over many more nodes.
    nodes = [step * 0.002 for step in range(-12_000, 12_001)]
    weights = []
    for b in nodes:
        p = skeleton[0] ** 2.718281828459045**b
        weights.append(2.718281828459045 ** (-b * b / (2 * variance)) * p * (1 - p) ** 2)
    mean = sum(w * b for w, b in zip(weights, nodes, strict=True)) / sum(weights)
    assert prior._mean((3, 0, 0), (1, 0, 0)) == pytest.approx(mean, abs=1e-9)


def test_designs_that_depend_on_the_calendar_have_a_runner() -> None:
    rolling = built("uses rolling_six { start DL1  above top: expand to 6 }")
    tite = built("uses tite_crm { start DL1  cohort 1  target 30 %  max 24  half_width 5 %  prior_mtd DL2 }")
    assert rolling.design is None
    assert rolling.runner is not None
    assert tite.runner is not None
    assert tite.runner.levels == 5
