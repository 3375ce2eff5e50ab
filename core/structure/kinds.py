"""What a layer does, as groups that a drawing can tell apart."""

from enum import StrEnum


class LayerKind(StrEnum):
    """What a layer does."""

    CONVOLUTION = "convolution"
    DENSE = "dense"
    ACTIVATION = "activation"
    NORMALIZATION = "normalization"
    POOLING = "pooling"
    JOIN = "join"
    OTHER = "other"


_ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax")
_JOINS = ("Add", "Concatenate", "Multiply", "Subtract", "Average", "Maximum", "Minimum", "Dot")


def kind_of(class_name: str) -> LayerKind:
    """Return what a layer of a Keras class does."""
    if "Conv" in class_name:
        return LayerKind.CONVOLUTION
    if class_name in ("Dense", "EinsumDense", "MultiHeadAttention", "Embedding"):
        return LayerKind.DENSE
    if class_name in _ACTIVATIONS:
        return LayerKind.ACTIVATION
    if "Normalization" in class_name:
        return LayerKind.NORMALIZATION
    if "Pooling" in class_name:
        return LayerKind.POOLING
    return LayerKind.JOIN if class_name in _JOINS else LayerKind.OTHER
