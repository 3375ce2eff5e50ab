"""Saving of a result's networks one by one: one that cannot be saved keeps nothing else back."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ExportError, InspectorError
from core.monitor import Monitor
from core.scale import Scale
from core.thread_pool import run_aside

if TYPE_CHECKING:  # these import Keras
    import keras

    from core.network.network import FloatArray


class NetworkSaves:
    """Builds and saves networks in a folder, and remembers what could not be saved.

    Args:
        folder: the folder.
        probe: images that a network's outputs are compared on, shape (n, H, W, C), float32.
        scale: what the networks read for a pixel.
        on_failed: called for each network that cannot be saved.
        monitor: receives progress, and can cancel.
    """

    def __init__(
        self,
        folder: Path,
        *,
        probe: "FloatArray",
        scale: Scale,
        on_failed: Callable[[InspectorError], object],
        monitor: Monitor,
    ) -> None:
        self._folder, self._probe, self._scale, self._monitor = folder, probe, scale, monitor
        self._on_failed = on_failed
        self._failures: dict[str, str] = {}

    @property
    def failed(self) -> frozenset[str]:
        """The names of the files that were not saved."""
        return frozenset(self._failures)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Why files were not saved, one sentence each."""
        return tuple(self._failures.values())

    def save(self, name: str, build: "Callable[[], keras.Model]") -> "keras.Model | None":
        """Build a network and save it under a name; return it, or None if it could not be built.

        Raises:
            ExportError: the disk is full or cannot be written; then nothing else can be saved, either.
            Cancelled: the job was cancelled.
        """
        from core.network.model_saving import save_model  # noqa: PLC0415  # imports Keras

        model = None
        try:
            # Of a deep network it takes seconds, which a cancel does not wait for.
            model = run_aside(build, while_waiting=self._monitor.stop_if_asked)
            save_model(model, self._folder / name, probe=self._probe, scale=self._scale, monitor=self._monitor)
        except InspectorError as error:
            if isinstance(error, ExportError) and isinstance(error.__cause__, OSError):
                raise
            self._fail(name, error)
            self._fail(name, error)
        return model

    def copy(self, name: str, *, of: str) -> None:
        """Save a network that equals one saved before under another name."""
        if of in self._failures:
            self.skip(name, because_of=of)
        else:
            shutil.copyfile(self._folder / of, self._folder / name)

    def skip(self, name: str, *, because_of: str) -> None:
        """Note that a file is not saved because another one was not."""
        self._failures[name] = f"'{name}' was not saved, because '{because_of}' was not."

    def _fail(self, name: str, error: InspectorError) -> None:
        self._on_failed(error)
        sentence = str(error)
        self._failures[name] = sentence if name in sentence else f"'{name}' was not saved: {sentence}"
