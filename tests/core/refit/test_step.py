"""A step of a refit: what the teacher sees, the augmented image or the image as it is; nothing stays of it."""

import gc

import keras
import numpy as np
import pytest

from core.data.dataset import Dataset
from core.network.network import Network
from core.refit.records import Augmentation, RefitSettings, TeacherImages
from core.refit.refit import refit_network
from core.refit.step import make_step
from core.scale import Scale


@pytest.mark.parametrize(
    ("images", "size", "is_loss"),
    [
        (TeacherImages.AUGMENTED, 0.5, False),
        (TeacherImages.PLAIN, 0.5, True),
        (TeacherImages.AGREEING, 0.001, False),  # the answers are the same
        (TeacherImages.AGREEING, 1.0, True),  # some answers change: there the image itself is answered
    ],
)
def test_the_teacher_sees_the_augmented_image_or_the_image_itself(
    images: TeacherImages, size: float, is_loss: bool
) -> None:
    """A student that is the teacher has no loss unless the two see different images."""
    pixels = keras.Input((6, 6, 1))
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(pixels)))
    rng = np.random.default_rng(5)
    bias = np.zeros(3) if size > 0.01 else np.array([1.0, 0, 0])  # a class that all images are answered with
    kernel = size * rng.normal(size=(36, 3))
    model.set_weights([kernel - kernel.mean(axis=0), bias])
    teacher = keras.models.clone_model(model)
    teacher.set_weights(model.get_weights())
    settings = RefitSettings(
        distillation_weight=1.0,
        augmentation=Augmentation(shift=0.2, light=0.2),
        teacher_images=images,
    )
    step = make_step(model, teacher, settings, free={}, scale=Scale.UNIT)
    loss = step.take(rng.random((32, 6, 6, 1), np.float32), np.zeros(32, np.int64), 0, 0.0, 1e-6)
    assert (loss > 0.05) is is_loss
    assert loss == pytest.approx(0, abs=1e-5) or is_loss


def traced_steps() -> set[int]:
    """The graphs of steps that are alive."""
    gc.collect()
    return {id(each) for each in gc.get_objects() if type(each).__name__ == "FuncGraph" and each.name == "step"}


@pytest.mark.parametrize("radius", [0.0, 0.5])
def test_no_graph_is_left_behind(
    two_branches: Network, random_sets: tuple[Dataset, Dataset, Dataset], radius: float
) -> None:
    before = traced_steps()
    settings = RefitSettings(epochs=2, batch_size=16, learning_rate=0.01, perturbation_radius=radius)
    tuned = refit_network(two_branches, random_sets[0], settings, scale=Scale.UNIT)
    assert tuned.model is not None
    assert traced_steps() <= before
