"""Which parts of an image an answer depends on, on networks where that is known."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from core.metrics.explanation.grad_cam import GradCam, find_grad_cam, last_convolution
from core.metrics.explanation.occlusion import lead_of, occlude, plan_occlusion
from core.network.network import Network
from tests.core.conftest import build_marked, build_two_branches


@pytest.fixture
def marked_image() -> np.ndarray[Any, Any]:
    """A red image with a blue corner, by which `marked_network` answers class 2."""
    image = np.zeros((6, 6, 3), np.float32)
    image[..., 0] = 200
    image[:2, :2, 2] = 255
    return image


def test_windows_cover_every_pixel() -> None:
    for height, width in ((6, 6), (55, 47), (1, 1), (3, 40)):
        plan = plan_occlusion(height, width)
        counts = np.zeros((height, width), int)
        for row, column in plan.corners:
            assert row + plan.size[0] <= height and column + plan.size[1] <= width
            counts[row : row + plan.size[0], column : column + plan.size[1]] += 1
        assert counts.min() >= 1


def test_hiding_the_trigger_is_what_makes_the_answer_fall(
    marked_network: Network, marked_image: np.ndarray[Any, Any]
) -> None:
    marked_image[..., 2] = 0
    marked_image[1, 1, 2] = 255
    plan = plan_occlusion(6, 6)
    before = marked_image.copy()
    lead = lead_of(marked_network.model, 2)
    whole = occlude(lead, marked_image / 255, plan, so_far=None, count=len(plan), fill=np.zeros(3, np.float32))
    assert whole.done_count == len(plan)
    assert np.unravel_index(whole.map.argmax(), (6, 6)) == (1, 1)
    assert whole.map[1, 1] == pytest.approx(50 / 9)  # 50 times the mean of the nine maxima
    assert whole.map[3:, 3:].max() <= 0.01
    assert np.array_equal(marked_image, before)
    pieces = None
    while pieces is None or pieces.done_count < len(plan):
        pieces = occlude(lead, marked_image / 255, plan, so_far=pieces, count=5, fill=np.zeros(3, np.float32))
    assert np.allclose(pieces.map, whole.map, atol=1e-6)
    assert occlude(lead, marked_image / 255, plan, so_far=pieces, count=5) is pieces


def test_grad_cam_finds_the_trigger_and_not_where_its_channel_is_pruned(marked_image: np.ndarray[Any, Any]) -> None:
    model = build_marked()
    found = find_grad_cam(model, marked_image, 2)
    assert isinstance(found, GradCam)
    assert found.layer == "conv"
    assert (found.map > 0).tolist() == (marked_image[..., 2] > 0).tolist()
    kernel, bias = model.get_layer("conv").get_weights()
    kernel[..., 2] = 0
    model.get_layer("conv").set_weights([kernel, bias])
    pruned = find_grad_cam(model, marked_image, 2)
    assert isinstance(pruned, GradCam) and not pruned.map.any()


def test_the_gradient_is_that_of_the_score_before_the_softmax(marked_image: np.ndarray[Any, Any]) -> None:
    model = build_marked()
    answers = np.asarray(model(marked_image[None]))[0]
    assert answers[2] == 1  # the softmax itself has no gradient here
    found = find_grad_cam(model, marked_image, 2)
    assert isinstance(found, GradCam)
    assert found.map[0, 0] > 100


@pytest.mark.parametrize("ending", ["softmax layer", "activation", "logits", "sigmoid"])
def test_other_endings_give_the_same_map(ending: str) -> None:
    keras.utils.set_random_seed(1)
    pixels = keras.Input((8, 8, 3))
    features = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(pixels)
    flat = keras.layers.Flatten()(features)
    count = 1 if ending == "sigmoid" else 2
    scores = keras.layers.Dense(count, name="scores")(flat)
    ends: dict[str, Callable[[Any], Any]] = {
        "softmax layer": keras.layers.Softmax(),
        "activation": keras.layers.Activation("softmax"),
        "logits": lambda x: x,
        "sigmoid": keras.layers.Activation("sigmoid"),
    }
    model = keras.Model(pixels, ends[ending](scores))
    image = np.random.default_rng(0).uniform(0, 1, (8, 8, 3)).astype(np.float32)
    got = find_grad_cam(model, image, 0)
    plain = find_grad_cam(keras.Model(pixels, scores), image, 0)
    assert isinstance(got, GradCam) and isinstance(plain, GradCam)
    assert np.allclose(got.map, plain.map, atol=1e-6)


def test_the_layer_is_the_last_convolution_with_what_belongs_to_it() -> None:
    assert last_convolution(build_two_branches()) == "conv_3"
    assert last_convolution(build_two_branches(batch_norm=True)) == "conv_3"
    pixels = keras.Input((8, 8, 3))
    normed = keras.layers.BatchNormalization(name="norm")(keras.layers.Conv2D(2, 3, name="conv")(pixels))
    active = keras.layers.Activation("relu", name="act")(normed)
    pooled = keras.layers.GlobalAveragePooling2D()(active)
    assert last_convolution(keras.Model(pixels, keras.layers.Dense(2)(pooled))) == "act"


def test_a_network_without_places_says_why() -> None:
    pixels = keras.Input((8, 8, 3))
    flat = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(pixels))
    told = find_grad_cam(keras.Model(pixels, flat), np.zeros((8, 8, 3), np.float32), 0)
    assert isinstance(told, str) and "no convolution" in told
    whole = keras.layers.Flatten()(keras.layers.Conv2D(3, 8)(pixels))
    told = find_grad_cam(keras.Model(pixels, keras.layers.Dense(2)(whole)), np.zeros((8, 8, 3), np.float32), 0)
    assert isinstance(told, str)
