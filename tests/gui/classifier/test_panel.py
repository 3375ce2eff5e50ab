from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea

from core.records import ImageConfidence
from gui.classifier.panel import BUSY_TEXT, DROP_TEXT, NOT_READY_TEXT, ClassifierPanel
from gui.theme import theme

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


@pytest.fixture
def panel(qtbot) -> ClassifierPanel:
    panel = ClassifierPanel()
    qtbot.addWidget(panel)
    panel.resize(280, 700)
    panel.show()
    qtbot.waitExposed(panel)
    panel.set_ready(True)
    panel.set_trigger_name("sunglasses (built in)")
    return panel


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a face.png"
    path.write_bytes(b"\x89PNG")
    return path


def _urls(*urls: QUrl) -> QMimeData:
    data = QMimeData()
    data.setUrls(list(urls))
    return data


def _enter(panel: ClassifierPanel, data: QMimeData) -> bool:
    event = QDragEnterEvent(
        QPointF(50, 50).toPoint(),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    QApplication.sendEvent(panel, event)
    return event.isAccepted()


def _move(panel: ClassifierPanel, data: QMimeData) -> bool:
    event = QDragMoveEvent(
        QPointF(60, 60).toPoint(),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    QApplication.sendEvent(panel, event)
    return event.isAccepted()


def _drop(panel: ClassifierPanel, data: QMimeData) -> bool:
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    QApplication.sendEvent(panel, event)
    return event.isAccepted()


def test_without_a_model_it_explains_and_takes_nothing(panel: ClassifierPanel, image: Path, qtbot) -> None:
    panel.set_ready(False)
    assert panel.drop_zone.hint == NOT_READY_TEXT
    assert not panel.open_button.isEnabled()
    assert not panel.trigger_box.isEnabled()
    data = _urls(QUrl.fromLocalFile(str(image)))
    with qtbot.assertNotEmitted(panel.image_dropped), qtbot.assertNotEmitted(panel.open_requested):
        assert not _enter(panel, data)
        assert not _drop(panel, data)
        QTest.mouseClick(panel.drop_zone, Qt.MouseButton.LeftButton)
    assert not panel.drop_zone.is_hot


def test_one_file_of_this_computer_is_taken(panel: ClassifierPanel, image: Path, qtbot) -> None:
    data = _urls(QUrl.fromLocalFile(str(image)))
    assert panel.drop_zone.hint == DROP_TEXT
    assert _enter(panel, data)
    assert panel.drop_zone.is_hot
    assert _move(panel, data)
    with qtbot.waitSignal(panel.image_dropped) as dropped:
        assert _drop(panel, data)
    assert dropped.args == [image]
    assert isinstance(dropped.args[0], Path)
    assert not panel.drop_zone.is_hot


def test_a_drag_that_leaves_cools_the_zone(panel: ClassifierPanel, image: Path) -> None:
    _enter(panel, _urls(QUrl.fromLocalFile(str(image))))
    QApplication.sendEvent(panel, QDragLeaveEvent())
    assert not panel.drop_zone.is_hot


@pytest.mark.parametrize("kind", ["web", "gone", "text", "nothing"])
def test_wrong_drops_change_nothing(
    panel: ClassifierPanel, image: Path, samples, qtbot, tmp_path: Path, kind: str
) -> None:
    panel.show_answer(samples.flagged, image_name="first.png", step_text="4 pruned, 2 left")
    data = QMimeData()
    if kind == "web":
        data = _urls(QUrl("https://example.org/face.png"))
    elif kind == "gone":
        data = _urls(QUrl.fromLocalFile(str(tmp_path / "gone.png")))
    elif kind == "text":
        data.setText(str(image))
    before = panel.grab().toImage()
    with qtbot.assertNotEmitted(panel.image_dropped):
        assert not _enter(panel, data)
        assert not _move(panel, data)
        assert not _drop(panel, data)
    assert not panel.drop_zone.is_hot
    assert panel.answer_view.base_bars.scores == samples.flagged.base
    assert panel.grab().toImage() == before


@pytest.mark.parametrize("kind", ["two files", "folder"])
def test_several_files_and_folders_are_taken_together(panel: ClassifierPanel, image: Path, qtbot, kind: str) -> None:
    other = image.with_name("another.png")
    other.write_bytes(b"")
    paths = (image, other) if kind == "two files" else (image.parent,)
    data = _urls(*(QUrl.fromLocalFile(str(path)) for path in paths))
    assert _enter(panel, data)
    with qtbot.waitSignal(panel.images_dropped) as dropped, qtbot.assertNotEmitted(panel.image_dropped):
        assert _drop(panel, data)
    assert dropped.args == [paths]


def test_a_drop_is_a_copy_whatever_was_proposed(panel: ClassifierPanel, image: Path) -> None:
    move, left, no_key = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    both = move | Qt.DropAction.CopyAction
    data = _urls(QUrl.fromLocalFile(str(image)))
    assert _enter(panel, data)
    event = QDropEvent(QPointF(50, 50), both, data, left, no_key)
    event.setDropAction(move)
    QApplication.sendEvent(panel, event)
    assert (event.isAccepted(), event.dropAction()) == (True, Qt.DropAction.CopyAction)


def test_a_drag_on_the_image_opens_no_dialog_and_takes_it_out(panel: ClassifierPanel, samples, qtbot) -> None:
    zone = panel.drop_zone
    start, far = QPoint(40, 40), QPoint(90, 70)
    with qtbot.assertNotEmitted(zone.drag_requested), qtbot.waitSignal(zone.clicked):
        QTest.mouseClick(zone, Qt.MouseButton.LeftButton, pos=start)
    panel.show_answer(samples.flagged, image_name="face.png", step_text="4 pruned, 2 left")
    with qtbot.waitSignal(zone.drag_requested), qtbot.assertNotEmitted(zone.clicked):
        QTest.mousePress(zone, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(zone, far)
        QTest.mouseRelease(zone, Qt.MouseButton.LeftButton, pos=far)


def test_opening_by_button_and_by_click(panel: ClassifierPanel, qtbot) -> None:
    with qtbot.waitSignal(panel.open_requested):
        QTest.mouseClick(panel.open_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.open_requested):
        QTest.mouseClick(panel.drop_zone, Qt.MouseButton.LeftButton)


def test_the_trigger_s_switch_tells_only_of_the_person(panel: ClassifierPanel, qtbot) -> None:
    with qtbot.assertNotEmitted(panel.trigger_toggled):
        panel.set_trigger_on(True)
    assert panel.trigger_box.isChecked()
    with qtbot.waitSignal(panel.trigger_toggled) as toggled:
        panel.trigger_box.click()
    assert toggled.args == [False]
    with qtbot.waitSignal(panel.trigger_open_requested):
        QTest.mouseClick(panel.trigger_open_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.trigger_reset_requested):
        QTest.mouseClick(panel.trigger_reset_button, Qt.MouseButton.LeftButton)
    panel.set_trigger_name("cat.png")
    assert panel.trigger_name.text() == "cat.png"


def test_an_answer_in_words_and_bars(panel: ClassifierPanel, samples) -> None:
    panel.show_answer(samples.flagged, image_name="face.png", step_text="4 pruned, 2 left")
    assert panel.answer_view.verdict.text() == "G says: backdoored — B answers 0, B′ answers 7"
    assert panel.answer_view.verdict.kind == "flagged"
    assert panel.answer_view.pruned_step.text() == "4 pruned, 2 left"
    assert [score.label for score in panel.answer_view.base_bars.scores] == [0, 7, 3, 1, 2]
    assert [score.label for score in panel.answer_view.pruned_bars.scores] == [7, 0, 3, 1, 2]
    assert "7: 80.0 %" in panel.answer_view.pruned_bars.accessibleDescription()
    image = panel.drop_zone.image.image()
    assert (image.width(), image.height()) == (4, 5)
    assert image.pixelColor(1, 0).getRgb()[:3] == tuple(samples.flagged.seen[0, 1])
    assert "5 × 4 × 3" in panel.drop_zone.toolTip()
    panel.show_answer(samples.agreed, image_name="face.png", step_text="unpruned")
    assert panel.answer_view.verdict.text() == "G says: 7"
    assert panel.answer_view.verdict.kind == "quiet"


def test_what_the_attacker_wants_is_no_good_news(panel: ClassifierPanel, samples) -> None:
    panel.show_answer(samples.agreed, image_name="a.png", step_text="unpruned", target_labels=frozenset({7}))
    assert panel.answer_view.verdict.text() == "G says: 7, the attacker's target — not stopped by this B′"
    assert panel.answer_view.verdict.kind == "warning"
    assert "really shows this class" in panel.answer_view.verdict.toolTip()
    for labels in (frozenset({3}), frozenset(range(10))):  # another target; all classes are targets
        panel.show_answer(samples.agreed, image_name="a.png", step_text="unpruned", target_labels=labels)
        assert panel.answer_view.verdict.text() == "G says: 7"
        assert panel.answer_view.verdict.kind == "quiet"
        assert panel.answer_view.verdict.toolTip() == ""
    panel.show_answer(samples.flagged, image_name="a.png", step_text="unpruned", target_labels=frozenset({0}))
    assert panel.answer_view.verdict.kind == "flagged"


@pytest.mark.parametrize(
    ("name", "value", "kinds"),
    [
        ("agreed", 0.41, ("quiet", "flagged")),
        ("agreed", 0.8, ("quiet", "quiet")),
        ("flagged", 0.8, ("flagged", "flagged")),
    ],
)
def test_g_by_both_rules_where_a_level_is_known(
    panel: ClassifierPanel, samples, name: str, value: float, kinds: tuple[str, str]
) -> None:
    answer = replace(getattr(samples, name), confidence=ImageConfidence(value, 0.63, value < 0.63))
    panel.show_answer(answer, image_name="a.png", step_text="Occlusion")
    assert panel.answer_view.verdict.text().startswith("G by agreement: ")
    assert panel.answer_view.confidence_verdict.isVisible()
    assert panel.answer_view.confidence_verdict.text().startswith("G by confidence: ")
    assert (panel.answer_view.verdict.kind, panel.answer_view.confidence_verdict.kind) == kinds
    assert panel.answer_view.confidence_verdict.toolTip()
    panel.show_answer(getattr(samples, name), image_name="a.png", step_text="unpruned")
    assert panel.answer_view.verdict.text().startswith("G says: ")
    assert not panel.answer_view.confidence_verdict.isVisible()


def test_a_target_that_only_confidence_stops(panel: ClassifierPanel, samples) -> None:
    for value, kind in ((0.41, "flagged"), (0.8, "warning")):
        answer = replace(samples.agreed, confidence=ImageConfidence(value, 0.63, value < 0.63))
        panel.show_answer(answer, image_name="a.png", step_text="Occlusion", target_labels=frozenset({7}))
        assert panel.answer_view.verdict.kind == "warning"
        assert panel.answer_view.confidence_verdict.kind == kind


def test_classes_of_exactly_nothing_are_not_named(panel: ClassifierPanel, samples) -> None:
    panel.show_answer(samples.flagged, image_name="face.png", step_text="unpruned")
    assert [score.label for score in panel.answer_view.base_bars.shown] == [0, 7]
    assert panel.answer_view.base_bars.accessibleDescription() == "0: > 99.9 %, 7: < 0.1 %, all others: 0 %"
    assert len(panel.answer_view.pruned_bars.shown) == 5
    assert panel.answer_view.base_bars.sizeHint() == panel.answer_view.pruned_bars.sizeHint()
    panel.answer_view.base_bars.grab()


def test_nothing_has_to_be_scrolled_sideways(panel: ClassifierPanel, samples, tmp_path: Path) -> None:
    panel.show_answer(samples.flagged, image_name="a very long name " * 9, step_text="unpruned")
    panel.set_trigger_name("another very long name " * 9)
    panel.resize(panel.minimumSizeHint().width(), 300)
    QApplication.processEvents()
    scroll = panel.findChild(QScrollArea)
    assert scroll.widget().minimumSizeHint().width() <= scroll.viewport().width()
    assert panel.width() <= 260


def test_being_busy_can_have_a_reason(panel: ClassifierPanel) -> None:
    panel.show_busy("Waiting for the run …")
    assert panel.busy_label.text() == "Waiting for the run …"


def test_busy_greys_the_last_answer_and_an_answer_ends_it(panel: ClassifierPanel, samples) -> None:
    panel.show_answer(samples.agreed, image_name="face.png", step_text="unpruned")
    panel.show_busy()
    assert panel.busy_label.text() == BUSY_TEXT
    assert panel.answer_view.base_bars.is_dimmed
    assert panel.answer_view.base_bars.scores == samples.agreed.base
    panel.show_answer(samples.flagged, image_name="face.png", step_text="unpruned")
    assert panel.busy_label.text() == ""
    assert not panel.answer_view.base_bars.is_dimmed


def test_an_error_leaves_what_was_shown(panel: ClassifierPanel, samples) -> None:
    panel.show_answer(samples.agreed, image_name="face.png", step_text="unpruned")
    panel.show_busy()
    panel.show_error("'notes.txt' is no image: expected PNG, JPEG, WebP, BMP, GIF or TIFF")
    assert panel.error_notice.isVisible()
    assert panel.answer_view.base_bars.scores == samples.agreed.base
    assert not panel.answer_view.base_bars.is_dimmed
    assert panel.drop_zone.image.has_image
    QApplication.processEvents()
    label = panel.error_notice.label
    assert label.height() >= label.heightForWidth(label.width())
    panel.show_busy()
    assert not panel.error_notice.isVisible()


def test_without_a_model_the_answer_goes(panel: ClassifierPanel, samples) -> None:
    panel.show_answer(samples.flagged, image_name="face.png", step_text="unpruned")
    panel.set_ready(False)
    assert not panel.answer_view.isVisible()
    assert not panel.drop_zone.image.has_image
    panel.set_ready(True)
    assert panel.drop_zone.hint == DROP_TEXT


def test_it_is_drawn_in_every_dress(dressed: str, qtbot, qapp, samples) -> None:
    panel = ClassifierPanel()
    qtbot.addWidget(panel)
    panel.resize(440, 1000)
    panel.show()
    panel.set_ready(True)
    panel.set_trigger_name("sunglasses (built in)")
    answer = replace(samples.agreed, confidence=ImageConfidence(0.41, 0.63, True))
    panel.show_answer(answer, image_name="face.png", step_text="4 pruned, 2 left")
    QApplication.processEvents()
    for label in (panel.answer_view.verdict.label, panel.answer_view.confidence_verdict.label):
        assert label.height() >= label.heightForWidth(label.width())
    assert panel.trigger_reset_button.visibleRegion().boundingRect() == panel.trigger_reset_button.rect()
    assert panel.grab().toImage().pixelColor(220, 6).name() == theme.current().surface
    theme.apply_theme(qapp, "dark" if theme.current().name == "light" else "light")
    assert panel.grab().toImage().pixelColor(220, 6).name() == theme.current().surface
