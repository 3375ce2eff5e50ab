"""Reading of sessions: through the intake, then the files that were open, then the records."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from core.channels import ChannelTensor
from core.data.dataset import Dataset, open_dataset
from core.data.stamped import stamped_set
from core.errors import InspectorError, SessionFileError
from core.intake.answers import SessionAnswer
from core.intake.client import Reading, read_file
from core.intake.data.choice import DataChoice
from core.monitor import Monitor
from core.network.network import Network, open_network
from core.session_file.decoding import Decoder, MissingInputError, damaged
from core.session_file.links import link_types
from core.session_file.records import MODEL, UNLABELLED, InputFile, StoredSet


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file of a session that could not be opened as it was.

    Attributes:
        place: its position among the session's files.
        path: where it was.
        kind: what it was opened as.
        sentence: why it could not be opened.
    """

    place: int
    path: Path
    kind: str
    sentence: str


class SavedSession:
    """A session that was read from its file; the files that were open are opened where they are asked for.

    Args:
        path: the session's archive or folder.
        found: where a person found files of the session, by their positions.
        copies: a folder for the copies of files that the session contains, beside those of other windows.
        may_lack: fields that are left empty without their files; see `Decoder`.
        monitor: receives progress, and can cancel.

    Attributes:
        document: its JSON values.
        missing: the files that could not be opened as they were.

    Raises:
        SessionFileError: it is refused.
        Cancelled: the job was cancelled.
    """

    def __init__(
        self,
        path: Path,
        *,
        found: Mapping[int, Path],
        copies: Path,
        may_lack: frozenset[tuple[type, str]],
        monitor: Monitor,
    ) -> None:
        reading = read_file("session", path, monitor=monitor)
        assert isinstance(reading.answer, SessionAnswer)
        self.path = path
        self.document = reading.answer.document
        self.missing: list[MissingFile] = []
        self._found, self._copies, self._monitor = found, copies, monitor
        self._reading = reading
        self._member_files = {each.name: each for each in reading.answer.files}
        objects = self.document.get("objects")
        if not isinstance(objects, list):
            raise damaged("objects")
        self.objects = objects
        self.decoder = Decoder(
            arrays=_arrays(reading, reading.answer),
            objects=objects,
            link=self._resolve,
            links=link_types(),
            may_lack=may_lack,
        )
        self._networks: dict[tuple[str, str, str], Network] = {}
        self._models: dict[str, keras.Model] = {}
        self._opened: dict[int, Network | Dataset | None] = {}
        self._sets: dict[int, Dataset] = {}

    @cached_property
    def files(self) -> tuple[InputFile, ...]:
        """The files that were open."""
        made: tuple[InputFile, ...] = self._decoded(tuple[InputFile, ...], "files")
        return made

    @cached_property
    def stored_sets(self) -> tuple[StoredSet, ...]:
        """The sets that were open or that results belong to."""
        made: tuple[StoredSet, ...] = self._decoded(tuple[StoredSet, ...], "sets")
        return made

    def _decoded(self, wanted: Any, name: str) -> Any:
        return self.decoder.decode(wanted, self.document.get(name), where=name)

    @property
    def base(self) -> Network:
        """The network that was open.

        Raises:
            MissingInputError: it is not there, or there was none.
        """
        place = next((place for place, each in enumerate(self.files) if each.kind == MODEL), -1)
        opened = self._open(place) if place >= 0 else None
        if not isinstance(opened, Network):
            raise MissingInputError
        return opened

    def open_all(self) -> None:
        """Open every file, so that `missing` is complete."""
        for place in range(len(self.files)):
            self._open(place)

    def _resolve(self, kind: type, value: Any) -> Any:
        if not isinstance(value, dict):
            raise damaged("session")
        if kind is Dataset and type(place := value.get("set")) is int:
            return self._set(place)
        if kind is Network and type(name := value.get("network")) is str:
            return self._network(name, value.get("tensor"), value.get("path"))
        if kind is keras.Model and type(name := value.get("model")) is str:
            return self._model(name)
        raise damaged("session")

    def _network(self, name: str, tensor: Any, path: Any) -> Network:
        try:
            place = ChannelTensor(tensor)
        except ValueError as error:
            raise damaged("tensor") from error
        if name == "base":
            return self.base.with_tensor(place)
        if not isinstance(path, str):
            raise damaged("network")
        key = (name, place.value, path)
        if key not in self._networks:
            self._networks[key] = Network(self._model(name), path=Path(path), tensor=place)
        return self._networks[key]

    def _model(self, name: str) -> keras.Model:
        if name not in self._models:
            member = self._member_files.get(f"networks/{name}.keras")
            if member is None:
                raise damaged("networks")
            network = open_network(self._reading.folder / member.file, monitor=self._monitor)
            if network.summary.sha256 != member.sha256:
                raise damaged("networks")
            self._models[name] = network.model
        return self._models[name]

    def _set(self, place: int) -> Dataset:
        if not 0 <= place < len(self.stored_sets):
            raise damaged("sets")
        if place not in self._sets:
            self._sets[place] = self._made_set(self.stored_sets[place], place)
        return self._sets[place]

    def _made_set(self, stored: StoredSet, place: int) -> Dataset:
        if stored.base is not None:
            if stored.trigger is None or stored.base >= place:
                raise damaged("sets")
            made = stamped_set(
                self._set(stored.base),
                stored.trigger,
                stored.label,
                scale=stored.scale,
                trigger_path=stored.trigger_path,
                is_reconstructed=stored.is_reconstructed,
            )
            return replace(made, target=stored.target)
        if not 0 <= stored.file < len(self.files):
            raise damaged("sets")
        opened = self._open(stored.file)
        if not isinstance(opened, Dataset):
            raise MissingInputError
        data = opened.with_labels(stored.label_map)
        return data if stored.target is None else replace(data, target=stored.target)

    def _open(self, place: int) -> Network | Dataset | None:
        """Open one of the files; None, with a note in `missing`, where it is not what it was."""
        if place in self._opened:
            return self._opened[place]
        file, sentence = self.files[place], ""
        opened: Network | Dataset | None = None
        for path in self._places_of(place, file):
            try:
                found = self._read(path, file)
            except InspectorError as error:
                sentence = sentence or str(error)
                continue
            digest = found.summary.sha256 if isinstance(found, Network) else found.sha256
            if digest == file.sha256:
                opened = found
                break
            sentence = f"'{path.name}' has changed since the session was saved"
        if opened is None:
            self.missing.append(MissingFile(place, file.path, file.kind, sentence or f"there is no '{file.path}'"))
        self._opened[place] = opened
        return opened

    def _places_of(self, place: int, file: InputFile) -> list[Path]:
        """Return where a file may be: where a person found it, where it was, beside the session, or in it."""
        if place in self._found:
            return [self._found[place]]
        places = [file.path, self.path.parent / file.path.name]
        if file.copy:
            is_of_window = file.path.is_relative_to(self._copies.parent)  # which may be closed by now
            places.insert(0 if is_of_window else 1, self._copied(file))
        return [each for each in dict.fromkeys(places) if each == file.path or each.exists()]

    def _copied(self, file: InputFile) -> Path:
        """Write the copy of a file that the session contains to a folder of its own, under its name."""
        member = self._member_files.get(file.copy)
        if member is None:
            raise damaged("files")
        target = self._copies / member.sha256 / (Path(file.path).name or "file")
        if not target.is_file() or target.stat().st_size != member.size_bytes:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._reading.folder / member.file, target)
        return target

    def _read(self, path: Path, file: InputFile) -> Network | Dataset:
        if file.kind == MODEL:
            return open_network(path, monitor=self._monitor, architecture=file.architecture)
        try:
            summary = self.base.summary
        except MissingInputError:
            summary = None
        return open_dataset(
            path,
            input_shape=None if summary is None else summary.input_shape,
            class_count=None,
            has_labels=file.kind != UNLABELLED,
            choice=DataChoice(file.data_key, file.label_key),
            monitor=self._monitor,
        )


def guarded(read: Callable[[], Any]) -> Any:
    """Return what reading a part of a session gives, with foreign errors as refusals.

    Raises:
        SessionFileError: `damaged-file`.
    """
    try:
        return read()
    except (RecursionError, OverflowError, MemoryError) as error:
        raise SessionFileError(
            "the session is damaged: its content is nested too deeply", code="damaged-file"
        ) from error


def _arrays(reading: Reading, answer: SessionAnswer) -> dict[str, NDArray[Any]]:
    found = {}
    for each in answer.arrays:
        values = np.asarray(reading.array(each))
        if values.flags.writeable:
            values.flags.writeable = False
        found[each.name] = values
    return found
