"""The plans that were tried: held-out figures are links exactly where the network is kept."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle
from pytestqt.qtbot import QtBot

from core.images.answers import Who
from core.images.selection import AskedShare, Part
from core.metrics.figures import CLEAN_HELD_OUT
from core.records import Share
from core.repair.recipe_records import Attempt, Trying, all_plans
from gui.repair.result.attempts_view import AttemptRow, AttemptsView, attempt_rows

BASE, FIRST, SECOND = Share(95, 100), Share(90, 100), Share(93, 100)
FOOLED = Share(3, 100)


def rows(known: tuple[Share | None, Share | None]) -> Any:
    plans = all_plans()
    attempts = [Attempt(plan, 0, share, FOOLED) for plan, share in zip(plans, (FIRST, SECOND), strict=False)]
    return attempt_rows(attempts, base=Trying(plans[0], 0, 2, BASE, FOOLED), chosen=1, known=known)


def test_the_base_and_the_chosen_plan_have_images(qtbot: QtBot) -> None:
    view = AttemptsView()
    qtbot.addWidget(view)
    view.resize(700, 120)
    view.show_rows(rows((BASE, SECOND)))
    view.show()
    qtbot.waitExposed(view)
    asked: list[tuple[int, AskedShare]] = []
    view.asked.connect(lambda row, each: asked.append((row, each)))
    model = view.model()
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            area = view.text_area(model.index(row, column))
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    counted = Part.COUNTED
    expected = [
        (0, AskedShare(CLEAN_HELD_OUT, Who.BASE, BASE, part=counted)),
        (2, AskedShare(CLEAN_HELD_OUT, Who.PRUNED, SECOND, part=counted)),
    ]
    assert asked == expected
    view.setCurrentIndex(model.index(2, 1))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert asked == [*expected, expected[1]]


def test_figures_of_other_images_are_no_links() -> None:
    assert [row.asked for row in rows((Share(95, 101), None))] == [None, None, None]
    assert rows((None, SECOND))[0].asked is None


def test_the_bold_words_of_the_chosen_plan_are_not_cut(qtbot: QtBot) -> None:
    view = AttemptsView()
    qtbot.addWidget(view)
    view.resize(760, 120)
    share = Share(43, 44)
    view.show_rows(
        [
            AttemptRow("B", share, share, 0.62),
            AttemptRow("fine-pruning with a long name", share, share, None, "chosen, still fooled", is_chosen=True),
        ]
    )
    view.show()
    bold = QFontMetrics(view.model().index(1, 4).data(Qt.ItemDataRole.FontRole))
    margin = 2 * (view.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1)  # as items are drawn
    for column in (0, 4):
        text = view.model().index(1, column).data()
        assert view.columnWidth(column) >= bold.horizontalAdvance(text) + margin
