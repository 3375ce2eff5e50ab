"""Images as a folder of PNG files with a table of their answers."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import ExportError
from core.export_file import not_written, partial_folder, remove_left_behind
from core.images.pixels import seen_pixels
from core.monitor import Monitor
from core.report.csv_cells import text_cell, write_csv
from core.report.images.record import ExportedImages

TABLE = "images.csv"
HEADER = (
    "file", "index", "true_label", "wanted_label", "b_label", "b_confidence", "b_pruned_label", "b_pruned_confidence",
    "is_flagged", "true_class", "b_class", "b_pruned_class",
)  # fmt: skip
TRIGGER_HEADER = (
    "file", "index", "true_label", "wanted_label", "before_label", "before_confidence", "after_label",
    "after_confidence", "is_drawn", "true_class", "before_class", "after_class",
)  # fmt: skip
"""Of images with a reconstructed trigger: the answers without and with it, and whether it leads to the wanted one."""

_AT_ONCE = 32


def write_image_folder(folder: Path, exported: ExportedImages, *, monitor: Monitor) -> Path:
    """Write each image as a PNG of its own size, and a CSV table with its labels, answers and confidences.

    Args:
        folder: the folder to make; there must be nothing of that name.
        exported: the images.
        monitor: receives progress, and can cancel; then nothing is left.

    Raises:
        ExportError: it could not be written, or there is such a folder.
        Cancelled: the job was cancelled.
    """
    if folder.exists():
        raise ExportError(f"there is already something at '{folder}'; name another folder", code="already-exists")
    try:
        remove_left_behind(folder.parent)
        with partial_folder(folder.parent) as partial:
            names = _write_images(partial, exported, monitor)
            header = HEADER if exported.answers.images.leads_to is None else TRIGGER_HEADER
            write_csv(partial / TABLE, header, _rows(exported, names))
            partial.chmod(0o755)
            os.rename(partial, folder)  # noqa: PTH104 - the same as below, and `Path.rename` returns a new path
    except OSError as error:
        raise not_written(folder, error) from error
    return folder


def pil_image(pixels: NDArray[np.uint8]) -> Image.Image:
    """Return an image of pixels (H, W, 1, 3 or 4)."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else np.ascontiguousarray(pixels))


def _write_images(folder: Path, exported: ExportedImages, monitor: Monitor) -> list[str]:
    images, names = exported.answers.images, []
    digits = len(str(int(images.file_rows.max(initial=0))))
    for start in range(0, len(exported.rows), _AT_ONCE):
        monitor.checkpoint("Writing images", done_count=start, total_count=len(exported.rows))
        rows = exported.rows[start : start + _AT_ONCE]
        for row, pixels in zip(rows, seen_pixels(images.dataset, rows, scale=images.scale), strict=True):
            names.append(_file_name(exported, int(row), digits))
            pil_image(pixels).save(folder / names[-1], "PNG")
    monitor.checkpoint("Writing images", done_count=len(exported.rows), total_count=len(exported.rows))
    return names


def _file_name(exported: ExportedImages, row: int, digits: int) -> str:
    answers = exported.answers
    parts = [f"{answers.images.file_rows[row]:0{digits}d}"]
    if answers.images.true_labels is not None:
        parts.append(f"true-{answers.images.true_labels[row]}")
    base, pruned = answers.images.answer_names if answers.images.leads_to is not None else ("b", "b-pruned")
    parts += [f"{base}-{answers.base[row]}", f"{pruned}-{answers.pruned[row]}"]
    parts += ["flagged"] if exported.flags[row] else []
    return f"{'_'.join(parts)}.png"


def _rows(exported: ExportedImages, names: list[str]) -> list[list[object]]:
    answers, images = exported.answers, exported.answers.images
    found: list[list[object]] = []
    flags = exported.flags if images.leads_to is None else answers.pruned == images.wanted
    columns = (answers.base_confidences, answers.pruned_confidences)
    base, pruned = (["" if each is None else repr(float(each[row])) for row in exported.rows] for each in columns)
    for place, row in enumerate(exported.rows):
        labels = [
            "" if images.true_labels is None else int(images.true_labels[row]),
            "" if images.wanted is None else int(images.wanted[row]),
            int(answers.base[row]),
            int(answers.pruned[row]),
        ]
        classes = [labels[0], labels[2], labels[3]]
        found.append(
            [
                names[place],
                int(images.file_rows[row]),
                *labels[:3],
                base[place],
                labels[3],
                pruned[place],
                int(flags[row]),
                *("" if each == "" else text_cell(exported.class_name(int(each))) for each in classes),
            ]
        )
    return found
