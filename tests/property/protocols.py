"""Random but valid protocols: stages, visits of all kinds of timing, and everything that refers to them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

HOSTILE = (
    "plain", 'with \\"quotes\\"', "{{braces}}", "筛选访视", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "a\\\\b",
    "50 % & more", "'single'", "‮right to left", "tab\tinside", "emoji 🧬", "]]> &amp; <!--", "{CT1} given",
    "# no comment", "@source no note", "nul \x00 esc \x1b[31m bell \x07 form \x0c", "\u2028line\u2029", "\U000e0001",
    "x" * 300, "`code` *star* _line_ [link](x)", "| pipe | table |", "$(rm) %s %d {{n}}",
)  # fmt: skip
TIMES = ("±1 day", "±3 days", "-2/+5 days", "±1 week", "")


CLAUSES = (
    "category safety", "blood 3 mL", "valid 7 days", "if sex = female", "for SLE", "unit copies/ug", "times pk",
    "times for infusion pre_dose -60/+0 min, +15, +30 min ±5 min",
)  # fmt: skip
CONDITIONS = (
    "anc >= 1.0e9/L", "alt < 3 xULN", "hbsag = positive", "hbsag is one_of (positive, negative)", "age >= 18 years",
    "fertile", "sledai.total >= 7", "anc is known", "sledai.total[SCR] > 3", "sex = female", "weight > 40 kg",
)  # fmt: skip
MORE = (
    'arm control "Control" role other randomize 2:1 to treated, control at SCR { block 6 }',
    "stage courses \"Courses\" parallel { cycles C1..C3 \"Cycle\" of 21 days from day 1 { visit D1 day 1 ±2 days } }",
    "stage scans \"Scans\" parallel { visits IMG1.. every 9 weeks after infusion ±7 days until progression }",
    'instrument own_index "Own" { item i1 "I" 0..3 item i2 "J" choice { 0 "No" 1 "Yes" } total sum }',
    'amendment "2.0" on 2026-06-01 from "1.0" { reason new_data summary "S" change SCR "Why" applies future_visits }',
    'modifications CT1 { rule low "Low" where anc < 0.5e9/L then hold CT1 until anc >= 1.0e9/L }',
    'stopping "Study" { rule d "D" where count(death) >= 1 then pause enrolment }',
    'analysis_set itt "ITT" where enrolled sample_size 30 participants { power 80 % alpha 5 % two_sided }',
    "define patch = 54 mg give CT1 3 patch every 1 week from infusion to day 28",
    "gate before infusion \"Check\" { require r \"R\" where anc >= 1.0e9/L otherwise delay infusion for 7 days }",
    "order SCR at least 2 days before infusion",
    'form diary "Diary" repeating { field day_of "Day" date required field pain "Pain" slider range 0..10 }',
)  # fmt: skip


@st.composite
def label(draw: DrawFn) -> str:
    """A text in quotes."""
    return f'"{draw(st.sampled_from(HOSTILE))}"'


@st.composite
def notes(draw: DrawFn) -> str:
    """Notes before a statement, mostly none."""
    found = draw(st.lists(st.sampled_from(("source", "assumed", "todo")), max_size=2))
    return "".join(f"@{kind} {draw(label())}\n" for kind in found)


@st.composite
def visits(draw: DrawFn) -> tuple[str, list[str]]:
    """The stages of a trial with an infusion on day 0, and the names of their visits."""
    names = ["SCR", "infusion"]
    parts = [
        f"stage screening {draw(label())} {{ visit SCR {draw(label())} day -{draw(st.integers(15, 60))} to -8 }}",
        'stage treatment "Infusion" { visit infusion "Infusion" day 0 }',
    ]
    follow: list[str] = []
    if draw(st.booleans()):
        follow.append("visits LD1..LD3 from day -5 every 1 day")
        names += ["LD1", "LD2", "LD3"]
    for day in draw(st.lists(st.integers(1, 28), max_size=4, unique=True).map(sorted)):
        window = draw(st.sampled_from(TIMES)) if day > 8 else ""
        extra = draw(
            st.sampled_from(("", "by phone", "optional", "lasting 2 h", f"note {draw(label())}", "if sex = female"))
        )
        follow.append(f"{draw(notes())}visit D{day} {draw(label())} day {day} {window} {extra}")
        names.append(f"D{day}")
    last = draw(st.integers(2, 6))
    if draw(st.booleans()):
        follow.append(f'visits M2..M{last} "Month {{n}}" month n {draw(st.sampled_from(TIMES))}')
        names += [f"M{n}" for n in range(2, last + 1)]
        if draw(st.booleans()):
            follow.append(f"visits Q1..Q2 every 3 months after M{last} ±7 days {draw(st.sampled_from(('', 'drift')))}")
            names += ["Q1", "Q2"]
        if draw(st.booleans()):
            follow.append(f'visits T1, T2 "Call" 2 weeks after M2, M{last} by phone')
            names += ["T1", "T2"]
    if draw(st.booleans()):
        follow.append('visit R1 "After" 3 to 14 days after infusion')
        names.append("R1")
    if draw(st.booleans()):
        follow += ['visit ET "Early" on withdrawal', 'visit UNS "Unscheduled" unscheduled']
    parts.append(f'stage follow_up "Follow-up" {{ {chr(10).join(follow)} }}')
    return "\n".join(parts), names


@st.composite
def sets(draw: DrawFn, names: list[str]) -> str:
    """A set of visits."""
    some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    form = draw(st.sampled_from(("list", "stage", "except", "range", "group")))
    if form == "stage":
        return draw(st.sampled_from(("screening", "treatment", "follow_up")))
    if form == "except":
        return f"all except {', '.join(some)}"
    if form == "range":
        return "infusion..infusion"
    return "some" if form == "group" else ", ".join(some)


@st.composite
def assessments(draw: DrawFn, names: list[str]) -> str:
    """Assessments with all their clauses."""
    parts = [
        """assess labs "Labs" category laboratory at SCR {
          result anc "Neutrophils" (10*9/L)
          result alt "ALT" (U/L)
          result hbsag "HBsAg" choice { positive "Positive" negative "Negative" }
        }""",
        'assess sledai "SLEDAI-2K" uses sledai_2k at SCR',
    ]
    for number in range(draw(st.integers(0, 4))):
        clauses = [f"at {draw(sets(names))}"]
        if draw(st.booleans()):
            clauses.append(f"at {draw(sets(names))}")
        clauses += draw(st.lists(st.sampled_from(CLAUSES), max_size=4, unique_by=lambda clause: clause.split()[0]))
        clauses += [f"note {draw(label())}"] * draw(st.integers(0, 1)) + [f"method {draw(label())}"] * draw(
            st.integers(0, 1)
        )
        parts.append(f"{draw(notes())}assess a{number} {draw(label())} {{ {chr(10).join(clauses)} }}")
    parts.append('timepoints pk "PK" { pre_dose -60/+0 min, +1, +4 h ±10 min }')
    if draw(st.booleans()):
        parts.append(f"collect ae {draw(label())} from consent to end of follow_up note {draw(label())}")
    return "\n".join(parts)


@st.composite
def doses(draw: DrawFn) -> str:
    """Dose levels, DLTs and an escalation: a table, or a published design."""
    count = draw(st.integers(1, 4))
    levels = " ".join(f"level DL{n} {n}.5e8 cells" for n in range(1, count + 1))
    dose = f"dose CT1 {{ {levels} {draw(st.sampled_from(('', 'tolerance ±20 %')))} }} give CT1 at infusion"
    if draw(st.booleans()):
        dose += f" dlt {{ window 28 days after infusion criterion tox {draw(label())} evaluable {draw(label())} }}"
    split = draw(st.integers(0, 2))
    table = f"after 3 {{ 0..{split} dlt: escalate {split + 1}..3 dlt: stop }} above top: stop below bottom: stop"
    design = draw(
        st.sampled_from(
            (
                "",
                f"of CT1 {{ start DL1 cohort 3 max 6 per level {table} }}",
                "of CT1 uses boin { target 30 % start DL1 cohort 3 max 12 }",
            )
        )
    )
    return dose + (f"\nescalation main {design}" if design else "")


@st.composite
def conditions(draw: DrawFn, depth: int = 2) -> str:
    """A condition on the results and facts of the trial."""
    plain = st.sampled_from(CONDITIONS)
    if depth == 0 or draw(st.booleans()):
        return draw(plain)
    left, right = draw(conditions(depth - 1)), draw(conditions(depth - 1))
    return draw(st.sampled_from((f"({left} and {right})", f"({left} or {right})", f"not ({left})")))


@st.composite
def eligibility(draw: DrawFn, names: list[str]) -> str:
    """Criteria, with options in options."""
    parts = ["sex all", "age from 18 years to 70 years", "healthy_volunteers no"]
    for number in range(draw(st.integers(0, 4))):
        word = draw(st.sampled_from(("include", "exclude")))
        where = f"where {draw(conditions())} at SCR" if draw(st.booleans()) else ""
        options = ""
        kind = ""
        if draw(st.booleans()):
            kind = draw(st.sampled_from(("one_of ", "all_of ", "at least 1 of ")))
            options = f"{{ option x {draw(label())} option y {draw(label())} where {draw(conditions())} }}"
        parts.append(f"{draw(notes())}{word} {kind}c{number} {draw(label())} {where} {options}")
    if draw(st.booleans()):
        parts.append(f"washout w {draw(label())} shorter of 2 weeks, 5 half_lives before infusion")
        parts.append(f"restriction r {draw(label())} from consent to 6 months after infusion")
    return "eligibility { " + "\n".join(parts) + " }"


@st.composite
def endpoints(draw: DrawFn, names: list[str]) -> str:
    """Objectives, endpoints with all kinds of time frames."""
    parts = [f"objective o1 primary {draw(label())}"]
    frames = (
        "at SCR",
        "from infusion to end of follow_up",
        "up to month 24 after infusion",
        "from day 0 to day 28",
        f"at {names[-1]}",
    )
    measures = ("change(sledai.total) from SCR", "count(labs)", "time_to(death)", "percent_change(anc) from SCR")
    for number in range(draw(st.integers(0, 3))):
        level = draw(st.sampled_from(("primary", "secondary", "exploratory")))
        parts.append(
            f"{draw(notes())}endpoint e{number} {level} {draw(label())} measure {draw(st.sampled_from(measures))} "
            f"timeframe {draw(st.sampled_from(frames))} supports o1"
        )
    return "\n".join(parts)


@st.composite
def forms(draw: DrawFn) -> str:
    """A form with fields of all types."""
    types = ("integer", "decimal 1", "text", "date", "time", "datetime", "yes_no", "file", 'choice { a "A" b "B" }')
    chosen = draw(st.lists(st.sampled_from(types), min_size=1, max_size=4))
    parts = [f"field f{n} {draw(label())} {type_}" for n, type_ in enumerate(chosen)]
    parts += ['field n1 "N" integer range 0..9 hard', 'field n2 "N" integer', 'derive d "D" = (n1 + n2) / 2']
    parts += ['check c "C" where n1 < n2', f'matrix m "M" choice {{ y "Y" n "N" }} {{ row r1 {draw(label())} }}']
    return f"form own {draw(label())} records labs {{ {chr(10).join(parts)} }}"


@st.composite
def protocols(draw: DrawFn) -> str:
    """The text of a valid protocol."""
    stages, names = draw(visits())
    some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    phase = draw(st.sampled_from(("phase_1", "phase_2", "early_phase_1")))
    summary = f'summary """\n  {draw(st.sampled_from(HOSTILE))}.\n  Second line.\n  """'
    enrollment = f"enrollment about {draw(st.integers(1, 500))} participants"
    parts = [
        f"protocol TRIAL {{ title {draw(label())} phase {phase} {enrollment} {summary} }}",
        "timeline { day 0 = infusion  month = calendar }",
        'product CT1 "cells" type biological route intravenous',
        f"population SLE {draw(label())}",
        'arm treated "Treated" role experimental gives CT1',
        'fact fertile "Fertile" if sex = female',
        stages,
        f"group some {draw(label())} = {', '.join(some)}",
        draw(assessments(names)),
        draw(doses()),
        draw(eligibility(names)),
        draw(endpoints(names)),
        draw(forms()) if draw(st.booleans()) else "",
        f"section background {draw(label())} {draw(label())}" if draw(st.booleans()) else "",
        'translate zh { SCR "筛选" }' if draw(st.booleans()) else "",
        *draw(st.lists(st.sampled_from(MORE), max_size=4, unique=True)),
        draw(st.sampled_from(("", "# a comment", f"todo {draw(label())}"))),
    ]
    return "\n".join(part for part in parts if part) + "\n"
