"""Codes about files of participants and sites: what cannot be used in them, row by row."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, WARNING, rule


@rule("PAR001", "row-unusable", ERROR)
class ROW_UNUSABLE:
    """A row of a file cannot be used.

    What it means

    The message has the cell and the reason: a date that does not exist, an event that the protocol does not have, an
    arm that it does not know, a code that is no code, bytes that are not UTF-8. The row is left out, and all other
    rows are used.

    Why it matters

    A date that was guessed at moves every visit that is counted from it. A row that was dropped in silence makes a
    visit overdue that took place.

    Example

        code,event,date
        P001,D28,2026-02-29

    Instead

    Correct the row. Dates are written year-month-day.

        code,event,date
        P001,D28,2026-02-28
    """


@rule("PAR002", "rows-contradict", ERROR)
class ROWS_CONTRADICT:
    """Two rows say different things of the same participant.

    What it means

    The same event has two dates or two states, or a participant two sites or arms. The first row holds; the second
    one is left out. Only unscheduled visits and events that may come again can stand several times.

    Why it matters

    One of the two rows is wrong, and which of them only the site knows.

    Example

        code,event,date
        P001,infusion,2026-03-02
        P001,infusion,2026-03-20

    Instead

    Ask the site, and take the wrong row out.

        code,event,date
        P001,infusion,2026-03-02
    """


@rule("PAR003", "row-to-look-at", WARNING)
class ROW_TO_LOOK_AT:
    """A row is used or left out for a reason that people should know.

    What it means

    A column is not known, a row stands twice, a date lies after the day that the calendar is made for, or a visit took
    place that is not foreseen for this arm.

    Why it matters

    Nothing is wrong for certain. But a misspelt heading makes a whole column disappear.

    Example

        code,event,date,centre
        P001,infusion,2026-03-02,A

    Instead

        code,event,date,site
        P001,infusion,2026-03-02,A
    """


@rule("PAR004", "no-working-day", WARNING)
class NO_WORKING_DAY:
    """A visit is due on a day off, and its window has no working day to move it to.

    What it means

    The protocol says `shift previous`, `next` or `nearest`. No day of the window on that side is a working day of the
    site, so that the visit stays where it is. A visit is never moved out of its window.

    Why it matters

    Held on the day, it needs people on a day off. Held a day later, it is a protocol deviation.

    Example

        visit D28 "Day 28" day 28 shift next

    Instead

    Give the visit a window that reaches over a weekend, or plan its staff now.

        visit D28 "Day 28" day 28 -0/+2 days shift next
    """


@rule("PAR005", "table-unusable", ERROR)
class TABLE_UNUSABLE:
    """A file of participants, sites or days off has no table that can be read.

    What it means

    The file is empty, is a spreadsheet rather than CSV, or its first line lacks a column that is needed. The message
    says which.

    Why it matters

    Without its heading nobody knows what a column means.

    Example

        P001,infusion,2026-03-02

    Instead

        code,event,date
        P001,infusion,2026-03-02
    """
