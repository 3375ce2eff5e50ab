"""The readings that are pinned, their marks on the curves, and their window."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QWidget

from core.records import Share
from core.report.tables.plain_table import PlainTable
from gui.charts.curve_chart import CurveChart
from gui.keys.bindings import bind
from gui.pins.records import PinnedReading, pins_table
from gui.pins.window import PinsWindow

NOTHING = "There is no curve to read yet."
INSET = 40  # of the window in the main one, in logical pixels
FIRST_FIGURE = 2  # column of a curve's table


class PinBoard(QObject):
    """Pins figures of the curves.

    Args:
        chart: the curves.
        table: returns their table: a row for each step.
        run: returns what names the shown run.
        window: the main window.

    Attributes:
        pins: the readings, the oldest first.
        window: lists them.
    """

    changed = Signal()

    def __init__(
        self, *, chart: CurveChart, table: Callable[[], PlainTable], run: Callable[[], str], window: QWidget
    ) -> None:
        super().__init__(window)
        self._chart, self._find_table, self._find_run = chart, table, run
        self.pins: tuple[PinnedReading, ...] = ()
        self._main, self._is_placed = window, False
        self.window = PinsWindow(window)
        key = QShortcut(chart)
        bind(key, "prune.pin-here", "Prune", "P", page="prune", text="Pin the figures below the mouse")
        key.setContext(Qt.ShortcutContext.WidgetShortcut)
        key.activated.connect(self.pin)
        chart.shift_clicked.connect(self._pin_step)
        self.window.removed.connect(self.remove)

    @property
    def reason(self) -> str:
        """Why no figures can be pinned; empty if they can."""
        return "" if self._find_table().rows else NOTHING

    def table(self) -> PlainTable:
        """Return the readings as a table, sorted as they are shown."""
        return self.window.table.shown_table() if self.pins else pins_table(())

    @Slot()
    def pin(self) -> None:
        """Pin the figures of the step below the mouse, or else of that at the cursor."""
        chart = self._chart
        self._pin_step(chart.hovered_step if chart.hovered_step >= 0 else chart.cursor_step)

    @Slot()
    def show_window(self) -> None:
        """Show the readings."""
        self._place_window()
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        self.window.table.setFocus()

    @Slot(object)
    def remove(self, rows: Sequence[int]) -> None:
        """Remove the readings of these rows."""
        self.replace(tuple(each for place, each in enumerate(self.pins) if place not in rows))

    def replace(self, pins: Sequence[PinnedReading]) -> None:
        """Show these readings in place of all others."""
        self.pins = tuple(pins)
        self.update()
        self.changed.emit()

    @Slot()
    def update(self) -> None:
        """Show the readings, and mark those of the shown run on the curves."""
        self.window.show_table(pins_table(self.pins))
        run = self._find_run()
        self._chart.set_pins([each.pruned_count for each in self.pins if each.run == run])

    def _place_window(self) -> None:
        """Put the window over the lower left of the main one, where it covers no curve, unless somebody moved it."""
        if not self._is_placed:
            self._is_placed = True
            main = self._main.geometry()
            self.window.move(main.left() + INSET, max(main.top(), main.bottom() - self.window.height() - INSET))

    @Slot(int)
    def _pin_step(self, step: int) -> None:
        table = self._find_table()
        if not 0 <= step < len(table.rows):
            return
        row = table.rows[step]
        shares = tuple(each if isinstance(each, Share) else None for each in row[FIRST_FIGURE:])
        network = table.title.rpartition(" of ")[2]
        pruned_count = row[0]
        assert isinstance(pruned_count, int)
        reading = PinnedReading(self._find_run(), network, pruned_count, table.columns[FIRST_FIGURE:], shares)
        self.replace((*(each for each in self.pins if each != reading), reading))
        if not self.window.isVisible():
            self._place_window()
            self.window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, True)
            self.window.show()
            self.window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)
