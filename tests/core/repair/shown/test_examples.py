"""Images with a trigger whose answers a repair changes: from a poisoned set, or with a reconstructed trigger."""

import keras
import numpy as np

from core.data.dataset import Dataset, from_arrays
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.repair.shown.examples import Examples, examples_of, find_watched
from core.repair.shown.watched import EXAMPLE_COUNT, watched_of_set
from core.scale import Scale
from tests.core.detect.planted import PATCH, TARGET, planted_network, quarter_images


def poisoned() -> Dataset:
    """Return images of other classes with the patch, labelled with the target."""
    clean = quarter_images(80, seed=6)
    images = np.asarray(clean.images).copy()[clean.labels != TARGET]
    images[:, PATCH, PATCH] = 255
    return from_arrays("patched.h5", images, np.full(len(images), TARGET))


def without_the_backdoor(network: Network) -> Network:
    """Return a network of as many classes that never answers with the target."""
    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    kernel, bias = model.layers[-1].get_weights()
    bias[TARGET] = -1e6
    model.layers[-1].set_weights([kernel, bias])
    return Network(model, path=network.summary.path)


def found(*, has_set: bool, suspects: tuple[int, ...] = (), is_repaired: bool = True) -> Examples | None:
    """Return the examples of the planted network."""
    network = planted_network()
    inputs = EvaluationInputs(
        network=network,
        validation=quarter_images(),
        poisoned=(poisoned(),) if has_set else (),
        scale=Scale.UNIT,
    )
    pruned = without_the_backdoor(network) if is_repaired else network
    watched = watched_of_set(inputs, seed=0, monitor=Monitor())
    if watched is None:
        watched = find_watched(inputs, suspects=suspects, seed=0, monitor=Monitor())
    return examples_of(watched, pruned) if watched is not None else None


def test_images_of_a_poisoned_set_that_b_answers_as_the_attacker_wants() -> None:
    examples = found(has_set=True)
    assert examples is not None
    assert examples.source == "patched.h5" and not examples.is_estimated
    assert len(examples.images) == EXAMPLE_COUNT
    assert all(each.base == TARGET != each.pruned for each in examples.images)
    images = {image.tobytes() for image in np.asarray(poisoned().images)}
    assert all(each.pixels.tobytes() in images for each in examples.images)


def test_where_nothing_was_repaired_the_answers_stay() -> None:
    examples = found(has_set=True, is_repaired=False)
    assert examples is not None
    assert all(each.base == each.pruned == TARGET for each in examples.images)


def test_without_triggered_images_a_trigger_is_reconstructed_for_a_suspect() -> None:
    examples = found(has_set=False, suspects=(TARGET,))
    assert examples is not None
    assert examples.is_estimated and f"class {TARGET}" in examples.source
    assert all(each.base == TARGET != each.pruned for each in examples.images)


def test_without_a_suspect_there_is_nothing_to_show() -> None:
    assert found(has_set=False) is None
