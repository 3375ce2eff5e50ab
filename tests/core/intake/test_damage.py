"""Files with one changed byte: each is read or refused, even if it crashes the process that reads it."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from PIL import Image

from core.errors import InspectorError
from core.intake.client import Kind, read_file
from core.intake.codes import CODES
from core.intake.limits import Limits
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[3]

# Reads many files, each in a separate fork limited like the child: starting Python each time is slower.
DRIVER = """
import json, os, signal, sys, traceback
from pathlib import Path
import core.intake.readers.data_reader, core.intake.model.model_reader, core.intake.readers.image_reader
from core.intake.__main__ import main
import io
for line in sys.stdin:
    request = json.loads(line)
    process = os.fork()
    if process == 0:
        sys.stdin = io.TextIOWrapper(io.BytesIO(line.encode()))
        os.dup2(os.open(Path(request["folder"]) / "messages", os.O_WRONLY | os.O_CREAT), 1)
        try:
            os._exit(main())
        except BaseException:
            traceback.print_exc()
            os._exit(70)
    status = os.waitpid(process, 0)[1]
    answers = [each for each in (Path(request["folder"]) / "messages").read_bytes().splitlines() if each[:1] == b"A"]
    found = json.loads(answers[0][1:]) if answers else None
    print(json.dumps({"status": os.waitstatus_to_exitcode(status), "answer": found}), flush=True)
"""


def sources(folder: Path, files: SimpleNamespace) -> list[tuple[Kind, Path]]:
    generator = np.random.default_rng(5)
    images = generator.integers(0, 256, (6, 3, 8, 8)).astype("f8")
    data = files.data(folder / "data.h5", images, np.arange(6), chunks=(2, 3, 8, 8), compression="gzip")
    with h5py.File(folder / "latest.h5", "w", libver="latest") as file:
        file["data"], file["label"] = images, np.arange(6)
    network = files.small_network(files.layer("Activation", "act", ["flat"], activation="relu"))
    model = files.h5_model(folder / "model.h5", network)
    archive = files.archive(folder / "model.keras", network)
    images = []
    for suffix in ("png", "jpg", "webp", "gif", "tiff", "bmp"):
        images.append(folder / f"image.{suffix}")
        Image.fromarray(generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(images[-1])
    return [
        *[("data", data)] * 4,
        *[("data", folder / "latest.h5")] * 3,
        *[("model", model)] * 4,
        ("model", archive),
        *(("image", image) for image in images),
    ]


def edited(source: Path, target: Path, chance: random.Random) -> Path:
    content = bytearray(source.read_bytes())
    # HDF5 stores its structure near the start; an edit elsewhere mostly changes a value.
    place = chance.randrange(min(len(content), 4096) if chance.random() < 0.7 else len(content))
    content[place] ^= chance.randrange(1, 256)
    target.write_bytes(content)
    return target


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the driver forks")
def test_one_byte_edits_never_go_unanswered(tmp_path: Path, files: SimpleNamespace) -> None:
    chance = random.Random(7)
    originals = sources(tmp_path, files)
    requests = []
    for index in range(180):
        kind, source = originals[index % len(originals)]
        folder = tmp_path / f"scratch_{index}"
        folder.mkdir()
        path = edited(source, tmp_path / f"edit_{index}{source.suffix}", chance)
        limits = {"memory_bytes": 2 * 1024**3}
        requests.append({"kind": kind, "path": str(path), "folder": str(folder), "time_s": -4.0, "limits": limits})
    # The child adds 5 to `time_s`: each fork gets one second.
    run = subprocess.run(
        [sys.executable, "-P", "-c", DRIVER],
        input="".join(json.dumps(request) + "\n" for request in requests),
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(results) == len(requests)
    endings: Counter[str] = Counter()
    for request, result in zip(requests, results, strict=True):
        answer = result["answer"]
        if answer is None:
            # Ended: only by a signal, which the parent reports as a crash or a timeout, never by an uncaught exception.
            assert result["status"] < 0, (request, run.stderr)
            endings[signal.Signals(-result["status"]).name] += 1
        elif answer["ok"]:
            endings["read"] += 1
        else:
            assert answer["code"] in CODES
            assert Path(request["path"]).name in answer["sentence"]
            assert "\n" not in answer["sentence"]
            endings["refused"] += 1
    assert endings["refused"] > 30
    assert endings["read"] > 10


def test_damaged_files_through_the_whole_way(tmp_path: Path, files: SimpleNamespace) -> None:
    chance = random.Random(3)
    refused_count = 0
    for index, (kind, source) in enumerate(sources(tmp_path, files)[::2]):
        path = edited(source, tmp_path / f"edit_{index}{source.suffix}", chance)
        try:
            read_file(kind, path, limits=Limits(time_s=5))
        except InspectorError as error:
            assert error.code in CODES
            assert path.name in str(error)
            refused_count += 1
    assert refused_count > 1


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_truncated_files_are_refused(share: float, tmp_path: Path, files: SimpleNamespace) -> None:
    for kind, path in dict.fromkeys(sources(tmp_path, files)):
        if kind == "image":
            continue
        content = path.read_bytes()
        path.write_bytes(content[: max(1, int(len(content) * share))])
        with pytest.raises(InspectorError, match=path.name) as caught:
            read_file(kind, path)
        assert caught.value.code in {"truncated-file", "damaged-file", "wrong-format"}
