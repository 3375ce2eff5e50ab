"""A report as PDF: all of its words on pages that hold them, and its drawings as drawings."""

import re
from pathlib import Path

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QImage, QTextBlock, QTextDocument, QTextTable
from PySide6.QtWidgets import QApplication

from core.report.prune.page import page_text
from gui.export.report_pdf import (
    LEAST_BELOW,
    _bar,
    _document,
    _keep_headings,
    _keep_rows,
    _Simplified,
    _svg_style,
    report_pdf,
    write_report_pdf,
)
from tests.core.report.conftest import make_report, make_sweep

PAGE = (
    """<!DOCTYPE html><html lang="en"><head><title>A &amp; B</title><style>
:root { --validation: #0072b2; --page: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --validation: #ffffff; } }
polyline { fill: none; stroke-width: 8; } .validation { stroke: var(--validation); }
</style></head><body><h1>Title &lt;b&gt;</h1>
<div class="panel"><p>One sentence.</p></div>
<svg viewBox="0 0 860 380"><text x="10" y="20">in the drawing</text>
<polyline class="validation" points="0,190 860,190"><title>tip</title></polyline></svg>
<ul class="legend"><li><svg viewBox="0 0 34 10"><line class="validation" x1="0" x2="34" y1="5" y2="5"/></svg>curve</li>
</ul>
<details><summary>More</summary><ul><li>folded</li></ul></details>
<table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody>
<tr><td>x</td><td><b>1 %</b><small>1 of 100</small></td></tr>
<tr><td class="hash">"""
    + "ab" * 32
    + """</td><td><span class="bar" style="width: 4.5rem"></span></td></tr>
</tbody></table></body></html>"""
)


def test_words_of_the_page_are_kept_and_those_of_drawings_are_drawn(qapp: QApplication) -> None:
    text = _document(PAGE).toPlainText()
    for word in ("Title <b>", "One sentence.", "More", "folded", "1 of 100", "curve"):
        assert word in text
    for word in ("in the drawing", "tip", "polyline", "--validation"):
        assert word not in text
    assert "█" * 8 in text
    assert "ab" * 16 in text  # the digest, in two lines
    assert "ab" * 17 not in text


def test_drawings_have_the_page_s_light_colours(qapp: QApplication) -> None:
    simplified = _Simplified(_svg_style(PAGE))
    simplified.feed(PAGE)
    chart, key = simplified.images.values()
    assert isinstance(chart, QImage)
    assert chart.pixelColor(chart.width() // 2, chart.height() // 2).name() == "#0072b2"
    assert chart.pixelColor(5, 5).alpha() == 0
    assert key.width() < chart.width()


def test_a_long_report_has_several_numbered_pages(qapp: QApplication) -> None:
    rows = "".join(f"<tr><td>row {n}</td></tr>" for n in range(300))
    pdf = report_pdf(PAGE.replace("<tbody>", f"<tbody>{rows}"))
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 3


def test_no_heading_stands_alone_at_the_end_of_a_page(qapp: QApplication) -> None:
    lines = "".join(f"<p>line {n}</p><h2>head {n}</h2>" for n in range(60))
    document = _document(f"<html><body>{lines}</body></html>")
    document.setPageSize(QSizeF(500, 400))
    _keep_headings(document, 400)
    block = document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel():
            bottom = document.documentLayout().blockBoundingRect(block).bottom()
            assert 400 - bottom % 400 >= LEAST_BELOW
        block = block.next()


def _blocks(document: QTextDocument) -> list[QTextBlock]:
    blocks, block = [], document.begin()
    while block.isValid():
        blocks.append(block)
        block = block.next()
    return blocks


def test_no_heading_is_parted_from_its_drawing(qapp: QApplication) -> None:
    chart = '<svg viewBox="0 0 400 200"><line x1="0" x2="400" y1="5" y2="5"/></svg>'
    for lines in range(12, 28):  # the chart fits on the page, or not
        document = _document("<html><body>" + "<p>line</p>" * lines + f"<h2>head</h2>\n{chart}</body></html>")
        document.setPageSize(QSizeF(500, 400))
        _keep_headings(document, 400)
        layout = document.documentLayout()
        (head,) = (each for each in _blocks(document) if each.blockFormat().headingLevel())
        drawn = head.next()
        line = drawn.layout().lineAt(0).rect()
        assert line.height() >= 200
        bottom = layout.blockBoundingRect(drawn).top() + line.bottom()
        assert layout.blockBoundingRect(head).top() // 400 == (bottom - 1) // 400, lines


def test_no_row_of_a_table_is_parted(qapp: QApplication) -> None:
    rows = "".join(
        f"<tr><td>{n}</td><td><b>1 %</b><small>1 of 100</small><small>0–5</small></td></tr>" for n in range(70)
    )
    page = f"<html><body><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>{rows}</tbody></table></body></html>"
    document = _document(page)
    document.setPageSize(QSizeF(500, 400))
    parted = _parted_rows(document)
    assert parted  # as Qt lays it out
    _keep_rows(document, 400)
    assert document.pageCount() > 3
    assert _parted_rows(document) == []


def _parted_rows(document: QTextDocument) -> list[int]:
    layout = document.documentLayout()
    (table,) = (each for each in document.rootFrame().childFrames() if isinstance(each, QTextTable))
    found = []
    for row in range(table.rows()):
        cell = table.cellAt(row, 1)
        top = layout.blockBoundingRect(cell.firstCursorPosition().block()).top()
        bottom = layout.blockBoundingRect(cell.lastCursorPosition().block()).bottom()
        found += [row] if top // 400 != (bottom - 1) // 400 else []
    return found


def test_a_panel_has_one_ground_for_all_that_is_in_it(qapp: QApplication) -> None:
    panel = (
        '<div class="panel"><p>one</p><p>two</p><ul><li>three</li></ul></div><p class="headline panel warn">beware</p>'
    )
    document = _document(f"<html><body>{panel}</body></html>")
    grounds = {}
    for table in (each for each in document.rootFrame().childFrames() if isinstance(each, QTextTable)):
        for block in _blocks(document):
            if table.firstPosition() <= block.position() <= table.lastPosition():
                grounds[block.text()] = table.format().background().color().name()
    assert grounds == {"one": "#f4f5f7", "two": "#f4f5f7", "three": "#f4f5f7", "beware": "#fff4d6"}


def test_small_words_in_a_row_s_title_stand_below_it(qapp: QApplication) -> None:
    row = (
        '<tr><th scope="rowgroup"><b>1</b> <span class="best">beaten by no other</span><small>epoch 3</small></th></tr>'
    )
    text = _document(f"<html><body><table><tbody>{row}</tbody></table></body></html>").toPlainText()
    assert "otherepoch" not in text
    assert "beaten by no other" in text and "epoch 3" in text


def test_bars_are_as_long_as_their_shares(qapp: QApplication) -> None:
    bars = [_bar(f"width: {each}%") for each in (0, 0.1, 3.125, 50, 100)]
    assert bars == ["", "▏", "▌", "█" * 8, "█" * 16]
    assert _bar("width: 9rem") == "█" * 16


def test_a_drawing_is_not_enlarged(qapp: QApplication) -> None:
    page = '<html><body><svg viewBox="0 0 {} 100"><line x1="0" x2="9" y1="5" y2="5"/></svg></body></html>'
    for width, drawn in ((400, 400), (860, 640)):
        assert f'width="{drawn}"' in _document(page.format(width)).toHtml()


def test_a_real_report_is_written_whole(qapp: QApplication, tmp_path: Path) -> None:
    report = make_report(make_sweep())
    page = page_text(report)
    write_report_pdf(tmp_path / "r.pdf", page)
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    text = _document(page).toPlainText()
    assert "Do it again" in text
    assert report.origin.model.sha256[:32] in text
