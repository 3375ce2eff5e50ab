"""The record of a network, its sets and its pixel range."""

from dataclasses import replace

import numpy as np
import pytest

from core.network.inputs import PROBE_COUNT, EvaluationInputs
from core.scale import Scale


def test_the_probe_has_the_first_images_of_every_set(two_branches, random_sets):
    validation, test, poisoned = random_sets
    inputs = EvaluationInputs(two_branches, validation, test, (poisoned,), Scale.UNIT)
    assert inputs.sets == (validation, test, poisoned)
    expected = [each.batch(0, PROBE_COUNT, scale=Scale.UNIT) for each in random_sets]
    np.testing.assert_array_equal(inputs.probe(), np.concatenate(expected))
    assert replace(inputs, test=None, poisoned=()).sets == (validation,)


def test_a_pixel_range_that_is_needed_must_be_known(two_branches, random_sets):
    with pytest.raises(ValueError, match="must be known"):
        EvaluationInputs(two_branches, random_sets[0]).probe()


def test_equal_inputs_are_the_same_open_files(two_branches, random_sets):
    inputs = EvaluationInputs(two_branches, random_sets[0], None, tuple(random_sets[1:]))
    assert inputs == EvaluationInputs(two_branches, random_sets[0], None, tuple(random_sets[1:]))
    assert inputs != replace(inputs, poisoned=(random_sets[1],))
    assert inputs != replace(inputs, scale=Scale.RAW)
