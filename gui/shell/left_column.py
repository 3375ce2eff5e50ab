"""The left column: the open files, and the form of the shown page."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gui.files.files_panel import FilesPanel
from gui.page import Page
from gui.theme import theme


class LeftColumn(QFrame):
    """Stacks the files and the pages' forms in a scrolling column, with the buttons always visible below it."""

    def __init__(self, files: FilesPanel, pages: Sequence[Page], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self._files = files
        self._pages = tuple(pages)
        self._shown = self._pages[0]
        content = QWidget()
        content.setObjectName("filesContent")
        content.setStyleSheet("#filesContent { background: transparent; }")
        column = QVBoxLayout(content)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID - 2)
        column.addWidget(files)
        column.addSpacing(theme.GRID // 2)
        for page in self._pages:
            if page.form is not None:
                column.addWidget(page.form)
        column.addStretch(1)
        self._content = content
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        outer.addWidget(self._area, 1)
        for page in self._pages:
            if page.buttons is not None:
                outer.addWidget(page.buttons)  # below the scroll area, so that they are always visible
                page.buttons.setContentsMargins(theme.GRID, theme.GRID - 2, theme.GRID, theme.GRID)
            for first, second in pairwise(page.tab_order):
                QWidget.setTabOrder(first, second)
            page.roles_changed.connect(self._update)
        files.error_shown.connect(self._area.ensureWidgetVisible)
        self._update()

    def sizeHint(self) -> QSize:
        """Return a width for the labels of the settings and a scroll bar."""
        return QSize(max(288, self.minimumSizeHint().width()), 600)

    def minimumSizeHint(self) -> QSize:
        """Return the width at which no label is clipped, also beside a scroll bar."""
        bar = self._area.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar + 2, 240)

    def show_page(self, page: Page) -> None:
        """Show the form and the file roles of a page."""
        self._shown = page
        self._update()

    @Slot()
    def _update(self) -> None:
        for page in self._pages:
            for widget in (page.form, page.buttons):
                if widget is not None:
                    widget.setVisible(page is self._shown)
        self._files.show_roles(self._shown.roles)
