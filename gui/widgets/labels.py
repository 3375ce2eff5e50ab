"""Text widgets of all panels: scaled and elided labels, headers and notices."""

from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from gui.layout.header_layout import HeaderLayout
from gui.theme import theme

Role = Literal["", "muted", "error", "warning", "ok", "link"]
LEAST_ICON = 14  # in logical pixels
NoticeKind = Literal["quiet", "ok", "flagged", "warning", "error"]
KIND_NAMES: dict[NoticeKind, str] = {
    "quiet": "Note",
    "ok": "Done",
    "flagged": "Flagged",
    "warning": "Warning",
    "error": "Error",
}
"""What screen readers call the icons of severities."""


class ScaledLabel(QLabel):
    """A label whose font is a multiple of the application's font, also after that changes.

    Args:
        text: the text.
        factor: size as a share of the application's font.
        is_bold: whether it is a title.
        role: which of the theme's text colours it takes.
    """

    def __init__(
        self,
        text: str = "",
        *,
        factor: float = 1.0,
        is_bold: bool = False,
        role: Role = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._factor = factor
        self._is_bold = is_bold
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setProperty("role", role)
        self._scale()

    def setText(self, text: str) -> None:
        """Show a text; lines break neither in front of a percent sign nor within a command's option."""
        self._text = text
        super().setText(_unbroken(text))

    def text(self) -> str:
        """Return the text as it was given."""
        return self._text

    def set_role(self, role: Role) -> None:
        """Take another of the theme's text colours."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)
            self._scale()  # Qt puts back the font that the label had when it was first polished

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._scale()
        super().changeEvent(event)

    def _scale(self) -> None:
        font = theme.figures_font(theme.scaled_font(QApplication.font(), self._factor))
        if self._is_bold:
            font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)


class IconLabel(QLabel):
    """An icon of the theme, as high as text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = self._colour = ""

    def show_icon(self, name: str, colour: str) -> None:
        """Show an icon in a colour."""
        self._name, self._colour = name, colour
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange and self._name:
            self._draw()

    def _draw(self) -> None:
        side = max(LEAST_ICON, QFontMetrics(QApplication.font()).height())
        self.setPixmap(theme.icon(self._name, colour=self._colour).pixmap(side, side))


class ElidedLabel(ScaledLabel):
    """A single line, elided with "…" if it does not fit; the tooltip then shows the whole text.

    Args:
        elide: where the text is elided; in the middle for file names.
    """

    def __init__(
        self,
        text: str = "",
        *,
        factor: float = 1.0,
        is_bold: bool = False,
        role: Role = "",
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, factor=factor, is_bold=is_bold, role=role, parent=parent)
        self._elide = elide
        self._tip = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_tip(self, text: str) -> None:
        """Set a tooltip in place of the whole text; it is shown even if the text fits."""
        self._tip = text
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """Room for one "…"."""
        return QSize(self.fontMetrics().horizontalAdvance("…"), self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        """Room for all of it."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        shown = self.fontMetrics().elidedText(self.text(), self._elide, self.width())
        tip = self._tip or (self.text() if shown != self.text() else "")
        if self.toolTip() != tip:
            self.setToolTip(tip)
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()


def _unbroken(text: str) -> str:
    """Return a text with spaces and joints at which lines do not break: in "10.59 %" and "--scale"."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%").replace("--", "-\N{WORD JOINER}-\N{WORD JOINER}")


def centred_label(text: str) -> ScaledLabel:
    """Return a muted, centred label for an empty panel."""
    label = ScaledLabel(text, role="muted")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label


class PanelHeader(QWidget):
    """The header of a panel: title, detail text, and controls on the right, or below where they do not fit."""

    def __init__(
        self,
        title: str,
        *,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = ScaledLabel(title, is_bold=True)
        self.detail = ElidedLabel(role="muted", factor=theme.SMALL, elide=elide)
        row = HeaderLayout(theme.GRID)
        self.setLayout(row)
        row.addWidget(self.title)
        row.addWidget(self.detail)
        self._row = row
        self.setMinimumHeight(self.title.fontMetrics().height() + 11)

    def add(self, *widgets: QWidget) -> None:
        """Add controls at the right end."""
        for widget in widgets:
            self._row.addWidget(widget)


class Notice(QFrame):
    """A coloured strip with an icon and a text; hidden while the text is empty.

    "flagged" means that G flagged the image: a success, with a shield icon instead of a tick.

    Args:
        kind: the severity.
        is_wrapped: whether the text may take several lines; otherwise it is elided.
        is_bold: bold for an answer, regular for a remark.
    """

    def __init__(
        self,
        kind: NoticeKind = "warning",
        *,
        is_wrapped: bool = False,
        is_bold: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind: NoticeKind = kind
        self._icon = QLabel()
        make = ScaledLabel if is_wrapped else ElidedLabel
        self.label = make(factor=1.0 if is_bold else theme.SMALL, is_bold=is_bold)
        self.label.setWordWrap(is_wrapped)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        row.setSpacing(theme.GRID)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.label, 1)
        self._row = row
        self.setProperty("notice", kind)
        tallness = QSizePolicy.Policy.Minimum if is_wrapped else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Preferred, tallness)
        self.setVisible(False)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    def add(self, widget: QWidget) -> None:
        """Add a control at the right end."""
        self._row.addWidget(widget)

    @property
    def kind(self) -> NoticeKind:
        """The severity."""
        return self._kind

    def show_text(self, text: str, *, kind: NoticeKind | None = None) -> None:
        """Show a text; an empty text hides the notice."""
        if kind is not None and kind != self._kind:
            self._kind = kind
            self.setProperty("notice", kind)
            self.style().unpolish(self)
            self.style().polish(self)
            self._recolour()
        self.label.setText(text)
        self.label.updateGeometry()
        self.setAccessibleName(f"{KIND_NAMES[self._kind]}: {text}" if text else "")
        self.setVisible(bool(text))

    def text(self) -> str:
        """Return the shown text."""
        return self.label.text()

    def _recolour(self) -> None:
        colours = theme.current()
        name, colour = {
            "quiet": ("about", colours.muted),
            "ok": ("ok", colours.ok),
            "flagged": ("flagged", colours.ok),
            "warning": ("warning", colours.warning),
            "error": ("error", colours.error),
        }[self._kind]
        side = max(12, round(self.label.fontMetrics().height()))
        self._icon.setPixmap(theme.icon(name, colour=colour).pixmap(side, side))
        self._icon.setAccessibleName(KIND_NAMES[self._kind])


def set_severity(bar: QWidget, kind: NoticeKind) -> None:
    """Give a bar the ground of a severity, on which the controls beside its notice stand.

    Args:
        bar: a widget that is painted by the style sheet.
        kind: the severity.
    """
    if bar.property("severity") != kind:
        bar.setProperty("severity", kind)
        bar.style().unpolish(bar)
        bar.style().polish(bar)
