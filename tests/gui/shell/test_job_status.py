"""What is said of the job that runs."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QProgressBar, QToolButton
from pytestqt.qtbot import QtBot

from core.monitor import Progress
from core.repair.methods.occlusion import OCCLUSION
from gui.keys.bindings import bindings
from gui.repair.control import SKIPPED
from gui.shell.job_status import SKIP_TIP, STOP_TIP, JobStatus
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.watched_events import events_of
from tests.gui.window_driver import Driver


@pytest.mark.usefixtures("qtbot")
def test_progress_is_said_without_saying_that_it_is_over() -> None:
    status = JobStatus()
    status.show_progress(Progress("Pruning", 3, 60, 1.0, 12.0, 0.25))
    assert (status.stage_text, status.eta_text, status.share) == ("Pruning: 3 of 60", "about 12 s left", 0.25)
    status.show_progress(Progress("Pruning", 60, 60, 1.0, 0.0, 1.0))
    assert status.stage_text == "Pruning …"
    status.show_progress(Progress("Measuring", 1, 2, 1.0, 5.0, 0.5))
    assert status.eta_text == "about 5 s left in this stage"
    status.show_progress(Progress("Reading", 0, 0, 1.0, None, None))
    assert (status.stage_text, status.eta_text, status.share) == ("Reading …", "", None)
    status.deleteLater()


def test_progress_is_painted_with_the_rest_in_a_later_turn(qtbot: QtBot) -> None:
    """`QProgressBar.setValue` paints at once, and with it all that has changed in the window."""
    status = JobStatus()
    qtbot.addWidget(status)
    status.show_job("Pruning")
    status.show_progress(Progress("Pruning", 1, 60, 1.0, 12.0, 0.1))
    bar = status.findChild(QProgressBar)
    assert bar is not None
    with events_of(bar, kind=QEvent.Type.Paint) as paintings:
        status.show()
        qtbot.waitUntil(lambda: bool(paintings))
        paintings.clear()
        status.show_progress(Progress("Pruning", 30, 60, 1.0, 12.0, 0.5))
        assert paintings == []
        qtbot.waitUntil(lambda: bool(paintings))


def test_a_stop_is_said_at_once_and_then_what_is_left_to_do(qtbot: QtBot) -> None:
    status = JobStatus()
    qtbot.addWidget(status)
    button = status.findChild(QToolButton)
    assert button is not None
    status.show_job("Repairing")
    status.show_progress(Progress("Refitting", 3, 60, 1.0, 12.0, 0.25))
    assert button.toolTip() == bindings.told(STOP_TIP, "run.cancel")
    status.show_cancelling()
    assert (status.stage_text, status.eta_text, status.share) == ("Stopping …", "", None)
    assert status.is_stopping and not status.can_skip and not button.isEnabled()
    status.show_progress(Progress("Refitting", 4, 60, 1.0, 12.0, 0.25))  # from before the stop
    assert status.stage_text == "Stopping …"
    scoring = "scoring the best epoch on 3 sets"
    status.show_progress(Progress("clean.h5", 4, 60, 1.0, 12.0, 0.25, remainder=scoring))
    assert status.stage_text == "Stopping: scoring the best epoch on 3 sets …"
    assert (status.share, status.eta_text) == (0.25, "about 12 s left in this stage")
    assert status.can_skip and status.has_answered
    assert (button.text(), button.toolTip(), button.isEnabled()) == (
        "Skip",
        bindings.told(SKIP_TIP, "run.cancel"),
        True,
    )
    assert button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextOnly
    status.show_skipping()
    status.show_progress(Progress("clean.h5", 5, 60, 1.0, 12.0, 0.25, remainder=scoring))
    assert status.stage_text == "Stopping …"
    status.show_job("Opening")
    assert not status.is_stopping and button.toolTip() == bindings.told(STOP_TIP, "run.cancel") and button.isEnabled()


def test_a_job_that_does_not_hear_the_stop_is_said_to_be_busy(qtbot: QtBot) -> None:
    status = JobStatus()
    qtbot.addWidget(status)
    status.show_job("Repairing")
    status.show_progress(Progress("Refitting", 3, 60, 1.0, 12.0, 0.25))
    status.show_cancelling()
    qtbot.waitUntil(lambda: status.can_skip)  # a second later
    assert status.stage_text == "Stopping: still busy with “Refitting” …"
    assert not status.has_answered


def test_escape_stops_a_repair_and_a_second_one_leaves_its_scoring(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    engine.stop_repair_at, engine.is_scoring_held = 2, True
    driver.start_repair(OCCLUSION, epochs=9)
    panel = wiring.pages["repair"].panel
    driver.wait_until(lambda: len(panel.history.history) == 3)
    wiring.window.activateWindow()
    driver.wait_until(wiring.window.isActiveWindow)
    QTest.keyClick(QApplication.focusWidget() or wiring.window, Qt.Key.Key_Escape)
    assert wiring.status.stage_text == "Stopping …"
    driver.wait_until(lambda: wiring.status.can_skip)
    assert wiring.status.stage_text == "Stopping: scoring the best epoch on 2 sets …"
    assert wiring.session.is_running
    QTest.keyClick(QApplication.focusWidget() or wiring.window, Qt.Key.Key_Escape)
    driver.settle()
    assert wiring.session.repairs == ()
    assert wiring.panels.messages.text == SKIPPED
    assert not wiring.session.is_running
    assert wiring.panels.files.slots[Role.MODEL].isEnabled()


def test_escape_once_keeps_the_best_epoch(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    driver.open_all()
    engine.stop_repair_at, engine.is_scoring_held = 2, True
    driver.start_repair(OCCLUSION, epochs=9)
    driver.wait_until(lambda: len(wiring.pages["repair"].panel.history.history) == 3)
    wiring.menus.cancel.trigger()
    wiring.menus.cancel.trigger()  # before the job has heard the first one: nothing more to ask for
    driver.wait_until(lambda: wiring.status.has_answered)
    engine.is_scoring_held = False
    driver.settle()
    assert [each.is_cut_short for each in wiring.session.repairs] == [True]
    assert not wiring.menus.cancel.autoRepeat()


def test_pruning_by_hand_is_answered_while_a_repair_runs(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.run_all()
    run = wiring.session.run
    assert run is not None and run.inspection is not None
    engine.stop_repair_at = 1
    driver.start_repair(OCCLUSION)
    driver.wait_until(lambda: wiring.session.is_running)
    run.inspection.evaluator.is_quick = False  # its memory was given to the repair
    wiring.panels.show_page("prune")
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    driver.wait_until(lambda: wiring.session.hand_point is not None)
    assert wiring.session.is_running
    assert engine.scored[-1] == [False, False, True, True, True, False]
    wiring.open_file(Role.IMAGE, Path("face.png"))
    wiring.runner.cancel()
    driver.settle()
    assert wiring.session.is_by_hand
