"""Channels that stay pruned in a network whose layers have odd names."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import LayerError, PruningError
from core.network.network import Network
from core.refit.held_channels import prune_to_train


def test_a_convolution_that_is_called_all_is_held_by_itself(make_two_branches):
    model = make_two_branches()
    model.get_layer("conv_2").name = "all"
    network = Network(model, path=Path("odd.keras"))
    mask = np.ones(network.layer("all").channel_count, dtype=bool)
    mask[1] = False
    pruned, free = prune_to_train(network, {"all": mask})
    kernel = pruned.get_layer("all").kernel
    assert not np.asarray(kernel)[..., 1].any() and np.asarray(kernel)[..., mask].any()
    assert not free[kernel.path][..., 1].any() and free[kernel.path][..., mask].all()


def test_masks_belong_to_single_convolutions(two_branches):
    with pytest.raises(LayerError, match="got 'all'"):
        prune_to_train(two_branches, {"all": np.ones(20, dtype=bool)})
    with pytest.raises(PruningError, match="must have shape"):
        prune_to_train(two_branches, {"conv_2": np.ones(3, dtype=bool)})
