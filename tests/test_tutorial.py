"""The tutorial notebook runs from start to end, and what it shows is what comes out."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
LARGEST_BYTES = 300_000

# `python tests/test_tutorial.py` puts the outputs into the notebook anew.
EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient

source, target, folder = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}})
client.execute()
for cell in notebook.cells:
    cell.metadata.pop("execution", None)
notebook.metadata["language_info"] = {"name": "python"}
nbformat.write(notebook, target)
"""


def execute(target: Path) -> Any:
    """Run all cells in the project's folder and write the notebook with its outputs."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environment |= {
        "IPYTHONDIR": str(target.parent / "ipython"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    ended = subprocess.run(
        [sys.executable, "-c", EXECUTE, str(NOTEBOOK), str(target), str(ROOT)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    return json.loads(target.read_text("utf-8"))


def outputs(notebook: Any) -> list[str]:
    """The text of each code cell's outputs, as HTML where there is any; images are named only."""
    found = []
    for cell in notebook["cells"]:
        shown = []
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            kinds = [kind for kind in ("text/html", "image/png") if kind in data]
            text = "image" if kinds == ["image/png"] else data[kinds[0]] if kinds else output.get("text") or data
            shown.append("".join(text) if isinstance(text, list) else str(text))
        if cell["cell_type"] == "code":
            found.append("\n".join(shown))
    return found


def rounded(text: str) -> str:
    """The same without figures: rounding on another processor may move an image to the other side."""
    return re.sub(r"\d+(\.\d+)?", "0", text)


def test_it_holds_its_outputs_and_no_ones_folders() -> None:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert NOTEBOOK.stat().st_size < LARGEST_BYTES
    counts = [cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))
    text = "\n".join(outputs(notebook))
    assert "100 % (436 of 436)" in text
    assert not re.search(r"Traceback|Warning|(?<![\w<])/\w+/\w+|[A-Z]:\\", text)


@pytest.mark.slow
def test_it_runs_and_shows_what_it_holds(tmp_path: Path) -> None:
    ran = outputs(execute(tmp_path / "tutorial.ipynb"))
    held = outputs(json.loads(NOTEBOOK.read_text("utf-8")))
    assert [rounded(each) for each in ran] == [rounded(each) for each in held]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        execute(Path(folder) / NOTEBOOK.name)
        shutil.copyfile(Path(folder) / NOTEBOOK.name, NOTEBOOK)
