"""What was measured of a table's texts, kept until they are others."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtWidgets import QApplication

T = TypeVar("T")


class MeasuredTexts:
    """Keeps what was measured of the texts of a model while its rows and columns, and the application's font, stay.

    A model says which texts it has by its `rows` and `columns`, which it replaces with each change; of a model without
    them nothing is kept.
    """

    def __init__(self) -> None:
        super().__init__()
        self._content: tuple[object, ...] = ()
        self._measured: dict[Hashable, Any] = {}

    def get(self, model: QAbstractItemModel | None, key: Hashable, measure: Callable[[], T]) -> T:
        """Return what was measured; measure it if the texts have changed.

        Args:
            model: has the texts.
            key: what is measured, and all that it depends on beside the texts and the application's font.
            measure: measures it.
        """
        content = (model, getattr(model, "rows", None), getattr(model, "columns", None), QApplication.font().key())
        if not isinstance(content[1], tuple) or not isinstance(content[2], tuple):
            return measure()
        if not _is_same(content, self._content):
            self._content, self._measured = content, {}
        if key not in self._measured:
            self._measured[key] = measure()
        found: T = self._measured[key]
        return found


def _is_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Return whether two contents are the same; comparing the rows themselves would take longer than measuring."""
    return (
        len(one) == len(other) and one[3] == other[3] and all(a is b for a, b in zip(one[:3], other[:3], strict=True))
    )
