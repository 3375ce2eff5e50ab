"""Import of TensorFlow without its messages on stderr, where an error must be the only line."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Cancelled
from core.intake.room.freed import exempt_from_garbage_search, share_malloc_arenas
from core.monitor import Monitor
from core.terminal import urgent_words_to
from core.thread_pool import run_aside


def start_keras(monitor: Monitor) -> None:
    """Import TensorFlow and Keras, and hide their start-up messages.

    What exists at the first import is left out of later searches for garbage, and threads share the C library's arenas.

    Raises:
        Cancelled: the job was cancelled.
    """
    monitor.checkpoint("Starting TensorFlow")
    share_malloc_arenas()
    with _unheard():
        run_aside(_import, while_waiting=monitor.stop_if_asked)
    # Hide advice to programmers (on tracing, on file formats); errors are still shown.
    for name in ("tensorflow", "absl"):
        logging.getLogger(name).setLevel(logging.ERROR)
    monitor.checkpoint("Starting TensorFlow")


def _import() -> None:
    is_first = "keras" not in sys.modules
    import keras  # noqa: F401, PLC0415  # seconds, and only where a network is needed
    import tensorflow as tf  # noqa: PLC0415

    # The first computation logs the last of the start-up messages.
    tf.constant(1.0) + 1.0
    if is_first:
        exempt_from_garbage_search()


@contextmanager
def _unheard() -> Iterator[None]:
    """Capture what native code writes to stderr; show it only if the block fails."""
    try:
        real = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    with tempfile.TemporaryFile() as kept:
        sys.stderr.flush()
        os.dup2(kept.fileno(), 2)
        try:
            with urgent_words_to(real):
                yield
        except Cancelled:
            raise
        except BaseException:
            kept.seek(0)
            os.write(real, kept.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
