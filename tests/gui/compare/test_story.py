"""How a network was made is folded: one line stands below the table, and a button shows the rest."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.compare.story import Story

LONG = "Refitted on clean images, and the best epoch was kept. " * 60


@pytest.fixture
def story(qtbot: QtBot) -> Iterator[Story]:
    """A story at the bottom of a page."""
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    shown = Story()
    column.addStretch(1)
    column.addWidget(shown)
    page.resize(600, 500)
    page.show()
    qtbot.waitExposed(page)
    yield shown


def test_a_long_text_takes_one_line_until_it_is_unfolded(story: Story, qtbot: QtBot) -> None:
    story.setText(LONG)
    line = story.button.sizeHint().height()
    qtbot.waitUntil(lambda: story.height() <= line + 4)
    assert story.text() == LONG
    assert story.button.isVisible()
    assert not story.area.isVisible()
    place = story.button.x()
    QTest.mouseClick(story.button, Qt.MouseButton.LeftButton)
    assert story.area.isVisible()
    qtbot.waitUntil(lambda: story.button.x() == place)
    assert story.area.height() == 200  # it scrolls, and leaves room for the chart
    story.setText(LONG[:170])
    assert story.area.isVisible()
    assert 0 < story.area.height() < 60
    QTest.mouseClick(story.button, Qt.MouseButton.LeftButton)
    assert not story.area.isVisible()


def test_a_short_text_needs_no_button(story: Story) -> None:
    story.setText("The network as it was opened.")
    assert not story.button.isVisible()
    assert not story.area.isVisible()


def test_it_does_not_widen_the_page(story: Story) -> None:
    story.setText(LONG)
    assert story.window().minimumSizeHint().width() < 300
