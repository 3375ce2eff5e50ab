"""One object and one line are enough: the form offers a made-up method with its own settings."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.repair.choices import RefitChoices
from core.repair.methods.prune import PRUNE
from core.repair.methods.registry import METHODS
from gui.repair.form import RepairForm
from tests.made_up import SHRINKING, STRENGTH


@pytest.fixture
def form(qtbot: QtBot) -> Iterator[RepairForm]:
    with METHODS.with_added(SHRINKING):
        form = RepairForm()
        qtbot.addWidget(form)
        form.set_missing("")
        yield form


def test_the_form_offers_it(form: RepairForm) -> None:
    row = form.method_combo.findData("shrinking")
    assert form.method_combo.itemText(row) == "Shrinking weights"
    assert form.method_combo.itemData(row, Qt.ItemDataRole.ToolTipRole) == SHRINKING.help
    form.method_combo.setCurrentIndex(row)
    assert form.method is SHRINKING
    assert form.method_note.text() == SHRINKING.help
    assert form.start_button.isEnabled()
    assert not form.epochs_field.isVisibleTo(form) and not form.layer_list.isVisibleTo(form)
    assert not form.seed_field.isVisibleTo(form)


def test_its_settings_are_among_the_others(form: RepairForm) -> None:
    form.choose_method(SHRINKING)
    form.more.toggle.click()
    field = form.more.fields["strength"].widget
    assert field.isVisibleTo(form) and not form.more.fields["batch_size"].widget.isVisibleTo(form)
    assert (field.text(), field.toolTip(), field.accessibleName()) == ("25 %", STRENGTH.help, "Strength")
    assert form.settings.choices == RefitChoices()
    field.setValue(50)
    assert form.settings.choices == RefitChoices(others=(("strength", 0.5),))
    assert form.settings.text == "strength 50 %"
    assert form.more.toggle.text().endswith("1 changed")
    form.choose_method(PRUNE)
    assert not field.isVisibleTo(form) and form.settings.choices == RefitChoices()
