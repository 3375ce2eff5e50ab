"""The predictions of B, B′ and G for single images."""

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.data.image import as_seen
from core.network.confidence import flagged_by_confidence, rounded_level
from core.network.network import FloatArray, Network, label_and_confidence
from core.records import ClassScore, ImageAnswer, ImageConfidence
from core.scale import Scale

TOP_COUNT = 5


def classify(
    network: Network,
    pixels: FloatArray,
    *,
    scale: Scale,
    layer: str | LayerSet | None = None,
    reader: str | None = None,
    channel_mask: NDArray[np.bool_] | None = None,
    pruned_network: Network | None = None,
    level: float | None = None,
) -> ImageAnswer:
    """Classify one image, shape (H, W, C); otherwise like `classify_images`."""
    return classify_images(
        network,
        pixels[np.newaxis],
        scale=scale,
        layer=layer,
        reader=reader,
        channel_mask=channel_mask,
        pruned_network=pruned_network,
        level=level,
    )[0]


def classify_images(
    network: Network,
    images: FloatArray,
    *,
    scale: Scale,
    layer: str | LayerSet | None = None,
    reader: str | None = None,
    channel_mask: NDArray[np.bool_] | None = None,
    pruned_network: Network | None = None,
    level: float | None = None,
) -> tuple[ImageAnswer, ...]:
    """Classify a few images with B, B′ and G.

    Args:
        network: B.
        images: shape (N, H, W, C), float32, in the range `scale`.
        scale: the pixel range the network expects.
        layer: the convolution that `channel_mask` belongs to, or several as one.
        reader: mask only what this layer reads.
        channel_mask: shape (C,), True = kept; defines B′. If None, B′ is `pruned_network`, or B itself.
        pruned_network: B′ as a separate network, with the same input shape and classes.
        level: confidence level of B′ for G by confidence, in [0, 1]; None leaves G by confidence out.

    Raises:
        LayerError: no such layer or reader.
        ValueError: the level is not in [0, 1].
    """
    base = network.outputs(images)
    if pruned_network is not None:
        pruned = pruned_network.outputs(images)
    elif layer is not None and channel_mask is not None:
        pruned = network.outputs(images, layer=layer, reader=reader, channel_mask=channel_mask)
    else:
        pruned = base
    confident = pruned_network or network
    return tuple(
        ImageAnswer(
            seen=as_seen(pixels, scale),
            base=_top(of_base),
            pruned=_top(of_pruned),
            repaired_label=label if label == int(of_pruned.argmax()) else network.class_count,
            class_count=network.class_count,
            confidence=None if level is None else _confidence(confident, of_pruned, level),
        )
        for pixels, of_base, of_pruned in zip(images, base, pruned, strict=True)
        for label in (int(of_base.argmax()),)
    )


def feature_map(network: Network, pixels: FloatArray, *, layer: str, channel: int) -> FloatArray:
    """Return one channel's output for an image (H, W, C), after activation and pooling: shape (h, w), float32.

    Raises:
        LayerError: no such layer.
    """
    feature = network.feature_maps(pixels[np.newaxis], layer)[0, ..., channel].copy()
    feature.flags.writeable = False
    return feature


def _confidence(network: Network, outputs: FloatArray, level: float) -> ImageConfidence:
    """Compute the confidence of outputs (K,) of a network, in the same way as the figures of G by confidence."""
    is_probability = network.graph.gives_probabilities()
    labels, confidences = label_and_confidence(outputs[np.newaxis], is_probability=is_probability)
    value = np.nan_to_num(confidences.numpy(), nan=0.0)
    is_below = flagged_by_confidence(labels.numpy(), labels.numpy(), value, level=level)[0]
    return ImageConfidence(float(value[0]), float(rounded_level(level)), bool(is_below))


def _top(outputs: FloatArray) -> tuple[ClassScore, ...]:
    best = np.argsort(-outputs, kind="stable")[:TOP_COUNT]
    return tuple(ClassScore(int(label), float(outputs[label])) for label in best)
