"""A button's menu: a few choices, each with the word that it stands for."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget


def choice_menu(
    parent: QWidget, choices: Sequence[tuple[str, str]], on_chosen: Callable[[str], object]
) -> tuple[QMenu, dict[str, QAction]]:
    """Make a menu, and the action of each choice by its word.

    Args:
        parent: owns the menu.
        choices: word and text of each.
        on_chosen: told the word of the one that is chosen.
    """
    menu = QMenu(parent)
    actions: dict[str, QAction] = {}
    for word, text in choices:
        actions[word] = menu.addAction(text)
        actions[word].triggered.connect(lambda _checked=False, word=word: on_chosen(word))
    return menu, actions
