"""ELI: whether the schedule lets people judge who can take part, and do what the criteria promise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.checks.measures import assessment_of, listed
from protocol_dsl.checks.text import place_of
from protocol_dsl.diagnostics.model import ERROR, WARNING, Diagnostic, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.outcomes import Criterion
    from protocol_dsl.model.schedule import Assessment

# Compiled when a criterion has one of these words; hardly any has.
_HINTS = ("monthly", "weekly", "fortnight", "every ", "once a ")
_RHYTHM = r"\b(?:monthly|weekly|fortnightly|every (?:\w+ )?(?:days?|weeks?|months?)|once a (?:day|week|month))\b"
_WATCH = (
    r"\b(?:monitor\w*|test\w*|PCR|examin\w*|check\w*|measure\w*|assay\w*|sampl\w*|ultrasound|imaging|scan\w*|x-ray)\b"
)


@rule("ELI001", "criterion-not-measured", ERROR)
def criterion_not_measured(trial: Trial) -> Iterator[Diagnostic]:
    """A criterion tests a value at a visit at which it is not taken.

    What it means:
        The condition of the criterion speaks of a value, and its assessment is not done at the visits of the criterion;
        or the criterion names no visit, and the value is first taken after the anchor of the timeline.

    Why it matters:
        Nobody can tell whether the participant meets the criterion, and each enrolment is a guess or a deviation.

    Example:
        assess cbc "Complete blood count" at D28 { result anc "Neutrophils" (10*9/L) }
        eligibility { include count "Neutrophils of at least 1.0e9/L" where anc >= 1.0e9/L at SCR }

    Instead:
        assess cbc "Complete blood count" at SCR, D28 { result anc "Neutrophils" (10*9/L) }
        eligibility { include count "Neutrophils of at least 1.0e9/L" where anc >= 1.0e9/L at SCR }
    """
    for criterion, visits in criteria(trial):
        if criterion.kind not in ("include", "exclude", "option"):
            continue
        for assessment in _measured(trial, criterion):
            if not assessment.visits:
                continue  # SCH036 tells it
            if visits:
                missing = tuple(name for name in visits if name not in assessment.visits)
                where = f"at {listed(missing)}, where it is asked for"
                way_out = f"add {listed(missing)} to `assess {assessment.name}`"
            else:
                first = [trial.window(name)[0] for name in assessment.visits]
                known = [day for day in first if day is not None]
                missing = assessment.visits if len(known) == len(first) and min(known) > 0 else ()
                where = "before the first dose"
                way_out = f"add a screening visit to `assess {assessment.name}`"
            if missing:
                yield criterion_not_measured.at(
                    trial.head(criterion.origin),
                    f"{criterion.name} needs {assessment.title}, which is not done {where}",
                    also=trial.mark(assessment.origin, f"done at {listed(assessment.visits)}"),
                    help=way_out,
                )


def _measured(trial: Trial, criterion: Criterion) -> list[Assessment]:
    names = [*(criterion.where.names if criterion.where is not None else ()), *criterion.requires]
    found = [assessment_of(trial, name) for name in names]
    return list({each.name: each for each in found if each is not None}.values())


def criteria(trial: Trial) -> Iterator[tuple[Criterion, tuple[str, ...]]]:
    """Each criterion, washout and restriction and each option below them, with the visits that are meant."""
    eligibility = trial.protocol.eligibility
    left = [] if eligibility is None else [(each, each.visits) for each in reversed(eligibility.criteria)]
    while left:
        criterion, visits = left.pop()
        yield criterion, visits
        left.extend((each, each.visits or visits) for each in reversed(criterion.options))


@rule("ELI002", "duty-without-assessment", WARNING)
def duty_without_assessment(trial: Trial) -> Iterator[Diagnostic]:
    """The text of a criterion promises a repeated test that the schedule does not have.

    What it means:
        The text says how often something is tested or watched, such as a monthly PCR, and no assessment that the
        criterion names, by its condition or by `requires`, is done at two visits or more after the first dose.

    Why it matters:
        Duties in criteria are read at screening and forgotten afterwards: no schedule and no form reminds of them.

    Example:
        exclude latent "HBcAb positive, unless HBV DNA is negative; those enrolled have a monthly PCR"

    Instead:
        visits HBV1..HBV12 "HBV DNA, month {n}" month n ±7 days if hbcab = positive
        assess hbv_pcr "HBV DNA" at SCR, HBV1..HBV12 if hbcab = positive
        exclude latent "HBcAb positive, unless HBV DNA is negative; those enrolled have a monthly PCR" {
          requires hbv_pcr
        }
    """
    for criterion, _ in criteria(trial):
        text = criterion.text.lower()
        if not any(hint in text for hint in _HINTS):
            continue
        rhythm = re.search(_RHYTHM, criterion.text, re.IGNORECASE)
        if rhythm is None or re.search(_WATCH, criterion.text, re.IGNORECASE) is None:
            continue
        if any(_is_repeated(trial, assessment) for assessment in _measured(trial, criterion)):
            continue
        yield duty_without_assessment.at(
            place_of(trial, criterion.origin, rhythm[0]),
            f"{criterion.name} promises a test {' '.join(rhythm[0].split())}, and no assessment of it is repeated",
            help="schedule the test with `visits` and `assess`, and name it here: `requires NAME`",
        )


def _is_repeated(trial: Trial, assessment: Assessment) -> bool:
    later = [name for name in assessment.visits if (day := trial.window(name)[0]) is not None and day > 0]
    return len(later) > 1
