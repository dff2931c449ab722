"""Merges as their authors would expect them, case by case."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl import merge_pipeline
from protocol_dsl.__main__ import main
from protocol_dsl.merging.merge import Merged, merge
from protocol_dsl.merging.three_way import Options

BASE = """\
# The trial
protocol T "T" { version "1" }
timeline { day 0 = infusion }

# Visits
stage all_of_it "All" {
  visit infusion "Infusion" day 0   # the first dose
  visit D7 "Day 7" {
    day 7 ±1 day
    # by telephone if nothing happened
    note "Ask for fever."
  }
  visit D28 "Day 28" day 28 ±2 days
}
group late "Late" = D28
dose CT1 {
  level DL1 1e6 cells
  level DL2 3e6 cells
}
give PARA 500 mg at D7
give PARA 1000 mg at D28
assess cbc "Blood count" at D7, D28
"""


def edited(*pairs: tuple[str, str]) -> str:
    text = BASE
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def merged(ours: str, theirs: str) -> Merged:
    made = merge(BASE, ours, theirs)
    assert made is not None
    return made


def clean(ours: str, theirs: str) -> str:
    made, other = merged(ours, theirs), merged(theirs, ours)
    assert made.clashes == other.clashes == []
    return made.text


def test_clauses_of_one_statement_each_from_its_side_with_their_comments() -> None:
    ours = edited(("day 7 ±1 day", "day 7 ±2 days"))
    theirs = edited(('note "Ask for fever."', 'note "Ask for fever and rash."\n    # a last word\n    by phone'))
    text = clean(ours, theirs)
    assert text == edited(
        ("day 7 ±1 day", "day 7 ±2 days"),
        ('note "Ask for fever."', 'note "Ask for fever and rash."\n    # a last word\n    by phone'),
    )


def test_a_label_and_a_clause_of_one_line() -> None:
    text = clean(edited(('"Day 28" day', '"Last day" day')), edited(("28 ±2 days\n", "28 ±2 days lasting 2 h\n")))
    assert '  visit D28 "Last day" day 28 ±2 days lasting 2 h\n' in text


def test_a_note_on_one_side_and_a_clause_on_the_other() -> None:
    ours = edited(("  visit D28", '  @assumed "not in the record"\n  visit D28'))
    assert '  @assumed "not in the record"\n  visit D28 "Day 28" day 28 ±3 days\n' in clean(
        ours, edited(("day 28 ±2", "day 28 ±3"))
    )


def test_a_clause_with_a_note_opens_a_block() -> None:
    ours = edited(("group late", "group late"), ('"Blood count" at', '"Blood count" category safety at'))
    theirs = edited(('"Blood count" at D7, D28', '"Blood count" at D7, D28 {\n  @assumed "usual"\n  blood 3 mL\n}'))
    text = clean(ours, theirs)
    assert 'assess cbc "Blood count" category safety at D7, D28 {\n  @assumed "usual"\n  blood 3 mL\n}\n' in text


def test_comments_of_both_sides_are_kept() -> None:
    text = clean(edited(("# Visits", "# Visits of all\n# arms")), edited(("# Visits", "# All visits")))
    assert "# Visits of all\n# arms\n" in text
    assert "# All visits\n" in text


def test_visits_are_a_set() -> None:
    text = clean(edited(("at D7, D28\n", "at infusion, D7, D28\n")), edited(("at D7, D28\n", "at D28\n")))
    assert 'assess cbc "Blood count" at infusion, D28\n' in text


def test_statements_without_names_are_known_by_what_they_say() -> None:
    text = clean(edited(("give PARA 500 mg at D7\n", "")), edited(("1000 mg", "800 mg")))
    assert text.count("give PARA") == 1
    assert "give PARA 800 mg at D28\n" in text


def test_the_same_of_several_statements_changed_twice_is_a_conflict() -> None:
    made = merged(edited(("500 mg", "600 mg")), edited(("500 mg", "700 mg")))
    assert [clash.kind for clash in made.clashes] == ["edit"]
    assert "<<<<<<< ours\ngive PARA 600 mg at D7\n=======\ngive PARA 700 mg at D7\n>>>>>>> theirs\n" in made.text
    assert "give PARA 1000 mg at D28\n" in made.text


def test_a_conflict_in_a_block_leaves_the_rest_of_the_statement() -> None:
    made = merged(edited(("day 7 ±1 day", "day 7 ±2 days")), edited(("day 7 ±1 day", "day 7 ±3 days")))
    assert made.clashes
    assert made.text.count("<<<<<<<") == 1
    assert made.text.startswith(BASE[: BASE.index("  visit D7")])
    assert made.text.endswith(BASE[BASE.index("  visit D28") :])


def test_taken_out_here_and_edited_there_is_a_conflict_and_taken_out_twice_is_none() -> None:
    without = edited(('assess cbc "Blood count" at D7, D28\n', ""))
    made = merged(without, edited(("Blood count", "Complete blood count")))
    assert [clash.kind for clash in made.clashes] == ["remove"]
    assert merged(without, without + "# end\n").text == without + "# end\n"


def test_a_rename_reaches_what_the_other_side_wrote() -> None:
    ours = edited(
        ("visit D28", "visit LAST"), ("= D28", "= LAST"), ("at D7, D28", "at D7, LAST"), ("mg at D28", "mg at LAST")
    )
    theirs = BASE + 'assess ecg "ECG" at D28 note "As on {D28}."\n'
    text = clean(ours, theirs)
    assert "D28" not in text
    assert 'assess ecg "ECG" at LAST note "As on {LAST}."\n' in text


def test_two_names_for_one_thing_are_a_conflict() -> None:
    made = merged(edited(("D28", "LAST")), edited(("D28", "FINAL")))
    assert ("visit", "D28") in [clash.key for clash in made.clashes]


def test_two_new_levels_in_one_place_stand_in_the_order_of_their_names() -> None:
    level = "  level DL1 1e6 cells\n"
    ours, theirs = (
        edited((level, level + "  level M2 2.5e6 cells\n")),
        edited((level, level + "  level M1 2e6 cells\n")),
    )
    assert clean(ours, theirs) == clean(theirs, ours)
    assert "DL1 1e6 cells\n  level M1 2e6 cells\n  level M2 2.5e6 cells\n  level DL2" in clean(ours, theirs)


def test_levels_moved_by_one_side_keep_the_edit_of_the_other() -> None:
    one, two = "  level DL1 1e6 cells\n", "  level DL2 3e6 cells\n"
    text = clean(edited((one + two, two + one)), edited(("DL2 3e6", "DL2 4e6")))
    assert "  level DL2 4e6 cells\n  level DL1 1e6 cells\n" in text


def test_ends_of_lines_and_the_byte_order_mark_are_those_of_ours() -> None:
    windows = b"\xef\xbb\xbf" + edited(("day 28 ±2", "day 28 ±3")).replace("\n", "\r\n").encode()
    made = merge_pipeline.merged(
        merge_pipeline.Versions(BASE.encode(), windows, edited(("Day 7", "Day seven")).encode(), "t.proto"), Options()
    )
    expected = edited(("day 28 ±2", "day 28 ±3"), ("Day 7", "Day seven")).replace("\n", "\r\n").encode()
    assert made.data == b"\xef\xbb\xbf" + expected


def test_a_part_is_checked_within_the_protocols_that_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "common").mkdir()
    visits = 'visit D21 "Day 21" day 21 ±2 days\nvisit D28 "Day 28" day 28 ±2 days\n'
    main_file = (
        'protocol T "T" {}\ntimeline { day 0 = infusion }\nvisit infusion "I" day 0\nuse "common/visits.proto"\n'
    )
    Path("main.proto").write_text(main_file, encoding="utf-8")
    Path("common/visits.proto").write_text(visits, encoding="utf-8")
    Path("base").write_text(visits, encoding="utf-8")
    Path("ours").write_text(visits.replace("day 28 ±2", "day 35 ±2"), encoding="utf-8")
    Path("theirs").write_text(visits + "order D28 at most 7 days after D21\n", encoding="utf-8")
    call = ["merge", "base", "ours", "theirs", "--path", "common/visits.proto", "-o", "merged"]
    assert main(call) == 1
    assert "SCH001" in capsys.readouterr().err
    assert "# protoc merge: SCH001, as in theirs\norder" in Path("merged").read_text(encoding="utf-8")
    Path("theirs").write_text(visits + "order D28 at most 20 days after D21\n", encoding="utf-8")
    assert main(call) == 0
    assert merge_pipeline.MARK not in Path("merged").read_text(encoding="utf-8")


def test_files_that_cannot_be_read_are_told_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").write_text(BASE, encoding="utf-8")
    Path("b").write_bytes(b"visit \xff")
    assert main(["merge", "a", "a", "none", "-o", "out"]) == 2
    assert "IOE001" in capsys.readouterr().err
    assert main(["merge", "a", "a", "b", "-o", "out"]) == 2
    assert "not UTF-8" in capsys.readouterr().err
    assert main(["merge", "a", "a", "a", "--marker-size", "1", "-o", "out"]) == 2
    assert not Path("out").exists()


def test_a_visit_taken_out_here_and_used_anew_there_is_no_clean_merge() -> None:
    without = edited(
        ('  visit D28 "Day 28" day 28 ±2 days\n', ""), ('group late "Late" = D28\n', ""), ("at D7, D28", "at D7")
    )
    without = without.replace("give PARA 1000 mg at D28\n", "")
    theirs = BASE + 'assess ecg "ECG" at D28\n'
    made = merge_pipeline.merged(
        merge_pipeline.Versions(BASE.encode(), without.encode(), theirs.encode(), "t.proto"), Options()
    )
    assert not made.is_clean
    assert [each.code for each in made.diagnostics] == ["AMD009"]
    assert "`D28`" in made.diagnostics[0].message
    assert f"{merge_pipeline.MARK}NAM" in made.data.decode()
