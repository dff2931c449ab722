"""What a comparison says: changes, what follows from them, and what each of them suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from protocol_dsl.amendments.under_way import UnderWay
    from protocol_dsl.diagnostics.model import Diagnostic
    from protocol_dsl.model.base import Origin
    from protocol_dsl.model.study import Amendment
    from protocol_dsl.pipeline import Compiled

Kind = Literal["add", "remove", "update", "move", "rename"]
Path: TypeAlias = tuple[str, ...]

FLAGS = ("substantial", "reconsent", "registry_30d", "edc", "enrolled")
"""A substantial modification; new consent; an update of the registry within 30 days; a change of the EDC system; people
already enrolled are affected."""


class Flag(NamedTuple):
    """One suggestion: `yes`, `no` or `review`, by which rule, and whether the author confirmed or overrode it."""

    value: str
    rule: str
    state: Literal["suggested", "confirmed", "overridden"] = "suggested"
    reason: str | None = None


class Change(NamedTuple):
    """One change, by the path of names to what changed, such as `("visits", "D28", "window")`.

    `old` and `new` are parts of the trees of `canonical.py`; of a rename the two names, of a move the places from 1.
    `position` is the place, from 0, of what was added to a list whose order means something. A rename that is
    only a guess `is_guess`. `klass` is the class, `rule` the rule that gave it.
    """

    action: Kind
    path: Path
    old: Any = None
    new: Any = None
    position: int | None = None
    is_guess: bool = False
    old_place: Origin | None = None
    new_place: Origin | None = None
    klass: str = ""
    rule: str = ""
    flags: dict[str, Flag] | None = None
    rationale: str | None = None


class Effect(NamedTuple):
    """What follows from the changes. `kind` is one of `KINDS`; `text` is one line for people.

    `path` names a changed thing, where the effect belongs to one.
    """

    kind: str
    subject: str
    old: Any
    new: Any
    text: str
    path: Path | None = None


KINDS = {
    "window": "Visit windows that follow from the schedule",
    "burden": "Per participant",
    "pharmacokinetics": "Pharmacokinetics",
    "escalation": "Dose escalation",
    "criterion": "Eligibility",
    "endpoint": "Endpoints",
    "form": "Case report forms",
    "registry": "Registry record",
    "document": "Documents that change",
}
"""The kinds of effects with their headings, in the order in which they are shown."""


class Comparison(NamedTuple):
    """Everything about two versions: what changed, what follows, what was found wrong with the amendment block, and,
    where they were asked for, what it means for participants who are under way."""

    old: Compiled
    new: Compiled
    changes: list[Change]
    effects: list[Effect]
    diagnostics: list[Diagnostic]
    amendment: Amendment | None
    under_way: UnderWay | None = None

    def flagged(self, flag: str, value: str = "yes") -> list[Change]:
        """The changes whose flag has this value."""
        return [change for change in self.changes if change.flags and change.flags[flag].value == value]


def path_text(path: Path) -> str:
    """A path as one text: names with `/` between them, a `/` in a name as `~1`, a `~` as `~0` (as in RFC 6901)."""
    return "/".join(step.replace("~", "~0").replace("/", "~1") for step in path)
