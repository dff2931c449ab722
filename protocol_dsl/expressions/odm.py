"""Expressions as text for ODM: conditions, computations and edit checks in two-valued logic.

Systems differ in what a comparison with a blank gives, and none knows a third truth value. So the missing values are
written out: `known(x)` stands before every use of `x`, and what is printed has the value yes exactly where the
expression certainly holds (`certainly`), or certainly does not (`certainly_not`). `docs/odm.md` gives the syntax.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from protocol_dsl.expressions.truth import OPPOSITE, Comparison, Condition, Not, joined, opposite, text

Tree = dict[str, Any]
YES, NO = "Y", "N"
"""Coded values of yes and no, as in the CDISC codelist NY."""
BLANK = "blank"
TIMES = ("date", "time", "datetime")
"""Kinds that are compared with their own kind only."""
_SAME_NAME = (
    *("max", "min", "sum", "mean", "median", "round", "abs", "sqrt", "ln", "exp", "log10"),
    *("days", "weeks", "months", "years"),
)
_SIGNS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TIGHT = {"+": 1, "-": 1, "*": 2, "/": 2}


class Reference(NamedTuple):
    """An item that an expression speaks of.

    `path` is how it is written. `kind`: `number`, `truth` (coded Y and N), `code` (text), `number_code` (whole
    numbers), `text`, `date`, `time`, `datetime`, `choices`; the latter has an item for each code,
    `options` gives their paths.
    """

    path: str
    kind: str
    options: Mapping[str, str] = {}


Resolve = Callable[[str, "str | None"], "Reference | Tree | None"]
"""The item of a name, at a visit if one is given; a tree if it is defined by one; None where no item holds it."""


class NotPrintable(Exception):
    """No item holds what the expression speaks of, or the operation needs more than one participant's record."""


def certainly(tree: Tree, resolve: Resolve) -> str:
    """A text that is true exactly where the condition holds. Raises `NotPrintable`."""
    return text(_Printer(resolve).true(tree))


def certainly_not(tree: Tree, resolve: Resolve) -> str:
    """A text that is true exactly where the condition is known not to hold. Raises `NotPrintable`."""
    return text(_Printer(resolve).false(tree))


def exception(tree: Tree, resolve: Resolve) -> str:
    """A text that is true where the condition does not hold or is not known: when not to collect."""
    return text(opposite(_Printer(resolve).true(tree)))


def passes(tree: Tree, resolve: Resolve) -> str:
    """A text that is false only where the condition is known not to hold: an edit check is silent on blanks."""
    return text(opposite(_Printer(resolve).false(tree)))


def computed(tree: Tree, resolve: Resolve, *, truth: bool = False) -> str:
    """A text with the expression's value, `blank` where it is missing. Raises `NotPrintable`."""
    printer = _Printer(resolve)
    if truth:
        yes, no = text(printer.true(tree)), text(printer.false(tree))
        return f'if({yes}, "{YES}", if({no}, "{NO}", {BLANK}))'
    known, value = printer.known(tree), printer.value(tree)
    return value if known is True else f"if({text(known)}, {value}, {BLANK})"


def number(value: float) -> str:
    """A number as a plain decimal, without an exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def quoted(value: str) -> str:
    """A text in double quotes; a quote or backslash in it gets a backslash before it."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Printer:
    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve

    # ---- truth ----

    def true(self, tree: Tree) -> Condition:
        return self._truth(tree, holds=True)

    def false(self, tree: Tree) -> Condition:
        return self._truth(tree, holds=False)

    def _truth(self, tree: Tree, *, holds: bool) -> Condition:
        op = tree["op"]
        if op in ("and", "or"):
            return joined((op == "and") == holds, (self._truth(part, holds=holds) for part in tree["arguments"]))
        if op == "not":
            return self._truth(tree["argument"], holds=not holds)
        if op == "known":
            known = self.known(tree["argument"])
            return known if tree["known"] == holds else opposite(known)
        if op == "compare":
            return self._compared(tree["operator"], tree["left"], tree["right"], holds)
        if op == "one_of":
            each = [self._compared("=", tree["argument"], value, holds) for value in tree["values"]]
            return joined(not holds, each)
        if op == "has":
            return self._has(tree, holds)
        if op == "call":
            return self._called_truth(tree, holds)
        found = self._item(tree)
        if isinstance(found, Reference) and found.kind == "truth":
            return f'{found.path} == "{YES if holds else NO}"'
        if isinstance(found, dict):
            return self._truth(found, holds=holds)
        raise NotPrintable("something that is true or false is due")

    def _called_truth(self, tree: Tree, holds: bool) -> Condition:
        function, arguments = tree["function"], tree["arguments"]
        if function == "any":
            return joined(not holds, (self._truth(each, holds=holds) for each in arguments))
        if function == "when":
            return self._branches(arguments, lambda branch: self._truth(branch, holds=holds))
        if function in ("value", "baseline"):
            return self._truth(_at_baseline(tree) if function == "baseline" else arguments[0], holds=holds)
        raise NotPrintable(f"`{function}` does not follow from one record")

    def _compared(self, operator: str, left: Tree, right: Tree, holds: bool) -> Condition:
        sign = _SIGNS[operator] if holds else OPPOSITE[_SIGNS[operator]]
        one, other = self._sides(left, right)
        if sign == "==" and right["op"] in ("code", "text") and left["op"] == "name":
            return f"{one} == {other}"  # a blank equals no code, in every system
        return joined(True, (self.known(left), self.known(right), Comparison(one, sign, other)))

    def _sides(self, left: Tree, right: Tree) -> tuple[str, str]:
        """Both sides of a comparison, literals in the type of the item on the other side."""
        kinds = self.kind(left), self.kind(right)
        if "truth" in kinds and set(kinds) <= {"truth", "literal"}:
            return self._as_truth(left, kinds[0]), self._as_truth(right, kinds[1])
        if "choices" in kinds:
            raise NotPrintable("several codes are compared as a whole")
        if set(kinds) <= {"code", "text", "literal"} or (kinds[0] == kinds[1] and kinds[0] in TIMES):
            return self.value(left), self.value(right)
        if {*TIMES, "text"} & set(kinds):
            raise NotPrintable("two kinds of values are compared")
        return self._numeric(left), self._numeric(right)

    def _as_truth(self, tree: Tree, kind: str) -> str:
        if kind == "truth":
            found = self._item(tree)
            if isinstance(found, Reference):
                return found.path
        elif kind == "literal" and tree["value"] in ("yes", "no"):
            return quoted(YES if tree["value"] == "yes" else NO)
        raise NotPrintable("yes and no are compared with another value")

    def _has(self, tree: Tree, holds: bool) -> Condition:
        found = self._item(tree["argument"])
        code = str(tree["value"]["value"])
        if not isinstance(found, Reference) or found.kind != "choices":
            return self._compared("=", tree["argument"], tree["value"], holds)
        if code not in found.options:
            return False if holds else self.known(tree["argument"])
        atom = f'{found.options[code]} == "{YES}"'
        return atom if holds else joined(True, (self.known(tree["argument"]), Not(atom)))

    # ---- whether there is a value ----

    def known(self, tree: Tree) -> Condition:
        op = tree["op"]
        if op == "name":
            found = self._item(tree)
            if isinstance(found, dict):
                return self._decided(found)
            if found.kind == "choices":
                return joined(False, (f"known({path})" for path in found.options.values()))
            return f"known({found.path})"
        if op in ("number", "quantity", "code", "text", "date"):
            return True
        if op in ("negative", "convert"):
            return self.known(tree["argument"])
        if op in ("+", "-", "*", "/", "^"):
            return joined(True, (self.known(tree["left"]), self.known(tree["right"])))
        if op != "call":
            return self._decided(tree)
        function, arguments = tree["function"], tree["arguments"]
        if function == "when":
            return self._branches(arguments, self.known)
        if function == "count":
            return joined(True, (self._decided(each) for each in arguments))
        if function == "any":
            return self._decided(tree)
        if function == "baseline":
            return self.known(_at_baseline(tree))
        if function in ("change", "percent_change"):
            return joined(True, (self.known(arguments[0]), self.known(_at_baseline(tree))))
        return joined(True, (self.known(each) for each in arguments))

    def _decided(self, tree: Tree) -> Condition:
        return joined(False, (self.true(tree), self.false(tree)))

    def _branches(self, arguments: list[Tree], of: Callable[[Tree], Condition]) -> Condition:
        """One of the branches of `when` is taken, and `of` holds for what it gives."""
        taken: list[Condition] = []
        before: list[Condition] = []
        for place in range(0, len(arguments) - 1, 2):
            taken.append(joined(True, (*before, self.true(arguments[place]), of(arguments[place + 1]))))
            before.append(self.false(arguments[place]))
        if len(arguments) % 2:
            taken.append(joined(True, (*before, of(arguments[-1]))))
        return joined(False, taken)

    # ---- values ----

    def kind(self, tree: Tree) -> str:
        """The kind of a value, as in `Reference`; `literal` of a code or text."""
        op = tree["op"]
        if op in ("code", "text"):
            return "literal"
        if op == "date":
            return "date"
        if op == "name":
            found = self._item(tree)
            return found.kind if isinstance(found, Reference) else "truth"
        if op == "call" and tree["function"] in ("baseline", "value", "max", "min"):
            return self.kind(tree["arguments"][0])
        if op == "call" and tree["function"] == "when":
            return self.kind(tree["arguments"][1])
        return "number"

    def value(self, tree: Tree, outer: int = 0) -> str:
        """The text of a value, given that it is known."""
        op = tree["op"]
        if op == "number":
            return _signed(number(tree["value"]), outer)
        if op == "quantity":
            return _signed(_quantity(tree), outer)
        if op in ("code", "text"):
            return quoted(str(tree["value"]))
        if op == "date":
            return f"date({quoted(tree['value'])})"
        if op == "name":
            found = self._item(tree)
            if isinstance(found, Reference) and found.kind != "choices":
                return found.path
            raise NotPrintable(f"`{tree['name']}` is no single value")
        if op == "negative":
            return _bracketed(f"-{self._numeric(tree['argument'], 3)}", 3, outer)
        if op == "convert":
            return _bracketed(self._converted(tree), 1, outer)
        if op == "^":
            return f"({self._numeric(tree['left'])})^({self._numeric(tree['right'])})"
        if op in _TIGHT:
            return self._arithmetic(tree, outer)
        return self._call(tree, outer)

    def _numeric(self, tree: Tree, outer: int = 0) -> str:
        """As a number: yes counts one, a code counts as the number that it is."""
        if tree["op"] in ("compare", "known", "and", "or", "not", "one_of", "has"):
            return f"if({text(self.true(tree))}, 1, 0)"
        kind = self.kind(tree)
        if kind in ("number", "number_code"):
            return self.value(tree, outer)
        if kind == "truth":
            return f"if({text(self.true(tree))}, 1, 0)"
        if kind == "literal":
            try:
                return _signed(number(float(tree["value"])), outer)
            except ValueError:
                raise NotPrintable(f"`{tree['value']}` is no number") from None
        raise NotPrintable("a number is due")

    def _converted(self, tree: Tree) -> str:
        (factor, divisor), (offset, part) = tree["factor"], tree["offset"]
        text = f"{self._numeric(tree['argument'], 2)} * {factor} / {divisor}"
        return text if offset == 0 else f"{text} + {offset} / {part}" if offset > 0 else f"{text} - {-offset} / {part}"

    def _arithmetic(self, tree: Tree, outer: int) -> str:
        op, left, right = tree["op"], tree["left"], tree["right"]
        if op == "-" and self.kind(left) == self.kind(right) == "date":
            return f"days({self.value(right)}, {self.value(left)})"
        tight = _TIGHT[op]
        return _bracketed(f"{self._numeric(left, tight)} {op} {self._numeric(right, tight + 1)}", tight, outer)

    def _call(self, tree: Tree, outer: int) -> str:
        if tree["op"] != "call":
            return self._numeric(tree, outer)
        function, arguments = tree["function"], tree["arguments"]
        if function == "value":
            return self.value(arguments[0], outer)
        if function == "baseline":
            return self.value(_at_baseline(tree), outer)
        if function in ("change", "percent_change"):
            now, before = self._numeric(arguments[0], 1), self._numeric(_at_baseline(tree), 2)
            change = f"({now} - {before})"
            return change if function == "change" else f"({change} * 100 / {before})"
        if function == "when":
            return self._when(arguments)
        if function == "count":
            counted = " + ".join(f"if({text(self.true(each))}, 1, 0)" for each in arguments)
            return _bracketed(counted, 1, outer)
        if function not in _SAME_NAME:
            raise NotPrintable(f"`{function}` does not follow from one record")
        as_dates = function in ("days", "weeks", "months", "years")
        parts = [self.value(each) if as_dates else self._numeric(each) for each in arguments]
        return f"{function}({', '.join(parts)})"

    def _when(self, arguments: list[Tree]) -> str:
        as_code = self.kind(arguments[1]) in ("literal", "code", "text", "date")
        shown = [self.value(each) if as_code else self._numeric(each) for each in (*arguments[1::2], arguments[-1])]
        conditions = [text(self.true(each)) for each in arguments[: len(arguments) - 1 : 2]]
        # Without an `otherwise` the last branch is the only one left, because a value is known.
        otherwise = shown[-1]
        pairs = list(zip(conditions, shown, strict=False))
        if len(arguments) % 2 == 0:
            pairs = pairs[:-1]
        for condition, value in reversed(pairs):
            otherwise = f"if({condition}, {value}, {otherwise})"
        return otherwise

    def _item(self, tree: Tree) -> Reference | Tree:
        if tree["op"] == "call" and tree["function"] in ("baseline", "value"):
            return self._item(_at_baseline(tree) if tree["function"] == "baseline" else tree["arguments"][0])
        if tree["op"] != "name":
            raise NotPrintable("the value of an item is due")
        found = self._resolve(tree["name"], tree.get("visit"))
        if found is None:
            raise NotPrintable(f"no item holds `{tree['name']}`")
        return found


def _at_baseline(tree: Tree) -> Tree:
    name = tree["arguments"][0]
    if name["op"] != "name":
        raise NotPrintable("the baseline of a computed value")
    return {**name, "visit": "baseline"}


def _quantity(tree: Tree) -> str:
    if "limit" in tree or tree["unit"] in ("xULN", "xLLN"):
        raise NotPrintable("a multiple of the limit of normal")
    converted = tree.get("converted")
    return number(converted["value"] if converted is not None else tree["value"])


def _signed(text: str, outer: int) -> str:
    return f"({text})" if text.startswith("-") and outer else text


def _bracketed(text: str, tight: int, outer: int) -> str:
    return f"({text})" if tight < outer else text
