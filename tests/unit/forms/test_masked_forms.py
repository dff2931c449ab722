"""A masked trial: nothing that a site reads or fills in tells the arms apart."""

from __future__ import annotations

from functools import cache

from protocol_dsl import pipeline
from protocol_dsl.elaborate.library import load_form
from protocol_dsl.forms.complete import complete
from protocol_dsl.model.forms import Form
from protocol_dsl.render import calendar, soa
from protocol_dsl.render.context import Rendering
from protocol_dsl.schedule.build import build

TRIAL = """
protocol MASKED {{
  title "A masked trial"
  allocation randomized
  model parallel
  masking {masking}
}}
product NX150 "NX-150" type biological route subcutaneous
product PBO "placebo" type drug route subcutaneous
product MMF "mycophenolate" type drug route oral
arm active "Active" role experimental gives NX150
arm control "Control" role placebo_comparator gives PBO
fact region "Region" choice {{ europe "Europe" asia "Asia" }}
timeline {{ day 1 = BL }}
stage treatment "Treatment" {{
  visit BL "Baseline" day 1
  visit W4 "Week 4" week 4 ±3 days
}}
give NX150 {active} at BL, W4 for active
give PBO {placebo} at BL, W4 for control
give MMF 500 mg at BL, W4
assess vitals "Vital signs" at BL, W4
randomize 2:1 to active, control at BL {{ stratify by region, sex }}
"""
DOUBLE = "double of participant, investigator"


def rendering(masking: str = DOUBLE, active: str = "150 mg", placebo: str = "1 mL") -> Rendering:
    text = TRIAL.format(masking=masking, active=active, placebo=placebo)
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None, compiled.diagnostics
    return Rendering(compiled.protocol, build(compiled.protocol), [], compiled.sources)


def forms(rendered: Rendering) -> tuple[Form, ...]:
    return complete(rendered.protocol, cache(lambda name: load_form(name, rendered.sources)))


def doses(rendered: Rendering) -> list[Form]:
    return [each for each in forms(rendered) if (each.label or "").startswith("Administration")]


def document(rendered: Rendering, path: str) -> str:
    made = [*soa.outputs(rendered), *calendar.outputs(rendered)]
    return next(each.data.decode() for each in made if each.path == path)


def test_masked_products_have_one_form_without_their_amounts() -> None:
    form, other = doses(rendering())
    assert form.label == "Administration of study treatment (NX-150 or placebo)"
    assert form.visits == ("BL", "W4")
    assert [(each.type, each.unit) for each in form.fields if each.name.endswith("_dose")] == [("text", None)]
    assert "150 mg" not in " ".join(form.instructions)
    assert other.label == "Administration of mycophenolate"


def test_equal_amounts_of_masked_products_are_told() -> None:
    rendered = rendering(active="1 mL")
    assert "1 mL" in " ".join(doses(rendered)[0].instructions)
    assert "Study treatment: NX-150 or placebo (masked) 1 mL" in document(rendered, "calendar.csv")


def test_schedule_and_calendar_have_one_masked_entry() -> None:
    rendered = rendering()
    table = document(rendered, "soa.csv")
    rows = [line for line in table.splitlines() if "NX-150" in line and "X" in line.split(",")[-1]]
    assert len(rows) == 1
    assert "Study treatment: NX-150 or placebo (masked)" in rows[0]
    for text in (table, document(rendered, "calendar.csv")):
        assert "150 mg" not in text
        assert "study_treatment" not in text
        assert "500 mg" in text


def test_open_trial_and_masked_assessor_keep_products_apart() -> None:
    for masking in ("none", "single of outcomes_assessor"):
        rendered = rendering(masking)
        assert [each.label for each in doses(rendered)] == [
            "Administration of NX-150", "Administration of placebo", "Administration of mycophenolate"
        ]  # fmt: skip
        assert "NX-150 150 mg (for Active)" in document(rendered, "calendar.csv")


def test_double_dummy_stands_in_its_parts() -> None:
    text = (
        TRIAL.format(masking=DOUBLE, active="150 mg", placebo="1 mL")
        + """
product TAB "apremilast" type drug route oral
product TAB0 "placebo tablet" type drug route oral
give TAB 30 mg at BL, W4 for control
give TAB0 30 mg at BL, W4 for active
"""
    )
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None
    rendered = Rendering(compiled.protocol, build(compiled.protocol), [], compiled.sources)
    assert [each.label for each in doses(rendered)][:2] == [
        "Administration of study treatment (NX-150 or placebo)",
        "Administration of mycophenolate",
    ]
    assert "(apremilast or placebo tablet)" in (doses(rendered)[2].label or "")


def test_rhythm_of_masked_products_is_one_row() -> None:
    text = TRIAL.format(masking=DOUBLE, active="150 mg", placebo="1 mL")
    for product in ("NX150 150 mg", "PBO 1 mL"):
        text = text.replace(f"give {product} at BL, W4 for", f"give {product} every 2 weeks from BL to W4 for")
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None, compiled.diagnostics
    rendered = Rendering(compiled.protocol, build(compiled.protocol), [], compiled.sources)
    table = document(rendered, "soa.csv")
    assert table.count("Study treatment: NX-150 or placebo (masked)") == 1
    assert "every 2 weeks" in table
    assert "150 mg" not in table
    assert "study_treatment" not in table
    (form,) = [each for each in doses(rendered) if "NX-150 or placebo" in (each.label or "")]
    assert form.repeating
