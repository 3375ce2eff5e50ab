"""DeepID is the lab's graph: same names, same shapes, same outputs."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from core.attack.deepid import build_deepid
from core.errors import DatasetError

LAYERS = {
    "input", "conv_1", "pool_1", "conv_2", "pool_2", "conv_3", "pool_3", "conv_4", "flatten_1", "flatten_2", "fc_1",
    "fc_2", "add_1", "activation_1", "output",
}  # fmt: skip


def test_layers_and_sizes_are_the_labs() -> None:
    model = build_deepid(1283, seed=0)
    assert {layer.name for layer in model.layers} == LAYERS
    assert model.count_params() == 601_643
    assert model.get_layer("pool_3").output.shape == (None, 5, 4, 60)
    assert model.get_layer("fc_1").kernel.shape == (1200, 160)
    assert model.get_layer("fc_2").kernel.shape == (960, 160)


def test_the_seed_decides_the_weights() -> None:
    one, same, other = (build_deepid(5, seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize(("class_count", "shape"), [(1, (55, 47, 3)), (5, (28, 28, 3))])
def test_what_cannot_be_built_is_refused(class_count: int, shape: tuple[int, int, int]) -> None:
    with pytest.raises(DatasetError, match="at least"):
        build_deepid(class_count, seed=0, input_shape=shape)


def test_the_labs_weights_give_the_labs_answers(csaw: Path) -> None:
    model = build_deepid(1283, seed=0)
    with h5py.File(csaw / "models" / "lab_bd_weights.h5") as file:
        for layer in model.layers:
            if layer.weights:
                group = file[layer.name][layer.name]
                layer.set_weights([group["kernel:0"][:], group["bias:0"][:]])
    counts = []
    for name in ("clean_60", "sunglasses_60"):
        with h5py.File(csaw / f"{name}.h5") as file:
            faces, labels = file["data"][:].transpose(0, 2, 3, 1).astype(np.float32), file["label"][:]
        counts.append(int((np.asarray(model(faces)).argmax(axis=1) == labels).sum()))
    assert counts == [59, 60]
