"""A report's page as PDF: the HTML page that is written anyway, laid out by Qt on A4.

Qt's rich text knows no SVG, no CSS grid and no `details`; what stands in their place is made here, so that the reports
keep a single source, their templates.
"""

import re
from functools import partial
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from PySide6.QtCore import QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTable,
)
from PySide6.QtSvg import QSvgRenderer

from core.export_file import write_file
from core.version import NAME
from gui.export.memory import file_bytes

DOTS = 96  # layout dots per inch
SHARPNESS = 4  # image dots for each layout dot
MARGIN_MM = 16.0
SMALL_PT, TEXT_PT = 7.0, 8.5
CHART_WIDTH, KEY_WIDTH = 640, 30
LEAST_BELOW = 60.0  # what must have room below a heading
HASH_LETTERS = 32
LEGEND_GAP = "&nbsp; &nbsp; &nbsp;"
BAR_LETTERS, BAR_REM = 16, 9.0
_EIGHTHS: tuple[str, ...] = ("", *"▏▎▍▌▋▊▉")  # of a block letter
_FIGURES = {
    "div": ('<table cellspacing="0" cellpadding="4"><tr>', "</tr></table>"),
    "figure": ('<td align="center">', "</td>"),
}
_OPENING = {"summary": "<p><b>", "figcaption": "<br><small>", "caption": '<caption align="left"><b>'}
_VOID = {"br", "img", "meta", "link", "hr"}
_DROPPED = {"head", "style", "script", "title"}
_BLOCKS = {"section", "header", "main", "details", "footer", "article"}

INDENT = 18  # of lists
PANEL, WARNING = "#f4f5f7", "#fff4d6"
PANEL_TABLE = (
    '<table width="100%" cellspacing="0" cellpadding="5" bgcolor="{}" style="margin-top: 4px; margin-bottom: 4px;">'
    "<tr><td>"
)

STYLE = """
body { color: #1b1f24; }
h1 { font-size: 16pt; margin-bottom: 2px; }
h2 { font-size: 11.5pt; margin-top: 16px; margin-bottom: 4px; }
h3 { font-size: 9.5pt; margin-top: 8px; margin-bottom: 2px; }
p { margin-top: 3px; margin-bottom: 3px; }
ul { margin-top: 2px; margin-bottom: 4px; }
.quiet, small, figcaption { color: #59636e; }
.headline { font-size: 9.5pt; font-weight: 600; margin-top: 8px; margin-bottom: 6px; }
th { color: #59636e; font-weight: 600; }
pre, code, .hash { font-family: "DejaVu Sans Mono", monospace; font-size: 7pt; }
pre { background-color: #f4f5f7; white-space: pre-wrap; }
.bar { color: #0072b2; }
.best { color: #00805c; }
"""


def write_report_pdf(path: Path, page: str) -> None:
    """Write a report as PDF.

    Args:
        path: the file.
        page: the report as an HTML page of `core.report.page`; it is our own, and untrusted names in it are escaped.

    Raises:
        ExportError: the file could not be written.
    """
    write_file(path, report_pdf(page))


def report_pdf(page: str) -> bytes:
    """Return a report as PDF, on A4 pages with numbers."""
    return file_bytes(partial(_write, page))


def _write(page: str, device: QIODevice) -> None:
    writer = QPdfWriter(device)
    writer.setResolution(DOTS)
    writer.setCreator(NAME)
    writer.setTitle(_title(page))
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
        )
    )
    room = QRectF(writer.pageLayout().paintRectPixels(DOTS))
    body = QSizeF(room.width(), room.height() - 24)
    document = _document(page)
    document.documentLayout().setPaintDevice(writer)
    document.setPageSize(body)
    for keep in (_keep_headings, _keep_rows, _keep_headings, _keep_rows):  # each moves what the other has seen
        keep(document, body.height())
    painter = QPainter(writer)
    for number in range(document.pageCount()):
        if number:
            writer.newPage()
        _paint_page(painter, document, number, body)
    painter.end()


def _keep_headings(document: QTextDocument, page_height: float) -> None:
    """Begin a new page at each heading that would stand at the end of one, without what it is about."""
    layout = document.documentLayout()
    block = document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel() > 0:
            rect = layout.blockBoundingRect(block)
            below = block.next()
            is_parted = below.isValid() and _first_line_end(layout, below) // page_height > rect.top() // page_height
            if is_parted or page_height - rect.bottom() % page_height < LEAST_BELOW:
                form = block.blockFormat()
                form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                QTextCursor(block).setBlockFormat(form)
        block = block.next()


def _first_line_end(layout: QAbstractTextDocumentLayout, block: QTextBlock) -> float:
    """Return where the first line of a block ends; a drawing is a line."""
    rect = layout.blockBoundingRect(block)
    return rect.top() + (block.layout().lineAt(0).rect().bottom() if block.layout().lineCount() else 0.0)


def _keep_rows(document: QTextDocument, page_height: float) -> None:
    """Begin a new page at each row of a table that would be parted: the row above it gets the rest of its page."""
    layout = document.documentLayout()
    for table in (each for each in document.rootFrame().childFrames() if isinstance(each, QTextTable)):
        for row in range(1, table.rows()):
            cells = [table.cellAt(row, column) for column in range(table.columns())]
            top = min(layout.blockBoundingRect(each.firstCursorPosition().block()).top() for each in cells)
            bottom = max(layout.blockBoundingRect(each.lastCursorPosition().block()).bottom() for each in cells)
            if top // page_height == (bottom - 1) // page_height or bottom - top > page_height / 2:
                continue
            rest = page_height - top % page_height
            for column in range(table.columns()):
                above = table.cellAt(row - 1, column)
                form = above.format().toTableCellFormat()
                form.setBottomPadding(table.format().cellPadding() + rest)
                above.setFormat(form)


def _paint_page(painter: QPainter, document: QTextDocument, number: int, body: QSizeF) -> None:
    clip = QRectF(0, number * body.height(), body.width(), body.height())
    painter.save()
    painter.translate(0, -clip.top())
    painter.setClipRect(clip)
    context = QAbstractTextDocumentLayout.PaintContext()
    context.clip = clip
    context.palette.setColor(QPalette.ColorRole.Text, QColor("#1b1f24"))
    document.documentLayout().draw(painter, context)
    painter.restore()
    painter.setFont(_font(SMALL_PT))
    painter.setPen(QColor("#59636e"))
    foot = QRectF(0, body.height() + 8, body.width(), 16)
    painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, NAME)
    painter.drawText(foot, Qt.AlignmentFlag.AlignRight, f"{number + 1} of {document.pageCount()}")


def _document(page: str) -> QTextDocument:
    simplified = _Simplified(_svg_style(page))
    simplified.feed(page)
    simplified.close()
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setIndentWidth(INDENT)
    document.setDefaultFont(_font(TEXT_PT))
    document.setDefaultStyleSheet(STYLE)
    for name, image in simplified.images.items():
        document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
    document.setHtml("".join(simplified.parts))
    return document


def _font(size: float) -> QFont:
    font = QFont()
    font.setFamilies(["DejaVu Sans", "Noto Sans", "Segoe UI", "Helvetica"])
    font.setPointSizeF(size)
    return font


def _title(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    return found.group(1) if found else NAME


def _svg_style(page: str) -> str:
    """Return the page's style sheet as Qt's SVG takes it: light colours in place of variables, no media queries."""
    css = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    names = dict(re.findall(r"--([\w-]+):\s*([^;]+);", css.split("}", maxsplit=1)[0]))
    css = css.split("}", maxsplit=1)[-1]  # Qt takes no style sheet with variables
    css = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", css)
    css = re.sub(r"stroke: var\(--page\); stroke-width: 4px; paint-order: stroke;", "", css)
    return re.sub(r"var\(--([\w-]+)\)", lambda found: names.get(found.group(1), "#000000").strip(), css)


class _Simplified(HTMLParser):
    """Turns a report's page into the HTML that Qt's rich text knows, with its drawings as images.

    Attributes:
        parts: the HTML.
        images: the drawings, by the names that the HTML calls them.
    """

    def __init__(self, svg_style: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.images: dict[str, QImage] = {}
        self._svg_style = svg_style
        self._svg: list[str] = []  # of the drawing that is being read
        self._depth = 0  # of elements in it
        self._dropped = 0
        self._classes: list[tuple[str, str]] = []  # element and class of all that are open
        self._cells = 0  # of the row that is being read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element."""
        values = {name: value or "" for name, value in attrs}
        if tag in _DROPPED:
            self._dropped += 1
        if self._dropped:
            return
        if tag == "svg" or self._depth:
            self._open_svg(tag, values)
            return
        name = values.get("class", "")
        if tag not in _VOID:
            self._classes.append((tag, name))
        self._open(tag, name, values)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element without content."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag in _DROPPED:
            self._dropped -= 1
        elif self._depth:
            self._svg.append(f"</{tag}>")
            self._depth -= 1
            if not self._depth:
                self._draw()
        elif not self._dropped and tag not in _VOID:
            is_legend = tag in ("ul", "li") and self._is_legend("")
            name = self._classes.pop()[1] if self._classes else ""
            if _is_panel(tag, name):
                self.parts.append(f"</{tag}></td></tr></table>")
            elif tag in ("div", "figure") and (tag == "figure" or "strip" in name.split()):
                self.parts.append(_FIGURES[tag][1])
            else:
                self.parts.append(("</p>" if tag == "ul" else LEGEND_GAP) if is_legend else _closing(tag))

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self._dropped:
            return
        if self._depth:
            self._svg.append(escape(data))
        elif self._classes and self._classes[-1][1] == "hash" and len(data) > HASH_LETTERS:
            self.parts.append("<br>".join(data[at : at + HASH_LETTERS] for at in range(0, len(data), HASH_LETTERS)))
        else:
            self.parts.append(escape(data))

    def _open(self, tag: str, name: str, values: dict[str, str]) -> None:
        classes = f' class="{escape(name)}"' if name else ""
        if _is_panel(tag, name):
            ground = WARNING if "warn" in name.split() else PANEL
            words = " ".join(each for each in name.split() if each not in ("panel", "warn"))
            self.parts.append(f'{PANEL_TABLE.format(ground)}<{tag} class="{escape(words)}">')
        elif tag == "table":
            self.parts.append(
                f'<table{classes} border="0" cellspacing="0" cellpadding="3" style="font-size: {SMALL_PT}pt">'
            )
        elif tag in ("div", "figure") and (tag == "figure" or "strip" in name.split()):
            self.parts.append(_FIGURES[tag][0])
        elif tag == "tr":
            self._cells = 0
            self.parts.append("<tr>")
        elif tag in ("td", "th"):
            self._cells += 1
            span = "".join(f' {each}="{escape(values[each])}"' for each in ("colspan", "rowspan") if each in values)
            is_left = values.get("scope") == "row" or "text-align:left" in values.get("style", "").replace(" ", "")
            is_files = any("files" in each for element, each in self._classes if element == "table")
            align = "left" if self._cells == 1 or is_left or is_files or "gauge" in name else "right"
            style = "border-bottom: 1px solid #d0d7de;"
            self.parts.append(f'<{tag}{classes}{span} align="{align}" style="{style}">')
        elif tag in ("ul", "li") and self._is_legend(name):
            self.parts.append("<p>" if tag == "ul" else "")
        elif tag == "small":
            is_cell = any(element in ("td", "th") for element, _ in self._classes)
            self.parts.append(f'{"<br>" if is_cell else ""}<small style="font-size: 6pt">')
        elif tag in _OPENING:
            self.parts.append(_OPENING[tag])
        elif tag == "img":
            self.parts.append(f'<img src="{escape(values.get("src", ""))}" height="76"> ')
        elif tag == "span" and name == "bar":
            self.parts.append(f'<span class="bar">{_bar(values.get("style", ""))}')
        elif tag in _BLOCKS:
            self.parts.append(f"<div{classes}>")
        elif tag not in ("html", "body"):
            self.parts.append(f"<{tag}{classes}>")

    def _is_legend(self, name: str) -> bool:
        """Return whether a list, or the one that is open, is a legend in lines, not one entry below the other."""
        lists = [each for element, each in self._classes if element == "ul"]
        classes = (lists[-1] if lists else name).split()
        return "legend" in classes and "networks" not in classes

    def _open_svg(self, tag: str, values: dict[str, str]) -> None:
        if tag == "svg":
            box = values.pop("viewbox", "0 0 100 100")
            values |= {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box}
            self._svg = []
        self._depth += 1
        words = "".join(f' {name}="{escape(value)}"' for name, value in values.items())
        self._svg.append(f"<{tag}{words}>")
        if tag == "svg":
            self._svg.append(f'<style type="text/css">{escape(self._svg_style, quote=False)}</style>')

    def _draw(self) -> None:
        """Draw the drawing that was read, and put it where it stood."""
        renderer = QSvgRenderer(QByteArray("".join(self._svg).encode()))
        box = renderer.viewBoxF()
        in_list = any(element == "li" for element, _ in self._classes)
        width = KEY_WIDTH if in_list else min(CHART_WIDTH, round(box.width()))
        height = max(1, round(width * box.height() / max(box.width(), 1.0)))
        image = QImage(width * SHARPNESS, height * SHARPNESS, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(QColor(255, 255, 255, 0))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, QRectF(0, 0, image.width(), image.height()))
        painter.end()
        name = f"drawing:{len(self.images)}"
        self.images[name] = image
        drawn = f'<img src="{name}" width="{width}" height="{height}">'
        self.parts.append(f"{drawn} " if in_list else f"<p>{drawn}</p>")  # else Qt puts it into the heading above


def _is_panel(tag: str, name: str) -> bool:
    """Return whether an element has a ground of its own; Qt gives one to cells alone, not to what is in a block."""
    return tag in ("p", "div") and "panel" in name.split()


def _closing(tag: str) -> str:
    special = {"summary": "</b></p>", "figcaption": "</small>", "caption": "</b></caption>"}
    if tag in _BLOCKS:
        return "</div>"
    return special.get(tag, "" if tag in ("html", "body") else f"</{tag}>")


def _bar(style: str) -> str:
    """Return a bar of block letters for a bar that is so wide in the page."""
    found = re.search(r"width:\s*([\d.]+)(rem|%)", style)
    if found is None:
        return ""
    share = float(found.group(1)) / (BAR_REM if found.group(2) == "rem" else 100.0)
    eighths = max(1, round(min(share, 1.0) * BAR_LETTERS * len(_EIGHTHS))) if share > 0 else 0
    return "█" * (eighths // len(_EIGHTHS)) + _EIGHTHS[eighths % len(_EIGHTHS)]
