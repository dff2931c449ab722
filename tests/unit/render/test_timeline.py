from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.study import Study
from protocol_dsl.render import soa
from protocol_dsl.render.timeline import MIN_GAP, Timeline, timeline
from protocol_dsl.schedule.build import build
from tests.unit.render.trials import AT, HOSTILE, hostile, large, rendering, toy

SVG = "{http://www.w3.org/2000/svg}"


def picture(trial: Protocol) -> Timeline:
    found = timeline(trial, build(trial))
    assert found is not None
    return found


def drawn(trial: Protocol) -> ElementTree.Element:
    return ElementTree.fromstring(next(o.data for o in soa.outputs(rendering(trial)) if o.path == "timeline.svg"))


@pytest.mark.parametrize("trial", [toy(), large(40, 2), large(3, 1)], ids=["toy", "many", "few"])
def test_marks_are_in_the_order_of_their_days_with_room_for_their_labels(trial: Protocol) -> None:
    for lane in picture(trial).lanes:
        places = [mark.x for mark in lane.marks]
        assert all(after - before >= MIN_GAP - 0.11 for before, after in pairwise(places))


def test_every_visit_with_a_day_is_drawn_and_the_others_are_named() -> None:
    found = picture(toy())
    assert [mark.label for mark in found.lanes[0].marks] == [
        "Screening", "Leukapheresis", "Lymphodepletion 1", "Infusion", "Day 7", "Day 28", "Month 3",
    ]  # fmt: skip
    assert [lane.title for lane in found.lanes] == ["", "Imaging"]
    assert found.undrawn == "Early termination"


def test_window_bars_span_the_permitted_days_around_the_mark() -> None:
    marks = {mark.label: mark for mark in picture(toy()).lanes[0].marks}
    assert marks["Day 7"].left < marks["Day 7"].x < marks["Day 7"].right
    assert marks["Day 28"].left == marks["Day 28"].x < marks["Day 28"].right
    assert not marks["Lymphodepletion 1"].has_bar


def test_bars_of_one_row_do_not_overlap() -> None:
    for lane in picture(large(40, 2)).lanes:
        ends: dict[float, float] = {}
        for mark in lane.marks:
            assert mark.left >= ends.get(mark.bar_y, 0)
            ends[mark.bar_y] = mark.right


def test_dlt_window_goes_from_infusion_to_its_last_day_and_infusion_is_marked() -> None:
    found = picture(toy())
    marks = {mark.label: mark for mark in found.lanes[0].marks}
    assert found.window is not None
    assert found.window.left == marks["Infusion"].x
    assert found.window.left + found.window.width == pytest.approx(marks["Day 28"].x)
    assert marks["Infusion"].is_anchor
    assert [key.kind for key in found.legend] == ["anchor", "visit", "dosing", "open", "bar", "window"]


def test_ticks_have_the_protocols_own_days_and_do_not_touch() -> None:
    found = picture(toy())
    assert [tick.text for tick in found.ticks] == ["−42", "−5", "0", "7", "21", "28", "91"]
    crowded = picture(large(40, 2)).ticks
    assert "0" in [tick.text for tick in crowded]
    assert all(b.x - a.x >= 6.1 * (len(a.text) + len(b.text)) / 2 for a, b in pairwise(crowded))


def test_labels_of_stages_do_not_overlap() -> None:
    for lane in picture(toy()).lanes:
        spans = [
            (band.label_y, band.label_x - 3.05 * len(band.label), band.label_x + 3.05 * len(band.label))
            for band in lane.bands
        ]
        for at, (y, left, right) in enumerate(spans):
            assert all(y != y2 or right <= left2 or right2 <= left for y2, left2, right2 in spans[at + 1 :])
            assert left >= 0


@pytest.mark.parametrize("trial", [toy(), hostile(), large(60, 1)], ids=["toy", "hostile", "large"])
def test_the_picture_is_well_formed_and_inside_its_frame(trial: Protocol) -> None:
    root = drawn(trial)
    assert root.tag == f"{SVG}svg"
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {"svg", "title", "style", "rect", "line", "g", "circle", "path", "text"}
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, "0")) <= width
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, "0")) <= height


def test_hostile_labels_stay_text() -> None:
    root = drawn(hostile())
    assert any(" ".join(HOSTILE.split()) in (element.text or "") for element in root.iter(f"{SVG}title"))
    assert not any(re.match("on|href", name) for element in root.iter() for name in element.attrib)


def test_a_schedule_without_days_has_no_picture() -> None:
    trial = Protocol(study=Study(name="EMPTY", origin=AT))
    assert timeline(trial, build(trial)) is None
