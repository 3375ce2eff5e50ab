"""Names of classes are told by their content, and against the networks that they may be meant for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.monitor import Monitor
from core.network.network import open_network
from core.recognition.file_starts import is_names_file
from core.recognition.job import recognize
from core.recognition.records import FileRole, Kind, Recognition


def look(*paths: Path, **asked: Any) -> Recognition:
    return recognize(paths, monitor=Monitor(), **asked)


@pytest.mark.parametrize(
    ("name", "content", "is_names"),
    [
        ("signs.txt", b"stop\nyield\n", True),
        ("signs", "Stra\u00dfe\ngo\n".encode("utf-16"), True),
        ("long.txt", "\u00e4".encode() * 4096, True),  # the last letter that is looked at is cut in two
        ("signs.csv", b"id,name\n0,stop\n1,go, slowly\n", True),
        ("pixels.csv", b"label,a,b\n0,1,2\n1,3,4\n", False),
        ("labels.csv", b"0,a.png\n1,b.png\n", False),
        ("labels.txt", b"a.png 0\nb.png 1\n", False),
        ("model.h5", b"stop\nyield\n", False),  # a damaged one
        ("page.txt", b"<html>stop</html>", False),
        ("run.txt", b"#!/bin/sh\necho\n", False),
        ("bytes.txt", b"stop\x00go", False),
        ("other.txt", b"\xff\xfestop!", False),
        ("blank.txt", b" \n", False),
    ],
)
def test_what_may_be_names(tmp_path: Path, name: str, content: bytes, is_names: bool) -> None:
    (tmp_path / name).write_bytes(content)
    assert is_names_file(tmp_path / name) is is_names
    assert not is_names_file(tmp_path / "gone")


def test_names_of_as_many_classes_as_the_network_has_are_clear(files: dict[str, Path], tmp_path: Path) -> None:
    fitting, other, table = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.csv"
    fitting.write_text("stop\nyield\ngo\nturn\n")
    other.write_text("a letter\nto nobody\n")
    table.write_text("2,go\n")
    network = open_network(files["network"])
    told = look(fitting, network=network).proposals[0]
    assert (told.found.kind, told.role, told.doubt) == (Kind.NAMES, FileRole.NAMES, "")
    assert told.found.words == "names of 4 classes: stop, yield, go, …"
    assert look(table, network=network).is_clear
    assert look(other, network=network).proposals[0].doubt == "a text of 2 lines: names of classes, or something else"
    assert look(fitting, files["network"]).is_clear
    assert not look(fitting).is_clear
    assert look(fitting.rename(tmp_path / "class_names.txt")).is_clear


def test_names_of_more_classes_than_the_network_has_are_refused(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("a\nb\nc\nd\ne\n")
    recognition = look(path, files["network"])
    assert [each.found.kind for each in recognition.proposals] == [Kind.MODEL]
    assert recognition.refusals == (
        "'names.txt' does not fit: it has 5 names up to class 4, and the network has the classes 0 to 3.",
    )


def test_what_the_reader_refuses_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("0,stop\n0,go\n")
    assert look(path).refusals == ("'names.csv' names class 0 twice.",)


def test_names_beside_the_images_of_a_folder_are_found_and_notes_are_not(tmp_path: Path) -> None:
    for label in "01":
        (tmp_path / label).mkdir()
        for image in "ab":
            pixels = np.full((8, 8, 3), 40 * int(label), np.uint8)
            Image.fromarray(pixels).save(tmp_path / label / f"{image}.png")
    (tmp_path / "README.txt").write_text("Images of signs\n")
    (tmp_path / "classes.csv").write_text("0,stop\n1,go\n")
    recognition = look(tmp_path)
    assert [(each.found.kind, each.doubt) for each in recognition.proposals] == [(Kind.DATA, ""), (Kind.NAMES, "")]
    assert recognition.refusals == ()
