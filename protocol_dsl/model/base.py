"""What all parts of the model share: where they come from, what was noted about them, quantities, conditions."""

from typing import TYPE_CHECKING, Any, Literal

from protocol_dsl.model import mode

if TYPE_CHECKING or not mode.plain:
    from pydantic import BaseModel, ConfigDict

    class Part(BaseModel):
        """A frozen part of a compiled protocol."""

        model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

else:
    from protocol_dsl.model.plain import Part


class Origin(Part):
    """The place in the source that a part comes from; lines and columns from 1, the end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Note(Part):
    """An `@` note or a `todo`: what was assumed, what is open, where a fact comes from, what is allowed."""

    kind: Literal["source", "assumed", "todo", "renamed_from", "allow", "discretion"]
    text: str
    code: str | None = None
    """For `allow`: the acknowledged code. For `renamed_from`: the old name."""
    by: tuple[str, ...] = ()
    """For `discretion`: who decides."""
    origin: Origin


class Element(Part):
    """A named thing. The name is its identity: it survives reordering and rewording."""

    name: str
    label: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()

    @property
    def title(self) -> str:
        """Its label, or its name when it has none."""
        return self.label or self.name


class Quantity(Part):
    """A number with its unit."""

    value: int | float
    unit: str
    """Spelling in the language, such as `copies/ug`."""
    ucum: str
    """UCUM code, such as `{copies}/ug`."""
    written: str
    """The number as the author wrote it, such as `3.0e8`."""


class Duration(Part):
    """A length of time: one quantity, or the shorter or longer of two."""

    quantities: tuple[Quantity, ...]
    choose: Literal["only", "shorter", "longer"] = "only"


class Gap(Part):
    """A distance in time, `3 to 14 days`; `lower` equals `upper` for a single duration. In the unit as written."""

    lower: int | float
    upper: int | float
    unit: str
    duration: Duration


class Point(Part):
    """A point in time.

    `timeline`: day, week, month or year `number` of the trial. `place`: a visit, event or anchor `of`.
    `after`/`before`: `duration` after or before `of`. `start_of`/`end_of`: of the stage or visit `of`.
    `elapsed`: a duration whose beginning the surrounding statement gives.
    """

    kind: Literal["timeline", "place", "after", "before", "start_of", "end_of", "elapsed"]
    unit: Literal["day", "week", "month", "year"] | None = None
    number: int | None = None
    of: str | None = None
    duration: Duration | None = None
    origin: Origin


class Expression(Part):
    """A condition or measure: as written (canonical spelling), in English, and as a tree for programs."""

    text: str
    english: str
    type: Literal["boolean", "number", "quantity", "choice", "text", "date", "unknown"]
    names: tuple[str, ...] = ()
    """The declared things it speaks of, in order."""
    tree: dict[str, Any]
    origin: Origin


class Choice(Part):
    """One permitted value of a coded result or field; `ncit` is its concept in the NCI Thesaurus."""

    code: str
    label: str
    ncit: str | None = None
