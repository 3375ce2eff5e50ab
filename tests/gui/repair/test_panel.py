"""The repair panel alone: live epochs, the table, and what can be written."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from core.detect.records import NEXT_CLASS
from core.network.confidence import ConfidenceLevel
from core.records import CleanScore, PoisonedScore, Share, SweepPoint
from core.refit.records import RefitEpoch
from core.refit.watched_images import FoundImages, WatchedImages
from core.repair.shown.examples import Example, Examples
from core.report.repair.verdict import judge_repair
from gui.repair.panel import RepairPanel
from gui.repair.result.attempts_view import AttemptRow
from gui.state.repairs import NetworkFigures, figures_of
from gui.tables.detail import Detail

pytest_plugins = ["tests.gui.panel_samples"]


def epoch(number: int, held_out: int, attack: int, *, is_back: bool = False) -> RefitEpoch:
    loss = math.nan if not number else 3.0 / number
    return RefitEpoch(number, loss, 1e-3, Share(held_out, 20), None, (Share(attack, 60),), is_back)


HISTORY = (epoch(0, 20, 60), epoch(1, 4, 2, is_back=True), epoch(2, 18, 1), epoch(3, 17, 0))


def point(clean: int, attack: int, flagged: int) -> SweepPoint:
    score = CleanScore(Share(clean, 100), Share(clean - 1, 100), Share(flagged, 100))
    return SweepPoint(
        0, -1, score, None, (PoisonedScore(Share(attack, 60), Share(attack, 60), Share(60 - attack, 60)),)
    )


@pytest.fixture
def figures() -> tuple[NetworkFigures, ...]:
    level = ConfidenceLevel(0.5, 0.05, Share(1, 20))
    after = point(96, 1, 4)
    return figures_of(
        point(98, 60, 0), after, by_confidence=after, level=level, held_out=(HISTORY[0].held_out, HISTORY[2].held_out)
    )


@pytest.fixture
def panel(qtbot: QtBot) -> RepairPanel:
    panel = RepairPanel()
    qtbot.addWidget(panel)
    panel.resize(700, 620)
    panel.show()
    return panel


def test_epochs_are_drawn_as_they_come(panel: RepairPanel) -> None:
    panel.begin("Occlusion", "9 epochs", epochs=9, poisoned_names=("sunglasses.h5",), has_test=False)
    history = panel.history
    for count in range(1, 4):
        panel.show_history(HISTORY[:count], kept_epoch=2 if count == 3 else 0)
        assert history.chart.cursor_step == count - 1
    assert history.chart.keys() == ["held-out", "asr-0"]
    assert [place.y for place in history.chart.points("asr-0")] == pytest.approx([100, 200 / 60, 100 / 60])
    assert history.chart.mark == (2, "kept")
    assert history.readout.title.text() == "Epoch 2, kept"
    assert history.loss_label.text() == "loss 1.500"
    assert not panel.save_pruned_button.isEnabled()
    assert not panel.view.isVisible()


def test_the_cursor_stays_where_the_person_put_it(panel: RepairPanel) -> None:
    panel.begin("Occlusion", "9 epochs", epochs=9, poisoned_names=("sunglasses.h5",), has_test=False)
    panel.show_history(HISTORY[:3], kept_epoch=2)
    panel.history.chart.set_cursor(1)
    panel.history.chart.cursor_moved.emit(1)
    panel.show_history(HISTORY, kept_epoch=2, is_over=True)
    assert panel.history.chart.cursor_step == 1
    assert panel.history.readout.title.text() == "Epoch 1, rolled back"
    panel.history.chart.cursor_moved.emit(0)
    panel.history.chart.set_cursor(0)
    panel.history.chart.cursor_moved.emit(0)
    assert panel.history.readout.title.text() == "Before refitting"
    assert panel.history.loss_label.text() == "loss"


def test_before_and_after_stand_in_one_table(panel: RepairPanel, figures: Any) -> None:
    panel.begin("Occlusion", "9 epochs", epochs=9, poisoned_names=("sunglasses.h5",), has_test=False)
    panel.show_history(HISTORY, kept_epoch=2, is_over=True)
    panel.show_result(figures, ("It was refitted.",), notes=("Images whose true label is the target stay.",))
    titles = [column.title for column in panel.table.columns]
    assert titles == ["clean held\u2011out", "clean validation", "ASR", "detection", "false alarms validation"]
    texts = [[panel.table.index(row, column).data() for column in range(5)] for row in range(4)]
    assert texts[0] == ["100 %", "98.00 %", "100 %", "–", "–"]
    assert texts[1] == ["90.00 %", "96.00 %", "1.67 %", "–", "–"]
    assert texts[2] == ["–", "95.00 %", "1.67 %", "98.33 %", "4.00 %"]
    assert panel.view.isVisible()
    assert panel.told.label.text().startswith("It was refitted. Images whose true label")
    assert panel.history.chart.cursor_step == 2
    panel.copy_button.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 5
    assert lines[2].split("\t")[:3] == ["B′ repaired", "90.00", "18 of 20"]


def test_what_only_prunes_has_no_epochs(panel: RepairPanel, figures: Any) -> None:
    panel.begin("Pruning", "conv_3 up to 4 points", epochs=0, poisoned_names=("sunglasses.h5",), has_test=False)
    assert panel.busy_label.isVisible()
    panel.show_result(figures, ("It was pruned.",))
    assert not panel.history.isVisible()
    assert not panel.busy_label.isVisible()
    assert panel.view.isVisible()


def test_an_empty_panel_says_what_to_do(panel: RepairPanel, figures: Any) -> None:
    panel.set_empty_text("Open a model first.")
    assert panel.empty_label.isVisible()
    panel.begin("Occlusion", "9 epochs", epochs=9, poisoned_names=(), has_test=False)
    panel.show_result((), ())
    panel.clear()
    assert panel.empty_label.isVisible()
    for button in (panel.copy_button, panel.export_button, panel.save_pruned_button, panel.save_repaired_button):
        assert not button.isEnabled()


def test_wishes_go_out(panel: RepairPanel, figures: Any, qtbot: QtBot) -> None:
    wishes: list[str] = []
    panel.save_model_requested.connect(wishes.append)
    panel.export_requested.connect(wishes.append)
    panel.set_export_enabled(True)
    panel.save_pruned_button.click()
    for button in (panel.save_repaired_button, panel.export_button):
        for action in button.menu().actions():
            action.trigger()
    assert wishes == ["pruned", "repaired", "by_confidence", "csv", "json", "report", "pdf"]


def test_everything_can_be_reached_and_has_a_name(panel: RepairPanel) -> None:
    for widget in (panel.repair_combo, panel.copy_button, panel.view, panel.history.chart):
        assert widget.accessibleName()
    assert panel.export_button.text()


def test_long_sentences_are_scrolled_to_and_leave_the_chart_its_room(
    panel: RepairPanel, figures: tuple[NetworkFigures, ...], qtbot: QtBot
) -> None:
    panel.begin("Repair for me", "3 epochs", epochs=3, poisoned_names=("sunglasses.h5",), has_test=False)
    panel.show_history(HISTORY, kept_epoch=2, is_over=True)
    panel.show_result(figures, ["One sentence."])
    assert not panel.told.area.isVisible()  # folded at first
    panel.told.button.click()
    assert panel.told.area.isVisible()
    qtbot.waitUntil(lambda: panel.told.area.verticalScrollBar().maximum() == 0)
    panel.show_result(figures, ["How the network was made, and all that has to be said of it. " * 60])
    qtbot.waitUntil(lambda: panel.told.area.verticalScrollBar().maximum() > 0)
    assert panel.told.area.height() <= 0.25 * panel.height()
    assert panel.history.height() > 0.2 * panel.height()


def test_images_with_the_trigger_show_what_the_repair_changed(
    panel: RepairPanel, figures: tuple[NetworkFigures, ...]
) -> None:
    panel.begin("Pruning", "", epochs=0, poisoned_names=("sunglasses.h5",), has_test=False)
    view = panel.told.examples
    images = tuple(Example(np.full((55, 47, 3), 80 * each, np.uint8), 0, 7 + each) for each in range(2))
    panel.show_result(figures, ["Sentence."], examples=Examples(images, "sunglasses.h5", is_estimated=False))
    assert view.isVisible()
    assert view.title.text() == "With the trigger: B → B′"
    assert [each.text() for each in view.captions if each.isVisible()] == ["0 → 7", "0 → 8"]
    assert [each.has_image for each in view.images] == [True, True, False]
    assert view.images[1].accessibleName() == "Image 2 with the trigger: B answers class 0, B′ class 8"
    # The next repair has none that change, and one after it no trigger at all.
    same = (Example(images[0].pixels, 3, 3),)
    panel.show_result(figures, [], examples=Examples(same, "reconstructed trigger of class 3", is_estimated=True))
    assert view.title.text() == "With the reconstructed trigger: no answer changes"
    assert [each.isVisible() for each in view.captions] == [True, False, False]
    panel.show_result(figures, [])
    assert not view.isVisible()


def watched(count: int = 3, *, is_estimated: bool = False) -> WatchedImages:
    pixels = np.zeros((count, 55, 47, 3), np.float32)
    return WatchedImages(pixels.astype(np.uint8), pixels, (0,) * count, "sunglasses.h5", is_estimated)


def test_faces_with_the_trigger_tell_their_answers_epoch_by_epoch(
    panel: RepairPanel, figures: tuple[NetworkFigures, ...]
) -> None:
    panel.begin("Occlusion", "9 epochs", epochs=9, poisoned_names=("sunglasses.h5",), has_test=False)
    assert not panel.live.isVisible()
    panel.live.show_watched(watched())
    captions = [each.text() for each in panel.live.examples.captions]
    assert captions == ["0 → –", "0 → –", "0 → –"]  # nothing is known yet
    history = [replace(each, image_labels=(0, each.epoch, 5)) for each in HISTORY]
    panel.show_history(history[:3], kept_epoch=2)
    assert [each.text() for each in panel.live.examples.captions] == ["0 → 0", "0 → 2", "0 → 5"]
    assert panel.live.examples.title.text() == "With the trigger, epoch 2: B → B′"
    panel.history.chart.set_cursor(1)
    panel.history.chart.cursor_moved.emit(1)
    assert panel.live.examples.captions[1].text() == "0 → 1"
    # At the end they are those of the result, and go on following the cursor.
    panel.begin("Occlusion", "9 epochs", epochs=9, poisoned_names=("sunglasses.h5",), has_test=False)
    panel.show_history(history, kept_epoch=2, is_over=True)
    shown = tuple(Example(np.zeros((55, 47, 3), np.uint8), 0, label) for label in (0, 2, 5))
    panel.show_result(figures, [], examples=Examples(shown, "sunglasses.h5", is_estimated=False))
    assert not panel.live.isVisible()
    view = panel.told.examples
    assert [each.text() for each in view.captions] == ["0 → 0", "0 → 2", "0 → 5"]
    panel.history.chart.set_cursor(3)
    panel.history.chart.cursor_moved.emit(3)
    assert view.captions[1].text() == "0 → 3"
    assert view.title.text() == "With the trigger, epoch 3: B → B′"


def test_patches_and_triggers_are_shown_as_they_are_found(panel: RepairPanel) -> None:
    panel.begin("Repair for me", "", epochs=0, poisoned_names=(), has_test=False)
    panel.live.show_found(FoundImages("Patches", np.zeros((2, 55, 47, 3), np.uint8), (7, NEXT_CLASS)))
    found = panel.live.found
    assert found.isVisible() and found.title.text() == "Patches"
    assert [each.text() for each in found.captions if each.isVisible()] == ["→ 7", "→ next class"]
    panel.live.show_found(FoundImages("Triggers", np.zeros((1, 55, 47, 3), np.uint8), (3,)))
    assert [each.text() for each in found.captions if each.isVisible()] == ["→ 3"]


def test_one_banner_says_what_was_reached(panel: RepairPanel, figures: tuple[NetworkFigures, ...]) -> None:
    panel.begin("FT-SAM", "", epochs=3, poisoned_names=("sunglasses.h5",), has_test=False)
    panel.show_result(figures, [])
    panel.show_verdict(judge_repair(figures[0].scores, figures[1].scores, None))
    assert (panel.banner.heading.text(), panel.banner.kind) == ("Weakened", "warning")
    assert "Only 18 of 20 clean held-out images are right (20 of 20 on B)." in panel.banner.sentence.text()
    panel.begin("FT-SAM", "", epochs=3, poisoned_names=("sunglasses.h5",), has_test=False)
    assert not panel.banner.isVisible()  # an outcome of the last repair does not stand over the next


def test_where_there_is_little_room_the_chart_keeps_its_height(
    panel: RepairPanel, figures: tuple[NetworkFigures, ...], qtbot: QtBot
) -> None:
    rows = [AttemptRow(title, Share(1, 2), Share(1, 2), 0.5) for title in "ABCDEFGHIJKL"]
    panel.resize(650, 600)
    panel.begin("Repair for me", "", epochs=3, poisoned_names=("sunglasses.h5",), has_test=False)
    panel.show_history(HISTORY, kept_epoch=2, is_over=True)
    panel.attempts.show_rows(rows)
    shown = tuple(Example(np.zeros((55, 47, 3), np.uint8), 0, label) for label in (0, 2, 5))
    panel.show_result(figures, [], examples=Examples(shown, "sunglasses.h5", is_estimated=False))
    panel.show_verdict(judge_repair(figures[0].scores, figures[1].scores, None))
    qtbot.waitUntil(lambda: panel.history.chart.height() >= 180)
    assert panel.view.detail is Detail.RATES
    assert not panel.attempts.isVisible()
    panel.told.button.click()  # asked for, they are there
    assert panel.attempts.isVisible()
    panel.resize(900, 1000)
    panel.told.button.click()
    qtbot.waitUntil(lambda: panel.attempts.isVisible() and panel.view.detail is Detail.COUNTS)
    assert panel.history.loss_chart.isVisible() and panel.history.chart.height() >= 180
