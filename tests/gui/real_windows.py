"""Windows on the embedded demo, with the real engine; `open_real` in `conftest.py` opens them."""

from collections.abc import Callable
from pathlib import Path

from core.data.image import InputImage
from core.repair.methods.prune import PRUNE
from gui.session_file.jobs import SavePlan
from gui.shell.wiring import WindowWiring
from gui.state.session import Session, StartFiles
from tests.gui.window_driver import Driver

Opener = Callable[[], Driver]


def open_demo_files(driver: Driver, folder: Path) -> None:
    """Open the demo's files."""
    files = StartFiles(
        folder / "backdoored.h5",
        folder / "clean_validation.h5",
        folder / "clean_test.h5",
        (folder / "sunglasses_poisoned.h5",),
    )
    driver.wiring.open_start_files(files)
    driver.settle()


def work(driver: Driver) -> Session:
    """Prune, repair, detect, compare and prune by hand, so that there is something of everything."""
    wiring, session = driver.wiring, driver.wiring.session
    pages = wiring.pages
    pages["prune"].control.choose_thresholds((0.03, 0.05))
    pages["prune"].control.start()
    driver.settle()
    driver.repair(PRUNE)
    for each in pages["detect"].form.boxes:
        each.box.setChecked(each.detector.name == "weight-signature")
    pages["detect"].control.start()
    driver.settle()
    pages["compare"].additions.add_pruned()
    driver.settle()
    pages["compare"].control.show_rule(is_by_confidence=True, false_alarm_rate=0.05)
    session.set_image(InputImage("a picture", _pixels()), "a picture")
    session.set_trigger_on(True)
    session.set_classified(None)
    pages["prune"].hand.toggle_channel(3)
    driver.wait_until(lambda: session.hand_point is not None)
    driver.settle()
    pages["prune"].pins.pin()
    wiring.panels.show_page("compare")
    return session


def _pixels():  # type: ignore[no-untyped-def]
    import numpy as np  # noqa: PLC0415

    return np.random.default_rng(0).integers(0, 255, (20, 30, 4), dtype=np.uint8)


def save(wiring: WindowWiring, driver: Driver, plan: SavePlan) -> None:
    """Save the session, without a dialog."""
    wiring.session_files.control._submit_save(plan, lambda: None)
    driver.wait_until(lambda: wiring.session_files.control.path == plan.path)
    driver.settle()


def open_saved(driver: Driver, path: Path) -> None:
    """Open a session, and wait until it is shown."""
    control = driver.wiring.session_files.control
    control.open_session(path)
    driver.settle()
    driver.wait_until(lambda: not control.is_showing)
    driver.settle()
