"""`protoc compile`: which documents are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl.__main__ import main


def test_all_and_only_contradict_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "t.proto"
    file.write_text('protocol t "T" {}\n', encoding="utf-8")
    assert main(["compile", str(file), "--all", "--only", "soa"]) == 2
    assert "--all and --only cannot stand together" in capsys.readouterr().err
