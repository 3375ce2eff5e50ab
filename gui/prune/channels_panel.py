"""The channels of the pruned layer: activation and state of each, and one of them in detail."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from core import words
from core.order.ranking import Ranking
from core.report.tables.plain_table import PlainTable
from gui.charts.bar_chart import BarChart
from gui.layout.scrolling_rows import RowPanel
from gui.prune.channel_detail import ChannelDetail
from gui.prune.channels.drawing import draw_channels
from gui.prune.channels.find_field import FindField
from gui.prune.channels.legend import StateLegend
from gui.prune.channels.places import Sort, places_of
from gui.prune.channels.sort_box import SortBox
from gui.prune.channels.span import SpanControl
from gui.prune.channels.table import channel_table
from gui.prune.rows.fold import Fold
from gui.tables.twin import TwinView
from gui.tables.twin_toggle import TableToggle, TwinStack
from gui.theme import formatting, theme
from gui.widgets.labels import PanelHeader, centred_label

DEAD_TIP = "dead: zero on every image that was measured"
EMPTY_TEXT = "Open a model and clean validation images, then press Run"
KEYS = (
    "A click, or Space, prunes or restores a channel. Dragging across bars, or Shift with the arrow keys and then "
    "Space, does so with several; Esc takes the marks back."
)
NARROW = 440  # panels narrower than this, in logical pixels at the usual text size, hide the detail


class ChannelsPanel(RowPanel):
    """A bar for each channel: hovering shows its figures, a click prunes or restores it by hand.

    Dragging across bars, or Shift with an arrow key and then Space, prunes or restores all of them: what the first one
    is not.
    """

    channel_toggled = Signal(int)
    channels_chosen = Signal(object, bool)  # tuple[int, ...], whether they are to be kept
    restore_requested = Signal()
    channel_hovered = Signal(int)  # -1 when the mouse has left
    channel_selected = Signal(int)
    inspect_requested = Signal(int)
    sort_changed = Signal(object)  # Sort
    difference_wanted = Signal()  # the differences are to be measured

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._ranking: Ranking | None = None
        self._channel_mask: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._next_channel: int | None = None
        self._places: NDArray[np.int64] = np.zeros(0, dtype=np.int64)  # the channel of each bar
        self._effects: NDArray[np.float64] | None = None  # difference of activations, (C,); None if not measured
        self._build_widgets()
        self._lay_out()
        self.restore_button.clicked.connect(self.restore_requested)
        self.sort_box.currentIndexChanged.connect(self._on_sort_changed)
        for pointed in (self.chart.bar_hovered, self.chart.bar_focused, self.twin.row_chosen):
            pointed.connect(self._on_hovered)
        self.chart.bar_clicked.connect(self._on_clicked)
        for picked in (self.chart.bar_clicked, self.chart.bar_focused, self.twin.row_chosen, self.find_field.found):
            picked.connect(self._on_selected)
        self._span = SpanControl(self.chart, self)
        self._span.channels_chosen.connect(self.channels_chosen)
        self.twin.row_activated.connect(self._on_clicked)
        self.table_button.toggled.connect(self.redraw)
        self.find_field.found.connect(self._on_found)
        self.find_field.closed.connect(
            lambda: (self.twin if self.table_button.isChecked() else self.chart).setFocus()  # noqa: PLW0108 - shown then
        )
        self.detail.inspect_button.clicked.connect(lambda: self.inspect_requested.emit(self.detail.channel))
        theme.signals.theme_changed.connect(self.redraw)
        self.clear()

    def clear(self) -> None:
        """Remove all channels."""
        self._ranking = None
        self._header.detail.setText("")
        self._forget(0)
        self.sort_box.setEnabled(False)
        self.table_button.setEnabled(False)
        self.set_by_hand(False)
        self._stack.setCurrentIndex(0)
        self.redraw()

    def _forget(self, channel_count: int) -> None:
        self._channel_mask = np.ones(channel_count, dtype=bool)
        self._next_channel = self._effects = None
        self.chart.set_focused(-1)
        self.detail.clear()

    def set_empty_text(self, text: str) -> None:
        """Set the text shown while there is nothing to draw."""
        self.empty_label.setText(text)

    def show_ranking(self, ranking: Ranking) -> None:
        """Draw activations; called repeatedly while images are measured."""
        old = self._ranking
        if ranking is old:
            return
        self._ranking = ranking
        if old is None or old.layer != ranking.layer:
            self._forget(ranking.layer.channel_count)
        self._header.detail.setText(formatting.ranking_text(ranking))
        if self.detail.channel < 0:
            self.detail.show_layer(ranking)
        if ranking.kind.is_oracle:
            self._effects = ranking.scores
        self.sort_box.setEnabled(True)
        self.table_button.setEnabled(True)
        self._stack.setCurrentIndex(1)
        self.redraw()

    def show_mask(self, channel_mask: NDArray[np.bool_], *, next_channel: int | None) -> None:
        """Colour the bars by their channels' states.

        Args:
            channel_mask: True = kept, shape (C,).
            next_channel: the channel that the next step prunes; None at the last step.
        """
        if np.array_equal(channel_mask, self._channel_mask) and next_channel == self._next_channel:
            return
        self._channel_mask = np.array(channel_mask, dtype=bool)
        self._next_channel = next_channel
        self.redraw()

    def set_by_hand(self, is_by_hand: bool) -> None:
        """Offer the way back to the order if the mask was changed by hand."""
        self.restore_button.setVisible(is_by_hand)

    def show_feature_map(self, channel: int, image: NDArray[np.float32]) -> None:
        """Show a channel's feature map for the classifier's image, shape (h, w); ignored for another channel."""
        if channel == self.detail.channel:
            self.detail.show_map(image)

    def show_selected(self, channel: int) -> None:
        """Mark the channel that is selected in the window, and show its figures; -1 for none of this layer."""
        if channel < 0 or channel not in self._places:
            self.chart.set_focused(-1)
        elif channel != self.detail.channel or self.chart.focused != self.place_of(channel):
            self.chart.set_focused(self.place_of(channel))
            self.twin.choose(self.place_of(channel))
            self._show_detail(channel)
            if self.isVisible():
                self.channel_hovered.emit(channel)  # its feature map is wanted, as if the mouse were there

    @property
    def sort(self) -> Sort:
        """The order of the bars."""
        return self.sort_box.sort

    def set_sort(self, sort: Sort) -> None:
        """Change the order of the bars."""
        self.sort_box.set_sort(sort)

    def show_difference(self, effects: NDArray[np.float64]) -> None:
        """Show how much activations differ between poisoned and clean images, shape (C,)."""
        if self._ranking is not None and effects.shape == self._ranking.activations.shape:
            self._effects = effects
            self.redraw()

    def open_find(self) -> None:
        """Open the field that finds a channel."""
        if self._ranking is not None:
            self.find_field.open()

    def table(self) -> PlainTable:
        """Return the numbers of the bars."""
        if self._ranking is None or len(self._channel_mask) != len(self._places):
            return PlainTable("Channels", (), ())
        return channel_table(
            self._ranking, self._places, self._channel_mask, next_channel=self._next_channel, effects=self._effects
        )

    def place_of(self, channel: int) -> int:
        """Return the position of a channel's bar from the left."""
        return int(np.flatnonzero(self._places == channel)[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the detail if the panel is narrow."""
        super().resizeEvent(event)
        self.detail.setVisible(self.width() >= NARROW * theme.text_factor())

    def _build_widgets(self) -> None:
        self._header = PanelHeader("Channels")
        self.restore_button = _make_restore_button()
        self.sort_box = SortBox()
        self.find_field = FindField()
        self.table_button = TableToggle("Channels")
        for widget in (self.find_field, self.restore_button, self.table_button, self.sort_box):
            self._header.add(widget)
        self.chart = BarChart()
        self.chart.setAccessibleName("Mean activation of each channel")
        self.chart.setAccessibleDescription(KEYS)
        self.chart.setWhatsThis(KEYS)
        self.twin = TwinView("Channels and their activations")
        self.legend = StateLegend()
        self.detail = ChannelDetail()

    def _lay_out(self) -> None:
        chart_column = QVBoxLayout()
        chart_column.setSpacing(0)
        chart_column.addWidget(TwinStack(self.chart, self.twin, self.table_button), 1)
        chart_column.addWidget(self.legend)
        self.empty_label = centred_label(EMPTY_TEXT)
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.addWidget(self.empty_label)
        self._stack.addWidget(_side_by_side(chart_column, self.detail))
        self.fold = Fold(self, place, self._header)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addWidget(place, 1)

    def _on_hovered(self, place: int) -> None:
        if place < 0:
            self.channel_hovered.emit(-1)
            return
        channel = int(self._places[place])
        self._show_detail(channel)
        self.chart.set_tip("" if self.detail.isVisible() else f"{self.detail.title.text()}: {self.detail.state.text()}")
        self.channel_hovered.emit(channel)

    def _on_found(self, place: int) -> None:
        self.chart.set_focused(place)
        self.twin.choose(place)
        self._on_hovered(place)

    def _on_sort_changed(self) -> None:
        if self.sort is Sort.DIFFERENCE and self._effects is None and self._ranking is not None:
            self.difference_wanted.emit()
        self.redraw()
        self.sort_changed.emit(self.sort)

    def _on_clicked(self, place: int) -> None:
        channel = int(self._places[place])
        self._show_detail(channel)
        self.channel_toggled.emit(channel)

    def _on_selected(self, place: int) -> None:
        self.channel_selected.emit(int(self._places[place]))

    def _show_detail(self, channel: int) -> None:
        if self._ranking is not None:
            self.detail.show_channel(
                self._ranking,
                channel,
                is_kept=bool(self._channel_mask[channel]),
                is_next=channel == self._next_channel,
            )

    def redraw(self) -> None:
        """Draw the bars again, in the theme's colours."""
        if self._ranking is None:
            self.chart.set_bars(np.zeros(0), labels=(), fills=(), hollow=np.zeros(0, dtype=bool))
            return
        focused = int(self._places[self.chart.focused]) if 0 <= self.chart.focused < len(self._places) else -1
        self._places = places_of(self._ranking, self.sort, self._effects)
        self._span.set_channels(self._places, self._channel_mask)
        if len(self._channel_mask) != len(self._places):
            return
        draw_channels(
            self.chart, self.legend, self._ranking, self._places, self._channel_mask, next_channel=self._next_channel
        )
        layer = self._ranking.layer
        self.find_field.set_names([words.channel_name(layer, int(channel)) for channel in self._places])
        if self.table_button.isChecked():
            self.twin.show_table(self.table())
        if focused >= 0:
            self.chart.set_focused(self.place_of(focused))
            self.twin.choose(self.place_of(focused))
        if self.detail.channel >= 0:
            self._show_detail(self.detail.channel)


def _side_by_side(chart_column: QVBoxLayout, detail: QWidget) -> QWidget:
    """Return a widget with the chart, which takes what room there is, and the detail at its right."""
    body = QWidget()
    row = QHBoxLayout(body)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2 * theme.GRID)
    row.addLayout(chart_column, 1)
    row.addWidget(detail)
    return body


def _make_restore_button() -> QPushButton:
    button = QPushButton("Back to the order")
    button.setToolTip("Undo what was pruned and restored by hand")
    button.setVisible(False)
    return button
