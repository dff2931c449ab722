from __future__ import annotations

import subprocess
import sys

import pytest

from protocol_dsl.diagnostics import registry
from protocol_dsl.diagnostics.model import ERROR, SEVERITIES, Rule
from protocol_dsl.diagnostics.page import blocks, page, to_markdown, to_text

RULES = registry.all_rules()


def a_rule(doc: str) -> Rule:
    return Rule("SCH999", "a-rule", ERROR, doc, None)


def test_codes_and_names_are_unique() -> None:
    registry.demand_unique(RULES)
    twice = [Rule("SCH001", "a", ERROR, "d", None), Rule("SCH001", "b", ERROR, "d", None)]
    with pytest.raises(ValueError, match="'SCH001'"):
        registry.demand_unique(twice)
    with pytest.raises(ValueError, match="'a'"):
        registry.demand_unique([twice[0], Rule("SCH002", "a", ERROR, "d", None)])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_documented(rule: Rule) -> None:
    about = page(rule)
    assert rule.severity in SEVERITIES
    assert about.summary.endswith(".")
    assert "\n" not in about.summary
    sections = {section.title: section.text for section in about.sections}
    assert list(sections)[:4] == ["What it means", "Why it matters", "Example", "Instead"]
    assert all(sections.values())
    assert any(block.code for block in blocks(sections["Example"])), "the example is not indented"


def test_find_by_code_in_any_case_and_by_name() -> None:
    rule = registry.find("IOE005")
    assert rule is not None
    assert rule.name == "protobuf-schema"
    assert registry.find(" ioe005 ") is registry.find("protobuf-schema") is rule
    assert registry.find("IOE999") is None
    assert registry.find("no-such-rule") is None


def test_codes_are_sorted() -> None:
    codes = [rule.code for rule in RULES]
    assert "IOE001" in codes
    assert codes == sorted(codes)


def test_a_code_imports_only_the_modules_of_its_family() -> None:
    program = (
        "import sys; from protocol_dsl.diagnostics import registry; registry.find('IOE001');"
        "print(*[m for m in sys.modules if m.startswith(('protocol_dsl.checks', 'protocol_dsl.diagnostics.codes.'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["protocol_dsl.diagnostics.codes.ioe"]


def test_a_module_that_lacks_one_of_its_imports_is_not_taken_for_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError("No module named 'else'", name="else")

    monkeypatch.setattr(registry, "import_module", absent)
    with pytest.raises(ModuleNotFoundError):
        registry.rules_of("IOE")


def test_page_parts_a_docstring_whatever_its_indent() -> None:
    doc = """Two visits clash.

    What it means

    They can fall
    on one day.

    Example

        visit A day 1

        visit B day 1

    Instead:

    Move one.
    """
    about = page(a_rule(doc))
    assert page(a_rule(doc.replace("\n    ", "\n"))) == about
    assert about.summary == "Two visits clash."
    assert [section.title for section in about.sections] == ["What it means", "Example", "Instead"]
    assert to_text(about) == (
        "Two visits clash.\n\nWhat it means\n  They can fall on one day.\n\n"
        "Example\n      visit A day 1\n\n      visit B day 1\n\nInstead\n  Move one.\n"
    )
    assert to_markdown(about, level=3) == (
        "Two visits clash.\n\n### What it means\n\nThey can fall on one day.\n\n"
        "### Example\n\n```\nvisit A day 1\n\nvisit B day 1\n```\n\n### Instead\n\nMove one.\n"
    )
