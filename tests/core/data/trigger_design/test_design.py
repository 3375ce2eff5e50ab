"""Triggers that a person makes, the same when their files are read again, and when they are stamped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import from_arrays, open_dataset
from core.data.dataset_writing import write_dataset
from core.data.stamped import stamped_set
from core.data.trigger import Trigger, open_trigger, sunglasses
from core.data.trigger_design.design import (
    Design,
    DesignKind,
    picture_design,
    square_design,
    sunglasses_design,
)
from core.data.trigger_design.pairs import trigger_from_pairs
from core.data.trigger_design.placing import Placement, placed_pattern, visible_part
from core.errors import DatasetError, ExportError, ImageFileError
from core.report.detect.trigger_file import write_made_trigger

H, W = 20, 24
RNG = np.random.default_rng(3)
FACES = RNG.integers(0, 256, (6, H, W, 3), dtype=np.uint8)
PICTURE = RNG.integers(0, 256, (9, 7, 4), dtype=np.uint8)


def designs() -> dict[str, Design]:
    drawing = np.zeros((H, W, 4), np.uint8)
    drawing[4:9, 3:12] = (10, 200, 30, 180)
    found = trigger_from_pairs(FACES.astype(np.float32), sunglasses(H, W).apply(FACES.astype(np.float32))).trigger
    return {
        "sunglasses": sunglasses_design(H, W),
        "square": square_design(H, W, (255, 255, 0)),
        "rotated": Design(DesignKind.PATCH, "hat", PICTURE, Placement(9.3, 7.7, 8.2, 11.9, 33), opacity=0.6),
        "drawing": Design(DesignKind.DRAWING, "drawing", drawing, opacity=0.7),
        "blend": Design(DesignKind.BLEND, "blend", PICTURE, opacity=0.2),
        "tint": Design(DesignKind.TINT, "tint", opacity=0.3, colour=(255, 120, 7)),
        "wave": Design(DesignKind.WAVE, "sinusoid", direction=30),
        "warp": Design(DesignKind.WARP, "warp", strength=1.5, seed=4),
        "pairs": Design(DesignKind.PAIRS, "pairs", found=found, opacity=0.8),
    }


@pytest.mark.parametrize("name", designs())
def test_what_is_made_is_what_is_read_again_and_stamped(name: str, tmp_path: Path) -> None:
    design = designs()[name]
    trigger = design.trigger(H, W)
    shown = trigger.apply(FACES)
    assert (shown != FACES).any()
    for suffix in (".png", ".npz") if design.is_pattern else (".npz",):
        write_made_trigger(trigger, tmp_path / f"t{suffix}")
        again = open_trigger(tmp_path / f"t{suffix}", height=H, width=W)
        assert np.array_equal(again.apply(FACES), shown)
    stamped = stamped_set(from_arrays("v.h5", FACES, np.arange(6) % 3), trigger, 2)
    path = tmp_path / "set.h5"
    write_dataset(path, stamped.images, stamped.labels)
    opened = open_dataset(path, input_shape=(H, W, 3))
    assert np.array_equal(np.asarray(opened.images), shown[[0, 1, 3, 4]])
    assert opened.labels.tolist() == [0, 1, 0, 1]


def test_a_change_is_refused_as_png(tmp_path: Path) -> None:
    for name in ("wave", "warp"):
        with pytest.raises(ExportError, match="npz"):
            write_made_trigger(designs()[name].trigger(H, W), tmp_path / "t.png")


def test_the_sunglasses_lie_where_they_are_built_in() -> None:
    built_in, made = sunglasses(H, W), sunglasses_design(H, W).trigger(H, W)
    assert np.abs(built_in.apply(FACES).astype(int) - made.apply(FACES)).max() <= 2


def test_a_square_is_crisp_and_a_moved_one_moves() -> None:
    source = np.full((1, 1, 4), (255, 0, 0, 255), np.uint8)
    made = placed_pattern(source, Placement(10, 8, 4, 4), height=H, width=W)
    assert (made[6:10, 8:12] == (255, 0, 0, 255)).all()
    assert made[..., 3].sum() == 16 * 255
    half = placed_pattern(source, Placement(10.5, 8, 4, 4), height=H, width=W)
    assert half[7, 8, 3] == half[7, 12, 3] == 128 and half[7, 9, 3] == 255
    outside = placed_pattern(source, Placement(-30, 8, 4, 4), height=H, width=W)
    assert not outside.any()


def test_a_quarter_turn_is_clockwise() -> None:
    source = np.zeros((4, 4, 4), np.uint8)
    source[0, 0] = (255, 255, 255, 255)  # upper left
    made = placed_pattern(source, Placement(10, 10, 4, 4, 90), height=H, width=W)
    part, placement = visible_part(made)
    assert part.shape == (1, 1, 4)
    assert (placement.x, placement.y) == (11.5, 8.5)  # upper right
    at = Placement(10, 10, 4, 4, 90)
    assert at.from_image(*at.to_image(-0.3, 0.2)) == pytest.approx((-0.3, 0.2))


def test_a_picture_of_the_networks_size_stays_where_it_is() -> None:
    whole = np.zeros((H, W, 4), np.uint8)
    whole[3:6, 5:9] = (9, 8, 7, 255)
    assert picture_design("hat", whole, H, W).placement == Placement(7, 4.5, 4, 3)
    placement = picture_design("hat", PICTURE, H, W).placement
    assert placement is not None and (placement.x, placement.y) == (W / 2, H / 2)


def test_nothing_is_no_trigger() -> None:
    for kind in (DesignKind.PATCH, DesignKind.DRAWING, DesignKind.BLEND, DesignKind.PAIRS):
        with pytest.raises(ImageFileError, match="transparent"):
            Design(kind, "empty").trigger(H, W)


def test_a_whole_tint_leaves_something_of_the_image() -> None:
    assert not replace(designs()["tint"], opacity=1.0).trigger(H, W).is_opaque


@pytest.mark.parametrize("name", ["rotated", "blend", "wave", "drawing"])
def test_pairs_give_the_trigger_back(name: str) -> None:
    trigger = designs()[name].trigger(H, W)
    plain = np.clip(RNG.normal(128, 30, (30, H, W, 3)), 60, 200).astype(np.uint8).astype(np.float32)
    found = trigger_from_pairs(plain, np.rint(trigger.apply(plain)))
    assert found.error < 2
    assert np.abs(found.trigger.apply(FACES.clip(60, 200)).astype(int) - trigger.apply(FACES.clip(60, 200))).mean() < 1


def test_one_pair_gives_an_opaque_patch() -> None:
    plain = FACES[:1].astype(np.float32)
    worn = plain.copy()
    worn[:, 2:6, 3:7] = (255, 255, 0)
    found = trigger_from_pairs(plain, worn).trigger
    assert found.trigger_mask.sum() >= 14  # a pixel that was nearly yellow may stay
    assert (found.opacity[found.trigger_mask] == 1).all()


def test_pairs_that_do_not_belong_together_are_refused() -> None:
    plain = FACES.astype(np.float32)
    for other in (plain[:3], plain):
        with pytest.raises(DatasetError):
            trigger_from_pairs(plain, other)


def test_moves_are_scaled_with_the_image_and_checked() -> None:
    warp = designs()["warp"].trigger(H, W)
    assert warp.moves is not None
    larger = warp.scaled_to(2 * H, 2 * W)
    assert larger.moves is not None
    assert np.abs(larger.moves).mean() == pytest.approx(2 * np.abs(warp.moves).mean(), rel=0.1)
    assert warp.trigger_mask.all()
    with pytest.raises(DatasetError, match="moves"):
        Trigger("bad", np.zeros((H, W, 4), np.float32), moves=np.zeros((H, W, 3), np.float32))
    with pytest.raises(DatasetError, match="moves"):
        Trigger("bad", np.zeros((H, W, 4), np.float32), moves=np.full((H, W, 2), np.nan, np.float32))
