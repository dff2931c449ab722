"""DOS020 and upwards: each found with its way, and not found one word away."""

from __future__ import annotations

from itertools import product

import pytest

from protocol_dsl.dosing.build import build
from protocol_dsl.dosing.exact import explore
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from protocol_dsl.dosing.proofs import prove
from protocol_dsl.dosing.rules import RuleTable
from protocol_dsl.model.base import Origin
from protocol_dsl.pipeline import check_text
from tests.unit.dosing.escalations import CLASSIC, compiled, findings, source

NEW = [f"DOS{number:03}" for number in [*range(20, 33), *range(40, 45), *range(50, 54)]]


def machine(text: str) -> RuleTable:
    protocol = compiled(text).protocol
    assert protocol is not None

    def no_file(name: str, origin: Origin) -> str:
        raise ValueError(name)

    table = build(protocol, protocol.escalations[0], no_file).table
    assert table is not None
    return table


def messages(code: str, text: str, enrollment: str = "about 30") -> list[str]:
    return [each.message for each in findings(code, text, enrollment)]


def test_a_written_3_plus_3_is_the_preset() -> None:
    ends = {(end.ending, end.weight, end.paths) for end in explore(machine(CLASSIC)).ends}
    assert ends == {(end.ending, end.weight, end.paths) for end in explore(three_plus_three(3, "V2")).ends}


def test_a_sound_escalation_has_no_finding() -> None:
    assert [each for each in compiled(CLASSIC).diagnostics if each.code in NEW] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_presets_are_sound(variant: str) -> None:
    text = f"escalation main of CT1 uses three_plus_three {{ start DL1  variant {variant} }}"
    assert [each for each in compiled(text).diagnostics if each.code in NEW] == []


def test_the_rate_of_a_level_is_in_percent() -> None:
    table = machine(CLASSIC.replace("closed when dlt >= 2", "closed when rate > 33 % and not (n < 6) or dlt = 3"))
    assert table.closed is not None
    assert {(n, y) for n, y in product((3, 6), range(4)) if table.closed(n, y)} == {(6, 2), (6, 3), (3, 3)}


def test_a_count_that_no_table_has() -> None:
    ping_pong = CLASSIC.replace("closed when dlt >= 2\n", "").replace("max 6 per level\n", "")
    (message,) = messages("DOS020", ping_pong)
    assert message == (
        "9 participants at one level are reached by DL1 1/3 → DL1 1/6 → DL2 2/3 → DL1 1/9, "
        "and no rule says what follows"
    )


def test_only_counts_that_can_occur_are_gaps() -> None:
    text = CLASSIC.replace("0..1 dlt: escalate", "1 dlt: escalate").replace("de_escalate", "stop")
    assert prove(machine(text)).gaps == {}
    down = CLASSIC.replace("0..1 dlt: escalate", "1 dlt: escalate")
    assert [(gap.n, gap.dlts) for gap in prove(machine(down)).gaps.values()] == [(6, 0)]


def test_treating_below_the_lowest_level() -> None:
    text = CLASSIC.replace("de_escalate", "stop then treat 3 more at level below")
    assert messages("DOS021", text) == []
    (message,) = messages("DOS021", text.replace("  below bottom: stop without mtd\n", ""))
    assert message == "nothing can follow below the lowest level, which is reached by DL1 2/3"
    (message,) = messages("DOS021", CLASSIC.replace("above top: stop", "above top: escalate"))
    assert "above the highest open level, which is reached by DL1 0/3" in message


def test_rows_that_are_never_reached() -> None:
    text = CLASSIC.replace("de_escalate", "stop").replace("0..1 dlt: escalate", "0 dlt: stay\n    1 dlt: escalate")
    assert messages("DOS022", text) == ["no way through the escalation leads to 0 of 6; it comes to 1 to 4 there"]
    assert messages("DOS022", text.replace("1 dlt: expand to 6", "1 dlt: stop")) == [
        "no level is ever asked about after 6 participants"
    ]


def test_a_level_above_its_maximum() -> None:
    text = CLASSIC.replace("de_escalate", "stop then treat 3 more at level below")
    (message,) = messages("DOS023", text)
    assert message.startswith("DL1 gets 9 participants by DL1 1/3 → DL1 1/6 → DL2 2/3 → DL1 1/9, and at most 6")
    assert messages("DOS023", text.replace("max 6", "max 9")) == []


def test_more_participants_than_planned() -> None:
    text = CLASSIC.replace("de_escalate", "stop then treat 3 more at level below")
    (message,) = messages("DOS024", text, "up to 18")
    assert message.startswith("the escalation can need 21 participants where 18 are planned: by DL1 1/3 → ")
    assert messages("DOS024", text, "up to 21") == []
    assert messages("DOS024", text, "about 18") == []


def test_an_end_without_a_rule_for_the_mtd() -> None:
    text = CLASSIC.replace("  mtd highest with n >= 3 and dlt <= 1\n", "")
    (message,) = messages("DOS025", text)
    assert message == "the escalation main ends by DL1 0/3 → DL2 0/3 → DL3 0/3, and nothing says what the MTD is"


def test_an_mtd_with_three_participants_must_be_said() -> None:
    (message,) = messages("DOS026", CLASSIC.replace("n >= 3 and ", ""))
    assert message == "DL3 is declared with 3 participants by DL1 0/3 → DL2 0/3 → DL3 0/3"
    assert messages("DOS026", CLASSIC.replace("n >= 3", "n >= 6")) == []


def test_more_dlts_with_a_bolder_action() -> None:
    text = CLASSIC.replace("0 dlt: escalate", "0 dlt: expand to 6").replace("1 dlt: expand to 6", "1 dlt: escalate")
    assert messages("DOS027", text) == ["1 of 3 is treated more boldly than 0 of 3, by DL1 1/3"]


def test_escalation_above_a_stated_target() -> None:
    text = CLASSIC.replace("  start DL1\n", "  start DL1\n  target 16 %\n")
    assert messages("DOS028", text) == ["1 of 6 (17 %) escalates, by DL1 1/3 → DL1 1/6, and the target is 16 %"]
    assert messages("DOS028", text.replace("16 %", "17 %")) == []


def test_3_plus_3_has_no_target() -> None:
    text = "escalation main of CT1 uses three_plus_three { start DL1  variant V1  target 30 % }"
    (message,) = messages("DOS029", text)
    assert message.endswith("a level with that rate is left upwards with a probability of 0.494")


def test_nobody_waits_longer_than_the_window() -> None:
    for days, found in ((28, 0), (29, 1)):
        text = CLASSIC.replace("  cohort 3\n", f"  cohort 3\n  stagger {days} days after first of level\n")
        assert len(messages("DOS030", text)) == found, days


def test_the_next_level_waits_for_the_window_and_is_told_once() -> None:
    text = CLASSIC.replace("  cohort 3\n", "  cohort 3\n  next level 27 days after last of cohort\n")
    assert [each.code for each in compiled(text).diagnostics if each.code in ("DOS030", "SCH042")] == ["SCH042"]


def test_a_level_below_the_start_must_be_said_first() -> None:
    text = CLASSIC.replace("n >= 3 and ", "").replace("start DL1", "start DL2")
    (message,) = messages("DOS026", text)
    assert message == "DL1, below the level of the start, is declared with 3 participants by DL2 2/3 → DL1 0/3"
    assert messages("DOS026", text.replace("dlt <= 1", "n >= 6 and dlt <= 1")) == []


REPLACING = """dlt {
  window 28 days after infusion
  criterion crs "CRS of grade 4 or higher"
  evaluable "Completed the window, or had a DLT"
  replace non_evaluable up to 1 per level
}
"""


def test_those_who_are_replaced_are_counted_where_they_can_be() -> None:
    def found(enrollment: str, escalation: str, per: str = "per level") -> list[str]:
        text = source(escalation, enrollment)
        text = text[: text.index("dlt {")] + REPLACING.replace("per level", per) + text[text.index("escalation main") :]
        return [each.message for each in check_text(text).diagnostics if each.code == "DOS050"]

    (message,) = found("up to 20", CLASSIC)
    assert message == "21 participants can be needed where 20 are planned: 18 in the escalation + 3 replaced"
    assert found("up to 21", CLASSIC) == []
    assert found("up to 19", CLASSIC, "") == []
    # From the second level all three can still be treated.
    assert "18 in the escalation + 3 replaced" in found("up to 20", CLASSIC.replace("start DL1", "start DL2"))[0]
    boin = "escalation main of CT1 uses boin { start DL1  cohort 3  max 6  target 30 % }"
    (message,) = found("up to 7", boin)
    assert message == "8 participants can be needed where 7 are planned: 6 in the escalation + 2 replaced"


def test_those_who_are_backfilled_are_counted() -> None:
    text = CLASSIC.replace("  cohort 3\n", "  cohort 3\n  backfill 2\n")
    (message,) = messages("DOS050", text, "up to 21")
    assert message == "22 participants can be needed where 21 are planned: 18 in the escalation + 4 in backfill"
    assert messages("DOS050", text, "up to 22") == []


def test_designs_that_depend_on_the_calendar_have_a_maximum_too() -> None:
    rolling = "escalation main of CT1 uses rolling_six { start DL1  above top: expand to 6 }"
    tite = "escalation main of CT1 uses tite_crm { start DL1  cohort 1  max 24  target 25 %  skeleton 0.1, 0.2, 0.3 }"
    for text, most in ((rolling, 18), (tite, 24)):
        assert len(messages("DOS024", text, f"up to {most - 1}")) == 1
        assert messages("DOS024", text, f"up to {most}") == []


def test_the_maximum_of_a_published_design_counts() -> None:
    boin = "escalation main of CT1 uses boin {{ start DL1  cohort 3  max {}  target 30 % }}"
    (message,) = messages("DOS024", boin.format(30), "up to 24")
    assert message == "the escalation can need 30 participants where 24 are planned: BOIN goes on up to 30"
    assert messages("DOS024", boin.format(24), "up to 24") == []
    assert messages("DOS051", boin.format(24), "24") == []
    assert messages("DOS051", boin.format(18), "24") == [
        "24 participants are planned, and at most 18 can come into the trial"
    ]
    assert messages("DOS051", boin.format(18), "up to 24") == []


def test_an_mtd_above_a_toxic_level() -> None:
    text = CLASSIC.replace("closed when dlt >= 2", "closed when dlt >= 4").replace("dlt <= 1", "dlt <= 2")
    (message,) = messages("DOS031", text)
    assert message == (
        "DL3 becomes the MTD by DL1 0/3 → DL2 0/3 → DL3 2/3 → DL2 2/6 → DL1 0/6, "
        "above a level that the rules found too toxic"
    )


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("DOS040", "uses three_plus_three { start DL1 }", "the variant of 3+3 is not said"),
        ("DOS040", "uses three_plus_three { start DL1  variant V9 }", "`V9` is not a variant"),
        ("DOS041", "uses three_plus_three { start DL1  variant V1  cohort 4 }", "cohorts of 3, not 4"),
        ("DOS041", "uses three_plus_three { start DL1  variant V1  max 9 per level }", "at most 6 per level, not 9"),
        ("DOS041", "uses boin { start DL1  cohort 3  max 30 }", "BOIN needs a target"),
        ("DOS041", "uses boin { start DL1  target 30 %  max 30 }", "needs the size of a cohort"),
        ("DOS041", "uses boin { start DL1  target 30 %  cohort 3 }", "at which it ends"),
        ("DOS041", "uses boin { start DL1  target 3 %  cohort 3  max 30 }", "a target of 3 % is not one"),
        ("DOS041", "uses boin { start DL1  target 30 %  cohort 3  max 30  safe 29 % }", "`safe 29 %` does not lie"),
        ("DOS041", "uses boin { start DL1  target 30 %  cohort 3  max 30  toxic 20 % }", "`toxic 20 %` does not lie"),
        ("DOS041", "uses boin { start DL1  target 30 %  cohort 3  max 30  early_stop 2 }", "`early_stop 2` ends it"),
        ("DOS041", "uses boin { start DL1  target 30 %  cohort 3  max 30  eliminate 5 % }", "out of range"),
        ("DOS041", "uses crm { start DL1  target 30 %  cohort 3  max 30 }", "CRM needs a skeleton"),
        ("DOS041", "uses crm { start DL1  target 30 %  cohort 3  max 30  skeleton 0.1, 0.2 }", "2 rates stand for 3"),
        ("DOS041", "uses crm { start DL1  target 30 %  cohort 3  max 30  skeleton 0.1, 0.3, 0.2 }", "do not rise"),
        ("DOS042", 'uses table "no.csv" { start DL1  target 30 %  cohort 3  max 30 }', "`no.csv` cannot be used"),
        ("DOS043", "{ start DL1  cohort 3  after 3 { 0..3 dlt: expand to 3 } }", "cannot be expanded to 3 after 3"),
        ("DOS043", "{ start DL1  cohort 3  after 3 { 0..3 dlt: stay then escalate } }", "two groups at once"),
        (
            "DOS044",
            "uses crm { start DL1  target 30 %  cohort 3  max 6  skeleton 0.01, 0.02, 0.1 }",
            "from 0.01 to 0.1, and the target is 0.3",
        ),
    ],
)
def test_designs_that_are_not_fully_said(code: str, text: str, words: str) -> None:
    found = messages(code, f"escalation main of CT1 {text}")
    assert any(words in message for message in found), found


def test_files_of_decisions_are_read_beside_the_protocol(tmp_path: object) -> None:
    from pathlib import Path

    from protocol_dsl import pipeline
    from tests.unit.dosing.escalations import source

    folder = Path(str(tmp_path))
    text = 'escalation main of CT1 uses table "d.csv" { start DL1  target 30 %  cohort 3  max 6 }'
    (folder / "t.proto").write_text(source(text), encoding="utf-8")
    (folder / "d.csv").write_text("n,y,decision\n3,0,E\n3,1,S\n3,2,D\n3,3,X\n", encoding="utf-8")
    found = [each.message for each in pipeline.check(str(folder / "t.proto")).diagnostics if each.code == "DOS042"]
    assert found == ["main: `d.csv`, line 5: the decision `X` is none of E, S, D, U"]
