"""Fields for numbers show a point in every language, and take a comma where people write one."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox
from pytestqt.qtbot import QtBot

from gui.shell.wiring import WindowWiring
from gui.studio.window import StudioWindow
from gui.widgets.number_field import NumberField


@pytest.fixture
def german() -> Iterator[None]:
    """A system whose language writes a decimal comma."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    yield
    QLocale.setDefault(before)


def typed(field: QDoubleSpinBox, text: str) -> float:
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    return field.value()


@pytest.mark.usefixtures("german")
def test_point_and_comma_are_taken_and_a_point_is_shown(qtbot: QtBot) -> None:
    field = NumberField(0.1, 99, decimals=2, suffix=" points")
    qtbot.addWidget(field)
    for text in ("2,5", "2.5"):
        assert typed(field, "1") == 1
        assert typed(field, text) == 2.5
        assert field.text() == "2.5 points"
    assert typed(field, "3,1,4") == 3.14  # a second comma is not taken
    whole = NumberField(0, 9000)
    qtbot.addWidget(whole)
    assert typed(whole, "12") == 12


@pytest.mark.usefixtures("german")
def test_every_field_of_the_window_and_the_studio_does_so(wiring: WindowWiring, qtbot: QtBot) -> None:
    studio = StudioWindow()
    qtbot.addWidget(studio)
    fields = [*wiring.window.findChildren(QDoubleSpinBox), *studio.findChildren(QDoubleSpinBox)]
    assert len(fields) > 10
    for field in fields:
        assert field.locale().decimalPoint() == ".", field.accessibleName()
        assert "," not in field.cleanText() or field.specialValueText(), field.accessibleName()
        if field.decimals() and field.isEnabled() and not field.specialValueText():
            wanted = field.minimum() + (field.maximum() - field.minimum()) / 3
            wanted = round(wanted, field.decimals())
            assert typed(field, f"{wanted:.{field.decimals()}f}".replace(".", ",")) == pytest.approx(wanted)
