"""The layers of a network as a graph that can be zoomed, moved, searched and walked by keyboard."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QGraphicsScene, QToolTip, QWidget

from core.structure.layout import GraphLayout
from core.structure.readers import ReaderRoute
from core.structure.records import Edge, NetworkStructure
from gui.network.graph import layer_text
from gui.network.graph.graph_items import EdgeItem, GraphFonts, LayerItem
from gui.network.graph.zoom_view import READABLE, ZoomView
from gui.theme import theme

MARGIN = 24.0


class GraphView(ZoomView):
    """Draws the layers; a click chooses one, with Ctrl several. The wheel zooms, dragging moves the graph.

    Attributes:
        items_by_name: the boxes of the layers.
        edges_by_name: the lines of the tensors.
    """

    layer_chosen = Signal(str, bool)  # name, whether it is added to those that are chosen
    layer_opened = Signal(str)  # a double click
    current_changed = Signal(str)  # the layer in the focus; empty for none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items_by_name: dict[str, LayerItem] = {}
        self.edges_by_name: dict[Edge, EdgeItem] = {}
        self._structure: NetworkStructure | None = None
        self._layout: GraphLayout | None = None
        self._consumers: Mapping[str, tuple[str, ...]] = {}
        self._fonts = GraphFonts.of(QApplication.font())
        self.current = ""
        self._hovered = ""
        for part in (self, self.viewport()):
            part.setAccessibleName("Layers of the network")
        self.clicked.connect(self._on_clicked)
        self.hovered.connect(self._hover)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    @property
    def zoom_anchor(self) -> QRectF | None:
        """The layer in the focus."""
        box = self.items_by_name.get(self.current)
        return None if box is None else box.sceneBoundingRect()

    def box_sizes(self, structure: NetworkStructure) -> dict[str, tuple[float, float]]:
        """Return width and height of each layer's box in the application's font."""
        self._fonts = GraphFonts.of(QApplication.font())
        return {layer.name: self._fonts.box_size(layer) for layer in structure.layers}

    def clear(self) -> None:
        """Show no graph."""
        self.scene().clear()
        self.items_by_name, self.edges_by_name = {}, {}
        self._structure = self._layout = None
        self._consumers = {}
        self._hovered = ""
        self._set_current("")

    def show_graph(self, structure: NetworkStructure, layout: GraphLayout) -> None:
        """Show a network."""
        current = self.current
        self.clear()
        self._structure, self._layout = structure, layout
        self._consumers = structure.consumers()
        scene = self.scene()
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # until all items are there
        for edge, points in layout.lines.items():
            line = EdgeItem(edge, points, structure.layer(edge[0]).shape_text, self._fonts)
            self.edges_by_name[edge] = line
            scene.addItem(line)
        for layer in structure.layers:
            left, top, width, height = layout.boxes[layer.name]
            box = LayerItem(layer, self._fonts, (width, height))
            box.setPos(left, top)
            self.items_by_name[layer.name] = box
            scene.addItem(box)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)
        self.setSceneRect(QRectF(0, 0, layout.width, layout.height).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        self.begin()
        if current in self.items_by_name:
            self._set_current(current)

    def show_choice(self, chosen: Sequence[str], routes: Sequence[ReaderRoute]) -> None:
        """Mark the layers that are pruned, and those that read their channels."""
        notes = layer_text.route_notes(routes)
        still = {route.reader for route in routes if route.is_open}
        read = {edge: route.is_open for route in sorted(routes, key=lambda each: each.is_open) for edge in route.edges}
        for name, box in self.items_by_name.items():
            state = (name in chosen, notes.get(name, ""), name in still)
            if state != (box.is_chosen, box.note, box.is_bypass):
                box.is_chosen, box.note, box.is_bypass = state
                box.update()
        for edge, line in self.edges_by_name.items():
            marks = (edge in read, read.get(edge, False))
            if marks != (line.is_read, line.is_bypass):
                line.is_read, line.is_bypass = marks
                line.setZValue(0.5 if line.is_read else 0.0)
                line.update()

    def show_found(self, names: Sequence[str]) -> None:
        """Mark the layers that the search found."""
        for name, box in self.items_by_name.items():
            if box.is_found != (name in names):
                box.is_found = not box.is_found
                box.update()

    def go_to(self, name: str) -> None:
        """Put a layer into the focus, and scroll to it."""
        box = self.items_by_name.get(name)
        if box is not None:
            self._set_current(name)
            if self.scale_factor < READABLE:
                self.show_actual_size()  # around it
            elif not self._is_fitted:
                self.ensureVisible(box.sceneBoundingRect(), 40, 60)

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the layer under the mouse."""
        name = self.layer_at(event.position().toPoint())
        if name and event.button() == Qt.MouseButton.LeftButton:
            self.layer_opened.emit(name)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """The mouse has left."""
        self._set_hovered("")
        super().leaveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Show the tooltip of the layer under the mouse, made when it is wanted."""
        if event.type() == QEvent.Type.ToolTip:
            name = self.layer_at(event.pos())  # type: ignore[attr-defined]  # a QHelpEvent
            if name:
                box = self.items_by_name[name]
                QToolTip.showText(event.globalPos(), layer_text.tooltip(box.layer, box.note), self)  # type: ignore[attr-defined]
            else:
                QToolTip.hideText()
            return True
        return bool(super().viewportEvent(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk with the arrow keys, choose with Space and Return, zoom with +, − and 0."""
        key, has_ctrl = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if has_ctrl and key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
            return
        if key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current:
            self.layer_chosen.emit(self.current, has_ctrl)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and not has_ctrl:
            self.zoom_in()
        elif key == Qt.Key.Key_Minus and not has_ctrl:
            self.zoom_out()
        elif key == Qt.Key.Key_0 and not has_ctrl:
            self.fit()
        elif key == Qt.Key.Key_1 and not has_ctrl:
            self.show_actual_size()
        elif (name := self._walked(key)) is not None:
            self.go_to(name)
        else:
            event.ignore()

    def layer_at(self, at: QPoint) -> str:
        """Return the name of the layer at a point of the viewport; empty for none."""
        scene_at = self.mapToScene(at)
        found = next((each for each in self.scene().items(scene_at) if isinstance(each, LayerItem)), None)
        return found.layer.name if found is not None else ""

    def _walked(self, key: int) -> str | None:
        """Return the layer that a key leads to; None if the key leads nowhere."""
        if self._structure is None or self._layout is None:
            return None
        names = [layer.name for layer in self._structure.layers]
        if key == Qt.Key.Key_End:
            return names[-1]
        if key == Qt.Key.Key_Home or not self.current:
            arrows = (Qt.Key.Key_Home, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)
            return names[0] if key in arrows else None
        layer = self._structure.layer(self.current)
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            near = self._consumers[self.current] if key == Qt.Key.Key_Down else layer.inputs
            return self._nearest(near)
        row = next(row for row in self._layout.rows if self.current in row)
        steps: dict[int, int] = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}  # some keys are not a Qt.Key
        step = steps.get(key)
        if step is None:
            return None
        return row[min(max(row.index(self.current) + step, 0), len(row) - 1)]

    def _nearest(self, names: Sequence[str]) -> str:
        """Return the layer in the line of the current one, or else the nearest; itself if there is none."""
        here = self.items_by_name[self.current].sceneBoundingRect().center()

        def distance(name: str) -> tuple[float, float]:
            there = self.items_by_name[name].sceneBoundingRect().center()
            return abs(there.y() - here.y()), abs(there.x() - here.x())

        return min(names, key=distance, default=self.current)

    def _set_current(self, name: str) -> None:
        if name == self.current:
            return
        for each in (self.current, name):
            if each in self.items_by_name:
                self.items_by_name[each].is_current = each == name
                self.items_by_name[each].update()
        self.current = name
        box = self.items_by_name.get(name)
        self.setAccessibleDescription("" if box is None else layer_text.spoken(box.layer, box.note))
        self.current_changed.emit(name)

    @Slot(QPoint, bool)
    def _on_clicked(self, at: QPoint, has_ctrl: bool) -> None:
        name = self.layer_at(at)
        if name:
            self._set_current(name)
            self.layer_chosen.emit(name, has_ctrl)

    @Slot(QPoint)
    def _hover(self, at: QPoint) -> None:
        name = self.layer_at(at)
        self._set_hovered(name)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if name else Qt.CursorShape.OpenHandCursor)

    def _set_hovered(self, name: str) -> None:
        if name != self._hovered:
            for each, is_hovered in ((self._hovered, False), (name, True)):
                if each in self.items_by_name:
                    self.items_by_name[each].set_hovered(is_hovered)
            self._hovered = name

    @Slot()
    def _recolour(self) -> None:
        self.setBackgroundBrush(QColor(theme.current().surface))
        self.viewport().update()
