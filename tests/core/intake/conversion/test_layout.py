"""Orders of axes: whatever a file does to a tensor's axes, the layers give what numpy gives."""

import keras
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.layout import ordered_vector, reshaped, transposed
from core.intake.limits import Limits

SHAPE = (2, 3, 4)
VALUES = np.arange(24.0).reshape(1, *SHAPE).astype(np.float32)
TARGETS = ((24,), (6, 4), (2, 12), (4, 6), (2, 3, 4), (4, 3, 2), (2, 2, 6), (2, 1, 3, 4), (1, 24))


def run(builder: NetworkBuilder, output: str) -> np.ndarray:
    """Compute the layers of a builder on VALUES, stored as Keras has them: as they are."""
    results = {"input": VALUES}
    for layer in list(builder.layers.values())[1:]:
        made = getattr(keras.layers, layer.class_name)(**layer.config)
        results[layer.name] = np.asarray(made(results[layer.inputs[0]]))
    return results[output]


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_transposed_and_reshaped_tensors_are_those_of_numpy(data: st.DataObject) -> None:
    builder = NetworkBuilder("net.onnx", Limits(), image_order=(2, 0, 1))
    order = data.draw(st.permutations(range(3)).map(tuple))
    tensor = builder.add_input(SHAPE, order=order)
    expected = VALUES[0].transpose(order)
    for _ in range(data.draw(st.integers(1, 4))):
        if data.draw(st.booleans()):
            shape = data.draw(st.sampled_from(TARGETS))
            tensor, expected = reshaped(tensor, shape), expected.reshape(shape)
        else:
            axes = data.draw(st.permutations(range(expected.ndim)).map(tuple))
            tensor, expected = transposed(builder, tensor, axes), expected.transpose(axes)
        assert tensor.shape == expected.shape
    line = ordered_vector(builder, tensor)
    np.testing.assert_array_equal(run(builder, line.layer).reshape(-1), expected.reshape(-1))


def test_flattening_an_image_takes_no_layer() -> None:
    builder = NetworkBuilder("net.onnx", Limits(), image_order=(2, 0, 1))
    tensor = builder.add_input(SHAPE, order=(2, 0, 1))
    flat = reshaped(transposed(builder, tensor, (1, 2, 0)), (24,))
    assert list(builder.layers) == ["input"]
    assert flat.places().tolist() == list(range(24))
