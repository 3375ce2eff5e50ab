"""Reconstructed triggers as files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.detect.records import ReconstructedTrigger
from core.errors import ExportError
from core.records import Share
from core.report.detect.trigger_file import GREY, as_rgba, write_trigger


def _patch(channel_count: int = 3) -> ReconstructedTrigger:
    opacity = np.zeros((4, 5, 1), np.float32)
    opacity[1, 2] = 0.5
    pixels = np.arange(20 * channel_count, dtype=np.float32).reshape(4, 5, channel_count)
    return ReconstructedTrigger(3, opacity, pixels, Share(9, 10))


def _change(strength: float = 20.0) -> ReconstructedTrigger:
    change = np.zeros((4, 5, 3), np.float32)
    change[0, 0], change[3, 4] = strength, -strength / 2
    nothing = np.zeros((4, 5, 1), np.float32)
    return ReconstructedTrigger(3, nothing, np.zeros_like(change), Share(9, 10), change=change)


def test_patch_is_written_with_its_alpha(tmp_path: Path) -> None:
    trigger = _patch()
    write_trigger(trigger, tmp_path / "trigger.png")

    with Image.open(tmp_path / "trigger.png") as image:
        assert image.mode == "RGBA"
        read = np.asarray(image)
    assert read[..., 3].tolist() == np.rint(255 * trigger.opacity[..., 0]).tolist()
    assert read[..., :3].tolist() == trigger.pixels.tolist()


def test_grey_patch_has_three_equal_channels() -> None:
    read = as_rgba(_patch(channel_count=1))

    assert (read[..., 0] == read[..., 1]).all() and (read[..., 0] == read[..., 2]).all()
    assert read[3, 4, 0] == 19


def test_faint_change_is_made_visible_and_opaque() -> None:
    read = as_rgba(_change(strength=0.5))

    assert read[0, 0].tolist() == [255, 255, 255, 255]
    assert read[3, 4, 0] == pytest.approx(GREY - 127 / 2, abs=1)
    assert read[1, 1].tolist() == [GREY, GREY, GREY, 255]


def test_change_of_nothing_is_grey() -> None:
    assert as_rgba(_change(strength=0.0))[..., :3].tolist() == np.full((4, 5, 3), GREY).tolist()


@pytest.mark.parametrize("trigger", [_patch(), _change()])
def test_arrays_make_the_same_trigger(trigger: ReconstructedTrigger, tmp_path: Path) -> None:
    write_trigger(trigger, tmp_path / "trigger.npz")

    with np.load(tmp_path / "trigger.npz", allow_pickle=False) as file:
        read = ReconstructedTrigger(3, file["opacity"], file["pixels"], Share(9, 10), change=file["change"])
    images = np.random.default_rng(0).uniform(0, 255, (2, 4, 5, 3)).astype(np.float32)
    assert read.apply(images).tolist() == trigger.apply(images).tolist()


def test_same_trigger_gives_the_same_files(tmp_path: Path) -> None:
    for suffix in ("png", "npz"):
        one, two = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
        write_trigger(_patch(), one)
        write_trigger(_patch(), two)
        assert one.read_bytes() == two.read_bytes()


def test_other_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"must end in .png or .npz") as caught:
        write_trigger(_patch(), tmp_path / "trigger.jpg")
    assert caught.value.code == "wrong-suffix"
    assert not any(tmp_path.iterdir())
