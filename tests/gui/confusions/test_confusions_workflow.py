"""Confusions in the real window with the real engine: each row and cell shows its very images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.images.answers import Who
from core.repair.methods.fine_pruning import FINE_PRUNING
from gui.confusions.control import NOTHING
from gui.confusions.window import ConfusionsWindow
from gui.images.window import ImagesWindow
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.test_workflows import Script, drive, drop, idle, tiny

__all__ = ["tiny"]  # a fixture

pytestmark = pytest.mark.slow
LEFT = Qt.MouseButton.LeftButton


def shown_images(wiring: WindowWiring) -> ImagesWindow:
    window = wiring.images_control.window
    assert window is not None
    assert window.isVisible()
    assert not window.notice.isVisible()  # which would say that the counts differ
    return window


def every_pair(wiring: WindowWiring, window: ConfusionsWindow, seen: set[Any]) -> Script:
    """Choose every set and network, and click every cell that has images."""
    for place in range(window.set_combo.count()):
        window.set_combo.setCurrentIndex(place)
        window.set_combo.activated.emit(place)
        yield idle(wiring)
        for number in range(window.who_combo.count()):
            window.who_combo.setCurrentIndex(number)
            window.who_combo.activated.emit(number)
            found = window.confusions
            assert found is not None
            given = found.answers.labels_with_flags(found.who)
            assert found.confused_count == (given != found.answers.images.labels).sum()
            matrix = window.heat_map.matrix
            for row in range(matrix.rowCount()):
                for column in range(matrix.columnCount()):
                    label, answered, count = matrix.pair(matrix.index(row, column))
                    if not count:
                        continue
                    area = window.heat_map.visualRect(matrix.index(row, column))
                    QTest.mouseClick(window.heat_map.viewport(), LEFT, pos=area.center())
                    yield idle(wiring)
                    images = shown_images(wiring)
                    expected = np.flatnonzero((found.answers.images.labels == label) & (given == answered))
                    assert images.grid.images.rows.tolist() == expected.tolist()
                    assert images.answers is not None
                    assert images.answers.pruned_confidences is not None
                    seen.add((found.answers.images.name, str(found.who), label, answered, count))


def test_every_cell_shows_its_images(qtbot: QtBot, tiny: dict[str, Path]) -> None:
    seen: set[Any] = set()

    def script(wiring: WindowWiring) -> Script:
        session, panels = wiring.session, wiring.panels
        wiring.confusions.action.trigger()
        window = wiring.confusions.window
        assert window is not None
        assert window.message.text() == NOTHING
        for role in ("model", "validation", "poisoned"):
            drop(panels.files.slots[Role(role)], tiny[role])
        yield idle(wiring)
        panels.show_page("prune")
        wiring.pages["prune"].form.start_button.click()
        yield idle(wiring)
        yield lambda: window.confusions is not None  # an open window follows the run
        yield from every_pair(wiring, window, seen)
        assert len({key[:2] for key in seen}) == 6

        # It follows the cursor.
        panel_share = (
            session.point.validation.pruned if session.point is not None and session.point.validation else None
        )
        assert panel_share is not None
        window.set_combo.activated.emit(0)
        window.who_combo.activated.emit(1)
        yield idle(wiring)
        before = window.confusions
        assert before is not None
        assert before.who is Who.PRUNED
        assert before.confused_count == panel_share.total - panel_share.count
        session.go_to(0)
        yield lambda: window.confusions is not before and not wiring.runner.is_busy
        after = window.confusions
        assert after is not None
        assert session.point is not None
        assert session.point.validation is not None
        assert after.confused_count == panel_share.total - session.point.validation.pruned.count
        assert (after.answers.pruned == after.answers.base).all()

        # And the page: on Repair, the shown repair answers.
        form = wiring.pages["repair"].form
        form.choose_method(FINE_PRUNING)
        form.epochs_field.setValue(1)
        form.threshold_field.setValue(20)
        form.start_button.click()
        yield idle(wiring)
        panels.show_page("repair")
        yield lambda: window.who_combo.count() == 4 and not wiring.runner.is_busy
        assert window.set_combo.count() == 3  # and the held-out images
        yield from every_pair(wiring, window, seen)
        assert {who for _, who, *_ in seen} == {str(who) for who in Who}

        # Closed files close what belonged to them.
        drop(panels.files.slots[Role.VALIDATION], tiny["validation"])
        yield idle(wiring)
        assert not window.isVisible()

    drive(script)
    assert len(seen) > 12
