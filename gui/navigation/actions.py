"""Entries of the View and Help menus for finding one's way: text size, parts of the window, commands, help."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from gui.keys.bindings import bind


class NavigationActions(QObject):
    """Adds its entries to the menus.

    Attributes:
        larger, smaller, usual: change the text size.
        left, classifier: show or hide a part of the window; checkable.
        reset_layout: puts the parts of the window back.
        palette, shortcuts, change_shortcuts, focus_help, glossary, tour: open what helps.
    """

    def __init__(self, *, view_menu: QMenu, help_menu: QMenu, log: QAction, parent: QObject) -> None:
        """Add the entries.

        Args:
            view_menu: gets the text size and the parts of the window.
            help_menu: gets the others, at its top.
            log: the entry of the log, which the other parts go in front of.
            parent: owns the actions.
        """
        super().__init__(parent)
        self.larger = self._action("view.larger", "&Larger text", "Ctrl++", "Ctrl+=")
        self.smaller = self._action("view.smaller", "&Smaller text", "Ctrl+-")
        self.usual = self._action("view.usual", "&Usual size of text", "Ctrl+0")
        self.left = self._action("view.left", "Files and &settings", "F9", is_checkable=True)
        self.classifier = self._action("view.classifier", "&Classifier", "Shift+F9", is_checkable=True)
        self.reset_layout = self._action("view.reset-layout", "&Reset layout")
        self.palette = self._action("help.palette", "&Find a command…", "Ctrl+K")
        self.shortcuts = self._action("help.shortcuts", "&Keyboard shortcuts…", "?")
        self.change_shortcuts = self._action("help.change-shortcuts", "&Change keyboard shortcuts…")
        self.focus_help = self._action("help.explain", "&Explain what has the focus", "F1")
        self.glossary = self._action("help.glossary", "&Glossary…")
        self.tour = self._action("help.tour", "&Tour of the window")
        size_menu = QMenu("Te&xt size", view_menu)
        size_menu.addActions([self.larger, self.smaller, self.usual])
        view_menu.insertMenu(log, size_menu)
        view_menu.insertSeparator(log)
        view_menu.insertActions(log, [self.left, self.classifier])
        view_menu.addSeparator()
        view_menu.addAction(self.reset_layout)
        first = help_menu.actions()[0] if help_menu.actions() else None
        top = [self.palette, self.shortcuts, self.change_shortcuts, self.focus_help, self.glossary, self.tour]
        if first is None:
            help_menu.addActions(top)
        else:
            help_menu.insertActions(first, top)
            help_menu.insertSeparator(first)

    def _action(self, key: str, text: str, *keys: str, is_checkable: bool = False) -> QAction:
        action = QAction(text, self)
        bind(action, key, key.partition(".")[0].capitalize(), *keys)
        action.setCheckable(is_checkable)
        return action
