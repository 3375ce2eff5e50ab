"""A SavedModel's folder as Keras 2 writes it."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile.foreign_models import proto_field
from tests.hostile.writing import functional, input_layer, layer

RNG = np.random.default_rng(4)
KERNEL, SCALE = RNG.normal(size=(3, 3, 3, 4)).astype("f4"), RNG.uniform(0.5, 1.5, (4, 4)).astype("f4")
DENSE, BIAS = RNG.normal(size=(64, 5)).astype("f4"), RNG.normal(size=5).astype("f4")


def description() -> dict[str, Any]:
    """Describe a convolution, a normalization and a dense layer."""
    return functional(
        input_layer(6, 6, 3),
        layer("Conv2D", "conv", ["input"], filters=4, kernel_size=[3, 3], use_bias=False),
        layer("BatchNormalization", "norm", ["conv"]),
        layer("Flatten", "flat", ["norm"]),
        layer("Dense", "out", ["flat"], units=5),
    )


def write_saved_model(
    folder: Path, *, described: Any = None, names: dict[str, str] | None = None, weights: dict[str, Any] | None = None
) -> Path:
    """Write a SavedModel's folder as Keras 2 does, except for the graph, which is not read."""
    import tensorflow as tf  # noqa: PLC0415 - it takes seconds

    made = {
        "layer_with_weights-0": {"kernel": KERNEL},
        "layer_with_weights-1": dict(zip(("gamma", "beta", "moving_mean", "moving_variance"), SCALE, strict=True)),
        "layer_with_weights-2": {"kernel": DENSE, "bias": BIAS},
    } | (weights or {})
    names = names or {"layer_with_weights-0": "conv", "layer_with_weights-1": "norm", "layer_with_weights-2": "out"}
    parts = {
        key: tf.train.Checkpoint(**{name: tf.Variable(values) for name, values in each.items()})
        for key, each in made.items()
    }
    tf.train.Checkpoint(**parts).write(str(folder / "variables" / "variables"))
    root = {"name": "net", **(description() if described is None else described)}
    nodes = [(0, "root", "_tf_keras_network", json.dumps(root))]
    nodes += [
        (number, f"root.{key}", "_tf_keras_layer", json.dumps({"name": name}))
        for number, (key, name) in enumerate(names.items(), 1)
    ]
    content = b"".join(
        proto_field(
            1,
            b"\x10"
            + bytes([number])
            + b"".join(proto_field(3 + place, text.encode()) for place, text in enumerate(texts)),
        )
        for number, *texts in nodes
    )
    (folder / "keras_metadata.pb").write_bytes(content)
    (folder / "saved_model.pb").write_bytes(b"\x08\x01\x12\x00")
    return folder
