"""Single faults of meaning and of syntax put into a real trial, for tests of what a compile says about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.parser import parse
from tests.unit.syntax.mutations import is_keyword, tokens

Change = tuple[int, int, str]


class Fault(NamedTuple):
    """A text with one fault of a `kind`, made by replacing `old` by `new` at offset `at`."""

    kind: str
    text: str
    at: int
    old: str
    new: str

    @property
    def lines(self) -> set[int]:
        """The lines at which the fault can be told: its own, from 1, and the next one that says something.

        For a name that is declared otherwise than it is used, every line that uses it as well.
        """
        lines = self.text.split("\n")
        own = self.text.count("\n", 0, self.at) + 1
        later = (
            n
            for n in range(own + 1, len(lines) + 1)
            if lines[n - 1].strip() and not lines[n - 1].lstrip().startswith("#")
        )
        meant = {own, next(later, len(lines))}
        if self.kind.startswith("renamed"):
            meant.update(n for n, line in enumerate(lines, 1) if re.search(rf"\b{self.old}\b", line))
        return meant


class Trial:
    """A sound text with its tree, its tokens and the parent of each token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parse(text).tree
        self.tokens = tokens(text)
        self.parents: dict[int, tuple[Node, int]] = {}
        self.above: dict[int, Node] = {}
        for node in self.tree.walk():
            for place, child in enumerate(node.children):
                if isinstance(child, Token):
                    self.parents[child.start] = (node, place)
                else:
                    self.above[id(child)] = node

    def node(self, *kinds: str) -> Iterator[Node]:
        """The nodes of some kinds."""
        return (node for node in self.tree.walk() if node.kind in kinds)

    def fault(self, kind: str, start: int, end: int, new: str) -> Fault:
        """The text with one change."""
        return Fault(kind, self.text[:start] + new + self.text[end:], start, self.text[start:end], new)


# Names that point at something declared elsewhere: the node they stand in. Names of people, roles, codes and the
# things that a fixed list of values gives are not among them.
REFERENCES = (
    "visit_ref", "visit_range", "day_of_cycle", "cycle_range", "place", "reference", "for_clause", "gives_clause",
    "supports_clause", "uses_clause", "records_clause", "end_of", "start_of", "times_of", "give", "dose", "on_clause",
    "start_level", "of_clause", "design_clause", "requires_clause", "modifications", "treat_more", "estimates_clause",
    "among_clause", "treatment_clause", "randomize", "translation", "hold", "at_levels",
)  # fmt: skip
VALUES = (
    "value_item", "masking", "category_clause", "role_clause", "type_clause", "by_clause", "study_date", "reason",
    "applies", "higher", "licence", "objective", "endpoint", "mtd", "sex", "registry", "next_level", "stagger_first",
)  # fmt: skip


def misspelt(name: str) -> str:
    """A name with a letter doubled in its middle; a number at its end stays."""
    at = max(1, len(name.rstrip("0123456789")) // 2)
    return name[:at] + "zq" + name[at:]


def unknown_names(trial: Trial) -> Iterator[Fault]:
    """A misspelt name in each kind of reference."""
    seen: dict[str, int] = {}
    for token in trial.tokens:
        if token.type != "NAME":
            continue
        node, _ = trial.parents[token.start]
        kind = node.kind if node.kind != "names" else trial.above[id(node)].kind
        if kind not in REFERENCES or (kind == "reference" and trial.above[id(node)].kind == "change"):
            continue
        if kind == "cycle_range" and node.kind == "in_clause":
            continue
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] in (1, 4):
            yield trial.fault(f"unknown name in {kind}", token.start, token.end, misspelt(token.value))


def unknown_values(trial: Trial) -> Iterator[Fault]:
    """A misspelt value of a fixed list."""
    seen: set[str] = set()
    for token in trial.tokens:
        if token.type != "NAME":
            continue
        node, place = trial.parents[token.start]
        is_value = not (node.kind in ("objective", "endpoint") and place == 0)
        if node.kind in VALUES and is_value and node.kind not in seen and token.value not in ("level", "cohort"):
            seen.add(node.kind)
            yield trial.fault(f"unknown value in {node.kind}", token.start, token.end, misspelt(token.value))


def renamed_declarations(trial: Trial) -> Iterator[Fault]:
    """A declaration under another name than the one that is used."""
    counts: dict[str, int] = {}
    for token in trial.tokens:
        if token.type == "NAME":
            counts[token.value] = counts.get(token.value, 0) + 1
    seen: set[str] = set()
    for node in trial.node("product", "population", "stage", "group", "level", "visit", "result", "objective", "fact"):
        token = node.token("NAME")
        if node.kind not in seen and token is not None and counts[token.value] == 2:
            seen.add(node.kind)
            yield trial.fault(f"renamed {node.kind}", token.start, token.end, misspelt(token.value))


def duplicate_names(trial: Trial) -> Iterator[Fault]:
    """A declaration under the name of the one before it."""
    last: dict[str, str] = {}
    seen: set[str] = set()
    used: dict[str, int] = {}
    for token in trial.tokens:
        if token.type == "NAME":
            used[token.value] = used.get(token.value, 0) + 1
    kinds = (
        "visit",
        "stage",
        "product",
        "assess",
        "result",
        "level",
        "endpoint",
        "include",
        "exclude",
        "field",
        "form",
    )
    for node in trial.node(*kinds):
        token = node.token("NAME")
        if token is None:
            continue
        if node.kind in last and node.kind not in seen and used[token.value] == 1:
            seen.add(node.kind)
            yield trial.fault(f"duplicate {node.kind}", token.start, token.end, last[node.kind])
        last[node.kind] = token.value


def units(trial: Trial) -> Iterator[Fault]:
    """A unit that is missing, unknown, or of another kind."""
    seen: dict[str, int] = {}
    for token in trial.tokens:
        if token.type not in ("QTY", "SQTY", "WINDOW"):
            continue
        node, _ = trial.parents[token.start]
        number = re.match(r"[±+\-−–/\d._]+(?:e\d+)?([ \t]*/[ \t]*\+?\d+)?", token.value)
        assert number is not None
        count = seen[node.kind] = seen.get(node.kind, 0) + 1
        unit = token.value[number.end() :].strip()
        if count == 1:
            yield trial.fault(f"missing unit in {node.kind}", token.start, token.end, number.group().strip())
            yield trial.fault(f"unknown unit in {node.kind}", token.start, token.end, f"{number.group()} zqz")
        elif count == 2 and node.kind not in ("level", "quantity"):
            yield trial.fault(
                f"wrong unit in {node.kind}",
                token.start,
                token.end,
                f"{number.group()} {'days' if unit in ('mL', '%', 'mg/m2') else 'mL'}",
            )
    for node in list(trial.node("unit_clause"))[:2]:
        token = node.token("UNIT")
        if token is not None:
            yield trial.fault("unknown declared unit", token.start, token.end, "zqz")


def quantities(trial: Trial) -> Iterator[Fault]:
    """A lost exponent; a bare number or another dimension in a comparison; a date that does not exist."""
    for found in list(re.finditer(r"\b(\d\.\d+)e(\d) cells", trial.text))[:2]:
        yield trial.fault("lost exponent", found.start(), found.end(), f"{found[1]}×10{found[2]} cells")
    compared = [
        n for n in trial.node("comparison") if isinstance(n.children[2], Node) and n.children[2].kind == "quantity"
    ]
    for node in compared[:1]:
        token = node.children[2].children[0]  # type: ignore[union-attr]
        number = re.match(r"[\d._]+(?:e\d+)?", token.value)  # type: ignore[union-attr]
        assert number is not None
        yield trial.fault("bare number in a comparison", token.start, token.end, number.group())
        yield trial.fault("wrong dimension in a comparison", token.start, token.end, f"{number.group()} m")
    for token in [t for t in trial.tokens if t.type == "DATE"][:1]:
        yield trial.fault("no such date", token.start, token.end, token.value[:5] + "02-30")


def ranges(trial: Trial) -> Iterator[Fault]:
    """A range whose ends are swapped."""
    seen: set[str] = set()
    for node in trial.node(
        "visit_range", "range_clause", "item_range", "instrument_range", "series_range", "gap_range", "age", "dlt_count"
    ):
        if node.kind in seen:
            continue
        ends = list(node.tokens("NAME", "NUMBER", "SIGNED", "QTY"))
        if len(ends) != 2 or ends[0].value == ends[1].value:
            continue
        seen.add(node.kind)
        first, second = ends
        if node.kind == "gap_range":
            number = re.match(r"\d+", second.value)
            assert number is not None
            new = f"{number.group()} to {first.value}{second.value[number.end() :]}"
        else:
            new = second.value + trial.text[first.end : second.start] + first.value
        yield trial.fault(f"swapped {node.kind}", first.start, second.end, new)
    for node in trial.node("day_clause"):
        ends = list(node.tokens("NUMBER", "SIGNED"))
        if len(ends) == 2:
            new = ends[1].value + trial.text[ends[0].end : ends[1].start] + ends[0].value
            yield trial.fault("swapped days", ends[0].start, ends[1].end, new)
            break


def said_twice(trial: Trial) -> Iterator[Fault]:
    """A clause or item that stands twice."""
    for kind in ("window_clause", "category_clause", "measure_clause", "value_item", "type_clause"):
        node = next(trial.node(kind), None)
        if node is not None:
            own = trial.text[node.start : node.end]
            yield trial.fault(f"{kind} twice", node.end, node.end, " " + own)
    for kind in ("timeline", "dlt", "randomize", "sample_size"):
        node = next(trial.node(kind), None)
        if node is not None:
            end = trial.text.index("}", node.end) + 1
            fault = trial.fault(f"{kind} twice", end, end, "\n" + trial.text[node.start : end])
            yield fault._replace(at=end + 1)


def wrong_kinds(trial: Trial) -> Iterator[Fault]:
    """A declared name where another kind of thing is due."""
    visit = next(t.value for n in trial.node("visit") if (t := n.token("NAME")))
    product = next(t.value for n in trial.node("product") if (t := n.token("NAME")))
    for kind, name in (("give", visit), ("supports_clause", visit), ("for_clause", product), ("gives_clause", visit)):
        node = next(trial.node(kind), None)
        if node is None:
            continue
        token = (node.node("names") or node).token("NAME")
        assert token is not None
        yield trial.fault(f"wrong kind in {kind}", token.start, token.end, name)


def references_in_texts(trial: Trial) -> Iterator[Fault]:
    """A misspelt `{reference}` in a text."""
    for found in list(re.finditer(r"\{([A-Z]\w+)\}", trial.text))[:2]:
        yield trial.fault("unknown reference in a text", found.start(1), found.end(1), misspelt(found[1]))


def codes(trial: Trial) -> Iterator[Fault]:
    """A code that the compared result does not have."""
    for node in trial.node("comparison"):
        right = node.children[2]
        if isinstance(right, Node) and right.kind == "reference" and len(right.children) == 1:
            yield trial.fault("unknown code", right.start, right.end, "zqz")
            break


def syntax(trial: Trial) -> Iterator[Fault]:
    """A brace, quote, comma or keyword that is lost or misspelt."""
    text = trial.text
    braces = [t for t in trial.tokens if t.value == "}"]
    for token in braces[:: max(1, len(braces) // 4)][:4]:
        yield trial.fault("deleted }", token.start, token.end, "")
    braces = [t for t in trial.tokens if t.value == "{"]
    for token in braces[1 :: max(1, len(braces) // 3)][:3]:
        yield trial.fault("deleted {", token.start, token.end, "")
    strings = [t for t in trial.tokens if t.type == "STRING"]
    for token in strings[3 :: max(1, len(strings) // 3)][:3]:
        yield trial.fault("deleted closing quote", token.end - 1, token.end, "")
    for token in strings[5 :: max(1, len(strings) // 2)][:2]:
        yield trial.fault("deleted opening quote", token.start, token.start + 1, "")
    words = [t for t in trial.tokens if is_keyword(t) and len(t.value) > 4]
    for token in words[2 :: max(1, len(words) // 6)][:6]:
        yield trial.fault("misspelt keyword", token.start, token.end, token.value[:2] + "zq" + token.value[2:])
    commas = [t for t in trial.tokens if t.value == ","]
    for token in commas[1 :: max(1, len(commas) // 2)][:2]:
        if "\n" not in text[token.end : token.end + 1]:
            yield trial.fault("deleted comma", token.start, token.end, "")


KINDS: tuple[Callable[[Trial], Iterator[Fault]], ...] = (
    unknown_names, unknown_values, renamed_declarations, duplicate_names, units, quantities, ranges, said_twice,
    wrong_kinds, references_in_texts, codes, syntax,
)  # fmt: skip


def faults(text: str) -> list[Fault]:
    """All faults of a text, in a fixed order."""
    trial = Trial(text)
    return [fault for kind in KINDS for fault in kind(trial)]
