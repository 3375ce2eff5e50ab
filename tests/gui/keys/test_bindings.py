"""The table of shortcuts: usual and chosen keys, conflicts by page, what is refused, what stored entries may be."""

import logging

import pytest
from PySide6.QtGui import QAction, QKeySequence

from gui.keys.bindings import Binding, Bindings, why_refused


@pytest.fixture
def table() -> Bindings:
    """A table with two actions of pages and three of everywhere."""
    made = Bindings()
    for binding in (
        Binding("file.open", "File", "Open…", ("Ctrl+O",)),
        Binding("view.log", "View", "Log", ("Ctrl+L",)),
        Binding("edit.redo", "Edit", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
        Binding("prune.find", "Prune", "Find a channel", ("Ctrl+F",), "prune"),
        Binding("network.find", "Network", "Find a layer", ("Ctrl+F",), "network"),
        Binding("file.names", "File", "Open class names…", ()),
    ):
        made.declare(binding)
    return made


def test_chosen_keys_replace_the_usual_ones_and_can_be_reset(table: Bindings) -> None:
    table.assign("edit.redo", ("Ctrl+U",))
    assert table.keys("edit.redo") == ("Ctrl+U",) and table.is_own("edit.redo")
    assert table.own == {"edit.redo": ["Ctrl+U"]}
    table.reset("edit.redo")
    assert table.text("edit.redo", is_whole=True) == "Ctrl+Shift+Z, Ctrl+Y" and table.own == {}


def test_keys_are_taken_from_whoever_has_them(table: Bindings) -> None:
    assert [each.key for each in table.others_with("Ctrl+Y", "view.log")] == ["edit.redo"]
    table.assign("view.log", ("Ctrl+Y",))
    assert table.keys("edit.redo") == ("Ctrl+Shift+Z",)
    table.reset("edit.redo")
    assert table.keys("view.log") == () and table.keys("edit.redo") == ("Ctrl+Shift+Z", "Ctrl+Y")
    table.reset_all()
    assert table.own == {} and table.keys("view.log") == ("Ctrl+L",)


def test_two_pages_may_have_the_same_keys_but_not_a_page_and_the_window(table: Bindings) -> None:
    assert table.others_with("Ctrl+F", "prune.find") == ()
    assert {each.key for each in table.others_with("Ctrl+F", "view.log")} == {"prune.find", "network.find"}
    assert [each.key for each in table.others_with("Ctrl+L", "network.find")] == ["view.log"]


@pytest.mark.usefixtures("qapp")
def test_an_action_follows_its_keys(table: Bindings) -> None:
    action = QAction("Redo")
    table.bind(action, "edit.redo")
    assert [each.toString() for each in action.shortcuts()] == ["Ctrl+Shift+Z", "Ctrl+Y"]
    table.assign("edit.redo", ("F6",))
    assert action.shortcut() == QKeySequence("F6")
    table.assign("edit.redo", ())
    assert action.shortcuts() == []


@pytest.mark.parametrize(
    "keys",
    ["A", "Shift+G", "5", "Space", "Tab", "Return", "Left", "Shift+Home", "Alt+F", "Ctrl+C", "", "Ctrl+K, Ctrl+L"],
)
def test_keys_that_widgets_need_are_refused_with_a_reason(keys: str) -> None:
    assert why_refused(keys)


@pytest.mark.parametrize("keys", ["?", "F5", "Esc", "Ctrl+A+", "Ctrl+Alt+1", "Ctrl+Shift+Left", "Alt+Left", "Ctrl++"])
def test_other_keys_are_taken(keys: str) -> None:
    assert (why_refused(keys) == "") is (keys != "Ctrl+A+")


def test_broken_stored_entries_are_logged_and_left_out(table: Bindings, log_guard: list[logging.LogRecord]) -> None:
    table.take({"file.open": ["Ctrl+Nonsense"], "view.log": ["A"], "gone": ["F7"], "file.names": ["Shift+Ctrl+N"]})
    table.log_unknown()
    assert table.keys("file.open") == ("Ctrl+O",) and table.keys("view.log") == ("Ctrl+L",)
    assert table.keys("file.names") == ("Ctrl+Shift+N",)
    assert [each.getMessage().split(": ")[0] for each in log_guard] == [
        f"The stored shortcut of '{key}' is ignored" for key in ("file.open", "view.log", "gone")
    ]
    log_guard.clear()


def test_texts_name_the_current_keys(table: Bindings) -> None:
    assert table.told("Show the log", "view.log") == "Show the log (Ctrl+L)"
    assert table.told("Show it.", "view.log") == "Show it (Ctrl+L)."
    assert table.filled("{view.log} shows it, {file.names} names it") == "Ctrl+L shows it, “Open class names” names it"
    table.assign("view.log", ())
    assert table.told("Show the log", "view.log") == "Show the log"
