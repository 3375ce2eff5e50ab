"""The gallery: several images with their verdicts, sorted, filtered, exported, and kept up to date."""

import csv
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from gui.classifier.gallery.records import Column
from gui.classifier.gallery.table import ENTRY_ROLE, Shown
from gui.classifier.gallery.window import GalleryWindow
from gui.shell.wiring import WindowWiring
from gui.state.session import Role

REDS = {"c.png": 10, "a.png": 30, "b.png": 20}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "faces" / "more"
    inner.mkdir(parents=True)
    for name, red in REDS.items():
        Image.new("RGB", (8, 8), (red, 0, 0)).save(tmp_path / "faces" / name)
    Image.new("RGB", (24, 8), (40, 0, 0)).save(inner / "d.jpg", quality=100)
    (tmp_path / "faces" / "notes.txt").write_text("no image")
    (inner / "broken.png").write_bytes(b"\x89PNG but no more")
    return tmp_path / "faces"


@pytest.fixture
def gallery(wiring: WindowWiring, driver: Any, folder: Path, log_guard: list[Any]) -> GalleryWindow:
    """The gallery of a folder with four images and a broken one, dropped on the classifier."""
    driver.open_all()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    copy, left, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    panel = wiring.panels.classifier
    QApplication.sendEvent(panel, QDragEnterEvent(QPoint(50, 50), copy, mime, left, no_key))
    QApplication.sendEvent(panel, QDropEvent(QPointF(50, 50), copy, mime, left, no_key))
    driver.settle()
    log_guard.clear()
    return wiring.image_tools.gallery.window


def names(gallery: GalleryWindow) -> list[str]:
    return [each.path.name for each in gallery.listed()]


def choose(menu: QMenu, text: str) -> None:
    """Choose an entry."""
    menu.aboutToShow.emit()
    action = next(each for each in menu.actions() if each.text() == text)
    assert action.isEnabled()
    action.trigger()


def cell(gallery: GalleryWindow, row: int, column: Column) -> str:
    return str(gallery.shown.index(row, column).data())


def test_a_folder_becomes_a_table_of_verdicts(wiring: WindowWiring, gallery: GalleryWindow) -> None:
    assert gallery.isVisible()
    assert names(gallery) == ["a.png", "b.png", "c.png", "broken.png", "d.jpg"]
    assert [cell(gallery, 0, column) for column in Column] == ["a.png", "3", "75.0 %", "3", "50.0 %", "3", "–"]
    assert cell(gallery, 3, Column.IMAGE) == "broken.png (not readable)"
    assert "damaged" in gallery.shown.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert gallery.count_label.text() == "5 images, 0 flagged, 1 not readable"
    assert wiring.panels.classifier.image_bar.gallery_button.text() == "5"
    assert gallery.shown.index(0, 0).data(Qt.ItemDataRole.DecorationRole).width() == 40
    assert not gallery.stop_button.isVisible()


def test_columns_are_as_wide_as_their_content(gallery: GalleryWindow, folder: Path, driver: Any) -> None:
    broken = folder / "photograph_of_1274_4.png"
    broken.write_bytes(b"no image")
    gallery.images_dropped.emit((broken,))
    driver.settle()
    QApplication.processEvents()
    table = gallery.table
    for column in Column:
        needed = max(table.sizeHintForColumn(column), table.horizontalHeader().sectionSizeHint(column))
        assert table.columnWidth(column) >= needed, column
    assert table.horizontalScrollBar().maximum() == 0
    assert table.textElideMode() is Qt.TextElideMode.ElideMiddle  # keeps "(not readable)" of a longer name


def test_titles_sort_in_both_orders_with_the_unreadable_last(gallery: GalleryWindow) -> None:
    header = gallery.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(Column.BASE) + 20, 5)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    first = names(gallery)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    ascending = ["c.png", "b.png", "a.png", "d.jpg", "broken.png"]
    descending = ["d.jpg", "a.png", "b.png", "c.png", "broken.png"]
    assert sorted([first, names(gallery)]) == sorted([ascending, descending])


def test_the_trigger_makes_all_answers_anew_and_filters_follow(
    wiring: WindowWiring, driver: Any, gallery: GalleryWindow
) -> None:
    gallery.filter_combo.setCurrentIndex(gallery.filter_combo.findData(Shown.FLAGGED))
    gallery.filter_combo.activated.emit(1)
    assert names(gallery) == []
    wiring.session.set_trigger_on(True)
    driver.settle()
    assert names(gallery) == ["a.png", "b.png", "c.png", "d.jpg"]
    assert cell(gallery, 0, Column.REPAIRED) == "flagged"
    assert "4 flagged" in gallery.count_label.text() and "4 shown" in gallery.count_label.text()
    QTest.keyClicks(gallery.search_edit, "B.P")
    assert names(gallery) == ["b.png"]
    assert "sunglasses" in gallery.network_label.text()


def test_a_row_shows_the_image_as_the_networks_were_shown_it(
    wiring: WindowWiring, driver: Any, gallery: GalleryWindow
) -> None:
    def middle() -> tuple[int, int, int]:
        thumbnail = gallery.shown.index(0, 0).data(Qt.ItemDataRole.DecorationRole)
        colour = thumbnail.toImage().pixelColor(20, 20)
        return colour.red(), colour.green(), colour.blue()

    assert middle() == (30, 0, 0)
    wiring.session.set_trigger_on(True)
    driver.settle()
    assert middle() == (255, 255, 255)
    wiring.session.set_trigger_on(False)
    driver.settle()
    assert middle() == (30, 0, 0)


def test_another_mask_asks_again_and_another_image_does_not(
    wiring: WindowWiring, driver: Any, engine: Any, gallery: GalleryWindow
) -> None:
    engine.answered_counts.clear()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    assert engine.answered_counts == []
    driver.run_all()
    assert sum(engine.answered_counts) >= 4
    assert not any(each.is_stale for each in gallery.model.entries if not each.error)


def test_a_row_is_shown_in_the_classifier(wiring: WindowWiring, driver: Any, gallery: GalleryWindow) -> None:
    gallery.table.setFocus()
    gallery.table.setCurrentIndex(gallery.shown.index(0, 0))
    driver.settle()
    assert wiring.session.image_name == "a.png"
    QTest.keyClick(gallery.table, Qt.Key.Key_Down)
    driver.settle()
    assert wiring.session.image_name == "b.png"


def test_the_rows_that_are_shown_are_exported(
    wiring: WindowWiring, driver: Any, dialog: Any, gallery: GalleryWindow, tmp_path: Path
) -> None:
    path = tmp_path / "answers.csv"
    dialog.prepare("ask_save", (path, False))
    gallery.search_edit.setText(".png")
    gallery.table.sortByColumn(Column.BASE, Qt.SortOrder.AscendingOrder)
    choose(gallery.export_button.menu(), "Table as CSV…")
    driver.settle()
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert [row["image"] for row in rows] == ["c.png", "b.png", "a.png", "broken.png"]
    assert (rows[0]["B"], rows[0]["output of B"], rows[0]["G"], rows[0]["flagged"]) == ("1", "0.75", "1", "no")
    assert rows[3]["B"] == "" and "broken.png" in rows[3]["error"]


@pytest.mark.parametrize(
    ("text", "suffix", "sign"),
    [("JSON…", "json", '"image": "a.png"'), ("Markdown…", "md", "| a.png |"), ("LaTeX…", "tex", "a.png & ")],
)
def test_the_rows_are_exported_as_every_other_table(
    driver: Any, dialog: Any, gallery: GalleryWindow, tmp_path: Path, text: str, suffix: str, sign: str
) -> None:
    path = tmp_path / f"verdicts.{suffix}"
    dialog.prepare("ask_save", (path, False))
    choose(gallery.export_button.menu(), f"Table as {text}")
    driver.settle()
    assert sign in path.read_text("utf-8")


def test_the_rows_are_copied_also_by_a_right_click(gallery: GalleryWindow) -> None:
    choose(gallery.export_button.menu(), "Copy the table")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:2] == ["image", "folder"]
    assert [each.split("\t")[0] for each in lines[1:]] == names(gallery)
    at = gallery.table.viewport().rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, gallery.table.viewport().mapToGlobal(at))
    QApplication.sendEvent(gallery.table.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    QGuiApplication.clipboard().clear()
    choose(menu, "Copy the table")
    menu.close()
    assert QGuiApplication.clipboard().text().splitlines() == lines


def test_rows_are_removed_and_dragged_out_as_annotated_files(
    wiring: WindowWiring, driver: Any, gallery: GalleryWindow
) -> None:
    gallery.table.selectRow(0)
    dragged = gallery.model.mimeData([gallery.model.index(row, 0) for row in (0, 1, 3)])
    paths = [Path(url.toLocalFile()) for url in dragged.urls()]
    assert [path.name for path in paths] == ["a_answers.png", "b_answers.png"]  # the broken one has no answer
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    gallery.table.setFocus()
    gallery.activateWindow()
    driver.wait_until(gallery.table.hasFocus)
    QTest.keyClick(gallery.table, Qt.Key.Key_Delete)
    assert "a.png" not in names(gallery)
    gallery.clear_button.click()
    assert wiring.panels.classifier.image_bar.gallery_button.text() == "0"
    assert not gallery.export_button.isEnabled()


def test_stopping_leaves_what_there_is(wiring: WindowWiring, driver: Any, gallery: GalleryWindow) -> None:
    wiring.image_tools.gallery._count = 1
    wiring.session.set_trigger_on(True)
    gallery.stop_button.click()
    driver.settle()
    assert gallery.shown.rowCount() == 5
    assert any(each.is_stale for each in gallery.model.entries)
    wiring.session.set_trigger_on(False)
    driver.settle()
    assert [each.path.name for each in gallery.model.entries if each.is_stale] == []


def test_closing_the_model_keeps_the_images_and_a_smaller_one_reads_them_again(
    wiring: WindowWiring, driver: Any, gallery: GalleryWindow, log_guard: list[Any]
) -> None:
    assert gallery.shown.index(0, 0).data(ENTRY_ROLE).pixels.shape == (8, 8, 3)
    wiring.file_control.close_all()
    assert "Open a model" in gallery.network_label.text()
    wiring.open_file(Role.MODEL, Path("small.h5"))
    driver.settle()
    log_guard.clear()
    assert gallery.shown.index(0, 0).data(ENTRY_ROLE).pixels.shape == (4, 4, 3)
