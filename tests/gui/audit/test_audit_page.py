"""The Audit page in a real window: an audit is watched while its real journal is written, sorted, filtered, opened."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem, QToolTip
from pytestqt.qtbot import QtBot

from core.audit.folder_lock import FolderLock
from core.audit.journal import FILE_NAME, STATE, Journal, RunState
from core.audit.reading import MOST_ROWS
from core.audit.records import AuditRow, Ending
from core.records import Share
from gui.audit.cells import MESSAGE, TITLES, Shown, shown_row
from gui.audit.detail import row_text
from gui.audit.panel import AuditPanel
from gui.audit.table import AuditTable
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences
from tests.core.audit.rows import REFUSED, row
from tests.gui.audit.shown_rows import click_row, names
from tests.gui.window_driver import Driver

ROWS = (
    row("b.h5", verdict="nothing found", probability=0.04, seconds=20.0, classes=()),
    row("a.h5", seconds=3.0, attacks=(("glasses.h5", Share(9, 100)),)),
    replace(REFUSED, name="c\x1b[31m.h5", sentence="'c.h5' has a Lambda layer."),
    row("d.h5", verdict="suspicious", probability=0.6, seconds=100.0),
)


def click_title(panel: AuditPanel, title: str) -> None:
    header = panel.table.horizontalHeader()
    column = TITLES.index(title)
    panel.table.scrollTo(panel.table.model().index(0, column))
    middle = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(middle, header.height() // 2))


def drawn_text(panel: AuditPanel, place: int, title: str) -> str:
    option = QStyleOptionViewItem()
    panel.table.itemDelegate().initStyleOption(option, panel.table.model().index(place, TITLES.index(title)))
    return str(option.text)


def test_the_table_fills_while_the_journal_is_written(
    panel: AuditPanel, driver: Driver, folder: Path, journal: Journal, watch: Callable[[Path, int], None]
) -> None:
    journal.add(ROWS[0])
    with FolderLock(folder):
        watch(folder, 1)
        assert panel.banner.heading.text() == "Running: 1 of 4 networks"
        click_row(panel, "b.h5")
        for each in ROWS[1:]:
            journal.add(each)
        driver.wait_until(lambda: len(panel.table.rows) == 4)
        assert panel.banner.sentence.text().startswith("1 backdoored · 1 suspicious · 1 refused · 0 crashed")
        assert panel.table.current is not None and panel.table.current.row == ROWS[0]  # what is chosen stays
        assert panel.detail.name.text() == "b.h5"
        journal.set_fact(STATE, RunState.COMPLETE)
    driver.wait_until(lambda: panel.banner.heading.text() == "Ended: 4 of 4 networks")
    assert panel.banner.kind == "ok"


def test_an_audit_that_was_killed_is_called_interrupted_and_one_that_was_stopped_stopped(
    panel: AuditPanel, driver: Driver, folder: Path, journal: Journal, watch: Callable[[Path, int], None]
) -> None:
    journal.add(ROWS[0])
    watch(folder, 1)
    assert panel.banner.heading.text() == "Interrupted: 1 of 4 networks"
    journal.set_fact(STATE, RunState.STOPPED)
    driver.wait_until(lambda: panel.banner.heading.text() == "Stopped: 1 of 4 networks")


def test_where_nothing_was_detected_no_count_says_that_nothing_is_backdoored(
    panel: AuditPanel, folder: Path, journal: Journal, watch: Callable[[Path, int], None]
) -> None:
    journal.add(replace(ROWS[0], verdict="", probability=None))
    watch(folder, 1)
    assert panel.banner.sentence.text().startswith("0 refused · 0 crashed")


def test_rows_that_are_tried_again_are_replaced(
    panel: AuditPanel, driver: Driver, folder: Path, journal: Journal, watch: Callable[[Path, int], None]
) -> None:
    journal.add(replace(ROWS[0], ending=Ending.CRASHED, verdict="", sentence="It died."))
    journal.add(ROWS[1])
    watch(folder, 2)
    journal.forget_failures()
    journal.add(ROWS[0])
    driver.wait_until(lambda: names(panel) == ["a.h5", "b.h5"] and "0 crashed" in panel.banner.sentence.text())


def test_titles_sort_numbers_as_numbers_and_verdicts_by_severity(
    panel: AuditPanel, folder: Path, journal: Journal, watch: Callable[[Path, int], None]
) -> None:
    for each in ROWS:
        journal.add(each)
    watch(folder, 4)
    strange = "c\\x1b[31m.h5"
    assert names(panel) == ["b.h5", "a.h5", strange, "d.h5"]
    for title, wanted in (
        ("seconds", [strange, "a.h5", "b.h5", "d.h5"]),
        ("verdict", ["a.h5", "d.h5", strange, "b.h5"]),
        ("probability", ["b.h5", "d.h5", "a.h5", strange]),
    ):
        click_title(panel, title)
        assert names(panel) == wanted
    click_title(panel, "probability")
    assert names(panel) == ["a.h5", "d.h5", "b.h5", strange]  # figures that there are not come last
    click_title(panel, "probability")
    assert names(panel)[0] == "b.h5"  # as they came


def test_rows_are_found_by_words_and_by_their_ending_and_copied(
    panel: AuditPanel, folder: Path, journal: Journal, watch: Callable[[Path, int], None]
) -> None:
    for each in ROWS:
        journal.add(each)
    watch(folder, 4)
    QTest.keyClick(panel.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(panel.find_field, "LAMBDA layer")
    assert names(panel) == ["c\\x1b[31m.h5"]
    assert panel.count_label.text() == "1 of 4 rows"
    panel.find_field.clear()
    panel.which_box.setCurrentIndex(list(Shown).index(Shown.SUSPICIOUS))
    assert names(panel) == ["d.h5"]
    click_row(panel, "d.h5")
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 2 and lines[1].startswith("d.h5\tsuspicious\t0.6")


def test_figures_are_drawn_briefly_and_all_columns_are_seen_in_a_small_window(
    panel: AuditPanel,
    wiring: WindowWiring,
    driver: Driver,
    folder: Path,
    journal: Journal,
    watch: Callable[[Path, int], None],
) -> None:
    for each in ROWS:
        journal.add(replace(each, repair="", test=None if each is ROWS[2] else Share(12353, 12830)))
    watch(folder, 4)
    wiring.window.resize(1280, 720)
    QApplication.processEvents()
    table = panel.table
    drawn = {title: [drawn_text(panel, place, title) for place in range(4)] for title in TITLES}
    assert drawn["probability"] == ["0.040", "0.970", "–", "0.600"]
    assert drawn["seconds"] == ["20.0", "3.0", "2.5", "100.0"]
    assert drawn["ASR"][1] == "9.00 %" and drawn["clean"][0] == "96.28 %"
    assert table.horizontalScrollBar().maximum() == 0
    assert table.isColumnHidden(TITLES.index("repair"))
    where = table.visualRect(table.model().index(0, TITLES.index("clean"))).center()
    asked = QHelpEvent(QEvent.Type.ToolTip, where, table.viewport().mapToGlobal(where))
    QApplication.sendEvent(table.viewport(), asked)
    assert QToolTip.text() == "96.28 % (12353 of 12830)"
    journal.add(ROWS[0])
    driver.wait_until(lambda: not table.isColumnHidden(TITLES.index("repair")))


def test_a_row_shows_its_curve_its_triggers_and_its_report(
    panel: AuditPanel,
    wiring: WindowWiring,
    driver: Driver,
    folder: Path,
    journal: Journal,
    watch: Callable[[Path, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reports = folder / "models" / "net"
    for name in ("prune", "detect"):
        (reports / name).mkdir(parents=True)
    (reports / "detect" / "report.html").write_text("report")
    Image.fromarray(np.full((8, 8, 4), 90, np.uint8)).save(reports / "detect" / "trigger_1.png")
    (reports / "detect" / "trigger_2.png").write_bytes(b"no image")
    journal.add(row("n.h5", folder="models/net"))
    journal.add(row("evil.h5", folder="../outside"))
    (folder.parent / "outside" / "detect").mkdir(parents=True)
    (folder.parent / "outside" / "detect" / "report.html").write_text("outside")
    watch(folder, 2)
    click_row(panel, "n.h5")
    driver.wait_until(panel.detail.report_button.isEnabled)
    assert [each.has_image for each in panel.detail.triggers] == [True, False, False]
    assert "The attack is gone before clean accuracy falls." in panel.detail.text.toPlainText()
    assert panel.detail.spark.accessibleDescription().startswith("Clean accuracy 87.5")
    opened: list[str] = []
    monkeypatch.setattr("gui.audit.control.QDesktopServices.openUrl", lambda url: not opened.append(url.toLocalFile()))
    QTest.mouseClick(panel.detail.report_button, Qt.MouseButton.LeftButton)
    assert opened == [str(reports / "detect" / "report.html")]
    click_row(panel, "evil.h5")
    driver.settle()
    assert not panel.detail.report_button.isEnabled()
    assert not any(each.has_image for each in panel.detail.triggers)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("no database", "is damaged"),
        ("view", "another database"),
        ("types", "is damaged"),
        ("blob", "is damaged"),
        ("none", "there is no audit"),
    ],
)
def test_a_hostile_journal_gets_a_sentence_and_the_window_goes_on(
    panel: AuditPanel,
    wiring: WindowWiring,
    driver: Driver,
    folder: Path,
    watch: Callable[[Path, int], None],
    harm: str,
    words: str,
) -> None:
    path = folder / FILE_NAME
    if harm == "no database":
        path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)
    elif harm != "none":
        with Journal(path) as journal:
            journal.add(row())
        record = json.dumps({**row().as_json(), "name": {"a": 1}})
        statement = {
            "view": "CREATE VIEW v AS SELECT * FROM rows",
            "types": f"UPDATE rows SET record = '{record}'",
            "blob": "UPDATE rows SET record = hex(zeroblob(9000000))",
        }[harm]
        with closing(sqlite3.connect(path)) as database:
            database.execute(statement)
            database.commit()
    watch(folder, 0)
    assert panel.banner.heading.text() == "The audit cannot be read"
    assert words in panel.banner.sentence.text().lower() or words in panel.banner.sentence.text()
    assert panel.banner.kind == "error"
    driver.open_all()
    assert wiring.session.summary is not None
    QTest.mouseClick(panel.close_button, Qt.MouseButton.LeftButton)
    assert panel.empty_watch_button.isVisibleTo(panel)


def test_of_very_many_rows_the_first_are_shown(
    panel: AuditPanel,
    folder: Path,
    journal: Journal,
    watch: Callable[[Path, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("jobs", "watch"):
        monkeypatch.setattr(f"gui.audit.{module}.MOST_ROWS", 7)
    monkeypatch.setattr("gui.audit.jobs.MOST_ROWS_AT_ONCE", 3)
    assert MOST_ROWS >= 10_000
    for number in range(9):
        journal.add(row(f"{number}.h5"))
    watch(folder, 7)
    assert "only the first 7 rows are shown" in panel.banner.sentence.text()


def test_a_folder_is_dropped_on_the_window_and_offered_at_the_next_start(
    wiring: WindowWiring,
    panel: AuditPanel,
    driver: Driver,
    folder: Path,
    journal: Journal,
    open_window: Callable[[Preferences], WindowWiring],
) -> None:
    journal.add(ROWS[0])
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    event = QDropEvent(
        QPointF(600, 300),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    wiring.panels.dropEvent(event)
    assert wiring.panels.page.key == "audit"
    driver.wait_until(lambda: names(panel) == ["b.h5"])
    again = open_window(wiring.preferences)
    button = again.pages["audit"].audit_panel.again_button
    assert button.text() == "Watch night again"
    button.click()
    driver.wait_until(lambda: names(again.pages["audit"].audit_panel) == ["b.h5"])
    again.window.close()


def test_a_journal_that_is_taken_away_is_told(
    panel: AuditPanel, driver: Driver, folder: Path, journal: Journal, watch: Callable[[Path, int], None]
) -> None:
    journal.add(ROWS[0])
    watch(folder, 1)
    journal.close()
    shutil.rmtree(folder)
    driver.wait_until(lambda: panel.banner.heading.text() == "The audit cannot be read")
    assert names(panel) == ["b.h5"]  # what was read stays


def test_every_row_that_an_audit_can_write_has_a_text() -> None:
    rows: tuple[AuditRow, ...] = (*ROWS, row(is_all_to_all=True, classes=()))
    assert all(row_text(each) and "\x1b" not in row_text(each) for each in rows)
    assert " · pixels 0–1, found · " in row_text(row())


def test_what_a_repair_did_is_a_sentence_of_its_own() -> None:
    figures = "Clean held-out accuracy 100 % → 100 % (40 → 40 of 40)."
    assert f"\nRepair: weakened. {figures}\n" in row_text(row(repair="weakened", repaired=figures))


def test_a_message_is_left_out_where_it_would_be_a_few_letters_wide(qtbot: QtBot) -> None:
    table = AuditTable()
    qtbot.addWidget(table)
    table.resize(1300, 300)
    table.set_rows([shown_row(place, each) for place, each in enumerate((*ROWS, row("n" * 18)), start=1)])
    table.show()
    header = table.horizontalHeader()
    wide = header.sectionSize(0)
    assert header.sectionSize(MESSAGE) >= 10 * table.fontMetrics().height()
    table.resize(700, 300)
    assert table.isColumnHidden(MESSAGE)
    assert header.length() <= table.viewport().width() and header.sectionSize(0) >= 5 * table.fontMetrics().height()
    table.resize(500, 300)
    assert header.length() > table.viewport().width() and header.sectionSize(0) >= 8 * table.fontMetrics().height()
    table.resize(1300, 300)
    assert not table.isColumnHidden(MESSAGE) and header.sectionSize(0) == wide
