"""`protoc diff` and `protoc log` as a user calls them, on files, folders and real repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol_dsl.__main__ import main

ROOT = Path(__file__).parents[2]
TRIAL = """protocol t "T" {{ version "{version}" }}
timeline {{ day 0 = infusion }}
visit infusion "Infusion" day 0
use "common/visits.proto"
{more}
"""
VISITS = 'visit D28 "Day 28" day 28 ±{days} days\nassess cbc "Blood count" category laboratory at infusion, D28\n'

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository in a folder with a blank and letters that are not ASCII; the working folder is in it."""
    for name, value in {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A", "GIT_COMMITTER_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_EMAIL": "a@example.org", "NO_COLOR": "1",
        "GIT_AUTHOR_DATE": "2026-01-15T12:00:00Z", "GIT_COMMITTER_DATE": "2026-01-15T12:00:00Z",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    folder = tmp_path / "étude 狼疮"
    folder.mkdir()

    def run(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout

    run("init", "-q", "-b", "main")
    monkeypatch.chdir(folder)
    return run


def write(version: str = "1.0", days: int = 2, more: str = "", name: str = "my trial.proto") -> None:
    Path("common").mkdir(exist_ok=True)
    Path(name).write_text(TRIAL.format(version=version, more=more), encoding="utf-8")
    Path("common/visits.proto").write_text(VISITS.format(days=days), encoding="utf-8")


def commit(git: Git, message: str) -> None:
    git("add", "-A")
    git("commit", "-qm", message)


@pytest.fixture
def history(git: Git) -> Git:
    """Three commits: a first version, a reformat, an amendment whose change is in an included file."""
    write()
    commit(git, "first")
    Path("my trial.proto").write_text("# a comment\n" + TRIAL.format(version="1.0", more=""), encoding="utf-8")
    commit(git, "comment")
    write("2.0", 3, 'amendment "2.0" on 2026-06-01 from "1.0" { reason site_feedback change D28 "Weekends" }')
    commit(git, "wider window")
    return git


def test_a_change_in_an_included_file_between_two_revisions(history: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--git", "HEAD~2", "HEAD", "my trial.proto"]) == 0
    printed = capsys.readouterr()
    assert "~ visit D28 window: ±2 days → ±3 days\n      because: Weekends" in printed.out
    assert "AMD005" in printed.err
    assert main(["diff", "HEAD~2:my trial.proto", "HEAD:my trial.proto"]) == 0
    assert "±2 days → ±3 days" in capsys.readouterr().out


def test_a_comment_is_no_change(history: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--git", "HEAD~2", "HEAD~1", "my trial.proto", "--exit-code"]) == 0
    assert capsys.readouterr().out.endswith("no change\n")


def test_places_are_those_of_the_revision(history: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--git", "HEAD~1", "my trial.proto", "--format", "json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert list(made) == ["version", "changes", "effects", "summary"]
    change = next(change for change in made["changes"] if change["path"] == "visits/D28/window")
    assert change["action"] == "update"
    assert (change["old"], change["new"]) == ("±2 days", "±3 days")
    assert change["old_place"]["file"] == "HEAD~1:common/visits.proto"
    assert change["new_place"]["file"] == "common/visits.proto"
    assert change["class"] == "schedule"
    assert change["flags"]["edc"] == {"value": "yes", "state": "suggested", "rule": "schedule.window-widened"}
    assert made["summary"]["amendment"] == "2.0"


def test_a_bare_repository(
    history: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "bare clone.git"
    history("clone", "-q", "--bare", ".", str(bare))
    monkeypatch.chdir(bare)
    assert main(["diff", "--git", "main~1", "main", "my trial.proto"]) == 0
    assert "±2 days → ±3 days" in capsys.readouterr().out
    assert main(["log", "my trial.proto"]) == 0
    assert "wider window" in capsys.readouterr().out


def test_from_a_folder_inside(
    history: Git, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir("common")
    assert main(["diff", "--git", "HEAD~1", "../my trial.proto"]) == 0
    assert "±2 days → ±3 days" in capsys.readouterr().out
    assert main(["diff", "HEAD~1:../my trial.proto", "../my trial.proto"]) == 0
    assert "±2 days → ±3 days" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--git", "v9", "my trial.proto"], "no revision `v9`"),
        (["--git", "HEAD", "none.proto"], "no such file in the revision HEAD"),
        (["--git", "HEAD", "HEAD", "common"], "is a folder, not a file"),
        (["HEAD:none.proto", "my trial.proto"], "no such file in the revision HEAD"),
        (["--git", "my trial.proto"], "--git takes one or two revisions and a file"),
        (["my trial.proto"], "two versions are needed"),
        (["my trial.proto", "none.proto"], "there is no such file"),
        (["--git", "--", "-n1", "my trial.proto"], "is no revision"),
    ],
)
def test_what_cannot_be_compared_is_told(
    history: Git, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


def test_outside_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "t.proto").write_text('protocol t "T" { }\n', encoding="utf-8")
    assert main(["diff", "--git", "HEAD", "t.proto"]) == 2
    assert "not in a git repository" in capsys.readouterr().err


def test_without_git(history: Git, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    assert main(["diff", "--git", "HEAD", "my trial.proto"]) == 2
    assert "the program git was not found" in capsys.readouterr().err


def test_errors_of_both_versions_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.proto").write_text('protocol t "T" { }\nvisit A "A" day 3 ±1\n', encoding="utf-8")
    (tmp_path / "b.proto").write_text('protocol t "T" { }\nvisit B "B" day 3 ±2\n', encoding="utf-8")
    assert main(["diff", str(tmp_path / "a.proto"), str(tmp_path / "b.proto")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "a.proto" in printed.err
    assert "b.proto" in printed.err


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, days in (("old", 2), ("new", 3)):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        write(days=days)
    (tmp_path / "new" / "second.proto").write_text('protocol s "S" { }\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["diff", "old", "new"]) == 0
    printed = capsys.readouterr().out
    assert "±2 days → ±3 days" in printed
    assert "second.proto: the whole protocol is new" in printed
    assert "common/visits.proto" not in printed
    assert main(["diff", "old", "new", "--format", "json"]) == 0
    assert sorted(json.loads(capsys.readouterr().out)["files"]) == ["my trial.proto", "second.proto"]


def test_exit_status(history: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--git", "HEAD~1", "my trial.proto", "--exit-code"]) == 1
    assert main(["diff", "--git", "HEAD~1", "my trial.proto", "--fail-on", "substantial"]) == 0
    assert main(["diff", "--git", "HEAD~1", "my trial.proto", "--fail-on", "edc"]) == 1
    write("2.0", 5, 'amendment "2.0" on 2026-06-01 from "1.0" { reason site_feedback }')
    capsys.readouterr()
    assert main(["diff", "--git", "HEAD~1", "my trial.proto", "-q"]) == 1
    assert "error[AMD001]" in capsys.readouterr().err


def test_a_second_commit_of_a_drafted_amendment_asks_for_nothing_twice(
    history: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    write("2.0", 4, 'amendment "2.0" on 2026-06-01 from "1.0" { reason site_feedback change D28 "Weekends" }')
    assert main(["diff", "--git", "HEAD", "my trial.proto"]) == 0
    assert "AMD" not in capsys.readouterr().err


def test_log_leaves_out_what_changes_nothing_and_names_the_amendment(
    history: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "my trial.proto"]) == 0
    printed = capsys.readouterr().out
    assert "comment" not in printed
    assert printed.index("wider window") < printed.index("first")
    assert "amendment 2.0 of 2026-06-01: site feedback" in printed
    assert "first version" in printed
    assert main(["log", "my trial.proto", "--format", "json"]) == 0
    assert [each["subject"] for each in json.loads(capsys.readouterr().out)["commits"]] == ["wider window", "first"]


def test_log_tells_a_version_that_does_not_compile(history: Git, capsys: pytest.CaptureFixture[str]) -> None:
    good = Path("my trial.proto").read_text(encoding="utf-8")
    Path("my trial.proto").write_text(good + "visit X day 3 ±1\n", encoding="utf-8")
    commit(history, "broken")
    Path("my trial.proto").write_text(good + 'visit X "X" day 3 ±1 day\n', encoding="utf-8")
    commit(history, "mended")
    assert main(["log", "my trial.proto"]) == 0
    printed = capsys.readouterr().out
    assert "broken\n    does not compile" in printed
    assert "mended\n    1 change: 1 added" in printed


def test_log_without_history(history: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "none.proto"]) == 2
    assert "no commit up to HEAD has this file" in capsys.readouterr().err


def test_diff_imports_nothing_heavy() -> None:
    heavy = {"pydantic", "lark", "jinja2", "networkx", "xlsxwriter", "numpy", "inspect", "dataclasses", "difflib"}
    program = (
        "import sys; sys.argv = ['protoc', 'diff', 'protocols/lupus.proto', 'protocols/ecar01.proto', '-q']\n"
        "from protocol_dsl.__main__ import main\n"
        f"status = main(); print(sorted(set(sys.modules) & {heavy!r}), status)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].startswith("[")
    assert "pydantic" not in done.stdout.splitlines()[-1]
    assert "jinja2" not in done.stdout.splitlines()[-1]
