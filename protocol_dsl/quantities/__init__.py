"""Numbers, units and quantities: read as written, compared and converted exactly, written for their reader."""

from __future__ import annotations

from protocol_dsl.quantities.arithmetic import power, product, quotient
from protocol_dsl.quantities.conversion import (
    DimensionError,
    compatible,
    convert,
    describe_dimension,
    duration_days,
    is_duration,
    why_incompatible,
)
from protocol_dsl.quantities.formatting import format_quantity, format_unit
from protocol_dsl.quantities.known_units import Dimension, Ratio, Unit, singular, unit_names
from protocol_dsl.quantities.numbers import (
    LostExponent,
    NumberError,
    NumberStyle,
    canonical_number,
    format_number,
    parse_number,
)
from protocol_dsl.quantities.units import UnitError, define, parse_unit, split_quantity

__all__ = [
    "Dimension",
    "DimensionError",
    "LostExponent",
    "NumberError",
    "NumberStyle",
    "Ratio",
    "Unit",
    "UnitError",
    "canonical_number",
    "compatible",
    "convert",
    "define",
    "describe_dimension",
    "duration_days",
    "format_number",
    "format_quantity",
    "format_unit",
    "is_duration",
    "parse_number",
    "parse_unit",
    "power",
    "product",
    "quotient",
    "singular",
    "split_quantity",
    "unit_names",
    "why_incompatible",
]
