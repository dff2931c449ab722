"""Templates: where they are found, what they may do, and what becomes of their faults."""

from __future__ import annotations

import os
from functools import cache
from types import TracebackType
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    select_autoescape,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from protocol_dsl.diagnostics.codes import ioe
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.paths import TEMPLATES
from protocol_dsl.render.text import csv_safe, md, writable, xml

ESCAPED = ("html.j2", "svg.j2", "xml.j2")
"""Endings of templates in which every value is escaped unless the template says otherwise."""


class TemplateFault(Exception):
    """A template of the project that cannot be used; `diagnostic` is what to tell its author."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


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


@cache
def _shipped() -> ImmutableSandboxedEnvironment:
    return environment(None)


def environment(folder: str | None) -> ImmutableSandboxedEnvironment:
    """The templates of the project's `folder` in front of the shipped ones.

    Made anew for each document of a project with a folder of its own: files come and go between two runs in one
    process, and a cache would serve a template that is no longer there.
    """
    folders = ([folder] if folder else []) + [TEMPLATES]
    made = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(each) for each in folders]),
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
