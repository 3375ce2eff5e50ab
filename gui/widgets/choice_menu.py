"""A menu of choices, each with a key."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget


def choice_menu(
    parent: QWidget, choices: Sequence[tuple[str, str]], on_chosen: Callable[[str], object]
) -> tuple[QMenu, dict[str, QAction]]:
    """Return a menu, and the action of each choice by its key.

    Args:
        parent: owns the menu.
        choices: key and text of each choice.
        on_chosen: called with the key of the chosen one.
    """
    menu = QMenu(parent)
    actions: dict[str, QAction] = {}
    for word, text in choices:
        actions[word] = menu.addAction(text)
        actions[word].triggered.connect(lambda _checked=False, word=word: on_chosen(word))
    return menu, actions
