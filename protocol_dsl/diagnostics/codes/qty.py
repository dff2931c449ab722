"""QTY: numbers, units and types."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, rule


@rule("QTY001", "unknown-unit", ERROR)
class UNKNOWN_UNIT:
    """A unit that the language does not know.

    What it means:
        Units are real ones, with UCUM behind them: `mg/m2`, `1.0e9/L`, `copies/ug`, `mm[Hg]`. A unit of your own is
        defined once: `define patch = 54 mg`.

    Why it matters:
        An unknown unit can be neither converted nor checked.

    Example:
        assess cbc "Complete blood count" at SCR { blood 3 mll }

    Instead:
        assess cbc "Complete blood count" at SCR { blood 3 mL }
    """


@rule("QTY002", "wrong-kind-of-quantity", ERROR)
class WRONG_DIMENSION:
    """A quantity of the wrong kind.

    What it means:
        A window takes a time, a blood volume takes a volume, a tolerance takes a percentage.

    Why it matters:
        The number was most likely meant for something else.

    Example:
        visit D4 "Day 4" day 4 ±3 mL

    Instead:
        visit D4 "Day 4" day 4 ±3 days
    """


@rule("QTY003", "exponent-lost", ERROR)
class LOST_EXPONENT:
    """The exponent of a power of ten was lost in copying.

    What it means:
        `3.0 × 108` stood in the source with a raised 8. Read as it stands it is 324, a million times too little.

    Why it matters:
        A dose that is wrong by a factor of a million is the worst fault a protocol can have.

    Example:
        dose CT1192 { level DL1 3.0×108 cells }

    Instead:
        dose CT1192 { level DL1 3.0e8 cells }
    """


@rule("QTY004", "units-do-not-compare", ERROR)
class INCOMPARABLE:
    """Two quantities are compared or added that measure different things.

    What it means:
        Both sides of a comparison need units that convert into each other.

    Why it matters:
        A threshold in the wrong unit lets the wrong participants in.

    Example:
        include anc "Neutrophils" where anc >= 1.0 mg

    Instead:
        include anc "Neutrophils" where anc >= 1.0e9/L
    """


@rule("QTY005", "wrong-type", ERROR)
class WRONG_TYPE:
    """An expression has the wrong type.

    What it means:
        A condition must be true or false; a code can only be one of its list; a text cannot be added.

    Why it matters:
        The condition would never hold, or always.

    Example:
        include fertile "Fertile" where age

    Instead:
        include adult "Adult" where age >= 18 years
    """


@rule("QTY006", "number-not-possible", ERROR)
class BAD_NUMBER:
    """A number that is not possible here.

    What it means:
        Counts are whole and not negative, percentages lie between 0 and 100, a range rises.

    Why it matters:
        It is a slip that would be printed into every document.

    Example:
        enrollment -12 participants

    Instead:
        enrollment 12 participants
    """


@rule("QTY007", "unit-due", ERROR)
class UNIT_DUE:
    """A bare number is compared with a quantity.

    What it means:
        A result that is declared with a unit is compared with a number and its unit.

    Why it matters:
        `anc >= 1` can be read as 1 ×10⁹/L or as 1 per litre.

    Example:
        include anc "Neutrophils" where anc >= 1

    Instead:
        include anc "Neutrophils" where anc >= 1.0e9/L
    """


@rule("QTY008", "date-not-possible", ERROR)
class BAD_DATE:
    """A date that does not exist.

    What it means:
        Dates are written year-month-day, as in `2026-03-01`.

    Why it matters:
        Calendars and registry records are made from it.

    Example:
        date start 2026-02-30 estimated

    Instead:
        date start 2026-02-28 estimated
    """
