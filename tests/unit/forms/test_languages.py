"""Labels in other languages: found by path and by text, never emptied; what is missing is known."""

from __future__ import annotations

from functools import cache

from protocol_dsl import pipeline
from protocol_dsl.elaborate.library import load_form
from protocol_dsl.forms.complete import complete
from protocol_dsl.forms.languages import Labels, languages, untranslated
from protocol_dsl.model.forms import Form
from protocol_dsl.model.protocol import Protocol

TEXT = """
protocol 试验 { title "一项试验" }
timeline { day 0 = V }
visit V "访视" day 0
codelist yesno "Yes or no" { y "Yes" n "No" }
assess vitals "Vital signs" at V { result sbp "Systolic" (mm[Hg]) }
assess pain "Pain" uses pain_vas at V
form ear_form "Ear | <b>" at V {
  heading "Warmth"
  field temp "体温，耳内" decimal 1 unit Cel
  field side "Side" choice { left "Left, upper" right "Right" }
  field drug "Drug" choice yesno
  matrix signs "Signs" choice { 0 "None" 1 "Some" } { row rash "Rash" }
  check warm "Not cold" where temp > 30
}
translate zh {
  ear_form "耳 | <b>“表”</b>"
  ear_form.side "侧别"
  ear_form.side.left "左，上"
  "Right" "右"
  yesno.y "是"
  ear_form.signs.0 "无"
  ear_form.rash "皮疹"
  ear_form.warm "不冷"
  "Warmth" "体温"
  sbp "收缩压"
  vitals "生命体征"
}
translate fr { V "Visite" }
"""


def trial() -> tuple[Protocol, dict[str, Form]]:
    compiled = pipeline.check_text(TEXT)
    assert compiled.protocol is not None, compiled.diagnostics
    forms = complete(compiled.protocol, cache(lambda name: load_form(name, compiled.sources)))
    return compiled.protocol, {form.name: form for form in forms}


def test_labels_are_found_by_path_by_shared_list_and_by_text() -> None:
    protocol, forms = trial()
    labels, form = Labels(protocol, "zh"), forms["ear_form"]
    fields = {field.name: field for field in form.fields}
    assert languages(protocol) == ("zh", "fr")
    assert labels.form(form) == "耳 | <b>“表”</b>"
    assert labels.field(form, fields["side"]) == "侧别"
    assert [labels.choice(form, fields["side"], choice) for choice in fields["side"].choices] == ["左，上", "右"]
    assert [labels.choice(form, fields["drug"], choice) for choice in fields["drug"].choices] == ["是", None]
    assert labels.choice(form, fields["rash"], fields["rash"].choices[0]) == "无"
    assert labels.check(form, form.checks[0]) == "不冷"
    assert labels.text("Warmth") == "体温"
    assert labels.text("Something else") is None


def test_form_made_from_the_schedule_takes_the_label_of_what_it_records() -> None:
    protocol, forms = trial()
    labels, form = Labels(protocol, "zh"), forms["vitals"]
    held = next(field for field in form.fields if field.holds == "sbp")
    assert (labels.form(form), labels.field(form, held)) == ("生命体征", "收缩压")


def test_what_is_missing_is_told_by_its_path() -> None:
    protocol, forms = trial()
    assert untranslated(protocol, [forms["ear_form"]], "zh") == (
        *("ear_form.temp", "ear_form.drug", "yesno.n", "ear_form.signs.1"),
    )
    assert "ear_form.side.left" in untranslated(protocol, [forms["ear_form"]], "fr")


def test_chinese_labels_and_signs_survive_the_completion() -> None:
    protocol, forms = trial()
    assert protocol.study.name == "试验"
    form = forms["ear_form"]
    assert [form.label, form.fields[0].label] == ["Ear | <b>", "体温，耳内"]
    assert form.fields[1].choices[0].label == "Left, upper"
