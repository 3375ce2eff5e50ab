"""Exports the graph and the table of the layers."""

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from core.report.structure.graph_svg import GraphColours, GraphDrawing
from core.words import printable
from gui.files.saver import Saver
from gui.job_runner import JobRunner, Request
from gui.network import jobs
from gui.network.control import NetworkControl
from gui.network.graph import layer_text
from gui.network.graph.kind_colours import kind_colours
from gui.network.panel import COPY, EXPORTS, NetworkPanel
from gui.page import Offer
from gui.state.session import Session
from gui.theme.colours import LIGHT

NOT_DRAWN = "Open a model and show its network first."
_KINDS = {kind.key: kind for kind in EXPORTS}
_PIXELS_PER_POINT = 4 / 3


class NetworkSaveControl(QObject):
    """Writes and copies what the page shows.

    Attributes:
        exports: the files that can be exported, and the copy of the graph.
    """

    said = Signal(str)

    def __init__(
        self,
        *,
        session: Session,
        runner: JobRunner,
        saver: Saver,
        control: NetworkControl,
        panel: NetworkPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._saver = saver
        self._control = control
        choices = (*((kind.key, kind.text) for kind in EXPORTS), COPY)
        self.exports = tuple(Offer(key, text, partial(self.export, key), self.why_not) for key, text in choices)
        panel.export_requested.connect(self.export)

    @Slot(str)
    def export(self, kind: str) -> None:
        """Export the graph ("svg", "png", "pdf") or the layers ("csv"), or copy the graph ("copy")."""
        shown, summary = self._control.shown, self._session.summary
        if shown is None or shown.layout is None or summary is None:
            return
        drawing = self._drawing()
        if kind == COPY[0]:
            self._runner.submit(
                Request(
                    name="Drawing the graph",
                    make=lambda: jobs.draw_graph(drawing),
                    on_succeeded=self._on_drawn,
                    key="graph copy",
                )
            )
            return
        path = self._saver.ask_export(_KINDS[kind], of=printable(summary.path.name), stem=summary.path.stem)
        if path is not None:
            job = jobs.export_layers(path, shown.structure) if kind == "csv" else jobs.export_graph(kind, path, drawing)
            self._saver.write(path, job)

    def _on_drawn(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self.said.emit("Copied the picture “Network”.")

    def _drawing(self) -> GraphDrawing:
        """Return the graph as it is drawn, in the colours of paper."""
        shown, summary, layer = self._control.shown, self._session.summary, self._session.layer
        assert shown is not None and shown.layout is not None and summary is not None
        routes = self._control.routes
        parts = () if layer is None else layer.parts or (layer,)
        font = QApplication.font()
        size = font.pointSizeF() * _PIXELS_PER_POINT if font.pointSizeF() > 0 else float(font.pixelSize())
        return GraphDrawing(
            title=summary.path.name,
            structure=shown.structure,
            layout=shown.layout,
            lines={each.name: layer_text.box_lines(each) for each in shown.structure.layers},
            font_size=size * 0.95,
            colours=paper_colours(),
            chosen=frozenset(each.name for each in parts),
            readers=layer_text.route_notes(routes),
            read_edges={
                edge: route.is_open for route in sorted(routes, key=lambda each: each.is_open) for edge in route.edges
            },
        )

    def why_not(self) -> str:
        """Return why there is nothing to export; empty if there is."""
        return "" if self._control.shown is not None and self._control.shown.layout is not None else NOT_DRAWN


def paper_colours() -> GraphColours:
    """Return the colours of an exported graph: those of the light theme, whatever the window has."""
    return GraphColours(
        background=LIGHT.surface,
        box=LIGHT.raised,
        chosen=LIGHT.selection,
        border=LIGHT.disabled,
        text=LIGHT.text,
        muted=LIGHT.muted,
        accent=LIGHT.accent,
        reader=LIGHT.error,
        kinds=kind_colours(LIGHT),
    )
