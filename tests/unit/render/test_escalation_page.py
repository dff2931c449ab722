"""The page of the dose escalation, its flow chart, and its table of decisions."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from protocol_dsl import pipeline
from protocol_dsl.checks.trial import Trial
from protocol_dsl.dosing.designs import decision_file, grids
from protocol_dsl.dosing.exact import evaluate
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.pipeline import Compiled
from protocol_dsl.render import escalation
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.escalation_chart import LINE, Aside, Box, Outcome, Stage, chart
from protocol_dsl.render.escalation_numbers import illustrative, numbers, tree
from protocol_dsl.render.escalation_view import Section, sections
from protocol_dsl.render.registry_designs import design_rules, expanded

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"
HEAD = """
protocol T "t" {{
  title "A trial"
}}
product X "{product}" type drug
population P "people"
timeline {{
  day 0 = infusion
}}
stage treatment "Treatment" {{
  visit infusion "Infusion" day 0
}}
dose X {{
  level A "{level}" 1.0e6 cells
  level B 2.0e6 cells
  level C 4.0e6 cells
  tolerance ±20 %
}}
dlt {{
  window 28 days after infusion
  criterion c "Anything of grade 4"
}}
"""
BOIN = "escalation main of X for P uses boin { target 30 %  start A  cohort 3  max 12 participants }"
TABLE = """
escalation main of X for P {
  start A
  cohort 3
  max 6 per level
  after 3 {
    0 dlt: escalate
    1 dlt: expand to 6
  }
  after 6 {
    1 dlt: escalate
    2 dlt: stop
    3..4 dlt: stop then treat 3 more at level below
  }
  above top: stop
}
"""


def three(variant: str, more: str = "") -> str:
    return f"escalation main of X for P uses three_plus_three {{ variant {variant}  start A  cohort 3  {more} }}"


def compiled(text: str, product: str = "drug", level: str = "low dose") -> Compiled:
    found = pipeline.check_text(HEAD.format(product=product, level=level) + text)
    assert found.is_sound, found.diagnostics
    return found


def rendering(found: Compiled) -> Rendering:
    assert found.protocol is not None
    assert found.schedule is not None
    return Rendering(found.protocol, found.schedule, found.diagnostics, found.sources)


def made(found: Compiled) -> dict[str, bytes]:
    return {output.path: output.data for output in escalation.outputs(rendering(found))}


def page(found: Compiled) -> str:
    return made(found)["escalation.html"].decode()


def shown(found: Compiled) -> list[Section]:
    given = rendering(found)
    return sections(given, Trial(given.protocol, given.schedule, given.sources))


def rows(found: Compiled) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made(found)["decision_table.csv"].decode("utf-8-sig"))))


def rules(text: str) -> str:
    protocol = compiled(text).protocol
    assert isinstance(protocol, Protocol)
    return "\n".join(design_rules(protocol.escalations[0]))


def real(name: str) -> Compiled:
    return pipeline.check(str(ROOT / "protocols" / f"{name}.proto"))


# Real trials -------------------------------------------------------------------------------------------------


def test_boin_table_of_lupus_is_the_published_one_and_the_language_reads_it_again() -> None:
    found = made(real("lupus"))["decision_table.csv"].decode("utf-8")
    again = decision_file.read(found)
    assert again.faults == ()
    assert again.grid == grids.boin(0.3, 12)
    assert [again.grid[n] for n in (3, 6, 9)] == ["ESDU", "EESDUUU", "EEESDUUUUU"]


def test_hole_in_the_rules_is_shown_where_it_is_and_with_the_way_that_leads_there() -> None:
    trial = real("cd7_autoimmune")
    decided = {(int(n), int(y)): (code, words) for n, y, code, words in rows(trial)[1:]}
    assert decided[3, 2] == decided[3, 3] == ("no rule", "no rule")
    assert decided[6, 0][0] == "never"
    assert decided[6, 3] == ("stop", "stop then treat 3 more at the level below")
    (section,) = shown(trial)
    (hole,) = [each for each in section.findings if each.code == "DOS001" and "3 participants" in each.text]
    assert hole.ways == ["2 DLTs: DL1 2/3", "3 DLTs: DL1 3/3"]
    assert re.fullmatch(r"cd7_autoimmune\.proto:\d+", hole.place)
    assert section.findings[0].severity == "error"
    assert section.chart is not None
    holes = [" ".join(line.text for line in box.lines) for box in section.chart.boxes if box.code == "none"]
    assert holes == [
        "No rule: the protocol does not say what follows",
        "No rule says what follows below it.",
        "No rule says which level becomes the MTD.",
    ]


def test_participants_possible_are_those_of_the_machine() -> None:
    (section,) = shown(real("cd7_autoimmune"))
    assert [level.people for level in section.levels] == ["3 to 9", "0 to 9", "0 to 6"]
    assert section.people[1].startswith("At most 21 participants: DL1 1/3 → DL1 1/6 →")
    (lupus,) = shown(real("lupus"))
    assert lupus.people[:2] == [
        "At least 3 participants: DL1 3/3.",
        "At most 12 participants: DL1 0/3 → DL2 0/3 → DL3 0/3 → DL3 0/6.",
    ]


def test_escalation_within_a_participant_speaks_of_doses() -> None:
    trial = real("cd7_leukaemia")
    text = page(trial)
    assert "Doses at the level" in text
    assert "the next dose is one level higher" in text
    assert "Counted are the doses of one participant" in text
    assert "At most 4 doses" in text
    assert "articipants possible" not in text


def test_no_file_for_a_trial_that_names_no_level() -> None:
    assert made(real("lcar_aio")) == {}


@pytest.mark.parametrize("name", ["lupus", "ecar01", "cd7_autoimmune", "cd7_leukaemia"])
def test_files_are_the_same_from_run_to_run(name: str) -> None:
    assert made(real(name)) == made(real(name))


def test_page_of_a_small_design_does_without_numpy() -> None:
    code = (
        "import sys; from protocol_dsl import pipeline; from protocol_dsl.render.context import Rendering;"
        "from protocol_dsl.render import escalation;"
        "c = pipeline.check('protocols/lupus.proto');"
        "assert len(escalation.outputs(Rendering(c.protocol, c.schedule, c.diagnostics, c.sources))) == 2;"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


# What is on the page -----------------------------------------------------------------------------------------


def test_equal_last_rows_are_one_and_columns_say_where_a_cohort_ends() -> None:
    (section,) = shown(compiled(BOIN))
    assert section.table is not None
    assert [row.label for row in section.table.rows] == ["0", "1", "2", "3", "4", "5", "6", "7 or more"]
    assert [cell.code for cell in section.table.rows[-1].cells if cell] == ["U"] * 6
    assert [n for n, is_cohort in section.table.heads if is_cohort] == [3, 6, 9, 12]


def test_table_of_a_large_design_shows_cohorts_only_and_its_file_everything() -> None:
    trial = compiled(BOIN.replace("max 12", "max 60"))
    (section,) = shown(trial)
    assert section.table is not None
    assert [n for n, _ in section.table.heads] == list(range(3, 61, 3))
    assert len(rows(trial)) == 1 + sum(n + 1 for n in range(1, 61))


def test_every_decision_has_a_letter_and_the_legend_explains_each() -> None:
    for text in (BOIN, TABLE, three("V5")):
        (section,) = shown(compiled(text))
        assert section.table is not None
        letters = {cell.letter for row in section.table.rows for cell in row.cells if cell is not None}
        assert {letter for _, letter, _ in section.table.legend} == letters


def test_tolerance_is_in_the_authors_power_of_ten() -> None:
    (section,) = shown(compiled(BOIN))
    assert [level.tolerated for level in section.levels][:2] == ["0.8×10⁶ to 1.2×10⁶ cells", "1.6×10⁶ to 2.4×10⁶ cells"]


def test_design_that_is_not_complete_says_what_is_missing_and_makes_no_table() -> None:
    trial = compiled("escalation main of X for P uses three_plus_three { start A  cohort 3 }")
    files = made(trial)
    assert list(files) == ["escalation.html"]
    assert "the variant of 3+3 is not said" in files["escalation.html"].decode()


def test_several_escalations_have_a_section_and_a_column_each() -> None:
    trial = compiled(BOIN + "\n" + TABLE.replace("main", "other"))
    found = rows(trial)
    assert found[0] == ["escalation", "n", "y", "decision", "action"]
    assert {row[0] for row in found[1:]} == {"main", "other"}
    text = page(trial)
    assert "--escalation main --dlt-rates" in text
    assert "--escalation other --dlt-rates" in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_labels_cannot_become_markup_or_formulas() -> None:
    attack = "<script>alert(1)</script> ]]> & =HYPERLINK('x')"
    text = TABLE.replace("0 dlt: escalate", "0 dlt: decide by investigator")
    trial = compiled(text, product=attack, level=attack)
    html = page(trial)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    for cell in (cell for row in rows(trial) for cell in row):
        assert not cell.startswith(("=", "+", "-", "@"))
    for drawing in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(drawing)


# Flow chart --------------------------------------------------------------------------------------------------

DESIGNS = {
    "boin": BOIN,
    "one by one": BOIN.replace("cohort 3", "cohort 1"),
    "keyboard": BOIN.replace("boin", "keyboard"),
    "crm": BOIN.replace("boin {", "crm { skeleton 0.05, 0.12, 0.25 "),
    "hole": TABLE,
    **{variant: three(variant) for variant in VARIANTS},
}


def drawn(boxes: list[Box], width: float, height: float) -> None:
    """Boxes lie in the drawing and apart; their text lies inside."""
    for box in boxes:
        assert 0 <= box.x < box.x + box.width <= width
        assert 0 <= box.y < box.y + box.height <= height
        assert len(box.lines) * LINE <= box.height
        assert all(box.y < line.y <= box.y + box.height for line in box.lines)
    for one, other in combinations(boxes, 2):
        aside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert aside or one.y + one.height <= other.y or other.y + other.height <= one.y, (one, other)


@pytest.mark.parametrize("name", DESIGNS)
def test_boxes_do_not_overlap(name: str) -> None:
    (section,) = shown(compiled(DESIGNS[name]))
    assert section.chart is not None
    drawn(section.chart.boxes, section.chart.width, section.chart.height)


def test_long_words_and_wide_characters_are_cut_to_their_box() -> None:
    long = "剂量限制性毒性" * 12
    found = chart("t", [Stage(3, long, [Outcome("x" * 90, long, "E")])], [Aside(long, "y" * 300)])
    drawn(found.boxes, found.width, found.height)
    said = "".join(line.text for box in found.boxes for line in box.lines)
    assert said.count("x") == 90
    assert said.count("剂") == 36
    for box in found.boxes:
        assert all(13 * sum(character > "⺀" for character in line.text) <= box.width for line in box.lines)


def test_more_at_the_level_leads_to_the_stage_with_that_number() -> None:
    (section,) = shown(compiled(three("V1")))
    assert section.chart is not None
    words = [" ".join(line.text for line in box.lines) for box in section.chart.boxes]
    assert words.index("Expand: 3 more at the same level, 6 in all") < words.index(
        "6 participants treated at the level"
    )
    second = section.chart.boxes[words.index("6 participants treated at the level")]
    assert [arrow for arrow in section.chart.arrows if arrow.path.endswith(f"V{second.y - 2:g}")]


# Numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "hole"])
def test_tree_of_the_first_groups_has_all_the_probability(name: str) -> None:
    (section,) = shown(compiled(DESIGNS[name]))
    assert section.scenarios is not None
    first = [cell.share for branch in section.scenarios.branches for cell in branch.cells[:1] if len(branch.cells) == 2]
    assert first[0] == ("90.0 %" if name == "one by one" else "72.9 %")
    height = sum(cell.rows for branch in section.scenarios.branches for cell in branch.cells if cell.rows > 1)
    assert height <= len(section.scenarios.branches)


def test_tree_follows_the_rule() -> None:
    found = tree(three_plus_three(3, "V1"), (0.1, 0.2, 0.3))
    nodes = [node for way in found for node in way.nodes]
    at = {(node.level, node.dlts, node.treated): node.probability for node in nodes}
    assert at[0, 1, 3] == pytest.approx(3 * 0.1 * 0.81)
    assert at[1, 0, 3] == pytest.approx(0.729 * 0.512)
    assert at[0, 1, 6] == pytest.approx(0.243 * 0.729)
    assert sum(at[0, y, 3] for y in range(4)) == pytest.approx(1)
    assert sum(node.rows for node in nodes if node.treated == 3 and node.level == 0) == len(found)


def test_expected_values_are_those_of_the_closed_form() -> None:
    found = numbers(three_plus_three(2, "V1"))
    assert found.structure is not None
    expected = evaluate(found.structure, (0.1, 0.2))
    passes = [0.906147, 0.708608]
    assert expected.select[0] == pytest.approx(1 - passes[0], abs=1e-6)
    assert expected.select[1:] == pytest.approx((passes[0] * (1 - passes[1]), passes[0] * passes[1]), abs=1e-6)


def test_design_that_always_takes_all_participants_says_so() -> None:
    (section,) = shown(compiled(DESIGNS["crm"]))
    assert section.people == ["Always 12 participants."]


def test_large_design_is_not_followed_to_its_end() -> None:
    (section,) = shown(compiled(BOIN.replace("max 12", "max 90")))
    assert section.people == [
        "At least 3 participants: A 3/3.",
        "At most 90 participants, as the protocol says.",
    ]
    assert section.scenarios is not None
    assert section.scenarios.scenarios[0].measures == []
    assert section.scenarios.branches


DECLARED = BOIN.replace("}", 'scenario likely "As hoped" 5 %, 10 %, 20 %  scenario toxic 0.3, 0.45, 0.6 }')


def test_declared_scenarios_take_the_place_of_the_illustration() -> None:
    (section,) = shown(compiled(DECLARED))
    found = section.scenarios
    assert found is not None
    assert found.declared
    assert [one.title for one in found.scenarios] == ["As hoped", "toxic"]
    declared = {row.title: row for row in found.scenarios[0].measures}["Declared as MTD"]
    shares = [float(share.removesuffix(" %").lstrip("< ")) for share in (declared.none, *declared.values)]
    assert sum(shares) == pytest.approx(100, abs=0.21)
    # Bars are as high as the shares that they show.
    plot = found.plots[0]
    hoped = [bar for bar in plot.bars if bar.series == 0]
    assert [bar.height / hoped[-1].height for bar in hoped] == pytest.approx([s / shares[-1] for s in shares], abs=0.01)
    page = made(compiled(DECLARED))["escalation.html"].decode()
    assert "illustrat" not in page
    assert "--dlt-rates" not in page.split("<pre>")[1]


def test_pathways_have_the_probability_of_each_scenario() -> None:
    (section,) = shown(compiled(DECLARED))
    assert section.scenarios is not None
    for column in range(2):
        shares = [branch.shares[column] for branch in section.scenarios.branches]
        assert sum(0 if "<" in one else float(one.removesuffix(" %")) for one in shares) == pytest.approx(100, abs=1)


def test_a_design_by_the_calendar_is_said_to_be_simulated() -> None:
    rolling = "escalation main of X for P uses rolling_six { start A  above top: stop  scenario s 0.1, 0.2, 0.3 }"
    page = made(compiled(rolling))["escalation.html"].decode()
    assert "nothing about it is exact" in page
    assert "protoc dose oc" in page
    assert "whenever one comes or is observed" in page


def test_titrated_levels_have_their_columns() -> None:
    (section,) = shown(compiled(BOIN.replace("cohort 3", "cohort 3  titration until first dlt").replace("12", "30")))
    assert section.table is not None
    assert {1, 4, 7} <= {n for n, _ in section.table.heads}


def test_titration_before_stages_is_filled_to_the_first_of_them() -> None:
    stages = "add 4 escalate up to 0 expand up to 1  add 3 escalate up to 1"
    text = f"escalation main of X for P uses a_plus_b {{ start A  titration until first dlt  {stages}  mtd previous }}"
    assert "that level is filled to 4" in rules(text)
    assert "is the level below the one at which the escalation stopped" in page(compiled(text))
    assert "filled to" not in rules(text.replace("add 4", "add 1"))


def test_the_most_of_a_rule_with_many_states_is_that_of_the_proof() -> None:
    more = "".join(f"  level D{number} {number}.0e7 cells\n" for number in range(1, 6))
    text = HEAD.format(product="drug", level="low dose").replace("  tolerance", f"{more}  tolerance")
    (section,) = shown(pipeline.check_text(text + three("V2", "titration until first dlt")))
    assert any(line.startswith("At most 48 participants: A 1/1 → A 1/3") for line in section.people), section.people


def test_cap_of_the_dose_stands_below_the_levels() -> None:
    text = compiled(BOIN).sources.files[0].text
    per_weight = text.replace("e6 cells", "e6 cells/kg").replace("tolerance ±20 %", "tolerance ±20 %\n  cap 100 kg")
    found = pipeline.check_text(per_weight)
    assert found.is_sound
    assert "Body weight counts up to 100 kg." in page(found)
    assert "counts up to" not in page(compiled(BOIN))


def test_illustrative_rates_rise_and_stay_below_one() -> None:
    for levels in range(1, 20):
        rates = illustrative(levels)
        assert list(rates) == sorted(set(rates))
        assert max(rates) <= 0.6


# The rule in sentences ---------------------------------------------------------------------------------------


def test_boin_is_told_with_its_boundaries() -> None:
    said = rules(BOIN)
    assert "at most 23.6 %, the next higher level is opened" in said
    assert "above 35.9 %, the dose is reduced" in said
    assert "above 30 % is more than 95 %" in said
    assert "nearest to 30 %" in said


def test_settings_of_the_author_move_the_boundaries() -> None:
    said = rules(BOIN.replace("target 30 %", "target 25 %  safe 10 %  toxic 40 %  eliminate 90 %  early_stop 9"))
    up, down = grids.boin_boundaries(0.25, 0.1, 0.4)
    assert f"at most {100 * up:.1f} %" in said
    assert f"above {100 * down:.1f} %" in said
    assert "more than 90 %" in said
    assert "ends when 9 participants" in said


@pytest.mark.parametrize("design", ["keyboard", "mtpi", "mtpi_2", "i3_plus_3"])
def test_interval_designs_name_their_interval(design: str) -> None:
    assert "25 % to 35 %" in rules(BOIN.replace("boin", design))


@pytest.mark.parametrize("variant", VARIANTS)
def test_variant_of_three_plus_three_is_told_row_by_row(variant: str) -> None:
    protocol = compiled(three(variant)).protocol
    assert protocol is not None
    said = rules(three(variant))
    made = three_plus_three(1, variant)
    table = {each.after: each for each in expanded(protocol.escalations[0]).tables}
    for n, decided in made.tables.items():
        counts = [y for row in table[n].rows for y in range(row.low, row.high + 1)]
        assert counts == sorted(decided)
        for row in table[n].rows:
            assert [act.kind for act in decided[row.low]] == [action.kind for action in row.actions]
    assert "1 of 3 participants has a dose-limiting toxicity, 3 more participants are treated at the same level" in said
    assert "The maximum tolerated dose is the highest level" in said
    assert ("with at least 6 participants treated" in said) == (variant == "V3")


def test_authors_own_edges_take_the_place_of_those_of_the_variant() -> None:
    assert "If the rules lead above the highest level, the level is filled up to 6 participants." in rules(three("V3"))
    said = rules(three("V3", "above top: stop"))
    assert "If the rules lead above the highest level, the escalation stops." in said
    assert "filled up" not in said
