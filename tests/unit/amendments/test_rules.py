"""The rules file: complete, and about parts that exist."""

from __future__ import annotations

from typing import get_args

import pytest

from protocol_dsl.amendments.canonical import AS_TEXT
from protocol_dsl.amendments.classify import ALL_BUT_RENAME, classified, fits, rules
from protocol_dsl.amendments.records import FLAGS, Change
from protocol_dsl.elaborate.values import ENUMERATIONS
from protocol_dsl.model.base import Part
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render.documents import FAMILIES


def test_every_rule_has_its_flags_a_source_and_a_path_that_exists() -> None:
    tops = {*Protocol.model_fields, "**"}
    for rule in rules().rules:
        assert set(rule.flags) == set(FLAGS)
        assert set(rule.flags.values()) <= {"yes", "no", "review", "text"}
        assert rule.source
        assert rule.id.split(".")[0] in {each.id for each in rules().classes}
        assert {path[0] for path in rule.paths} <= tops, rule.id
        assert rule.actions <= ALL_BUT_RENAME | {"rename"}
    assert len({rule.id for rule in rules().rules}) == len(rules().rules)


def test_every_part_of_a_protocol_has_a_rule_of_its_own() -> None:
    known = {path[0] for rule in rules().rules for path in rule.paths}
    assert set(Protocol.model_fields) - known == {"schema_version", "sections", "translations"}


def test_reasons_and_documents_are_those_of_the_language_and_the_compiler() -> None:
    assert tuple(rules().reasons) == ENUMERATIONS["amendment_reason"]
    assert set(rules().documents) == set(FAMILIES)


@pytest.mark.parametrize(
    ("path", "action", "facts", "rule"),
    [
        (("dlt", "window"), "update", (), "safety.dlt-window"),
        (("rules", "stopping", "rules", "deaths"), "add", (), "safety.stopping"),
        (("assessments", "ecg", "visits", "D28"), "remove", ("safety_test",), "safety.test-dropped"),
        (("assessments", "ecg", "visits", "D28"), "remove", (), "schedule.procedure-removed"),
        (("eligibility", "criteria", "x", "where"), "update", ("loosened",), "eligibility.loosened"),
        (("eligibility", "criteria", "x"), "move", (), "eligibility.order"),
        (("escalations", "main", "scenarios", "a"), "add", (), "text.wording"),
        (("visits", "D28"), "rename", (), "text.rename"),
        (("visits", "D28", "label"), "update", (), "text.wording"),
        (("study", "version"), "update", (), "text.record"),
    ],
)
def test_which_rule_a_change_has(path: tuple[str, ...], action: str, facts: tuple[str, ...], rule: str) -> None:
    change = Change(action, path)  # type: ignore[arg-type]
    made = classified(change, lambda _: frozenset(facts), lambda _: True)
    assert made.rule == rule


def test_patterns() -> None:
    assert fits(("a", "*", "**"), ("a", "b"))
    assert fits(("a", "*", "**"), ("a", "b", "c", "d"))
    assert not fits(("a", "*"), ("a",))
    assert not fits(("a", "*"), ("a", "b", "c"))


def test_every_class_of_the_model_without_a_name_is_a_value_or_has_a_key() -> None:
    from protocol_dsl.amendments import canonical
    from protocol_dsl.model import burden, dosing, forms, outcomes, record, schedule, study

    in_lists: set[str] = set()
    for module in (burden, dosing, forms, outcomes, record, schedule, study):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Part):
                for field in kind.model_fields.values():
                    in_lists |= (
                        {
                            each.__name__
                            for each in get_args(field.annotation)
                            if isinstance(each, type) and issubclass(each, Part) and "name" not in each.model_fields
                        }
                        if getattr(field.annotation, "__origin__", None) is tuple
                        else set()
                    )
    special = {"Choice", "DltRow", "Note"}
    assert in_lists - set(AS_TEXT) - set(canonical._KEYS) - special == set()
