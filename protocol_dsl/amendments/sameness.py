"""What is a change of the words and not of what they say: other units, and texts in which a name was filled in."""

from __future__ import annotations

import re
from math import isclose
from typing import Any

from protocol_dsl.quantities import UnitError, compatible, convert, parse_unit

_QUANTITY = re.compile(r"(±?)(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?) (\S+)")
_LITERAL = re.compile(r'"""(.*?)"""|"((?:[^"\\\n]|\\.)*)"', re.DOTALL)
_BLANK = re.compile(r"\{[^{}]+\}")


def same_quantity(old: Any, new: Any) -> bool:
    """Whether two texts are one quantity in two units, such as `28 days` and `4 weeks`."""
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    was, now = _QUANTITY.fullmatch(old), _QUANTITY.fullmatch(new)
    if was is None or now is None or was[1] != now[1]:
        return False
    try:
        before, after = parse_unit(was[3]), parse_unit(now[3])
    except UnitError:
        return False
    return compatible(before, after) and isclose(convert(float(was[2]), before, after), float(now[2]), rel_tol=1e-12)


def only_filled_in(old: str, new: str, old_source: str, new_source: str) -> bool:
    """Whether both sources hold one text with `{…}` that `old` and `new` are made from, by what stood there then."""
    was, now = _literals(old_source), _literals(new_source)
    before, after = _spaced(old), _spaced(new)
    if before in was or after in now:
        return False
    for text in was & now:
        if _BLANK.search(text):
            pattern = re.compile(".+".join(map(re.escape, _BLANK.split(text))))
            if pattern.fullmatch(before) and pattern.fullmatch(after):
                return True
    return False


def _literals(source: str) -> frozenset[str]:
    return frozenset(_spaced(match[1] or match[2] or "") for match in _LITERAL.finditer(source))


def _spaced(text: str) -> str:
    return " ".join(text.split())
