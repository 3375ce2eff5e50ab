"""Code in a description is refused wherever it is; what people train with is not."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import pytest

from core.intake.model.foreign_code import refuse_code
from core.intake.refusal import Refusal

CODE = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}


@pytest.mark.parametrize(
    "part",
    [
        CODE,
        {"module": "os", "class_name": "function", "config": "system"},
        {"module": "os.path", "class_name": "join"},
        {"module": "subprocess", "class_name": "Popen", "config": {}},
        {"module": "builtins", "class_name": "exec", "config": {}},
        {"module": "builtins", "class_name": "function", "config": "eval"},
        {"module": "builtins.open", "class_name": "read"},
    ],
)
def test_code_is_refused_at_any_depth(part: dict[str, Any]) -> None:
    for description in (part, [[part]], {"config": {"layers": [{"config": {"kernel_initializer": part}}]}}):
        with pytest.raises(Refusal) as caught:
            refuse_code(description)
        assert caught.value.code == "unsupported-config"


@pytest.mark.parametrize(
    "part",
    [
        {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": None}},
        {"module": "builtins", "class_name": "function", "config": "my_loss", "registered_name": "function"},
        {"module": "mine.losses", "class_name": "Focal", "config": {}, "registered_name": "mine>Focal"},
        {"module": None, "class_name": "MyRegularizer", "config": {"rate": 0.1}},
        {"module": 7, "class_name": ["a"]},
        "os.system",
    ],
)
def test_what_people_train_with_is_not_refused(part: Any) -> None:
    refuse_code({"compile_config": {"loss": part, "metrics": [part]}})


def test_code_in_the_training_of_a_file_is_refused(tmp_path: Path, files: SimpleNamespace, refusal_of: Any) -> None:
    path = files.h5_model(tmp_path / "net.h5", files.small_network())
    with h5py.File(path, "a") as file:
        file.attrs["training_config"] = json.dumps({"loss": CODE})
    code, sentence = refusal_of("model", path)
    assert (code, "the code of a function" in sentence) == ("unsupported-config", True)
