"""The five trials: every fact of their records is in the text made from the protocol, and what is wrong is told.

A corrected copy of each, made by edits, has no finding of the families REG and TXT.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from protocol_dsl import pipeline
from protocol_dsl.registration.check import check
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.ctgov import section
from protocol_dsl.render.registry import outputs

FOLDER = Path(__file__).parents[3] / "protocols"
TRIALS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "registry_facts.toml").read_text(encoding="utf-8"))
EVERYWHERE = (
    "responsible_party sponsor",
    "date start 2026-03 estimated",
    "date primary_completion 2031-01 estimated",
    "date completion 2031-06 estimated",
)
RECORD = "registry_record { verified 2026-02  fda_regulated_drug no  fda_regulated_device no }"


def compiled(text: str, name: str) -> pipeline.Compiled:
    found = pipeline.check_text(text, f"{name}.proto")
    assert found.is_sound, [each.message for each in found.diagnostics]
    return found


def codes(found: pipeline.Compiled) -> Counter[str]:
    assert found.protocol is not None
    assert found.schedule is not None
    told = [*found.diagnostics, *check(found.protocol, found.schedule, found.sources, "ctgov")]
    return Counter(each.code for each in told if each.code.startswith(("REG", "TXT")))


def original(name: str) -> str:
    return (FOLDER / f"{name}.proto").read_text(encoding="utf-8")


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [str(value)]


def test_all_trials_have_facts() -> None:
    assert set(TRIALS) == {path.stem for path in FOLDER.glob("*.proto")}
    assert all(len(trial["facts"]) >= 20 for trial in TRIALS.values())


@pytest.mark.parametrize("name", TRIALS)
def test_every_fact_of_the_record_is_rendered_back(name: str) -> None:
    found = pipeline.check(str(FOLDER / f"{name}.proto"), prove=False)
    assert found.protocol is not None
    assert found.schedule is not None
    made = {each.path: each.data for each in outputs(Rendering(found.protocol, found.schedule, [], found.sources))}
    text = " ".join(made["registry.txt"].decode().split("Open in the protocol")[0].split())
    assert [fact for fact in TRIALS[name]["facts"] if " ".join(fact.split()) not in text] == []


@pytest.mark.parametrize("name", TRIALS)
def test_what_is_wrong_with_the_record_is_told(name: str) -> None:
    assert dict(codes(compiled(original(name), name))) == TRIALS[name]["findings"]


@pytest.mark.parametrize("name", TRIALS)
def test_there_is_no_alarm_about_a_corrected_copy(name: str) -> None:
    text = original(name)
    for old, new in TRIALS[name].get("edits", {}).items():
        assert old in text, old
        text = text.replace(old, new)
    head, brace, rest = text.partition("\nprotocol ")[2].partition("{")
    stated = "\n".join((*EVERYWHERE, *TRIALS[name].get("study", {}).values()))
    corrected = f"protocol {head}{brace}\n{stated}\n{rest}\n{RECORD}\n"
    found = compiled(corrected, name)
    assert dict(codes(found)) == {}
    assert found.protocol is not None
    assert "" not in strings(section(found.protocol))
