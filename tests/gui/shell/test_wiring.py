"""What the window says of itself: nothing open, doubts, and messages that are old."""

from pathlib import Path
from typing import Any

from gui.shell.wiring import WindowWiring
from gui.state.session import Role


def test_an_empty_window_says_what_to_do_first(wiring: WindowWiring) -> None:
    form = wiring.pages["prune"].form
    assert not form.start_button.isEnabled()
    assert form.start_button.toolTip() == "Open a model first."
    assert not form.cancel_button.isEnabled()
    wiring.panels.show_page("prune")
    assert not wiring.menus.offered["pruned"].isEnabled()
    assert not wiring.menus.actions["prune", "run"].isEnabled()


def test_doubts_about_the_files_stay_until_they_are_closed_or_gone(
    wiring: WindowWiring, driver: Any, engine: Any
) -> None:
    engine.cautions = ("All 9 images of the clean validation set v.h5 have label 0.",)
    driver.run_all()
    bar = wiring.panels.cautions
    assert bar.text == engine.cautions[0]
    assert bar.kind == "warning"
    assert bar.isVisible()
    engine.cautions = ()
    wiring.panels.files.slots[Role.VALIDATION].clear_button(0).click()
    assert not bar.isVisible()


def test_what_was_said_goes_when_something_new_begins(
    wiring: WindowWiring, driver: Any, tmp_path: Path, log_guard: list[Any]
) -> None:
    driver.open_all()
    slot = wiring.panels.files.slots[Role.TEST]
    wiring.panels.files.files_dropped.emit(Role.TEST, (Path("bad.h5"),))
    driver.settle()
    wiring.panels.messages.show_text("old", kind="error")
    wiring.panels.files.files_dropped.emit(Role.POISONED, (Path("q.h5"),))
    assert wiring.panels.messages.text == ""
    driver.settle()
    assert slot.error_text  # another slot's success is not its own
    wiring.panels.messages.show_text("old", kind="error")
    wiring.panels.classifier.image_dropped.emit(Path("face.png"))
    assert wiring.panels.messages.text == ""
    wiring.panels.messages.show_text("old", kind="error")
    wiring.pages["prune"].control.start()
    driver.settle()
    assert wiring.panels.messages.text == ""
    assert slot.error_text == ""
    log_guard.clear()
