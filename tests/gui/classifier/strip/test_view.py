"""The evidence of STRIP on the screen."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.detect.strip.records import BlendedAnswers, StripCalibration, StripEvidence, no_answers
from core.records import Share
from gui.classifier.strip.view import BUSY_TEXT, StripView
from gui.theme import theme

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot) -> StripView:
    view = StripView()
    qtbot.addWidget(view)
    view.resize(240, 100)
    return view


def evidence(kept: int, clean: list[int]) -> StripEvidence:
    counts = np.array(clean)
    answered = BlendedAnswers(np.zeros(len(clean), np.int64), 2.0 - counts / 32, counts, 64)
    return StripEvidence(3, 2.0 - kept / 32, Share(kept, 64), StripCalibration(answered))


def test_it_is_hidden_until_there_is_something(view: StripView) -> None:
    assert view.isHidden()
    view.show_busy()
    assert (view.text.text(), view.chart.isHidden()) == (BUSY_TEXT, True)
    view.clear()
    assert view.isHidden()


def test_the_line_and_the_tooltip(view: StripView) -> None:
    view.show_evidence(evidence(60, [10, 12, 14]), is_whole=False)
    assert view.text.text() == (
        "60 of 64 blends keep class 3 (clean: 12)\nentropy lower than 3 of 3 clean pictures so far"
    )
    assert "evidence, not a verdict" in view.toolTip()
    assert view.accessibleDescription() == view.toolTip()
    view.show_evidence(StripEvidence(3, 0.1, Share(60, 64), StripCalibration(no_answers(64))), is_whole=False)
    assert view.text.text() == "60 of 64 blends keep class 3"
    assert view.chart.isHidden()


def test_the_marker_is_where_the_image_is(view: StripView) -> None:
    view.show()
    view.show_evidence(evidence(60, [4, 4, 4]), is_whole=True)
    image = view.chart.grab().toImage()
    colour = theme.current().base
    marked = [x for x in range(image.width()) if image.pixelColor(x, image.height() - 4).name() == colour]
    across = 6 + (image.width() - 12) * 60 / 64
    assert marked
    assert all(abs(x - across) < 3 for x in marked)
