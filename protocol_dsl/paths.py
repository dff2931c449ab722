"""Where the grammar, the templates and the library are: in a checkout beside the package, in a wheel inside it."""

from __future__ import annotations

import os

PACKAGE = os.path.dirname(os.path.abspath(__file__))


def resource(folder: str) -> str:
    """The absolute path of the folder `grammars` or `templates`."""
    inside = os.path.join(PACKAGE, folder)
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(PACKAGE), folder)


GRAMMARS = resource("grammars")
TEMPLATES = resource("templates")
LIBRARY = os.path.join(PACKAGE, "library")
