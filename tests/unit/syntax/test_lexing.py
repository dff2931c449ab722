"""How numbers, units, signs and words are read."""

from __future__ import annotations

import pytest

from protocol_dsl.syntax.nodes import Token
from protocol_dsl.syntax.parser import parse


def tokens_of(text: str) -> list[str]:
    """The tokens kept in the tree as `TYPE:text`."""
    parsed = parse(text)
    assert parsed.diagnostics == [], [d.message for d in parsed.diagnostics]
    found: list[tuple[int, str]] = []
    for node in parsed.tree.walk():
        found.extend((child.start, repr(child)) for child in node.children if isinstance(child, Token))
    return [shown for _, shown in sorted(found)]


@pytest.mark.parametrize(
    "quantity",
    [
        "3 mL", "30 %", "0.25e8 cells", "720_000 IU", "3.0×10^8 cells", "3×10⁸ cells", "10^9 cells",
        "1.0e9/L", "1500/mm3", "30 mg/m2", "1e5 cells/kg", "3 xULN", "3 ×ULN", "5 half_lives", "120 mm[Hg]", "38 °C",
        "4 10*9/L", "3 x 10^8 cells", "3.0 × 108 cells", "2 {score}", "28 days", "1 month", "3mL",
    ],
)  # fmt: skip
def test_quantities(quantity: str) -> None:
    assert tokens_of(f"define a = {quantity}\nevent b\n") == ["NAME:a", "EQUAL:=", f"QTY:{quantity}", "NAME:b"]


@pytest.mark.parametrize(
    "window",
    ["±3 days", "+/-3 days", "+-3 days", "+/−3 days", "-2/+5 days", "–2/+5 days", "−2/+5 days", "-4/+0 h", "± 3 days"],
)
def test_windows(window: str) -> None:
    assert f"WINDOW:{window}" in tokens_of(f"visit D4 day 4 {window}\n")
    assert f"WINDOW:{window}" in tokens_of(f"visit D4 day 4 if a > 3 {window}\n"), "also behind a condition"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("visit a day -28 to -8", ["SIGNED:-28", "SIGNED:-8"]),
        ("visit a day −28 to –8", ["SIGNED:−28", "SIGNED:–8"]),
        ("item", []),
        ("randomize 2:1 to a, b", ["NUMBER:2", "NUMBER:1"]),
        ("cohort c size 3", ["NUMBER:3"]),
    ],
)
def test_numbers(text: str, expected: list[str]) -> None:
    if text == "item":
        text, expected = 'instrument i { item a "x" 0..3 range 34.0..43.0 }', ["NUMBER:0", "NUMBER:3"]
        expected = [*expected, "NUMBER:34.0", "NUMBER:43.0"]
    assert [t for t in tokens_of(text + "\n") if t.startswith(("NUMBER", "SIGNED"))] == expected


def test_ranges_of_names_and_numbers() -> None:
    assert tokens_of("group g = D4..M12, C1..\n") == ["NAME:g", "EQUAL:=", "NAME:D4", "NAME:M12", "NAME:C1"]
    rules = "escalation e of x { after 3 { 2..3 dlt: stop } }\n"
    assert [t for t in tokens_of(rules) if t.startswith("NUMBER")] == ["NUMBER:3", "NUMBER:2", "NUMBER:3"]


def test_dates_before_numbers() -> None:
    assert "DATE:2026-01-15" in tokens_of('amendment "2" on 2026-01-15 from "1" { }\n')
    assert "DATE:2008-01-01" in tokens_of("fact f if born < 2008-01-01\n")
    assert "YEAR_MONTH:2027-09" in tokens_of("protocol p { date start 2027-09 }\n")


def test_a_unit_is_no_keyword() -> None:
    # `7 for`, `3 max`, `6 2..3`: the number has no unit.
    assert "NUMBER:7" in tokens_of("fact f if a >= 7 where b\n")
    numbers = [t for t in tokens_of("escalation e of x { cohort 3 max 6 per level }\n") if t.startswith("NUMBER")]
    assert numbers == ["NUMBER:3", "NUMBER:6"]
    assert "QTY:6 months" in tokens_of("define a = 6 months\n")


def test_number_and_unit_stand_on_one_line() -> None:
    found = parse("visit D4 day 4 ±1\nvisit D7 day 7\n").diagnostics
    assert [d.code for d in found] == ["SYN004"]
    assert found[0].span is not None
    assert found[0].span.start == 15


def test_a_power_is_no_unit() -> None:
    assert "NUMBER:3.0e8" in tokens_of("fact f if a > 3.0e8\nevent b\n")
    assert "NUMBER:1e5" in tokens_of("fact f if 1e5 < a and b\n")
    assert "QTY:1e5 cells" in tokens_of("fact f if a > 1e5 cells\n")
    assert [d.code for d in parse("dose A { level D1 3.0e8 }\n").diagnostics] == ["SYN004"]


def test_division_needs_blanks() -> None:
    assert "QTY:1.0e9/L" in tokens_of("fact f if a > 1.0e9/L\n")
    assert "SLASH:/" in tokens_of("fact f if a / b > 3\n")


@pytest.mark.parametrize("difference", ["n -1", "n-1", "n - 1", "n −1"])
def test_differences(difference: str) -> None:
    text = f"fact f if {difference} > 3\n"
    assert [t.split(":")[0] for t in tokens_of(text)] == ["NAME", "NAME", "MINUS", "NUMBER", "COMPARE", "NUMBER"]


def test_offsets_of_sampling_times() -> None:
    found = tokens_of('timepoints pk "x" { pre_dose -60/+0 min, +15, +30 min, -1 h, +4 h ±10 min }\n')
    assert found[2:] == [
        "PRE_DOSE:pre_dose", "WINDOW:-60/+0 min", "SIGNED:+15", "SQTY:+30 min", "SQTY:-1 h", "SQTY:+4 h",
        "WINDOW:±10 min",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["D+28", "anti-CD19", "DAS28-CRP", "CD19/CD20", "O'Neil"])
def test_signs_within_names(name: str) -> None:
    found = parse(f'event {name} "x"\nevent b\n').diagnostics
    assert [d.code for d in found] == ["SYN009"]
    assert name in found[0].message
    assert found[0].fixes


def test_comments() -> None:
    parsed = parse("# first\nevent a # behind\n  # own line\n")
    found = [(c.text, c.own_line) for c in parsed.comments]
    assert found == [("# first", True), ("# behind", False), ("# own line", True)]
    again = parse("visit a dya 1 # behind\n# next\nvisit b # last")
    assert [c.text for c in again.comments] == ["# behind", "# next", "# last"], "each once, in spite of a fault"


def test_texts() -> None:
    assert tokens_of('event a "say \\"x\\" {ref} {{"\n')[1] == 'STRING:"say \\"x\\" {ref} {{"'
    assert tokens_of('section s "S" """a "quoted" word\n  and # more"""\n')[2].startswith('TEXT:"""a "quoted"')
