"""A class of a detection shows its clean images, where there are labelled ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.images.answers import Who
from core.images.selection import Selection
from core.metrics.network_scores import SetRole
from gui.detect.class_images import class_images, image_counts
from gui.detect.page import DetectPage
from gui.images.request import ImagesRequest, NetworkSource
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.window_driver import Driver


@pytest.fixture
def page(wiring: WindowWiring, driver: Driver) -> DetectPage:
    """The page with a finished detection; its requests do not reach the images window."""
    for role, name in ((Role.MODEL, "net.h5"), (Role.VALIDATION, "v.h5")):
        wiring.open_file(role, Path(name))
    driver.settle()
    page = wiring.page(DetectPage)
    page.control.start()
    driver.settle()
    page.images_requested.disconnect(wiring.images_control.show_images)
    return page


def test_return_and_a_double_click_ask_for_the_images_of_a_class(page: DetectPage) -> None:
    asked: list[Any] = []
    page.images_requested.connect(asked.append)
    kept = page.detect_panel.kept
    assert kept is not None
    dataset = kept.inputs.dataset
    assert dataset is not None
    classes = page.detect_panel.class_list
    for row, bar in enumerate(classes.bars):
        count = int((dataset.labels == bar.label).sum())
        place = classes.visualRect(classes.model().index(row, 0)).center()
        classes.scrollTo(classes.model().index(row, 0))
        place = classes.visualRect(classes.model().index(row, 0)).center()
        QTest.mouseClick(classes.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert not asked
        assert (f"see the {count:,} clean image" in bar.tip) == (count > 0)
        QTest.mouseDClick(classes.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.keyClick(classes, Qt.Key.Key_Return)
        assert len(asked) == (2 if count else 0)
        for each in asked:
            assert isinstance(each, ImagesRequest)
            assert isinstance(each.source, NetworkSource)
            assert (each.role, each.asked.shown_count, each.asked.total) == (
                SetRole.VALIDATION,
                count,
                len(dataset.labels),
            )
            assert each.asked.selection == Selection(Who.BASE, label=bar.label)
            assert each.source.inputs.validation is dataset
        asked.clear()


def test_without_labels_there_are_no_images_of_a_class(page: DetectPage) -> None:
    kept = page.detect_panel.kept
    assert kept is not None
    assert image_counts(kept).sum() == kept.inputs.image_count > 0
    object.__setattr__(kept.inputs, "has_labels", False)
    assert not image_counts(kept).any()
    assert all(class_images(kept, label) is None for label in range(10))
    assert class_images(None, 0) is None
    assert np.array_equal(image_counts(None), [])
