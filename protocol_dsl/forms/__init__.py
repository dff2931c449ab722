"""The case report forms of a trial: the protocol's own, completed from its statements and the library.

Pure functions over the model. `complete` gives every form, `crf_matrix` the form x visit grid.
"""

from __future__ import annotations

from protocol_dsl.forms.complete import complete
from protocol_dsl.forms.matrix import Matrix, MatrixRow, crf_matrix

__all__ = ["Matrix", "MatrixRow", "complete", "crf_matrix"]
