"""What B, B′ and G say about one picture."""

import numpy as np
import pytest

from core.classification import classify, feature_map
from core.records import Scale


@pytest.fixture
def triggered(marked_sets):
    return marked_sets[1].images[0]


def test_the_triggered_picture_is_flagged_once_the_backdoor_is_pruned(marked_network, triggered):
    mask = np.array([True, True, False, True])
    answer = classify(marked_network, triggered, scale=Scale.RAW, layer="conv", channel_mask=mask)
    assert (answer.base[0].label, answer.pruned[0].label) == (2, 0)
    assert answer.is_flagged
    assert answer.repaired_label == 3
    assert len(answer.base) == 3  # there are but three classes
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
