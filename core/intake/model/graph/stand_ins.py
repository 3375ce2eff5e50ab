"""Layers that are opened as other layers that compute the same, or as none.

A layer that only acts in training passes its input on when a network answers, so it is left out. Layers of
`keras.applications` that `keras.layers` does not have are built from layers that it has.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.intake.model.layers import Config
from core.intake.model.values import WrongValue, number, whole
from core.intake.refusal import Refusal, shortened


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of several that stand for a member of a network.

    Attributes:
        class_name: a class of the allow-list.
        config: its settings, to be checked like those of other layers.
        inputs: what it reads: the member's inputs are 0, 1, …, and the steps' outputs follow them.
        is_operation: whether it stands for an operation between tensors, which must have equally many axes.
    """

    class_name: str
    config: Config
    inputs: tuple[int, ...] = (0,)
    is_operation: bool = False


Steps = tuple[Step, ...]

# They pass images on when a network answers. RandomCrop is not among them: it resizes then.
TRAINING_ONLY = frozenset({
    *("RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform"),
    *("RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue"),
    *("RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation"),
    *("RandomSharpness", "RandomShear", "RandomTranslation", "RandomWidth", "RandomZoom"),
    *("AugMix", "CutMix", "MixUp", "RandAugment"),
    *("ActivityRegularization", "SpatialDropout1D", "StochasticDepth"),
})  # fmt: skip
# Keras 3 writes `training: true` into the calls of these by itself, and the answer does not depend on it.
_TRAINING_IN_CALL = frozenset({"Resizing", "CenterCrop"})


@dataclass(frozen=True, slots=True)
class StandIn:
    """The layers that stand for a class.

    Attributes:
        steps: function from the settings to the layers.
        weights: names of its weights in the file, in Keras' order; the last layer gets them.
        input_count: how many layers it reads.
    """

    steps: Callable[[Config], Steps]
    weights: tuple[str, ...] = ()
    input_count: int = 1


def stand_in(class_name: str) -> StandIn | None:
    """Return what stands for a class; None for a class that is opened as itself."""
    return _PASSED_ON if class_name in TRAINING_ONLY or class_name == "Identity" else _BUILT.get(class_name)


def may_train_in_call(class_name: str, *, is_keras_2: bool) -> bool:
    """Whether `training: true` in a layer's call changes no answer.

    Keras 2 keeps it when the network answers, so a layer that only acts in training acts then, too.
    """
    return class_name in _TRAINING_IN_CALL or (class_name in TRAINING_ONLY and not is_keras_2)


def built_steps(class_name: str, config: Config, *, layer: str) -> Steps:
    """Return the layers that stand for a layer; empty if it is left out.

    Raises:
        Refusal: `unsupported-config`.
    """
    found = stand_in(class_name)
    assert found is not None
    try:
        return found.steps(config)
    except WrongValue as expected:
        raise Refusal(
            "unsupported-config",
            f"layer '{shortened(layer)}' of class {class_name} has a setting that is not allowed: expected {expected}",
        ) from expected


def _layer_scale(config: Config) -> Steps:
    """Multiply each channel by a trained number. Source: Touvron et al., Going deeper with Image Transformers, 2021."""
    width = whole(1)(config.get("projection_dim"))
    return (Step("EinsumDense", {"equation": "abcd,d->abcd", "output_shape": [None, None, width]}),)


def _custom_scale(config: Config) -> Steps:
    """Add the scaled second input to the first, as in Inception-ResNet-v2."""
    return (
        Step("Rescaling", {"scale": number()(config.get("scale")), "offset": 0.0}, (1,)),
        Step("Add", {}, (0, 2), is_operation=True),
    )


_PASSED_ON = StandIn(lambda config: ())
_BUILT: Mapping[str, StandIn] = {
    "LayerScale": StandIn(_layer_scale, ("gamma",)),
    "CustomScaleLayer": StandIn(_custom_scale, input_count=2),
}
