"""The network whose channel 2 is the backdoor, with its images, as files; and a way to run commands."""

import contextlib
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.command_line import app as commands
from core.data.dataset import Dataset
from core.data.dataset_writing import write_dataset


@dataclass(frozen=True)
class Files:
    """Where the files of one test lie; the folder's name has blanks and an accent."""

    folder: Path
    model: str
    clean: str
    poisoned: str
    red_image: str
    triggered_image: str


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def files(tmp_path: Path, marked_file: Path, marked_sets: tuple[Dataset, Dataset]) -> Files:
    folder = tmp_path / "a folder, é"
    folder.mkdir()
    shutil.copyfile(marked_file, folder / "marked.keras")
    for each in marked_sets:
        write_dataset(folder / each.name, np.asarray(each.images), np.asarray(each.labels))
    names = ("red.png", "triggered.png")
    for name, each in zip(names, marked_sets, strict=True):
        Image.fromarray(np.asarray(each.images[0]).astype(np.uint8)).save(folder / name)
    return Files(folder, *(str(folder / name) for name in ("marked.keras", "clean.h5", "poisoned.h5", *names)))


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as `main.py` does."""

    def run_command(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["main.py", *arguments])
        capfd.readouterr()
        status = commands.run(list(arguments))
        with contextlib.suppress(ValueError):
            sys.stdout.flush()
        captured = capfd.readouterr()
        return Ended(int(status), captured.out, captured.err)

    return run_command
