"""Tooltips that name the keys of an action, and keep naming the current ones."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from gui.keys.bindings import bindings


class _Tip(QObject):
    """Keeps the tooltip of one widget; it goes with the widget."""

    def __init__(self, widget: QWidget, text: str, key: str) -> None:
        super().__init__(widget)
        self._widget, self._text, self._key = widget, text, key
        bindings.changed.connect(self.show)
        self.show()

    def show(self) -> None:
        """Set the tooltip with the current keys."""
        self._widget.setToolTip(bindings.told(self._text, self._key))


def set_tip(widget: QWidget, text: str, key: str) -> None:
    """Give a widget a tooltip that ends with the keys of an action, now and whenever they change."""
    _Tip(widget, text, key)
