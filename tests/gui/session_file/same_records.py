"""Compares what two windows hold, value by value: figures, masks, weights and images must be exactly equal."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import keras
import numpy as np

from core.data.dataset import Dataset
from core.network.network import Network
from core.registry.setting import Setting
from core.session_file.fields import REGISTRIES


def differences(one: Any, other: Any) -> list[str]:
    """Return the places where two values differ; empty where they are the same."""
    found: list[str] = []
    _compare(one, other, "session", found, set())
    return found


def _compare(one: Any, other: Any, where: str, found: list[str], seen: set[tuple[int, int]]) -> None:
    if (id(one), id(other)) in seen:
        return
    if type(one) is not type(other):
        found.append(f"{where}: {type(one).__name__} became {type(other).__name__}")
        return
    parts = _parts(one, other)
    if parts is None:
        is_nan = isinstance(one, float) and one != one
        if one != other and not (is_nan and other != other):
            found.append(f"{where}: {one!r} became {other!r}")
        return
    seen.add((id(one), id(other)))
    for name, (left, right) in parts.items():
        _compare(left, right, f"{where}.{name}", found, seen)


def _parts(one: Any, other: Any) -> dict[str, tuple[Any, Any]] | None:
    """Return what two values of one kind are made of; None for a plain value."""
    if isinstance(one, np.ndarray):
        return {"array": ((one.dtype.str, one.shape, one.tobytes()), (other.dtype.str, other.shape, other.tobytes()))}
    if isinstance(one, Network):
        return {"model": (one.model, other.model), "summary": (one.summary, other.summary)}
    if isinstance(one, keras.Model):
        return _numbered([each.numpy() for each in one.weights], [each.numpy() for each in other.weights])
    if isinstance(one, Dataset):
        names = ("path", "sha256", "keys", "label_map", "target", "name")
        plain = {name: (getattr(one, name), getattr(other, name)) for name in names}
        return {
            **plain,
            "labels": (np.asarray(one.labels), np.asarray(other.labels)),
            "images": (np.asarray(one.images[:9]), np.asarray(other.images[:9])),
        }
    if isinstance(one, Mapping):
        return {"keys": (tuple(one), tuple(other)), **_numbered(list(one.values()), list(other.values()))}
    if isinstance(one, tuple | list):
        return _numbered(one, other)
    if is_dataclass(one) and not isinstance(one, (Setting, *REGISTRIES)):
        return {each.name: (getattr(one, each.name), getattr(other, each.name)) for each in fields(one)}
    return None


def _numbered(one: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    pairs = {str(place): pair for place, pair in enumerate(zip(one, other, strict=False))}
    return {"length": (len(one), len(other)), **pairs}
