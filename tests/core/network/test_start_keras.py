"""The import of TensorFlow and Keras."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc, sys
sys.path.insert(0, sys.argv[1])
from core.monitor import Monitor
from core.network.start_keras import start_keras
before = gc.get_freeze_count()
start_keras(Monitor())
first = gc.get_freeze_count()
later = [[] for _ in range(1000)]
start_keras(Monitor())
print(before, first > 10_000, gc.get_freeze_count() <= first)
"""


def test_only_the_first_import_leaves_what_exists_out_of_searches_for_garbage(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("objects = [[] for _ in range(10_000)]", encoding="utf-8")
    (tmp_path / "tensorflow.py").write_text("constant = float", encoding="utf-8")
    words = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["0", "True", "True"]
