"""The glossary in the window: the entries of GLOSSARY.md, with a search field."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QTextBrowser, QVBoxLayout, QWidget

from gui.theme import theme

FILE = Path(__file__).resolve().parents[2] / "GLOSSARY.md"
SCHEME = "glossary:"  # of a link to a term
WIDTH, HEIGHT = 640, 560
_CODE = re.compile(r"`([^`]*)`")
_NAMES_IN_BRACKETS = re.compile(r"\s*\((?:`[^`]*`(?:, | counts them)?)+\)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A term.

    Attributes:
        section: the heading above it.
        term: what it is called on the screen: "attack success rate, ASR".
        names: its single names and those in code, in lower case: "attack_success_rate", "attack success rate", "asr".
        meaning: its meaning, as plain text.
    """

    section: str
    term: str
    names: tuple[str, ...]
    meaning: str

    @property
    def key(self) -> str:
        """The name that links use."""
        return self.names[0]


@cache
def entries() -> tuple[Entry, ...]:
    """Return all entries, in their order; none if the file is missing."""
    try:
        text = FILE.read_text("utf-8")
    except OSError:
        return ()
    found: list[Entry] = []
    section = ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").strip()
        elif line.startswith("| ") and not line.startswith("| Word "):
            word, meaning, *_ = (cell.strip() for cell in line.strip("|").split("|"))
            found.append(_entry(section, word, meaning))
    return tuple(found)


def find_entry(name: str) -> Entry | None:
    """Return the entry with this name, in any case; None if there is none."""
    wanted = name.lower()
    return next((each for each in entries() if wanted in each.names), None)


def terms_in(text: str, *, limit: int = 4) -> tuple[Entry, ...]:
    """Return the entries whose names occur in a text as whole words, in the order of the text."""
    places: list[tuple[int, Entry]] = []
    for entry in entries():
        spots = [_spot(name, text) for name in entry.term.lower().split(", ")]
        found = [spot for spot in spots if spot >= 0]
        if found:
            places.append((min(found), entry))
    return tuple(entry for _, entry in sorted(places, key=lambda each: each[0]))[:limit]


def links_html(found: Sequence[Entry]) -> str:
    """Return links to entries, separated by commas."""
    return ", ".join(f'<a href="{SCHEME}{html.escape(each.key)}">{html.escape(each.term)}</a>' for each in found)


def open_link(link: str, parent: QWidget) -> None:
    """Show the glossary at the term of a link."""
    show_glossary(parent, term=link.removeprefix(SCHEME))


def show_glossary(parent: QWidget, *, term: str = "") -> None:
    """Show the glossary, scrolled to a term."""
    box = GlossaryDialog(parent)
    box.show_term(term)
    box.exec()
    box.deleteLater()


class GlossaryDialog(QDialog):
    """Lists the terms with their meanings; the field filters them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._anchor = ""
        self.setWindowTitle("Glossary")
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText("Find a term")
        self.search_field.setAccessibleName("Find a term")
        self.search_field.setClearButtonEnabled(True)
        self.browser = QTextBrowser()
        self.browser.setOpenLinks(False)
        self.browser.setAccessibleName("Terms and their meanings")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(theme.GRID)
        column.addWidget(self.search_field)
        column.addWidget(self.browser, 1)
        column.addWidget(buttons)
        self.resize(WIDTH, HEIGHT)
        self.search_field.textChanged.connect(self._show)
        self._show("")

    def show_term(self, term: str) -> None:
        """Scroll to a term; an unknown one shows the beginning."""
        entry = find_entry(term) if term else None
        self._anchor = entry.key if entry is not None else ""
        self.browser.scrollToAnchor(self._anchor)

    def showEvent(self, event: QShowEvent) -> None:
        """Scroll to the term: before it is shown, the text has no height."""
        super().showEvent(event)
        self.browser.scrollToAnchor(self._anchor)

    @Slot(str)
    def _show(self, query: str) -> None:
        """Show the entries that contain the text of the field."""
        wanted = query.strip().lower()
        parts: list[str] = []
        section = ""
        for entry in entries():
            if wanted and wanted not in f"{entry.term} {' '.join(entry.names)} {entry.meaning}".lower():
                continue
            if entry.section != section:
                section = entry.section
                parts.append(f"<h3>{html.escape(section)}</h3>")
            parts.append(
                f'<p><a name="{html.escape(entry.key)}"></a><b>{html.escape(entry.term)}</b><br>'
                f"{html.escape(entry.meaning)}</p>"
            )
        empty = "No term contains this text." if wanted else "The glossary is not installed with this copy."
        self.browser.setHtml("".join(parts) or f"<p>{empty}</p>")


def _entry(section: str, word: str, meaning: str) -> Entry:
    shown = _NAMES_IN_BRACKETS.sub("", word)
    names = [name for part in shown.split(", ") for name in (_CODE.sub(r"\1", part).strip().lower(),) if name]
    term = ", ".join(_spoken(part) for part in shown.split(", "))
    names += [name for each in _CODE.findall(word) for name in (each.lower().replace("_", " "),) if name not in names]
    return Entry(section, term, tuple(names), _CODE.sub(r"\1", meaning).replace("**", ""))


def _spoken(name: str) -> str:
    """Return a name as it is spoken: "attack success rate" for `attack_success_rate`."""
    return _CODE.sub(lambda found: found.group(1).replace("_", " "), name).strip()


def _spot(name: str, text: str) -> int:
    """Return where a name stands in a text as a whole word; -1 if it does not. Names of one letter keep their case."""
    is_letter = len(name) <= 2
    pattern = rf"(?<!\w){re.escape(name.upper() if is_letter else name)}s?(?![\w′])"
    found = re.search(pattern, text, re.NOFLAG if is_letter else re.IGNORECASE)
    return found.start() if found else -1
