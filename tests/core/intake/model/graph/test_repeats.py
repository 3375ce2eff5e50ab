"""Copies of weights are added up."""

from dataclasses import replace

import pytest

from core.intake.limits import Limits
from core.intake.model.graph.repeats import Repeats
from core.intake.readers.scratch import Stored
from core.intake.refusal import Refusal


def test_copies_may_take_a_third_of_the_memory() -> None:
    repeats = Repeats(replace(Limits(), memory_bytes=1_200))
    weight = Stored("weight_0000.npy", (5, 10), "float32")
    repeats.add(weight)
    repeats.add(weight)
    with pytest.raises(Refusal, match="called several times take more than 400 bytes") as caught:
        repeats.add(weight)
    assert caught.value.code == "file-too-large"
