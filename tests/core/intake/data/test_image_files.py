"""Folders of images by class, and images with a table of their labels."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from core.data.dataset import Dataset, open_dataset
from core.data.image import open_image
from core.errors import DatasetError
from core.intake.data.resizing import converted, resized

RNG = np.random.default_rng(12)
PIXELS = RNG.integers(0, 256, (12, 9, 7, 3)).astype(np.uint8)


def write_classes(root: Path, *names: str, kind: str = "png", pixels: Any = PIXELS) -> Path:
    """Write two images for each class."""
    for index, name in enumerate(names):
        folder = root / name
        folder.mkdir(parents=True)
        for number in range(2):
            Image.fromarray(pixels[2 * index + number]).save(folder / f"{number}.{kind}")
    return root


def code_of(open_: Callable[[], Dataset]) -> str:
    with pytest.raises(DatasetError) as caught:
        open_()
    assert "\n" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("kind", ["png", "bmp", "ppm", "tiff", "webp"])
def test_folders_are_classes_in_alphabetical_order(kind: str, tmp_path: Path) -> None:
    data = open_dataset(write_classes(tmp_path / "pets", "dog", "cat", "Bird", kind=kind))
    assert data.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.image_shape == (9, 7, 3)
    if kind != "webp":  # loses a little
        assert np.array_equal(data.images, PIXELS[[4, 5, 2, 3, 0, 1]])
    assert data.notes == ("pets: 3 classes in alphabetical order, Bird 0, cat 1, dog 2.",)
    assert (data.name, len(data.sha256)) == ("pets", 64)


def test_folders_named_by_numbers_are_their_labels(tmp_path: Path) -> None:
    data = open_dataset(write_classes(tmp_path / "signs", "00010", "2", "0"))
    assert data.labels.tolist() == [0, 0, 10, 10, 2, 2]
    assert np.array_equal(data.images, PIXELS[[4, 5, 0, 1, 2, 3]])


def test_a_folder_around_all_classes_is_no_class(tmp_path: Path) -> None:
    write_classes(tmp_path / "signs" / "Final" / "Images", "a", "b")
    assert open_dataset(tmp_path / "signs").labels.tolist() == [0, 0, 1, 1]


def test_images_keep_their_bytes_if_they_have_the_size_of_the_network(tmp_path: Path) -> None:
    data = open_dataset(write_classes(tmp_path / "a", "0", "1"), input_shape=(9, 7, 3))
    assert data.images.dtype == np.uint8
    assert np.array_equal(data.images, PIXELS[:4])


def test_images_of_several_sizes_are_stretched_as_keras_does(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "a", "0", "1")
    large = RNG.integers(0, 256, (20, 31, 3)).astype(np.uint8)
    Image.fromarray(large).save(folder / "1" / "2.png")
    assert code_of(lambda: open_dataset(folder)) == "different-sizes"
    data = open_dataset(folder, input_shape=(10, 12, 3))
    expected = tf.image.resize([large], (10, 12)).numpy()[0]
    assert np.abs(np.asarray(data.images[4]) - expected).max() < 1e-3
    assert data.notes == (
        "a: images of 9 × 7 to 20 × 31 pixels were stretched to 10 × 12, bilinear as Keras' "
        "image_dataset_from_directory does.",
    )
    again = open_dataset(folder, input_shape=(5, 5, 3))
    assert again.image_shape == (5, 5, 3)


def test_a_folder_gives_what_keras_gives(tmp_path: Path) -> None:
    import keras  # noqa: PLC0415 - seconds

    folder = write_classes(tmp_path / "a", "x", "y")
    theirs = keras.utils.image_dataset_from_directory(
        folder, image_size=(8, 8), shuffle=False, batch_size=None, verbose=False
    )
    data = open_dataset(folder, input_shape=(8, 8, 3))
    for (pixels, label), ours, our_label in zip(theirs, data.images, data.labels, strict=True):
        assert int(label) == our_label
        assert np.abs(pixels.numpy() - ours).max() < 1e-3


@pytest.mark.parametrize("size", [(3, 4), (14, 9), (9, 14), (1, 1), (50, 7)])
def test_resizing_is_tensorflows(size: tuple[int, int]) -> None:
    image = RNG.integers(0, 256, (9, 14, 3)).astype(np.uint8)
    assert np.abs(resized(image, *size) - tf.image.resize([image], size).numpy()[0]).max() < 1e-3


def test_channels_are_converted(tmp_path: Path) -> None:
    rgba = RNG.integers(0, 256, (9, 7, 4)).astype(np.uint8)
    rgba[..., 3] = 255
    grey = np.asarray(Image.fromarray(rgba).convert("L"))
    assert np.array_equal(converted(rgba, 1)[..., 0], grey)
    assert np.array_equal(converted(rgba, 3), rgba[..., :3])
    assert converted(rgba, 4) is rgba
    rgba[..., 3] = 0
    assert (converted(rgba, 3) == 255).all()
    folder = tmp_path / "a"
    for label in "01":
        (folder / label).mkdir(parents=True)
        Image.fromarray(grey).save(folder / label / "a.png")
    assert open_dataset(folder).image_shape == (9, 7, 1)
    assert np.array_equal(open_dataset(folder, input_shape=(9, 7, 3)).images[0], np.stack([grey] * 3, -1))


def test_a_change_in_the_folder_is_noticed(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "a", "0", "1")
    before = open_dataset(folder)
    Image.fromarray(PIXELS[7]).save(folder / "0" / "0.png")
    changed = open_dataset(folder)
    (folder / "0" / "0.png").rename(folder / "1" / "9.png")
    moved = open_dataset(folder)
    assert len({before.sha256, changed.sha256, moved.sha256}) == 3
    assert np.array_equal(changed.images[0], PIXELS[7])
    assert moved.labels.tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    "text",
    [
        "name,label\nb.png,1\na.png,0\n",
        "Filename;Width;ClassId\r\nb.png;7;1\r\na.png;7;0\r\n",
        "a.png,0\nb.png,1\n",
        "id_code\tclass\nb\t1\na\t0\n",
        '\ufeff"Path","ClassId"\n"./a.png","0"\n"sub\\..\\b.png","1"\n',
        "image,label\na.png,cat\nb.png,dog\n",
    ],
)
def test_a_table_beside_the_images_gives_their_labels(text: str, tmp_path: Path) -> None:
    for index, name in enumerate(("a.png", "b.png", "c.png")):
        Image.fromarray(PIXELS[index]).save(tmp_path / name)
    table = tmp_path / "labels.csv"
    table.write_bytes(text.encode())
    for path in (table, tmp_path):
        data = open_dataset(path)
        found = {int(label): np.asarray(image) for label, image in zip(data.labels, data.images, strict=True)}
        assert np.array_equal(found[0], PIXELS[0])
        assert np.array_equal(found[1], PIXELS[1])
        assert "does not name 1 image" in data.notes[-1]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name,label\nnobody.png,1\n", "missing-file"),
        ("name,label\n../../secret.png,1\n", "missing-file"),
        ("name,label\na.png,\n", "wrong-labels"),
        ("name,label\na.png\n", "damaged-file"),
        ("name,colour,size\na.png,red,2\n", "missing-key"),
        ("just text\n", "wrong-format"),
        ('name,label\n"a.png,1\n', "damaged-file"),
        ("\xff\xfe", "wrong-format"),
    ],
)
def test_a_broken_table_is_refused(text: str, code: str, tmp_path: Path) -> None:
    Image.fromarray(PIXELS[0]).save(tmp_path / "a.png")
    (tmp_path / "labels.csv").write_bytes(text.encode("latin-1"))
    assert code_of(lambda: open_dataset(tmp_path / "labels.csv")) == code


def test_what_stands_in_a_folder_is_told(tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    Image.fromarray(PIXELS[0]).save(flat / "a.png")
    assert code_of(lambda: open_dataset(flat)) == "missing-key"
    assert open_dataset(flat, has_labels=False).image_count == 1
    split = tmp_path / "split"
    write_classes(split / "train", "a", "b")
    write_classes(split / "test", "a", "b")
    with pytest.raises(DatasetError, match="several sets: open one of its folders, 'test' and 'train'"):
        open_dataset(split)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert code_of(lambda: open_dataset(empty)) == "not-a-file"
    batches = tmp_path / "cifar-10-batches-py"
    batches.mkdir()
    (batches / "test_batch").write_bytes(b"\x80\x02}.")
    with pytest.raises(DatasetError, match="open one of them, 'test_batch'"):
        open_dataset(batches)


def test_a_damaged_image_is_named_with_its_folder(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "a", "0", "1")
    for content, code in ((b"no image", "wrong-format"), (b"\x89PNG\r\n\x1a\n", "damaged-file"), (b"", "empty-file")):
        (folder / "1" / "0.png").write_bytes(content)
        with pytest.raises(DatasetError, match=r"1/0\.png") as caught:
            open_dataset(folder)
        assert caught.value.code == code


@pytest.mark.skipif(not hasattr(Path, "symlink_to"), reason="needs links")
def test_links_are_refused(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "a", "0", "1")
    (folder / "0" / "2.png").symlink_to(folder / "1" / "0.png")
    assert code_of(lambda: open_dataset(folder)) == "unsafe-link"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_a_class_whose_name_is_not_utf8_is_read(tmp_path: Path) -> None:
    data = open_dataset(write_classes(tmp_path / "pets", "caf\udce9", "dog"))
    assert data.labels.tolist() == [0, 0, 1, 1]
    assert data.notes == ("pets: 2 classes in alphabetical order, caf? 0, dog 1.",)


def test_a_class_that_is_a_link_is_told(tmp_path: Path) -> None:
    # Left out without a word, it would give the classes behind it other numbers.
    folder = write_classes(tmp_path / "pets", "ant", "dog")
    elsewhere = write_classes(tmp_path / "elsewhere", "cat")
    (folder / "cat").symlink_to(elsewhere / "cat")
    with pytest.raises(DatasetError, match="'cat' in 'pets' is a link to a folder, which is not followed") as caught:
        open_dataset(folder)
    assert caught.value.code == "unsafe-link"
    (folder / "cat").unlink()
    (folder / ".hidden").symlink_to(elsewhere)
    assert open_dataset(folder).labels.tolist() == [0, 0, 1, 1]
    only_links = tmp_path / "links"
    only_links.mkdir()
    (only_links / "cat").symlink_to(elsewhere / "cat")
    assert code_of(lambda: open_dataset(only_links)) == "unsafe-link"


def test_a_class_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, scandir = write_classes(tmp_path / "pets", "ant", "cat"), os.scandir

    def denied(path: Any) -> Any:
        if str(path).endswith("cat"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(DatasetError, match="'cat' in 'pets' cannot be read") as caught:
        open_dataset(folder)
    assert caught.value.code == "unreadable-file"


@pytest.mark.parametrize(("header", "mode"), [(b"P6", "RGB"), (b"P5", "L")])
def test_ppm_and_pgm_are_images(header: bytes, mode: str, tmp_path: Path) -> None:
    pixels = PIXELS[0] if mode == "RGB" else PIXELS[0, ..., 0]
    path = tmp_path / "a.ppm"
    path.write_bytes(header + b"\n# a comment\n7 9\n255\n" + pixels.tobytes())
    assert np.array_equal(open_image(path).rgba[..., 0], PIXELS[0, ..., 0])


def test_a_folder_without_images_is_a_class_as_in_keras(tmp_path: Path) -> None:
    import keras  # noqa: PLC0415 - seconds

    folder = write_classes(tmp_path / "pets", "dog", "ant")
    (folder / "cat").mkdir()
    (folder / "eel" / "more").mkdir(parents=True)
    (folder / "eel" / "notes.txt").write_text("no image")
    theirs = keras.utils.image_dataset_from_directory(folder, shuffle=False, batch_size=None, verbose=False)
    data = open_dataset(folder)
    assert theirs.class_names == ["ant", "cat", "dog", "eel"]
    assert data.labels.tolist() == [int(label) for _, label in theirs] == [0, 0, 2, 2]
    assert data.notes == (
        "pets: 4 classes in alphabetical order, ant 0, cat 1, dog 2, eel 3.",
        "pets: no images in 'cat', 'eel', counted as classes as Keras' image_dataset_from_directory does; "
        "torchvision's ImageFolder refuses such folders.",
    )


def test_an_empty_folder_does_not_shift_labels_that_are_numbers(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "signs", "0", "2")
    (folder / "1").mkdir()
    (folder / "notes").mkdir()
    data = open_dataset(folder)
    assert data.labels.tolist() == [0, 0, 2, 2]
    assert data.notes == ()


def test_an_empty_folder_beside_the_one_around_all_classes_is_no_class(tmp_path: Path) -> None:
    write_classes(tmp_path / "signs" / "images", "b", "c")
    for name in ("images/a", "empty", "images/b/more"):
        (tmp_path / "signs" / name).mkdir()
    assert open_dataset(tmp_path / "signs").labels.tolist() == [1, 1, 2, 2]


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff"])
def test_images_of_a_set_are_read_as_stored_whatever_rotation_their_exif_data_ask_for(
    kind: str, tmp_path: Path
) -> None:
    folder = write_classes(tmp_path / "a", "x", "y", kind=kind)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = folder / "x" / f"0.{kind}"
    Image.fromarray(PIXELS[0]).save(path, exif=exif)
    with Image.open(path) as stored:
        expected = np.asarray(stored.convert("RGB"))
    data = open_dataset(folder, input_shape=(*expected.shape[:2], 3))
    assert np.array_equal(np.asarray(data.images[0]), expected)
    note = "a: 1 image asks for a rotation in the EXIF data, read as stored, without it, as Keras' and torchvision's "
    # Pillow turns a TIFF file itself, and with it Keras' and torchvision's loaders.
    assert (note + "loaders do." in data.notes) == (kind != "tiff")
    assert open_image(path).rgba.shape[:2] == (7, 9)  # a single picture stays upright
