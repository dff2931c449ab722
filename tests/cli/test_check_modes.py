"""`protoc check` runs on plain classes, the library on pydantic models: both say the same, and check stays light."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.render import render

ROOT = Path(__file__).parents[2]
FILES = (
    sorted((ROOT / "protocols").glob("*.proto")) + sorted((ROOT / "tests" / "corpus" / "invalid").glob("*.proto"))[::12]
)
HEAVY = {"pydantic", "lark", "jinja2", "networkx", "xlsxwriter", "numpy", "inspect", "dataclasses"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_same_findings_without_pydantic(path: Path) -> None:
    shown = path.relative_to(ROOT).as_posix()
    command = [sys.executable, "-m", "protocol_dsl", "check", shown, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    compiled = pipeline.check(str(path))
    ours = json.loads(render("json", compiled.diagnostics, compiled.sources).replace(str(ROOT) + "/", ""))
    assert json.loads(done.stdout) == ours


def test_check_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['protoc', 'check', 'protocols/lupus.proto', '-q']\n"
        "from protocol_dsl.__main__ import main\n"
        f"status = main(); print(sorted(set(sys.modules) & {HEAVY!r}), status)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] 0"
