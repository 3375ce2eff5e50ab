"""Takes the README's images of the real window on the embedded demo.

Run from the project's root, on a screen (a virtual one will do):  .venv/bin/python docs/pictures/take.py
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["BACKDOOR_INSPECTOR_CONFIG"] = tempfile.mkdtemp()
os.environ["BACKDOOR_INSPECTOR_TOUR"] = "off"

import demo_audit
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from core.audit.records import AuditCheck
from gui.shell.application import start_window
from gui.shell.main_window import MainWindow
from gui.shell.wiring import WindowWiring
from gui.tables.results_table import ASKED_ROLE
from gui.theme import theme

WIDTH, HEIGHT = 1440, 900


def take(wiring: WindowWiring, window: MainWindow) -> Iterator[Callable[[], bool]]:
    """Wait, set, wait, grab: one image after the other; each thing yielded is waited for."""

    def is_idle() -> bool:
        return not wiring.runner.is_busy

    def grab(name: str, widget: QWidget = window) -> None:
        widget.grab().save(str(ROOT / "docs" / "pictures" / name))

    window.resize(WIDTH, HEIGHT)
    yield lambda: wiring.pages["prune"].control.stops != () and is_idle()
    wiring.pages["prune"].control.go_to(58)
    yield is_idle
    grab("window-demo.png")
    view = wiring.pages["prune"].results.view  # the images behind the clean accuracy at the cursor
    view.asked.emit(0, view.model().index(0, 2).data(ASKED_ROLE))
    yield is_idle
    images = wiring.images_control.window
    assert images is not None
    images.resize(900, 600)
    yield is_idle
    yield is_idle
    grab("window-images.png", images)
    images.close()
    wiring.panels.show_page("network")
    yield is_idle
    yield is_idle
    grab("window-network.png")
    wiring.panels.show_page("prune")
    wiring.image_tools.studio.open()
    studio = wiring.image_tools.studio.window
    assert studio is not None
    yield is_idle
    yield is_idle
    grab("window-studio.png", studio)
    studio.close()
    wiring.pages["prune"].control.choose_settings(replace(wiring.session.settings, reader="conv_4"))
    wiring.pages["prune"].control.start()
    yield lambda: wiring.pages["prune"].control.stops != () and is_idle()
    wiring.pages["prune"].control.go_to(58)
    yield is_idle
    grab("window-bypass.png")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply_theme(app, "dark")
    yield is_idle
    grab("window-dark.png")
    theme.apply_theme(app, "light")
    wiring.pages["detect"].control.start()
    yield lambda: wiring.pages["detect"].control.shown is not None and is_idle()
    grab("window-detect.png")
    wiring.pages["repair"].control.start()  # by the method that the form begins with
    yield lambda: wiring.pages["repair"].control.shown is not None and is_idle()
    grab("window-repair.png")
    yield from take_audit(wiring, grab)


def take_audit(wiring: WindowWiring, grab: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Audit the networks of the demo on its sets, which are open, and grab the table; not where Dask is missing."""

    def is_idle() -> bool:
        return not wiring.runner.is_busy

    if not demo_audit.start(wiring, ROOT / "resources" / "demo", {AuditCheck.PRUNE}):
        return
    yield lambda: demo_audit.has_ended(wiring)
    demo_audit.choose(wiring)
    yield is_idle
    yield is_idle
    grab("window-audit.png")


def main() -> int:
    """Open the window on the demo, take the images, close it."""
    app = QApplication(sys.argv[:1])
    steps: list[Iterator[Callable[[], bool]]] = []
    waited: list[Callable[[], bool]] = []

    def look() -> None:
        window = next((each for each in app.topLevelWidgets() if isinstance(each, MainWindow)), None)
        if window is None or window.wiring is None:
            return
        if not steps:
            steps.append(take(window.wiring, window))
        if waited and not waited[-1]():
            return
        try:
            waited.append(next(steps[0]))
        except StopIteration:
            window.close_without_asking()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(400)
    return start_window(demo=True)


if __name__ == "__main__":
    sys.exit(main())
