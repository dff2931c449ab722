"""The eligibility block: the registry's one text of criteria in numbered statements, ages, sex, volunteers."""

from __future__ import annotations

import re
from typing import NamedTuple

from protocol_dsl.exchange.criteria_text import Block, is_heading, read, section
from protocol_dsl.importing.ctgov_study import length
from protocol_dsl.importing.fields import Fields
from protocol_dsl.importing.report import Report
from protocol_dsl.importing.writing import Names, Writer

_PATH = "eligibilityModule.eligibilityCriteria"
_SEVERAL = re.compile(r"at least (?P<count>two|three|four|\d)\b", re.IGNORECASE)
_ONE = re.compile(r"\b(?:any|one|either)\s+(?:or more\s+)?of\b|\bone or more\b|\bat least one\b", re.IGNORECASE)
_ALL = re.compile(r"\ball\s+of\b|\ball the following\b|\beach of\b", re.IGNORECASE)
_NUMBERS = {"two": 2, "three": 3, "four": 4}


class Item(NamedTuple):
    """A criterion with the items below it."""

    block: Block
    options: list[Item]


def write(writer: Writer, fields: Fields, names: Names, report: Report) -> None:
    """Write the block, if the record says anything about eligibility."""
    inner = Writer()
    inner.depth = writer.depth + 1
    _about(inner, fields)
    text = fields.markup("eligibilityCriteria")
    if text:
        _criteria(inner, read(text), names, report)
    if inner.lines:
        writer.gap()
        writer.line("eligibility {")
        writer.lines += inner.lines
        writer.line("}")


def _about(writer: Writer, fields: Fields) -> None:
    sex = fields.word("sex", "sex")
    if sex:
        writer.line(f"sex {sex}")
    by_gender, why = fields.flag("genderBased"), fields.markup("genderDescription")
    if by_gender and why:
        writer.prose(f"gender_based {by_gender}", why)
    elif by_gender:
        writer.line(f"gender_based {by_gender}")
    elif why:
        fields.report.add("dropped", fields.at("genderDescription"), "the record does not say whether gender decides")
    low, high = length(fields, "minimumAge"), length(fields, "maximumAge")
    if low and high and _is_above(low, high):
        fields.report.add("dropped", fields.at("maximumAge"), f"{high} is below the least age, {low}")
        high = None
    if low and high:
        writer.line(f"age from {low} to {high}")
    elif low or high:
        writer.line(f"age at least {low}" if low else f"age at most {high}")
    healthy = fields.flag("healthyVolunteers")
    if healthy:
        writer.line(f"healthy_volunteers {healthy}")
    fields.texts("stdAges")


def _is_above(low: str, high: str) -> bool:
    (first, first_unit), (second, second_unit) = low.split(), high.split()
    return first_unit.rstrip("s") == second_unit.rstrip("s") and int(first) > int(second)


def _criteria(writer: Writer, blocks: list[Block], names: Names, report: Report) -> None:
    kind = "include"
    place = 0
    is_said = any(section(block.text) for block in blocks if block.kind == "paragraph")
    if not is_said and any(block.kind == "item" for block in blocks):
        writer.line('@todo "no heading says which criteria include and which exclude: all are read as inclusion"')
    while place < len(blocks):
        block = blocks[place]
        place += 1
        if block.kind == "paragraph":
            kind = section(block.text) or kind
            following = blocks[place] if place < len(blocks) else None
            if is_heading(block.text):
                is_numbered = following is not None and following.kind == "item" and following.is_numbered
                writer.text("heading", block.text, " numbered" if is_numbered else "")
                report.add("structured", _PATH)
            else:
                writer.text("remark", block.text)
                report.add("text", _PATH, "text between the criteria stands in a `remark`")
            continue
        items: list[Block] = [block]
        while place < len(blocks) and blocks[place].kind == "item" and blocks[place].depth > block.depth:
            items.append(blocks[place])
            place += 1
        _item(writer, kind, _tree(items), names, report)


def _tree(blocks: list[Block]) -> Item:
    """The first block with those below it; a depth that is skipped counts as the next one."""
    top = Item(blocks[0], [])
    chain = [top]
    for block in blocks[1:]:
        while len(chain) > 1 and chain[-1].block.depth >= block.depth:
            chain.pop()
        item = Item(block, [])
        chain[-1].options.append(item)
        chain.append(item)
    return top


def _item(writer: Writer, kind: str, item: Item, names: Names, report: Report) -> None:
    report.add("structured", _PATH)
    name = names.of(item.block.text, kind)
    if not item.options:
        writer.text(f"{kind} {name}", item.block.text)
        return
    combined = _combined(item, kind)
    if combined is None:
        writer.line('@assumed "all options are meant: the record does not say whether one is enough"')
        report.add("text", _PATH, "how the options of a criterion combine is not said: `all_of` is assumed")
    writer.text(f"{kind} {combined or 'all_of'} {name}", item.block.text, " {")
    writer.depth += 1
    for option in item.options:
        _item(writer, "option", option, names, report)
    writer.depth -= 1
    writer.line("}")


def _combined(item: Item, kind: str) -> str | None:
    """How the options add up, by the words of the criterion; None when they do not say."""
    text = item.block.text
    several = _SEVERAL.search(text)
    if several is not None:
        count = _NUMBERS.get(several["count"].lower()) or int(several["count"])
        if 1 <= count <= len(item.options) and several["count"] != "1":
            return f"at least {count} of"
    if _ONE.search(text):
        return "one_of"
    if _ALL.search(text):
        return "all_of"
    return "one_of" if kind == "exclude" else None
