"""Faulty protocols and what is said about them.

Every file of `tests/corpus/invalid` is named after the code that it shows, `SYN004-window.proto`, and holds behind a
line `#---` all that is found in it by the rules of its own family, as `check` prints it. `pytest --update` writes it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.render import full

ROOT = Path(__file__).parents[2]
INVALID = sorted((ROOT / "tests/corpus/invalid").glob("*.proto"))
VALID = sorted((ROOT / "tests/corpus/valid").glob("*.proto"))
MARK = "#---\n"


def found_in(path: Path) -> tuple[str, list[str]]:
    """What the file's own family says about it, rendered, and its codes."""
    compiled = pipeline.check(path.relative_to(ROOT).as_posix())
    family = path.name[:3]
    some = [diagnostic for diagnostic in compiled.diagnostics if diagnostic.code.startswith(family)]
    return full.render(some, compiled.sources), [diagnostic.code for diagnostic in some]


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid(path: Path, update: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text, mark, expected = path.read_text(encoding="utf-8").partition(MARK)
    if update and not mark:
        # The mark has to be there before places in the last line are known.
        path.write_text(text.rstrip("\n") + "\n" + MARK, encoding="utf-8")
        text = text.rstrip("\n") + "\n"
    rendered, codes = found_in(path)
    commented = "".join(f"# {line}".rstrip() + "\n" for line in rendered.splitlines())
    if update:
        path.write_text(text + MARK + commented, encoding="utf-8")
        expected = commented
    assert path.name[:6] in codes
    assert commented == expected


def test_every_syntax_rule_has_a_file() -> None:
    from protocol_dsl.diagnostics.codes import syn
    from protocol_dsl.diagnostics.model import Rule

    codes = {rule.code for rule in vars(syn).values() if isinstance(rule, Rule)}
    shown = {path.name[:6] for path in INVALID}
    assert codes - shown == {"SYN013", "SYN015"}, "these two need texts too long for a file"
    assert sum(path.name.startswith("SYN") for path in INVALID) >= 30
