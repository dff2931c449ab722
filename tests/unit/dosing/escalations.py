"""Small trials with an escalation, for the checks and the command."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.pipeline import Compiled, check_text

TRIAL = """\
protocol CT1_SLE {{
  title "Cells in lupus"
  phase early_phase_1
  enrollment {enrollment} participants
}}
product CT1 "Cells" type biological route intravenous
timeline {{ day 0 = infusion }}
stage treatment "Infusion" {{ visit infusion "Infusion" day 0 }}
stage follow_up "Follow-up" {{ visit D28 "Day 28" day 28 ±2 days }}
give CT1 at infusion
dose CT1 {{
{levels}
}}
dlt {{
  window 28 days after infusion
  criterion crs "CRS of grade 4 or higher"
}}
{escalation}
"""


def source(escalation: str, enrollment: str = "about 30", levels: int = 3) -> str:
    """The text of a trial."""
    doses = "\n".join(f"  level DL{number} {number}.0e8 cells" for number in range(1, levels + 1))
    return TRIAL.format(escalation=escalation, enrollment=enrollment, levels=doses)


def compiled(escalation: str, enrollment: str = "about 30", levels: int = 3) -> Compiled:
    """The trial, compiled; its syntax, names and quantities are free of errors."""
    found = check_text(source(escalation, enrollment, levels))
    assert found.is_sound, [diagnostic.message for diagnostic in found.diagnostics]
    return found


def findings(code: str, escalation: str, enrollment: str = "about 30", levels: int = 3) -> list[Diagnostic]:
    """The findings of one code."""
    return [each for each in compiled(escalation, enrollment, levels).diagnostics if each.code == code]


CLASSIC = """\
escalation main of CT1 {
  start DL1
  cohort 3
  max 6 per level
  after 3 {
    0 dlt: escalate
    1 dlt: expand to 6
    2..3 dlt: de_escalate
  }
  after 6 {
    0..1 dlt: escalate
    2..6 dlt: de_escalate
  }
  above top: stop
  below bottom: stop without mtd
  closed when dlt >= 2
  mtd highest with n >= 3 and dlt <= 1
}
"""
