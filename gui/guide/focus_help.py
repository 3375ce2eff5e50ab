"""What F1 says about the widget that has the focus: its name, what it is for or why it is disabled, and its part.

The texts are those that the widget has already: accessible name and description, and tooltip.
"""

import html
import re
from dataclasses import dataclass

from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QAbstractButton, QLabel, QTabBar, QWidget

from gui.guide.explain import topic_entries
from gui.guide.glossary import Entry, terms_in
from gui.guide.topic import Topic
from gui.guide.topics import topic_of

MOST_LINKS = 6


@dataclass(frozen=True, slots=True)
class FocusHelp:
    """What is said about a widget.

    Attributes:
        title: the widget's name, or that of the part it is in.
        paragraphs: what it is for, then the part it is in.
        entries: glossary entries to go on with.
    """

    title: str
    paragraphs: tuple[str, ...]
    entries: tuple[Entry, ...]


def help_for(widget: QWidget | None) -> FocusHelp:
    """Return what is said about a widget; about the window if no widget has the focus."""
    topic = topic_of(widget)
    name = _name(widget) if widget is not None else ""
    own = _description(widget) if widget is not None else ""
    own = "" if own.casefold().rstrip(".") == name.casefold() else own
    around = [" ".join(topic.paragraphs)] if not name or name == topic.title else [_around(topic)]
    keys = "\n".join(f"{keys}: {meaning}" for keys, meaning in topic.present_keys)
    paragraphs = tuple(each for each in (own, *around, keys) if each)
    found = {entry.key: entry for entry in (*terms_in(f"{name} {own}"), *topic_entries(topic))}
    return FocusHelp(name or topic.title, paragraphs, tuple(found.values())[:MOST_LINKS])


def _around(topic: Topic) -> str:
    return f"{topic.title}: {topic.paragraphs[0]}"


def _name(widget: QWidget) -> str:
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton):
        return _plain(widget.text()).replace("&", "").removesuffix("…")
    if isinstance(widget, QTabBar):
        return widget.tabText(widget.currentIndex())
    buddies = [each for each in widget.window().findChildren(QLabel) if each.buddy() is widget]
    return buddies[0].text() if buddies else ""


def _description(widget: QWidget) -> str:
    """Return the description of a widget; that of the one around it if it has none, such as a box around a field."""
    if isinstance(widget, QTabBar):
        return _plain(widget.tabToolTip(widget.currentIndex()))
    for each in (widget, widget.parentWidget()):
        if each is not None:
            text = _plain(each.toolTip()) or _plain(each.accessibleDescription())
            if text:
                return text
    return ""


def _plain(text: str) -> str:
    """Return a tooltip without its markup."""
    if re.search(r"</?\w+[^>]*>", text):
        return QTextDocumentFragment.fromHtml(text).toPlainText()
    return html.unescape(text)
