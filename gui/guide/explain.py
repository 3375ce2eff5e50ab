"""A small "?" that explains what stands beside it, and the box that it opens; F1 opens the same box."""

import html

from PySide6.QtCore import QEvent, QPoint, Qt, Slot
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from gui.guide.glossary import Entry, find_entry, links_html, open_link
from gui.guide.topic import Topic
from gui.guide.topics import TOPICS
from gui.theme import theme
from gui.widgets.labels import ScaledLabel

WIDTH = 380


class TopicBox(QFrame):
    """A popup with a title, a few sentences, keys and links into the glossary; any click and Esc close it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._owner = parent
        self.setProperty("panel", True)
        self.title = ScaledLabel(is_bold=True)
        self.title.setWordWrap(True)
        self.body = ScaledLabel()
        self.links = ScaledLabel(factor=theme.SMALL)
        self.links.setTextFormat(Qt.TextFormat.RichText)
        self.links.linkActivated.connect(self._on_link)
        for label in (self.body, self.links):
            label.setWordWrap(True)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        for label in (self.title, self.body, self.links):
            column.addWidget(label)

    def show_text(self, title: str, paragraphs: list[str], entries: tuple[Entry, ...]) -> None:
        """Set what is said.

        Args:
            title: the heading.
            paragraphs: one or more sentences each.
            entries: glossary entries to go on with.
        """
        self.title.setText(title)
        self.body.setText("\n\n".join(paragraphs))
        self.body.setVisible(bool(paragraphs))
        self.links.setText(f"In the glossary: {links_html(entries)}")
        self.links.setVisible(bool(entries))
        self.setAccessibleName(title)
        self.setAccessibleDescription(" ".join(paragraphs))

    def open_below(self, widget: QWidget) -> None:
        """Open below a widget, or above it where there is no room; within the window, and never beyond the screen."""
        factor = self.fontMetrics().height() / 16
        for label in (self.title, self.body, self.links):
            label.setFixedWidth(round(WIDTH * max(1.0, factor)))
        self._place(widget)
        self.show()
        self._place(widget)  # the border counts once it is shown
        (self.links if self.links.isVisible() else self.body).setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self, widget: QWidget) -> None:
        self.adjustSize()
        screen, window = widget.screen().availableGeometry(), widget.window().frameGeometry()
        room = screen.intersected(window) if window.width() > self.width() else screen
        place = widget.mapToGlobal(QPoint(0, widget.height() + 2))
        if place.y() + self.height() > screen.bottom():
            place.setY(widget.mapToGlobal(QPoint()).y() - self.height() - 2)
        place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
        place.setY(max(screen.top(), min(place.y(), screen.bottom() - self.height())))
        self.move(place)

    @Slot(str)
    def _on_link(self, link: str) -> None:
        self.hide()
        open_link(link, self._owner.window())


class ExplainButton(QToolButton):
    """A small "?" that explains a topic.

    Args:
        topic: the name of the topic.
    """

    def __init__(self, topic: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.topic = TOPICS.get(topic)
        self.setText("?")
        self.setProperty("explain", True)
        self.setAccessibleName(f"Explain: {self.topic.title}")
        self.setToolTip(tip_html(self.topic))
        self.setAccessibleDescription(" ".join(self.topic.paragraphs))  # without the marks of the tooltip
        self._box: TopicBox | None = None
        self._fit()
        self.clicked.connect(self._open)

    @property
    def box(self) -> TopicBox | None:
        """The box that was opened last; None before the first time."""
        return self._box

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def _fit(self) -> None:
        side = self.fontMetrics().height() + 4
        self.setFixedSize(side, side)

    @Slot()
    def _open(self) -> None:
        if self._box is None:
            self._box = TopicBox(self)
        self._box.show_text(self.topic.title, list(self.topic.paragraphs), topic_entries(self.topic))
        self._box.open_below(self)


def topic_entries(topic: Topic) -> tuple[Entry, ...]:
    """Return the glossary entries of a topic; those that the glossary lacks are left out."""
    return tuple(entry for name in topic.terms for entry in (find_entry(name),) if entry is not None)


def tip_html(topic: Topic) -> str:
    """Return the paragraphs of a topic as a tooltip."""
    return "".join(f"<p>{html.escape(each)}</p>" for each in topic.paragraphs)
