"""The size of the window's text."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.job_page.banner import Banner
from gui.prune.channels.find_field import FindField
from gui.theme import theme
from gui.theme.text_size import apply_text_size
from gui.widgets.labels import Notice, ScaledLabel


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    """The application in the light theme."""
    theme.apply_theme(qapp, "light")
    yield qapp
    apply_text_size(qapp, 100)


@pytest.mark.parametrize(("at_first", "then"), [(100, 200), (200, 100)])
def test_another_theme_leaves_the_size_of_all_texts_as_it_is(
    dressed: QApplication, qtbot: QtBot, at_first: int, then: int
) -> None:
    apply_text_size(dressed, at_first)
    window = QWidget()
    qtbot.addWidget(window)
    label = ScaledLabel("Curves", factor=0.5)
    QVBoxLayout(window).addWidget(label)
    window.show()
    apply_text_size(dressed, then)
    size = label.font().pointSizeF()
    assert size == dressed.font().pointSizeF() / 2
    theme.apply_theme(dressed, "dark")
    assert label.font().pointSizeF() == size


def test_another_colour_leaves_the_size_of_a_text_as_it_is(dressed: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label, notice, banner, field = ScaledLabel("Curves", role="muted"), Notice("quiet"), Banner(), FindField()
    column = QVBoxLayout(window)
    for widget in (label, notice, banner, field):
        column.addWidget(widget)
    window.show()
    apply_text_size(dressed, 200)
    field.setText("60")
    texts = (label, notice.label, banner.heading, banner.sentence, field)
    sizes = [each.font().pointSizeF() for each in texts]
    label.set_role("warning")
    notice.show_text("Careful", kind="warning")
    banner.show_words("Repaired", "All of it.", "ok")
    field.setText("none")
    assert [each.font().pointSizeF() for each in texts] == sizes
