"""ONNX networks opened here give what onnxruntime computes."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from core.network.model_file import open_model
from core.network.model_saving import save_model
from core.network.network import Network
from tests.core.onnx_zoo import CLASSES, ONNX_ZOO


def computed(model: onnx.ModelProto, images: np.ndarray) -> np.ndarray:
    """Return onnxruntime's output for images, in batches of the size that the network takes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    batch = session.get_inputs()[0].shape[0]
    size = batch if isinstance(batch, int) else len(images)
    parts = [session.run(None, {"input": images[start : start + size]})[0] for start in range(0, len(images), size)]
    return np.concatenate(parts).reshape(len(images), -1)


def images_for(model: onnx.ModelProto, *, count: int = 4) -> np.ndarray:
    """Return random images in the shape that the network reads."""
    dims = model.graph.input[0].type.tensor_type.shape.dim
    shape = [one.dim_value for one in dims[1:]]
    return np.random.default_rng(3).normal(size=(count, *shape)).astype(np.float32)


def opened(path: Path, images: np.ndarray) -> tuple[Network, np.ndarray]:
    """Open a network, and return it with its output for images, which are given as the file wants them."""
    found = open_model(path)
    if images.shape[1:] != found.input_shape:
        images = images.transpose(0, 2, 3, 1)
    network = Network(found.model, path=path)
    return network, network.outputs(np.ascontiguousarray(images))


@pytest.mark.parametrize("name", ONNX_ZOO)
def test_outputs_are_those_of_onnxruntime(name: str, tmp_path: Path) -> None:
    model = ONNX_ZOO[name]()
    onnx.checker.check_model(model)
    images = images_for(model)
    path = tmp_path / "network.onnx"
    path.write_bytes(model.SerializeToString())
    network, outputs = opened(path, images)
    expected = computed(model, images)
    assert outputs.shape == (4, CLASSES)
    assert np.ptp(expected) > 1e-2
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-4)
    convolutions = sum(node.op_type == "Conv" for node in model.graph.node)
    assert len(network.summary.layers) == convolutions


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_what_was_opened_is_saved_as_keras(suffix: str, tmp_path: Path) -> None:
    model = ONNX_ZOO["ResNet"]()
    path = tmp_path / "network.onnx"
    path.write_bytes(model.SerializeToString())
    found = open_model(path)
    assert found.source_format == "onnx"
    images = images_for(model).transpose(0, 2, 3, 1)
    saved = save_model(found.model, tmp_path / f"network{suffix}", probe=images)
    np.testing.assert_array_equal(open_model(saved.path).model(images), found.model(images))


def test_layers_are_named_after_the_modules_of_the_exported_network(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(ONNX_ZOO["ResNet"]().SerializeToString())
    names = [layer.name for layer in Network(open_model(path).model, path=path).summary.layers]
    assert names[:3] == ["conv1", "layer1.0.conv1", "layer1.0.conv2"]
    assert "layer2.0.downsample.0" in names
