"""Changes of folders that are opened as one file: images by class, a table beside images, a SavedModel.

Files in them are changed as single files are; and names, links, pipes, empty files and folders in odd places.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.hostile.mutation import mutate

Rng = np.random.Generator
Change = Callable[[Path, Rng], str]

_NAMES = (
    *(
        "\u202egnp.exe",
        "\x1b[31m.png",
        "a\nb.png",
        " ",
        ".hidden",
        "__MACOSX",
        "con.png",
        "n" * 200 + ".png",
        "\udcff.png",
    ),
    *("0", "-1", "1e9", "train", "test", "labels.csv", "x.npy", "saved_model.pb", "variables", "data_batch_1", "é.PNG"),
)
_TARGETS = ("/etc/passwd", "/dev/zero", "/proc/self/mem", "nowhere", ".", "..", "/")
_ROWS = (
    b"\n\x00,\x00\n",
    b"\n../../../etc/passwd,0\n",
    b',"',
    b"\n=1+1,2\n",
    b"\n" + b"x," * 4_000,
    b"\xff\xfe",
    b"\n0.png\n",
)


def write_image_folder(folder: Path, *, table: str | None = None) -> Path:
    """Write images of two classes, or images and a table of their labels; return what is opened."""
    pixels = np.random.default_rng(4).integers(0, 256, (4, 6, 5, 3)).astype(np.uint8)
    for index, image in enumerate(pixels):
        path = folder / ("images" if table else f"class {index // 2}") / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    if table is None:
        return folder
    rows = "".join(f"images/{index}.png,{index % 2}\n" for index in range(len(pixels)))
    (folder / table).write_text(f"name,label\n{rows}")
    return folder / table


def mutate_folder(source: Path, target: Path, rng: Rng, others: Sequence[Path]) -> str:
    """Write a changed copy of a folder; return what was done, in words.

    Args:
        source: the folder.
        target: the copy, which does not exist yet.
        rng: what draws the changes.
        others: files, parts of which changed files are made of.
    """
    shutil.copytree(source, target)
    done = []
    for _ in range(int(rng.integers(1, 4))):
        everything = sorted(target.rglob("*"))
        if not everything:
            break
        path = everything[rng.integers(len(everything))]
        is_file = path.is_file() and not path.is_symlink() and path.stat().st_size > 0
        changes = [*_CHANGES, *([_content(others)] * 8 if is_file else [])]
        try:
            done.append(f"{changes[rng.integers(len(changes))](path, rng)} of {path.name!r}")
        except (OSError, ValueError, shutil.Error) as error:
            done.append(f"nothing ({type(error).__name__})")  # such as a name that the system does not take
    return "; ".join(done)


def _content(others: Sequence[Path]) -> Change:
    def change(path: Path, rng: Rng) -> str:
        made = path.with_name(f"{path.name}.changed")
        if path.suffix == ".csv" and rng.integers(2):
            rows = path.read_bytes()
            place = int(rng.integers(len(rows) + 1))
            made.write_bytes(rows[:place] + _ROWS[rng.integers(len(_ROWS))] + rows[place:])
            what = "another row"
        else:
            what = mutate(path, made, rng, others)
        made.replace(path)
        return what

    return change


def _removed(path: Path, rng: Rng) -> str:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    return "removal"


def _renamed(path: Path, rng: Rng) -> str:
    path.rename(path.with_name(_NAMES[rng.integers(len(_NAMES))]))
    return "another name"


def _linked(path: Path, rng: Rng) -> str:
    _removed(path, rng)
    path.symlink_to(_TARGETS[rng.integers(len(_TARGETS))])
    return "a link instead"


def _pipe(path: Path, rng: Rng) -> str:
    _removed(path, rng)
    os.mkfifo(path)
    return "a pipe instead"


def _exchanged(path: Path, rng: Rng) -> str:
    """Put a folder in the place of a file, and a file in that of a folder."""
    was_file = path.is_file()
    _removed(path, rng)
    if was_file:
        (path / "0.png").mkdir(parents=True)
    else:
        path.write_bytes(b"\x89PNG")
    return "a folder instead" if was_file else "a file instead"


def _emptied(path: Path, rng: Rng) -> str:
    _removed(path, rng)
    path.touch()
    return "nothing in it instead"


def _added(path: Path, rng: Rng) -> str:
    """Put a copy beside it, under another name."""
    name = path.with_name(_NAMES[rng.integers(len(_NAMES))])
    if path.is_dir():
        shutil.copytree(path, name, symlinks=True)
    else:
        shutil.copyfile(path, name, follow_symlinks=False)
    return "a copy"


_CHANGES: tuple[Change, ...] = (_removed, _renamed, _renamed, _linked, _pipe, _exchanged, _emptied, _added)
