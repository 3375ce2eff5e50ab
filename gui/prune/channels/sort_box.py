"""The choice of the bars' order."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from gui.prune.channels.places import Sort

DIFFERENCE_TIP = "How much the mean activation differs between poisoned and clean images"


class SortBox(QComboBox):
    """Offers the orders of the bars from left to right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Sort channels by")
        self.setToolTip("Order of the bars from left to right")
        for sort in Sort:
            self.addItem(sort.value, sort)

    @property
    def sort(self) -> Sort:
        """The chosen order."""
        sort = self.currentData()
        assert isinstance(sort, Sort)
        return sort

    def set_sort(self, sort: Sort) -> None:
        """Choose an order."""
        self.setCurrentIndex(self.findData(sort))

    def set_difference_reason(self, reason: str) -> None:
        """Set why the difference cannot be chosen; empty when it can."""
        model, row = self.model(), self.findData(Sort.DIFFERENCE)
        assert isinstance(model, QStandardItemModel)
        model.item(row).setEnabled(not reason)
        self.setItemData(row, reason or DIFFERENCE_TIP, Qt.ItemDataRole.ToolTipRole)
        if reason and self.sort is Sort.DIFFERENCE:
            self.set_sort(Sort.ORDER)
