"""Every field of what a session holds can be read again."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import numpy as np

from core.registry.setting import Setting
from core.session_file.fields import REGISTRIES, annotations_of
from core.session_file.links import link_types
from gui.session_file.records import MAY_LACK, StoredSession

PLAIN = {Any, type(None), Ellipsis, bool, int, float, str, Path, datetime}


def test_every_field_of_every_record_can_be_read() -> None:
    seen: set[type] = set()
    unreadable: list[str] = []

    def look_at(wanted: Any, where: str) -> None:
        origin = get_origin(wanted)
        if wanted in PLAIN or origin is np.ndarray:
            return
        is_compound = origin in (Union, types.UnionType, tuple, Sequence)
        if is_compound or (isinstance(origin, type) and issubclass(origin, Mapping)):
            for each in get_args(wanted):
                look_at(each, where)
            return
        kind = origin or wanted
        if kind in link_types() or issubclass(kind, (Enum, Setting, *REGISTRIES)):
            return
        if not is_dataclass(kind):
            unreadable.append(f"{where}: {wanted}")
        elif kind not in seen:
            seen.add(kind)
            for name, each in annotations_of(kind).items():
                look_at(each, f"{kind.__name__}.{name}")

    look_at(StoredSession, "session")
    assert unreadable == []
    assert len(seen) > 60
    for kind, name in MAY_LACK:
        assert kind in seen
        assert name in annotations_of(kind)
