"""Text of labels: where lines may break, and that texts are given back as they came."""

from pytestqt.qtbot import QtBot

from gui.widgets.labels import ElidedLabel, Notice, ScaledLabel

TEXT = "Clean accuracy is 10.59 %: choose the range with --scale, or −1 to 1."


def test_lines_do_not_break_before_a_percent_sign_or_within_an_option(qtbot: QtBot) -> None:
    for label in (ScaledLabel(TEXT), ElidedLabel(TEXT)):
        qtbot.addWidget(label)
        assert label.text() == TEXT
    label = ScaledLabel(TEXT)
    qtbot.addWidget(label)
    label.setWordWrap(True)
    line = label.fontMetrics().lineSpacing()
    for whole, parts in (("10.59 %", "10.59"), ("(--architecture)", "(--")):
        label.setText(whole)
        width = label.fontMetrics().horizontalAdvance(parts) + 2
        assert label.heightForWidth(width) < 2 * line  # it stays on one line, however narrow


def test_a_notice_gives_its_text_back(qtbot: QtBot) -> None:
    notice = Notice(is_wrapped=True)
    qtbot.addWidget(notice)
    notice.show_text(TEXT)
    assert notice.text() == TEXT
