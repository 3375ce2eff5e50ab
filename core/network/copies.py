"""Copies of a model whose weights can be changed without changing the original's."""

import keras


def trainable_copy(model: keras.Model) -> keras.Model:
    """Return a copy with the same weights, of the same layers; those of the original are not shared.

    Args:
        model: functional or built sequential model.
    """
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy
