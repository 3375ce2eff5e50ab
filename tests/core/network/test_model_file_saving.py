"""Networks: saved atomically, and unchanged when reopened."""

import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from core.errors import Cancelled, ExportError, ModelFileError
from core.monitor import Monitor
from core.network import model_saving
from core.network.model_file import open_model
from core.network.model_saving import save_model
from core.scale import Scale
from tests.core.saved_networks import BUILDERS, PROBE, SHAPE, L, answers, filled, nested, save_plainly, two_branches
from tests.patience import PATIENCE_S


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_what_is_saved_opens_here_and_in_plain_keras(
    build: Callable[[], keras.Model], suffix: str, tmp_path: Path
) -> None:
    model = open_model(save_plainly(filled(build), tmp_path / "net.keras")).model
    saved = save_model(model, tmp_path / f"saved{suffix}", probe=PROBE)
    assert saved.size_bytes == saved.path.stat().st_size
    plain = keras.models.load_model(saved.path)
    assert np.array_equal(answers(plain), answers(model))
    again = open_model(saved.path)
    assert again.sha256 == saved.sha256
    assert np.array_equal(answers(again.model), answers(model))
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["net.keras", saved.path.name])
    other = save_model(again.model, tmp_path / f"other{suffix}", probe=PROBE)
    assert other.sha256 == saved.sha256


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(
    "scale", [Scale.UNIT, Scale.CAFFE, Scale("standardized", (92.5, 75.25, 91.125), (52.0, 43.5, 52.75))]
)
def test_what_the_network_reads_is_stored_and_keras_does_not_mind(suffix: str, scale: Scale, tmp_path: Path) -> None:
    model = filled(two_branches)
    path = tmp_path / f"net{suffix}"
    save_model(model, path, probe=PROBE, scale=scale)
    assert np.array_equal(answers(keras.models.load_model(path)), answers(model))
    opened = open_model(path)
    assert opened.scale == scale
    assert opened.scale.name == scale.name
    save_model(opened.model, tmp_path / f"without{suffix}", probe=PROBE)
    assert open_model(tmp_path / f"without{suffix}").scale is None


WRONG_SCALES = [
    "text",
    {},
    {"scale": None},
    {"scale": {"name": "unit", "mean": [0.0], "deviation": [255.0]}},
    {"scale": {"name": "unit", "mean": [0.0], "deviation": [0.0], "is_bgr": False}},
    {"scale": {"name": "unit", "mean": ["0"], "deviation": [255.0], "is_bgr": False}},
    {"scale": {"name": "unit", "mean": [0.0], "deviation": [1e300], "is_bgr": False}},
    {"scale": {"name": "unit", "mean": [True], "deviation": [1.0], "is_bgr": False}},
    {"scale": {"name": "unit", "mean": [0.0] * 5000, "deviation": [1.0], "is_bgr": False}},
    {"scale": {"name": "\x1b[31m", "mean": [0.0], "deviation": [1.0], "is_bgr": False}},
    {"scale": {"name": "n" * 5000, "mean": [0.0], "deviation": [1.0], "is_bgr": False}},
    {"scale": {"name": "unit", "mean": [0.0], "deviation": [1.0], "is_bgr": 1}},
]


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_an_edited_scale_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    save_model(filled(two_branches), path, probe=PROBE, scale=Scale.UNIT)
    for number, wrong in enumerate(WRONG_SCALES):
        edited = tmp_path / f"edited_{number}{suffix}"
        if suffix == ".h5":
            edited.write_bytes(path.read_bytes())
            with h5py.File(edited, "r+") as file:
                file.attrs["backdoor_inspector"] = json.dumps(wrong)
        else:
            with zipfile.ZipFile(path) as whole, zipfile.ZipFile(edited, "w") as archive:
                for name in whole.namelist():
                    content = whole.read(name)
                    if name == "metadata.json":
                        content = json.dumps(json.loads(content) | {"backdoor_inspector": wrong}).encode()
                    archive.writestr(name, content)
        with pytest.raises(ModelFileError) as caught:
            open_model(edited)
        assert caught.value.code == "damaged-file", wrong
        assert "does not say clearly what its network reads" in str(caught.value)


def test_training_state_is_left_behind(tmp_path: Path) -> None:
    model = filled(two_branches)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(PROBE, np.zeros(len(PROBE)), verbose=0)
    for suffix in (".keras", ".h5"):
        opened = open_model(save_plainly(model, tmp_path / f"trained{suffix}"))
        assert not opened.model.compiled
        saved = save_model(model, tmp_path / f"saved{suffix}", probe=PROBE)
        assert saved.size_bytes < (tmp_path / f"trained{suffix}").stat().st_size
        assert np.array_equal(answers(open_model(saved.path).model), answers(model))
    with h5py.File(tmp_path / "saved.h5") as file:
        assert "optimizer_weights" not in file


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_opened_files_are_never_replaced(suffix: str, tmp_path: Path) -> None:
    path = save_plainly(filled(two_branches), tmp_path / f"net{suffix}")
    before = path.read_bytes()
    model = open_model(path).model
    (tmp_path / f"link{suffix}").symlink_to(path)
    (tmp_path / f"hard{suffix}").hardlink_to(path)
    (tmp_path / "folder").mkdir()
    for target in (
        path,
        tmp_path / f"link{suffix}",
        tmp_path / f"hard{suffix}",
        tmp_path / "folder" / ".." / path.name,
    ):
        with pytest.raises(ExportError, match="never replaced") as caught:
            save_model(model, target, probe=PROBE, forbidden=[tmp_path / "gone", path], overwrite=True)
        assert caught.value.code == "would-replace-input"
    assert path.read_bytes() == before


def test_existing_files_are_replaced_only_when_asked(tmp_path: Path) -> None:
    model, path = filled(two_branches), tmp_path / "net.keras"
    path.write_text("older")
    with pytest.raises(ExportError, match=r"'net\.keras' already exists") as caught:
        save_model(model, path, probe=PROBE)
    assert caught.value.code == "already-exists"
    assert path.read_text() == "older"
    save_model(model, path, probe=PROBE, overwrite=True)
    assert open_model(path).class_count == 4


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    model = filled(two_branches)
    for path, code in (
        (tmp_path / "net.onnx", "wrong-suffix"),
        (tmp_path / "net", "wrong-suffix"),
        (tmp_path / "gone" / "net.keras", "write-failed"),
        (tmp_path / "gone" / "net.h5", "write-failed"),
    ):
        with pytest.raises(ExportError, match=path.name) as caught:
            save_model(model, path, probe=PROBE)
        assert caught.value.code == code
    start = keras.Input(SHAPE)
    odd = keras.Model(start, L.Dense(2)(L.Flatten()(L.Solarization()(start))))
    with pytest.raises(ExportError, match="could not be reopened") as caught:
        save_model(odd, tmp_path / "odd.keras", probe=PROBE)
    assert caught.value.code == "save-differs"
    assert "'odd.keras'" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_differs_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, other = filled(two_branches), filled(two_branches)
    other.get_layer("conv_1").bias.assign_add([0, 0, 0, 0, 0, 1e-6])
    write = model_saving._write
    monkeypatch.setattr(model_saving, "_write", lambda _, path, scale: write(other, path, scale))
    with pytest.raises(ExportError, match="weights of layer 'conv_1'") as caught:
        save_model(model, tmp_path / "net.h5", probe=PROBE)
    assert caught.value.code == "save-differs"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("done_count", [0, 1, 2, 3])
def test_a_cancelled_save_leaves_nothing(done_count: int, tmp_path: Path) -> None:
    class Impatient(Monitor):
        def checkpoint(self, stage: str, *, done_count: int = 0, total_count: int = 0) -> None:
            if done_count == wanted:
                self.cancel()
            super().checkpoint(stage, done_count=done_count, total_count=total_count)

    wanted = done_count
    with pytest.raises(Cancelled):
        save_model(filled(two_branches), tmp_path / "net.keras", probe=PROBE, monitor=Impatient())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["_write", "_compare"])
def test_cancelling_does_not_wait_for_a_long_step(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor, release, ended = Monitor(), threading.Event(), threading.Event()

    def long_step(*_: object, **__: object) -> None:
        monitor.cancel()
        release.wait(PATIENCE_S)
        ended.set()

    monkeypatch.setattr(model_saving, step, long_step)
    try:
        with pytest.raises(Cancelled):
            save_model(filled(two_branches), tmp_path / "net.keras", probe=PROBE, monitor=monitor)
        assert not ended.is_set()
        assert list(tmp_path.iterdir()) == []
    finally:
        release.set()


def test_equal_networks_give_equal_files_in_another_process(tmp_path: Path) -> None:
    source = save_plainly(filled(nested), tmp_path / "net.keras")
    saved = [
        save_model(open_model(source).model, tmp_path / f"here{suffix}", probe=PROBE) for suffix in (".keras", ".h5")
    ]
    code = (
        "import sys, numpy as np\n"
        "from core.network.model_file import open_model\n"
        "from core.network.model_saving import save_model\n"
        "model = open_model(sys.argv[1]).model\n"
        "for path in sys.argv[2:]: print(save_model(model, path, probe=np.zeros((1, 8, 8, 3), 'f4')).sha256)"
    )
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        [sys.executable, "-c", code, str(source), str(tmp_path / "there.keras"), str(tmp_path / "there.h5")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [one.sha256 for one in saved]
