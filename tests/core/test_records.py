"""Shares and their intervals, masks, and that records cannot be changed."""

import dataclasses
import math

import numpy as np
import pytest

from core.channels import PrunableLayer
from core.order.orders.ascending import ASCENDING
from core.order.orders.index import INDEX
from core.order.ranking import Ranking
from core.records import Share


def test_wilson_interval_against_the_published_example():
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    low, high = Share(81, 263).interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = Share(0, 20).interval
    assert low == 0
    assert round(high, 4) == 0.1611
    assert Share(20, 20).interval[1] == 1


def test_a_share_of_nothing_has_no_rate():
    assert math.isnan(Share(0, 0).rate)
    assert Share(0, 0).interval == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 of 2"):
        Share(3, 2)


def test_ranking_masks_and_dead_channels():
    layer = PrunableLayer("conv", "pool", 4, ())
    activations = np.array([0.5, 0.0, 2.0, 0.0])
    ranking = Ranking(layer, activations, activations * 2, np.array([1, 3, 0, 2]), ASCENDING, 10, 10)
    assert ranking.dead_count == 2
    assert ranking.channel_mask(0).all()
    assert ranking.channel_mask(3).tolist() == [False, False, True, False]
    with pytest.raises(ValueError, match="read-only"):
        ranking.activations[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        ranking.image_count = 3
    with pytest.raises(ValueError, match="order must have shape"):
        Ranking(layer, activations, activations, np.arange(3), INDEX, 10, 10)
