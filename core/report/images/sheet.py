"""Images as a contact sheet: one PNG, or a PDF of several pages."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.errors import ExportError
from core.export_file import not_written, written_whole
from core.images.pixels import seen_pixels
from core.monitor import Monitor
from core.report.image_file import quiet_matplotlib
from core.report.images.folder import pil_image
from core.report.images.record import ExportedImages

MOST_ON_PNG = 2_000
MOST_IN_PDF = 20_000
COLUMNS, ROWS = 10, 12  # on a page of a PDF
_SIDE, _GAP, _MARGIN, _TITLE = 112, 12, 40, 56
_CAPTION = 34
_INK, _FAINT, _FLAGGED, _PAPER = "#1a1e24", "#59626f", "#6f42b5", "#ffffff"
_KINDS = {".png": "PNG", ".pdf": "PDF"}


def write_contact_sheet(path: Path, exported: ExportedImages, *, monitor: Monitor) -> int:
    """Write images with captions side by side, below their title.

    Args:
        path: a .png with the first `MOST_ON_PNG` images, or a .pdf with the first `MOST_IN_PDF`.
        exported: the images.
        monitor: receives progress, and can cancel.

    Returns:
        The number of images on it.

    Raises:
        ExportError: the suffix is unknown, or the file could not be written.
        Cancelled: the job was cancelled.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise ExportError(f"a contact sheet must end in .png or .pdf, got '{path.name}'", code="wrong-suffix")
    rows = exported.rows[: MOST_ON_PNG if kind == "PNG" else MOST_IN_PDF]
    per_page = max(len(rows), 1) if kind == "PNG" else COLUMNS * ROWS
    columns = _columns(len(rows)) if kind == "PNG" else COLUMNS
    parts = [rows[start : start + per_page] for start in range(0, max(len(rows), 1), per_page)]
    try:
        with written_whole(path, suffix=path.suffix.lower()) as partial:
            for number, part in enumerate(parts):
                monitor.checkpoint("Drawing the contact sheet", done_count=number, total_count=len(parts))
                page = _page(exported, part, columns=columns, note=_note(exported, len(rows), number, len(parts)))
                if kind == "PNG":
                    page.save(partial, "PNG")
                else:
                    page.save(partial, "PDF", resolution=150.0, append=number > 0)
    except OSError as error:
        raise not_written(path, error) from error
    return len(rows)


def _columns(count: int) -> int:
    """Return the columns of a sheet of this many images, a little wider than high."""
    return max(4, min(count, round((1.5 * count) ** 0.5)))


def _note(exported: ExportedImages, shown: int, number: int, page_count: int) -> str:
    told = (
        f"{shown:,} images" if shown == len(exported.rows) else f"the first {shown:,} of {len(exported.rows):,} images"
    )
    return f"{told}, page {number + 1} of {page_count}" if page_count > 1 else told


def _page(exported: ExportedImages, rows: NDArray[np.int64], *, columns: int, note: str) -> Image.Image:
    cell_width, cell_height = _SIDE + _GAP, _SIDE + _CAPTION + _GAP
    lines = -(-max(len(rows), 1) // columns)
    size = (2 * _MARGIN + columns * cell_width - _GAP, 2 * _MARGIN + _TITLE + lines * cell_height)
    page = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(page)
    width = size[0] - 2 * _MARGIN
    draw.text((_MARGIN, _MARGIN), _fitted(exported.title, 18, width), fill=_INK, font=_font(18))
    draw.text((_MARGIN, _MARGIN + 26), note, fill=_FAINT, font=_font(12))
    images, flags = exported.answers.images, exported.flags
    for place, row in enumerate(rows):
        left = _MARGIN + place % columns * cell_width
        top = _MARGIN + _TITLE + place // columns * cell_height
        picture = pil_image(seen_pixels(images.dataset, np.array([row]), scale=images.scale)[0])
        page.paste(*_placed(picture.convert("RGBA"), left, top))
        colour = _FLAGGED if flags[row] else _FAINT
        for line, text in enumerate(exported.caption(int(row))):
            ink = _INK if line == 0 else colour
            place_of = (left, top + _SIDE + 3 + 15 * line)
            draw.text(place_of, _fitted(text, 11, _SIDE + _GAP - 2), fill=ink, font=_font(11))
    return page


def _placed(picture: Image.Image, left: int, top: int) -> tuple[Image.Image, tuple[int, int]]:
    """Return a picture enlarged or reduced to its square, on white, and where it goes."""
    factor = min(_SIDE / picture.width, _SIDE / picture.height)
    factor = float(int(factor)) if factor >= 2 else factor
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    way = Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.LANCZOS
    scaled = picture.resize(size, way)
    ground = Image.new("RGBA", size, _PAPER)
    ground.alpha_composite(scaled)
    return ground.convert("RGB"), (left + (_SIDE - size[0]) // 2, top + (_SIDE - size[1]) // 2)


def _fitted(text: str, size: int, width: int) -> str:
    """Return a text that is cut at its end if it is too wide."""
    font = _font(size)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font that comes with matplotlib, which has the letters of most European languages."""
    quiet_matplotlib()
    import matplotlib  # noqa: PLC0415 - only where a sheet is drawn

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)
