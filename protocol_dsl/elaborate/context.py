"""What every part of the elaborator needs: the scope, the findings, and the reading of small parts."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.diagnostics.model import Diagnostic, Edit, Fix, Label, Rule
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.elaborate.scope import Scope, Symbol
from protocol_dsl.model import wording
from protocol_dsl.model.base import Choice, Duration, Gap, Note, Origin, Point, Quantity
from protocol_dsl.model.schedule import Window
from protocol_dsl.quantities import (
    LostExponent,
    NumberError,
    UnitError,
    canonical_number,
    describe_dimension,
    is_duration,
    parse_number,
    parse_unit,
    split_quantity,
)
from protocol_dsl.quantities.known_units import Unit
from protocol_dsl.source import SourceMap, Span
from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.texts import string_value

CALENDAR_UNITS = {"days": "day", "weeks": "week", "months": "month", "years": "year"}
DAYS_IN = {"day": 1, "week": 7}
LABELS_IN_LABELS = 10
LONGEST_LABEL = 1000
_WANTED = {
    "time": ("a time", "a time, such as `28 days`"),
    "amount": ("an amount of a product", "an amount, such as `30 mg/m2`"),
    "%": ("a percentage", "a percentage, such as `20 %`"),
    "mL": ("a volume", "a volume, such as `3 mL`"),
}
"""What `quantity` can want: what it is called, and what to write."""
_REFERENCE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")


class Statement(NamedTuple):
    """A statement or clause with the notes before it."""

    node: Node
    notes: tuple[Note, ...]


class Context:
    """One elaboration: the texts, the names, the units, the findings."""

    def __init__(self, sources: SourceMap, scope: Scope) -> None:
        self.sources = sources
        self.scope = scope
        self.units: dict[str, Unit] = {}
        self.notes: list[Note] = []
        self.titles: dict[str, str] = {}
        self.numbered: set[Span] = set()
        """Places of the labels in which `{n}` is the number of a visit or cycle."""
        self._pending: dict[Span, str] = {}
        self._named = False
        self._labels: dict[str, str] = {}
        self._filling = 0

    # ---- findings ----

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All findings so far."""
        return self.scope.diagnostics

    def tell(
        self,
        rule: Rule,
        at: Node | Token | Span | None,
        message: str,
        *,
        help: str | None = None,
        label: str = "",
        also: Iterable[Label] = (),
        fixes: Iterable[Fix] = (),
    ) -> None:
        """Report a finding."""
        span = at if at is None or isinstance(at, Span) else at.span
        self.diagnostics.append(rule.at(span, message, help=help, label=label, also=tuple(also), fixes=tuple(fixes)))

    def tell_no_visits(self, visits: Node) -> None:
        """Report a `note at …` in a statement whose notes hold for all of it."""
        self.tell(
            nam.NO_EFFECT,
            visits,
            "these visits have no effect here: only a note of `assess` can be for some visits",
            help="write `note` and the text; it is printed wherever the statement is",
        )

    # ---- places and notes ----

    def origin(self, at: Node | Token) -> Origin:
        """Where a part comes from."""
        path, start, end = self.sources.place(at.span)
        return Origin.model_construct(
            file=path, line=start.line, column=start.column, end_line=end.line, end_column=end.column
        )

    def statements(self, nodes: Iterable[Node | Token]) -> Iterator[Statement]:
        """The statements among nodes, each with its notes; `todo` and `discretion` are kept as notes on the way."""
        for node in nodes:
            if not isinstance(node, Node):
                continue
            if node.kind == "annotated":
                notes = tuple(self.note(part) for part in node.children[:-1] if isinstance(part, Node))
                inner = node.children[-1]
                if isinstance(inner, Node):
                    yield Statement(inner, notes)
            elif node.kind in ("todo", "discretion"):
                self.note(node)
                yield Statement(node, ())
            elif not node.kind.endswith("_note"):
                yield Statement(node, ())

    def note(self, node: Node) -> Note:
        """A note of the model, also put on the list of all notes."""
        text = node.token("STRING", "TEXT")
        words = self.text(text) if text is not None else ""
        name = node.token("NAME")
        kind = {
            "source_note": "source",
            "assumed_note": "assumed",
            "todo_note": "todo",
            "renamed_note": "renamed_from",
            "allow_note": "allow",
            "todo": "todo",
            "discretion": "discretion",
        }[node.kind]
        names = node.node("names")
        note = Note.model_construct(
            kind=kind,
            text=words,
            code=name.value if name is not None else None,
            by=tuple(token.value for token in names.tokens()) if names is not None else (),
            origin=self.origin(node),
        )
        self.notes.append(note)
        if self._named:
            self.fill_note(note)
        return note

    def all_names_known(self) -> None:
        """Fill in the references of the notes read so far; those of later ones are filled in when they are read."""
        self._named = True
        for note in self.notes:
            self.fill_note(note)

    def fill_note(self, note: Note) -> None:
        """Fill in the references of a note, in place: parts of the model hold it already, nobody has seen it yet."""
        if "{" in note.text or "}" in note.text:
            vars(note)["text"] = self.fill(note.text)

    # ---- texts ----

    def text(self, token: Token | None) -> str:
        """The value of a text; its `{references}` are filled in by `fill` when all names are known."""
        if token is None or token.missing:
            return ""
        value = string_value(token)
        if "{" in value or "}" in value:
            self._pending[token.span] = value
        return value

    def filled(self, token: Token | None) -> str:
        """The value of a text with its references filled in."""
        return self.fill(self.text(token))

    def label(self, node: Node) -> str | None:
        """The label of a statement: the text directly behind its name."""
        token = node.token("STRING", "TEXT")
        if token is not None:
            self.tell_empty(token)
        return self.text(token) if token is not None else None

    def tell_empty(self, token: Token) -> None:
        """Report a label in which nothing stands."""
        if not token.missing and not string_value(token).strip():
            self.tell(nam.NOT_SAID, token, "this text is empty", help="write what people call it, or take it out")

    def fill(self, value: str) -> str:
        """A text with its references filled in, those in the labels that they stand for too."""
        if "{" not in value and "}" not in value:
            return value

        def replace(found: re.Match[str]) -> str:
            if found.group() in ("{{", "}}"):
                return found.group()[0]
            name = found.group(1).strip()
            symbols = self.scope.everywhere(name)
            if not symbols:
                return found.group()
            return self.filled_label(name, self.shown(symbols[0]))

        return _REFERENCE.sub(replace, value)

    def filled_label(self, name: str, label: str) -> str:
        """The label of a thing; its name, where labels refer to each other in a circle or swell to no use."""
        if "{" not in label and "}" not in label:
            return label
        if name not in self._labels:
            if self._filling == LABELS_IN_LABELS:
                return name
            self._labels[name] = name
            self._filling += 1
            filled = self.fill(label)
            self._filling -= 1
            if len(filled) <= LONGEST_LABEL:
                self._labels[name] = filled
        return self._labels[name]

    def shown(self, symbol: Symbol) -> str:
        """What stands in a text for a reference.

        A product by its name where that is a code (CT1192), by its label where it is not (CD7_CART); a dose level by
        its amount; all else by its label.
        """
        if symbol.kind == "level" and isinstance(symbol.about, Token):
            amount = self.quietly(symbol.about)
            return wording.quantity(amount) if amount is not None else symbol.name
        is_code = symbol.kind == "product" and "_" not in symbol.name
        return symbol.name if is_code or not symbol.label else symbol.label

    def quietly(self, token: Token) -> Quantity | None:
        """A quantity whose faults were told, or will be, where it is declared."""
        before = len(self.diagnostics)
        amount = self.quantity(token)
        del self.diagnostics[before:]
        return amount

    def check_references(self) -> None:
        """Report the references in texts that name nothing, or more than one thing."""
        for span in sorted(self._pending):
            raw = self.sources.text(span)
            for found in _REFERENCE.finditer(raw):
                name = found.group(1)
                if name is not None and not (name == "n" and span in self.numbered):
                    self.check_reference(name, Span(span.file, span.start + found.start(), span.start + found.end()))

    def check_reference(self, name: str, place: Span) -> None:
        """Report a reference that names nothing, or more than one thing, once for each name."""
        symbols = self.scope.everywhere(name.strip())
        if not symbols:
            if self.scope.is_told(name.strip(), place):
                return
            if name.strip() == "n":
                self.tell(
                    nam.UNKNOWN_REFERENCE,
                    place,
                    "`{n}` has no number here: only a series, `visits D4, D7 …`, and cycles count",
                    help="write the number itself, or make it a series",
                )
                return
            known = sorted({s for space in self.scope.spaces.values() for s in space})
            self.scope.tell_first(
                name.strip(),
                nam.UNKNOWN_REFERENCE.at(
                    place,
                    f"`{{{name}}}` names nothing that is declared",
                    help=self.scope.nearest(name.strip(), known) or "for a brace as such write `{{`",
                ),
            )
            return
        key = ("{}", name.strip())
        if key in self.scope.told or len({self.shown(symbol) for symbol in symbols}) == 1:
            return
        self.scope.told.add(key)
        kinds = wording.listing([s.kind.replace("_", " ") for s in symbols])
        self.tell(
            nam.AMBIGUOUS,
            place,
            f"`{{{name}}}` is the name of several things: {kinds}",
            also=[Label(s.span, f"declared as {s.kind.replace('_', ' ')}") for s in symbols if s.span is not None],
            help="rename one of them",
        )

    # ---- numbers and quantities ----

    def number(self, token: Token | None, text: str | None = None, *, least: int | None = None) -> int | float | None:
        """The value of a number; None after a fault, which is told."""
        if token is None or token.missing:
            return None
        written = text if text is not None else token.value
        try:
            value = parse_number(written)
        except LostExponent as fault:
            fixes = []
            if fault.reading:
                place = Span(token.file, token.start, token.start + len(written))
                fixes = [Fix(f"write `{fault.reading}`", (Edit(place, fault.reading),), False)]
            self.tell(
                qty.LOST_EXPONENT,
                token,
                f"`{written.strip()}` has lost its exponent",
                help=f"{fault.reading} is most probably meant; say it with `^` or `e`"
                if fault.reading
                else "write the exponent with `^` or `e`",
                fixes=fixes,
            )
            return None
        except NumberError as fault:
            self.tell(qty.BAD_NUMBER, token, f"`{written}` is not a number: {fault.reason}")
            return None
        if least is not None and value < least:
            self.tell(qty.BAD_NUMBER, token, f"`{written}` is too small", help=f"at least {least} is due here")
            return None
        return value

    def whole(self, token: Token | None, *, least: int = 0) -> int | None:
        """The value of a whole number."""
        value = self.number(token, least=least)
        if isinstance(value, float) and token is not None:
            self.tell(
                qty.BAD_NUMBER,
                token,
                f"`{token.value}` is not a whole number; here something is counted",
                help=f"write {int(value)} or {int(value) + 1}" if abs(value) < 1e9 else "write a whole number",
            )
            return None
        return cast("int | None", value)

    def unit(self, text: str, at: Token, offset: int = 0, want: str | None = None) -> Unit | None:
        """A unit; `want` as in `quantity` for what is proposed; None after a fault, told at its place in the token."""
        try:
            return parse_unit(text, self.units)
        except UnitError as fault:
            start = at.start + offset + max(0, text.find(fault.part))
            span = Span(at.file, start, start + max(1, len(fault.part)))
            if text in self.scope.skipped or self.scope.find(text, "unit") is not None:
                return None
            near = self.fitting(fault.suggestions, want)
            hint = "did you mean " + " or ".join(f"`{s}`" for s in near[:3]) + "?" if near else None
            whole = Span(at.file, at.start + offset, at.start + offset + len(text))
            self.tell(
                qty.UNKNOWN_UNIT,
                span,
                fault.reason if fault.reason else f"`{fault.part}` is not a unit",
                help=hint or "a unit of your own is defined once: `define patch = 54 mg`",
                fixes=[Fix(f"write `{s}`", (Edit(whole, s),), False) for s in near[:1]],
            )
            return None

    def fitting(self, suggestions: tuple[str, ...], want: str | None) -> list[str]:
        """The proposed units that are of the wanted kind, the usual one first."""
        found: list[tuple[bool, str]] = []
        for text in suggestions:
            try:
                unit = parse_unit(text, self.units)
            except UnitError:
                continue
            if want is None or self.fits(unit, want):
                found.append((unit.symbol != want, text))
        return [text for _, text in sorted(found, key=lambda pair: pair[0])]

    def quantity(self, token: Token | None, want: str | None = None) -> Quantity | None:
        """A quantity; `want` is a unit that it must convert to, or `time`; None after a fault, which is told."""
        if token is None or token.missing:
            return None
        number_text, unit_text = split_quantity(token.value)
        value = self.number(token, number_text)
        offset = token.value.rfind(unit_text) if unit_text else len(token.value)
        unit = self.unit(unit_text, token, offset, want)
        if value is None or unit is None:
            return None
        if want is not None and not self.fits(unit, want):
            self.tell_wrong_kind(token, unit, want)
            return None
        return Quantity.model_construct(
            value=value, unit=unit.symbol, ucum=unit.ucum, written=canonical_number(number_text)
        )

    def percentage(self, token: Token | None) -> Quantity | None:
        """A percentage from 0 to 100; None after a fault, which is told."""
        quantity = self.quantity(token, "%")
        if quantity is None or token is None:
            return None
        share = parse_unit(quantity.unit, self.units).factor
        return quantity if self.is_percentage(token, quantity.value * share[0] * 100 / share[1]) else None

    def is_percentage(self, token: Token, value: float) -> bool:
        """Whether a percentage lies between 0 and 100; told otherwise."""
        if 0 <= value <= 100:
            return True
        self.tell(
            qty.BAD_NUMBER,
            token,
            f"`{token.value}` is no part of a whole: a percentage lies between 0 and 100",
            help="write a percentage such as `20 %`",
        )
        return False

    def tell_wrong_kind(self, token: Token, unit: Unit, want: str, example: str | None = None) -> None:
        """Report a quantity in a unit of another kind than is due."""
        due, usual = _WANTED[want]
        self.tell(
            qty.WRONG_DIMENSION,
            token,
            f"`{token.value}` is measured in {unit.symbol} ({describe_dimension(unit.dimension)}); here {due} is due",
            help=f"write {example or usual}",
        )

    def fits(self, unit: Unit, want: str) -> bool:
        """Whether a unit is of the wanted kind."""
        if want == "time":
            return is_duration(unit)
        if want == "amount":
            return not is_duration(unit)
        return unit.dimension == parse_unit(want).dimension

    def date(self, token: Token | None) -> str | None:
        """A date that exists, or a month, as ISO 8601; None after a fault, which is told."""
        if token is None or token.missing:
            return None
        try:
            date.fromisoformat(token.value if token.type == "DATE" else token.value + "-01")
        except ValueError:
            self.tell(qty.BAD_DATE, token, f"there is no date {token.value}", help=_other_date(token.value))
            return None
        return token.value

    # ---- times ----

    def duration(self, node: Node | Token | None) -> Duration | None:
        """A duration, `28 days` or `shorter of 2 weeks, 5 half_lives`."""
        if node is None:
            return None
        if isinstance(node, Token):
            one = self.quantity(node, "time")
            return Duration.model_construct(quantities=(one,), choose="only") if one is not None else None
        parts = [self.quantity(token, "time") for token in node.tokens("QTY")]
        if None in parts:
            return None
        choose = {"shorter_of": "shorter", "longer_of": "longer"}[node.kind]
        return Duration.model_construct(quantities=tuple(cast("list[Quantity]", parts)), choose=choose)

    def gap(self, node: Node | Token | None) -> Gap | None:
        """A gap, `28 days` or `3 to 14 days`."""
        if isinstance(node, Node) and node.kind == "gap_range":
            upper = self.duration(node.token("QTY"))
            lower = self.number(node.token("NUMBER"))
            if upper is None or lower is None:
                return None
            if lower > upper.quantities[0].value:
                self.tell(
                    nam.RANGE_ORDER,
                    node,
                    f"the range from {lower} to {upper.quantities[0].value} is empty",
                    help="write the smaller number first",
                )
                return None
            return Gap.model_construct(
                lower=lower, upper=upper.quantities[0].value, unit=upper.quantities[0].unit, duration=upper
            )
        whole = self.duration(node)
        if whole is None:
            return None
        first = whole.quantities[0]
        return Gap.model_construct(lower=first.value, upper=first.value, unit=first.unit, duration=whole)

    def days(self, value: int | float, unit: str) -> int | None:
        """A time in whole days, rounded up; None for months, years and half-lives."""
        name = CALENDAR_UNITS.get(unit)
        if name in DAYS_IN:
            return int(-(-value * DAYS_IN[name] // 1))
        if name is None and unit in ("h", "min", "s", "hours", "minutes"):
            per_day = {"h": 24, "hours": 24, "min": 1440, "minutes": 1440, "s": 86400}[unit]
            return int(-(-value // per_day))
        return None

    def month_days(self, token: Token) -> int | float | None:
        """The days of a month, `30 days` or `4 weeks`; None after a fault, which is told."""
        quantity = self.quantity(token, "time")
        if quantity is None:
            return None
        per_unit = DAYS_IN.get(CALENDAR_UNITS.get(quantity.unit, ""))
        if per_unit is None or not 1 <= quantity.value * per_unit <= 366:
            self.tell(
                qty.WRONG_DIMENSION,
                token,
                f"a month has a length in days or weeks; `{token.value}` is none",
                help="write `month = calendar`, `month = 30 days` or `month = 4 weeks`",
            )
            return None
        return quantity.value * per_unit

    def window(self, token: Token, want: str = "time") -> Window | None:
        """A window, `±3 days` or `-2/+5 days`; `want` as in `quantity`."""
        if token.missing:
            return None
        written = token.value.replace("−", "-").replace("–", "-")
        if written.startswith(("±", "+/-", "+-")):
            body = re.sub(r"^(?:±|\+/-|\+-)\s*", "", written)
            number_text, unit_text = split_quantity(body)
            before_text = after_text = number_text
        else:
            found = re.match(r"-\s*(.+?)\s*/\s*\+\s*(.*)$", written, re.S)
            assert found is not None
            before_text = found.group(1)
            after_text, unit_text = split_quantity(found.group(2))
        before, after = self.number(token, before_text), self.number(token, after_text)
        unit = self.unit(unit_text, token, token.value.rfind(unit_text), want)
        if before is None or after is None or unit is None:
            return None
        if not self.fits(unit, want):
            self.tell_wrong_kind(token, unit, want, "a window in days, such as `±3 days`" if want == "time" else None)
            return None
        name = unit.symbol
        text = self.window_text(before, after, unit)
        return Window.model_construct(before=before, after=after, unit=name, text=text, origin=self.origin(token))

    def window_text(self, before: int | float, after: int | float, unit: Unit) -> str:
        """`±3 days`, `−2/+5 days`, `+2 days`, `−3 days`."""

        def shown(value: int | float) -> str:
            return wording.quantity(
                Quantity.model_construct(value=value, unit=unit.symbol, ucum=unit.ucum, written=str(value))
            )

        if before == after:
            return f"±{shown(after)}"
        if before == 0:
            return f"+{shown(after)}"
        if after == 0:
            return f"{wording.MINUS}{shown(before)}"
        return f"{wording.MINUS}{wording.number(before)}/+{shown(after)}"

    def place_name(self, node: Node) -> str:
        """`D4` or `C1.D1`."""
        return ".".join(token.value for token in node.tokens("NAME"))

    def place(self, node: Node | None, *kinds: str) -> str | None:
        """A visit, event or other moment; None after a fault, which is told."""
        if node is None:
            return None
        token = node.token("NAME")
        if token is None or token.missing:
            return None
        name = self.place_name(node)
        kinds = kinds or ("visit", "event", "moment", "stage", "cycle", "product")
        if self.scope.find(name, *kinds) is None:
            self.scope.tell_unknown(node.span, name, *kinds)
            return None
        return name

    def point(self, node: Node | None) -> Point | None:
        """A point in time."""
        if node is None:
            return None
        origin = self.origin(node)
        if node.kind == "place":
            of = self.place(node)
            return Point.model_construct(kind="place", of=of, origin=origin) if of else None
        if node.kind in ("timeline_point", "counted_from"):
            unit, value = self.day_number(node)
            of = self.place(node.node("place"))
            if unit is None or value is None:
                return None
            return Point.model_construct(kind="timeline", unit=unit, number=value, of=of, origin=origin)
        if node.kind in ("start_of", "end_of"):
            token = node.token("NAME")
            symbol = self.scope.use(token, "stage", "visit", "cycle", "event", "moment") if token else None
            return Point.model_construct(kind=node.kind, of=symbol.name, origin=origin) if symbol else None
        first = node.children[0]
        if node.kind == "elapsed":
            length = self.duration(first)
            return Point.model_construct(kind="elapsed", duration=length, origin=origin) if length else None
        length = self.duration(first)
        of = self.place(node.node("place"))
        kind = "after" if node.kind == "after_point" else "before"
        return Point.model_construct(kind=kind, duration=length, of=of, origin=origin) if length and of else None

    def day_number(self, node: Node) -> tuple[Literal["day", "week", "month", "year"] | None, int | None]:
        """The unit and number of `day 28`."""
        unit_token = node.token("DAY", "WEEK", "MONTH", "YEAR")
        number_token = node.token("NUMBER", "SIGNED", "NAME")
        if unit_token is None or number_token is None or number_token.missing or unit_token.missing:
            return None, None
        unit = cast('Literal["day", "week", "month", "year"]', unit_token.value)
        if number_token.type == "NAME":
            self.tell(
                nam.UNKNOWN_NAME,
                number_token,
                f"a number is due after `{unit}`, not `{number_token.value}`",
                help=f"write `{unit} 28`; only in a series of visits `{unit} n` takes the number from the name",
            )
            return unit, None
        value = self.number(number_token)
        if isinstance(value, float):
            self.tell(qty.BAD_NUMBER, number_token, f"`{number_token.value}` is not a whole number of {unit}s")
            return unit, None
        return unit, value

    def choices(self, node: Node) -> tuple[Choice, ...]:
        """The codes of a `choice { … }`; a code twice is told."""
        seen: dict[str, Token] = {}
        result: list[Choice] = []
        for part in node.nodes("choice"):
            code = part.token("NAME", "NUMBER")
            if code is None or code.missing:
                continue
            if code.value in seen:
                self.tell(
                    nam.DUPLICATE_NAME,
                    code,
                    f"the code `{code.value}` stands twice in this list",
                    also=[Label(seen[code.value].span, "first here")],
                    help="give each choice a code of its own",
                )
                continue
            seen[code.value] = code
            if (label := part.token("STRING")) is not None:
                self.tell_empty(label)
            result.append(Choice.model_construct(code=code.value, label=self.filled(part.token("STRING"))))
        return tuple(result)

    # ---- words with a fixed set of values ----

    def word(self, token: Token | None, allowed: tuple[str, ...], what: str) -> str | None:
        """One of a fixed set of words; None after a fault, which is told."""
        if token is None or token.missing:
            return None
        if token.value in allowed:
            return token.value
        self.tell(
            nam.UNKNOWN_VALUE,
            token,
            f"`{token.value}` is not {what}",
            help=did_you_mean(token.value, allowed) or "it is one of " + ", ".join(f"`{a}`" for a in allowed[:14]),
        )
        return None

    def once(self, found: dict[str, Node], clause: Node, kind: str, what: str) -> bool:
        """Whether a clause comes for the first time; a second one is told."""
        if kind in found:
            self.tell(
                nam.SAID_TWICE,
                clause,
                f"{what} is said twice",
                also=[Label(found[kind].span, "first here")],
                help="keep one of the two",
            )
            return False
        found[kind] = clause
        return True


def _other_date(written: str) -> str:
    """What is wrong with a date that does not exist."""
    year, month, *_ = (int(part) for part in written.split("-"))
    if 1 <= month <= 12 and year >= 1:
        return f"that month has {monthrange(year, month)[1]} days"
    return "dates are written year-month-day, the month from 01 to 12"
