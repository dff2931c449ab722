"""The language reference is true: its examples compile, it leaves no statement out, its tables are complete."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.diagnostics import registry
from protocol_dsl.diagnostics.model import ERROR, NOTE
from protocol_dsl.elaborate import library
from protocol_dsl.elaborate.escalations import DESIGNS, MTD_RULES
from protocol_dsl.elaborate.meanings import BUILT_IN_FACTS
from protocol_dsl.elaborate.values import BUILT_IN_EVENTS, ENUMERATIONS
from protocol_dsl.elaborate.visits import CONTACTS
from protocol_dsl.expressions.types import FUNCTIONS
from protocol_dsl.quantities import parse_unit
from protocol_dsl.quantities.unit_table import ATOMS, COMMON
from protocol_dsl.syntax import grammar, tables
from protocol_dsl.syntax.parser import parse
from tests.docs.reference import FILES, PAGE, Example, examples

TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = examples(TEXT)
RESERVED = ("day", "week", "month", "year", "all", "each", "except", "about", "at", "not", "and", "or")


def compiled(example: Example, folder: Path) -> pipeline.Compiled:
    """The example compiled; from a file where it brings in another one."""
    if not example.file:
        return pipeline.check_text(example.whole)
    place = folder / example.file
    place.parent.mkdir(parents=True)
    shutil.copy(FILES / example.file, place)
    main = folder / "main.proto"
    main.write_text(example.whole, encoding="utf-8")
    return pipeline.check(str(main))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line{example.line}")
def test_example_gives_what_the_page_says(example: Example, tmp_path: Path) -> None:
    found = compiled(example, tmp_path).diagnostics
    said = [f"{d.code} {d.message}" for d in found]
    errors = {d.code for d in found if d.severity == ERROR}
    assert errors == ({example.fails} if example.fails else set()), said
    codes = {d.code for d in found}
    assert not example.warns or example.warns in codes, said
    assert not example.allows or not {example.allows, "TXT009"} & codes, said


def test_small_trial_lacks_only_fields_of_the_registry() -> None:
    trial = next(example for example in EXAMPLES if "protocol EXAMPLE" in example.text)
    found = pipeline.check_text(trial.whole).diagnostics
    assert [(d.code, d.severity) for d in found] == [("REG016", NOTE)], [d.message for d in found]


def node_kinds() -> set[str]:
    """The kinds of nodes that the syntax tree can have."""
    loaded = tables.load()
    rules = [loaded.rule(number) for number in range(len(loaded._rules))]
    return {kind for _, _, kind, kept, expand in rules if kind and not (expand and len(kept) == 1)}


def test_every_construct_of_the_grammar_stands_in_an_example() -> None:
    shown: set[str] = set()
    for example in EXAMPLES:
        if example.fails:
            continue
        shown |= {node.kind for node in parse(example.whole, 0).tree.walk() if node.end > example.start}
    assert sorted(node_kinds() - shown) == []


def test_every_keyword_is_used_in_an_example() -> None:
    code = "\n".join(
        re.sub(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*', "", example.text) for example in EXAMPLES if not example.fails
    )
    used = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", code))
    assert sorted(set(grammar.keywords(grammar.grammar_text())) - used) == []


def rows(heading: str) -> dict[str, str]:
    """The rows of the tables below a heading: first cell without its marks, the rest of the row."""
    start = TEXT.index(f"\n### {heading}\n")
    end = TEXT.find("\n### ", start + 1)
    found = re.findall(r"^\| ([^|]+) \|(.*)\|$", TEXT[start : end if end > 0 else None], re.MULTILINE)
    return {cell.strip().strip("`"): rest for cell, rest in found}


def codes(cells: str) -> list[str]:
    """The words in marks of a row."""
    return re.findall(r"`([^`]+)`", cells)


def test_tables_of_values_are_complete_and_in_order() -> None:
    shown = [codes(cells) for cells in rows("Values").values()]
    for name, values in {**ENUMERATIONS, "by": CONTACTS, "designs": DESIGNS, "mtd": MTD_RULES}.items():
        assert list(values) in shown, name


def test_table_of_units_is_complete_and_each_spelling_is_read() -> None:
    table = {name: cells for name, cells in rows("Units").items() if not name.startswith("**")}
    assert {atom.symbol for atom in ATOMS} == set(table) - {"unit"}
    for atom in ATOMS:
        _, also, prefixes, *_ = [cell.strip() for cell in table[atom.symbol].split("|")]
        assert "".join(codes(prefixes)) == atom.prefixes, atom.symbol
        for spelling in codes(also):
            assert parse_unit(spelling).symbol == atom.symbol, spelling
    assert all(f"`{unit}`" in TEXT for unit in COMMON)


def test_tables_of_events_facts_and_functions_are_complete() -> None:
    shown = rows("Events and facts that every protocol has")
    assert {name: shown[name].split("|")[0].strip() for name in BUILT_IN_EVENTS} == BUILT_IN_EVENTS
    assert set(shown) - {"event", "fact"} == {*BUILT_IN_EVENTS, *BUILT_IN_FACTS}
    for name, meaning in BUILT_IN_FACTS.items():
        label, value, *_ = [cell.strip() for cell in shown[name].split("|")]
        assert label == meaning.label
        assert value == (meaning.unit.symbol if meaning.unit else ", ".join(f"`{code}`" for code, _ in meaning.choices))
    assert list(rows("Functions"))[1:] == list(FUNCTIONS)


def test_library_is_listed_by_name() -> None:
    shown = set(rows("Library"))
    assert shown - {"instrument", "form"} == {*library.instrument_names(), *library.form_names()}


def test_library_lists_the_totals_of_each_instrument_or_its_items() -> None:
    names = library.instrument_names()
    uses = [f'assess a_{name} "A" uses {name} at V' for name in names]
    text = "\n".join(['protocol X { title "X" }', "timeline { day 0 = V }", 'visit V "V" day 0', *uses])
    protocol = pipeline.check_text(text).protocol
    assert protocol is not None
    shown = rows("Library")
    for instrument in protocol.instruments:
        cell = shown[instrument.name].split("|")[1].strip()
        assert codes(cell) == [each.name for each in instrument.totals or instrument.items], instrument.name
        assert cell.startswith("none") == (not instrument.totals), instrument.name
    assert {each.name for each in protocol.instruments} >= set(names)


@pytest.mark.parametrize("word", RESERVED)
def test_reserved_words_are_listed_and_cannot_be_names(word: str) -> None:
    assert f"`{word}`" in TEXT[TEXT.index("\n### Reserved words") :]
    found = pipeline.check_text(f'protocol X {{ title "X" }}\nproduct {word} "a product"\n').diagnostics
    assert {d.code for d in found if d.severity == ERROR} == {"SYN005"}


def test_all_other_words_of_the_language_can_be_names() -> None:
    words = [word for word in grammar.keywords(grammar.grammar_text()) if word not in RESERVED]
    lines = [f'product {word} "a product"' for word in words]
    found = pipeline.check_text("\n".join(['protocol X { title "X" }', *lines])).diagnostics
    assert [d.message for d in found if d.code.startswith(("SYN", "NAM"))] == []


def test_links_and_codes_of_the_page_exist() -> None:
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        assert not path or os.path.exists(PAGE.parent / path), target
        assert path or anchor in anchors, target
    known = {rule.code for rule in registry.all_rules()}
    assert {code for code in re.findall(r"\b[A-Z]{3}\d{3}\b", TEXT) if not code.startswith("NCT")} <= known
