"""The message bar itself; its place and its texts are tested in the window."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.theme import theme
from gui.widgets.labels import NoticeKind
from gui.widgets.message_bar import CautionBar, MessageBar


@pytest.mark.parametrize("make", [MessageBar, CautionBar])
def test_the_buttons_stand_on_the_colour_of_the_severity(
    qtbot: QtBot, qapp: QApplication, make: type[MessageBar]
) -> None:
    theme.apply_theme(qapp, "light")
    bar = make()
    qtbot.addWidget(bar)
    bar.resize(400, 26)
    kinds: tuple[NoticeKind, ...] = ("error", "ok", "warning")
    seen = set()
    for kind in kinds:
        bar.show_text(f"A message: {kind}.", kind=kind)
        image = bar.grab().toImage()
        middle, corner = QPoint(300, 3), bar.close_button.geometry().topRight() + QPoint(-3, 3)
        assert image.pixelColor(middle).name() == image.pixelColor(corner).name()
        seen.add(image.pixelColor(corner).name())
    assert len(seen) == len(kinds)
