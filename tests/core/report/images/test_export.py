"""Images as a folder with a table, and as a contact sheet."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.dataset import from_arrays
from core.errors import Cancelled, ExportError
from core.images.answers import CountedImages, ImageAnswers, Who
from core.monitor import Monitor
from core.report.images import sheet
from core.report.images.folder import HEADER, TABLE, write_image_folder
from core.report.images.record import ExportedImages
from core.report.images.sheet import write_contact_sheet
from core.scale import Scale

COUNT = 130


@pytest.fixture
def exported() -> ExportedImages:
    pixels = np.zeros((COUNT, 5, 4, 3), np.uint8)
    pixels[:, ..., 0] = np.arange(COUNT)[:, None, None]
    dataset = from_arrays("clean.h5", pixels, np.arange(COUNT) % 3)
    images = CountedImages("Clean test", dataset, np.arange(COUNT), dataset.labels, is_poisoned=False, scale=Scale.UNIT)
    pruned = dataset.labels.copy()
    pruned[7] = 2
    sure = np.linspace(0, 1, COUNT, dtype=np.float32)
    answers = ImageAnswers(images, dataset.labels.copy(), pruned, sure, sure)
    names = {0: "stop", 1: "=cmd()", 2: "yield"}
    return ExportedImages("Clean test: all", answers, np.array([7, 3, 129]), Who.PRUNED, lambda label: names[label])


def test_a_folder_holds_the_very_pixels_and_a_table(exported: ExportedImages, tmp_path: Path) -> None:
    folder = write_image_folder(tmp_path / "out", exported, monitor=Monitor())
    with (folder / TABLE).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == HEADER
    assert [row["index"] for row in rows] == ["7", "3", "129"]
    assert rows[0]["file"] == "007_true-1_b-1_b-pruned-2_flagged.png"
    assert (rows[0]["true_label"], rows[0]["b_pruned_label"], rows[0]["is_flagged"]) == ("1", "2", "1")
    assert (rows[0]["true_class"], rows[0]["b_pruned_class"], rows[0]["wanted_label"]) == ("'=cmd()", "yield", "")
    assert float(rows[2]["b_confidence"]) == 1
    assert {each.name for each in folder.iterdir()} == {TABLE, *(row["file"] for row in rows)}
    for row in rows:
        with Image.open(folder / row["file"]) as image:
            assert image.size == (4, 5)
            assert image.getpixel((0, 0)) == (int(row["index"]), 0, 0)


def test_nothing_is_replaced_and_a_stop_leaves_nothing(exported: ExportedImages, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(ExportError) as caught:
        write_image_folder(tmp_path / "out", exported, monitor=Monitor())
    assert caught.value.code == "already-exists"
    with pytest.raises(ExportError):
        write_image_folder(tmp_path / "none" / "out", exported, monitor=Monitor())
    stopped = Monitor()
    stopped.cancel()
    with pytest.raises(Cancelled):
        write_image_folder(tmp_path / "other", exported, monitor=stopped)
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_sheet_shows_every_image_once(exported: ExportedImages, tmp_path: Path) -> None:
    assert write_contact_sheet(tmp_path / "sheet.png", exported, monitor=Monitor()) == 3
    with Image.open(tmp_path / "sheet.png") as page:
        reds = {page.getpixel((40 + 112 // 2 + place * 124, 96 + 56)) for place in range(3)}
    assert reds == {(7, 0, 0), (3, 0, 0), (129, 0, 0)}


def test_a_long_sheet_says_what_is_missing(
    exported: ExportedImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MOST_ON_PNG", 2)
    noted = []
    monkeypatch.setattr(sheet, "_page", lambda *_a, note, **_w: noted.append(note) or Image.new("RGB", (4, 4)))
    assert write_contact_sheet(tmp_path / "sheet.png", exported, monitor=Monitor()) == 2
    assert noted == ["the first 2 of 3 images"]


def test_a_pdf_has_pages(exported: ExportedImages, tmp_path: Path) -> None:
    many = ExportedImages(exported.title, exported.answers, np.arange(COUNT), exported.who)
    assert write_contact_sheet(tmp_path / "sheet.pdf", many, monitor=Monitor()) == COUNT
    content = (tmp_path / "sheet.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/Count 2" in content
    with pytest.raises(ExportError):
        write_contact_sheet(tmp_path / "sheet.gif", exported, monitor=Monitor())
