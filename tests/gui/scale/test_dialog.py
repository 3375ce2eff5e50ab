"""The dialog for what the network reads for a pixel: its numbers are exact."""

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from core.scale import NAMED, Scale
from gui.scale.dialog import ScaleDialog

MEASURED = Scale("mean of the set", (57.31234567891, 56.6, 57.1), (33.61111111111, 33.4, 33.6))


def opened(qtbot: QtBot, scale: Scale) -> ScaleDialog:
    box = ScaleDialog(scale, channel_count=3)
    qtbot.addWidget(box)
    return box


@pytest.mark.parametrize("scale", [*NAMED.values(), MEASURED], ids=lambda scale: scale.name)
def test_numbers_that_are_not_changed_stay_exact(qtbot: QtBot, scale: Scale) -> None:
    box = opened(qtbot, scale)
    assert box.scale == scale
    typed = box.factor_edit.text()
    box.factor_edit.setText("2")
    assert box.scale != scale
    box.factor_edit.setText(typed)
    assert box.scale == scale


def test_factors_are_shown_as_fractions_and_typed_likewise(qtbot: QtBot) -> None:
    box = opened(qtbot, Scale.SYMMETRIC)
    assert (box.factor_edit.text(), box.offset_edit.text()) == ("1/127.5", "-1")
    box.factor_edit.setText("1/255")
    box.offset_edit.setText("0")
    assert box.scale == Scale.UNIT


@pytest.mark.parametrize("factors", ["", "x", "1, 2", "0", "-1"])
def test_what_is_no_scale_cannot_be_accepted(qtbot: QtBot, factors: str) -> None:
    box = opened(qtbot, Scale.RAW)
    box.factor_edit.setText(factors)
    assert box.scale is None
    assert not box.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    assert box.note.property("role") == "error"
