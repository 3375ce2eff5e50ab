"""The two buttons that save a repaired network: B′, and G by either rule."""

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton, QWidget

from gui.widgets.choice_menu import choice_menu

_GUARDS = (
    ("repaired", "G by agreement: flags where B and B′ disagree…"),
    ("by_confidence", "G by confidence: also flags where B′ is not sure enough…"),
)


def save_buttons(
    parent: QWidget, on_chosen: Callable[[str], object], *, pruned_tip: str, repaired_tip: str
) -> tuple[QPushButton, QPushButton]:
    """Return the buttons that save B′ and G.

    Args:
        parent: owns G's menu.
        on_chosen: called with "pruned", "repaired" or "by_confidence".
        pruned_tip: tooltip of the button for B′.
        repaired_tip: tooltip of the button for G.
    """
    pruned, repaired = QPushButton("Save B′…"), QPushButton("Save G")
    pruned.setToolTip(pruned_tip)
    pruned.clicked.connect(lambda: on_chosen("pruned"))
    repaired.setToolTip(repaired_tip)
    repaired.setMenu(choice_menu(parent, _GUARDS, on_chosen)[0])
    return pruned, repaired
