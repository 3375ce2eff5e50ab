"""Every chart and table of the window as files and on the clipboard, by the menus people use."""

import json
import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QFontMetricsF, QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QMenu, QPushButton

from core.records import Share
from core.repair.methods.finetune import FINETUNE
from core.report.tables.formats import table_text
from gui.export import drawing
from gui.export.source import LegendEntry, Source
from gui.navigation.commands import UNAVAILABLE, find_commands
from gui.prune.page import PrunePage
from gui.shell.wiring import WindowWiring
from gui.theme import theme


def source_of(wiring: WindowWiring, page: str, name: str) -> Source:
    return next(each for each in wiring.pages[page].sources if each.name == name)


def entry(menu: QMenu, *texts: str) -> QAction:
    """The entry of a menu, or of one in it, whose texts begin so."""
    menu.aboutToShow.emit()
    action = next(each for each in menu.actions() if each.text().replace("&", "").startswith(texts[0]))
    return entry(action.menu(), *texts[1:]) if len(texts) > 1 else action


def menu_of(wiring: WindowWiring, title: str) -> QMenu:
    exports = wiring.menus._exports
    return next(each.menu() for each in exports.actions() if each.text() == title)


@pytest.fixture
def done(wiring: WindowWiring, driver: Any) -> WindowWiring:
    driver.run_all()
    QApplication.processEvents()
    return wiring


def test_before_a_run_the_entries_say_why_they_are_disabled(wiring: WindowWiring) -> None:
    wiring.panels.show_page("prune")
    csv = entry(menu_of(wiring, "Pruning curve"), "Data as CSV")
    assert not csv.isEnabled()
    assert csv.toolTip() == "There is no run yet: press Run first."


@pytest.mark.parametrize("page", ["prune", "detect", "repair", "compare", "network", "audit"])
def test_with_nothing_open_every_export_is_disabled_and_says_why(wiring: WindowWiring, page: str) -> None:
    wiring.panels.show_page(page)
    wiring.menus._exports.aboutToShow.emit()  # as when File > Export opens
    entries = wiring.menus._exports.actions()
    assert {each.text() for each in entries} >= {each.title() for each in wiring.pages[page].export_menus}
    for each in entries:
        assert not each.isEnabled(), each.text()
        assert each.toolTip().endswith(".") and each.toolTip() != each.text(), each.text()
    buttons = wiring.panels.findChildren(QPushButton)
    assert not any(each.isEnabled() for each in buttons if each.text().startswith("Export"))
    commands = find_commands(
        wiring.window.menuBar(), (), shown=wiring.pages[page], show_page=str, page_actions=()
    )  # as the palette reads them
    exports = [each for each in commands if each.group.startswith("File › Export") or "› Export" in each.group]
    assert len(exports) > 3
    assert [each.search_text for each in exports if not each.reason or each.reason == UNAVAILABLE] == []


def test_pinned_readings_can_be_exported_when_there_are_some(done: WindowWiring) -> None:
    exports = done.menus._exports
    exports.aboutToShow.emit()
    (pinned,) = (each for each in exports.actions() if each.text() == "Pinned readings")
    curve = next(each for each in exports.actions() if each.text() == "Pruning curve")
    assert curve.isEnabled() and not pinned.isEnabled()
    assert "pinned" in pinned.toolTip()
    done.page(PrunePage).pins.pin()
    exports.aboutToShow.emit()
    assert pinned.isEnabled()
    assert entry(menu_of(done, "Pinned readings"), "Table as CSV").isEnabled()


def test_a_png_has_the_size_that_its_entry_says(done: WindowWiring, driver: Any, dialog: Any, tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    dialog.prepare("ask_save", (path, True))
    action = entry(menu_of(done, "Pruning curve"), "Picture as PNG", "4×")
    size = drawing.picture_size(source_of(done, "prune", "curve"))
    assert f"{4 * size.width()} × {4 * size.height()}" in action.text()
    action.trigger()
    driver.settle()
    assert struct.unpack(">II", path.read_bytes()[16:24]) == (4 * size.width(), 4 * size.height())
    assert str(path) in done.panels.messages.text


def test_a_picture_has_the_curves_on_white_also_in_the_dark(done: WindowWiring, qapp: QApplication) -> None:
    source = source_of(done, "prune", "curve")
    light = drawing.as_image(source, 1)
    theme.apply_theme(qapp, "dark")
    on_screen = done.page(PrunePage).curves.chart.grab().toImage()
    dark = drawing.as_image(source, 1)
    after = done.page(PrunePage).curves.chart.grab().toImage()
    assert on_screen == after  # the screen stays as it was
    assert theme.current().name == "dark"
    for image in (light, dark):
        assert image.pixelColor(1, 1).name() == theme.LIGHT.surface
        assert _has_colour(image, theme.LIGHT.validation)
    assert not _has_colour(dark, theme.DARK.validation)


def test_a_picture_is_as_wide_as_its_longest_name(done: WindowWiring) -> None:
    source = source_of(done, "prune", "curve")
    assert source.picture is not None
    long = LegendEntry("all convolutions, most sensitive to noise first, second attempt: " * 3, "#ff0000")
    named = replace(source, picture=replace(source.picture, legend=lambda: (long,)))
    needed = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL)).horizontalAdvance(long.name)
    assert drawing.picture_size(named).width() > needed + drawing.SAMPLE + 2 * drawing.MARGIN


def test_the_words_of_an_axis_are_never_cut(done: WindowWiring) -> None:
    source = source_of(done, "prune", "curve")
    assert source.picture is not None
    words = " · ".join(f"word{number}" for number in range(60))
    named = replace(source, picture=replace(source.picture, axis=lambda: words))
    assert drawing.picture_size(named).height() > drawing.picture_size(source).height()
    text = drawing.as_svg(named).decode()
    size = drawing.picture_size(named)
    assert all(f"word{number}" in text for number in range(60))
    lines = re.findall(r'<text[^>]* x="([-\d.]+)" y="([-\d.]+)"[^>]*>([^<]*word[^<]*)<', text)
    assert len(lines) > 1
    metrics = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL))
    for left, baseline, line in lines:
        assert 0 <= float(left) <= size.width() - 0.9 * metrics.horizontalAdvance(line.strip())
        assert float(baseline) < size.height()


def _has_colour(image: QImage, name: str) -> bool:
    wanted = QColor(name)
    return any(
        abs(image.pixelColor(x, y).red() - wanted.red())
        + abs(image.pixelColor(x, y).green() - wanted.green())
        + abs(image.pixelColor(x, y).blue() - wanted.blue())
        < 12
        for x in range(image.width())
        for y in range(image.height())
    )


@pytest.mark.parametrize("name", ["curve", "channels"])
def test_svg_and_pdf_are_drawings_with_title_and_legend(
    done: WindowWiring, driver: Any, dialog: Any, tmp_path: Path, name: str
) -> None:
    source = source_of(done, "prune", name)
    menu = menu_of(done, source.title)
    dialog.prepare("ask_save", (tmp_path / "a.svg", True), (tmp_path / "a.pdf", True))
    entry(menu, "Picture as SVG").trigger()
    driver.settle()
    entry(menu, "Picture as PDF").trigger()
    driver.settle()
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert f">{source.title}<" in text
    for each in source.picture.legend():
        assert each.name in text
    assert QSvgRenderer(text.encode()).isValid()
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("kind", "suffix"), [("CSV", ".csv"), ("JSON", ".json"), ("Markdown", ".md"), ("LaTeX", ".tex")]
)
@pytest.mark.parametrize(
    ("title", "name"), [("Pruning curve", "curve"), ("Channels", "channels"), ("Results", "results")]
)
def test_numbers_are_written_in_every_format(
    done: WindowWiring, driver: Any, dialog: Any, tmp_path: Path, title: str, name: str, kind: str, suffix: str
) -> None:
    path = tmp_path / f"x{suffix}"
    dialog.prepare("ask_save", (path, True))
    what = "Table" if name == "results" else "Data"
    entry(menu_of(done, title), f"{what} as {kind}").trigger()
    driver.settle()
    table = source_of(done, "prune", name).table()
    assert path.read_text("utf-8") == table_text(table, kind.lower())
    assert dialog.calls[-1][1]["suggestion"].name == f"{name}{suffix}"


def test_the_clipboard_takes_the_picture_and_the_numbers(done: WindowWiring) -> None:
    menu = menu_of(done, "Pruning curve")
    entry(menu, "Copy the picture").trigger()
    size = drawing.picture_size(source_of(done, "prune", "curve"))
    assert QGuiApplication.clipboard().image().width() == 2 * size.width()
    assert "Copied the picture" in done.panels.messages.text
    entry(menu, "Copy the data as", "JSON").trigger()
    rows = json.loads(QGuiApplication.clipboard().text())["rows"]
    points = done.session.run.points
    assert [row["channels pruned"] for row in rows] == [point.pruned_count for point in points]
    assert [row["ASR"]["count"] for row in rows] == [point.poisoned[0].pruned.count for point in points]
    entry(menu_of(done, "Results"), "Copy the table").trigger()
    assert QGuiApplication.clipboard().text().splitlines()[0].startswith("row\tchannels pruned\tchannels left\tB′")


def test_a_right_click_on_a_chart_or_table_offers_the_same(done: WindowWiring) -> None:
    page = done.page(PrunePage)
    for widget in (page.curves.chart, page.channels.chart, page.results.view):
        at = QPoint(60, 40)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.viewport().mapToGlobal(at))
        QApplication.sendEvent(widget.viewport(), event)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        texts = [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]
        assert any("as LaTeX" in text for text in texts)
        assert ("Picture as PDF…" in texts) == (widget is not page.results.view)
        assert all(action.isEnabled() for action in menu.actions())
        menu.close()


def test_each_page_lists_its_own_charts_and_tables(done: WindowWiring) -> None:
    def titles() -> set[str]:
        return {each.text() for each in done.menus._exports.actions() if each.menu() is not None}

    done.panels.show_page("prune")
    assert titles() == {"Channels", "Pruning curve", "Results", "Pinned readings"}
    done.panels.show_page("repair")
    assert titles() == {"Epochs", "Before and after the repair"}
    done.panels.show_page("compare")
    assert titles() == {"Clean accuracy against ASR", "Comparison"}
    done.panels.show_page("detect")
    assert "Classes" in titles()
    assert len(titles()) > 4


def test_a_file_that_is_open_is_never_written_over(
    done: WindowWiring, driver: Any, dialog: Any, tmp_path: Path
) -> None:
    path = tmp_path / "there.csv"
    path.write_text("mine")
    dialog.prepare("ask_save", (path, False))
    entry(menu_of(done, "Results"), "Table as CSV").trigger()
    driver.settle()
    assert path.read_text() == "mine"


def test_what_has_gone_since_the_menu_opened_is_refused(done: WindowWiring) -> None:
    action = entry(menu_of(done, "Pruning curve"), "Data as CSV")
    done.session.remove_run(done.session.run)
    done.page(PrunePage).control.update()
    action.trigger()
    assert done.panels.messages.text == "There is no run yet: press Run first."


def test_epochs_have_a_picture_with_the_loss_and_a_table_with_the_same_numbers(
    wiring: WindowWiring, driver: Any
) -> None:
    driver.open_all()
    driver.repair(FINETUNE)
    panel = wiring.pages["repair"].repair_panel
    source = source_of(wiring, "repair", "epochs")
    table = source.table()
    losses = [row[table.columns.index("loss")] for row in table.rows]
    assert losses[1:] == list(panel.history.loss_chart.losses)[1:]
    drawn = [place.y for place in panel.history.chart.points("held-out")]
    shown = [row[1] for row in table.rows]
    assert all(isinstance(each, Share) for each in shown)
    assert [100 * each.rate for each in shown] == drawn
    image = drawing.as_image(source, 1)
    charts = (panel.history.chart, panel.history.loss_chart)
    assert image.height() > sum(each.height() for each in charts)
    panel.history.table_button.click()
    assert panel.history.twin.isVisible()
    assert panel.history.twin.table == table
    panel.history.twin.choose(0)
    panel.history.twin.setFocus()
    from PySide6.QtTest import QTest  # noqa: PLC0415

    QTest.keyClick(panel.history.twin, Qt.Key.Key_Down)
    assert panel.history.chart.cursor_step == 1
