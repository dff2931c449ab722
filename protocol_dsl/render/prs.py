"""`prs.xml`: the upload for the registration system of ClinicalTrials.gov; `prs.md`: what it leaves open.

With an earlier version of the protocol, `prs_partial.xml` too: only the parts of the record that changed.
"""

from __future__ import annotations

from protocol_dsl.exchange import prs
from protocol_dsl.exchange.prs_partial import partial
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.ctgov import section
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page

TITLE = "Upload to ClinicalTrials.gov (PRS): what is open"
COMMENT = "Structure follows ProtocolRecordSchema 2018.05.08. Not checked by the PRS. What is open: prs.md"


def outputs(rendering: Rendering) -> list[Output]:
    """`prs.xml` and `prs.md`; `prs_partial.xml` where the rendering has a version before."""
    record = section(rendering.protocol)
    made = [Output("prs.xml", prs.upload([prs.study(record)], COMMENT))]
    changes = partial(section(rendering.before), record) if rendering.before is not None else None
    if changes is not None:
        made.append(Output("prs_partial.xml", prs.upload([changes.study], f"PARTIAL UPLOAD. {COMMENT}")))
    data = {
        "page": page(rendering, TITLE),
        "open": prs.open_fields(record),
        "partial": changes,
        "findings": sum(each.code.startswith("REG") for each in rendering.diagnostics),
    }
    made.append(Output("prs.md", render("prs.md.j2", data, rendering.templates).encode()))
    return made
