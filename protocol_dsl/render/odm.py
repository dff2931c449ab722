"""The metadata of the study for data capture systems: ODM 1.3.2 and ODM 2.0."""

from __future__ import annotations

from functools import cache

from protocol_dsl.elaborate.library import load_form
from protocol_dsl.exchange.odm import write_1_3_2, write_2_0
from protocol_dsl.forms.complete import complete
from protocol_dsl.model.forms import Form
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.odm_content import content
from protocol_dsl.render.odm_design import design


def outputs(rendering: Rendering) -> list[Output]:
    """`odm-1.3.2.xml` and `odm-2.0.xml`."""

    @cache
    def load(name: str) -> Form | None:
        return load_form(name, rendering.sources)

    forms = complete(rendering.protocol, load)
    both = content(rendering.protocol, forms)
    return [
        Output("odm-1.3.2.xml", write_1_3_2.write(both)),
        Output("odm-2.0.xml", write_2_0.write(both, design(rendering.protocol, forms, both))),
    ]
