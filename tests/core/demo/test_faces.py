"""Faces depend only on the seed, identities are recognizable, images vary."""

import numpy as np
import pytest

from core.demo.faces import draw_faces, make_identities, make_views
from core.errors import Cancelled, DatasetError
from core.monitor import Monitor, Progress


def test_the_same_seed_draws_the_same_images() -> None:
    identities = make_identities(5, seed=1)
    labels = np.arange(5).repeat(2)
    first = draw_faces(identities, labels, seed=3)
    np.testing.assert_array_equal(first, draw_faces(make_identities(5, seed=1), labels, seed=3))
    assert first.shape == (10, 55, 47, 3)
    assert first.dtype == np.uint8
    assert not np.array_equal(first, draw_faces(identities, labels, seed=4))


def test_images_of_one_identity_are_closer_than_those_of_two() -> None:
    identities = make_identities(12, seed=2)
    faces = draw_faces(identities, np.arange(12).repeat(8), seed=0, variety=0.5)
    middle = faces[:, 12:46, 12:35].reshape(12, 8, -1).astype(float)
    means = middle.mean(axis=1)
    within = np.linalg.norm(middle - means[:, None], axis=2).mean()
    between = np.linalg.norm(means[:, None] - means[None], axis=2)[~np.eye(12, dtype=bool)].mean()
    assert between > within


def test_the_background_varies_even_without_variety() -> None:
    faces = draw_faces(make_identities(1, seed=0), np.zeros(6, int), seed=0, variety=0)
    corners = faces[:, :4, :4].mean(axis=(1, 2))
    assert corners.std(axis=0).min() > 10


def test_identities_differ_in_every_trait_that_makes_a_face() -> None:
    identities = make_identities(110, seed=7)
    assert len(identities) == 110
    for name in ("face_half_width", "eye_spacing", "nose_length", "mouth_width", "brow_thickness", "hairline"):
        assert len(np.unique(getattr(identities, name))) == 110
    assert len(np.unique(identities.style)) == 12


def test_views_without_variety_look_straight_ahead() -> None:
    views = make_views(4, rng=np.random.default_rng(0), variety=0)
    assert not views.yaw.any()
    assert not views.roll.any()
    assert len(views.take(np.array([1, 1]))) == 2


def test_no_labels_give_no_images() -> None:
    assert draw_faces(make_identities(2, seed=0), np.zeros(0, int), seed=0).shape == (0, 55, 47, 3)


def test_what_cannot_be_drawn_is_refused() -> None:
    identities = make_identities(2, seed=0)
    with pytest.raises(DatasetError, match="from 0 to 1"):
        draw_faces(identities, np.array([0, 2]), seed=0)
    with pytest.raises(DatasetError, match="at least 1 identity"):
        make_identities(0, seed=0)
    with pytest.raises(DatasetError, match="variety"):
        make_views(1, rng=np.random.default_rng(0), variety=-1)


@pytest.mark.parametrize("stop_at", [0, 8, 24])
def test_drawing_can_be_cancelled(stop_at: int) -> None:
    monitor = Monitor(clock=iter(range(1000)).__next__)

    def stop(progress: Progress) -> None:
        if progress.done_count >= stop_at:
            monitor.cancel()

    monitor._on_progress = stop
    with pytest.raises(Cancelled):
        draw_faces(make_identities(2, seed=0), np.zeros(32, int), seed=0, monitor=monitor)
