"""NAM: names, and words that stand for values."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, rule


@rule("NAM001", "unknown-name", ERROR)
class UNKNOWN_NAME:
    """A name is used that is declared nowhere.

    What it means:
        Every visit, assessment, product, result or fact that a statement speaks of is declared once, under the
        same name, with the same capital letters.

    Why it matters:
        An assessment at a visit that does not exist would never be done.

    Example:
        group safety "Safety visits" = SCR, D82

    Instead:
        group safety "Safety visits" = SCR, D28
    """


@rule("NAM002", "name-declared-twice", ERROR)
class DUPLICATE_NAME:
    """One name is declared twice for things of one kind.

    What it means:
        The name is the identity of a thing: two visits, or a visit and a stage, cannot share one.

    Why it matters:
        Nobody could tell which of the two a list means, and an amendment could not be compared.

    Example:
        visit D4 "Day 4" day 4
        visit D4 "Day four" day 5

    Instead:
        visit D4 "Day 4" day 4
        visit D5 "Day 5" day 5
    """


@rule("NAM003", "wrong-kind-of-name", ERROR)
class WRONG_KIND:
    """A name is declared, but as something else than is due here.

    What it means:
        A list of visits takes visits, stages, groups and cycles; `gives` takes products; `for` takes arms,
        populations and cohorts.

    Why it matters:
        The statement would mean nothing.

    Example:
        give infusion at D1

    Instead:
        give CT1192 at infusion
    """


@rule("NAM004", "unknown-value", ERROR)
class UNKNOWN_VALUE:
    """A word stands where one of a fixed set of values is due.

    What it means:
        Phases, purposes, statuses, categories and the like come from the registries' own value sets, in lower case.

    Why it matters:
        A registry accepts only its own values.

    Example:
        phase early

    Instead:
        phase early_phase_1
    """


@rule("NAM005", "said-twice", ERROR)
class SAID_TWICE:
    """Something that can be said once is said twice.

    What it means:
        A visit has one day and one window, a protocol one title and one timeline.

    Why it matters:
        The two may contradict each other, and one of them would be ignored.

    Example:
        visit D4 "Day 4" day 4 day 5

    Instead:
        visit D4 "Day 4" day 4
    """


@rule("NAM006", "unknown-reference-in-text", ERROR)
class UNKNOWN_REFERENCE:
    """A `{reference}` in a text names nothing.

    What it means:
        `{CT1192}` in a text is filled in from the declaration of CT1192. A brace that is meant as such is `{{`.

    Why it matters:
        The text would be printed with a hole.

    Example:
        objective safety primary "To describe the safety of {CT1129}"

    Instead:
        objective safety primary "To describe the safety of {CT1192}"
    """


@rule("NAM007", "range-out-of-order", ERROR)
class RANGE_ORDER:
    """A range of visits or numbers ends before it begins.

    What it means:
        `M12..M1` and `6..3` hold nothing. Visits are counted in the order of the schedule.

    Why it matters:
        An assessment on an empty range would never be done.

    Example:
        assess cbc "Complete blood count" at M12..M1

    Instead:
        assess cbc "Complete blood count" at M1..M12
    """


@rule("NAM008", "series-not-understood", ERROR)
class BAD_SERIES:
    """A series of visits or cycles cannot be generated.

    What it means:
        `visits M2..M12` needs two names that differ in their closing number alone; `visits T1, T2 … after M3, M6`
        needs as many references as names, or one.

    Why it matters:
        The visits would have no names or no days.

    Example:
        visits M2..W12 "Month {n}" month n

    Instead:
        visits M2..M12 "Month {n}" month n
    """


@rule("NAM009", "part-not-said", ERROR)
class NOT_SAID:
    """A statement lacks a part without which it means nothing.

    What it means:
        A protocol file needs its `protocol` block; a series needs its days; a rule needs what follows from it.

    Why it matters:
        The compiler fills nothing in silently.

    Example:
        visits M2..M12 "Month {n}"

    Instead:
        visits M2..M12 "Month {n}" month n
    """


@rule("NAM010", "ambiguous-reference", ERROR)
class AMBIGUOUS:
    """A name in a text or a translation is declared for things of several kinds.

    What it means:
        `{safety}` could be the group of visits or the objective.

    Why it matters:
        The text would say one of them by chance.

    Example:
        "At {safety} visits …" where both a group and an objective are named safety

    Instead:
        rename one of the two
    """


@rule("NAM011", "range-catches-other-series", NOTE)
class CATCHES_OTHER:
    """A range of one series also takes in visits of another.

    What it means:
        `W2..W26` means everything that is scheduled between the two visits, also a telephone call in week 3.

    Why it matters:
        An assessment may be asked for at a visit where nobody meant it.

    Example:
        assess vitals "Vital signs" at W2..W26   (T1 is a call in week 3)

    Instead:
        assess vitals "Vital signs" at W2..W26 except T1
    """


@rule("NAM012", "clause-without-effect", ERROR)
class NO_EFFECT:
    """A clause is used where it cannot mean anything.

    What it means:
        `step` belongs to a generated series, `in C1` to a visit of a cycle, `drift` to `every`.

    Why it matters:
        The author meant something that the schedule does not do.

    Example:
        visit D4 "Day 4" day 4 step 2

    Instead:
        visits D4..D12 "Day {n}" day n step 2
    """


@rule("NAM013", "note-behind-a-statement", WARNING)
class NOTE_BEHIND:
    """A note stands behind a statement, and is about the next one.

    What it means:
        A note such as `@assumed` is always about the statement or clause after it. This one ends the line of
        another statement, or is indented below it.

    Why it matters:
        The lists of assumptions and open points would name the wrong statement.

    Example:
        visit D4 "Day 4" day 4   @assumed "the day is not in the record"
        visit D7 "Day 7" day 7

    Instead:
        @assumed "the day is not in the record"
        visit D4 "Day 4" day 4
        visit D7 "Day 7" day 7
    """
