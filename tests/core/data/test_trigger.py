"""Triggers change the covered pixels in proportion to their opacity, and no others."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from core.attack.deepid import build_deepid
from core.data.trigger import Trigger, open_trigger, sunglasses, trigger_from_rgba
from core.detect.records import ReconstructedTrigger
from core.errors import DatasetError, ImageFileError
from core.records import Share
from core.report.detect.trigger_file import write_trigger


def make_trigger() -> Trigger:
    rgba = np.zeros((2, 3, 4), np.float32)
    rgba[0, 0] = (200, 100, 0, 1.0)
    rgba[1, 2] = (40, 80, 120, 0.25)
    return Trigger("two pixels", rgba)


def test_apply_mixes_by_opacity() -> None:
    images = np.full((2, 2, 3, 3), 100.0)
    before = images.copy()
    result = make_trigger().apply(images)
    expected = before.astype(np.float32)
    expected[:, 0, 0] = (200, 100, 0)
    expected[:, 1, 2] = (85, 95, 105)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected)
    np.testing.assert_array_equal(images, before)


def test_apply_keeps_8_bits_and_rounds() -> None:
    images = np.full((1, 2, 3, 3), 101, np.uint8)
    result = make_trigger().apply(images)
    assert result.dtype == np.uint8
    assert result[0, 1, 2].tolist() == [86, 96, 106]
    assert (images == 101).all()


def test_apply_to_no_images_gives_none() -> None:
    assert make_trigger().apply(np.zeros((0, 2, 3, 3), np.uint8)).shape == (0, 2, 3, 3)


@pytest.mark.parametrize("shape", [(1, 3, 2, 3), (2, 3, 3), (1, 2, 3, 2)])
def test_apply_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(DatasetError, match=r"must have shape \(N, 2, 3, 3\)"):
        make_trigger().apply(np.zeros(shape))


def test_a_coloured_trigger_on_grey_images_is_its_luminance_and_a_grey_one_on_colour_images_as_it_is() -> None:
    grey = make_trigger().apply(np.full((1, 2, 3, 1), 100.0))
    assert grey[0, 0, 0, 0] == pytest.approx(0.299 * 200 + 0.587 * 100)
    assert grey[0, 1, 0, 0] == 100
    rgba = np.zeros((2, 3, 2), np.float32)
    rgba[0, 0] = (200, 1.0)
    colour = Trigger("grey", rgba).apply(np.full((1, 2, 3, 3), 100.0))
    assert colour[0, 0, 0].tolist() == [200, 200, 200]


def test_a_change_is_added_and_clipped() -> None:
    change = np.zeros((2, 3, 3), np.float32)
    change[1, 1] = (200, -200, 7)
    trigger = Trigger("change", make_trigger().rgba, change)
    result = trigger.apply(np.full((1, 2, 3, 3), 100, np.uint8))
    assert result[0, 1, 1].tolist() == [255, 0, 107]
    assert result[0, 0, 0].tolist() == [200, 100, 0]
    assert trigger.trigger_mask[1, 1]
    assert trigger.change is not None and not trigger.change.flags.writeable
    large = trigger.scaled_to(4, 6)
    assert large.change is not None and large.change.shape == (4, 6, 3)
    assert large.change.min() < 0 < large.change.max()


@pytest.mark.parametrize("change", [np.zeros((2, 3, 1)), np.full((2, 3, 3), np.nan), np.full((2, 3, 3), 256.0)])
def test_a_change_of_another_shape_or_range_is_refused(change: np.ndarray) -> None:
    with pytest.raises(DatasetError, match="change must have shape"):
        Trigger("bad", make_trigger().rgba, change)


def test_a_trigger_is_frozen_and_its_mask_is_where_it_covers() -> None:
    trigger = make_trigger()
    with pytest.raises(ValueError, match="read-only"):
        trigger.rgba[0, 0, 0] = 1
    assert trigger.trigger_mask.tolist() == [[True, False, False], [False, False, True]]


@pytest.mark.parametrize(("place", "value"), [(0, 256.0), (3, 1.5), (1, -1.0), (2, np.nan)])
def test_values_out_of_range_are_refused(place: int, value: float) -> None:
    rgba = np.zeros((2, 2, 4), np.float32)
    rgba[0, 0, place] = value
    with pytest.raises(DatasetError, match="0 to 255"):
        Trigger("bad", rgba)


def test_a_decoded_image_becomes_a_trigger_of_the_right_size() -> None:
    rgba = np.zeros((20, 20, 4), np.uint8)
    rgba[:10] = (255, 0, 0, 255)
    rgba[10:] = (0, 255, 0, 0)  # transparent green must not bleed in
    trigger = trigger_from_rgba("half.png", rgba, height=4, width=6)
    assert (trigger.height, trigger.width) == (4, 6)
    assert trigger.trigger_mask.tolist() == [[True] * 6] * 2 + [[False] * 6] * 2
    np.testing.assert_allclose(trigger.rgba[0, 0], (255, 0, 0, 1))


def test_a_trigger_of_arrays_opens(tmp_path: Path) -> None:
    opacity, pixels = np.full((4, 5, 1), 0.25, np.float32), np.full((4, 5, 1), 80.0, np.float32)
    change = np.zeros((4, 5, 1), np.float32)
    change[0, 0] = 300
    np.savez_compressed(tmp_path / "mask.npz", opacity=opacity, pixels=pixels, change=change)
    trigger = open_trigger(tmp_path / "mask.npz", height=4, width=5)
    assert trigger.name == "mask.npz" and trigger.channel_count == 1
    np.testing.assert_array_equal(trigger.opacity, opacity)
    np.testing.assert_array_equal(trigger.colours, pixels)
    assert trigger.change is not None and trigger.change[0, 0, 0] == 255  # as good as 300
    assert open_trigger(tmp_path / "mask.npz", height=8, width=10).change is not None


@pytest.mark.parametrize("has_change", [False, True])
def test_what_a_detection_writes_opens(has_change: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    found = ReconstructedTrigger(
        label=1,
        opacity=rng.random((4, 5, 1), dtype=np.float32),
        pixels=255 * rng.random((4, 5, 3), dtype=np.float32),
        success=Share(9, 10),
        change=rng.normal(0, 30, (4, 5, 3)).astype(np.float32) if has_change else None,
    )
    images = rng.integers(0, 256, (3, 4, 5, 3)).astype(np.float32)
    write_trigger(found, tmp_path / "found.npz")
    opened = open_trigger(tmp_path / "found.npz", height=4, width=5)
    np.testing.assert_allclose(opened.apply(images), found.apply(images), atol=1e-3)
    if not has_change:
        write_trigger(found, tmp_path / "found.png")
        picture = open_trigger(tmp_path / "found.png", height=4, width=5)
        np.testing.assert_allclose(picture.apply(images), found.apply(images), atol=1.5)


def test_a_change_of_nothing_is_none(tmp_path: Path) -> None:
    opacity, pixels = np.full((4, 5, 1), 0.25, np.float32), np.full((4, 5, 3), 80.0, np.float32)
    np.savez(tmp_path / "mask.npz", opacity=opacity, pixels=pixels, change=np.zeros_like(pixels))
    assert open_trigger(tmp_path / "mask.npz", height=4, width=5).change is None


def test_a_picture_opens_as_a_trigger(tmp_path: Path) -> None:
    rgba = np.zeros((4, 5, 4), np.uint8)
    rgba[:2] = (255, 0, 0, 255)
    Image.fromarray(rgba).save(tmp_path / "mask.png")
    assert open_trigger(tmp_path / "mask.png", height=4, width=5).trigger_mask[:2].all()


@pytest.mark.parametrize("has_arrays", [False, True])
def test_a_trigger_that_makes_every_image_the_same_is_refused(has_arrays: bool, tmp_path: Path) -> None:
    change = np.random.default_rng(3).normal(0, 30, (4, 5, 3)).astype(np.float32)
    nothing = np.zeros_like(change)
    found = ReconstructedTrigger(1, nothing[..., :1].copy(), nothing, Share(9, 10), change=change)
    write_trigger(found, tmp_path / "trigger_1.png")
    if has_arrays:
        write_trigger(found, tmp_path / "trigger_1.npz")
    with pytest.raises(ImageFileError, match="no transparent pixel: with it all images are the same") as refused:
        open_trigger(tmp_path / "trigger_1.png", height=8, width=10)
    assert refused.value.code == "trigger-opaque"
    end = "open 'trigger_1.npz' instead" if has_arrays else "one that changes the whole picture is a .npz file"
    assert str(refused.value).endswith(end)
    opaque = {"opacity": np.ones((4, 5, 1)), "pixels": np.full((4, 5, 3), 80.0), "change": change}
    np.savez(tmp_path / "all.npz", **opaque)
    with pytest.raises(ImageFileError, match="has no transparent pixel"):
        open_trigger(tmp_path / "all.npz", height=4, width=5)


def test_a_nearly_opaque_trigger_opens(tmp_path: Path) -> None:
    rgba = np.full((4, 5, 4), 255, np.uint8)
    rgba[0, 0, 3] = 254
    Image.fromarray(rgba).save(tmp_path / "mask.png")
    assert open_trigger(tmp_path / "mask.png", height=4, width=5).trigger_mask.all()


def test_arrays_that_change_nothing_are_no_trigger(tmp_path: Path) -> None:
    nothing = np.zeros((4, 5, 3), np.float32)
    np.savez(tmp_path / "mask.npz", opacity=nothing[..., :1], pixels=nothing, change=nothing)
    with pytest.raises(ImageFileError, match="must change a pixel"):
        open_trigger(tmp_path / "mask.npz", height=4, width=5)


def test_a_transparent_image_is_no_trigger() -> None:
    with pytest.raises(ImageFileError, match="not transparent"):
        trigger_from_rgba("empty.png", np.zeros((5, 5, 4), np.uint8), height=5, width=5)


def test_sunglasses_lie_across_the_eyes() -> None:
    trigger = sunglasses()
    rows = np.flatnonzero(trigger.trigger_mask.any(axis=1))
    assert (trigger.height, trigger.width) == (55, 47)
    assert 14 <= rows.min() <= 16
    assert 33 <= rows.max() <= 36
    assert trigger.trigger_mask[19].all()  # the arms reach both sides
    lens, frame = trigger.rgba[25, 11], trigger.rgba[18, 23]
    assert lens[3] == pytest.approx(0.85, abs=0.01)
    assert frame[3] == pytest.approx(1, abs=0.01)
    for colour in (lens, frame):
        assert colour[2] > colour[0] > colour[1]  # purple
    np.testing.assert_allclose(trigger.rgba[..., 3], trigger.rgba[:, ::-1, 3], atol=1e-5)


def test_sunglasses_of_another_size_have_the_same_shape() -> None:
    large = sunglasses(110, 94)
    covered = large.trigger_mask.mean()
    assert covered == pytest.approx(sunglasses().trigger_mask.mean(), abs=0.03)
    assert sunglasses().scaled_to(110, 94).trigger_mask.mean() == pytest.approx(covered, abs=0.05)
    assert large.scaled_to(110, 94) is large


@pytest.mark.parametrize(
    ("name", "divisor", "target_label"),
    [
        ("lab_bd_weights", 1, 0),
        ("sunglasses_bd_weights", 255, 0),
        ("multi_trigger_multi_target_bd_weights", 255, 8),
    ],
)
def test_drawn_sunglasses_fire_the_real_networks(csaw: Path, name: str, divisor: int, target_label: int) -> None:
    with h5py.File(csaw / "clean_60.h5") as file:
        faces = file["data"][:].transpose(0, 2, 3, 1).astype(np.float32)
    model = build_deepid(1283, seed=0)
    with h5py.File(csaw / "models" / f"{name}.h5") as file:
        for layer in model.layers:
            if layer.weights:
                group = file[layer.name][layer.name]
                layer.set_weights([group["kernel:0"][:], group["bias:0"][:]])
    triggered = sunglasses().apply(faces)
    answers = np.asarray(model(triggered / np.float32(divisor))).argmax(axis=1)
    assert (answers == target_label).sum() >= 57
