"""What the teacher sees in a step: the augmented image, or the image as it is."""

import keras
import numpy as np
import pytest

from core.refit.records import Augmentation, RefitSettings
from core.refit.step import make_step
from core.scale import Scale


@pytest.mark.parametrize(("is_teacher_varied", "is_loss"), [(True, False), (False, True)])
def test_the_teacher_sees_the_augmented_image_or_the_image_itself(is_teacher_varied: bool, is_loss: bool) -> None:
    """A student that is the teacher has no loss unless the two see different images."""
    pixels = keras.Input((6, 6, 1))
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(pixels)))
    rng = np.random.default_rng(5)
    model.set_weights([0.5 * rng.normal(size=(36, 3)), np.zeros(3)])
    teacher = keras.models.clone_model(model)
    teacher.set_weights(model.get_weights())
    settings = RefitSettings(
        distillation_weight=1.0,
        augmentation=Augmentation(shift=0.2, light=0.2),
        is_teacher_varied=is_teacher_varied,
    )
    step = make_step(model, teacher, settings, free={}, scale=Scale.UNIT)
    loss = step.take(rng.random((8, 6, 6, 1), np.float32), np.zeros(8, np.int64), 0, 0.0, 1e-6)
    assert (loss > 0.05) is is_loss
    assert loss == pytest.approx(0, abs=1e-5) or is_loss
