"""An open network: its layers, and its predictions under a channel mask.

Weights are never edited: a channel mask is an argument.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.channels import ChannelTensor, LayerSet, PrunableLayer
from core.cut.batches import batch_size
from core.cut.cut import Cut, compiled, label_and_margin
from core.cut.every_cut import EveryCut
from core.cut.graph import Graph, single_output
from core.errors import LayerError
from core.monitor import Monitor
from core.network.model_file import OpenedModel, open_model
from core.network.two_classes import is_from_logit
from core.records import ModelSummary
from core.scale import Scale
from core.words import counted, joined, printable

FloatArray = NDArray[np.float32]
_NAMED = 4
Answering = Callable[[FloatArray], tuple[NDArray[np.int64], FloatArray]]

# TensorFloat-32 multiplies with ten mantissa bits: too coarse for the bounds on rounding errors.
tf.config.experimental.enable_tensor_float_32_execution(False)
# TensorFlow 2.21 with oneDNN fails to fuse an addition followed by a ReLU, logs an error, and falls back to the
# original graph. The speed is the same without the attempt.
tf.config.optimizer.set_experimental_options({"remapping": False})


class Network:
    """A trained classifier, read-only.

    Args:
        model: functional or built sequential Keras model, (N, H, W, C) float32 -> (N, K).
        path: the file it was opened from.
        sha256: SHA-256 of that file.
        source_format: format of that file.
        notes: see `ModelSummary`.
        scale: what the network reads for a pixel, where the file tells it.
        architecture: see `ModelSummary`.
        tensor: which tensor is ranked and masked where a batch normalization is behind an activation.
        keras_version: see `ModelSummary`.

    Raises:
        LayerError: the model has several inputs or outputs.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        path: Path,
        sha256: str = "",
        source_format: str = "keras",
        notes: Sequence[str] = (),
        scale: Scale | None = None,
        architecture: Path | None = None,
        tensor: ChannelTensor = ChannelTensor.ACTIVATION,
        keras_version: str = "",
    ) -> None:
        self.graph = Graph(model)
        self.model = model
        self.tensor = tensor
        height, width, channels = (int(size) for size in model.inputs[0].shape[1:])
        self.summary = ModelSummary(
            path=path,
            sha256=sha256,
            source_format=source_format,
            input_shape=(height, width, channels),
            class_count=int(model.outputs[0].shape[-1]),
            parameter_count=int(model.count_params()),
            layers=self.graph.prunable_layers(tensor),
            is_repaired=self.graph.is_repaired(),
            notes=tuple(notes),
            scale=scale,
            architecture=architecture,
            keras_version=keras_version,
        )
        self._cuts: dict[tuple[LayerSet, str | None], Cut | EveryCut] = {}
        self._others: dict[ChannelTensor, Network] = {}

    def with_tensor(self, tensor: ChannelTensor) -> "Network":
        """Return this network with its channels ranked and masked at another tensor; the weights are shared."""
        if tensor is self.tensor:
            return self
        if tensor not in self._others:
            other = self._others[tensor] = copy(self)
            other.tensor = tensor
            other.summary = replace(self.summary, layers=self.graph.prunable_layers(tensor))
            other._cuts, other._others = {}, {}
        return self._others[tensor]

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Shape (H, W, C) of the input images."""
        return self.summary.input_shape

    @property
    def class_count(self) -> int:
        """Number of classes, K."""
        return self.summary.class_count

    @property
    def batch_size(self) -> int:
        """Number of images per TensorFlow batch, from 1 to 256, by what an image takes in this network."""
        return batch_size(self.graph.layers.values())

    def layer(self, layer: str | LayerSet) -> PrunableLayer:
        """Return the convolution of that name, or several as one; a set of all of them becomes all.

        Args:
            layer: the name of one convolution, or a set of convolutions.

        Raises:
            LayerError: there is no convolution of a name, or a name is repeated.
        """
        wanted = LayerSet.of(layer) if isinstance(layer, str) else layer
        names = [each.name for each in self.summary.layers]
        if len(wanted.names) == 1 and wanted.names[0] in names:
            return self.summary.layers[names.index(wanted.names[0])]
        several = tuple(each for each in self.summary.layers if wanted.is_all or each.name in wanted.names)
        if several and (wanted.is_all or sorted(each.name for each in several) == sorted(wanted.names)):
            return PrunableLayer.together(several, is_all=len(several) == len(names))
        raise LayerError(
            f"the layer must be a convolution of '{self.summary.path.name}' ({', '.join(names) or 'none'}), "
            f"got '{wanted.text}'",
            code="no-such-layer",
        )

    def parse_layers(self, text: str) -> LayerSet:
        """Parse "conv_3", "conv_1, conv_3" or "all"; a name that the network really has comes first."""
        return LayerSet.parse(text, [each.name for each in self.summary.layers])

    def default_layer(self) -> str:
        """Return the last convolution with several readers, where a bypass is possible; else the last convolution.

        Raises:
            LayerError: the network has no convolution.
        """
        if not self.summary.layers:
            raise LayerError(
                f"'{self.summary.path.name}' has no convolution whose channels can be pruned", code="no-convolution"
            )
        several = [each for each in self.summary.layers if sum(r.is_cuttable for r in each.readers) > 1]
        return (several or list(self.summary.layers))[-1].name

    def cut(self, layer: str | LayerSet, *, reader: str | None = None) -> Cut | EveryCut:
        """Return the network split at the layer whose channels are masked; cached.

        Raises:
            LayerError: no such layer or reader.
        """
        prunable = self.layer(layer)
        key = (prunable.layer_set, reader)
        if key not in self._cuts:
            if prunable.parts and reader is None:
                self._cuts[key] = EveryCut(self.graph, prunable)
            else:
                self._cuts[key] = Cut(self.graph, prunable, self.graph.plan_cut(prunable, reader=reader))
        return self._cuts[key]

    def outputs(
        self,
        pixels: FloatArray,
        *,
        layer: str | LayerSet | None = None,
        reader: str | None = None,
        channel_mask: NDArray[np.bool_] | None = None,
    ) -> FloatArray:
        """Compute the network's outputs layer by layer, without caches.

        Args:
            pixels: shape (N, H, W, C), float32, in the range the network expects.
            layer: the convolution that `channel_mask` belongs to, or several as one.
            reader: mask only what this layer reads.
            channel_mask: shape (C,), True = kept; None keeps all.

        Returns:
            Shape (N, K), float32.
        """
        if layer is None or channel_mask is None:
            return np.asarray(self.model(pixels, training=False))
        return self.cut(layer, reader=reader).plain_outputs(pixels, channel_mask[np.newaxis])

    @cached_property
    def answer(self) -> Answering:
        """A compiled function: pixels (n, H, W, C) -> predicted labels (n,) and margins (n,)."""
        return self._answering(label_and_margin)

    @cached_property
    def answer_with_confidence(self) -> Answering:
        """A compiled function: pixels (n, H, W, C) -> predicted labels (n,) and confidences (n,)."""
        is_probability = self.graph.gives_probabilities()
        return self._answering(lambda outputs: label_and_confidence(outputs, is_probability=is_probability))

    def _answering(self, judge: Callable[[Any], tuple[Any, Any]]) -> Answering:
        signature = tf.TensorSpec((None, *self.input_shape), tf.float32)
        run = compiled(lambda pixels: judge(self.model(pixels, training=False)), signature)

        def answer(pixels: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
            labels, values = run(pixels)
            return labels.numpy(), values.numpy()

        return answer

    def feature_maps(self, pixels: FloatArray, layer: str) -> FloatArray:
        """Return the measured tensor of a convolution, such as its output after activation and pooling.

        Args:
            pixels: as in `outputs`.
            layer: the convolution.

        Returns:
            Shape (N, h, w, C), float32.
        """
        cut = self.cut(layer)
        assert isinstance(cut, Cut)
        return cut.measure(pixels)


def label_and_confidence(outputs: Any, *, is_probability: bool) -> tuple[Any, Any]:
    """Return labels (n,) and confidences (n,), float32 in [0, 1], of outputs (n, K), as TensorFlow tensors.

    The confidence is the largest probability: the largest output if outputs are probabilities (a softmax, sigmoids),
    else the largest value of their softmax.
    """
    probabilities = outputs if is_probability else tf.nn.softmax(outputs)
    return tf.argmax(outputs, axis=-1), tf.reduce_max(probabilities, axis=-1)


def open_network(path: Path, *, monitor: Monitor | None = None, architecture: Path | None = None) -> Network:
    """Open a model file through the intake and analyse its graph.

    Args:
        path: the file.
        monitor: receives progress, and can cancel.
        architecture: a JSON file that describes the network, if the file has weights alone.

    Raises:
        ModelFileError: the file is refused.
        LayerError: its graph is not supported.
    """
    opened = open_model(path, monitor=monitor, architecture=architecture)
    return Network(
        opened.model,
        path=opened.path,
        sha256=opened.sha256,
        source_format=opened.source_format,
        scale=opened.scale,
        notes=_notes(opened),
        architecture=architecture if opened.source_format == "weights-h5" else None,
        keras_version=opened.keras_version,
    )


def _notes(opened: OpenedModel) -> list[str]:
    """Say how the file was read where the open network is not layer by layer the one in the file."""
    notes = []
    if opened.source_format == "saved-model":
        notes.append(
            "Its description of layers and its variables were read, not its graph (saved_model.pb): a program that "
            "runs the graph, such as TensorFlow Serving, may run another network."
        )
    if left_out := opened.description.left_out:
        notes.append(
            f"Layers that act in training only were left out: {joined(left_out)}. They change no answer of predict(), "
            f"but Keras 3 applies most of them in model(images) without training=False; saved networks do not have "
            f"them, and refitting does not use them."
        )
    notes += [
        f"Layer {printable(names[0])} is called {len(names)} times: each call is opened as a layer of its own with the "
        f"same weights ({joined([printable(each) for each in names])}), which is pruned and refitted by itself."
        for names in opened.description.repeated[:_NAMED]
    ]
    if (others := len(opened.description.repeated) - _NAMED) > 0:
        notes.append(f"{counted(others, 'further layer')} called several times opened in the same way.")
    single = single_output(opened.model.outputs[0])
    if single is not None and is_from_logit(single):
        notes.append(
            "Its one output has no sigmoid: it is read as a logit of two classes, 1 where it is above 0, else 0. If it "
            "is something else, such as a quantity, the figures mean nothing."
        )
    elif single is not None:
        notes.append("Its one sigmoid output p is read as two classes: 1 where p is above 0.5, else 0.")
    return notes
