"""Writing of ONNX graphs as `torch.onnx.export` writes them: names, operators and their attributes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class OnnxWriter:
    """Collects the operators of a graph; weights are random, the same for the same seed.

    Args:
        opset: version of ONNX's operators.
        seed: of the weights.
        shape: of an image; channels first.
        batch: the batch axis: a name, or a number.
    """

    def __init__(
        self, *, opset: int = 17, seed: int = 0, shape: Sequence[int] = (3, 16, 16), batch: Any = "batch"
    ) -> None:
        self.opset, self.shape, self.batch = opset, tuple(shape), batch
        self._rng = np.random.default_rng(seed)
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._channels: dict[str, int] = {"input": self.shape[0]}

    def channels(self, tensor: str) -> int:
        """The number of channels, or of features, of a tensor that the writer knows it of."""
        return self._channels[tensor]

    def random(self, *shape: int, scale: float | None = None) -> np.ndarray:
        """Random numbers, of a size that keeps activations about the same from layer to layer."""
        fan = int(np.prod(shape[1:])) if len(shape) > 1 else 1
        return (self._rng.normal(size=shape) * (scale or (2 / fan) ** 0.5)).astype(np.float32)

    def weight(self, values: Any, name: str = "") -> str:
        """Add a constant; return its name."""
        name = name or f"onnx::Const_{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def has(self, tensor: str) -> bool:
        """Whether an operator gives a tensor of this name."""
        return any(tensor in node.output for node in self._nodes)

    def alias(self, tensor: str, name: str) -> None:
        """Give a tensor a further name."""
        self._nodes.append(helper.make_node("Identity", [tensor], [name]))
        self._channels[name] = self._channels[tensor]

    def op(self, kind: str, *inputs: str, channels: int | None = None, name: str = "", **attributes: Any) -> str:
        """Add an operator with one output; return the name of that."""
        output = f"/{name or kind}_{len(self._nodes)}_output_0"
        if any(node.name == f"/{name}/{kind}" for node in self._nodes):
            name = f"{name}_{len(self._nodes)}"
        self._nodes.append(
            helper.make_node(kind, list(inputs), [output], name=f"/{name}/{kind}" if name else "", **attributes)
        )
        known = [self._channels[one] for one in inputs if one in self._channels]
        if channels or known:
            self._channels[output] = channels or known[0]
        return output

    def split(self, tensor: str, count: int) -> list[str]:
        """Divide the channels into equal parts."""
        outputs = [f"/Split_{len(self._nodes)}_output_{index}" for index in range(count)]
        sizes = self.weight(np.full(count, self.channels(tensor) // count))
        self._nodes.append(helper.make_node("Split", [tensor, sizes], outputs, axis=1))
        self._channels |= dict.fromkeys(outputs, self.channels(tensor) // count)
        return outputs

    def conv(
        self, tensor: str, filters: int, size: int | tuple[int, int] = 3, *, stride: int = 1, pads: Any = None,
        dilation: int = 1, groups: int = 1, has_bias: bool = True, name: str = "",
    ) -> str:  # fmt: skip
        """Add a convolution; `pads` is one number, or four."""
        size = (size, size) if isinstance(size, int) else size
        name = name or f"conv{len(self._nodes)}"
        pads = (size[0] // 2) * dilation if pads is None else pads
        pads = [pads] * 4 if isinstance(pads, int) else list(pads)
        kernel = self.random(filters, self.channels(tensor) // groups, *size)
        inputs = [tensor, self.weight(kernel, f"{name}.weight")]
        if has_bias:
            inputs.append(self.weight(self.random(filters, scale=0.1), f"{name}.bias"))
        return self.op(
            "Conv", *inputs, channels=filters, name=name, kernel_shape=list(size), strides=[stride] * 2, pads=pads,
            dilations=[dilation] * 2, group=groups,
        )  # fmt: skip

    def norm(self, tensor: str, name: str = "") -> str:
        """Add a batch normalization."""
        name, count = name or f"bn{len(self._nodes)}", self.channels(tensor)
        values = (1 + 0.2 * self._rng.normal(size=count), 0.1 * self._rng.normal(size=count))
        values += (0.1 * self._rng.normal(size=count), self._rng.uniform(0.5, 1.5, count))
        names = ("weight", "bias", "running_mean", "running_var")
        weights = [
            self.weight(each.astype(np.float32), f"{name}.{one}") for each, one in zip(values, names, strict=True)
        ]
        return self.op("BatchNormalization", tensor, *weights, name=name, epsilon=1e-5, momentum=0.9)

    def relu(self, tensor: str) -> str:
        """Add a ReLU."""
        return self.op("Relu", tensor, name="relu")

    def relu6(self, tensor: str) -> str:
        """Add a ReLU6, which PyTorch writes as a Clip."""
        bounds = [self.weight(np.float32(value)) for value in (0, 6)]
        return self.op("Clip", tensor, *bounds, name="relu6")

    def max_pool(self, tensor: str, size: int = 2, *, stride: int = 2, pads: int = 0, ceil_mode: int = 0) -> str:
        """Add a maximum pooling."""
        return self.op(
            "MaxPool", tensor, name="maxpool", kernel_shape=[size] * 2, strides=[stride] * 2, pads=[pads] * 4,
            ceil_mode=ceil_mode,
        )  # fmt: skip

    def average_pool(self, tensor: str, size: int = 2, *, stride: int = 2, pads: int = 0, **more: int) -> str:
        """Add an average pooling."""
        return self.op(
            "AveragePool", tensor, name="avgpool", kernel_shape=[size] * 2, strides=[stride] * 2, pads=[pads] * 4,
            **more,
        )  # fmt: skip

    def flatten(self, tensor: str, features: int) -> str:
        """Add a Flatten."""
        return self.op("Flatten", tensor, channels=features, name="flatten", axis=1)

    def linear(self, tensor: str, units: int, name: str = "") -> str:
        """Add a dense layer, as a Gemm with its matrix transposed."""
        name = name or f"fc{len(self._nodes)}"
        kernel = self.weight(self.random(units, self.channels(tensor)), f"{name}.weight")
        bias = self.weight(self.random(units, scale=0.1), f"{name}.bias")
        return self.op("Gemm", tensor, kernel, bias, channels=units, name=name, alpha=1.0, beta=1.0, transB=1)

    def pooled_features(self, tensor: str) -> str:
        """Average over height and width and flatten, as classifiers end."""
        return self.flatten(self.op("GlobalAveragePool", tensor, name="avgpool"), self.channels(tensor))

    def model(self, output: str, *, shape: Sequence[Any] | None = None) -> onnx.ModelProto:
        """Return the network that ends in a tensor."""
        input_shape = [self.batch, *self.shape] if shape is None else shape
        graph = helper.make_graph(
            self._nodes,
            "main_graph",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, input_shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", "classes"])],
            self._weights,
        )
        made = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", self.opset)],
            producer_name="pytorch",
            producer_version="2.9.0",
        )
        made.ir_version = 8
        return made

    def save(self, path: Path, output: str, **options: Any) -> Path:
        """Write the network that ends in a tensor."""
        path.write_bytes(self.model(output, **options).SerializeToString())
        return path
