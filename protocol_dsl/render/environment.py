"""Templates: where they are found, what they may do, and what becomes of their faults."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any, cast

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    select_autoescape,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.paths import TEMPLATES
from protocol_dsl.render.context import DocumentFault
from protocol_dsl.render.text import csv_safe, md, writable, xml

ESCAPED = ("html.j2", "svg.j2", "xml.j2")
"""Endings of templates in which every value is escaped unless the template says otherwise."""


class TemplateFault(DocumentFault):
    """A template of the project that cannot be used; `diagnostic` is what to tell its author."""


def render(template: str, data: dict[str, Any], templates: str | None = None) -> str:
    """The text of `template` (such as `soa.html.j2`) filled with `data`.

    `templates` is the folder of the project's own templates; a file there takes the place of the shipped one
    of that name, and may extend or include shipped ones. Raises `TemplateFault` (IOE007) for a fault in them.
    """
    if templates is None:
        return _shipped().get_template(template).render(data)
    if not os.path.isdir(templates):
        raise TemplateFault(_fault(f"the folder of templates {templates} is not there"))
    try:
        return environment(os.path.realpath(templates)).get_template(template).render(data)
    except RecursionError:
        raise TemplateFault(_fault(f"{template}: templates include one another without end")) from None
    except Exception as error:
        raise TemplateFault(_explained(error, template)) from error


LONGEST = 10_000_000
"""Characters or items that a template may make by multiplying."""


_PLAIN = frozenset({str, int, bool, float, list, dict, type(None)})


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a template cannot fill the memory by multiplying either."""

    intercepted_binops = frozenset({"*", "**"})

    def getattr(self, obj: object, attribute: str) -> object:
        """The attribute, if a template may see it.

        A table has tens of thousands of cells, whose fields are plain data by name: they need no further proof.
        """
        if attribute in getattr(type(obj), "_fields", ()):
            value: object = getattr(obj, attribute)
            if type(value) in _PLAIN or isinstance(value, tuple):
                return cast("object", value)
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply only what stays small."""
        for one, other in ((left, right), (right, left)):
            size = len(cast("str", one)) if isinstance(one, (str, list, tuple)) else 0
            if operator == "*" and isinstance(other, int) and size * other > LONGEST:
                raise SecurityError(f"{other} times {size} is too much")
        if operator == "**" and isinstance(right, (int, float)) and right > 64:
            raise SecurityError(f"a power of {right} is too much")
        return super().call_binop(context, operator, left, right)


class Folder(FileSystemLoader):
    """Templates of one folder; a link that leads out of it is not followed."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """The text of a template, its path, and whether it is still the same."""
        text, path, is_fresh = super().get_source(environment, template)
        folder = os.path.realpath(self.searchpath[0])
        if os.path.commonpath([os.path.realpath(path), folder]) != folder:
            raise SecurityError(f"the template {template} is a link out of its folder")
        return text, path, is_fresh


@cache
def _shipped() -> ImmutableSandboxedEnvironment:
    return environment(None)


def environment(folder: str | None) -> ImmutableSandboxedEnvironment:
    """The templates of the project's `folder` in front of the shipped ones.

    Made anew for each document of a project with a folder of its own: files come and go between two runs in one
    process, and a cache would serve a template that is no longer there.
    """
    folders = ([folder] if folder else []) + [TEMPLATES]
    made = Sandbox(
        loader=ChoiceLoader([Folder(each) for each in folders]),
        autoescape=select_autoescape(enabled_extensions=ESCAPED, default=False),
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(csv_safe=csv_safe, md=md, xml=xml)
    return made


def _finalized(value: object) -> object:
    return writable(value) if type(value) is str else value


def _explained(error: Exception, template: str) -> Diagnostic:
    """The fault as a diagnostic; raised again when it is none of the template's."""
    name, line = _place(error.__traceback__) or (template, None)
    if isinstance(error, TemplateSyntaxError):
        return _fault(f"{error.name or template}, line {error.lineno}: {_clause(error)}")
    where = f"{name}, line {line}" if line is not None else name
    if isinstance(error, TemplateNotFound):
        return _fault(f"{where}: there is no template {error.name}")
    if isinstance(error, UndefinedError):
        return _fault(
            f"{where}: {_clause(error)}", help="correct the name; the document's page in the manual lists all"
        )
    if isinstance(error, SecurityError):
        return _fault(f"{where}: {_clause(error)}", help="a template can only show the data it is given")
    if isinstance(error, UnicodeDecodeError):
        return _fault(f"{where}: it is not UTF-8 text", help="save the template as UTF-8")
    if line is None:
        raise error
    return _fault(f"{where}: {_clause(error)}")


def _clause(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__).rstrip(".")


def _place(trace: TracebackType | None) -> tuple[str, int] | None:
    """Template and line in which the fault came up; jinja puts frames of the template into the traceback."""
    found: tuple[str, int] | None = None
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.endswith(".j2"):
            found = (os.path.basename(code.co_filename), trace.tb_lineno)
        trace = trace.tb_next
    return found


def _fault(message: str, help: str | None = None) -> Diagnostic:
    return ioe.TEMPLATE_FAULT.at(None, message, help=help)
