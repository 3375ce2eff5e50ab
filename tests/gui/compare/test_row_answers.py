"""A row chosen in Compare answers as B′ in the classifier, which says so and offers the way back."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from gui.compare.panel import ComparePanel
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


def click_row(panel: ComparePanel, line: int) -> None:
    view = panel.view
    cell = view.visualRect(view.model().index(line, 0))
    at = QPoint(cell.left() + 1, cell.center().y())  # beside the figure, which is a link to its images
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def show_two(wiring: WindowWiring, driver: Driver) -> ComparePanel:
    driver.run_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.repair(OCCLUSION)
    driver.repair(PRUNE)
    wiring.panels.show_page("compare")
    panel: ComparePanel = wiring.pages["compare"].panel
    return panel


def test_a_click_on_a_row_makes_it_the_answer(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    panel = show_two(wiring, driver)
    bar = wiring.panels.classifier.answering_bar
    assert bar.text() == "Classifier answers with: Pruning (Compare)"
    click_row(panel, 1)
    driver.settle()
    assert wiring.session.classified is wiring.session.compared[0]
    assert engine.asked[-1] == "Occlusion"
    assert bar.text() == "Classifier answers with: Occlusion (Compare)"
    assert wiring.panels.classifier.answer_view.network_combo.currentText() == "Occlusion"
    click_row(panel, 0)  # B is no B′
    assert wiring.session.classified is wiring.session.compared[0]


def test_the_keyboard_chooses_as_the_mouse_does(wiring: WindowWiring, driver: Driver) -> None:
    panel = show_two(wiring, driver)
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Up)
    assert panel.chosen == 1
    assert wiring.session.classified is wiring.session.compared[0]


def test_there_is_a_way_back_and_the_same_row_can_be_chosen_again(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    panel = show_two(wiring, driver)
    bar = wiring.panels.classifier.answering_bar
    assert bar.isVisible()
    QTest.mouseClick(bar.back_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert wiring.session.classified is None
    assert engine.asked[-1] is None
    assert not bar.isVisible()
    wiring.pages["compare"].control.update()  # drawn again, for figures that came
    assert wiring.session.classified is None
    assert panel.chosen == 2
    click_row(panel, 2)
    assert wiring.session.classified is wiring.session.compared[1]
    wiring.pages["prune"].control._on_step_chosen(2)  # the cursor is moved
    assert not bar.isVisible()
