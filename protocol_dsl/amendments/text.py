"""A comparison for a terminal."""

from __future__ import annotations

from protocol_dsl.amendments.records import KINDS, Comparison
from protocol_dsl.amendments.summary import Line, by_class, lines, sentence, verdicts

_COLORS = {"+": "32", "-": "31", "~": "33", "→": "36", "»": "36"}
_BOLD, _FAINT = "1", "2"
MOST_EFFECTS = 12
"""More effects of one kind than this are counted, not listed; JSON and HTML have all of them."""


def text(comparison: Comparison, *, color: bool = False, title: str = "", all_effects: bool = False) -> str:
    """Changes by class, what follows, suggestions, and a summary line at the end. Colours are ANSI."""
    paint = _Paint(color)
    made: list[str] = [paint(title, _BOLD)] if title else []
    for klass, found in by_class(lines(comparison.changes)):
        made += ["", paint(klass, _BOLD)]
        made += [_line(line, paint) for line in found]
    made += _effects(comparison, paint, all_effects)
    if comparison.under_way is not None:
        from protocol_dsl.amendments import under_way_files

        made += ["", paint("Participants under way", _BOLD), f"  {comparison.under_way.sentence}"]
        made += [visible(line) for line in under_way_files.lines(comparison.under_way)]
    if comparison.changes:
        made += _suggestions(comparison, paint)
        made.append("")
    made.append(paint(sentence(comparison), _BOLD))
    return "\n".join(made).lstrip("\n") + "\n"


class _Paint:
    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text


def _line(line: Line, paint: _Paint) -> str:
    guess = "  (a guess)" if line.change.is_guess else ""
    shown = f"  {paint(line.symbol, _COLORS[line.symbol])} {visible(line.about.text)}{guess}"
    reason = line.change.rationale
    return shown + (paint(f"\n      because: {visible(reason)}", _FAINT) if reason else "")


def _effects(comparison: Comparison, paint: _Paint, all_effects: bool) -> list[str]:
    made: list[str] = []
    for kind, title in KINDS.items():
        several = [effect for effect in comparison.effects if effect.kind == kind]
        if not several:
            continue
        if not made:
            made += ["", paint("What follows", _BOLD)]
        made.append(f"  {title}")
        shown = several if all_effects else several[:MOST_EFFECTS]
        made += [f"    {visible(effect.text)}" for effect in shown]
        if len(several) > len(shown):
            made.append(f"    … and {len(several) - len(shown)} more")
    return made


def _suggestions(comparison: Comparison, paint: _Paint) -> list[str]:
    made = ["", paint("Suggestions, for a person to confirm", _BOLD)]
    width = 10 if all(verdict.state == "suggested" for verdict in verdicts(comparison)) else 18
    for verdict in verdicts(comparison):
        by = f"{', '.join(verdict.rules[:3])}" if verdict.rules else ""
        more = f" and {len(verdict.rules) - 3} more" if len(verdict.rules) > 3 else ""
        state = f" ({verdict.state})" if verdict.state != "suggested" else ""
        made.append(f"  {verdict.title:<33}{verdict.value + state:<{width}}{paint(by + more, _FAINT)}".rstrip())
        made += [paint(f"      because: {visible(reason)}", _FAINT) for reason in verdict.reasons]
    return made


def visible(value: str) -> str:
    """A text of the protocol without characters that steer a terminal."""
    from protocol_dsl.diagnostics.render.escape import visible as escaped

    return escaped(value)
