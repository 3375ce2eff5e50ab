"""Shares clicked in the real window with the real engine: the images are as many as the share says."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.images.answers import Who
from core.images.selection import Outcome
from core.repair.methods.fine_pruning import FINE_PRUNING
from gui.compare.page import ComparePage
from gui.images.window import ImagesWindow
from gui.prune.page import PrunePage
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from gui.tables.results_table import ASKED_ROLE
from gui.tables.table_view import ResultsView
from tests.gui.test_workflows import Script, drive, drop, idle, tiny

__all__ = ["tiny"]  # a fixture

pytestmark = pytest.mark.slow
LEFT = Qt.MouseButton.LeftButton


def shown(wiring: WindowWiring) -> ImagesWindow:
    window = wiring.images_control.window
    assert window is not None
    assert window.isVisible()
    assert not window.notice.isVisible()  # which would say that the counts differ
    return window


def each_cell(view: ResultsView, wiring: WindowWiring, seen: dict[Any, int]) -> Generator[Any, None, None]:
    """Click each share of a table, and compare it with the images that are shown."""
    model = view.model()
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            asked = index.data(ASKED_ROLE)
            if asked is None:
                continue
            view.scrollTo(index)
            QTest.mouseClick(view.viewport(), LEFT, pos=view.link_area(index).center())
            yield idle(wiring)
            window = shown(wiring)
            assert window.shown_count == asked.share.count, (row, column, asked)
            assert window.answers is not None
            assert window.answers.images.image_count == asked.share.total
            assert window.answers.pruned_confidences is not None
            seen[asked.figure.key, asked.who, asked.share.count] = (
                seen.get((asked.figure.key, asked.who, asked.share.count), 0) + 1
            )


def each_point(wiring: WindowWiring) -> Script:
    """Ask for the images of each point of the scatter: for each figure of B′, those it counts and the others."""
    page = wiring.page(ComparePage)
    chart, table = page.compare_panel.chart, page.compare_panel.view.model()
    assert len(chart.points) == table.rowCount() == 2
    for place in range(2):
        page.compare_panel.choose(place)
        QTest.keyClick(chart, Qt.Key.Key_Return)
        menu = page.point_images.menu
        assert menu is not None
        asked = [table.index(place, column).data(ASKED_ROLE) for column in range(table.columnCount())]
        figures = [each for each in asked if each is not None and not each.who.is_flagging]
        assert {each.who for each in figures} == {Who.PRUNED if place else Who.BASE}
        actions = [each for each in menu.actions() if not each.isSeparator()]
        assert len(actions) == 2 * len(figures) > 2
        for number, action in enumerate(actions):
            share = figures[number // 2].share
            count = share.total - share.count if number % 2 else share.count
            assert action.isEnabled() == (count > 0)
            if count:
                action.trigger()
                yield idle(wiring)
                assert shown(wiring).shown_count == count
        menu.close()
        yield idle(wiring)


def test_every_share_of_every_table_shows_its_images(
    qtbot: QtBot, tiny: dict[str, Path], tmp_path: Path, dialog: Any
) -> None:
    seen: dict[Any, int] = {}

    def script(wiring: WindowWiring) -> Script:
        session, panels = wiring.session, wiring.panels
        for role in ("model", "validation", "poisoned"):
            drop(panels.files.slots[Role(role)], tiny[role])
        yield idle(wiring)
        wiring.pages["prune"].form.start_button.click()
        yield idle(wiring)
        page = wiring.page(PrunePage)
        panels.show_page("prune")
        yield idle(wiring)
        step = session.step
        yield from each_cell(page.results.view, wiring, seen)
        assert session.step == step  # a link does not move the cursor

        # Beside the curves, by keyboard; then the others and all, by the context menu.
        row = page.curves.readout.rows[0]
        row.setFocus()
        QTest.keyClick(row, Qt.Key.Key_Return)
        yield idle(wiring)
        assert session.point is not None
        assert session.point.validation is not None
        share = session.point.validation.pruned
        assert shown(wiring).shown_count == share.count
        view = page.results.view
        view.setCurrentIndex(view.model().index(0, 1))
        QTest.keyClick(view, Qt.Key.Key_Return)
        yield idle(wiring)
        assert shown(wiring).shown_count == view.model().index(0, 1).data(ASKED_ROLE).share.count

        # Pruned by hand, its own row answers under the mask made by hand.
        page.channels.channel_toggled.emit(0)
        yield idle(wiring)
        index = view.model().index(0, 1)
        asked = index.data(ASKED_ROLE)
        assert asked.share != share
        QTest.mouseClick(view.viewport(), LEFT, pos=view.link_area(index).center())
        yield idle(wiring)
        window = shown(wiring)
        assert window.shown_count == asked.share.count
        window.bar.outcome_buttons[Outcome.WRONG].click()
        assert window.shown_count == asked.share.total - asked.share.count

        # An image goes to the classifier, without a trigger.
        session.set_trigger_on(True)
        yield idle(wiring)
        QTest.keyClick(window.grid, Qt.Key.Key_End)
        QTest.keyClick(window.grid, Qt.Key.Key_Return)
        yield idle(wiring)
        facts = window.grid.images.facts(window.shown_count - 1)
        assert session.image_name == f"Clean validation #{facts.file_row}"
        assert not session.is_trigger_on
        answer = panels.classifier.answer_view
        assert (answer.base_bars.scores[0].label, answer.pruned_bars.scores[0].label) == (facts.base, facts.pruned)

        # Exported as a folder and a sheet.
        dialog.prepare("ask_export_folder", tmp_path)
        dialog.prepare("ask_save", (tmp_path / "sheet.pdf", True))
        stem, count = window.file_stem, window.shown_count
        window.export_requested.emit("folder")
        window.export_requested.emit("sheet-pdf")
        yield idle(wiring)
        assert len(list((tmp_path / stem).glob("*.png"))) == count
        assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")

        # Another file closes what belonged to the earlier one.
        drop(panels.files.slots[Role.VALIDATION], tiny["validation"])
        yield idle(wiring)
        assert not window.isVisible()

    drive(script)
    assert {key for key, *_ in seen} == {
        "clean_validation_accuracy", "attack_success_rate", "detection_rate", "false_alarm_rate_validation"
    }  # fmt: skip
    assert len(seen) > 8  # the shares differ


def test_repairs_and_comparisons_show_their_images(qtbot: QtBot, tiny: dict[str, Path]) -> None:
    seen: dict[Any, int] = {}

    def script(wiring: WindowWiring) -> Script:
        panels = wiring.panels
        for role in ("model", "validation", "poisoned"):
            drop(panels.files.slots[Role(role)], tiny[role])
        yield idle(wiring)
        form = wiring.pages["repair"].form
        form.choose_method(FINE_PRUNING)
        form.epochs_field.setValue(2)
        form.threshold_field.setValue(20)
        form.start_button.click()
        yield idle(wiring)
        panels.show_page("repair")
        yield idle(wiring)
        yield from each_cell(wiring.pages["repair"].panel.view, wiring, seen)
        assert {who for _, who, _ in seen} == set(Who)
        assert "clean_held_out_accuracy" in {key for key, *_ in seen}
        history = wiring.pages["repair"].panel.history
        row = history.readout.rows[-1]
        QTest.mouseClick(row, LEFT)
        yield idle(wiring)
        assert shown(wiring).shown_count == history.history[-1].poisoned[0].count
        panels.show_page("compare")
        yield idle(wiring)
        view = wiring.pages["compare"].panel.view
        yield from each_cell(view, wiring, seen)
        yield from each_point(wiring)
        window = shown(wiring)
        QTest.keyClick(window.grid, Qt.Key.Key_Escape)
        assert not window.isVisible()
        assert wiring.images_control.request is None

    drive(script)
