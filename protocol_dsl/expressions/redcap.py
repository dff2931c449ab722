"""Expressions in the language of REDCap: branching logic, calculations and data-quality rules.

REDCap knows true and false only, and a blank that some operators pass on, some skip and some compare. So a condition is
printed twice where it is needed: when it surely holds, and when it surely does not; a value that is not recorded makes
neither true. Every comparison that a blank could mislead carries its own guard, `[x] <> ''`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from protocol_dsl.expressions.evaluate import DAYS_PER
from protocol_dsl.expressions.redcap_truth import (
    ATOM,
    FALSE,
    PLUS,
    SIGN,
    TIMES,
    TRUE,
    Term,
    Truth,
    all_of,
    any_of,
    atom,
    bracketed,
    opposite,
    printed,
)  # fmt: skip

Tree = dict[str, Any]


class Reference(NamedTuple):
    """A field of the project as logic names it.

    `events`: (number of the arm, unique event name) where it is not the event at hand; one entry for each arm.
    `type` is that of the model's fields, `codes` are those of its boxes for `choices`.
    """

    field: str
    type: str
    codes: tuple[str, ...] = ()
    events: tuple[tuple[int, str], ...] = ()


Refer = Callable[[str, "str | None"], Reference]
"""The field that holds a name's value, at a visit if one is given. Raises `Unsayable` where there is none."""


class Unsayable(Exception):
    """Something that REDCap's logic has no words for; the text says what."""


OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
FUNCTIONS = {
    "max": "max",
    "min": "min",
    "sum": "sum",
    "mean": "mean",
    "median": "median",
    "round": "round",
    "abs": "abs",
    "sqrt": "sqrt",
    "ln": "log",
    "exp": "exponential",
}
"""Functions of numbers, and what REDCap calls them."""
_MONTHS = {unit: days for unit, days in DAYS_PER.items() if unit != "days"}
_TRUTHS = ("and", "or", "not", "known", "compare", "one_of", "has")


def condition(tree: Tree, refer: Refer) -> str:
    """Logic that is true where the condition surely holds. Raises `Unsayable`."""
    return printed(_Printer(refer).truth(tree, True))


def violation(tree: Tree, refer: Refer) -> str:
    """Logic that is true where the condition surely does not hold. Raises `Unsayable`."""
    return printed(_Printer(refer).truth(tree, False))


def calculation(tree: Tree, refer: Refer) -> str:
    """A calculation of the value; blank where it is missing. Conditions give 1 and 0. Raises `Unsayable`."""
    printer = _Printer(refer)
    known = printer.known(tree)
    value = printer.value(tree).text
    return value if known == TRUE else f"if({printed(known)}, {value}, '')"


def quoted(text: str) -> str:
    """A literal text. Raises `Unsayable` where no kind of quotes fits."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    raise Unsayable("a text with both kinds of quotes")


def number(value: Fraction | float) -> str:
    """A number in plain digits; a fraction without an end as `a / b`."""
    exact = value if isinstance(value, Fraction) else Fraction(repr(value))
    rest = exact.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{exact.numerator} / {exact.denominator}"
    digits = 0
    while (exact * 10**digits).denominator != 1:
        digits += 1
    return format(Decimal(int(exact * 10**digits)).scaleb(-digits), "f")


class _Printer:
    """Prints one expression; each part as truth, as value, and when it is known."""

    def __init__(self, refer: Refer) -> None:
        self.refer = refer

    # ---- references ----

    def reference(self, tree: Tree) -> Reference:
        return self.refer(tree["name"], tree.get("visit"))

    def field(self, reference: Reference, code: str | None = None) -> Term:
        """`[x]`, `[x(code)]`, `[event][x]`; by the arm where the event has another name in each."""
        own = f"[{reference.field}{f'({code})' if code is not None else ''}]"
        if not reference.events:
            return Term(own, ATOM)
        *earlier, (_, last) = reference.events
        text = f"[{last}]{own}"
        for arm, event in reversed(earlier):
            text = f"if([arm-number] = '{arm}', [{event}]{own}, {text})"
        return Term(text, ATOM)

    def filled(self, reference: Reference) -> Truth:
        """That a field holds something; of boxes, that one is ticked."""
        if reference.type == "choices":
            return any_of([atom(f"{self.field(reference, code).text} = '1'") for code in reference.codes])
        return Truth("filled", term=self.field(reference))

    # ---- truth ----

    def truth(self, tree: Tree, wanted: bool) -> Truth:
        """When a condition surely is `wanted`."""
        op = tree["op"]
        if op in ("and", "or"):
            parts = [self.truth(each, wanted) for each in tree["arguments"]]
            return all_of(parts) if (op == "and") == wanted else any_of(parts)
        if op == "not":
            return self.truth(tree["argument"], not wanted)
        if op == "known":
            known = self.known(tree["argument"])
            return known if tree["known"] == wanted else opposite(known)
        if op == "compare":
            return self.comparison(tree["left"], tree["operator"], tree["right"], wanted)
        if op == "one_of":
            each = [self.comparison(tree["argument"], "=", value, wanted) for value in tree["values"]]
            return any_of(each) if wanted else all_of(each)
        if op == "has":
            return self.has(tree, wanted)
        if op == "call":
            return self.called_truth(tree, wanted)
        return self.comparison(tree, "=", {"op": "code", "value": "yes"}, wanted)

    def called_truth(self, tree: Tree, wanted: bool) -> Truth:
        function, arguments = tree["function"], tree["arguments"]
        if function == "any":
            parts = [self.truth(each, wanted) for each in arguments]
            return any_of(parts) if wanted else all_of(parts)
        if function == "value":
            return self.truth(arguments[0], wanted)
        if function == "when":
            return self.chosen(arguments, lambda each: self.truth(each, wanted))
        return self.comparison(tree, "=", {"op": "code", "value": "yes"}, wanted)

    def chosen(self, arguments: list[Tree], of: Callable[[Tree], Truth]) -> Truth:
        """A condition of the value that `when` chooses."""
        if len(arguments) == 1:
            return of(arguments[0])
        if not arguments:
            return FALSE
        first = all_of([self.truth(arguments[0], True), of(arguments[1])])
        return any_of([first, all_of([self.truth(arguments[0], False), self.chosen(arguments[2:], of)])])

    def has(self, tree: Tree, wanted: bool) -> Truth:
        argument, code = tree["argument"], str(tree["value"]["value"])
        reference = self.reference(argument) if argument["op"] == "name" else None
        if reference is None or reference.type != "choices":
            return self.comparison(argument, "=", tree["value"], wanted)
        ticked = self.field(reference, code).text
        if wanted:
            return atom(f"{ticked} = '1'")
        return all_of([self.filled(reference), atom(f"{ticked} <> '1'")])

    def comparison(self, left: Tree, operator: str, right: Tree, wanted: bool) -> Truth:
        """`left operator right`, guarded against blanks where one could mislead it."""
        if left["op"] == "code" and right["op"] != "code":
            left, right = right, left
        if right["op"] == "code" and right["value"] in ("yes", "no") and self.is_truth(left):
            return self.truth(left, ((right["value"] == "yes") == (operator == "=")) == wanted)
        operator = operator if wanted else OPPOSITE[operator]
        known = [self.known(left), self.known(right)]
        if self.is_date(left) or self.is_date(right):
            between = Term(f"datediff({self.value(right).text}, {self.value(left).text}, 'd', true)", ATOM)
            return all_of([*known, self.compared(between, operator, Term("0", ATOM))])
        one, other = (self.coded(*pair) for pair in ((left, right), (right, left)))
        plain = left["op"] == "name" and right["op"] in ("number", "quantity", "code", "text")
        guards = [] if plain and operator != "!=" and other.text not in ("''", '""') else known
        return all_of([*guards, self.compared(one, operator, other)])

    def compared(self, left: Term, operator: str, right: Term) -> Truth:
        sign = "<>" if operator == "!=" else operator
        return atom(f"{bracketed(left, PLUS)} {sign} {bracketed(right, PLUS)}")

    def coded(self, tree: Tree, other: Tree) -> Term:
        """A side of a comparison; yes and no as the codes of the other side."""
        if tree["op"] == "code" and other["op"] == "name" and self.reference(other).type == "yes_no":
            return Term({"yes": "'1'", "no": "'0'"}.get(tree["value"], quoted(str(tree["value"]))), ATOM)
        return self.value(tree)

    def is_truth(self, tree: Tree) -> bool:
        """Whether a part is true or false by its kind; a field is asked for its value instead."""
        if tree["op"] == "call":
            return tree["function"] == "any"
        return tree["op"] in _TRUTHS

    def is_date(self, tree: Tree) -> bool:
        if tree["op"] == "name":
            return self.reference(tree).type in ("date", "datetime")
        if tree["op"] == "call" and tree["function"] in ("max", "min", "baseline", "value", "when"):
            return any(self.is_date(each) for each in tree["arguments"])
        return tree["op"] == "date"

    # ---- known ----

    def known(self, tree: Tree) -> Truth:
        """When a part has a value."""
        op = tree["op"]
        if op in ("number", "code", "text", "date"):
            return TRUE
        if op == "quantity":
            limit = tree.get("limit")
            return self.filled(self.refer(f"{limit['of']}.{limit['name']}", None)) if limit else TRUE
        if op == "name":
            return self.filled(self.reference(tree))
        if op == "known":
            return TRUE
        if op in _TRUTHS:
            return any_of([self.truth(tree, True), self.truth(tree, False)])
        if op in ("negative", "convert"):
            return self.known(tree["argument"])
        if op == "call":
            return self.known_call(tree)
        return all_of([self.known(tree["left"]), self.known(tree["right"])])

    def known_call(self, tree: Tree) -> Truth:
        function, arguments = tree["function"], tree["arguments"]
        if function == "when":
            return self.chosen(arguments, self.known)
        if function == "any":
            return any_of([self.truth(tree, True), self.truth(tree, False)])
        if function == "baseline":
            return self.filled(self.baseline(tree))
        own = all_of([self.known(each) for each in arguments])
        if function in ("change", "percent_change"):
            return all_of([own, self.filled(self.baseline(tree))])
        return own

    def baseline(self, tree: Tree) -> Reference:
        name = tree["arguments"][0]
        if name["op"] != "name":
            raise Unsayable(f"`{tree['function']}` of a calculation")
        return self.refer(name["name"], "baseline")

    # ---- values ----

    def value(self, tree: Tree) -> Term:
        """The value of a part, where it is known."""
        op = tree["op"]
        if op == "number":
            return self.number(tree["value"])
        if op == "quantity":
            return self.quantity(tree)
        if op in ("code", "text", "date"):
            return Term(quoted(str(tree["value"])), ATOM)
        if op == "name":
            reference = self.reference(tree)
            if reference.type == "choices":
                raise Unsayable("the boxes of a field taken as one value")
            return self.field(reference)
        if op in _TRUTHS:
            return Term(f"if({printed(self.truth(tree, True))}, 1, 0)", ATOM)
        if op == "negative":
            return Term(f"0 - {bracketed(self.value(tree['argument']), TIMES)}", PLUS)
        if op == "convert":
            return self.converted(tree)
        if op == "call":
            return self.call(tree)
        return self.arithmetic(tree)

    def number(self, value: Fraction | float) -> Term:
        text = number(value)
        return Term(text, TIMES if "/" in text else SIGN if text.startswith("-") else ATOM)

    def quantity(self, tree: Tree) -> Term:
        if "limit" in tree:
            limit = self.field(self.refer(f"{tree['limit']['of']}.{tree['limit']['name']}", None))
            return Term(f"{bracketed(self.number(tree['value']), ATOM)} * {limit.text}", TIMES)
        if tree["unit"] in ("xULN", "xLLN"):
            raise Unsayable("a multiple of a limit of normal that no field holds")
        converted = tree.get("converted")
        return self.number(converted["value"] if converted is not None else tree["value"])

    def converted(self, tree: Tree) -> Term:
        factor, offset = Fraction(*tree["factor"]), Fraction(*tree["offset"])
        term = self.value(tree["argument"])
        if factor != 1:
            term = Term(f"{bracketed(term, TIMES)} * {bracketed(self.number(factor), TIMES)}", TIMES)
        if offset:
            sign = "+" if offset > 0 else "-"
            term = Term(f"{bracketed(term, PLUS)} {sign} {bracketed(self.number(abs(offset)), TIMES)}", PLUS)
        return term

    def arithmetic(self, tree: Tree) -> Term:
        op, left, right = tree["op"], tree["left"], tree["right"]
        if op not in ("+", "-", "*", "/", "^"):
            raise Unsayable(f"`{op}`")
        if op == "-" and self.is_date(left) and self.is_date(right):
            return Term(f"datediff({self.value(right).text}, {self.value(left).text}, 'd', true)", ATOM)
        one, other = self.value(left), self.value(right)
        if op == "^":
            return Term(f"({one.text})^({other.text})", SIGN)
        tight = PLUS if op in "+-" else TIMES
        return Term(f"{bracketed(one, tight)} {op} {bracketed(other, tight + 1)}", tight)

    def call(self, tree: Tree) -> Term:
        function, arguments = tree["function"], tree["arguments"]
        if function == "when":
            return self.when(arguments)
        if function == "any":
            return Term(f"if({printed(self.truth(tree, True))}, 1, 0)", ATOM)
        if function == "value":
            return self.value(arguments[0])
        if function == "baseline":
            return self.field(self.baseline(tree))
        if function in ("change", "percent_change"):
            return self.change(tree)
        if function == "count":
            ones = [f"if({printed(self.truth(each, True))}, 1, 0)" for each in arguments]
            return Term(f"sum({', '.join(ones)})", ATOM)
        values = [self.value(each).text for each in arguments]
        if function in DAYS_PER:
            if any(each["op"] == "name" and self.reference(each).type == "time" for each in arguments):
                raise Unsayable(f"`{function}` of times of day")
            days = f"datediff({values[0]}, {values[1]}, 'd', true)"
            return Term(f"{days} / ({number(_MONTHS[function])})", TIMES) if function in _MONTHS else Term(days, ATOM)
        if any(self.is_date(each) for each in arguments):
            raise Unsayable(f"`{function}` of dates")
        if function == "log10":
            return Term(f"log({values[0]}, 10)", ATOM)
        if function not in FUNCTIONS:
            raise Unsayable(f"`{function}`")
        return Term(f"{FUNCTIONS[function]}({', '.join(values)})", ATOM)

    def when(self, arguments: list[Tree]) -> Term:
        text = self.value(arguments[-1]).text if len(arguments) % 2 else "''"
        for place in range(len(arguments) - len(arguments) % 2 - 2, -1, -2):
            holds = printed(self.truth(arguments[place], True))
            text = f"if({holds}, {self.value(arguments[place + 1]).text}, {text})"
        return Term(text, ATOM)

    def change(self, tree: Tree) -> Term:
        now, before = self.value(tree["arguments"][0]), self.field(self.baseline(tree))
        if self.is_date(tree["arguments"][0]):
            raise Unsayable(f"`{tree['function']}` of dates")
        difference = f"{now.text} - {before.text}"
        if tree["function"] == "change":
            return Term(difference, PLUS)
        return Term(f"({difference}) * 100 / {before.text}", TIMES)
