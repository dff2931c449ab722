"""The files for programs are the same from wherever the compiler was called."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.render import data, graph
from protocol_dsl.render.context import Output, Rendering

TEXT = """
protocol T { title "T" }
timeline { day 0 = infusion }
visit infusion "Infusion" day 0
visit D4 "Day 4" day 4 ±1 day
assess vitals "Vital signs" at D4
"""


def made(path: str) -> list[Output]:
    """The files for programs of the protocol at a path."""
    trial = pipeline.check(path)
    assert trial.protocol is not None
    assert trial.schedule is not None
    rendering = Rendering(trial.protocol, trial.schedule, trial.diagnostics, trial.sources)
    return data.outputs(rendering) + graph.outputs(rendering)


def test_paths_are_as_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "protocols"
    folder.mkdir()
    (folder / "t.proto").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    from_root = made("protocols/t.proto")
    monkeypatch.chdir(folder)
    assert made("t.proto") == from_root
    assert made(str(folder / "t.proto")) == from_root
    assert b'"protocols/t.proto"' in from_root[0].data
    assert str(tmp_path).encode() not in from_root[0].data + from_root[1].data
