"""Forms fit the trial: no questions about cells where none are given, one form where something happens again."""

from __future__ import annotations

from functools import cache

from protocol_dsl import pipeline
from protocol_dsl.elaborate.library import load_form
from protocol_dsl.forms.complete import complete
from protocol_dsl.model.forms import Form

TRIAL = """
protocol DRUG { title "A drug trial" allocation randomized model parallel masking MASKING }
product NX150 "NX-150" type biological route subcutaneous description "An antibody that depletes B cells"
arm active "Active" role experimental gives NX150
arm control "Control" role no_intervention
fact region "Region" choice { europe "Europe" asia "Asia" }
fact rescue "Rescue therapy" yes_no
fact serious_infection "Serious infection" yes_no
fact relapse "Relapse" yes_no
fact reaction "Serious reaction" yes_no
fact height_class "Height class" choice { low "Low" high "High" }
timeline { day 1 = BL }
stage treatment "Treatment" {
  visit BL "Baseline" day 1
  visit W4 "Week 4" week 4 ±3 days
}
give NX150 150 mg at BL, W4 for active
assess consent "Informed consent" category consent at BL
assess pk "NX-150 in serum" category pharmacokinetics at BL, W4 { unit ug/mL specimen "serum" }
assess vector "Vector in blood" category pharmacokinetics at W4 { unit copies/ug method "qPCR" }
assess autoantibodies "Autoantibodies" at BL {
  result dsdna "Anti-dsDNA antibodies" choice { positive "Positive" negative "Negative" }
  result c3 "Complement C3" (g/L)
}
assess sf36 "SF-36" uses sf_36 at BL, W4
collect ae "Adverse events" from BL to W4
randomize 2:1 to active, control at BL { stratify by region, sex, site }
endpoint relapse_time primary "Time to relapse" measure time_to(relapse) timeframe up to week 4 after BL
endpoint saved secondary "Without rescue" measure proportion(not rescue) timeframe at W4
stopping study "Stopping" {
  rule infections "Infections" where count(serious_infection) >= 5 then pause enrolment
  rule reactions "Reactions" where rate(reaction) > 10 % then stop study
}
"""


@cache
def forms(masking: str = "none", product: str = "NX-150", more: str = "") -> dict[str, Form]:
    text = TRIAL.replace("MASKING", masking).replace('product NX150 "NX-150"', f'product NX150 "{product}"') + more
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None, compiled.diagnostics
    made = complete(compiled.protocol, cache(lambda name: load_form(name, compiled.sources)))
    return {form.name: form for form in made}


def text_of(form: Form) -> str:
    return " ".join(
        text
        for each in form.fields
        for text in (each.heading or "", each.title, *each.remarks, *(choice.label for choice in each.choices))
    )


def test_drug_trial_is_not_asked_about_cells() -> None:
    every = " ".join(text_of(form) for name, form in forms().items() if name != "vector")
    for word in ("ICANS", "Cytokine release", "Graft", "cell product", "ymphodepletion", "gene-modified", "15 years"):
        assert word not in every, word
    assert "not manufactured" not in every
    events = forms()["ae"]
    assert "Related to the study treatment" in [each.title for each in events.fields]
    assert "Dose-limiting toxicity" not in text_of(events)
    assert "Assessment" in [each.heading for each in events.fields]
    assert "infusion" not in " ".join(remark for each in events.fields for remark in each.remarks)
    assert not [check for check in events.checks if "crs" in check.where.text]


def test_cell_trial_keeps_the_whole_forms() -> None:
    made = forms(product="CAR-T cells")
    assert "ICANS" in text_of(made["ae"])
    assert "15 years" in text_of(made["consent"])
    assert "Related to the cell product" in text_of(made["ae"])


def test_concentration_of_a_drug_is_a_plain_sample() -> None:
    form = forms()["pk"]
    asked = [each.name.partition("_")[2] for each in form.fields]
    assert "method" not in asked
    assert {"nominal", "drawn", "specimen"} <= set(asked)
    value = next(each for each in form.fields if each.holds == "pk")
    assert (value.unit, value.type) == ("ug/mL", "decimal")
    assert not {"copies", "percent", "unit"} & set(asked)
    assert "Specimen: serum." in form.instructions


def test_copies_are_counted_on_the_form_of_the_cells() -> None:
    asked = [each.name.partition("_")[2] for each in forms()["vector"].fields]
    assert {"method", "specimen"} <= set(asked)


def test_two_declared_autoantibodies_bring_no_others() -> None:
    form = forms()["autoantibodies"]
    assert [each.holds for each in form.fields if each.holds] == ["dsdna", "c3"]
    assert len(form.fields) <= 6


def test_instrument_without_total_does_not_speak_of_one() -> None:
    assert not [line for line in forms()["sf36"].instructions if line.startswith("The total")]


def test_randomisation_has_its_strata_and_arm() -> None:
    form = forms()["randomisation"]
    assert form.visits == ("BL",)
    assert [each.title for each in form.fields] == [
        "Date and time of randomisation", "Randomisation number", "Region", "Sex", "Site", "Arm"
    ]  # fmt: skip
    assert all(each.required for each in form.fields)
    region = form.fields[2]
    assert [choice.code for choice in region.choices] == ["europe", "asia"]
    assert region.holds == "region"
    assert [choice.code for choice in form.fields[-1].choices] == ["active", "control"]


def test_masked_randomisation_does_not_ask_the_arm() -> None:
    form = forms(masking="double of participant, investigator")["randomisation"]
    assert "Arm" not in [each.title for each in form.fields]
    assert not {"active", "control"} & {choice.code for each in form.fields for choice in each.choices}


def test_stratum_that_eligibility_asks_is_confirmed_at_randomisation() -> None:
    made = forms(more='eligibility { include here "In Europe" where region = europe }')
    holding = [form.name for form in made.values() for each in form.fields if each.holds == "region"]
    assert holding == ["eligibility"]
    assert [each.required for each in made["randomisation"].fields if each.title == "Region"] == [True]


def test_form_of_the_protocol_takes_the_place_of_the_randomisation() -> None:
    made = forms(more='form randomisation "Randomisation" { field rando_number "Number" text }')
    assert [each.title for each in made["randomisation"].fields] == ["Number"]
    assert "region" in [each.holds for each in made["participant_facts"].fields]


def test_counted_facts_are_events_that_repeat() -> None:
    made = forms()
    events = made["events_of_interest"]
    assert events.repeating
    assert [each.holds for each in events.fields if each.holds] == ["serious_infection", "relapse", "reaction"]
    assert (events.fields[0].type, events.fields[0].required) == ("date", True)
    facts = made["participant_facts"]
    assert [each.holds for each in facts.fields] == ["rescue", "height_class"]
    assert not facts.repeating
