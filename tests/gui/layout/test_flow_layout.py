"""Widgets placed as words in a text."""

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.layout.flow_layout import FlowLayout


def test_another_line_begins_where_a_widget_does_not_fit(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    flow = FlowLayout(4)
    window.setLayout(flow)
    buttons = [QPushButton(text) for text in ("Prune this layer", "Show its channels")]
    for button in buttons:
        flow.add(button, gap=8)
    both = sum(each.sizeHint().width() for each in buttons) + 8
    assert flow.heightForWidth(both) < flow.heightForWidth(both - 1)
