"""Networks that are recognised by their weights only: data, no code.

Source: Y. Sun, X. Wang, X. Tang, Deep Learning Face Representation from Predicting 10,000 Classes, CVPR 2014, in the
form that the CSAW HackML lab trains on YouTube Aligned Faces.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network known by name.

    Attributes:
        name: display name.
        description: its Keras description; the units of the last layer are left open.
        weights: shape of the kernel of each layer that has weights; None stands for the class count.
    """

    name: str
    description: dict[str, Any]
    weights: dict[str, tuple[int | None, ...]]

    def described(self, class_count: int) -> dict[str, Any]:
        """Return the description for a number of classes."""
        layers = [
            {**layer, "config": {**layer["config"], "units": class_count}} if layer["name"] == "output" else layer
            for layer in self.description["config"]["layers"]
        ]
        return {**self.description, "config": {**self.description["config"], "layers": layers}}


def _layer(class_name: str, name: str, inputs: list[str], **config: Any) -> dict[str, Any]:
    nodes = [[[one, 0, 0, {}] for one in inputs]] if inputs else []
    return {"class_name": class_name, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}


_POOL: dict[str, Any] = {"pool_size": [2, 2], "strides": [2, 2]}

DEEPID = Architecture(
    name="DeepID",
    description={
        "class_name": "Functional",
        "config": {
            "name": "DeepID",
            "layers": [
                _layer("InputLayer", "input", [], batch_shape=[None, 55, 47, 3]),
                _layer("Conv2D", "conv_1", ["input"], filters=20, kernel_size=[4, 4], activation="relu"),
                _layer("MaxPooling2D", "pool_1", ["conv_1"], **_POOL),
                _layer("Conv2D", "conv_2", ["pool_1"], filters=40, kernel_size=[3, 3], activation="relu"),
                _layer("MaxPooling2D", "pool_2", ["conv_2"], **_POOL),
                _layer("Conv2D", "conv_3", ["pool_2"], filters=60, kernel_size=[3, 3], activation="relu"),
                _layer("MaxPooling2D", "pool_3", ["conv_3"], **_POOL),
                _layer("Conv2D", "conv_4", ["pool_3"], filters=80, kernel_size=[2, 2], activation="relu"),
                _layer("Flatten", "flatten_1", ["pool_3"]),
                _layer("Flatten", "flatten_2", ["conv_4"]),
                _layer("Dense", "fc_1", ["flatten_1"], units=160),
                _layer("Dense", "fc_2", ["flatten_2"], units=160),
                _layer("Add", "add_1", ["fc_1", "fc_2"]),
                _layer("Activation", "activation_1", ["add_1"], activation="relu"),
                _layer("Dense", "output", ["activation_1"], units=0, activation="softmax"),
            ],
            "input_layers": [["input", 0, 0]],
            "output_layers": [["output", 0, 0]],
        },
    },
    weights={
        "conv_1": (4, 4, 3, 20),
        "conv_2": (3, 3, 20, 40),
        "conv_3": (3, 3, 40, 60),
        "conv_4": (2, 2, 60, 80),
        "fc_1": (1200, 160),
        "fc_2": (960, 160),
        "output": (160, None),
    },
)

KNOWN = (DEEPID,)
