"""Exports charts and tables: context menus on them, and entries in File > Export."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from core.report.tables.formats import SUFFIXES, table_text
from gui.export import drawing, jobs
from gui.export.menu import ExportMenu
from gui.export.source import Source
from gui.files.saver import Saver
from gui.widgets.export_kind import ExportKind

SCALES = (1, 2, 4)
COPIED_SCALE = 2
_TABLE_KINDS = {"csv": "CSV table", "json": "JSON", "markdown": "Markdown", "latex": "LaTeX"}
_TEXTS = {"tsv": "tab-separated text", **_TABLE_KINDS}


class ExportControl(QObject):
    """Offers each source in the context menus of its widgets, and writes or copies what is chosen.

    Args:
        saver: asks where to save, and submits the jobs that write.
        window: parent of the menus.
    """

    said = Signal(str)
    refused = Signal(str)

    def __init__(self, *, saver: Saver, window: QWidget) -> None:
        super().__init__(window)
        self._saver = saver
        self._window = window

    def offer(self, sources: Sequence[Source]) -> tuple[ExportMenu, ...]:
        """Add context menus for sources, and return a menu for each, for the menu bar."""
        for source in sources:
            for owner in source.owners:
                owner.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
                owner.customContextMenuRequested.connect(partial(self._open_menu, source, owner))
        return tuple(self.make_menu(source, self._window, title=source.title) for source in sources)

    def make_menu(self, source: Source, parent: QWidget, *, title: str = "") -> ExportMenu:
        """Return the menu of a source; its entries are enabled if there is something to export."""
        menu = ExportMenu(source, title, parent)
        if source.picture is not None:
            scales = menu.addMenu("Picture as &PNG")
            for scale in SCALES:
                self._add(scales, f"{scale}×", source, partial(self.save_png, source, scale), scale=scale)
            self._add(menu, "Picture as &SVG…", source, partial(self.save_svg, source))
            self._add(menu, "Picture as P&DF…", source, partial(self.save_pdf, source))
            self._add(menu, "&Copy the picture", source, partial(self.copy_picture, source))
            menu.addSeparator()
        what = "Data" if source.picture is not None else "Table"
        for kind, name in _TABLE_KINDS.items():
            short = name.removesuffix(" table")
            self._add(menu, f"{what} as {short}…", source, partial(self.save_table, source, kind))
        menu.addSeparator()
        self._add(menu, f"Copy the {what.lower()}", source, partial(self.copy_table, source, "tsv"))
        copies = menu.addMenu(f"Copy the {what.lower()} as")
        for kind, name in _TABLE_KINDS.items():
            self._add(copies, name.removesuffix(" table"), source, partial(self.copy_table, source, kind))
        return menu

    def save_png(self, source: Source, scale: float) -> None:
        """Save the picture of a chart with `scale` dots for each logical pixel."""
        path = self._saver.ask_export(_kind(source, "png", ".png", "PNG image"))
        if path is not None:
            self._saver.write(path, jobs.write_png(path, drawing.as_image(source, scale)))

    def save_svg(self, source: Source) -> None:
        """Save the picture of a chart as a drawing."""
        path = self._saver.ask_export(_kind(source, "svg", ".svg", "SVG drawing"))
        if path is not None:
            self._saver.write(path, jobs.write_bytes(path, drawing.as_svg(source)))

    def save_pdf(self, source: Source) -> None:
        """Save the picture of a chart as a page."""
        path = self._saver.ask_export(_kind(source, "pdf", ".pdf", "PDF page"))
        if path is not None:
            self._saver.write(path, jobs.write_bytes(path, drawing.as_pdf(source)))

    def save_table(self, source: Source, kind: str) -> None:
        """Save the numbers of a chart, or a table."""
        path = self._saver.ask_export(_kind(source, kind, SUFFIXES[kind], _TABLE_KINDS[kind]))
        if path is not None:
            self._saver.write(path, jobs.write_plain_table(path, source.table(), kind))

    def copy_picture(self, source: Source) -> None:
        """Copy the picture of a chart to the clipboard."""
        QGuiApplication.clipboard().setImage(drawing.as_image(source, COPIED_SCALE))
        self.said.emit(f"Copied the picture “{source.title}”.")

    def copy_table(self, source: Source, kind: str) -> None:
        """Copy the numbers of a chart, or a table, to the clipboard as text."""
        table = source.table()
        QGuiApplication.clipboard().setText(table_text(table, kind))
        self.said.emit(f"Copied “{table.title}” as {_TEXTS[kind]}: {len(table.rows)} rows.")

    def _add(
        self, menu: QMenu, text: str, source: Source, run: Callable[[], object], *, scale: int | None = None
    ) -> None:
        def run_if_any() -> None:
            if source.reason:  # what is shown may have gone since the menu was opened
                self.refused.emit(source.reason)
            else:
                run()

        action = QAction(text, menu)
        action.setData(scale)
        action.triggered.connect(lambda _checked=False: run_if_any())
        menu.addAction(action)

    def _open_menu(self, source: Source, owner: QWidget, position: QPoint) -> None:
        menu = self.make_menu(source, owner)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        place = owner.viewport() if isinstance(owner, QAbstractScrollArea) else owner
        menu.popup(place.mapToGlobal(position))


def _kind(source: Source, key: str, suffix: str, suffix_text: str) -> ExportKind:
    return ExportKind(key, "", f"Export “{source.title}” as {suffix_text}", source.name, suffix, suffix_text)
