"""The images behind a point of the scatter: those that the figures of its network count."""

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from core.images.selection import AskedShare, Part
from gui.compare.panel import ComparePanel
from gui.tables.results_table import ASKED_ROLE

NO_IMAGES = "The images of this network cannot be shown"


class PointImages(QObject):
    """Offers the images of the chosen point in a menu beside it: for each figure of B′, those it counts and the others.

    The figures of the table's line are offered, so that the images are the same as behind its cells.
    """

    asked = Signal(int, object)  # line, AskedShare

    def __init__(self, panel: ComparePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._panel = panel
        self.menu: QMenu | None = None
        panel.chart.images_wanted.connect(self._on_wanted)

    @Slot(QPoint)
    def _on_wanted(self, place: QPoint) -> None:
        """Open the menu."""
        line = self._panel.chosen
        menu = self.menu = QMenu(self._panel)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.destroyed.connect(self._forget)
        for column, asked in self._figures(line):
            for part, words, count in (
                (Part.COUNTED, "these {:,} images", asked.share.count),
                (Part.OTHERS, "the other {:,} images", asked.share.total - asked.share.count),
            ):
                action = menu.addAction(f"{column}: show {words.format(count)}".replace("&", "&&"))
                action.setEnabled(count > 0)
                shown = asked.showing(part)
                action.triggered.connect(lambda _checked=False, shown=shown: self.asked.emit(line, shown))
            menu.addSeparator()
        if menu.isEmpty():
            menu.addAction(NO_IMAGES).setEnabled(False)
        menu.popup(place)

    def _figures(self, line: int) -> list[tuple[str, AskedShare]]:
        """Return the figures of B or B′ in a line with their names; G is no point of the chart."""
        table = self._panel.table
        if not 0 <= line < table.rowCount():
            return []
        found = []
        for place, column in enumerate(table.columns):
            asked = table.index(line, place).data(ASKED_ROLE)
            if isinstance(asked, AskedShare) and not asked.who.is_flagging:
                found.append((column.title.replace("\n", " "), asked))
        return found

    @Slot()
    def _forget(self) -> None:
        self.menu = None
