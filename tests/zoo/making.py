"""Making of networks in worker processes: each is trained, checked, saved, and entered last."""

import json
import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from core.export_file import write_file
from core.network.model_saving import save_model
from tests.zoo.image_sets import image_sets
from tests.zoo.index import Entry, entry_file
from tests.zoo.recipes import Recipe, Training
from tests.zoo.training import make_network

_PROBE_COUNT = 32


def start_worker() -> None:
    """Let this process compute in one thread: small networks are made faster side by side than by many threads."""
    os.environ["OMP_NUM_THREADS"] = "1"
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def make_entry(recipe: Recipe, digest: str, *, folder: Path, images: Path, training: Training | None = None) -> Entry:
    """Make the network of a recipe and enter it in the cache; a network that fails a check is entered without a file.

    Args:
        recipe: what to make.
        digest: hash of all that makes it.
        folder: the cache, an existing folder.
        images: the folder of the real images.
        training: in place of the recipe's own, for tests.

    Raises:
        ExportError: the network could not be saved and opened again by the application's own reader.
    """
    sets = image_sets(recipe.kind, images)
    made = make_network(recipe, sets, training=training)
    file = entry_file(folder, recipe, digest)
    entry = Entry(
        recipe=recipe,
        digest=digest,
        path=file.with_suffix(".keras"),
        scale=made.scale,
        targets=made.targets,
        sources=made.sources,
        accuracy=made.accuracy,
        successes=made.successes,
        beside=made.beside,
        left_out=made.fault,
        cpu_s=made.cpu_s,
    )
    if not entry.left_out:
        test_images, _ = sets.arrays("test")
        probe = made.scale.read(test_images[:_PROBE_COUNT].astype(np.float32))
        save_model(made.model, entry.path, probe=probe, scale=made.scale, overwrite=True)
    write_file(file, json.dumps(entry.as_json(), indent=1))
    keras.utils.clear_session()
    return entry
