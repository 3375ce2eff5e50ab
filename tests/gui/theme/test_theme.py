import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QButtonGroup, QPushButton, QRadioButton

from gui.theme import style_sheet, theme
from tests.gui.theme.contrast import contrast

pytest_plugins = ["tests.gui.panel_samples"]


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_colours_are_colours_and_can_be_read(scheme: theme.Theme) -> None:
    for colour in scheme.colours():
        assert re.fullmatch("#[0-9a-f]{6}", colour)
    for text in (scheme.text, scheme.muted, scheme.warning, scheme.error, scheme.ok):
        for ground in (scheme.surface, scheme.raised):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(scheme.on_accent, scheme.accent) >= 4.5
    for text, ground in (
        (scheme.text, scheme.error_surface),
        (scheme.text, scheme.warning_surface),
        (scheme.text, scheme.ok_surface),
        (scheme.text, scheme.selection),
    ):
        assert contrast(text, ground) >= 4.5
    for line in (scheme.validation, scheme.test, *scheme.asr, scheme.detection, scheme.false_alarm, scheme.repaired):
        assert contrast(line, scheme.surface) >= 3, line


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_states_differ_in_lightness_too(scheme: theme.Theme) -> None:
    assert contrast(scheme.kept, scheme.pruned) >= 1.5
    assert len({scheme.kept, scheme.pruned, scheme.next, scheme.dead}) == 4


def test_applying_sets_palette_and_tells(qtbot, qapp: QApplication) -> None:
    with qtbot.waitSignal(theme.signals.theme_changed):
        theme.apply_theme(qapp, "dark")
    assert theme.current() is theme.DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(theme.DARK.window)
    with qtbot.waitSignal(theme.signals.theme_changed):
        theme.apply_theme(qapp, "light")
    assert theme.current() is theme.LIGHT
    assert qapp.palette().color(QPalette.ColorRole.Base) == QColor(theme.LIGHT.surface)
    assert qapp.style().name().lower() == "fusion" or qapp.styleSheet()


def test_the_system_s_scheme_is_followed_only_when_asked(qtbot, qapp: QApplication, monkeypatch) -> None:
    theme.apply_theme(qapp, "system")
    monkeypatch.setattr(theme, "_system_theme", lambda _app: theme.DARK)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.current() is theme.DARK
    theme.apply_theme(qapp, "light")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.current() is theme.LIGHT


def test_every_icon_can_be_drawn(qapp: QApplication) -> None:
    for name in theme._ICONS:
        assert not theme.icon(name).pixmap(16, 16).isNull()
    with pytest.raises(KeyError):
        theme.icon("no such icon")


def test_icons_take_the_text_s_height(qtbot) -> None:
    button = QPushButton("x")
    qtbot.addWidget(button)
    theme.dress(button, "open")
    assert button.iconSize().height() == button.fontMetrics().height()


def test_fonts_scale_in_points_and_in_pixels() -> None:
    font = QFont()
    font.setPointSizeF(10)
    assert theme.scaled_font(font, 2).pointSizeF() == 20
    font.setPixelSize(10)
    assert theme.scaled_font(font, 2).pixelSize() == 20
    assert theme.figures_font(font).featureTags()


def test_images_of_the_style_sheet_exist() -> None:
    for scheme in (theme.LIGHT, theme.DARK):
        for name in ("chevron", "check"):
            assert (style_sheet._RESOURCES / f"{name}-{scheme.name}.svg").is_file()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chosen_radio_button_is_as_large_as_the_others_and_round(qapp, qtbot, scheme: str) -> None:
    theme.apply_theme(qapp, scheme)
    button, other = QRadioButton("As one file"), QRadioButton("As one file")
    group = QButtonGroup()
    for each in (button, other):
        qtbot.addWidget(each)
        group.addButton(each)
    button.setChecked(True)
    assert button.sizeHint() == other.sizeHint()
    button.resize(button.sizeHint())
    image = button.grab().toImage()
    middle = button.height() // 2
    assert image.pixelColor(8, middle).name() == theme.current().accent.lower()
    assert image.pixelColor(8, middle - 6).name() == theme.current().surface.lower()  # between the disc and its ring
    assert image.pixelColor(4, middle - 4) != image.pixelColor(8, middle)  # a disc has no corners
