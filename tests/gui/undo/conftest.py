"""A window with a complete run, whose steps are undone."""

import pytest
from PySide6.QtWidgets import QApplication

from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver


@pytest.fixture
def pruned(wiring: WindowWiring, driver: Driver) -> WindowWiring:
    """A window that shows the Prune page with a complete run."""
    wiring.window.activateWindow()
    driver.run_all()
    wiring.panels.show_page("prune")
    QApplication.processEvents()
    driver.wait_until(wiring.window.isActiveWindow)
    return wiring
