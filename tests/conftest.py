"""What every test shares: nobody's real settings or cache are touched, and where the real networks lie."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True, scope="session")
def private_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Send the cache and the preferences to a temporary folder for the whole run."""
    folder = tmp_path_factory.mktemp("private")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKDOOR_INSPECTOR_CACHE", str(folder / "cache"))
        patch.setenv("BACKDOOR_INSPECTOR_CONFIG", str(folder / "config"))
        yield


@pytest.fixture(scope="session")
def csaw() -> Path:
    """The folder of the real CSAW networks and faces; skips where it is not there."""
    folder = ROOT.parent / "shared" / "data" / "csaw"
    if not folder.is_dir():
        pytest.skip("the real CSAW networks and faces are not beside this project")
    return folder


@pytest.fixture(scope="session")
def demo() -> Path:
    """The folder of the embedded demo."""
    return ROOT / "resources" / "demo"
