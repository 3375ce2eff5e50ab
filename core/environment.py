"""What Keras and TensorFlow read from the environment, settled before anything imports them."""

import os
import sys
from pathlib import Path

import platformdirs

from core.errors import InspectorError

CACHE_VARIABLE = "BACKDOOR_INSPECTOR_CACHE"
BACKEND = "tensorflow"


def set_up_environment() -> None:
    """Choose Keras' backend and settings folder, and TensorFlow's log level.

    A Keras that is imported already keeps its settings: they are checked and not changed.

    Raises:
        InspectorError: `keras-settings`, when Keras was imported with another backend than TensorFlow, or with
            channels first.
    """
    if "keras" in sys.modules:
        _check_keras()
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = BACKEND
    # Keras' own settings file may ask for another layout or precision; and it is not ours to write into a home folder.
    os.environ["KERAS_HOME"] = str(cache_folder() / "keras")


def cache_folder() -> Path:
    """The application's cache folder; it may not exist yet."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named or platformdirs.user_cache_dir("backdoor-inspector", appauthor=False))


def is_checkout() -> bool:
    """Whether this runs from the project's own folder; installed, `core` is inside `backdoor_inspector`."""
    return __package__ == "core"


def command_name() -> str:
    """What a person types in front of the arguments: `./run` in a checkout, `backdoor-inspector` where installed."""
    return "./run" if is_checkout() else "backdoor-inspector"


def _check_keras() -> None:
    import keras  # noqa: PLC0415  # it is there already

    backend, layout = keras.backend.backend(), keras.config.image_data_format()
    if backend != BACKEND or layout != "channels_last":
        raise InspectorError(
            f"Keras was imported with the backend '{backend}' and '{layout}', but '{BACKEND}' and 'channels_last' are "
            "needed: import backdoor_inspector and open a network before importing Keras, or set KERAS_BACKEND to "
            f"'{BACKEND}'",
            code="keras-settings",
        )
