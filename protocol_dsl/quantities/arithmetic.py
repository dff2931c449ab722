"""Units of what is calculated: of a product, a quotient, a whole power.

The results say what is measured. Their symbols are for messages and need not be spellings that `parse_unit` reads.
"""

from __future__ import annotations

from protocol_dsl.quantities.known_units import NO_DIMENSION, Unit, is_temperature, reduced


def product(a: Unit, b: Unit) -> Unit | None:
    """The unit of a value in `a` times one in `b`; None for a plain number, and for temperatures."""
    return _composed(a, b, 1, f"{a.symbol}·{b.symbol}")


def quotient(a: Unit, b: Unit) -> Unit | None:
    """The unit of a value in `a` divided by one in `b`; None for a plain number, and for temperatures."""
    below = f"({b.symbol})" if any(sign in b.symbol for sign in "/·") else b.symbol
    return _composed(a, b, -1, f"{a.symbol}/{below}")


def power(a: Unit, exponent: int) -> Unit | None:
    """The unit of a value in `a` to a whole power; None for a plain number, and for temperatures."""
    if exponent == 0 or is_temperature(a.dimension) or a.dimension == NO_DIMENSION:
        return None
    shown = f"{a.symbol}{exponent}" if a.symbol.isalpha() and exponent > 0 else f"({a.symbol})^{exponent}"
    num, den = a.factor if exponent > 0 else a.factor[::-1]
    factor = reduced(num ** abs(exponent), den ** abs(exponent))
    return Unit(shown, shown, tuple(part * exponent for part in a.dimension), factor, (0, 1), shown)


def _composed(a: Unit, b: Unit, sign: int, symbol: str) -> Unit | None:
    if is_temperature(a.dimension) or is_temperature(b.dimension):
        return None
    dimension = tuple(x + sign * y for x, y in zip(a.dimension, b.dimension, strict=True))
    if dimension == NO_DIMENSION:
        return None
    if b.dimension == NO_DIMENSION:
        return a
    if a.dimension == NO_DIMENSION and sign > 0:
        return b
    over, under = b.factor if sign > 0 else b.factor[::-1]
    return Unit(symbol, symbol, dimension, reduced(a.factor[0] * over, a.factor[1] * under), (0, 1), symbol)
