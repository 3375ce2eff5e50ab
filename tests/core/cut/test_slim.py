"""Convolutions without their pruned channels, compared with Keras' full ones."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.cut.slim import convolve, find_live, widen


@pytest.mark.parametrize("settings", [{}, {"padding": "same", "strides": 2}, {"dilation_rate": 2, "use_bias": False}])
@pytest.mark.parametrize("is_linear", [False, True])
def test_live_channels_are_those_of_the_whole_convolution(settings, is_linear):
    keras.utils.set_random_seed(0)
    layer = keras.layers.Conv2D(6, 3, activation="relu", bias_initializer="normal", **settings)
    pixels = tf.random.stateless_normal((4, 9, 7, 5), seed=(1, 2))
    taken, live = tf.constant([True, False, True, True, False]), tf.constant([False, True, True, False, False, True])
    silenced = tf.where(taken, pixels, 0.0)
    layer(silenced)
    found = convolve(layer, silenced, taken=find_live(taken), live=find_live(live), is_linear=is_linear)
    if is_linear:
        layer.activation = keras.activations.linear
    expected = layer(silenced).numpy()
    np.testing.assert_allclose(found, expected[..., live.numpy()], rtol=1e-5, atol=1e-6)
    wide = widen(found, find_live(live), 6).numpy()
    np.testing.assert_array_equal(wide[..., live.numpy()], found)
    assert not wide[..., ~live.numpy()].any()


def test_where_no_channel_is_left_the_first_stands_in():
    assert find_live(tf.zeros((4,), tf.bool)).numpy().tolist() == [0]
    assert find_live(tf.constant([False, True, True])).numpy().tolist() == [1, 2]
