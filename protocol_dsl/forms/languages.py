"""The labels of forms in another language: what stands there, and what is still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from protocol_dsl.model.base import Choice
    from protocol_dsl.model.forms import Check, Field, Form
    from protocol_dsl.model.protocol import Protocol


class Labels:
    """The labels of one language. A method gives None where there is no translation.

    A path decides before a text: `vitals_form.sbp`, or `sbp` by the name of the result that the field holds.
    """

    def __init__(self, protocol: Protocol, language: str) -> None:
        blocks = [each for each in protocol.translations if each.language == language]
        self.language = language
        self.paths = {path: text for block in blocks for path, text in block.labels}
        self.texts = {text: translated for block in blocks for text, translated in block.texts}

    def text(self, original: str | None) -> str | None:
        """The translation of a text, wherever it stands: a heading, an instruction, a remark."""
        return self.texts.get(original) if original is not None else None

    def form(self, form: Form) -> str | None:
        """The title of a form."""
        return self._found(form.title, form.name, *(form.records if len(form.records) == 1 else ()))

    def field(self, form: Form, field: Field) -> str | None:
        """The label of a field."""
        return self._found(field.title, f"{form.name}.{field.name}", *_held(form, field))

    def choice(self, form: Form, field: Field, choice: Choice) -> str | None:
        """The label of a choice."""
        paths = [f"{form.name}.{field.name}", *_held(form, field)]
        if field.codelist is not None:
            paths.append(field.codelist)
        if field.matrix is not None:
            paths.append(f"{form.name}.{field.matrix}")
        return self._found(choice.label, *(f"{path}.{choice.code}" for path in paths))

    def check(self, form: Form, check: Check) -> str | None:
        """The text of a check."""
        return self._found(check.text, f"{form.name}.{check.name}")

    def missing(self, form: Form) -> Iterator[str]:
        """The paths of the form's labels that have no translation; a shared list's under its own name."""
        if self.form(form) is None:
            yield form.name
        for field in form.fields:
            if self.field(form, field) is None:
                yield f"{form.name}.{field.name}"
            owner = field.codelist or f"{form.name}.{field.matrix or field.name}"
            for choice in field.choices:
                if self.choice(form, field, choice) is None:
                    yield f"{owner}.{choice.code}"

    def is_begun(self, form: Form) -> bool:
        """Whether a part of the form is translated by its path."""
        return any(path.startswith(f"{form.name}.") for path in self.paths)

    def _found(self, original: str, *paths: str) -> str | None:
        return next((self.paths[path] for path in paths if path in self.paths), None) or self.texts.get(original)


def languages(protocol: Protocol) -> tuple[str, ...]:
    """The languages that the protocol has labels in, in the order of the text."""
    return tuple(dict.fromkeys(each.language for each in protocol.translations))


def untranslated(protocol: Protocol, forms: Iterable[Form], language: str) -> tuple[str, ...]:
    """The paths of all labels of the forms that have no translation, each once."""
    labels = Labels(protocol, language)
    return tuple(dict.fromkeys(path for form in forms for path in labels.missing(form)))


def _held(form: Form, field: Field) -> tuple[str, ...]:
    """The names in the protocol of what a field holds: `sbp`, and `vitals.sbp` below its assessment."""
    if field.holds is None:
        return ()
    return (field.holds, *(f"{name}.{field.holds}" for name in form.records))
