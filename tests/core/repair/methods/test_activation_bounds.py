"""Activation bounds as a method: whom it suits, and what it says of the images that it did not look at."""

from pathlib import Path
from typing import Any

import keras
import pytest

from core.data.dataset import Dataset
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.repair import recipe
from core.repair.job import RepairRequest, repair_network
from core.repair.methods.activation_bounds import BOUNDS
from core.repair.methods.auto import AUTO
from core.repair.methods.registry import METHODS
from core.scale import Scale


def smooth_network() -> Network:
    """Return a network without a rectified layer."""
    pixels = keras.Input((6, 6, 3), name="pixels")
    hidden = keras.layers.Dense(4, activation="gelu", name="hidden")(keras.layers.Flatten(name="flat")(pixels))
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax", name="answer")(hidden))
    return Network(model, path=Path("smooth.keras"))


def test_it_suits_networks_with_a_rectified_layer_and_others_suit_all(marked_network: Network) -> None:
    assert BOUNDS.suits(marked_network)
    assert [each for each in METHODS if not each.suits(smooth_network())] == [BOUNDS]


@pytest.mark.parametrize("is_rectified", [True, False])
def test_repair_for_me_tries_it_only_where_it_suits(
    marked_network: Network,
    marked_sets: tuple[Dataset, Dataset],
    monkeypatch: pytest.MonkeyPatch,
    is_rectified: bool,
) -> None:
    # Otherwise its refusal would end the job, and what the other plans made would be lost.
    tried: list[str] = []

    def note(*_: Any, plans: Any, **__: Any) -> None:
        tried.extend(each.method.name for each in plans)
        raise Cancelled

    monkeypatch.setattr(recipe, "try_plans", note)
    network = marked_network if is_rectified else smooth_network()
    request = RepairRequest(EvaluationInputs(network, marked_sets[0], scale=Scale.RAW), AUTO)
    with pytest.raises(Cancelled):
        repair_network(request, monitor=Monitor())
    assert "unlearning" in tried
    assert (tried[-1] == "bounds") == is_rectified == ("bounds" in tried)
