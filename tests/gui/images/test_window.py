"""The images window alone: filters, orders, keys, thumbnails, and what it says."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.images.answers import ImageAnswers, Who
from core.images.selection import Flagging, Outcome, Selection, SortKey
from gui.images.window import ImagesWindow
from gui.theme import class_names, theme
from tests.gui.images.made_up_answers import made_up_answers

ALL = Selection(Who.PRUNED)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[ImagesWindow]:
    parent = QWidget()
    qtbot.addWidget(parent)
    window = ImagesWindow(parent)
    window.resize(900, 640)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


def show(window: ImagesWindow, answers: ImageAnswers, selection: Selection = ALL) -> None:
    window.show_answers(answers, selection, detail="B′: 2 of 6 channels pruned")
    QApplication.processEvents()


def press(button: QToolButton) -> None:
    QTest.mouseClick(button, LEFT)


def rows(window: ImagesWindow) -> list[int]:
    return window.grid.images.rows.tolist()


def click_image(window: ImagesWindow, place: int, *, key: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    grid = window.grid
    grid.scrollTo(grid.images.index(place))
    QTest.mouseClick(grid.viewport(), LEFT, key, grid.visualRect(grid.images.index(place)).center())


def test_title_and_status_count_what_is_shown(window: ImagesWindow) -> None:
    show(window, made_up_answers(), Selection(Who.PRUNED, Outcome.WRONG))
    assert window.title == "Clean validation: 10 of 60 answered wrongly by B′"
    assert window.windowTitle() == window.title
    assert window.status.text().startswith("10 of 60 images shown")
    assert rows(window) == list(range(0, 60, 6))
    QAbstractItemModelTester(window.grid.images)


def test_the_images_have_the_focus_once_they_are_there(window: ImagesWindow) -> None:
    window.show_busy("Clean accuracy: 10 images of 60", "", "The images are being answered …")
    window.grid.setFocus()
    show(window, made_up_answers())
    assert window.focusWidget() is window.grid


@pytest.mark.parametrize(
    ("leads_to", "button", "became"),
    [(7, "Became class 7 9", "became class 7"), (-1, "Became the next class 9", "became the class after their own")],
)
@pytest.mark.parametrize("has_labels", [True, False])
def test_images_with_a_trigger_are_before_and_after_it(
    window: ImagesWindow, leads_to: int, button: str, became: str, *, has_labels: bool
) -> None:
    made = made_up_answers(54, is_poisoned=True, has_true_labels=has_labels)
    answers = replace(made, images=replace(made.images, leads_to=leads_to))
    show(window, answers, Selection(Who.PRUNED, Outcome.ATTACKED))
    bar = window.bar
    hidden = (*bar.who_buttons.values(), bar.flagged_button, bar.passed_button)
    assert not any(each.isVisible() for each in hidden)
    assert window.title == f"p.h5: 9 of 54 {became}"
    assert bar.outcome_buttons[Outcome.ATTACKED].text() == button
    assert bar.resisted_button.text() == "Did not 45"
    facts = window.grid.images.facts(1)
    assert (facts.names, facts.is_flagged) == (("before", "after"), False)
    assert "B with the trigger answers class 7" in facts.sentence
    assert "B′" not in facts.sentence + window.title + bar.changed_button.toolTip() + bar.sort_combo.itemText(4)
    press(bar.resisted_button)
    assert len(rows(window)) == 45
    assert window.title == f"p.h5: 45 of 54 {became.replace('became', 'did not become')}"
    press(bar.changed_button)
    assert len(rows(window)) == 0
    press(bar.resisted_button)
    assert len(rows(window)) == 8  # the first image was answered as 7 before
    assert window.title == "p.h5: 8 of 54 answered differently with the trigger"
    right = bar.outcome_buttons[Outcome.RIGHT]
    assert right.isEnabled() == has_labels
    assert has_labels or "no labels" in right.toolTip()
    assert bar.class_combo.isVisible() == has_labels
    # A set without a trigger has its buttons again.
    show(window, made_up_answers())
    assert bar.flagged_button.isVisible()
    assert not bar.resisted_button.isVisible()
    assert bar.class_combo.isVisible()
    assert bar.sort_combo.itemText(4) == "by change B to B′"
    assert window.grid.images.facts(1).names == ("B", "B′")
    assert not window.help.ring.isVisible()  # the focus was moved by no key


def test_buttons_filter_and_count(window: ImagesWindow) -> None:
    show(window, made_up_answers())
    bar = window.bar
    texts = [bar.outcome_buttons[each].text() for each in (Outcome.RIGHT, Outcome.WRONG)]
    assert texts == ["Right 50", "Wrong 10"]
    assert (bar.flagged_button.text(), bar.changed_button.text()) == ("Flagged 9", "Changed 9")
    assert not bar.outcome_buttons[Outcome.ATTACKED].isVisible()
    press(bar.outcome_buttons[Outcome.WRONG])
    assert len(rows(window)) == 10
    press(bar.flagged_button)
    assert rows(window) == list(range(6, 60, 6))
    assert window.title == "Clean validation: 9 of 60 answered wrongly by B′ and flagged by G"
    press(bar.outcome_buttons[Outcome.RIGHT])  # in place of “Wrong”
    assert bar.selection.outcome is Outcome.RIGHT
    assert rows(window) == []
    assert window.empty_label.isVisible()
    assert not window.export_button.isEnabled()
    press(bar.outcome_buttons[Outcome.RIGHT])
    press(bar.passed_button)
    assert len(rows(window)) == 51
    press(bar.passed_button)
    assert len(rows(window)) == 60
    press(bar.who_buttons[Who.BASE])
    press(bar.outcome_buttons[Outcome.WRONG])
    assert rows(window) == [0]


def test_g_answers_a_flagged_image_with_no_class(window: ImagesWindow) -> None:
    show(window, made_up_answers(), Selection(Who.AGREEMENT, flagging=Flagging.FLAGGED))
    assert window.title == "Clean validation: 9 of 60 flagged by G"
    press(window.bar.outcome_buttons[Outcome.WRONG])
    assert rows(window) == [0]
    assert not window.bar.flagged_button.isChecked()
    press(window.bar.flagged_button)
    assert len(rows(window)) == 9
    assert not window.bar.outcome_buttons[Outcome.WRONG].isChecked()
    assert not window.bar.who_buttons[Who.CONFIDENCE].isVisible()  # no level is known


def test_target_labels_tell_no_right_answers(window: ImagesWindow) -> None:
    show(window, made_up_answers(is_poisoned=True, has_true_labels=False), Selection(Who.PRUNED, Outcome.ATTACKED))
    assert window.title == "p.h5: 10 of 60 answered as the attacker wants by B′"
    assert not window.bar.outcome_buttons[Outcome.RIGHT].isEnabled()
    assert "target labels" in window.bar.outcome_buttons[Outcome.RIGHT].toolTip()
    show(window, made_up_answers(is_poisoned=True), Selection(Who.PRUNED, Outcome.RIGHT))
    assert len(rows(window)) == 50  # robust accuracy


def test_a_class_and_an_order_are_chosen_by_keys(window: ImagesWindow) -> None:
    show(window, made_up_answers())
    combo, sort = window.bar.class_combo, window.bar.sort_combo
    assert combo.count() == 6
    assert combo.itemText(4) == "3 · 12"
    combo.setFocus()
    QTest.keyClicks(combo, "3")
    assert rows(window) == list(range(3, 60, 5))
    assert window.title == "Clean validation: 12 of 60 of class 3"
    sort.setFocus()
    for _ in range(list(SortKey).index(SortKey.CONFIDENCE)):
        QTest.keyClick(sort, Qt.Key.Key_Down)
    assert rows(window) == list(range(3, 60, 5))  # B′ is surer of later ones
    press(window.bar.order_button)
    assert rows(window) == list(range(58, 2, -5))
    assert "Largest" in window.bar.order_button.toolTip()


def test_click_and_enter_choose_one(window: ImagesWindow, qtbot: QtBot) -> None:
    show(window, made_up_answers(), Selection(Who.PRUNED, Outcome.WRONG))
    chosen: list[int] = []
    window.image_chosen.connect(chosen.append)
    click_image(window, 2)
    assert chosen == [12]
    grid = window.grid
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert chosen == [12, 18]
    click_image(window, 5, key=Qt.KeyboardModifier.ControlModifier)
    click_image(window, 7, key=Qt.KeyboardModifier.ControlModifier)
    assert chosen == [12, 18]
    assert grid.chosen_rows.tolist() == [18, 30, 42]
    assert "3 selected" in window.status.text()
    exported = window.exported(lambda _label: "")
    assert exported is not None
    assert exported.rows.tolist() == [18, 30, 42]
    assert exported.title.startswith("3 selected images of Clean validation")


def test_shift_selects_all_between(window: ImagesWindow) -> None:
    show(window, made_up_answers())
    columns = window.grid.column_count
    click_image(window, 1)
    click_image(window, columns + 2, key=Qt.KeyboardModifier.ShiftModifier)
    assert window.grid.chosen_rows.tolist() == list(range(1, columns + 3))
    QTest.keyClick(window.grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert window.grid.chosen_rows.tolist() == list(range(1, columns + 4))
    QTest.keyClick(window.grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert window.grid.selected_count == 60


def test_keys_move_through_the_lines(window: ImagesWindow) -> None:
    show(window, made_up_answers())
    grid = window.grid
    grid.setFocus()
    columns = grid.column_count
    assert 3 < columns < 20

    def after(*keys: Qt.Key) -> int:
        for key in keys:
            QTest.keyClick(grid, key)
        return grid.currentIndex().row()

    assert after(Qt.Key.Key_Down) == columns
    assert after(Qt.Key.Key_Right, Qt.Key.Key_Up) == 1
    assert after(Qt.Key.Key_Up) == 1
    assert after(Qt.Key.Key_End) == 59
    assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()))
    assert after(Qt.Key.Key_Down) == 59
    assert after(Qt.Key.Key_Home) == 0
    assert grid.verticalOffset() == 0
    assert after(Qt.Key.Key_PageDown) > columns
    assert grid.indexAt(grid.visualRect(grid.currentIndex()).center()) == grid.currentIndex()


def test_thumbnails_are_made_of_what_is_seen(window: ImagesWindow, qtbot: QtBot) -> None:
    show(window, made_up_answers(5_000))
    grid = window.grid
    qtbot.waitUntil(lambda: not grid.thumbnails.is_busy)
    assert 0 < grid.thumbnails.count < 200
    first = grid.thumbnails.pixmap(7)
    assert first is not None
    assert first.toImage().pixelColor(1, 1).red() == 7
    QTest.keyClick(grid, Qt.Key.Key_End)
    QApplication.processEvents()
    qtbot.waitUntil(lambda: not grid.thumbnails.is_busy)
    last = grid.thumbnails.pixmap(4_999)
    assert last is not None
    assert last.toImage().pixelColor(1, 1).red() == 4_999 % 256


def test_each_of_50_000_images_has_its_place(window: ImagesWindow) -> None:
    show(window, made_up_answers(50_000))
    grid = window.grid
    bar = grid.verticalScrollBar()
    assert bar.maximum() > 100_000
    for share in (0.1, 0.5, 0.99):
        bar.setValue(int(bar.maximum() * share))
        index = grid.indexAt(grid.viewport().rect().center())
        assert index.isValid()
        assert grid.visualRect(index).contains(grid.viewport().rect().center())
    assert grid.grab().toImage().size().height() > 0  # only what is in view is drawn
    assert grid.thumbnails.count < 1_000
    QTest.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert grid.selected_count == 50_000


def test_zooming_keeps_the_current_image_in_view(window: ImagesWindow) -> None:
    show(window, made_up_answers(2_000))
    grid = window.grid
    grid.setCurrentIndex(grid.images.index(1_500))
    height, side = grid.line_height, grid.side
    QTest.keyClick(grid, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert grid.side > side
    assert window.size_slider.value() > 0
    centre = QPointF(grid.viewport().rect().center())
    for _ in range(5):
        wheel = QWheelEvent(
            centre, grid.viewport().mapToGlobal(centre), QPoint(), QPoint(0, -120), LEFT.NoButton,
            Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(grid.viewport(), wheel)
    assert grid.side == 48
    assert grid.line_height < height
    assert grid.viewport().rect().intersects(grid.visualRect(grid.currentIndex()))


def test_more_answers_keep_what_was_chosen(window: ImagesWindow) -> None:
    whole = made_up_answers()
    first = ImageAnswers(whole.images, whole.base.copy(), whole.pruned.copy())
    show(window, first)
    assert "being computed" in window.status.text()
    press(window.bar.outcome_buttons[Outcome.WRONG])
    window.grid.setCurrentIndex(window.grid.images.index(4))
    window.refresh(whole)
    assert rows(window) == list(range(0, 60, 6))
    assert window.grid.currentIndex().row() == 4
    assert "being computed" not in window.status.text()
    assert window.grid.images.facts(4).base_confidence


def test_what_is_said_of_an_image_names_its_classes(window: ImagesWindow) -> None:
    show(window, made_up_answers(is_poisoned=True))
    sentence = window.grid.images.facts(6).sentence
    assert sentence.splitlines() == [
        "Image 6, true label: class 1",
        "The attacker wants: class 7",
        "B answers class 1 at 89.8 %, right",
        "B′ answers class 7 at 10.2 %, as the attacker wants",
        "Flagged by G as backdoored",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_drawn_follows_the_theme(window: ImagesWindow, qapp: QApplication, scheme: str) -> None:
    theme.apply_theme(qapp, "dark" if scheme == "dark" else "light")
    show(window, made_up_answers())
    image = window.grid.viewport().grab().toImage()
    ground = image.pixelColor(window.grid.visualRect(window.grid.images.index(1)).topLeft() + QPoint(1, 1))
    assert (ground.lightness() < 100) is (scheme == "dark")
    class_names.signals.changed.emit()


def test_esc_closes(window: ImagesWindow, qtbot: QtBot) -> None:
    show(window, made_up_answers())
    with qtbot.waitSignal(window.closed):
        QTest.keyClick(window.grid, Qt.Key.Key_Escape)
    assert not window.isVisible()
    assert np.array_equal(window.grid.images.rows, np.arange(60))
