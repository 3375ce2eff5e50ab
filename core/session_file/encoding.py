"""Records as plain JSON values, with their arrays beside them; every number is kept as it is."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.registry.setting import Setting
from core.session_file.fields import ARRAY_TYPES, REGISTRIES, is_shared, setting_name

Json = Any


class NotStorableError(Exception):
    """A value cannot be stored exactly; `str()` says what it is."""


class Encoder:
    """Turns records into JSON values.

    Args:
        link: returns how something that is no record is stored, such as an open network; None if it is a record.

    Attributes:
        arrays: the arrays, by the names that stand for them.
        objects: the records that are held in several places, each once.
    """

    def __init__(self, link: Callable[[object], Json | None]) -> None:
        self._link = link
        self.arrays: dict[str, NDArray[Any]] = {}
        self.objects: list[Json] = []
        self._array_names: dict[int, str] = {}
        self._places: dict[int, int] = {}
        self._kept: list[object] = []  # keeps what is known by its identity alive

    def encode(self, value: object) -> Json:
        """Return a value as JSON.

        Raises:
            NotStorableError: it cannot be stored exactly.
        """
        linked = self._link(value)
        if linked is not None:
            return linked
        if isinstance(value, Enum):
            return value.value
        if value is None or type(value) in (bool, int, str):
            return value
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"number": repr(float(value))}
        return self._encode_compound(value)

    def _encode_compound(self, value: object) -> Json:
        if isinstance(value, PurePath | datetime):
            return value.isoformat() if isinstance(value, datetime) else str(value)
        if isinstance(value, np.generic):
            return self.encode(value.item())
        if isinstance(value, np.ndarray):
            return {"array": self._array_name(value)}
        if isinstance(value, Mapping):
            return [[self.encode(key), self.encode(each)] for key, each in value.items()]
        if isinstance(value, tuple | list):
            return [self.encode(each) for each in value]
        return _name_of(value) or self._encode_record(value)

    def _encode_record(self, value: Any) -> Json:
        if not is_dataclass(value) or isinstance(value, type):
            raise NotStorableError(f"a {type(value).__name__} cannot be stored")
        if not is_shared(type(value)):
            return self._fields_of(value)
        if id(value) not in self._places:
            content = self._fields_of(value)
            self._places[id(value)] = len(self.objects)
            self._kept.append(value)
            self.objects.append(content)
        return {"object": self._places[id(value)]}

    def _fields_of(self, value: Any) -> dict[str, Json]:
        return {each.name: self.encode(getattr(value, each.name)) for each in fields(value) if each.init}

    def _array_name(self, values: NDArray[Any]) -> str:
        if values.dtype.name not in ARRAY_TYPES:
            raise NotStorableError(f"an array of {values.dtype} cannot be stored")
        if id(values) not in self._array_names:
            name = f"a{len(self.arrays)}"
            self._array_names[id(values)] = name
            self._kept.append(values)
            self.arrays[name] = values
        return self._array_names[id(values)]


def _name_of(value: object) -> str:
    """Return the name of what is stored by its name alone; empty for anything else."""
    if isinstance(value, Setting):
        return setting_name(value)
    for kind, registry in REGISTRIES.items():
        if isinstance(value, kind):
            name: str = value.name  # type: ignore[attr-defined]
            if registry.find(name) is not value:
                raise NotStorableError(f"{value!r} is not known by its name")
            return name
    return ""
