"""F1 and the "?" buttons: what is said, where, and that every topic leads on."""

from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.report.prune.shape_text import shape_definitions
from gui.guide.explain import ExplainButton, topic_entries
from gui.guide.focus_help import help_for
from gui.guide.topics import TOPICS
from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver


def press_f1(wiring: WindowWiring, qtbot: QtBot, widget: QWidget) -> Any:
    """Focus a widget, press F1, and return what opened."""
    wiring.window.activateWindow()
    qtbot.waitUntil(wiring.window.isActiveWindow)
    widget.setFocus()
    assert widget.hasFocus()
    QTest.keyClick(widget, Qt.Key.Key_F1)
    box = wiring.view_control.navigation.topic_box
    assert box is not None and box.isVisible()
    return box


def test_all_terms_of_all_topics_are_in_the_glossary() -> None:
    for topic in TOPICS:
        assert len(topic_entries(topic)) == len(topic.terms), topic.name


def test_f1_explains_a_field_by_its_own_words(wiring: WindowWiring, qtbot: QtBot) -> None:
    wiring.panels.show_page("prune")
    field = wiring.pages["prune"].form.thresholds_edit
    box = press_f1(wiring, qtbot, field)
    assert box.title.text() == "Stop at"
    assert field.toolTip() in box.body.text()
    assert "Settings of a run" in box.body.text()
    assert "threshold" in box.links.text()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()


@pytest.mark.parametrize(("page", "part", "title"), [
    ("prune", "chart", "Accuracy and attack success rate against channels pruned"),
    ("repair", "method_combo", "Method"),
    ("detect", "seed_field", "Seed"),
])  # fmt: skip
def test_f1_explains_parts_of_all_pages(
    wiring: WindowWiring, driver: Driver, qtbot: QtBot, page: str, part: str, title: str
) -> None:
    driver.run_all()
    wiring.panels.show_page(page)
    owner = wiring.pages[page].curves if part == "chart" else wiring.pages[page].form
    box = press_f1(wiring, qtbot, getattr(owner, part))
    assert box.title.text() == title
    assert box.body.text() and box.links.isVisible()
    box.hide()


def test_what_a_button_is_for_and_why_it_is_disabled(wiring: WindowWiring) -> None:
    start = wiring.pages["prune"].form.start_button
    told = help_for(start)
    assert (told.title, told.paragraphs[0]) == ("Run", "Open a model first.")
    assert help_for(None).title == "Backdoor Inspector"
    tabs = help_for(wiring.panels.tabs)
    assert tabs.title == "Pages" and any("Left, Right" in each for each in tabs.paragraphs)


def explain_buttons(parent: QWidget) -> list[ExplainButton]:
    return [each for each in parent.findChildren(ExplainButton) if each.isVisible()]


def test_networks_and_verdict_words_are_explained_where_they_stand(wiring: WindowWiring, driver: Driver) -> None:
    driver.run_all()
    wiring.panels.show_page("prune")
    page = wiring.pages["prune"]
    (networks,), (verdict,) = explain_buttons(page.curves), explain_buttons(page.results)
    QTest.mouseClick(networks, Qt.MouseButton.LeftButton)
    box = networks.box
    assert box is not None and box.isVisible()
    for name in ("B is the network", "B′ is B with", "G is the repaired network"):
        assert name in box.body.text() and name in networks.toolTip().replace("&#x27;", "'")
    box.hide()
    QTest.mouseClick(verdict, Qt.MouseButton.LeftButton)
    assert verdict.box is not None
    assert all(sentence in verdict.box.body.text() for sentence in shape_definitions())
    verdict.box.hide()
    for key in ("repair", "compare"):
        wiring.panels.show_page(key)
        assert [each.topic.name for each in explain_buttons(wiring.pages[key].panel)] == ["networks"]


def test_the_box_stays_on_the_screen(wiring: WindowWiring, driver: Driver) -> None:
    driver.run_all()
    wiring.panels.show_page("prune")
    (button,) = explain_buttons(wiring.pages["prune"].curves)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.box is not None
    assert button.screen().availableGeometry().contains(QRect(button.box.pos(), button.box.size()))
    button.box.hide()


def test_a_link_opens_the_glossary(wiring: WindowWiring, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, str]] = []
    monkeypatch.setattr("gui.guide.glossary.show_glossary", lambda parent, *, term: asked.append((parent, term)))
    box = press_f1(wiring, qtbot, wiring.panels.tabs)
    box.links.linkActivated.emit("glossary:prune")
    assert not box.isVisible()
    assert asked == [(wiring.window, "prune")]
