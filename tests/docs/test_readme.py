"""The front page is true: its commands are run and must print what it quotes, its tables and links are complete.

In a `console` block a line `$ …` is run, and the lines below it are what must appear; a line `[…]` stands for any
number of lines. A `diff` block is an edit of the tutorial's protocol. All blocks run one after the other,
in one folder.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol_dsl.__main__ import COMMANDS
from protocol_dsl.render.documents import files

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "[…]"
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "*/README.md", "protocol_dsl/*/README.md", "docs/*.md")
    for path in ROOT.glob(pattern)
    if not path.is_relative_to(ROOT / ".venv")
)


def blocks(kind: str) -> list[str]:
    return [match["text"] for match in BLOCK.finditer(TEXT) if match["kind"] == kind]


def calls(block: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines quoted below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *lines = part.rstrip("\n").split("\n")
        yield command, lines


def run(command: str, folder: Path) -> str:
    """What a `protoc` command prints, as a terminal shows it."""
    program, *arguments = shlex.split(command)
    assert program == "protoc", f"only `protoc` commands are run: {command}"
    done = subprocess.run(
        [sys.executable, "-m", "protocol_dsl", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stdout
    return done.stdout


def is_quoted(quoted: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are the quoted ones, `[…]` standing for any of them."""
    pattern = "".join(r"(?:.*\n)*?" if line == LEFT_OUT else re.escape(line) + r"\n" for line in quoted)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def edit(path: Path, diff: str) -> None:
    """Replace the one line that a diff block takes away."""
    lines = diff.splitlines()
    old = "\n".join(line[1:] for line in lines if line.startswith("-"))
    new = "\n".join(line[1:] for line in lines if line.startswith("+"))
    text = path.read_text(encoding="utf-8")
    assert text.count(f"\n{old}\n") == 1, f"the tutorial edits a line that is not there: {old}"
    path.write_text(text.replace(f"\n{old}\n", f"\n{new}\n"), encoding="utf-8")


def test_left_out_lines_are_the_only_freedom() -> None:
    assert is_quoted(["a", LEFT_OUT, "c"], ["a", "b", "b", "c"])
    assert is_quoted(["a", LEFT_OUT], ["a"])
    assert not is_quoted(["a"], ["a", "b"])
    assert not is_quoted(["a", LEFT_OUT, "c"], ["a", "b"])


def test_tutorial_prints_what_the_page_says(tmp_path: Path) -> None:
    commands: list[str] = []
    for match in BLOCK.finditer(TEXT):
        if match["kind"] == "diff":
            edit(tmp_path / "mytrial.proto", match["text"])
        elif match["kind"] == "console":
            for command, quoted in calls(match["text"]):
                commands.append(command.split()[1])
                printed = run(command, tmp_path)
                assert is_quoted(quoted, printed.splitlines()), f"$ {command}\n{printed}"
    assert {"init", "check", "explain", "compile"} <= set(commands)
    for name in re.findall(r"`(out/mytrial/[\w.]+)`", TEXT):
        assert (tmp_path / name).exists(), name


def test_excerpt_is_from_the_lupus_trial() -> None:
    trial = (ROOT / "protocols/lupus.proto").read_text(encoding="utf-8").splitlines()
    known = {line.strip() for line in trial}
    (excerpt,) = blocks("proto")
    assert [line for line in excerpt.splitlines() if line.strip() not in known | {""}] == []


def test_every_command_is_listed() -> None:
    assert set(re.findall(r"^\| `protoc ([\w-]+)", TEXT, re.MULTILINE)) == set(COMMANDS)


def test_every_output_is_listed() -> None:
    rows = re.findall(r"^\| (`[\w/.-]+\.\w+`[^|]*) \|", TEXT, re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert listed == files()


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    used = set(re.findall(r"\bmake ([a-z]+)\b", "".join(blocks("sh")) + "".join(re.findall(r"`[^`]+`", TEXT))))
    assert used >= {"demo", "test"}
    assert [target for target in sorted(used) if f"\n{target}:" not in makefile] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith("/README.md")])
def test_folder_pages_name_files_that_exist(page: str) -> None:
    folder = (ROOT / page).parent
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`([\w./]+\.(?:py|toml|j2|lark|proto))`", text)
    places = (folder, ROOT, ROOT / "protocol_dsl")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


@pytest.mark.parametrize("name", ["grammars", "templates", "protocols"])
def test_pages_of_the_open_folders_leave_no_file_out(name: str) -> None:
    text = (ROOT / name / "README.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in (ROOT / name).iterdir() if path.name != "README.md")
    assert [file for file in files if f"`{file}`" not in text and f"[{file}]" not in text] == []
