"""The left column: the files and the shown page's settings, none of them cut off or out of reach."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.channels import LayerSet, PrunableLayer, Reader
from core.records import ModelSummary
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.prune import PRUNE
from core.repair.methods.registry import METHODS
from core.scale import Scale
from gui.detect.page import DetectPage
from gui.files.files_panel import FilesPanel
from gui.prune.page import PrunePage
from gui.repair.page import RepairPage
from gui.shell.left_column import LeftColumn
from gui.state.detections import DetectionInputs
from gui.state.open_files import Role
from gui.state.pruning_run import Settings
from tests.gui.stand_in_figures import FakeNetwork, make_summary

LAYERS = (
    PrunableLayer("conv_3", "pool_3", 60, (Reader("fc_1", "Dense", True), Reader("conv_4", "Conv2D", True))),
    PrunableLayer("conv_4", "conv_4", 80, (Reader("add", "Add", False),)),
)


@pytest.fixture
def pages(qtbot: QtBot) -> tuple[PrunePage, RepairPage]:
    pages = (PrunePage(), RepairPage())
    for page in pages:
        qtbot.addWidget(page.panel)
    return pages


@pytest.fixture
def column(qtbot: QtBot, pages: tuple[PrunePage, RepairPage]) -> LeftColumn:
    column = LeftColumn(FilesPanel(), pages)
    qtbot.addWidget(column)
    column.resize(280, 700)
    column.show()
    return column


def test_the_settings_of_the_shown_page_stand_below_the_files(
    column: LeftColumn, pages: tuple[PrunePage, RepairPage]
) -> None:
    prune, repair = pages
    slot = column.findChild(FilesPanel).slots[Role.UNLABELLED]
    repair.repair_form.choose_method(FINETUNE)
    for shown in (repair, prune):
        column.show_page(shown)
        for page in pages:
            assert page.form.isVisibleTo(column) is page.buttons.isVisibleTo(column) is (page is shown)
        assert slot.isVisibleTo(column) is (shown is repair)
    column.show_page(repair)
    repair.repair_form.choose_method(PRUNE)  # it has no use for further images
    assert not slot.isVisibleTo(column)


def test_the_tab_key_goes_through_all_settings_of_a_repair(
    column: LeftColumn, pages: tuple[PrunePage, RepairPage]
) -> None:
    column.show_page(pages[1])
    form = pages[1].repair_form
    form.choose_method(FINETUNE)
    form.more.toggle.click()
    more = (
        "least_steps", "batch_size", "optimizer", "distillation_weight", "rollback_margin", "is_mirrored",
        "is_augmented",
    )  # fmt: skip
    wanted = [
        form.method_combo, form.epochs_field, form.rate_field, form.seed_field, form.held_out_field,
        form.false_alarm_field, form.more.toggle, *(form.more.fields[name].widget for name in more),
    ]  # fmt: skip
    form.set_missing("")
    met = []
    widget = form.method_combo
    while widget is not form.cancel_button and len(met) < 40:
        is_met = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled()
        if is_met and not isinstance(widget, QLineEdit):  # that of a field for numbers
            met.append(widget)
        widget = widget.nextInFocusChain()
    assert met == [*wanted, form.start_button]


def test_no_setting_of_a_repair_is_cut_off(column: LeftColumn, pages: tuple[PrunePage, RepairPage]) -> None:
    column.show_page(pages[1])
    pages[1].repair_form.more.toggle.click()
    for method in METHODS:
        pages[1].repair_form.choose_method(method)
        column.resize(column.minimumSizeHint().width(), 900)
        QApplication.processEvents()
        for each in pages[1].repair_form.findChildren(QWidget):
            if each.isVisible() and not isinstance(each, QComboBox):
                assert each.width() >= each.minimumSizeHint().width(), (method, each)


def test_run_and_cancel_stay_in_sight_when_the_rest_scrolls(
    column: LeftColumn, pages: tuple[PrunePage, RepairPage], qtbot: QtBot
) -> None:
    column.findChild(FilesPanel).show_model(
        ModelSummary(Path("/x/net.h5"), "ab" * 32, "weights-h5", (55, 47, 3), 1283, 601643, LAYERS)
    )
    pages[0].prune_form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3")))
    column.resize(column.minimumSizeHint().width(), 300)
    qtbot.waitUntil(lambda: column.height() == 300)
    for button in (pages[0].prune_form.start_button, pages[0].prune_form.cancel_button):
        assert column.rect().contains(button.geometry().translated(button.parentWidget().mapTo(column, QPoint())))


def test_why_a_detection_cannot_start_is_said_where_it_never_scrolls_away(qtbot: QtBot) -> None:
    page = DetectPage()
    qtbot.addWidget(page.panel)
    column = LeftColumn(FilesPanel(), (page,))
    qtbot.addWidget(column)
    column.resize(280, 400)
    column.show()
    form = page.detect_form
    network: Any = FakeNetwork(make_summary(class_count=2))
    form.show_inputs(DetectionInputs(network, None, False, Scale.RAW))
    qtbot.waitUntil(form.note.isVisible)
    assert form.note.text().endswith("this network has 2.")
    assert column.rect().contains(shown_in(form.note, column))
    assert shown_in(form.note, column).bottom() < shown_in(form.start_button, column).top()
    assert form.note.height() >= form.note.heightForWidth(form.note.width())


def shown_in(widget: QWidget, column: QWidget) -> QRect:
    return QRect(widget.mapTo(column, QPoint()), widget.size())
