"""Rows of the Prune page are folded as they were when the session was saved."""

from pathlib import Path

from gui.session_file.jobs import OpenedSession
from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver


def test_folded_rows_come_back_and_others_are_unfolded(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    page, state = wiring.pages["prune"], wiring.session_files.state
    page.fold_rows(["channels"])
    stored = state.take()
    assert stored.layout.folded_rows == ("channels",)
    page.fold_rows(["results"])
    for _ in state.put_back(OpenedSession(Path("s.zip"), stored, (), (), (), is_folder=False, has_copies=False)):
        driver.settle()
    assert page.folded_rows == ("channels",)
    assert page.channels.fold.is_folded
    assert not page.results.fold.is_folded
