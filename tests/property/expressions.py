"""Random expressions with a value computed beside them, to hold the evaluator and the printers against.

`expressions(count, seed)` gives texts in the language, each with a function that computes its value for a record by
plain Python and three-valued truth, without the compiler. `records(count, seed)` gives records with blanks, and
`trees(written)` what the compiler makes of the texts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from protocol_dsl import pipeline

Record = dict[str, Any]
Compute = Callable[[Record], Any]

DECLARATIONS = """
protocol P {}
timeline { day 0 = infusion }
visit SCR "Screening" day -14
visit infusion "Infusion" day 0
assess labs "Laboratory" at SCR {
  result anc "Neutrophils" (10*9/L)
  result hb "Haemoglobin" (g/L)
  result temp "Temperature" (Cel)
  result wt "Weight" (kg)
  result inr "INR"
  result score "Score" integer
  result hbsag "HBsAg" choice { positive "Positive" negative "Negative" }
  result grade "Grade" choice { 1 "Mild" 2 "Moderate" 3 "Severe" }
}
fact fertile "Fertile" yes_no
fact seen "Seen before" yes_no
fact diagnosed "Diagnosed" date
fact treated "Treated" date
"""

# Name: unit in the language, and literals of other units with their size in it.
NUMBERS: dict[str, tuple[str, list[tuple[str, Fraction]]]] = {
    "anc": ("10*9/L", [("e9/L", Fraction(1)), ("e3/uL", Fraction(1)), ("e6/L", Fraction(1, 1000))]),
    "hb": ("g/L", [(" g/L", Fraction(1)), (" g/dL", Fraction(10)), (" mg/mL", Fraction(1))]),
    "wt": ("kg", [(" kg", Fraction(1)), (" g", Fraction(1, 1000))]),
    "inr": ("", [("", Fraction(1))]),
    "score": ("", [("", Fraction(1))]),
}
CODES = {"hbsag": ("positive", "negative"), "grade": ("1", "2", "3")}
TRUTHS = ("fertile", "seen")
DATES = ("diagnosed", "treated")
DAY = date(2024, 1, 1)


class Written(NamedTuple):
    """An expression: its text, and its value for a record; None is a missing value."""

    text: str
    compute: Compute


def records(count: int, seed: int) -> list[Record]:
    """Records of every name above; about one value in four is blank."""
    random = Random(seed)
    return [{name: value for name, value in _record(random).items() if random.random() > 0.25} for _ in range(count)]


def _record(random: Random) -> Record:
    values: Record = {name: Fraction(random.randrange(0, 400), 10) for name in NUMBERS if name != "score"}
    values["score"] = random.randrange(0, 12)
    values["temp"] = Fraction(random.randrange(340, 420), 10)
    values |= {name: random.choice(codes) for name, codes in CODES.items()}
    values |= {name: random.random() < 0.5 for name in TRUTHS}
    return values | {name: DAY + timedelta(days=random.randrange(0, 60)) for name in DATES}


def expressions(count: int, seed: int) -> list[Written]:
    """Conditions of many shapes."""
    random = Random(seed)
    return [_truth(random, 3) for _ in range(count)]


def trees(written: list[Written]) -> list[dict[str, Any]]:
    """The compiled tree of each, in order."""
    conditions = "\n".join(f'population p{i} "P{i}" where {each.text}' for i, each in enumerate(written))
    compiled = pipeline.check_text(DECLARATIONS + conditions)
    wrong = [d.message for d in compiled.diagnostics if d.severity == "error" and d.code[:3] in ("SYN", "NAM", "QTY")]
    assert compiled.protocol is not None, wrong
    assert not wrong, wrong
    found = [population.where for population in compiled.protocol.populations]
    return [where.tree for where in found if where is not None]


# ---- truth ----


def _truth(random: Random, depth: int) -> Written:
    shapes = [_compared, _compared, _coded, _yes, _known, _dated]
    if depth:
        shapes += [_joined, _joined, _negated]
    return random.choice(shapes)(random, depth)


def _joined(random: Random, depth: int) -> Written:
    parts = [_truth(random, depth - 1) for _ in range(random.choice((2, 2, 3)))]
    word = random.choice(("and", "or"))

    def compute(record: Record) -> Any:
        truths = [part.compute(record) for part in parts]
        if (word == "or") in truths:
            return word == "or"
        return None if None in truths else word == "and"

    return Written(f" {word} ".join(f"({part.text})" for part in parts), compute)


def _negated(random: Random, depth: int) -> Written:
    part = _truth(random, depth - 1)

    def compute(record: Record) -> Any:
        truth = part.compute(record)
        return None if truth is None else not truth

    return Written(f"not ({part.text})", compute)


def _compared(random: Random, depth: int) -> Written:
    sign = random.choice(("=", "!=", "<", "<=", ">", ">="))
    if random.random() < 0.15:
        left, right = _temperature(random)
    else:
        name = random.choice(list(NUMBERS))
        left, right = _number(random, name, depth), _limit(random, name)
        if random.random() < 0.2:
            left, right = right, left
    return Written(f"{left.text} {sign} {right.text}", _comparison(sign, left.compute, right.compute))


def _comparison(sign: str, left: Compute, right: Compute) -> Compute:
    def compute(record: Record) -> Any:
        one, other = left(record), right(record)
        if one is None or other is None:
            return None
        equal, less = one == other, one < other
        return {
            "=": equal,
            "!=": not equal,
            "<": less,
            ">": not less and not equal,
            "<=": less or equal,
            ">=": not less,
        }[sign]

    return compute


def _coded(random: Random, _depth: int) -> Written:
    name = random.choice(list(CODES))
    codes = CODES[name]
    if random.random() < 0.4:
        some = random.sample(codes, random.randrange(1, len(codes) + 1))
        return Written(
            f"{name} is one_of ({', '.join(some)})",
            lambda record: None if record.get(name) is None else record[name] in some,
        )
    code, sign = random.choice(codes), random.choice(("=", "!="))
    return Written(
        f"{name} {sign} {code}",
        lambda record: None if record.get(name) is None else (record[name] == code) == (sign == "="),
    )


def _yes(random: Random, _depth: int) -> Written:
    name = random.choice(TRUTHS)
    if random.random() < 0.5:
        return Written(name, lambda record: record.get(name))
    word = random.choice(("yes", "no"))
    return Written(
        f"{name} = {word}", lambda record: None if record.get(name) is None else record[name] == (word == "yes")
    )


def _known(random: Random, _depth: int) -> Written:
    name = random.choice([*NUMBERS, *CODES, *TRUTHS, *DATES])
    word = random.choice(("known", "missing"))
    return Written(f"{name} is {word}", lambda record: (record.get(name) is not None) == (word == "known"))


def _dated(random: Random, _depth: int) -> Written:
    sign = random.choice(("<", "<=", ">", ">="))
    if random.random() < 0.5:
        days = random.randrange(-30, 30)
        return Written(
            f"days(diagnosed, treated) {sign} {days}",
            _comparison(
                sign,
                lambda record: (
                    None
                    if record.get("diagnosed") is None or record.get("treated") is None
                    else (record["treated"] - record["diagnosed"]).days
                ),
                lambda _: days,
            ),
        )
    name, day = random.choice(DATES), DAY + timedelta(days=random.randrange(0, 60))
    return Written(
        f"{name} {sign} {day.isoformat()}", _comparison(sign, lambda record: record.get(name), lambda _: day)
    )


# ---- numbers ----


def _limit(random: Random, name: str) -> Written:
    suffix, size = random.choice(NUMBERS[name][1])
    number = Fraction(random.randrange(1, 300), 10)
    written = number / size
    text = str(float(written)) if written.denominator != 1 else str(written.numerator)
    if suffix == "" and name == "score":
        number, text = Fraction(random.randrange(0, 12)), ""
        text = str(number)
    return Written(f"{text}{suffix}", lambda _: number)


def _temperature(random: Random) -> tuple[Written, Written]:
    """A comparison over two scales with different zeros."""
    fahrenheit = random.randrange(94, 107)
    celsius = (Fraction(fahrenheit) - 32) * 5 / 9
    return Written("temp", lambda record: record.get("temp")), Written(f"{fahrenheit} [degF]", lambda _: celsius)


def _number(random: Random, name: str, depth: int) -> Written:
    plain = Written(name, lambda record: record.get(name))
    if depth < 2 or random.random() < 0.5:
        return plain
    shape = random.choice(("sum", "difference", "times", "negative", "max", "mean", "round", "when", "abs"))
    if shape in ("sum", "difference"):
        other, sign = _limit(random, name), {"sum": "+", "difference": "-"}[shape]
        factor = 1 if shape == "sum" else -1
        return Written(f"{name} {sign} {other.text}", _of(plain.compute, lambda v: v + factor * other.compute({})))
    if shape == "times":
        factor = random.randrange(1, 5)
        return Written(f"{name} * {factor}", _of(plain.compute, lambda v: v * factor))
    if shape == "negative":
        return Written(f"-{name}", _of(plain.compute, lambda v: -v))
    if shape in ("max", "mean"):
        other = _limit(random, name)

        def combine(value: Any) -> Any:
            second = other.compute({})
            return max(value, second) if shape == "max" else (value + second) / 2

        return Written(f"{shape}({name}, {other.text})", _of(plain.compute, combine))
    if shape == "round":
        return Written(
            f"round({name})", _of(plain.compute, lambda v: int(abs(v) + Fraction(1, 2)) * (1 if v >= 0 else -1))
        )
    if shape == "abs":
        return Written(f"abs({name})", _of(plain.compute, abs))
    condition = _truth(random, 0)

    def choose(record: Record) -> Any:
        truth = condition.compute(record)
        value = plain.compute(record)
        if truth is None or value is None:
            return None
        return value * 2 if truth else value

    if name in ("inr", "score"):
        return Written(f"{name} * when({condition.text}, 2, 1)", choose)
    return plain


def _of(compute: Compute, change: Callable[[Any], Any]) -> Compute:
    def changed(record: Record) -> Any:
        value = compute(record)
        return None if value is None else change(value)

    return changed


def _rounded(value: Any) -> int:
    return int(abs(value) + Fraction(1, 2)) * (1 if value >= 0 else -1)
