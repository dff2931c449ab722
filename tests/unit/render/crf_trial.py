"""A small trial whose forms have something of everything, and what the tests of its documents share."""

from __future__ import annotations

from protocol_dsl import pipeline
from protocol_dsl.render.context import Rendering

HOSTILE = '<script>alert(1)</script> | =HYPERLINK("x") ]]> #let $x$ @a [b] \\ 访视'

TRIAL = """
protocol TOY { title "A toy trial" version "2.1" }
timeline { day 0 = D0 }
population women "Women"
stage s "Treatment" {
  visit D0 "Day 0" day 0
  visit D7 "Day 7" day 7 ±1 day
}
assess vitals "Vital signs" at D0, D7
assess hcg "Pregnancy test" at D0 for women
assess pulse "Pulse" at D7 {
  result rate "Rate" (/min)
  times for D7 pre_dose -60/+0 min, +4 h ±15 min
}
assess skin "Skin" uses mrss at D0
collect ae "Adverse events" from D0 to D7
form vitals_form "Vital signs" records vitals {
  field temp "Temperature" decimal 1 unit Cel range 34..43 soft required code cdash "VSTEMP" code sdtm "VSORRES"
  field sbp "Systolic" integer unit mm[Hg] range 60..250 hard
  field dbp "Diastolic" integer unit mm[Hg]
  heading "Where"
  field place "Site" choice { oral "Oral" ear "Ear" } if temp is known
  matrix symptoms "Symptoms" choice { n "No" y "Yes" } { row chills "Chills" row rash "Rash" }
  derive map "Mean pressure" = (sbp + 2 * dbp) / 3
  field height "Height" integer unit cm range 120..210 soft range 100..230 hard at D0
  field appetite "Appetite" slider range 0..100 ends "None" "Usual" "Very good"
  check bp "Diastolic is below systolic" where dbp < sbp
}
"""
_QUOTED = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
HOSTILE_TRIAL = TRIAL.replace('"Temperature"', f'"{_QUOTED}"').replace('"Vital signs"', '"=1+1 访视 <b>"')


def rendering(text: str = TRIAL, templates: str | None = None, fonts: str | None = None) -> Rendering:
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    return Rendering(
        compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources, templates, None, fonts
    )


def large(forms: int = 60, visits: int = 40, fields: int = 20) -> str:
    """So many forms of so many fields, each at every visit."""
    lines = ['protocol LARGE { title "A large trial" }', "timeline { day 0 = V0 }", 'stage s "Treatment" {']
    lines += [f'  visit V{at} "Visit {at}" day {7 * at}' for at in range(visits)]
    lines.append("}")
    for form in range(forms):
        lines.append(f'assess a{form} "Assessment {form}" at V0..V{visits - 1}')
        lines.append(f'form f{form} "Form {form}" records a{form} {{')
        for at in range(fields - 1):
            kind = ("integer unit mm[Hg] range 1..9 soft", 'choice { a "First" b "Second" c "Third" }', "text", "date")
            lines.append(f'  field f{form}_{at} "Question {at} of form {form}" {kind[at % 4]}')
        lines.append(f'  derive f{form}_sum "Sum" = f{form}_0 + f{form}_4')
        lines.append("}")
    return "\n".join(lines)
