"""DOS: whether decisions wait for the DLTs that they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.checks.trial import Trial
from protocol_dsl.diagnostics.model import WARNING, Diagnostic, rule


@rule("DOS030", "window-not-awaited", WARNING)
def window_not_awaited(trial: Trial) -> Iterator[Diagnostic]:
    """Participants wait for each other longer than DLTs are observed.

    What it means:
        `stagger` is longer than the DLT window, so that the window is not what decides when the next participant is
        treated. A next level that opens too early is SCH042.

    Why it matters:
        One of the two times is a slip: either DLTs are expected after the window, or participants wait for nothing.

    Example:
        dlt { window 28 days after infusion }
        escalation main of CT1192 { stagger 42 days after first of level }

    Instead:
        dlt { window 28 days after infusion }
        escalation main of CT1192 { stagger 14 days after first of level }
    """
    dlt = trial.protocol.dlt
    if dlt is None or dlt.window is None:
        return
    window = trial.spans.of(dlt.window.upper, dlt.window.unit).most
    for escalation in trial.protocol.escalations:
        for stagger in escalation.stagger:
            most = trial.spans.of(stagger.gap.upper, stagger.gap.unit).most
            if window is not None and most is not None and most > window:
                yield window_not_awaited.at(
                    trial.span(stagger.origin),
                    f"participants wait {most} days for each other, longer than the DLT window of {window} days",
                    also=trial.mark(dlt.window_origin, "the window") if dlt.window_origin is not None else (),
                    help="correct one of the two",
                )
