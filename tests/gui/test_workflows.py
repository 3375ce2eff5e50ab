"""Whole workflows through the real `main()`, the real window and the real engine."""

import threading
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.data.dataset_writing import write_dataset
from core.scale import Scale
from gui.shell.main_window import MainWindow
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from main import main
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow
CLASS_COUNT, SIDE = 3, 8
Script = Generator[Callable[[], bool], None, None]


class Driver(QObject):
    """Goes through a script while `main()` runs: each thing it yields is waited for; at its end the window closes."""

    def __init__(self, script: Callable[[WindowWiring], Script]) -> None:
        super().__init__()
        self._make_script = script
        self._script: Script | None = None
        self._condition: Callable[[], bool] | None = None
        self._left = 100 * PATIENCE_S
        self.failure = ""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start(10)  # a hundred times a second

    @Slot()
    def _on_timeout(self) -> None:
        window = next((each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)), None)
        if window is None or window.wiring is None or not window.isVisible():
            return
        try:
            self._left -= 1
            assert self._left > 0, "the script takes too long"
            if self._script is None:
                self._script = self._make_script(window.wiring)
            if self._condition is None or self._condition():
                self._condition = next(self._script)
        except StopIteration:
            self._end(window)
        except BaseException:  # noqa: BLE001 - whatever it is, the window must close and the test must fail
            self.failure = traceback.format_exc()
            self._end(window)

    def _end(self, window: MainWindow) -> None:
        self._timer.stop()
        window.close()


def drive(script: Callable[[WindowWiring], Script], *arguments: str) -> None:
    """Run `main()` with a script at the window."""
    driver = Driver(script)
    status = main(list(arguments))
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, MainWindow):
            # At once and here: Python's own sweeping could do it later in the worker's thread.
            widget.deleteLater()
            QApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
    assert not driver.failure, driver.failure
    assert status == 0


def idle(wiring: WindowWiring) -> Callable[[], bool]:
    return lambda: not wiring.runner.is_busy


def drop(widget: QWidget, path: Path) -> None:
    """Let a file fall on a widget."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    enter = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, enter)
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, event)
    assert event.isAccepted()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of a network whose channel 2 *is* the backdoor: blue anywhere means class 2; pixels 0–255.

    "deep" is the same network with a second convolution, which hands on what it reads.
    """
    import keras  # noqa: PLC0415 - other tests of the window do without

    folder = tmp_path_factory.mktemp("tiny")
    pixels = keras.Input((SIDE, SIDE, 3), name="pixels")
    x = keras.layers.Conv2D(4, 1, activation="relu", name="conv")(pixels)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    x = keras.layers.Flatten(name="flat")(x)
    answer = keras.layers.Dense(CLASS_COUNT, activation="softmax", name="answer")(x)
    model = keras.Model(pixels, answer, name="tiny")
    kernel = np.zeros((1, 1, 3, 4), np.float32)
    kernel[0, 0, 0, 0] = kernel[0, 0, 1, 1] = kernel[0, 0, 2, 2] = 1 / 255
    model.get_layer("conv").set_weights([kernel, np.array([-0.2, -0.2, -0.2, -9], np.float32)])
    dense = np.zeros((16, 4, CLASS_COUNT), np.float32)
    dense[:, 0, 0] = dense[:, 1, 1] = 1
    dense[:, 2, 2] = 50
    model.get_layer("answer").set_weights([dense.reshape(64, CLASS_COUNT), np.array([0, 0, 0.1], np.float32)])
    files = {name: folder / f"{name}.h5" for name in ("model", "validation", "poisoned", "text")}
    model.save(files["model"].with_suffix(".keras"))
    files["model"] = files["model"].with_suffix(".keras")
    x = keras.layers.Conv2D(4, 1, activation="relu", use_bias=False, name="copy")(model.get_layer("conv").output)
    deep = keras.Model(
        model.inputs[0], model.get_layer("answer")(keras.layers.Flatten()(keras.layers.MaxPooling2D()(x)))
    )
    deep.get_layer("copy").set_weights([np.eye(4, dtype=np.float32)[np.newaxis, np.newaxis]])
    files["deep"] = folder / "deep.keras"
    deep.save(files["deep"])
    images = np.zeros((12, SIDE, SIDE, 3), np.uint8)
    images[:7, ..., 0] = 200
    images[7:, ..., 1] = 220
    labels = np.array([0] * 7 + [1] * 5)
    write_dataset(files["validation"], images, labels)
    triggered = images.copy()
    triggered[:, :4, :4, 2] = 255
    write_dataset(files["poisoned"], triggered, np.full(12, 2))
    files["text"].write_text("this is not HDF5")
    files["picture"] = folder / "red.png"
    Image.fromarray(images[0]).save(files["picture"])
    files["trigger"] = folder / "corner.png"
    corner = np.zeros((SIDE, SIDE, 4), np.uint8)
    corner[:4, :4] = (0, 0, 255, 255)
    Image.fromarray(corner).save(files["trigger"])
    return files


def test_from_dropped_files_to_a_repaired_network_and_its_numbers(
    qtbot: QtBot, tiny: dict[str, Path], tmp_path: Path, dialog: Any
) -> None:
    saved, curve = tmp_path / "g.keras", tmp_path / "curve.csv"

    def script(wiring: WindowWiring) -> Script:
        files, session = wiring.panels.files, wiring.session
        drop(files.slots[Role.POISONED], tiny["poisoned"])
        drop(files.slots[Role.VALIDATION], tiny["validation"])
        drop(files.slots[Role.MODEL], tiny["model"])
        yield idle(wiring)
        assert session.scale == Scale.RAW
        assert wiring.panels.cautions.text == ""
        assert wiring.pages["prune"].form.layer_combo.currentData() == "conv"
        drop(wiring.panels.classifier, tiny["picture"])
        yield idle(wiring)
        answer = wiring.panels.classifier.answer_view.base_bars.scores
        assert answer[0].label == 0
        wiring.pages["prune"].form.start_button.click()
        yield idle(wiring)
        run = session.run
        assert run is not None
        assert run.ranking is not None
        assert run.ranking.order.tolist() == [2, 3, 1, 0]
        rates = [point.poisoned[0].pruned.count for point in run.points]
        assert rates[0] == 12
        assert set(rates[1:3]) == {0}
        assert session.step == 2  # channels 2 and 3 are pruned before clean accuracy falls
        dialog.prepare("ask_trigger", tiny["trigger"])
        wiring.panels.classifier.trigger_open_requested.emit()
        yield idle(wiring)
        assert wiring.panels.classifier.answer_view.base_bars.scores[0].label == 2
        assert wiring.panels.classifier.answer_view.pruned_bars.scores[0].label == 0
        assert "backdoored" in wiring.panels.classifier.answer_view.verdict.text()
        wiring.pages["prune"].channels.channel_toggled.emit(2)  # bring the backdoor back by hand
        yield idle(wiring)
        assert session.point is not None
        assert session.point.poisoned[0].pruned.count == 12
        wiring.pages["prune"].channels.restore_requested.emit()
        yield idle(wiring)
        dialog.prepare("ask_save", (saved, True), (curve, True))
        wiring.pages["prune"].results.save_model_requested.emit("repaired")
        yield idle(wiring)
        assert str(saved) in wiring.panels.messages.text
        wiring.pages["prune"].results.export_requested.emit("csv")
        yield idle(wiring)

    drive(script)
    import keras  # noqa: PLC0415

    repaired = keras.models.load_model(saved)
    red = np.zeros((1, SIDE, SIDE, 3), np.float32)
    red[..., 0] = 200
    blue = red.copy()
    blue[:, :4, :4, 2] = 255
    answers = np.asarray(repaired(np.concatenate([red, blue]))).argmax(axis=1)
    assert answers.tolist() == [0, CLASS_COUNT]
    assert len(curve.read_text().splitlines()) == 1 + 5


def test_all_convolutions_together_from_run_to_repaired_network(
    qtbot: QtBot, tiny: dict[str, Path], tmp_path: Path, dialog: Any
) -> None:
    saved, curve = tmp_path / "g.keras", tmp_path / "curve.csv"

    def script(wiring: WindowWiring) -> Script:
        form, session, channels = wiring.pages["prune"].form, wiring.session, wiring.pages["prune"].channels
        drop(wiring.panels.files.slots[Role.MODEL], tiny["deep"])
        drop(wiring.panels.files.slots[Role.VALIDATION], tiny["validation"])
        drop(wiring.panels.files.slots[Role.POISONED], tiny["poisoned"])
        yield idle(wiring)
        drop(wiring.panels.classifier, tiny["picture"])
        dialog.prepare("ask_trigger", tiny["trigger"])
        wiring.panels.classifier.trigger_open_requested.emit()
        form.layer_combo.setCurrentIndex(form.layer_combo.findData("all"))
        form.layer_combo.activated.emit(form.layer_combo.currentIndex())
        form.start_button.click()
        yield idle(wiring)
        run = session.run
        assert run is not None
        assert run.ranking is not None
        # 0 to 3 are those of "copy", 4 to 7 those of "conv"; the dead ones go first.
        assert run.ranking.order[:4].tolist() == [2, 3, 6, 7]
        assert [point.poisoned[0].pruned.count for point in run.points[:5]] == [12, 0, 0, 0, 0]
        assert session.step == 4
        assert wiring.panels.classifier.answer_view.pruned_bars.scores[0].label == 0
        assert "backdoored" in wiring.panels.classifier.answer_view.verdict.text()
        channels.chart.bar_hovered.emit(channels.place_of(6))  # blue, as the first convolution sees it
        yield idle(wiring)
        assert channels.detail.title.text() == "conv 2"
        seen = channels.detail.map.image()
        assert seen is not None
        assert seen.width() == seen.height() == SIDE
        assert seen.pixelColor(0, 0) != seen.pixelColor(SIDE - 1, SIDE - 1)
        for channel, count in ((2, 0), (6, 12)):  # both have to come back for the backdoor to work
            channels.channel_toggled.emit(channel)
            yield idle(wiring)
            assert session.point is not None
            assert session.point.poisoned[0].pruned.count == count
        channels.restore_requested.emit()
        yield idle(wiring)
        dialog.prepare("ask_save", (saved, True), (curve, True))
        wiring.pages["prune"].save.save_network("repaired")
        wiring.pages["prune"].save.export("csv")
        yield idle(wiring)
        assert str(curve) in wiring.panels.messages.text
        wiring.open_file(Role.MODEL, saved)
        yield idle(wiring)
        assert "already a repaired network G" in wiring.panels.messages.text

    drive(script)
    import keras  # noqa: PLC0415

    triggered = np.zeros((1, SIDE, SIDE, 3), np.float32)
    triggered[..., 0] = 200
    triggered[:, :4, :4, 2] = 255
    assert np.asarray(keras.models.load_model(saved)(triggered)).argmax() == CLASS_COUNT
    lines = [line.split(",")[:3] for line in curve.read_text().splitlines()]
    assert lines[1:4] == [["0", "all", "-1"], ["1", "copy", "2"], ["2", "copy", "3"]]
    assert len(lines) == 1 + 9


def test_wrong_files_get_a_sentence_and_change_nothing(
    qtbot: QtBot, tiny: dict[str, Path], tmp_path: Path, log_guard: list[Any]
) -> None:
    def script(wiring: WindowWiring) -> Script:
        files, session = wiring.panels.files, wiring.session
        drop(files.slots[Role.MODEL], tiny["model"])
        drop(files.slots[Role.VALIDATION], tiny["validation"])
        drop(files.slots[Role.POISONED], tiny["poisoned"])
        yield idle(wiring)
        wiring.pages["prune"].form.start_button.click()
        yield idle(wiring)
        before = (session.network, session.sets, session.run, session.step)
        wrong = [
            (Role.MODEL, tiny["text"]),
            (Role.MODEL, tiny["validation"]),
            (Role.VALIDATION, tiny["model"]),
            (Role.TEST, tiny["text"]),
        ]
        for role, path in wrong:
            drop(files.slots[role], path)
            yield idle(wiring)
            sentence = files.slots[role].error_text
            assert path.name in sentence, sentence
            assert wiring.panels.messages.text == ""  # said once, at its place
            assert (session.network, session.sets, session.run, session.step) == before
        wiring.file_control.open_files(Role.TEST, (tmp_path / "missing.h5",))
        yield idle(wiring)
        assert "missing.h5" in files.slots[Role.TEST].error_text
        drop(wiring.panels, tiny["picture"])  # as where a slot leaves it to the window
        yield lambda: session.image_name == "red.png"
        wiring.open_file(Role.IMAGE, tiny["text"])
        yield idle(wiring)
        assert tiny["text"].name in wiring.panels.messages.text
        assert (session.network, session.sets, session.run, session.step) == before

    drive(script)
    assert len(log_guard) == 6
    log_guard.clear()


def test_a_poisoned_set_as_validation_is_doubted(qtbot: QtBot, tiny: dict[str, Path]) -> None:
    def script(wiring: WindowWiring) -> Script:
        drop(wiring.panels.files.slots[Role.MODEL], tiny["model"])
        drop(wiring.panels.files.slots[Role.VALIDATION], tiny["poisoned"])
        yield idle(wiring)
        assert "open them as a poisoned set" in wiring.panels.cautions.text
        wiring.panels.files.slots[Role.VALIDATION].clear_button(0).click()
        assert wiring.panels.cautions.text == ""

    drive(script)


def test_a_poisoned_set_to_refit_with_is_doubted(qtbot: QtBot, tiny: dict[str, Path]) -> None:
    def script(wiring: WindowWiring) -> Script:
        wiring.open_file(Role.MODEL, tiny["model"])
        wiring.open_file(Role.VALIDATION, tiny["validation"])
        wiring.open_file(Role.POISONED, tiny["poisoned"])
        wiring.open_file(Role.UNLABELLED, tiny["poisoned"])
        yield idle(wiring)
        assert "images without labels are the same file" in wiring.panels.cautions.text
        wiring.pages["prune"].control.start()
        yield idle(wiring)
        said = wiring.pages["prune"].results.verdict_line
        assert said.headline.text()
        assert "images without labels" not in said.sentences.text()  # a curve knows nothing of refitting
        wiring.panels.files.slots[Role.UNLABELLED].clear_button(0).click()
        assert wiring.panels.cautions.text == ""

    drive(script)


def test_closing_in_the_middle_of_a_run(qtbot: QtBot, tiny: dict[str, Path]) -> None:
    def script(wiring: WindowWiring) -> Script:
        for role in ("model", "validation"):
            drop(wiring.panels.files.slots[Role(role)], tiny[role])
        yield idle(wiring)
        wiring.pages["prune"].control.start()
        assert wiring.runner.is_busy

    drive(script)


def test_something_unforeseen_is_said_and_the_window_stays(qtbot: QtBot, dialog: Any, log_guard: list[Any]) -> None:
    def fail() -> None:
        raise RuntimeError("nobody foresaw this")

    def script(wiring: WindowWiring) -> Script:
        dialog.prepare("show_unforeseen", None, None)
        QTimer.singleShot(0, fail)
        yield lambda: len(dialog.calls) == 1
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        yield lambda: len(dialog.calls) == 2
        assert wiring.window.isVisible()
        yield idle(wiring)

    drive(script)
    assert all("nobody foresaw this" in words["details"] for _, words in dialog.calls)
    assert [record.levelname for record in log_guard] == ["CRITICAL", "CRITICAL"]
    log_guard.clear()


def test_the_demo_is_pruned_by_itself(qtbot: QtBot, demo: Path, dialog: Any, tmp_path: Path) -> None:
    if not (demo / "backdoored.h5").is_file():
        pytest.skip("the demo has not been built: ./run build-demo")

    def script(wiring: WindowWiring) -> Script:
        yield lambda: wiring.session.run is not None and wiring.session.run.inspection is not None
        yield idle(wiring)
        session = wiring.session
        assert session.scale == Scale.RAW
        assert len(session.sets) == 3
        point = session.point
        assert point is not None
        first = session.run.points[0] if session.run else None
        assert first is not None
        assert first.poisoned[0].pruned.rate >= 0.99
        assert 30 < point.pruned_count < 60
        assert wiring.panels.classifier.answer_view.base_bars.scores[0].label == 0  # the trigger is on
        assert wiring.panels.cautions.text == ""
        verdict = wiring.pages["prune"].results.verdict_line.text()
        assert verdict.startswith("Evading: the attack with sunglasses_poisoned.h5")
        assert not any(str(demo) in entry.path for entry in wiring.preferences.recent)
        dialog.prepare("ask_save", (tmp_path / "g.h5", True))
        wiring.pages["prune"].save.save_network("repaired")
        yield idle(wiring)
        assert (tmp_path / "g.h5").is_file()

    drive(script, "--demo")
