"""The comparisons of `tests/benchmarks/same_outputs.py`: what counts as a difference and what is only reported."""

import importlib.util
import json
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image


def load_comparisons() -> ModuleType:
    path = Path(__file__).parent / "benchmarks" / "output_differences.py"
    spec = importlib.util.spec_from_file_location("output_differences", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


comparisons = load_comparisons()

RESULTS = {
    "created": "2026-01-01T10:00:00+00:00",
    "verdict": {"code": "still-fooled", "headline": "Pruning does not help."},
    "table": [{"rate": 0.5, "count": 3}, {"rate": 1.0, "count": 6}],
    "file": {"path": "out/pruned.keras", "sha256": "ab"},
    "input": {"path": "demo/clean.h5", "sha256": "cd"},
    "effort": {"phases_s": {"pruning": 1.5}, "update_count": 7},
}


def verdict(found: Iterable[Any]) -> str:
    found = list(found)
    return "different" if any(each.counts for each in found) else "reworded" if found else "same"


def changed(path: str, value: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(RESULTS))
    *parents, last = (int(each) if each.isdigit() else each for each in path.split("."))
    place = copy
    for each in parents:
        place = place[each]
    place[last] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("table.1.count", 5, "different"),
        ("table.0.rate", 0.5000000000000001, "different"),
        ("table.1.rate", 1, "different"),
        ("table.1", None, "different"),
        ("table", [], "different"),
        ("new_key", 1, "different"),
        ("verdict.code", "clean", "different"),
        ("verdict.headline", "unhelpful", "different"),
        ("verdict.headline", "No pruning helps.", "reworded"),
        ("input.sha256", "ef", "different"),
        ("effort.update_count", 8, "different"),
        ("file.sha256", "ef", "same"),
        ("created", "2026-01-02T10:00:00+00:00", "same"),
        ("effort.phases_s", {"pruning": 9.5}, "same"),
    ],
)
def test_json(path: str, value: Any, expected: str) -> None:
    assert verdict(comparisons.compare_json(RESULTS, changed(path, value))) == expected


def test_a_difference_in_json_tells_its_path_and_both_values() -> None:
    (found,) = comparisons.compare_json(RESULTS, changed("table.1.count", 5))
    assert found.text == "$.table[1].count: 6 -> 5"
    (found,) = comparisons.compare_json(RESULTS, changed("verdict.headline", "No pruning helps."))
    assert found.text == "reworded: 'Pruning does not help.' -> 'No pruning helps.'"


def test_keys_in_another_order_are_reported_and_lost_ones_count() -> None:
    turned = dict(reversed(RESULTS.items()))
    assert verdict(comparisons.compare_json(RESULTS, turned)) == "reworded"
    del turned["table"]
    (found,) = (each for each in comparisons.compare_json(RESULTS, turned) if each.counts)
    assert found.text == "$: key 'table' is gone"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("49 of 60 are right", "49 of 60 are right", "same"),
        ("49 of 60 are right", "Right: 49 of 60", "reworded"),
        ("49 of 60 are right", "48 of 60 are right", "different"),
        ("49 of 60 are right", "60, of which 49 are right", "different"),
        ("B   98.4 %\nB′  97 %", "B  98.4 %\nB′ 97 %", "reworded"),
        ("refused [missing-file]: no file", "refused [missing-file]: it is not there", "reworded"),
        ("refused [missing-file]: no file", "refused [no-file]: no file", "different"),
        ('{"a": 1}\n{"a": 2}\n', '{"a": 1}\n{"a": 3}\n', "different"),
        ('{"a": 1}\n', '{"a":1}\n', "same"),
        ('{"a": 1}\n', "a is 1\n", "different"),
    ],
)
def test_what_is_printed(before: str, after: str, expected: str) -> None:
    assert verdict(comparisons.compare_stream(before, after, is_help=False)) == expected


def test_options_and_choices_count_in_help() -> None:
    help_text = "--order <up|down>  What goes first."
    for after, expected in (
        ("--order  <up|down>  Which is the first.", "reworded"),
        ("--sort <up|down>  What goes first.", "different"),
        ("--order <up|left>  What goes first.", "different"),
    ):
        assert verdict(comparisons.compare_stream(help_text, after, is_help=True)) == expected


def network_file(kernel: np.ndarray, *, name: str = "conv_1", date: str = "today") -> bytes:
    weights, archive = BytesIO(), BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/conv/vars/0"] = kernel
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("config.json", json.dumps({"name": name}))
        zipped.writestr("metadata.json", json.dumps({"date_saved": date}))
        zipped.writestr("model.weights.h5", weights.getvalue())
    return archive.getvalue()


def test_networks() -> None:
    kernel = np.ones((2, 3), np.float32)
    nearly = kernel.copy()
    nearly[0, 0] = np.nextafter(np.float32(1), np.float32(2))
    before = network_file(kernel)
    for after, expected in (
        (network_file(kernel, date="tomorrow"), "reworded"),
        (network_file(nearly), "different"),
        (network_file(kernel.reshape(3, 2)), "different"),
        (network_file(kernel.astype(np.float64)), "different"),
        (network_file(kernel, name="conv_2"), "different"),
    ):
        assert verdict(comparisons.compare_networks(before, after)) == expected
    (found,) = comparisons.compare_networks(before, network_file(nearly))
    assert found.text == "array layers/conv/vars/0: other values"


def picture(value: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (4, 3), (value, 0, 0)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("curve.csv", b"step,rate\n0,0.5\n", b"step,rate\n0,0.5\n", "same"),
        ("curve.csv", b"step,rate\n0,0.5\n", b"step,rate\n0,0.50\n", "different"),
        ("curve.csv", b"step,rate\n", b"step,rate\r\n", "different"),
        ("results.json", b'{"a": 1}', b'{"a": 2}', "different"),
        ("report.html", b"<p>2026-01-01 10:00 UTC</p>", b"<p>2026-01-02 11:00 UTC</p>", "same"),
        ("report.html", b"<p>3 channels</p>", b"<p>4 channels</p>", "reworded"),
        ("curve.png", picture(1), picture(2), "reworded"),
    ],
)
def test_files(tmp_path: Path, name: str, before: bytes, after: bytes, expected: str) -> None:
    for folder, data in (("before", before), ("after", after)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(data)
    found = comparisons.compare_file(tmp_path / "before" / name, tmp_path / "after" / name)
    assert verdict(found) == expected
