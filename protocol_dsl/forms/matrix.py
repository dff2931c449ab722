"""Which form is completed at which visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol_dsl.model.forms import Form
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Visit


class MatrixRow(NamedTuple):
    """One form; `at[i]` tells whether it is completed at the i-th visit of the matrix."""

    form: Form
    at: tuple[bool, ...]


class Matrix(NamedTuple):
    """Forms by visits, both in order."""

    visits: tuple[Visit, ...]
    rows: tuple[MatrixRow, ...]


def crf_matrix(forms: Iterable[Form], protocol: Protocol) -> Matrix:
    """The grid of `forms` and all visits in schedule order. A form kept all the time has no visit."""
    visits = tuple(sorted(protocol.visits, key=lambda visit: visit.order))
    rows = [MatrixRow(form, tuple(visit.name in set(form.visits) for visit in visits)) for form in forms]
    return Matrix(visits, tuple(rows))
