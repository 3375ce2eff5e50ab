"""How open networks and sets are stored in a session: by their files, and made networks as files of their own."""

import weakref
from collections.abc import Collection
from pathlib import Path
from typing import Any

import keras

from core.data.dataset import Dataset
from core.errors import ExportError
from core.monitor import Monitor
from core.network.model_saving import save_model
from core.network.network import Network
from core.network.rebuild import noise_for
from core.session_file.encoding import Json, NotStorableError
from core.session_file.records import LABELLED, MODEL, UNLABELLED, InputFile, StoredSet


class NetworkFiles:
    """The files of networks that were made here, each saved and read back once.

    Args:
        folder: where they are written; it must exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._saved: weakref.WeakKeyDictionary[keras.Model, Path | str] = weakref.WeakKeyDictionary()
        self._count = 0

    def file_of(self, model: keras.Model, monitor: Monitor) -> Path:
        """Return the file of a network; its weights and answers were found unchanged.

        Raises:
            NotStorableError: it cannot be saved exactly.
            Cancelled: the job was cancelled.
        """
        if model not in self._saved:
            self._count += 1
            path = self._folder / f"n{self._count}.keras"
            try:
                save_model(
                    model,
                    path,
                    probe=noise_for(Network(model, path=path)),
                    overwrite=True,
                    monitor=monitor.unseen(),
                )
                self._saved[model] = path
            except ExportError as error:
                if error.code != "save-differs":
                    raise
                self._saved[model] = str(error)
        found = self._saved[model]
        if isinstance(found, str):
            raise NotStorableError(found)
        return found


class Links:
    """Says how what is no record is stored, and collects what that takes.

    Args:
        base: the open network; None if none is open.
        unlabelled: sets whose labels are not used.
        networks: the files of made networks.
        monitor: can cancel.

    Attributes:
        files: the files that were open.
        sets: the sets.
        network_files: the files of made networks, by the names that stand for them.
    """

    def __init__(
        self, *, base: Network | None, unlabelled: Collection[Dataset], networks: NetworkFiles, monitor: Monitor
    ) -> None:
        self.files: list[InputFile] = []
        self.sets: list[StoredSet] = []
        self.network_files: dict[str, Path] = {}
        self._base = base
        self._unlabelled = {id(each) for each in unlabelled}
        self._networks = networks
        self._monitor = monitor
        self._places: dict[int, int] = {}
        self._names: dict[int, str] = {}
        if base is not None:
            summary = base.summary
            self.files.append(InputFile(summary.path, summary.sha256, MODEL, architecture=summary.architecture))

    def link(self, value: object) -> Json | None:
        """Return how something is stored; None if it is a plain value or a record.

        Raises:
            NotStorableError: it cannot be stored exactly.
        """
        if isinstance(value, Network):
            if self._base is not None and value.model is self._base.model:
                return {"network": "base", "tensor": value.tensor.value}
            return {
                "network": self._name_of(value.model),
                "tensor": value.tensor.value,
                "path": str(value.summary.path),
            }
        if isinstance(value, keras.Model):
            return {"model": self._name_of(value)}
        if isinstance(value, Dataset):
            return {"set": self._place_of(value)}
        return None

    def _name_of(self, model: keras.Model) -> str:
        if id(model) not in self._names:
            path = self._networks.file_of(model, self._monitor)
            self._names[id(model)] = path.stem
            self.network_files[path.stem] = path
        return self._names[id(model)]

    def _place_of(self, data: Dataset) -> int:
        if id(data) not in self._places:
            stored = self._stored(data)
            self._places[id(data)] = len(self.sets)
            self.sets.append(stored)
        return self._places[id(data)]

    def _stored(self, data: Dataset) -> StoredSet:
        if data.interpretation is not None:
            raise NotStorableError(f"the part of '{data.name}' that is counted is no set of its own")
        if data.estimate is not None:
            made = data.estimate
            base = self._place_of(made.base)
            return StoredSet(
                self.sets[base].file,
                data.label_map,
                data.target,
                base=base,
                trigger=made.trigger,
                label=made.label,
                trigger_path=made.trigger_path,
                scale=made.scale,
                is_reconstructed=made.is_reconstructed,
            )
        kind = UNLABELLED if id(data) in self._unlabelled else LABELLED
        keys = data.keys if len(data.pairs) > 1 else ("", "")
        file = InputFile(data.path, data.sha256, kind, *keys)
        if file not in self.files:
            self.files.append(file)
        return StoredSet(self.files.index(file), data.label_map, data.target)


def link_types() -> tuple[type[Any], ...]:
    """Return the classes that `Links` stores."""
    return Network, keras.Model, Dataset
