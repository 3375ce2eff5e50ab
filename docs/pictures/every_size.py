"""Takes every page of the real window at the sizes that people have, light and dark, to be looked at.

Run from the project's root, on a screen of 2600 × 1600 (a virtual one will do):
    .venv/bin/python docs/pictures/every_size.py FOLDER

The window opens without a file, then on the embedded demo; a run and an audit are made, and each page is taken at
1280 × 720 and 1920 × 1080, at 1280 × 720 with text of twice the size, and at 1280 × 720 on a screen scaled twice.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["BACKDOOR_INSPECTOR_CONFIG"] = tempfile.mkdtemp()
os.environ["BACKDOOR_INSPECTOR_TOUR"] = "off"

import demo_audit
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.audit.records import AuditCheck
from gui.shell.application import start_window
from gui.shell.main_window import MainWindow
from gui.shell.wiring import WindowWiring
from gui.state.session import StartFiles
from gui.theme import theme

SCALED = "--scaled"
PAGES = ("prune", "compare", "repair", "detect", "network", "audit")
CALM_TICKS = 3  # after a size was set, parts are hidden and columns moved in further turns of the event loop


def take(wiring: WindowWiring, window: MainWindow, folder: Path, *, is_scaled: bool) -> Iterator[Callable[[], bool]]:
    """Wait, set, wait, grab: one image after the other; each thing yielded is waited for."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)

    def is_idle() -> bool:
        return not wiring.runner.is_busy

    sizes = [(1280, 720, 100)] if is_scaled else [(1280, 720, 100), (1920, 1080, 100), (1280, 720, 200)]

    def looks() -> Iterator[tuple[str, Callable[[], bool]]]:
        for width, height, percent in sizes:
            for name in ("light", "dark"):
                theme.apply_theme(app, name)
                window.resize(width, height)
                wiring.view_control.layout.set_text_size(percent)
                scale = "-screen200" if is_scaled else f"-text{percent}" if percent != 100 else ""
                yield f"{width}x{height}{scale}-{name}", is_idle

    window.show()
    yield is_idle
    for look, ready in looks():
        yield ready
        window.grab().save(str(folder / f"welcome-{look}.png"))
    demo = ROOT / "resources" / "demo"
    files = StartFiles(
        demo / "backdoored.h5", demo / "clean_validation.h5", demo / "clean_test.h5", (demo / "sunglasses_poisoned.h5",)
    )
    wiring.open_start_files(files)
    yield is_idle
    wiring.pages["prune"].control.start()
    yield lambda: wiring.pages["prune"].control.stops != () and is_idle()
    wiring.pages["prune"].control.go_to(58)
    yield is_idle
    if demo_audit.start(wiring, demo, {AuditCheck.PRUNE}):
        yield lambda: demo_audit.has_ended(wiring)
        demo_audit.choose(wiring)
        yield is_idle
    for page in PAGES:
        wiring.panels.show_page(page)
        for look, ready in looks():
            yield ready
            window.grab().save(str(folder / f"{page}-{look}.png"))


def main(arguments: list[str]) -> int:
    """Open the window, take the images, close it; then once more on a scaled screen."""
    is_scaled = SCALED in arguments
    folder = Path(next(each for each in arguments if each != SCALED))
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication(sys.argv[:1])
    steps: list[Iterator[Callable[[], bool]]] = []
    waited: list[Callable[[], bool]] = []
    calm = [0]

    def look() -> None:
        window = next((each for each in app.topLevelWidgets() if isinstance(each, MainWindow)), None)
        if window is None or window.wiring is None:
            return
        if not steps:
            steps.append(take(window.wiring, window, folder, is_scaled=is_scaled))
        calm[0] = calm[0] + 1 if not waited or waited[-1]() else 0
        if calm[0] < CALM_TICKS:
            return
        calm[0] = 0
        try:
            waited.append(next(steps[0]))
        except StopIteration:
            window.close_without_asking()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(150)
    status = start_window()
    if status or is_scaled:
        return status
    again = [sys.executable, __file__, str(folder), SCALED]
    return subprocess.run(again, env={**os.environ, "QT_SCALE_FACTOR": "2"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
