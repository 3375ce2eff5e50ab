"""The widgets of the page alone: the list of classes, the spread of scores, the triggers and the banner."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.detect.records import TriedImages
from core.detect.verdict import Outcome, verdict_by
from core.images.answers import Who
from core.images.selection import AskedShare
from core.metrics.figures import ATTACK
from core.records import Share
from core.report.detect.text import trigger_sentence
from gui.detect.result.banner import VerdictBanner
from gui.detect.result.class_list import ClassBar, ClassList
from gui.detect.result.score_strip import ScoreStrip
from gui.detect.result.trigger_view import NOT_KEPT, TriggerView, alone
from gui.job_page.class_choice import ClassChoice
from tests.gui.detect.stand_in_detection import make_combination, make_images, make_scores, make_trigger


def test_a_thousand_classes_scroll_and_the_chosen_one_stays(qtbot: QtBot) -> None:
    view = ClassList()
    qtbot.addWidget(view)
    view.resize(220, 200)
    view.show()
    chosen: list[int] = []
    view.class_chosen.connect(chosen.append)
    view.show_bars([ClassBar(label, f"class {label}", 1 - label / 1283, f"{label}") for label in range(1283)], 0)
    assert view.verticalScrollBar().maximum() > 1000
    assert (view.chosen, chosen) == (0, [])
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert (view.chosen, chosen) == (1, [1])
    view.verticalScrollBar().setValue(500)
    view.show_bars([ClassBar(label, f"class {label}", 0.5, "") for label in reversed(range(1283))], 1)
    assert view.chosen == 1 and chosen == [1]
    assert view.verticalScrollBar().value() == 500
    assert view.model().index(0, 0).data() == "class 1282: "


def test_names_are_whole_in_a_narrow_list(qtbot: QtBot) -> None:
    view = ClassList()
    qtbot.addWidget(view)
    view.show_bars([ClassBar(label, f"class {label}", 0.5, "50.2 %") for label in (7, 1239)], 7)
    metrics = view.fontMetrics()
    name, value = (metrics.horizontalAdvance(text) for text in ("class 1239", "50.2 %"))
    room = name + value + 12  # no bar fits between them
    assert name < view.name_width(metrics, room=room) <= room - value
    assert view.name_width(metrics, room=3 * room) == view.name_width(metrics, room=2 * room)


def test_bars_are_drawn_as_long_as_their_share(qtbot: QtBot) -> None:
    view = ClassList()
    qtbot.addWidget(view)
    view.resize(300, 100)
    view.show()
    lengths = []
    for share in (0.0, 0.5, 1.0):
        view.show_bars([ClassBar(1, "class 1", share, "", "error")], -1)
        image = view.viewport().grab().toImage()
        middle = image.height() // image.height() * 10
        colours = [image.pixelColor(x, middle).name() for x in range(image.width())]
        lengths.append(sum(each == "#b3331e" for each in colours))
    assert lengths[0] == 0 and 0.4 < lengths[1] / lengths[2] < 0.6


def test_the_marked_class_is_where_its_score_is(qtbot: QtBot) -> None:
    strip = ScoreStrip("standard deviations from the others' median")
    qtbot.addWidget(strip)
    scores = np.array([-1.0, 0.0, 1.0, 6.0, np.nan])
    strip.show_scores(scores, 3, marked=6.0)
    assert (strip.count, strip.marked) == (4, 6.0)
    assert strip.accessibleDescription() == "4 classes, class 3 at +6.0"
    strip.show_scores(scores, 4, marked=float("nan"))
    assert np.isnan(strip.marked)
    strip.resize(200, 60)
    assert not strip.grab().isNull()


def test_triggers_are_shown_alone_and_on_images_of_the_same_size(qtbot: QtBot) -> None:
    view = TriggerView()
    qtbot.addWidget(view)
    view.resize(420, 600)
    view.show()
    images = make_images().besides(3, 3)
    view.show_triggers([make_trigger(3)], images, titles=["Patch"], empty="")
    assert len(view.sentences) == 1
    row = view._rows[0]
    assert row.trigger.size() == row.views[0].size()
    before, after = view._clean.views[0].image(), row.views[0].image()
    assert before.pixelColor(0, 0).red() == 100 and after.pixelColor(0, 0).red() == 255
    assert after.pixelColor(7, 7).red() == 100
    view.show_triggers((), images, titles=(), empty="none")
    assert view.sentences == () and view.empty_label.text() == "none"


def test_the_share_of_a_trigger_is_a_link_where_its_images_are_known(qtbot: QtBot) -> None:
    view = TriggerView()
    qtbot.addWidget(view)
    view.resize(420, 600)
    view.show()
    asked: list[tuple[int, object]] = []
    view.images_asked.connect(lambda place, share: asked.append((place, share)))
    known = replace(make_trigger(3), tried=TriedImages(np.arange(16), np.arange(16) > 0))
    none = replace(make_trigger(3), success=Share(0, 0))
    images = make_images().besides(3, 3)
    for triggers, why, is_link in (
        ([make_trigger(3), known, none], "", [False, True, False]),
        ([make_trigger(3), known, none], "closed", [False, False, False]),
    ):
        view.show_triggers(triggers, images, titles=["Patch", "Whole", "None"], empty="", why_no_images=why)
        assert view.sentences == tuple(trigger_sentence(each) for each in triggers)
        assert [each.focusPolicy() == Qt.FocusPolicy.TabFocus for each in view.links] == is_link
        assert [each.isVisible() for each in view.links] == [True, True, False]
        tips = [each.toolTip() for each in view.links]
        assert all("15 of 16" in each for each in tips[:2])
        assert [(NOT_KEPT in each, "closed" in each) for each in tips[:2]] == [(not why, bool(why)), (False, bool(why))]
        asked.clear()
        for link in view.links[:2]:
            qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
            assert (link.cursor().shape() == Qt.CursorShape.PointingHandCursor) == (not why and link is view.links[1])
        expected = [(1, AskedShare(ATTACK, Who.PRUNED, known.success))]
        assert asked == ([] if why else expected)


def test_a_change_alone_is_as_strong_as_grey_allows() -> None:
    assert set(np.unique(alone(make_trigger(3, has_change=True)))) == {255}
    patch = alone(make_trigger(3))
    assert patch[0, 0].tolist() == [255, 255, 255] and patch[7, 7].tolist() == [128, 128, 128]


@pytest.mark.parametrize(
    ("backdoored_from", "outcome", "kind", "heading"),
    [
        (0.5, Outcome.BACKDOORED, "error", "Backdoored: class 3"),
        (1.1, Outcome.SUSPICIOUS, "warning", "Suspicious: classes 3, 9 and 8"),
    ],
)
def test_each_outcome_has_its_colour(
    qtbot: QtBot, backdoored_from: float, outcome: Outcome, kind: str, heading: str
) -> None:
    banner = VerdictBanner()
    qtbot.addWidget(banner)
    scores = [make_scores("weight-signature")]
    verdict = verdict_by(make_combination(("weight-signature",), backdoored_from=backdoored_from), scores)
    assert verdict.outcome is outcome
    banner.show_verdict(verdict)
    assert (banner.kind, banner.heading.text()) == (kind, heading)


def test_nothing_found_is_never_green(qtbot: QtBot) -> None:
    banner = VerdictBanner()
    qtbot.addWidget(banner)
    combination = make_combination(("weight-signature",))
    verdict = verdict_by(combination, [make_scores("weight-signature")])
    quiet = verdict_by(
        type(combination)(combination.detectors, combination.of_class, combination.of_network, 1.1, 1.05),
        [make_scores("weight-signature")],
    )
    banner.show_verdict(verdict)
    banner.show_verdict(quiet)
    assert (banner.kind, banner.heading.text()) == ("quiet", "Nothing found")


@pytest.mark.parametrize(
    ("text", "classes"),
    [("", None), ("ALL", None), ("3", (3,)), ("3, 0;1", (0, 1, 3)), ("5–3", (3, 4, 5)), ("1, 1-2", (1, 2))],
)
def test_classes_are_read_as_people_write_them(qtbot: QtBot, text: str, classes: tuple[int, ...] | None) -> None:
    choice = ClassChoice()
    qtbot.addWidget(choice)
    choice.set_class_count(10)
    choice.setText(text)
    assert (choice.reason, choice.classes) == ("", classes)
