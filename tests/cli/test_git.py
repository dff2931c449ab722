"""Real repositories: drivers installed, branches merged, diffs and histories read, and nothing else touched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from protocol_dsl.git_setup import attribute_lines, settings

ROOT = Path(__file__).parents[2]
NAME = "trials of 狼疮/lupus copy é.proto"
TEXT = """\
# A note on the trial
protocol TRIAL { title "A trial" }
timeline { day 0 = infusion }
stage all_of_it "All" {
  visit SCR "Screening" day -28 to -7
  visit infusion "Infusion" day 0
  visit D21 "Day 21" day 21 ±2 days
  visit D28 "Day 28" day 28 ±2 days
}
assess cbc "Blood count" category safety at SCR, D28
"""


class Place:
    """A folder in which git is run with a home of its own, that holds nothing."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        self.env |= {
            "HOME": str(home), "XDG_CONFIG_HOME": str(home / "xdg"), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
            "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
            "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z", "PYTHONPATH": str(ROOT), "NO_COLOR": "1",
        }  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.folder, env=self.env, capture_output=True, text=True, encoding="utf-8", check=False
        )

    def git(self, *words: str) -> str:
        done = self.run("git", "-c", "core.quotePath=false", *words)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def protoc(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "protocol_dsl", *words)

    def write(self, text: str, name: str = NAME) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name: str = NAME) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def commit(self, text: str, subject: str) -> None:
        self.write(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    home = tmp_path / "home"
    home.mkdir()
    folder = tmp_path / "a repository"
    folder.mkdir()
    made = Place(folder, home)
    made.git("init", "-q", "-b", "main")
    return made


def branches(place: Place, ours: str, theirs: str) -> subprocess.CompletedProcess[str]:
    """Two branches from one commit, and their merge."""
    done = place.protoc("git", "install")
    assert done.returncode == 0, done.stderr
    place.commit(TEXT, "first")
    place.git("checkout", "-q", "-b", "other")
    place.commit(theirs, "theirs")
    place.git("checkout", "-q", "main")
    place.commit(ours, "ours")
    return place.run("git", "merge", "-q", "--no-edit", "other")


def edited(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_diffs_and_histories_show_what_is_said_and_nothing_else(place: Place) -> None:
    assert place.protoc("git", "install").returncode == 0
    place.commit(TEXT, "first")
    place.commit(TEXT.replace("# A note on the trial", "# Another note").replace("  visit", "\n    visit"), "layout")
    assert "@@" not in place.git("diff", "HEAD~1")
    place.commit(edited(("at SCR, D28", "at SCR, D21, D28")), "visit 21")
    diff = place.git("diff", "HEAD~1")
    assert "-  at SCR, D28\n+  at SCR, D21, D28\n" in diff
    assert [line for line in diff.splitlines() if line.startswith(("+", "-")) and "lupus" not in line] == [
        "-  at SCR, D28",
        "+  at SCR, D21, D28",
    ]
    log = place.git("log", "-p", "--format=== %s")
    parts = dict(part.split("\n", 1) for part in log.split("== ")[1:])
    assert "@@" not in parts["layout"]
    assert "+  at SCR, D21, D28" in parts["visit 21"]


def test_a_hunk_is_headed_by_its_statement(place: Place) -> None:
    place.protoc("git", "install")
    place.commit(TEXT, "first")
    place.write(edited(("day 28 ±2 days", "day 28 ±3 days")))
    hunks = [line for line in place.git("diff", "-U0").splitlines() if line.startswith("@@")]
    assert [hunk.split("@@ ")[-1] for hunk in hunks] == ['visit D28 "Day 28"']


def test_clean_edits_of_one_statement_merge_and_the_rest_stays_byte_for_byte(place: Place) -> None:
    done = branches(
        place,
        edited(("at SCR, D28", "at SCR, D21, D28"), ('title "A trial"', 'title "Our trial"')),
        edited(("at SCR, D28", "at SCR, infusion, D28"), ("±2 days\n  visit D28", "±1 day\n  visit D28")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.read() == edited(
        ("at SCR, D28", "at SCR, D21, D28, infusion"),
        ('title "A trial"', 'title "Our trial"'),
        ("±2 days\n  visit D28", "±1 day\n  visit D28"),
    )
    assert place.git("status", "--porcelain") == ""


def test_a_conflict_stands_inside_its_statement(place: Place) -> None:
    done = branches(
        place,
        edited(("day 28 ±2 days", "day 28 ±3 days"), ("Screening", "Selection")),
        edited(("day 28 ±2 days", "day 28 ±4 days"), ("Blood count", "Complete blood count")),
    )
    assert done.returncode == 1
    assert "AMD008" in done.stderr
    assert "both versions changed visit D28" in done.stderr
    # Git from 2.44 on says what the versions are called.
    assert re.sub("(<<<<<<<|>>>>>>>) .*", r"\1", place.read()) == edited(
        (
            '  visit D28 "Day 28" day 28 ±2 days\n',
            '<<<<<<<\n  visit D28 "Day 28" day 28 ±3 days\n=======\n  visit D28 "Day 28" day 28 ±4 days\n>>>>>>>\n',
        ),
        ("Screening", "Selection"),
        ("Blood count", "Complete blood count"),
    )
    assert place.git("status", "--porcelain").startswith("UU ")


def test_two_sound_edits_that_are_impossible_together_are_no_clean_merge(place: Place) -> None:
    done = branches(
        place,
        edited(("day 28 ±2 days", "day 35 ±2 days")),
        TEXT + "order D28 at most 7 days after D21\n",
    )
    assert done.returncode == 1
    assert "AMD009" in done.stderr
    assert "SCH001" in done.stderr
    merged = place.read()
    assert '  # protoc merge: SCH001, as in ours\n  visit D28 "Day 28" day 35 ±2 days\n' in merged
    assert "# protoc merge: SCH001, as in theirs\norder D28" in merged
    assert place.git("status", "--porcelain").startswith("UU ")


def test_a_rename_on_one_branch_meets_edits_on_the_other(place: Place) -> None:
    done = branches(
        place,
        edited(("visit D28", "@renamed_from D28\n  visit DAY28"), ("SCR, D28", "SCR, DAY28")),
        edited(("day 28 ±2 days", "day 28 ±3 days"), ("SCR, D28", "SCR, D21, D28")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '  @renamed_from D28\n  visit DAY28 "Day 28" day 28 ±3 days\n' in place.read()
    assert "at SCR, D21, DAY28" in place.read()


def test_a_version_that_cannot_be_read_is_merged_by_lines_and_that_is_told(place: Place) -> None:
    done = branches(place, edited(("Screening", "Selection")), TEXT + 'assess ecg "ECG at SCR\n')
    assert "AMD010" in done.stderr
    assert "Selection" in place.read()
    assert "assess ecg" in place.read()


def test_a_protocol_buffers_schema_is_left_to_git(place: Place) -> None:
    place.protoc("git", "install")
    schema = 'syntax = "proto3";\n// c\nmessage A {\n  int32 a = 1;\n}\n'
    place.write(schema, "a.proto")
    place.git("add", "-A")
    place.git("commit", "-q", "-m", "schema")
    place.write(schema.replace("// c", "// d"), "a.proto")
    assert "+// d" in place.git("diff")


def test_installing_twice_changes_nothing_and_uninstalling_takes_away_exactly_what_was_added(place: Place) -> None:
    home = Path(place.env["HOME"])
    for before in (None, "*.md text\n", "*.md text"):
        attributes = place.folder / ".gitattributes"
        if before is not None:
            attributes.write_text(before, encoding="utf-8")
        config = (place.folder / ".git" / "config").read_bytes()
        assert place.protoc("git", "install").returncode == 0
        once = attributes.read_bytes(), (place.folder / ".git" / "config").read_bytes()
        again = place.protoc("git", "install")
        assert again.stdout == "nothing to do\n"
        assert (attributes.read_bytes(), (place.folder / ".git" / "config").read_bytes()) == once
        assert attributes.read_text(encoding="utf-8").splitlines()[-2:] == attribute_lines()
        assert place.protoc("git", "uninstall").returncode == 0
        assert (attributes.read_text(encoding="utf-8") if attributes.exists() else None) == before
        assert (place.folder / ".git" / "config").read_bytes() == config
    assert list(home.iterdir()) == []


def test_lines_that_others_committed_stay_when_this_clone_uninstalls(place: Place) -> None:
    place.write("".join(f"{line}\n" for line in attribute_lines()), ".gitattributes")
    place.protoc("git", "install")
    place.protoc("git", "uninstall")
    assert place.read(".gitattributes").splitlines() == attribute_lines()


def test_the_doctor_says_what_is_missing_and_how_to_mend_it(place: Place) -> None:
    sick = place.protoc("git", "doctor")
    assert sick.returncode == 1
    assert "missing merge.protocol-dsl.driver is not set\n        run `protoc git install`" in sick.stdout
    place.protoc("git", "install")
    assert "missing .gitattributes is not committed" in place.protoc("git", "doctor").stdout
    place.git("add", "-A")
    place.git("commit", "-q", "-m", "attributes")
    well = place.protoc("git", "doctor")
    assert well.returncode == 0, well.stdout
    assert "missing" not in well.stdout
    place.git("config", "merge.protocol-dsl.driver", "false")
    assert "merge.protocol-dsl.driver has another value" in place.protoc("git", "doctor").stdout
    place.write("*.proto -diff\n", ".gitattributes")
    assert "take that out" in place.protoc("git", "doctor").stdout


def test_local_attributes_worktrees_and_bare_clones(place: Place, tmp_path: Path) -> None:
    assert place.protoc("git", "install", "--local-only").returncode == 0
    assert not (place.folder / ".gitattributes").exists()
    place.commit(TEXT, "first")
    place.commit("# more\n" + TEXT, "comment")
    place.commit(edited(("day 28 ±2 days", "day 28 ±3 days")), "window")
    assert "@@" not in place.git("diff", "HEAD~2", "HEAD~1")
    place.git("worktree", "add", "-q", str(tmp_path / "a worktree"), "HEAD~1")
    worktree = Place(tmp_path / "a worktree", Path(place.env["HOME"]))
    assert "@@" not in worktree.git("diff", "HEAD~1")
    assert worktree.protoc("git", "doctor").returncode == 0
    place.git("clone", "-q", "--bare", str(place.folder), str(tmp_path / "bare.git"))
    bare = Place(tmp_path / "bare.git", Path(place.env["HOME"]))
    assert bare.protoc("git", "install").returncode == 0
    assert "@@" not in bare.git("diff", "HEAD~2", "HEAD~1")
    assert "+    ±3 days" in bare.git("diff", "HEAD~1", "HEAD")
    assert bare.protoc("git", "doctor").returncode == 0
    assert "window" in bare.protoc("diff", "--git", "HEAD~1", "HEAD", NAME).stdout
    assert bare.protoc("git", "uninstall").returncode == 0
    assert "protocol-dsl" not in (bare.folder / "config").read_text(encoding="utf-8")


def test_outside_of_a_repository_there_is_nothing_to_install(place: Place, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = Place(elsewhere, Path(place.env["HOME"])).protoc("git", "install")
    assert done.returncode == 2
    assert "IOE014" in done.stderr
    assert list(elsewhere.iterdir()) == []


def test_files_on_request_never_take_the_place_of_others(place: Place) -> None:
    done = place.protoc("git", "install", "--pre-commit", "--ci", "github")
    assert done.returncode == 0
    workflow = place.read(".github/workflows/protocol.yml")
    assert "protoc diff --format md" in workflow
    assert "secrets." not in workflow
    assert place.protoc("git", "install", "--pre-commit", "--ci", "github").stdout == "nothing to do\n"
    place.write("repos: []\n", ".pre-commit-config.yaml")
    refused = place.protoc("git", "install", "--pre-commit")
    assert refused.returncode == 2
    assert "IOE006" in refused.stderr
    assert place.read(".pre-commit-config.yaml") == "repos: []\n"


def test_the_hook_checks_protocols_and_parts_within_them(place: Place) -> None:
    place.protoc("git", "install", "--pre-commit")
    entry = re.search(r"entry: (sh -c '.*')\n", place.read(".pre-commit-config.yaml"))
    assert entry is not None
    place.env["PATH"] = f"{place.folder}{os.pathsep}{place.env['PATH']}"
    (place.folder / "protoc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m protocol_dsl "$@"\n', encoding="utf-8")
    (place.folder / "protoc").chmod(0o755)
    place.commit(TEXT + 'use "../part.proto"\n', "with a part")
    place.write('visit D7 "Day 7" day 7\n', "part.proto")
    assert "SCH" not in place.run("sh", "-c", entry[1]).stderr
    place.write('visit D7 "Day 7" day 7\norder D28 at most 2 days after D21\n', "part.proto")
    done = place.run("sh", "-c", entry[1])
    assert done.returncode != 0
    assert "SCH001" in done.stderr


def test_settings_name_this_program_wherever_it_lies() -> None:
    for key, value in settings().items():
        if key.endswith(("textconv", "driver")):
            assert Path(sys.executable).name in value
