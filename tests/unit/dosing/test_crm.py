"""CRM: the fit by hand, the restrictions of a trial."""

from __future__ import annotations

from math import inf

import pytest

from protocol_dsl.dosing.designs.crm import LOGISTIC, Crm, fit, indifference_skeleton, most_likely, rate
from protocol_dsl.dosing.exact import explore
from protocol_dsl.dosing.machine import ENOUGH, Ending, Step, walk

SKELETON = (0.05, 0.12, 0.25, 0.40, 0.55)


@pytest.mark.parametrize("model", ["power", LOGISTIC])
def test_without_data_the_skeleton_is_kept(model: str) -> None:
    assert [rate(p, 0.0, model) for p in SKELETON] == pytest.approx(SKELETON)
    found = fit(SKELETON, 0.25, [], [], model)
    assert found.mean == pytest.approx(0.0, abs=1e-9)
    assert found.variance == pytest.approx(1.34, abs=1e-6)
    assert found.level == 2


def test_the_indifference_interval_holds_at_the_neighbours() -> None:
    made = indifference_skeleton(0.05, 0.25, 3, 5)
    # With the parameter at which the prior MTD has the upper bound, the level below has the lower one.
    from math import log

    at = log(log(0.30) / log(made[2]))
    assert rate(made[1], at, "power") == pytest.approx(0.20)


def test_likelihood_has_no_maximum_without_dlts_or_without_anything_else() -> None:
    assert most_likely(SKELETON, [0, 1], [0, 0]) == inf
    assert most_likely(SKELETON, [0, 1], [1, 1]) == -inf


def test_a_weight_of_one_changes_nothing_and_of_less_weakens_a_participant_without_dlt() -> None:
    full = fit(SKELETON, 0.25, [1, 1], [0, 1], weights=[1.0, 1.0])
    assert full == fit(SKELETON, 0.25, [1, 1], [0, 1])
    assert fit(SKELETON, 0.25, [1, 1], [0, 1], weights=[0.2, 1.0]).mean < full.mean


def followed(design: Crm) -> list[tuple[Step, int, Step]]:
    return [(a, y, b) for a, y, b, _ in walk(design, 100_000) if isinstance(b, Step)]


def test_restrictions() -> None:
    free = followed(Crm(SKELETON, 0.25, 3, 12, skipping=True))
    assert any(after.level > step.level + 1 for step, _, after in free)
    assert all(after.level <= step.level + 1 for step, _, after in followed(Crm(SKELETON, 0.25, 3, 12)))
    skeleton = tuple(indifference_skeleton(0.05, 0.30, 3, 5))
    plain, coherent = (followed(Crm(skeleton, 0.3, 3, 15, coherent=each)) for each in (False, True))
    assert any(after.level > step.level for step, y, after in plain if y >= 1)
    assert not any(after.level > step.level for step, y, after in coherent if y >= 1)


def test_early_stop_and_titration() -> None:
    ends = [end.ending for end in explore(Crm(SKELETON, 0.25, 3, 30, early_stop=9)).ends]
    assert any(ending.reason == ENOUGH for ending in ends)
    assert all(ending.mtd is not None and ending.treated[ending.mtd] >= 9 for ending in ends if ending.reason == ENOUGH)
    design = Crm(SKELETON, 0.25, 3, 12, titration=True)
    following = design.after(design.first(), 0)
    assert not isinstance(following, Ending)
    assert (following.level, following.size) == (1, 1)
    stopped = design.after(following, 1)
    assert not isinstance(stopped, Ending)
    assert stopped.size == 3
