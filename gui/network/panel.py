"""The network: its graph at the left; one layer, one channel, or the file at the right."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QStackedLayout, QTabWidget, QToolButton, QVBoxLayout, QWidget

from core.channels import PrunableLayer
from core.records import ModelSummary
from core.structure.layout import GraphLayout
from core.structure.readers import ReaderRoute
from core.structure.records import NetworkStructure
from core.words import counted
from gui.channel.inspector import ChannelInspector
from gui.network.file_view import FileView
from gui.network.graph import layer_text
from gui.network.graph.graph_view import GraphView
from gui.network.layer_view import LayerView
from gui.network.search_bar import SearchBar
from gui.theme import theme
from gui.widgets.choice_menu import choice_menu
from gui.widgets.export_kind import ExportKind
from gui.widgets.labels import PanelHeader, ScaledLabel, centred_label
from gui.widgets.splitter import Splitter

EMPTY_TEXT = "Open a model to see its layers"
WAITING_TEXT = "Reading the layers …"
TABS = ("Layer", "Channel", "File")
WIDTHS = (400, 400)
HEIGHTS = (520, 280)  # where the tabs are below the graph
NARROW = 520  # panels narrower than this, in logical pixels at the usual text size, have the tabs below the graph
EXPORTS = (
    ExportKind("svg", "Graph as SVG…", "Export the graph as SVG", "network", ".svg", "SVG drawing"),
    ExportKind("png", "Graph as PNG…", "Export the graph as PNG", "network", ".png", "PNG image"),
    ExportKind("pdf", "Graph as PDF…", "Export the graph as PDF", "network", ".pdf", "PDF page"),
    ExportKind("csv", "Layers as CSV…", "Export the layers as CSV", "layers", ".csv", "CSV table"),
)
COPY = ("copy", "Copy the graph as a picture")


class NetworkPanel(QWidget):
    """Shows a network.

    Attributes:
        graph: the graph.
        search: finds layers.
        layer_view, inspector, file_view: the tabs at the right.
        legend: which layer is pruned, and who reads it.
    """

    layer_chosen = Signal(str, bool, bool)  # name, whether it is added to the others, whether by the button
    layer_opened = Signal(str)
    layer_inspected = Signal(str)
    current_changed = Signal(str)
    export_requested = Signal(str)  # key of one of `EXPORTS`, or of `COPY`
    shown = Signal()
    font_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._structure: NetworkStructure | None = None
        self._header = PanelHeader("Network")
        self.graph, self.search = GraphView(), SearchBar()
        self.layer_view, self.inspector, self.file_view = LayerView(), ChannelInspector(), FileView()
        self.legend = ScaledLabel(role="muted", factor=theme.SMALL)
        self.legend.setWordWrap(True)
        self._build_buttons()
        self._lay_out()
        self._connect()
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.clear(has_model=False)

    def clear(self, *, has_model: bool) -> None:
        """Show no network; with a model its layers are still being read."""
        self._structure = None
        self._header.detail.setText("")
        self.graph.clear()
        self.search.set_layers(())
        self.layer_view.clear()
        self.file_view.show_file(None, None)
        self.empty_label.setText(WAITING_TEXT if has_model else EMPTY_TEXT)
        self._stack.setCurrentIndex(0)
        self._update_buttons()

    def show_graph(self, summary: ModelSummary, structure: NetworkStructure, layout: GraphLayout) -> None:
        """Show a network."""
        self._structure = structure
        self._stack.setCurrentIndex(1)
        parameters = layer_text.parameters_text(summary.parameter_count)
        self._header.detail.setText(f"{counted(len(structure.layers), 'layer')} · {parameters}")
        self.graph.show_graph(structure, layout)
        self.search.set_layers(structure.layers)
        self.file_view.show_file(summary, structure)
        self._update_buttons()

    def show_choice(self, layer: PrunableLayer | None, routes: Sequence[ReaderRoute], *, reader: str | None) -> None:
        """Mark the layers that are pruned, and those that read their channels."""
        parts = () if layer is None else layer.parts or (layer,)
        self.graph.show_choice([each.name for each in parts], routes)
        self.legend.setText(layer_text.routes_text(layer, routes, reader))
        self.show_current()

    @Slot()
    def show_current(self) -> None:
        """Describe the layer in the focus at the right."""
        box = self.graph.items_by_name.get(self.graph.current)
        if box is None or self._structure is None:
            self.layer_view.clear()
            return
        prunable = next((each for each in self._structure.prunable if each.name == box.layer.name), None)
        self.layer_view.show_layer(box.layer, prunable, note=box.note, is_chosen=box.is_chosen)

    def show_tab(self, title: str) -> None:
        """Show one of `TABS`."""
        self.tabs.setCurrentIndex(TABS.index(title))

    def showEvent(self, event: QShowEvent) -> None:
        """Announce that the page is seen, so that its network is read only then."""
        super().showEvent(event)
        self.shown.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the tabs beside the graph, or below it where there is little width."""
        super().resizeEvent(event)
        is_narrow = self.width() < NARROW * theme.text_factor()
        wanted = Qt.Orientation.Vertical if is_narrow else Qt.Orientation.Horizontal
        if self.body.orientation() != wanted:
            self.body.setOrientation(wanted)
            self.body.setSizes(list(HEIGHTS if is_narrow else WIDTHS))

    def changeEvent(self, event: QEvent) -> None:
        """The boxes take the size of another application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()
            self.font_changed.emit()

    def _build_buttons(self) -> None:
        self.fit_button = _button("Fit", "Show the whole graph (0)")
        self.actual_button = _button("100 %", "Zoom to 100 % (1)")
        self.out_button = _button("−", "Zoom out (−)", name="Zoom out")
        self.in_button = _button("+", "Zoom in (+)", name="Zoom in")
        self.export_button = QPushButton("Export")
        exports = [*((kind.key, kind.text) for kind in EXPORTS), COPY]
        menu = choice_menu(self, exports, self.export_requested.emit)[0]
        self.export_button.setMenu(menu)
        self.graph.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.graph.customContextMenuRequested.connect(lambda at: menu.popup(self.graph.viewport().mapToGlobal(at)))
        for button in (self.out_button, self.in_button, self.actual_button, self.fit_button, self.export_button):
            self._header.add(button)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.search)
        column.addWidget(self.graph, 1)
        column.addWidget(self.legend)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName("Layer, channel or file")
        for title, view in zip(TABS, (self.layer_view, self.inspector, self.file_view), strict=True):
            self.tabs.addTab(view, title)
        self.body = Splitter(Qt.Orientation.Horizontal, (left, self.tabs))
        for place in range(2):
            self.body.setStretchFactor(place, 1)
        self.body.setSizes(list(WIDTHS))
        self.empty_label = centred_label(EMPTY_TEXT)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty_label)
        self._stack.addWidget(self.body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        outer.setSpacing(theme.GRID)
        outer.addWidget(self._header)
        outer.addLayout(self._stack, 1)

    def _connect(self) -> None:
        graph, table = self.graph, self.file_view.table
        graph.layer_chosen.connect(self._on_chosen)
        graph.layer_opened.connect(self.layer_opened)
        graph.current_changed.connect(self._on_current_changed)
        graph.zoom_changed.connect(self._on_zoom_changed)
        table.current_changed.connect(graph.go_to)
        table.opened.connect(self._on_chosen)
        self.search.found_changed.connect(graph.show_found)
        self.search.shown.connect(graph.go_to)
        self.search.left.connect(graph.setFocus)
        self.layer_view.prune_requested.connect(lambda name: self.layer_chosen.emit(name, False, True))
        self.layer_view.inspect_requested.connect(self.layer_inspected)
        self.file_view.export_requested.connect(lambda: self.export_requested.emit("csv"))
        self.fit_button.clicked.connect(graph.fit)
        self.actual_button.clicked.connect(graph.show_actual_size)
        self.in_button.clicked.connect(graph.zoom_in)
        self.out_button.clicked.connect(graph.zoom_out)

    @Slot(str, bool)
    def _on_chosen(self, name: str, is_added: bool) -> None:
        self.layer_chosen.emit(name, is_added, False)

    @Slot(str)
    def _on_current_changed(self, name: str) -> None:
        self.show_current()
        self.file_view.table.go_to(name)
        self.current_changed.emit(name)

    @Slot(float)
    def _on_zoom_changed(self, scale: float) -> None:
        self.actual_button.setToolTip(f"Zoom to 100 % (1); now {100 * scale:.0f} %")

    def _update_buttons(self) -> None:
        is_there = self._structure is not None
        for button in (self.export_button, self.fit_button, self.actual_button, self.in_button, self.out_button):
            button.setEnabled(is_there)

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.export_button, "export")


def _button(text: str, tip: str, *, name: str = "") -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(name or text)
    button.setProperty("boxed", True)
    return button
