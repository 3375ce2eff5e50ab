"""The losses of refitting: cross-entropy with labels, and the divergence from another network; and its step."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from core.cut.graph import single_output
from core.network.two_classes import log_of, pair_logits

SOFTMAX = keras.activations.softmax


def make_logits(model: keras.Model) -> Callable[[Any, bool], Any]:
    """Return a function (pixels, training) -> logits (N, K) float32 that shares the model's weights.

    If the model ends with a softmax, the logits are its inputs; if it makes two classes of one sigmoid, 0 and the input
    of the sigmoid. Other non-negative outputs are treated as
    probabilities, and their logarithms are returned. All other outputs are treated as logits.

    Args:
        model: (N, H, W, C) -> (N, K).
    """
    single = single_output(model.outputs[0])
    if single is not None:
        return pair_logits(model, single)
    last = model.outputs[0]._keras_history.operation
    is_softmax = getattr(last, "activation", None) is SOFTMAX or isinstance(last, keras.layers.Softmax)
    if is_softmax and isinstance(last, keras.layers.Dense):
        features = keras.Model(model.inputs[0], last.input)

        def from_dense(pixels: Any, training: bool) -> Any:
            logits = tf.matmul(features(pixels, training=training), last.kernel)
            return logits + last.bias if last.use_bias else logits

        return from_dense
    if is_softmax and isinstance(last, keras.layers.Activation | keras.layers.Softmax):
        before = keras.Model(model.inputs[0], last.input)
        return lambda pixels, training: before(pixels, training=training)
    name = getattr(getattr(last, "activation", None), "__name__", "linear")
    if is_softmax or name in {"sigmoid", "relu", "softplus", "exponential"}:
        return lambda pixels, training: log_of(model(pixels, training=training))
    return lambda pixels, training: model(pixels, training=training)


def label_loss(labels: Any, logits: Any, *, smoothing: float = 0.0) -> Any:
    """Compute the cross-entropy with true labels; the mean over the labelled images, 0 if there are none.

    Args:
        labels: (N,) int64, -1 for an image without a label.
        logits: (N, K) float32.
        smoothing: share of each label spread evenly over all K classes, [0, 1).

    Returns:
        A float32 scalar, at least 0.
    """
    has_label = tf.cast(labels >= 0, logits.dtype)
    class_count = logits.shape[-1]
    wanted = tf.one_hot(tf.maximum(labels, 0), class_count, dtype=logits.dtype)
    wanted = (1 - smoothing) * wanted + smoothing / class_count
    each = tf.nn.softmax_cross_entropy_with_logits(wanted, logits)
    return tf.math.divide_no_nan(tf.reduce_sum(each * has_label), tf.reduce_sum(has_label))


def answer_loss(teacher_logits: Any, logits: Any, *, temperature: float = 1.0) -> Any:
    """Compute the Kullback-Leibler divergence of two networks' soft outputs; the mean over the images.

    With the softened probabilities p = softmax(teacher logits / T) and q = softmax(logits / T): T² · Σ p log(p / q).

    Args:
        teacher_logits: (N, K) float32; no gradient flows into them.
        logits: (N, K) float32.
        temperature: T, at least 1.

    Returns:
        A float32 scalar, at least 0, and 0 if both outputs are the same.

    Source:
        Geoffrey Hinton, Oriol Vinyals, Jeff Dean: Distilling the Knowledge in a Neural Network, 2015, section 2;
        the divergence differs from the cross-entropy there by the teacher's entropy, which has no gradient.
    """
    teacher = tf.nn.log_softmax(tf.stop_gradient(teacher_logits) / temperature)
    student = tf.nn.log_softmax(logits / temperature)
    each = tf.reduce_sum(tf.exp(teacher) * (teacher - student), axis=-1)
    return temperature**2 * tf.reduce_mean(each)


def apply_gradients(optimizer: keras.Optimizer, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
    """Change variables by an optimizer's step, as `optimizer.apply` does, so that a traced step can be freed.

    In a replica context Keras sums the gradients of all replicas by a function with a gradient of its own. TensorFlow
    registers such a gradient for good each time it is traced (`tf.custom_gradient`), with the whole graph of the step:
    8 MB and more for each refit. There is one replica here, so nothing is summed: in a cross-replica context Keras
    leaves it out.

    Args:
        optimizer: it is built.
        gradients: a tensor for each variable, of its shape.
        variables: what is changed.
    """
    tf.distribute.get_replica_context().merge_call(lambda _: optimizer.apply(gradients, variables))
