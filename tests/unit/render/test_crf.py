"""The specification of the case report forms, as HTML and Markdown."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.model.base import Choice
from protocol_dsl.model.forms import Field, Form
from protocol_dsl.render import crf
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.crf_view import limits, unit_text, view

TRIALS = sorted(Path(__file__).parents[3].glob("protocols/*.proto"))
HOSTILE = '<script>alert(1)</script> | =HYPERLINK("x") ]]> a\n# b *c* 访视 🧪'

TRIAL = """
protocol TOY { title "A toy trial" }
timeline { day 0 = D0 }
stage s "Treatment" {
  visit D0 "Day 0" day 0
  visit D7 "Day 7" day 7
}
assess vitals "Vital signs" at D0, D7
assess pulse "Pulse" at D7 {
  result rate "Rate" (/min)
  times for D7 pre_dose -60/+0 min, +4 h ±15 min
}
assess skin "Skin" uses mrss at D0
collect ae "Adverse events" from D0 to D7
form vitals_form "Vital signs" records vitals {
  field temp "Temperature" decimal 1 unit Cel range 34..43 soft required code cdash "VSTEMP"
  field sbp "Systolic" integer unit mm[Hg] range 60..250 hard
  field dbp "Diastolic" integer unit mm[Hg]
  heading "Where"
  field place "Site" choice { oral "Oral" ear "Ear" } if temp is known
  matrix symptoms "Symptoms" choice { n "No" y "Yes" } { row chills "Chills" row rash "Rash" }
  derive map "Mean pressure" = (sbp + 2 * dbp) / 3
  check bp "Diastolic is below systolic" where dbp < sbp
}
"""


class Text(HTMLParser):
    """Rows of all tables by their cells, ids, and targets of links; script elements."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.scripts = 0
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a" and (values.get("href") or "").startswith("#"):
            self.targets.append(str(values["href"])[1:])
        self.scripts += tag == "script"
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += f" {data.strip()}" if data.strip() else ""


def rendering(text: str) -> Rendering:
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    return Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)


@cache
def documents(text: str = TRIAL) -> dict[str, str]:
    return {each.path: each.data.decode() for each in crf.outputs(rendering(text))}


def read(document: str) -> Text:
    parsed = Text()
    parsed.feed(document)
    return parsed


def row(name: str) -> list[str]:
    found = [cells for cells in read(documents()["crf.html"]).rows if cells and re.search(rf"^ {name}\b", cells[-1])]
    assert len(found) == 1, name
    return [cell.strip() for cell in found[0]]


def test_field_shows_type_unit_range_rule_and_annotation() -> None:
    _, question, answer, rules, field = row("temp")
    assert question == "Temperature"
    assert answer == "Decimal number, 1 place, °C"
    assert rules.split() == ["required", "34.0", "to", "43.0", "°C", "soft"]
    assert field.split() == ["temp", "CDASH", "VSTEMP", "UCUM", "Cel"]
    assert "hard" in row("sbp")[3]


def test_condition_derivation_and_choices_in_words() -> None:
    assert row("place")[3] == "Asked if temperature is known"
    assert "oral = Oral" in row("place")[2]
    assert row("map")[3] == "= (Systolic + 2 × Diastolic) / 3"


def test_matrix_states_its_choices_once() -> None:
    rows = [cells for cells in read(documents()["crf.html"]).rows if cells and "n = No" in cells[0]]
    assert len(rows) == 1
    assert row("chills")[2] == "as above"


def test_check_with_its_condition() -> None:
    assert row("bp")[:3] == ["Diastolic is below systolic", "Diastolic < Systolic", "soft"]


def test_several_records_only_where_there_are_nominal_times() -> None:
    grid = {cells[0].strip(): cells[1:] for cells in read(documents()["crf.html"]).rows if cells}
    pulse = next(cells for title, cells in grid.items() if title.endswith(". Pulse"))
    assert [cell.strip() for cell in pulse] == ["", "●+"]
    skin = next(cells for title, cells in grid.items() if title.endswith(". Skin"))
    assert [cell.strip() for cell in skin] == ["●", ""]
    log = next(cells for title, cells in grid.items() if title.endswith(". Adverse events"))
    assert len(log) == 1


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_each_field_once_in_both_documents_and_links_resolve(path: Path) -> None:
    compiled = pipeline.check(str(path))
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    made = Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)
    pages = {each.path: each.data.decode() for each in crf.outputs(made)}
    parsed = read(pages["crf.html"])
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert set(parsed.targets) <= set(parsed.ids)
    fields = re.findall(r'<td class="ann"><code>([^<]+)</code>\n', pages["crf.html"])
    body = pages["crf.md"].partition("\n## 1. ")[2]
    in_markdown = re.findall(r"^\| \d+ \|.*\| (\w+)(?:<br>[^|]*)? \|$", body, re.MULTILINE)
    assert len(fields) > 100
    assert fields == in_markdown


def test_hostile_texts_stay_texts() -> None:
    made = rendering(TRIAL)
    origin = made.protocol.study.origin
    fields = (
        Field(name="a", label=HOSTILE, type="text", origin=origin, remarks=(HOSTILE,), heading=HOSTILE),
        Field(name="b", label="B", type="choice", origin=origin, choices=(Choice(code="x", label=HOSTILE),)),
    )
    form = Form(name="evil", label=HOSTILE, origin=origin, fields=fields, instructions=(HOSTILE,), citation=HOSTILE)
    pages = {each.path: each.data.decode() for each in crf.documents(made, (form,))}
    assert read(pages["crf.html"]).scripts == 0
    assert "&lt;script&gt;" in pages["crf.html"]
    assert not re.search(r"(?<!\\)<script", pages["crf.md"])
    for line in pages["crf.md"].split("\n"):
        if line.startswith("| 1 |") and "required" not in line and "evil" not in line:
            assert len(re.findall(r"(?<!\\)\|", line)) == 7
    assert "\n# b" not in pages["crf.md"]


def test_same_input_same_bytes() -> None:
    first = [(each.path, each.data) for each in crf.outputs(rendering(TRIAL))]
    assert first == [(each.path, each.data) for each in crf.outputs(rendering(TRIAL))]


def test_form_without_fields_and_trial_without_visits() -> None:
    made = rendering('protocol TOY { title "A toy trial" }')
    pages = {each.path: each.data.decode() for each in crf.outputs(made)}
    assert "End of study" in pages["crf.html"]
    shown = view(made.protocol, (Form(name="empty", origin=made.protocol.study.origin),))
    assert shown.forms[0].lines == ()


def test_limits_have_the_decimals_of_the_field() -> None:
    origin = rendering(TRIAL).protocol.study.origin
    base = Field(name="x", type="decimal", origin=origin)
    assert limits(base.model_copy(update={"low": -30, "high": 2, "decimals": 1})) == "−30.0 to 2.0"
    assert limits(base.model_copy(update={"low": 0})) == "at least 0"
    assert limits(base) == ""


def test_unit_of_the_protocol_itself_is_shown_as_written() -> None:
    assert unit_text("patches") == "patches"
    assert unit_text("10*9/L") == "×10⁹/L"


def test_names_and_codes_of_fields_can_be_hidden() -> None:
    page = documents()["crf.html"]
    assert '<input type="checkbox" id="names" checked>' in page
    assert "#names:not(:checked) ~ .crf :is(.ann, .c5) { display: none; }" in page
    assert "<script" not in page
