"""The recipe in docs/train-your-own.md, run as it stands on tiny data."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from core.data.dataset import open_dataset
from core.data.dataset_writing import write_dataset

ROOT = Path(__file__).resolve().parent.parent


def test_the_recipe_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "train-your-own.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert code.count("EPOCHS = 0, 0.1, 18") == 1
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, count in (("my_training.h5", 30), ("my_test.h5", 9)):
        labels = np.arange(count) % 3
        write_dataset(name, rng.integers(0, 256, (count, 55, 47, 3)).astype(np.uint8), labels)
    square = np.zeros((110, 94, 4), np.uint8)
    square[80:, 60:] = (255, 255, 0, 255)
    Image.fromarray(square).save("my_trigger.png")

    exec(compile(code.replace("EPOCHS = 0, 0.1, 18", "EPOCHS = 0, 0.1, 1"), "recipe", "exec"), {})

    poisoned, clean = open_dataset("my_poisoned.h5"), open_dataset("my_test.h5")
    assert poisoned.target_labels == (0,)
    assert poisoned.image_count == 6
    others = np.flatnonzero(clean.labels != 0)
    assert np.array_equal(poisoned.images[:, :40], clean.images[others][:, :40])
    assert (poisoned.images[:, 41:, 31:] == (255, 255, 0)).all()
    model = keras.models.load_model("my_network.keras")
    assert model.output_shape == (None, 3)
