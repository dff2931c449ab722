"""The generated files of `docs/` are up to date, and `protocol.json` is what its schema says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from protocol_dsl import pipeline
from protocol_dsl.__main__ import main
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render import data
from protocol_dsl.render.context import Rendering

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROTOCOLS = sorted(path.name for path in (ROOT / "protocols").glob("*.proto"))


@cache
def compiled(name: str) -> pipeline.Compiled:
    """A shipped protocol, compiled once."""
    return pipeline.check(str(ROOT / "protocols" / name))


@cache
def written(name: str) -> bytes:
    """Its `protocol.json`."""
    made = compiled(name)
    assert made.protocol is not None
    assert made.schedule is not None
    (output,) = data.outputs(Rendering(made.protocol, made.schedule, made.diagnostics, made.sources))
    return output.data


def test_page_of_codes_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--format", "md"]) == 0
    assert (DOCS / "codes.md").read_text(encoding="utf-8") == capsys.readouterr().out, "regenerate it: make docs"


def test_schema_is_up_to_date() -> None:
    assert (DOCS / "protocol.schema.json").read_text(encoding="utf-8") == data.schema(), "regenerate it: make docs"


def schema() -> dict[str, Any]:
    """The published schema."""
    return json.loads((DOCS / "protocol.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_protocol_json_keeps_the_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema())
    faults = Draft202012Validator(schema()).iter_errors(json.loads(written(name)))
    assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []


@pytest.mark.parametrize("name", PROTOCOLS)
def test_protocol_json_holds_the_whole_model(name: str) -> None:
    read = Protocol.model_validate_json(written(name))
    protocol = compiled(name).protocol
    assert protocol is not None
    # Places are written as from the project's root.
    here = json.dumps(protocol.model_dump(mode="json")).replace(json.dumps(str(ROOT) + "/")[1:-1], "")
    assert read.model_dump(mode="json") == json.loads(here)


def test_schema_refuses_what_is_not_in_the_model() -> None:
    made = json.loads(written("lupus.proto"))
    made["visits"][0]["windows"] = []
    assert not Draft202012Validator(schema()).is_valid(made)
