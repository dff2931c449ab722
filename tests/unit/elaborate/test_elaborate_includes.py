"""`use`: files of the same project, each once, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.pipeline import Compiled

MAIN = 'protocol X { title "T" }\ntimeline { day 0 = V }\nvisit V day 0\n'


def compiled(root: Path, files: dict[str, str], main: str = "trial.proto") -> Compiled:
    """A compile of `main` in a project that begins at `root`."""
    (root / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return pipeline.check(str(root / main))


def codes(result: Compiled) -> list[str]:
    return [d.code for d in result.diagnostics if d.code[:3] in ("SYN", "NAM", "QTY", "IOE")]


def test_statements_of_all_files_are_one_trial(tmp_path: Path) -> None:
    result = compiled(
        tmp_path,
        {
            "trial.proto": MAIN + 'use "common/safety.proto"\nassess x "X" at safety, late',
            "common/safety.proto": 'use "../more.proto"\ngroup safety "Safety" = V',
            "more.proto": 'visit D4 "Day 4" day 4 group late "Late" = D4',
        },
    )
    assert codes(result) == []
    assert result.protocol is not None
    assert result.protocol.assessments[0].visits == ("V", "D4")
    assert [os.path.basename(file.path) for file in result.sources.files] == [
        "trial.proto",
        "safety.proto",
        "more.proto",
    ]
    assert result.protocol.visits[1].origin.file.endswith("more.proto")


def test_a_fault_in_an_included_file_is_told_there(tmp_path: Path) -> None:
    result = compiled(tmp_path, {"trial.proto": MAIN + 'use "a.proto"', "a.proto": "\ngroup g = NOPE"})
    (found,) = [d for d in result.diagnostics if d.code == "NAM001"]
    assert found.span is not None
    path, start, _ = result.sources.place(found.span)
    assert (os.path.basename(path), start.line) == ("a.proto", 2)


def test_a_name_declared_in_two_files_marks_both(tmp_path: Path) -> None:
    result = compiled(tmp_path, {"trial.proto": MAIN + 'visit D4 day 4 use "a.proto"', "a.proto": "visit D4 day 4"})
    (found,) = [d for d in result.diagnostics if d.code == "NAM002"]
    assert {label.span.file for label in found.labels} == {0, 1}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../outside.proto", "IOE"),
        ("a/../../outside.proto", "IOE"),
        ("/etc/passwd", "IOE"),
        ("..\\\\outside.proto", "IOE"),
        ("missing.proto", "IOE"),
        ("folder", "IOE"),
        ("", "IOE"),
        ("binary.proto", "IOE"),
        ("link.proto", "IOE"),
        ("link_folder/outside.proto", "IOE"),
    ],
)
def test_what_cannot_be_used_is_one_error_at_its_place(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "outside.proto").write_text('group secret "S" = V')
    root = tmp_path / "project"
    (root / "folder").mkdir(parents=True)
    (root / "a").mkdir()
    (root / "binary.proto").write_bytes(b"\xff\xfe\x00")
    (root / "link.proto").symlink_to(tmp_path / "outside.proto")
    (root / "link_folder").symlink_to(tmp_path, target_is_directory=True)
    result = compiled(root, {"trial.proto": MAIN + f'use "{name}"'})
    found = [d for d in result.diagnostics if d.code.startswith("IOE")]
    assert len(found) == 1
    assert found[0].severity == "error"
    assert found[0].span is not None
    assert len(result.sources.files) == 1


def test_a_link_that_stays_in_the_project_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "real.proto").write_text("visit D4 day 4")
    (tmp_path / "link.proto").symlink_to(tmp_path / "real.proto")
    assert codes(compiled(tmp_path, {"trial.proto": MAIN + 'use "link.proto"'})) == []


@pytest.mark.parametrize(
    "files",
    [
        {"trial.proto": MAIN + 'use "a.proto" use "a.proto"', "a.proto": "visit D4 day 4"},
        {"trial.proto": MAIN + 'use "a.proto" use "b/../a.proto"', "a.proto": "visit D4 day 4", "b/x": ""},
        {
            "trial.proto": MAIN + 'use "a.proto" use "b.proto"',
            "a.proto": 'use "c.proto"',
            "b.proto": 'use "c.proto"',
            "c.proto": "visit D4 day 4",
        },
    ],
)
def test_a_file_that_several_use_is_read_once(tmp_path: Path, files: dict[str, str]) -> None:
    result = compiled(tmp_path, files)
    assert codes(result) == []
    assert result.protocol is not None
    assert result.protocol.visit("D4") is not None


@pytest.mark.parametrize(
    "files",
    [
        {"trial.proto": MAIN + 'use "a.proto"', "a.proto": 'visit D4 day 4 use "trial.proto"'},
        {"trial.proto": MAIN + 'use "a.proto"', "a.proto": 'use "b.proto"', "b.proto": 'use "a.proto"'},
        {"trial.proto": MAIN + 'use "trial.proto"'},
    ],
)
def test_a_file_that_brings_in_itself_is_told_once(tmp_path: Path, files: dict[str, str]) -> None:
    found = [d for d in compiled(tmp_path, files).diagnostics if d.code == "IOE003"]
    assert len(found) == 1
    assert "is using this file already" in found[0].message


def test_a_used_protocol_buffers_schema_is_told(tmp_path: Path) -> None:
    files = {"trial.proto": MAIN + 'use "a.proto"', "a.proto": 'syntax = "proto3";\nmessage A {}'}
    assert codes(compiled(tmp_path, files)) == ["IOE005"]


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.proto")
    found = pipeline.check(str(tmp_path / "pipe.proto")).diagnostics
    assert [d.code for d in found] == ["IOE001"]
    assert "not an ordinary file" in found[0].message


def test_a_long_chain_of_files_ends(tmp_path: Path) -> None:
    files = {f"f{i}.proto": f'use "f{i + 1}.proto"' for i in range(300)} | {"f300.proto": "visit D4 day 4"}
    result = compiled(tmp_path, {**files, "trial.proto": MAIN + 'use "f0.proto"'})
    assert codes(result) == []
    assert result.protocol is not None
    assert result.protocol.visit("D4") is not None


def test_a_file_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    result = pipeline.check(str(tmp_path / "none.proto"))
    assert [d.code[:3] for d in result.diagnostics] == ["IOE"]


def test_an_include_notes_its_use_with_an_annotation(tmp_path: Path) -> None:
    result = compiled(tmp_path, {"trial.proto": MAIN + '@source "s"\nuse "a.proto"', "a.proto": "visit D4 day 4"})
    assert result.protocol is not None
    assert result.protocol.visit("D4") is not None
