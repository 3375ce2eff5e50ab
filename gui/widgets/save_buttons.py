"""The two buttons that save a repaired network: B′, and G by either rule."""

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton, QWidget

from gui.widgets.choice_menu import choice_menu

_GUARDS = (
    ("repaired", "G by agreement: where B and B′ answer alike…"),
    ("by_confidence", "G by confidence: and B′ is sure enough of it…"),
)


def save_buttons(
    parent: QWidget, on_chosen: Callable[[str], object], *, pruned_tip: str, repaired_tip: str
) -> tuple[QPushButton, QPushButton]:
    """Make the button of B′ and that of G.

    Args:
        parent: owns G's menu.
        on_chosen: told "pruned", "repaired" or "by_confidence".
        pruned_tip: what saving B′ does.
        repaired_tip: what saving G does.
    """
    pruned, repaired = QPushButton("Save B′…"), QPushButton("Save G")
    pruned.setToolTip(pruned_tip)
    pruned.clicked.connect(lambda: on_chosen("pruned"))
    repaired.setToolTip(repaired_tip)
    repaired.setMenu(choice_menu(parent, _GUARDS, on_chosen)[0])
    return pruned, repaired
