"""The jobs of the Network page: describe the layers, place them, draw them to a file.

The engine is imported inside the callables, in the worker, as in `gui/prune/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QIODevice, QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgRenderer

from core.monitor import Monitor
from core.structure.records import NetworkStructure
from core.version import NAME
from gui.export.memory import file_bytes
from gui.export.png import png_bytes
from gui.job_runner import Job

if TYPE_CHECKING:
    from core.network.network import Network
    from core.report.structure.graph_svg import GraphDrawing
    from core.structure.layout import GraphLayout, Size

PNG_FACTOR = 2.0  # pixels of an image for each logical pixel
POINTS_PER_PIXEL = 0.75  # of a PDF page
LONGEST_PAGE = 14_400  # points that readers of PDF show; larger graphs are drawn smaller
LONGEST_SIDE = 30_000  # of an image, in pixels; larger graphs are drawn smaller


def describe_structure(network: "Network") -> Job:
    """Return a job that describes the layers of a network as a `NetworkStructure`."""

    def job(monitor: Monitor) -> NetworkStructure:
        from core.structure.description import describe_structure as describe

        monitor.stop_if_asked()
        return describe(network)

    return job


def lay_out(structure: NetworkStructure, sizes: "Mapping[str, Size]") -> Job:
    """Return a job that places the layers of a network as a `GraphLayout`."""

    def job(monitor: Monitor) -> "GraphLayout":
        from core.structure.layout import lay_out as place

        return place(structure, sizes, monitor=monitor)

    return job


def export_graph(kind: str, path: Path, drawing: "GraphDrawing") -> Job:
    """Return a job that writes the graph as "svg", "png" or "pdf", and returns the path."""

    def job(monitor: Monitor) -> Path:
        from core.export_file import write_file
        from core.report.structure.graph_svg import graph_svg

        monitor.checkpoint(f"Writing {path.name}")
        text = graph_svg(drawing)
        if kind == "svg":
            write_file(path, text)
        elif kind == "pdf":
            write_file(path, pdf_of(text, title=drawing.title))
        else:
            write_file(path, png_of(text, colour=drawing.colours.background))
        return path

    return job


def draw_graph(drawing: "GraphDrawing") -> Job:
    """Return a job that draws the graph as a `QImage`."""

    def job(monitor: Monitor) -> QImage:
        from core.report.structure.graph_svg import graph_svg

        monitor.stop_if_asked()
        return image_of(graph_svg(drawing), colour=drawing.colours.background)

    return job


def export_layers(path: Path, structure: NetworkStructure) -> Job:
    """Return a job that writes the layers as a CSV table, and returns the path."""

    def job(monitor: Monitor) -> Path:
        from core.report.structure.layer_csv import write_layers_csv

        monitor.checkpoint(f"Writing {path.name}")
        write_layers_csv(path, structure)
        return path

    return job


def png_of(svg: str, *, colour: str) -> bytes:
    """Return an SVG drawing as a PNG image; may be called in any thread."""
    return png_bytes(image_of(svg, colour=colour))


def image_of(svg: str, *, colour: str) -> QImage:
    """Return an SVG drawing as an image on a colour; may be called in any thread."""
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    size = renderer.defaultSize()
    factor = min(PNG_FACTOR, LONGEST_SIDE / max(size.width(), size.height(), 1))
    image = QImage(round(size.width() * factor), round(size.height() * factor), QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    painter = QPainter(image)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    return image


def pdf_of(svg: str, *, title: str) -> bytes:
    """Return an SVG drawing as a PDF of one page of its size; may be called in any thread."""
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    size = renderer.defaultSize()
    factor = min(POINTS_PER_PIXEL, LONGEST_PAGE / max(size.width(), size.height(), 1))

    def write(device: QIODevice) -> None:
        writer = QPdfWriter(device)
        writer.setTitle(title)
        writer.setCreator(NAME)
        page = QPageSize(QSizeF(size.width() * factor, size.height() * factor), QPageSize.Unit.Point)
        writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
        painter = QPainter(writer)
        renderer.render(painter, QRectF(0, 0, writer.width(), writer.height()))
        painter.end()

    return file_bytes(write)
