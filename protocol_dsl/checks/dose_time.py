"""DOS: whether decisions wait for the DLTs that they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule


@rule("DOS030", "window-not-awaited", WARNING)
def window_not_awaited(trial: Trial) -> Iterator[Diagnostic]:
    """The next level opens before the DLT window of the last participant ends, or a stagger outlasts the window.

    What it means:
        `next level … after last of …` is shorter than the DLT window; or `stagger` is longer than it, so that the
        window is not what decides when the next participant is treated.

    Why it matters:
        The decision to escalate would be made before the DLTs that it rests on can be known.

    Example:
        dlt { window 28 days after infusion }
        escalation main of CT1192 { next level 14 days after last of cohort }

    Instead:
        dlt { window 28 days after infusion }
        escalation main of CT1192 { next level 28 days after last of cohort }
    """
    dlt = trial.protocol.dlt
    if dlt is None or dlt.window is None:
        return
    window = trial.spans.of(dlt.window.upper, dlt.window.unit).most
    if window is None:
        return
    for escalation in trial.protocol.escalations:
        gate = escalation.next_level
        if gate is not None:
            least = trial.spans.of(gate.gap.lower, gate.gap.unit).least
            if least is not None and least < window:
                yield window_not_awaited.at(
                    trial.span(gate.origin),
                    f"the next level opens {least} days after the last participant, and the DLT window lasts {window}",
                    also=trial.mark(dlt.window_origin, "the window") if dlt.window_origin is not None else (),
                    help=f"write `next level {window} days after last of {gate.after_last_of}`",
                )
        for stagger in escalation.stagger:
            most = trial.spans.of(stagger.gap.upper, stagger.gap.unit).most
            if most is not None and most > window:
                yield window_not_awaited.at(
                    trial.span(stagger.origin),
                    f"participants wait {most} days for each other, longer than the DLT window of {window} days",
                    also=trial.mark(dlt.window_origin, "the window") if dlt.window_origin is not None else (),
                    help="correct one of the two",
                )
