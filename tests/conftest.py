"""What every test shares: nobody's real settings or cache are touched, and where the real networks lie."""

import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from core.intake import child_process
from tests.hostile.forked_start import ForkedStart
from tests.patience import PatientQtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Hear Ctrl-C also where a shell started the tests with `&`: SIGINT is ignored then, by what they start as well."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores, if memory allows: tests wait for children, timers and workers.

    A worker takes some 2 GB, and as much is left to what the tests start.
    """
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    is_roomy = psutil.virtual_memory().available >= 2 * 1024**3 * (cores + 2)
    return cores + 1 if is_roomy else cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left with one when the others have ended.

    These are the files with slow tests, then those with many; the order within a file stays.
    """
    counts = Counter(item.path for item in items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, -counts[item.path], str(item.path)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search what the tests import for garbage once and no more: it stays, and with TensorFlow a search takes 0.3 s."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientQtBot:
    """pytest-qt's, which does not lose patience on a slow machine."""
    return PatientQtBot(request)


@pytest.fixture(autouse=True, scope="session")
def private_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Send the cache and the preferences to a temporary folder for the whole run."""
    folder = tmp_path_factory.mktemp("private")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKDOOR_INSPECTOR_CACHE", str(folder / "cache"))
        patch.setenv("BACKDOOR_INSPECTOR_CONFIG", str(folder / "config"))
        yield


@pytest.fixture(autouse=True, scope="session")
def forked_children() -> Iterator[None]:
    """Fork the intake's children from one process: a new one takes 0.15 s, and the tests start more than a thousand.

    The tests of the intake itself start new ones (tests/core/intake/conftest.py), as do programs that tests run.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    start = ForkedStart()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_process, "_start", start)
        yield
    start.close()


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


@pytest.fixture
def short_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search for patches and triggers less long than usual, for tests of what is done with those that are found."""
    monkeypatch.setattr("core.detect.fooling.TRIED_COUNT", 400)
    for name, value in (("STEP_COUNT", 15), ("IMAGE_COUNT", 8), ("TRIGGER_COUNT", 2)):
        monkeypatch.setattr(f"core.repair.suspected_triggers.{name}", value)
