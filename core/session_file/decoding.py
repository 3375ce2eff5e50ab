"""Records from JSON values that nobody trusts: each value must be what the annotation of its field says."""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

from core.errors import InspectorError, SessionFileError
from core.registry.setting import Setting
from core.session_file.fields import REGISTRIES, annotations_of, find_setting, is_shared

_NUMBERS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
_PLAIN = (bool, int, str)
_BY_TEXT = (Enum, Setting, *REGISTRIES)
_NOTHING = object()


class MissingInputError(Exception):
    """A record needs a file that is not there, or is another one by now."""


class Decoder:
    """Makes records of JSON values.

    Args:
        arrays: the arrays by name.
        objects: the values of the records that are held in several places.
        link: returns what stands behind a value that is no record's, for its class; raises `MissingInputError` where
            that is not there.
        links: the classes that `link` is asked about.
        may_lack: fields, by record and name, that are left empty if they need a file that is not there; of a tuple only
            the values that do.

    Attributes:
        lacking: the fields, by record and name, of which something was left out, once for each value.
    """

    def __init__(
        self,
        *,
        arrays: Mapping[str, NDArray[Any]],
        objects: Sequence[Any],
        link: Callable[[type, Any], Any],
        links: tuple[type, ...],
        may_lack: frozenset[tuple[type, str]] = frozenset(),
    ) -> None:
        self._arrays = arrays
        self._objects = objects
        self._link = link
        self._links = links
        self._may_lack = may_lack
        self.lacking: list[tuple[type, str]] = []
        self._made: dict[tuple[int, type], Any] = {}
        self._open: set[tuple[int, type]] = set()

    def decode(self, wanted: Any, value: Any, *, where: str = "session") -> Any:
        """Return a value as what an annotation says.

        Raises:
            SessionFileError: `damaged-file`, it is something else.
            MissingInputError: it needs a file that is not there.
        """
        if wanted is Any:
            return self._plain(value, where)
        origin = _origin(wanted)
        if origin in (Union, types.UnionType):
            return self._one_of(get_args(wanted), value, where)
        if origin in (np.ndarray, tuple, Sequence, Mapping):
            return self._compound(wanted, value, where)
        return self._of_class(origin or wanted, value, where)

    def _compound(self, wanted: Any, value: Any, where: str) -> Any:
        origin = _origin(wanted)
        if origin is np.ndarray:
            return self._array(wanted, value, where)
        if origin is Mapping:
            return self._mapping(get_args(wanted), value, where)
        if origin is Sequence:
            return list(self._tuple((*get_args(wanted), Ellipsis), value, where))
        return self._tuple(get_args(wanted), value, where)

    def _of_class(self, kind: Any, value: Any, where: str) -> Any:
        if kind is type(None):
            return value if value is None else self._refuse(where)
        if kind in self._links:
            return self._link(kind, value)
        if kind in _PLAIN:
            return value if type(value) is kind else self._refuse(where)
        if kind is float:
            return self._number(value, where)
        if kind in (Path, datetime) or issubclass(kind, _BY_TEXT):
            return self._by_text(kind, value, where)
        if is_dataclass(kind):
            return self._record(kind, value, where)
        raise TypeError(f"fields of {kind} cannot be read")

    def _number(self, value: Any, where: str) -> float:
        if isinstance(value, dict) and set(value) == {"number"} and value["number"] in _NUMBERS:
            return _NUMBERS[value["number"]]
        return value if type(value) in (int, float) else self._refuse(where)

    def _by_text(self, kind: Any, value: Any, where: str) -> Any:
        if type(value) is not str or "\0" in value:
            return self._refuse(where)
        if issubclass(kind, Setting):
            return find_setting(value) or self._unknown(value)
        registry = next((each for base, each in REGISTRIES.items() if issubclass(kind, base)), None)
        if registry is not None:
            return registry.find(value) or self._unknown(value)
        try:
            return datetime.fromisoformat(value) if kind is datetime else kind(value)
        except ValueError:
            return self._refuse(where)

    def _record(self, kind: Any, value: Any, where: str) -> Any:
        if not is_shared(kind):
            return self._made_of(kind, value, where)
        place = value.get("object") if isinstance(value, dict) and set(value) == {"object"} else None
        if type(place) is not int or not 0 <= place < len(self._objects) or (place, kind) in self._open:
            return self._refuse(where)
        if (place, kind) not in self._made:
            self._open.add((place, kind))
            try:
                self._made[place, kind] = self._made_of(kind, self._objects[place], where)
            finally:
                self._open.discard((place, kind))
        return self._made[place, kind]

    def _made_of(self, kind: Any, value: Any, where: str) -> Any:
        wanted = annotations_of(kind)
        if not isinstance(value, dict) or not set(value) <= set(wanted):
            return self._refuse(where)
        for each in fields(kind):
            is_needed = each.init and each.default is MISSING and each.default_factory is MISSING
            if is_needed and each.name not in value:
                return self._refuse(f"{where}.{each.name}")
        made = {}
        for name, each in value.items():
            decode = self._decode_what_is_there if (kind, name) in self._may_lack else self.decode
            made[name] = decode(wanted[name], each, where=f"{where}.{name}")
            if made[name] is _NOTHING:
                self.lacking.append((kind, name))
                made[name] = None
            elif isinstance(made[name], tuple) and (kind, name) in self._may_lack:
                self.lacking += [(kind, name)] * (len(each) - len(made[name]))
        try:
            return kind(**made)
        except (ValueError, TypeError, InspectorError) as error:
            raise damaged(where) from error

    def _decode_what_is_there(self, wanted: Any, value: Any, *, where: str) -> Any:
        """Return a value, or the values of a tuple, without what needs a file that is not there."""
        if get_origin(wanted) is not tuple:
            try:
                return self.decode(wanted, value, where=where)
            except MissingInputError:
                return _NOTHING
        if not isinstance(value, list):
            raise damaged(where)
        one = get_args(wanted)[0]
        found = [self._decode_what_is_there(one, each, where=where) for each in value]
        return tuple(each for each in found if each is not _NOTHING)

    def _one_of(self, kinds: tuple[Any, ...], value: Any, where: str) -> Any:
        if value is None and type(None) in kinds:
            return None
        refusal: SessionFileError | None = None
        for kind in kinds:
            if kind is type(None):
                continue
            try:
                return self.decode(kind, value, where=where)
            except SessionFileError as error:
                refusal = error
        raise refusal or damaged(where)

    def _array(self, wanted: Any, value: Any, where: str) -> NDArray[Any]:
        name = value.get("array") if isinstance(value, dict) and set(value) == {"array"} else None
        values = self._arrays.get(name) if isinstance(name, str) else None
        numbers = get_args(get_args(wanted)[1])[0]
        if values is None or not (numbers is Any or values.dtype == np.dtype(numbers)):
            raise damaged(where)
        return values

    def _tuple(self, kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise damaged(where)
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return tuple(self.decode(kinds[0], each, where=where) for each in value)
        if len(kinds) != len(value):
            raise damaged(where)
        return tuple(self.decode(kind, each, where=where) for kind, each in zip(kinds, value, strict=True))

    def _mapping(self, kinds: tuple[Any, ...], value: Any, where: str) -> dict[Any, Any]:
        if not isinstance(value, list) or not all(isinstance(each, list) and len(each) == 2 for each in value):
            raise damaged(where)
        made = {
            self.decode(kinds[0], key, where=where): self.decode(kinds[1], each, where=where) for key, each in value
        }
        if len(made) != len(value):
            raise damaged(where)
        return made

    def _plain(self, value: Any, where: str) -> Any:
        if value is None or type(value) in (*_PLAIN, float):
            return value
        if isinstance(value, dict):
            return self._number(value, where)
        if isinstance(value, list):
            return tuple(self._plain(each, where) for each in value)
        return self._refuse(where)

    def _refuse(self, where: str) -> Any:
        raise damaged(where)

    def _unknown(self, name: str) -> Any:
        raise SessionFileError(
            f"the session names '{name[:60]}', which this version does not know: open it with the version that saved "
            "it",
            code="newer-session",
        )


def _origin(wanted: Any) -> Any:
    """Return the class that an annotation is made of; any mapping counts as one."""
    origin = get_origin(wanted)
    return Mapping if isinstance(origin, type) and issubclass(origin, Mapping) else origin


def damaged(where: str) -> SessionFileError:
    """Return the refusal of a session whose content is not what it must be at some place."""
    return SessionFileError(
        f"the session is damaged: '{where[:120]}' is not what a session has there", code="damaged-file"
    )
