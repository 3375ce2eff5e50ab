"""The share of a reconstructed trigger opens the very images, by real events in a window with the real engine."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from core.detect.detectors.trigger_inversion import Effort
from core.detect.records import NEXT_CLASS, ReconstructedTrigger
from core.errors import InspectorError
from core.images.answers import Who
from core.images.selection import AskedShare, Outcome
from core.metrics.figures import ATTACK
from core.monitor import Monitor
from gui.detect.page import DetectPage
from gui.detect.result.trigger_view import NOT_KEPT
from gui.detect.trigger_images import IMAGES_GONE, trigger_images
from gui.images.request import ImagesRequest
from gui.images.window import ImagesWindow
from gui.session_file.jobs import SavePlan, open_session
from gui.state.detections import KeptDetection
from gui.state.session import Role, StartFiles
from tests.gui.real_windows import Opener, open_saved, save
from tests.gui.session_file.same_records import differences
from tests.gui.window_driver import Driver

pytestmark = pytest.mark.slow
LEFT = Qt.MouseButton.LeftButton
CLASSES = "0, 3"


@pytest.fixture
def short_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too few steps to find a trigger that draws all images, so that there are some of both kinds."""
    monkeypatch.setattr("core.detect.detectors.trigger_inversion.WHOLE", Effort(12, 8))


def detect(driver: Driver) -> tuple[DetectPage, KeptDetection]:
    """Reconstruct triggers of a few classes."""
    page = driver.wiring.page(DetectPage)
    for each in page.detect_form.boxes:
        each.box.setChecked(each.detector.name in ("patch-inversion", "whole-picture-inversion"))
    page.detect_form.class_choice.setText(CLASSES)
    driver.wiring.panels.show_page("detect")
    page.control.start()
    driver.settle()
    kept = page.control.shown
    assert kept is not None
    return page, kept


def shown(driver: Driver) -> ImagesWindow:
    """The images window, with all answers."""
    driver.settle()
    window = driver.wiring.images_control.window
    assert window is not None
    assert window.isVisible()
    assert window.answers is not None
    assert window.answers.pruned_confidences is not None
    assert not window.notice.isVisible()  # which would say that the counts differ
    return window


def check_images(window: ImagesWindow, trigger: ReconstructedTrigger) -> None:
    """Whether the images are exactly those that were tried, and the filters show those that became the class."""
    tried, answers = trigger.tried, window.answers
    assert tried is not None
    assert answers is not None
    assert np.array_equal(answers.images.file_rows, tried.rows)
    assert np.array_equal(answers.pruned == answers.images.wanted, tried.is_drawn)
    assert np.array_equal(tried.rows[window.grid.images.rows], tried.rows[tried.is_drawn])
    assert window.shown_count == trigger.success.count
    bar = window.bar
    assert bar.outcome_buttons[Outcome.ATTACKED].isChecked()
    QTest.mouseClick(bar.resisted_button, LEFT)
    assert np.array_equal(np.sort(tried.rows[window.grid.images.rows]), tried.rows[~tried.is_drawn])
    assert bar.resisted_button.isChecked()
    assert not bar.outcome_buttons[Outcome.ATTACKED].isChecked()
    assert "did not become" in window.title
    QTest.mouseClick(bar.resisted_button, LEFT)
    assert window.shown_count == trigger.success.total == len(tried.rows)
    QTest.mouseClick(bar.outcome_buttons[Outcome.ATTACKED], LEFT)
    assert window.shown_count == trigger.success.count


def check_every_trigger(driver: Driver, page: DetectPage, kept: KeptDetection) -> None:
    """Click each share of two classes, and of the trigger to the next class."""
    panel = page.detect_panel
    counts = set()
    for label in (0, 3):
        panel.choose(label)
        found = kept.triggers(label)
        assert len(panel.triggers.links) == len(found) == 2
        for (name, trigger), link in zip(found, panel.triggers.links, strict=True):
            assert link.focusPolicy() == Qt.FocusPolicy.TabFocus
            assert f"{trigger.success.count} of {trigger.success.total}" in link.accessibleName()
            panel.area.ensureWidgetVisible(link)
            QTest.mouseClick(link, LEFT)
            window = shown(driver)
            kind = "Patch" if name == "patch-inversion" else "Whole picture"
            count = f"{trigger.success.count} of {trigger.success.total}"
            if trigger.success.count:
                assert window.title.startswith(
                    f"{kind} trigger of class {label} on clean_validation.h5: {count} became"
                )
            check_images(window, trigger)
            counts.add(trigger.success)
    assert any(0 < each.count < each.total for each in counts)


@pytest.mark.usefixtures("short_search")
def test_a_click_opens_the_images_that_were_tried(demo: Path, tmp_path: Path, open_real: Opener) -> None:
    driver = open_real()
    driver.wiring.open_start_files(StartFiles(demo / "backdoored.h5", demo / "clean_validation.h5", None, ()))
    driver.settle()
    page, kept = detect(driver)
    check_every_trigger(driver, page, kept)
    panel, session = page.detect_panel, driver.wiring.session
    _check_keys(driver, page)
    _check_classifier(driver, kept)
    _check_sessions(kept, driver, tmp_path, open_real)
    # The set is closed: the images window closes with it, and the share says why it is no link.
    driver.wiring.images_control.show_images(request_of(kept, panel.label))
    shown(driver)
    session.put_set(Role.VALIDATION, replace(session.validation))  # type: ignore[type-var]
    driver.settle()
    window = driver.wiring.images_control.window
    assert window is not None
    assert not window.isVisible()
    link = panel.triggers.links[0]
    assert link.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert IMAGES_GONE in link.toolTip()
    QTest.mouseClick(link, LEFT)
    driver.settle()
    assert not window.isVisible()
    assert "detect again" in panel.notice.label.text()


def _check_keys(driver: Driver, page: DetectPage) -> None:
    """The link is reached by Tab, looks like one while it has the focus, and opens the images with Return."""
    panel = page.detect_panel
    assert panel.kept is not None
    label, place, trigger = partly_successful(panel.kept)
    panel.choose(label)
    window = driver.wiring.images_control.window
    assert window is not None
    QTest.keyClick(window.grid, Qt.Key.Key_Escape)
    assert not window.isVisible()
    driver.wiring.window.activateWindow()
    driver.qtbot.waitUntil(driver.wiring.window.isActiveWindow)
    panel.class_list.setFocus()
    link = panel.triggers.links[place]
    assert not link.value.font().underline()
    for _ in range(2 + place):  # the area that scrolls, then the first link
        focused = QApplication.focusWidget()
        if focused is link:
            break
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is link
    assert link.value.font().underline()
    QTest.keyClick(link, Qt.Key.Key_Return)
    assert shown(driver).shown_count == trigger.success.count
    # The other images, and all, by the context menu.
    for entry, count in ((1, "the other"), (2, "all")):
        at = link.rect().center()
        QApplication.sendEvent(
            link, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, link.mapToGlobal(at), Qt.KeyboardModifier(0))
        )
        menu = link.findChildren(QMenu)[-1]
        action = menu.actions()[entry]
        assert count in action.text()
        action.trigger()
        menu.close()
        assert f"{shown(driver).shown_count:,} images" in action.text()


def partly_successful(kept: KeptDetection) -> tuple[int, int, ReconstructedTrigger]:
    """A trigger that draws some images and not others: its class, its place, and it."""
    return next(
        (label, place, trigger)
        for label in (0, 3)
        for place, (_, trigger) in enumerate(kept.triggers(label))
        if 0 < trigger.success.count < trigger.success.total
    )


def _check_classifier(driver: Driver, kept: KeptDetection) -> None:
    """An image goes to the classifier with the trigger that is seen on it."""
    session = driver.wiring.session
    driver.wiring.images_control.show_images(request_of(kept, 0))
    window = shown(driver)
    answers = window.answers
    assert answers is not None
    session.set_trigger_on(True)
    QTest.keyClick(window.grid, Qt.Key.Key_End)
    QTest.keyClick(window.grid, Qt.Key.Key_Return)
    driver.settle()
    facts = window.grid.images.facts(window.shown_count - 1)
    assert session.image_name == f"Patch trigger of class 0 on clean_validation.h5 #{facts.file_row}"
    assert not session.is_trigger_on
    (_, trigger), *_ = kept.triggers(0)
    assert kept.inputs.dataset is not None
    clean = np.asarray(kept.inputs.dataset.images[facts.file_row])
    assert session.image is not None
    assert np.array_equal(session.image.rgba[..., :3], np.rint(trigger.apply(clean[None]))[0].astype(np.uint8))
    assert not np.array_equal(session.image.rgba[..., :3], clean)
    assert "The trigger leads to: class 0" in facts.sentence
    assert "G" not in facts.sentence.split()


def _check_sessions(kept: KeptDetection, driver: Driver, folder: Path, open_real: Opener) -> None:
    """A session keeps which images were tried; an older one opens without, and says so."""
    path = folder / "one.zip"
    save(driver.wiring, driver, SavePlan(path))
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("session.json"))
        names = archive.namelist()
    tried = [each for each in document["objects"] if isinstance(each, dict) and "is_drawn" in each]
    triggers = [each.triggers.values() for each in kept.scores]
    finished = [each for found in triggers for each in found] + [each.all_to_all.trigger for each in kept.scores]  # type: ignore[union-attr]
    assert len(tried) == len(finished) > 10
    with zipfile.ZipFile(path) as archive:
        sizes = [
            archive.getinfo(f"arrays/{each[name]['array']}.npy").file_size
            for each in tried
            for name in ("rows", "is_drawn")
        ]
    assert max(sizes) <= 64 * 8 + 128
    assert len(names) < 20_000
    second = open_real()
    open_saved(second, path)
    page = second.wiring.page(DetectPage)
    again = page.control.shown
    assert again is not None
    assert kept.triggers_of == again.triggers_of
    for label in (NEXT_CLASS, *kept.triggers_of):
        assert differences(kept.triggers(label), again.triggers(label)) == []
    second.wiring.panels.show_page("detect")
    page.detect_panel.choose(0)
    link = page.detect_panel.triggers.links[0]
    QTest.mouseClick(link, LEFT)
    check_images(shown(second), kept.triggers(0)[0][1])
    older = folder / "older.zip"
    _write_older(path, older)
    open_saved(second, older)
    page.detect_panel.choose(0)
    link = page.detect_panel.triggers.links[0]
    assert page.detect_panel.triggers.sentences[0].startswith(link.value.text())
    assert link.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert NOT_KEPT in link.accessibleName()
    request = second.wiring.images_control.request
    QTest.mouseClick(link, LEFT)
    second.settle()
    assert second.wiring.images_control.request is request
    _check_damaged(path, folder)


def _write_older(path: Path, target: Path) -> None:
    """Write a session as version 2 did, which did not know which images were tried."""

    def make_older(document: dict[str, Any]) -> None:
        document["schema"] = 2
        for each in document["objects"]:
            if isinstance(each, dict):
                each.pop("tried", None)

    _rewrite(path, target, make_older)


def _rewrite(path: Path, target: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as archive:
        document = json.loads(source.read("session.json"))
        edit(document)
        for name in source.namelist():
            if name != "session.json":
                archive.writestr(name, source.read(name))
        archive.writestr("session.json", json.dumps(document))


def _check_damaged(path: Path, folder: Path) -> None:
    """Rows that are not in the set, or do not fit the share, are refused before anything is shown."""

    def first(document: dict[str, Any], name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(each for each in document["objects"] if isinstance(each, dict) and name in each)
        return found

    def others_array(document: dict[str, Any]) -> None:
        tried = first(document, "is_drawn")
        tried["rows"] = tried["is_drawn"]

    def another_share(document: dict[str, Any]) -> None:
        share = first(document, "opacity")["success"]
        share["count"] = 1 if share["count"] != 1 else 2

    def another_class(document: dict[str, Any]) -> None:
        first(document, "opacity")["label"] = 109

    for edit in (others_array, another_share, another_class):
        _rewrite(path, folder / "edited.zip", edit)
        with pytest.raises(InspectorError, match="damaged"):
            open_session(folder / "edited.zip", found={}, copies=folder / "copies")(Monitor())

    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("session.json"))
        name = f"arrays/{first(document, 'is_drawn')['rows']['array']}.npy"
        members = {each: archive.read(each) for each in archive.namelist()}
    rows = np.load(io.BytesIO(members[name])).copy()
    rows[-1] = 10**6
    made = io.BytesIO()
    np.save(made, rows)
    members[name] = made.getvalue()
    document["members"][name] = hashlib.sha256(members[name]).hexdigest()
    members["session.json"] = json.dumps(document).encode()
    with zipfile.ZipFile(folder / "edited.zip", "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    with pytest.raises(InspectorError, match="damaged"):
        open_session(folder / "edited.zip", found={}, copies=folder / "copies")(Monitor())


def request_of(kept: KeptDetection, label: int) -> ImagesRequest:
    """The request for the images of the first trigger of a class."""
    (_, trigger), *_ = kept.triggers(label)
    request = trigger_images(kept, label, 0, AskedShare(ATTACK, Who.PRUNED, trigger.success))
    assert request is not None
    return request
