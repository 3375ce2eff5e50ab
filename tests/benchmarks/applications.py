"""The smallest members of the large families of `keras.applications`, opened and compared with plain Keras.

Run from the project's root:  .venv/bin/python tests/benchmarks/applications.py

Each takes about 5 s or more to build, save, open and answer; the tests open networks of fewer blocks of these families.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.network.network import open_network
from tests.core.applications import HEAVY, images, with_random_statistics


def main() -> int:
    """Print the largest difference of two outputs, and the time of opening, for each network."""
    is_equal = True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.keras"
        for name, build in HEAVY.items():
            model = with_random_statistics(build)
            model.save(path)
            start = time.perf_counter()
            network = open_network(path)
            opened_s = time.perf_counter() - start
            pixels = images(network.input_shape)
            outputs, expected = (np.asarray(each(pixels, training=False)) for each in (network.model, model))
            difference = float(np.abs(outputs - expected).max())
            is_equal &= difference == 0
            print(f"{name:18}  {len(model.layers):4} layers  difference {difference:g}  opened in {opened_s:.1f} s")
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
