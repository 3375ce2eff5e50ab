"""Repairs zero the tensor that was ranked, and training keeps it at zero."""

import keras
import numpy as np
import pytest

from core.channels import ALL_LAYERS, ChannelTensor, LayerSet
from core.compare.comparison import how_repaired
from core.data.dataset import from_arrays
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.refit.records import RefitSettings
from core.repair.job import RepairRequest, repair_network
from core.repair.methods.registry import METHODS
from core.report.repair.command import command_line
from core.scale import Scale
from tests.core.normalized_networks import answers, build_normalized

BEHIND = {ChannelTensor.ACTIVATION: "conv_{}", ChannelTensor.NORMALIZATION: "norm_{}"}


@pytest.mark.parametrize("tensor", ChannelTensor)
@pytest.mark.parametrize(
    ("method", "layers"),
    [
        ("prune", LayerSet.of("conv_3", "conv_2")),
        ("prune", ALL_LAYERS),
        ("fine-pruning", LayerSet.of("conv_3", "conv_1")),
    ],
)
def test_pruned_channels_are_zero_where_they_were_ranked(method, layers, tensor):
    network = build_normalized().with_tensor(tensor)
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 256, (80, 10, 10, 2)).astype(np.uint8)
    labels = answers(network, (pixels / 255).astype(np.float32), {}, tensor)
    request = RepairRequest(
        EvaluationInputs(network, from_arrays("valid.h5", pixels, labels), None, (), scale=Scale.UNIT),
        method=METHODS.get(method),
        layers=layers,
        threshold=0.9,
        settings=RefitSettings(epochs=2, learning_rate=0.05, held_out_share=0.2, rollback_margin=1.0),
    )
    repair = repair_network(request, monitor=Monitor())
    assert sum(int((~mask).sum()) for mask in repair.channel_masks.values()) > 0
    for name, mask in repair.channel_masks.items():
        place = BEHIND[tensor].format(name[-1])
        measured = keras.Model(repair.model.inputs[0], repair.model.get_layer(place).output)
        values = np.asarray(measured((pixels / 255).astype(np.float32), training=False))
        assert not values[..., ~mask].any()
        if tensor is ChannelTensor.ACTIVATION and (~mask).any():  # the normalization makes a constant of them
            norm = keras.Model(repair.model.inputs[0], repair.model.get_layer(f"norm_{name[-1]}").output)
            constant = np.asarray(norm((pixels / 255).astype(np.float32), training=False))[..., ~mask]
            assert constant.any()
            assert np.ptp(constant, axis=(0, 1, 2)).max() < 1e-5
    assert {sweep.ranking.layer.tensor for sweep in repair.sweeps} == {tensor}
    assert f"pruned {tensor.text}" in how_repaired(repair)
    words = command_line(request)
    assert words[words.index("--tensor") + 1] == tensor.value
    before = repair.sweeps[0].points[0].validation.pruned.rate
    if method == "prune":
        assert before - repair.by_agreement.validation.pruned.rate <= 0.9
