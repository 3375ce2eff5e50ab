"""A dropped set that takes much of the memory is not read to find out what it is."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from core.intake.room import check
from core.monitor import Monitor
from core.recognition.job import recognize
from core.recognition.records import Kind


def test_it_is_taken_for_a_set_and_asked_about_when_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(check, "available_bytes", lambda: 100_000_000)
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as file:
        image = np.random.default_rng(0).integers(0, 256, (224, 224, 1), dtype=np.uint8)
        rows = np.broadcast_to(image, (1500, 224, 224, 1))
        file.create_dataset("data", data=rows, chunks=(50, 224, 224, 1), compression="gzip")
        file["label"] = np.zeros(1500, np.int64)
    found = recognize([path], network=None, scale=None, clean=None, open_roles=(), preferred=None, monitor=Monitor())
    (one,) = (each.found for each in found.proposals)
    assert one.kind is Kind.DATA and "takes much of the memory" in one.words
