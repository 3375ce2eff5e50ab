"""The area that takes images: its hint can be read before anything can be dropped."""

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gui.classifier.panel import NOT_READY_TEXT, ClassifierPanel
from gui.theme import theme


def luminance(colour: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_hint_can_be_read_without_a_model(qapp, qtbot: QtBot, scheme) -> None:
    theme.apply_theme(qapp, scheme)
    panel = ClassifierPanel()
    qtbot.addWidget(panel)
    zone = panel.drop_zone
    assert zone.hint == NOT_READY_TEXT
    zone.resize(320, 300)
    image = zone.grab().toImage()
    ground = luminance(image.pixelColor(20, 20))
    levels = [
        luminance(image.pixelColor(x, y))
        for y in range(image.height() // 2 + 4, image.height() - 20)
        for x in range(20, image.width() - 20)
    ]
    contrasts = [(max(each, ground) + 0.05) / (min(each, ground) + 0.05) for each in levels]
    assert max(contrasts) >= 4.5
