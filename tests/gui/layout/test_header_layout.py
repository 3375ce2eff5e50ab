"""The header of a panel, where it has room and where it has not."""

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gui.layout.header_layout import HeaderLayout
from gui.widgets.labels import PanelHeader


def make(qtbot: QtBot) -> tuple[PanelHeader, list[QPushButton]]:
    header = PanelHeader("Results")
    qtbot.addWidget(header)
    header.detail.setText("click a figure to see its images, a row to move the cursor there")
    buttons = [QPushButton(text) for text in ("Export", "Save B′…", "Save G…")]
    header.add(*buttons)
    header.show()
    return header, buttons


def placed(header: PanelHeader, buttons: list[QPushButton], width: int) -> list[QRect]:
    header.setFixedWidth(width)
    header.setFixedHeight(header.heightForWidth(width))
    header.layout().activate()
    return [each.geometry() for each in buttons]


def test_controls_are_beside_the_title_while_they_fit(qtbot: QtBot) -> None:
    header, buttons = make(qtbot)
    places = placed(header, buttons, 600)
    assert len({each.top() for each in places}) == 1
    assert places[-1].right() == 599
    assert header.detail.geometry().right() < places[0].left()


def test_controls_that_do_not_fit_wrap_and_none_is_narrower_than_its_text(qtbot: QtBot) -> None:
    header, buttons = make(qtbot)
    needed = max(each.sizeHint().width() for each in buttons)
    for width in (needed, needed * 2, needed * 3):
        places = placed(header, buttons, width)
        for button, place in zip(buttons, places, strict=True):
            assert place.width() >= button.sizeHint().width()
            assert header.rect().contains(place)
            assert not place.intersects(header.title.geometry())
    narrow = placed(header, buttons, needed)
    assert len({each.top() for each in narrow}) == 3


def test_a_hidden_control_takes_no_room(qtbot: QtBot) -> None:
    header, buttons = make(qtbot)
    width = header.title.sizeHint().width() + sum(each.sizeHint().width() for each in buttons) + 8
    high = header.heightForWidth(width)
    for button in buttons[:2]:
        button.hide()
    assert header.heightForWidth(width) < high


def test_the_height_is_found_once_until_an_item_is_another(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page asks its headers for their heights hundreds of times while its parts are shown and hidden."""
    header, buttons = make(qtbot)
    found: list[int] = []
    place = HeaderLayout._place
    monkeypatch.setattr(
        HeaderLayout,
        "_place",
        lambda self, rect, *, is_moving: found.append(rect.width()) or place(self, rect, is_moving=is_moving),
    )
    layout = header.layout()
    one_line = layout.sizeHint().height()
    width = next(width for width in range(100, 900) if layout.heightForWidth(width) == one_line)
    found.clear()
    assert [layout.heightForWidth(width) for _ in range(9)] == [one_line] * 9
    assert found == []
    buttons[0].setText("A much longer text than it had before")
    assert layout.heightForWidth(width) > one_line
