"""Small valid and malicious files, and the child's readers called in this process if that is safe."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.intake import child_process
from core.intake.__main__ import _read
from core.intake.codes import CODES
from core.intake.limits import Limits
from core.intake.refusal import Refusal
from tests.hostile.forked_start import new_start
from tests.hostile.writing import (
    functional,
    input_layer,
    layer,
    small_network,
    write_archive,
    write_data,
    write_h5_model,
)

Reader = Callable[..., dict[str, Any]]
Refuser = Callable[..., tuple[str, str]]


@pytest.fixture(autouse=True)
def new_children(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start new children, as the application does, where they are what is tested, not only what one of them reads."""
    if request.path.parent.name in ("intake", "sandbox", "readers"):
        monkeypatch.setattr(child_process, "_start", new_start)


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Read a file as the child does, and return its answer."""
    count = 0

    def reader(kind: str, path: Path, limits: Limits | None = None) -> dict[str, Any]:
        nonlocal count
        count += 1
        folder = tmp_path / f"scratch_{count}"
        folder.mkdir()
        answer = _read(kind, path, folder, limits or Limits())
        return {**json.loads(json.dumps(answer, allow_nan=False)), "folder": folder}

    return reader


@pytest.fixture
def refusal_of(read: Reader) -> Refuser:
    """Read a file that must be refused; return the code and the message, which names the file."""

    def refuser(kind: str, path: Path, limits: Limits | None = None) -> tuple[str, str]:
        with pytest.raises(Refusal) as caught:
            read(kind, path, limits)
        sentence = str(caught.value)
        assert caught.value.code in CODES
        assert path.name in sentence
        assert "\n" not in sentence
        return caught.value.code, sentence

    return refuser


@pytest.fixture
def files() -> SimpleNamespace:
    """Return the writers of small files."""
    return SimpleNamespace(
        layer=layer,
        functional=functional,
        input_layer=input_layer,
        small_network=small_network,
        h5_model=write_h5_model,
        archive=write_archive,
        data=write_data,
    )
