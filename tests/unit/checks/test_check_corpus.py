"""Each small file in the corpus gives the finding that its name says, or does not give it.

The exact rendering behind `#---` is held elsewhere; here it is only that a check is neither silent nor too loud.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from protocol_dsl import checks, pipeline
from protocol_dsl.diagnostics import registry

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "tests" / "corpus"
OWN = ("SCH", "DOS", "END", "ELI", "REG00", "TXT00")


def cases(kind: str) -> list[Path]:
    return sorted(path for path in (CORPUS / kind).glob("*.proto") if path.name.startswith(OWN))


def codes(path: Path) -> list[str]:
    return [diagnostic.code for diagnostic in pipeline.check(str(path)).diagnostics]


@pytest.mark.parametrize("path", cases("invalid"), ids=lambda path: path.stem)
def test_fault_is_found(path: Path) -> None:
    found = codes(path)
    assert path.name.partition("-")[0] in found
    assert not [code for code in found if code.startswith(("SYN", "NAM", "QTY"))]


@pytest.mark.parametrize("path", cases("valid"), ids=lambda path: path.stem)
def test_no_false_alarm(path: Path) -> None:
    # Files about doses have no more visits than the dose needs, and so too few in the DLT window.
    harmless = ("REG01", "SCH038") if path.name.startswith("DOS") else ("REG01",)
    assert [code for code in codes(path) if not code.startswith(harmless)] == []


def test_every_rule_about_schedule_dose_and_endpoints_has_a_case() -> None:
    written = {path.name[:6] for path in cases("invalid")}
    rules = [rule for family in ("SCH", "DOS", "END", "ELI", "REG", "TXT") for rule in registry.rules_of(family)]
    own = {rule.code for rule in rules if rule.code.startswith(OWN) and rule.check is not None}
    assert own - written == set()


@pytest.mark.parametrize("path", sorted((ROOT / "protocols").glob("*.proto")), ids=lambda path: path.stem)
def test_the_real_trials_keep_their_schedule(path: Path) -> None:
    compiled = pipeline.check(str(path))
    assert compiled.schedule is not None
    assert compiled.schedule.conflicts == []
    assert [d.code for d in compiled.diagnostics if d.code.startswith(("SCH", "END")) and d.severity == "error"] == []


def test_checks_import_no_document_library() -> None:
    program = (
        "import sys; from protocol_dsl import checks, pipeline; pipeline.check('protocols/lupus.proto');"
        "print(*sorted({m.partition('.')[0] for m in sys.modules} & {'networkx', 'jinja2', 'xlsxwriter', 'numpy'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


def test_families_of_the_checks_are_known() -> None:
    assert set(checks.FAMILIES) <= set(registry.FAMILIES)


def test_the_command_acknowledges_as_the_library_does() -> None:
    """`protoc check` keeps the model in plain classes, on which the search for notes must work too."""
    path = "tests/corpus/valid/SCH010-acknowledged.proto"
    command = [sys.executable, "-m", "protocol_dsl", "check", "--format", "concise", path]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert "[SCH010]" not in done.stdout + done.stderr
    assert "[TXT009]" not in done.stdout + done.stderr
