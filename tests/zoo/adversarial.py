"""Images that are hard to recognize, for label-consistent attacks."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.attack.training import train
from tests.zoo.architectures import lenet
from tests.zoo.attacks import Labels
from tests.zoo.triggers import Images

STEP_COUNT = 20
OTHER_SHARE = 0.4  # of an image of another class
BUDGETS = {1: 0.3, 3: 0.15}  # by channel count: largest change of a pixel, of 0 to 1
_BATCH_SIZE = 64


def perturbed(images: Images, labels: Labels, rows: Any, *, class_count: int, seed: int) -> Images:
    """Perturb training images of one class until a clean network fails on them; their labels stay plausible.

    Args:
        images: all clean training images, (N, H, W, C) uint8; the clean network is trained on them.
        labels: their true classes, (N,).
        rows: indices of the images to perturb, (n,).
        class_count: K, number of classes.
        seed: seed of the clean network, of the other classes' images and of the first step.

    Returns:
        The perturbed images, (n, H, W, C) uint8.

    Source:
        Alexander Turner, Dimitris Tsipras, Aleksander Madry: Label-Consistent Backdoor Attacks, 2019, section 4:
        interpolation towards another class (there between codes of a generative network, here of pixels), and projected
        gradient descent in the maximum norm, here by 0.3 for digits and 0.15 for colour images. The paper uses one or
        the other; either alone left the attack below 90 % here.
    """
    keras.utils.set_random_seed(seed)
    model = lenet(images.shape[1:], class_count)
    values = images.astype(np.float32) / 255
    train(model, values, labels, epochs=3, batch_size=_BATCH_SIZE, learning_rate=0.002, seed=seed)
    budget = BUDGETS[images.shape[3]]
    rng = np.random.default_rng([seed, 13])

    @tf.function(reduce_retracing=True)
    def gradient_of(pixels: Any, truth: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            loss = tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(truth, model(pixels, training=False)))
        return tape.gradient(loss, pixels)

    truth = labels[rows]
    others = rng.choice(np.flatnonzero(~np.isin(labels, truth)), len(truth))
    clean = (1 - OTHER_SHARE) * values[rows] + OTHER_SHARE * values[others]
    pixels = np.clip(clean + rng.uniform(-budget, budget, clean.shape), 0, 1).astype(np.float32)
    for _ in range(STEP_COUNT):
        step = np.sign(gradient_of(tf.constant(pixels), tf.constant(truth)).numpy()) * (2.5 * budget / STEP_COUNT)
        pixels = np.clip(np.clip(pixels + step, clean - budget, clean + budget), 0, 1).astype(np.float32)
    return np.rint(255 * pixels).astype(np.uint8)
