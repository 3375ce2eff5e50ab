"""The menu of a chart or table that can be exported."""

from collections.abc import Iterable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.export import drawing
from gui.export.source import Source


class ExportMenu(QMenu):
    """Says why its entries cannot be chosen while there is nothing to export; so does its own entry in another menu.

    Args:
        source: what is exported.
        title: of the menu, where it is part of another one.
        parent: owns it.
    """

    def __init__(self, source: Source, title: str, parent: QWidget) -> None:
        super().__init__(title.replace("&", "&&"), parent)
        self._source = source
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.refresh)

    def refresh(self) -> None:
        """Enable the entries, or say why not, and show how large the pictures will be."""
        source, reason = self._source, self._source.reason
        own = self.menuAction()
        own.setEnabled(not reason)
        own.setToolTip(reason or source.title)
        size = drawing.picture_size(source) if source.picture is not None and not reason else None
        for action in _actions(self):
            action.setEnabled(not reason)
            action.setToolTip(reason or action.text().replace("&", ""))
            scale = action.data()
            if size is not None and isinstance(scale, int):
                action.setText(f"{scale}×: {scale * size.width()} × {scale * size.height()} dots…")


def refresh_all(menus: Iterable[ExportMenu]) -> None:
    """Enable the entries of several menus, or say why not."""
    for menu in menus:
        menu.refresh()


def _actions(menu: QMenu) -> list[QAction]:
    """Return the entries of a menu and of the menus in it."""
    found = []
    for action in menu.actions():
        inner = action.menu()
        found += _actions(inner) if isinstance(inner, QMenu) else [] if action.isSeparator() else [action]
    return found
