"""Poisoned sets made of clean images and a trigger."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import Dataset, from_arrays
from core.data.label_map import label_map_of
from core.data.stamped import restamped, stamped_set
from core.data.trigger import Trigger
from core.errors import DatasetError
from core.records import AttackKind
from core.scale import Scale
from core.words import ESTIMATED, is_estimated

LABELS = np.array([0, 1, 2, 0, 1, 2, 1])
SHAPE = (5, 4)


def trigger(channels: int = 3, *, change: float | None = None) -> Trigger:
    """A white, half opaque corner; and a change of the whole picture."""
    rgba = np.zeros((*SHAPE, channels + 1), dtype=np.float32)
    rgba[:2, :2] = (*(255.0,) * channels, 0.5)
    whole = None if change is None else np.full((*SHAPE, channels), change, dtype=np.float32)
    return Trigger("corner", rgba, whole)


def clean(channels: int = 3, dtype: type = np.uint8) -> Dataset:
    """Random images of three classes."""
    images = np.random.default_rng(0).integers(0, 256, (len(LABELS), *SHAPE, channels)).astype(dtype)
    return from_arrays("valid.h5", images, LABELS)


def test_images_of_the_target_are_left_out_and_the_others_have_the_trigger() -> None:
    base = clean()
    made = stamped_set(base, trigger(), 0, scale=Scale.UNIT)
    rows = [1, 2, 4, 5, 6]
    assert made.image_count == 5
    assert list(made.labels) == [1, 2, 1, 2, 1]
    assert made.target == 0 and made.target_labels == (0,)
    expected = trigger().apply(np.asarray(base.images)[rows])
    assert np.array_equal(np.asarray(made.images), expected)
    assert made.images.dtype == np.uint8
    assert np.allclose(made.batch(0, 9, scale=Scale.UNIT), expected / 255)
    assert np.array_equal(made.rows([3, 0], scale=Scale.RAW), expected[[3, 0]].astype(np.float32))


def test_it_says_that_it_is_an_estimate_and_is_no_file() -> None:
    base = replace(clean(), path=Path("folder/valid.h5"), sha256="ab")
    made = stamped_set(base, trigger(), 0, scale=Scale.UNIT)
    assert made.is_estimated and not base.is_estimated
    assert made.name == f"valid.h5 ({ESTIMATED} of class 0)"
    assert is_estimated(made.name) and not is_estimated(base.name)
    assert made.path != base.path and made.path.parent == base.path.parent
    assert made.sha256 == ""


def test_images_are_made_where_they_are_read() -> None:
    base = clean()
    made = stamped_set(base, trigger(), 0, scale=Scale.UNIT)
    assert not isinstance(made.images, np.ndarray)
    assert made.images.subset(np.array([1])).shape == (1, *SHAPE, 3)


def test_a_change_of_the_whole_picture_is_clipped() -> None:
    base = clean(dtype=np.float32)
    made = stamped_set(base, trigger(change=100.0), 0, scale=Scale.UNIT)
    pixels = np.asarray(made.images)
    assert pixels.max() == 255
    assert np.allclose(pixels[0, 4, 3], np.minimum(np.asarray(base.images)[1, 4, 3] + 100, 255))


def test_unit_pixels_get_the_same_trigger() -> None:
    base = clean()
    unit = from_arrays("unit.npz", np.asarray(base.images) / np.float32(255), LABELS)
    made = stamped_set(unit, trigger(), 0, scale=Scale.UNIT)
    exact = stamped_set(base, trigger(), 0, scale=Scale.UNIT)
    assert np.allclose(made.batch(0, 9, scale=Scale.UNIT), exact.batch(0, 9, scale=Scale.UNIT), atol=0.51 / 255)


def test_values_that_a_network_reads_stay_such_values() -> None:
    base = clean()
    scale = Scale.SYMMETRIC
    read = scale.read(np.asarray(base.images, dtype=np.float32))
    converted = from_arrays("converted.npz", read, LABELS)
    assert converted.is_converted
    made = stamped_set(converted, trigger(), 0, scale=scale)
    assert made.is_converted
    exact = stamped_set(base, trigger(), 0, scale=scale)
    assert np.allclose(made.batch(0, 9, scale=scale), exact.batch(0, 9, scale=scale), atol=0.51 / 127.5)


@pytest.mark.parametrize(("file_channels", "read"), [(3, 1), (1, 3)])
def test_the_trigger_lies_on_what_the_network_reads(file_channels: int, read: int) -> None:
    base = clean(file_channels).laid_out_for((*SHAPE, read))
    made = stamped_set(base, trigger(read), 0, scale=Scale.RAW)
    assert made.image_shape == (*SHAPE, read) and made.channel_count is None
    expected = trigger(read).apply(base.rows([1], scale=Scale.RAW))
    assert np.allclose(made.batch(0, 1, scale=Scale.RAW), expected, atol=0.51)


def test_a_trigger_of_another_size_is_resized() -> None:
    large = trigger().scaled_to(10, 8)
    made = stamped_set(clean(), large, 0, scale=Scale.RAW)
    assert made.image_shape == (*SHAPE, 3)


def test_labels_in_another_order() -> None:
    base = clean().with_labels(label_map_of("alphabetical", 12))
    made = stamped_set(base, trigger(), int(base.labels[1]), scale=Scale.RAW)
    assert not (made.labels == base.labels[1]).any()
    assert made.with_labels(None).labels.tolist() == [0, 2, 0, 2]


def test_the_same_trigger_on_other_images() -> None:
    made = stamped_set(clean(), trigger(), 0, scale=Scale.RAW)
    other = from_arrays("other.h5", np.zeros((2, *SHAPE, 3), np.uint8), np.array([0, 2]))
    again = restamped(made, other)
    assert again.name == f"other.h5 ({ESTIMATED} of class 0)"
    assert np.array_equal(np.asarray(again.images), trigger().apply(np.zeros((1, *SHAPE, 3), np.uint8)))


@pytest.mark.parametrize(
    ("base", "channels", "code"),
    [
        (from_arrays("one.h5", np.zeros((2, *SHAPE, 3), np.uint8), np.array([0, 0])), 3, "no-other-class"),
        (clean(), 2, "trigger-fit"),
    ],
)
def test_what_cannot_be_made(base: Dataset, channels: int, code: str) -> None:
    with pytest.raises(DatasetError) as refused:
        stamped_set(base, trigger(channels), 0, scale=Scale.RAW)
    assert refused.value.code == code


def test_an_all_to_all_trigger_is_laid_over_all_images() -> None:
    made = stamped_set(clean(), trigger(), None, scale=Scale.RAW)
    assert made.image_count == len(LABELS)
    assert made.target is AttackKind.NEXT
    assert made.name == f"valid.h5 ({ESTIMATED}, all-to-all)" and is_estimated(made.name)
    assert restamped(made, clean()).name == made.name


def test_the_target_is_known() -> None:
    made = stamped_set(clean(), trigger(), 0, scale=Scale.RAW)
    assert made.aimed_at(None, class_count=3).target == 0
    other = made.aimed_at(AttackKind.LABELS, class_count=3)
    assert other.is_estimated and other.target is AttackKind.LABELS
