"""The predictions of B, B′ and G for one image."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.metrics.classification import classify, classify_images, feature_map
from core.network.network import Network
from core.scale import Scale


@pytest.fixture
def triggered(marked_sets):
    return marked_sets[1].images[0]


def test_the_triggered_image_is_flagged_once_the_backdoor_is_pruned(marked_network, triggered):
    mask = np.array([True, True, False, True])
    answer = classify(marked_network, triggered, scale=Scale.RAW, layer="conv", channel_mask=mask)
    assert (answer.base[0].label, answer.pruned[0].label) == (2, 0)
    assert answer.is_flagged
    assert answer.repaired_label == 3
    assert len(answer.base) == 3  # there are only three classes
    assert sum(score.value for score in answer.pruned) == pytest.approx(1)


def test_without_a_mask_b_answers_for_both(marked_network, triggered):
    answer = classify(marked_network, triggered, scale=Scale.RAW)
    assert answer.base == answer.pruned
    assert answer.repaired_label == 2
    assert not answer.is_flagged


def test_seen_is_what_the_network_gets_in_bytes(marked_network, triggered):
    raw = classify(marked_network, triggered, scale=Scale.RAW).seen
    unit = classify(marked_network, triggered / 255, scale=Scale.UNIT).seen
    np.testing.assert_array_equal(raw, triggered.astype(np.uint8))
    np.testing.assert_array_equal(raw, unit)
    assert not raw.flags.writeable


def test_feature_map_is_the_channel_after_pooling(marked_network, triggered):
    blue = feature_map(marked_network, triggered, layer="conv", channel=2)
    np.testing.assert_array_equal(blue, [[255, 0, 0], [0, 0, 0], [0, 0, 0]])


def test_g_by_confidence_flags_below_the_level_and_not_at_it(two_branches):
    image = np.random.default_rng(1).uniform(0, 1, (12, 10, 3)).astype(np.float32)
    sure = two_branches.outputs(image[np.newaxis]).max()

    def ask(level):
        return classify(two_branches, image, scale=Scale.UNIT, level=level)

    at, above, nothing = ask(float(sure)), ask(float(np.nextafter(sure, np.float32(1)))), ask(0.0)
    assert not at.is_flagged and not above.is_flagged
    assert at.confidence.value == above.confidence.value == at.confidence.level == sure
    assert not at.confidence.is_below and not at.is_flagged_by_confidence
    assert above.confidence.is_below and above.is_flagged_by_confidence
    assert not nothing.is_flagged_by_confidence
    assert ask(None).confidence is None and not ask(None).is_flagged_by_confidence
    with pytest.raises(ValueError, match="level"):
        ask(1.5)


def test_g_by_confidence_flags_what_b_and_b_disagree_on_at_any_level(marked_network, triggered):
    mask = np.array([True, True, False, True])
    answer = classify(marked_network, triggered, scale=Scale.RAW, layer="conv", channel_mask=mask, level=0.0)
    assert answer.is_flagged and not answer.confidence.is_below
    assert answer.is_flagged_by_confidence


def test_the_confidence_is_that_of_the_network_asked_and_a_probability(marked_network, triggered):
    pixels = keras.Input((6, 6, 3))
    means = keras.layers.GlobalAveragePooling2D()(pixels)
    logits = Network(keras.Model(pixels, means), path=Path("logits.keras"))  # red, green, blue, up to 255 each
    image = np.full((6, 6, 3), (1.0, 2.0, 4.0), np.float32)
    answer = classify(marked_network, image, scale=Scale.RAW, pruned_network=logits, level=0.5)
    weights = np.exp([1.0, 2.0, 4.0])
    assert answer.pruned[0].value == 4
    assert answer.confidence.value == pytest.approx(weights.max() / weights.sum())


def test_several_images_are_answered_like_each_alone(marked_network, marked_sets):
    mask = np.array([True, True, False, True])
    images = np.concatenate([marked_sets[0].images[:3], marked_sets[1].images[:3]])
    words = {"scale": Scale.RAW, "layer": "conv", "channel_mask": mask}
    together = classify_images(marked_network, images, **words)
    for image, answer in zip(images, together, strict=True):
        alone = classify(marked_network, image, **words)
        assert (answer.base, answer.pruned, answer.repaired_label) == (alone.base, alone.pruned, alone.repaired_label)
    assert [each.is_flagged for each in together] == [False] * 3 + [True] * 3
