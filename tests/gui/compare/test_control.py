"""Repaired networks side by side: those made here, from files, and the pruned one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.network.confidence import ConfidenceLevel
from core.records import Share
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui import stand_in_engine
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


def names(wiring: WindowWiring) -> list[str]:
    return [each.name for each in wiring.session.compared]


def add_file(wiring: WindowWiring, driver: Driver, name: str) -> None:
    wiring.pages["compare"].panel.files_dropped.emit((Path(name),))
    driver.settle()


def test_repairs_come_by_themselves(wiring: WindowWiring, driver: Driver) -> None:
    panel = wiring.pages["compare"].panel
    assert panel.empty_label.text().endswith("\n\nOpen a model first.")
    driver.open_all()
    assert "appear by themselves" in panel.empty_label.text()
    driver.repair(OCCLUSION)
    driver.repair(PRUNE)
    assert names(wiring) == ["Occlusion", "Pruning"]
    assert [row.title for row in panel.table.rows] == ["B", "1  Occlusion", "2  Pruning"]
    assert [point.mark for point in panel.chart.points] == ["B", "1", "2"]
    assert panel.chart.points[0].attack[0] == 100
    assert panel.chart.points[1].attack[0] == 0
    assert panel.chosen == 2
    assert panel.story.text() == "Pruning: Epochs were counted."  # what the repair tells of itself


def test_what_is_chosen_in_the_table_stands_out_in_the_chart(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    add_file(wiring, driver, "theirs.keras")
    panel = wiring.pages["compare"].panel
    panel.choose(1)
    assert panel.chart.chosen == 1
    panel.chart.point_chosen.emit(2)
    assert panel.chosen == 2
    assert panel.story.text() == "theirs.keras: 3 weights differ."
    assert panel.remove_button.isEnabled()
    panel.choose(0)
    assert not panel.remove_button.isEnabled()  # B is no repaired network


def test_a_network_from_a_file_is_counted_asked_and_taken_out(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    add_file(wiring, driver, "theirs.keras")
    add_file(wiring, driver, "other/theirs.keras")
    add_file(wiring, driver, "more/other/theirs.keras")
    assert names(wiring) == ["theirs.keras", "other/theirs.keras", "other/theirs.keras (2)"]
    wiring.pages["compare"].panel.choose(3)
    wiring.pages["compare"].panel.remove_button.click()
    driver.settle()
    wiring.panels.classifier.answer_view.network_combo.activated.emit(2)
    assert wiring.panels.classifier.busy_label.text()  # what is shown is still the other network's answer
    driver.settle()
    assert not wiring.panels.classifier.busy_label.text()
    assert engine.asked[-1] == "other/theirs.keras"
    wiring.pages["compare"].panel.choose(2)
    wiring.pages["compare"].panel.remove_button.click()
    driver.settle()
    assert names(wiring) == ["theirs.keras"]
    assert wiring.session.classified is None
    assert engine.asked[-1] is None  # the classifier does not go on showing what is gone
    assert wiring.panels.classifier.answer_view.network_combo.count() == 2


def test_a_level_that_is_found_later_is_asked_with(
    wiring: WindowWiring, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.open_all()
    make = stand_in_engine.make_counted
    levels = [None, ConfidenceLevel(0.125, 0.05, Share(1, 20))]

    def with_level(*args: Any, **rest: Any) -> Any:
        counted = make(*args, **rest)
        return replace(counted, row=replace(counted.row, by_confidence=counted.row.by_agreement, level=levels.pop(0)))

    monkeypatch.setattr(stand_in_engine, "make_counted", with_level)
    wiring.open_file(Role.IMAGE, Path("face.png"))
    add_file(wiring, driver, "theirs.keras")
    classifier = wiring.panels.classifier
    classifier.answer_view.network_combo.activated.emit(1)
    driver.settle()
    assert classifier.answer_view.verdict.text().startswith("G says: ")
    assert not classifier.answer_view.confidence_verdict.isVisibleTo(classifier)
    wiring.open_file(Role.TEST, Path("t.h5"))
    driver.settle()
    wiring.pages["compare"].panel.count_requested.emit()
    driver.settle()
    assert classifier.answer_view.verdict.text().startswith("G by agreement: ")
    assert classifier.answer_view.confidence_verdict.text().endswith(
        "at 20.0\u00a0% B′ reaches the confidence level of 12.5\u00a0%"
    )


def test_a_wrong_file_changes_nothing(wiring: WindowWiring, driver: Driver, expect_refusal: Any) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    before = (wiring.session.compared, wiring.session.network, wiring.session.sets, wiring.session.repairs)
    add_file(wiring, driver, "bad.keras")
    assert wiring.panels.messages.text == "'bad.keras' is no repaired network of B."
    assert (wiring.session.compared, wiring.session.network, wiring.session.sets, wiring.session.repairs) == before
    assert wiring.pages["compare"].panel.table.rowCount() == 2
    expect_refusal("misfit-pruned")


def test_without_files_nothing_is_added(wiring: WindowWiring, driver: Driver) -> None:
    add_file(wiring, driver, "theirs.keras")
    assert wiring.panels.messages.text == "Open a model first."
    assert names(wiring) == []


def test_the_pruned_network_can_stand_beside_the_others(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    action = wiring.pages["compare"].panel.add_actions["pruned"]
    assert not action.isEnabled()
    assert action.toolTip() == "Run first: there is no pruned network yet."
    driver.run_all()
    wiring.pages["prune"].control.go_to(5)
    assert action.isEnabled()
    action.trigger()
    driver.settle()
    assert names(wiring) == ["conv_a, 5 pruned"]
    wiring.pages["prune"].control.go_to(0)
    assert not action.isEnabled()


def test_other_files_leave_networks_uncounted_until_it_is_asked_for(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    add_file(wiring, driver, "theirs.keras")
    panel = wiring.pages["compare"].panel
    assert not panel.notice.isVisibleTo(panel)
    wiring.open_file(Role.POISONED, Path("q.h5"))
    driver.settle()
    assert panel.notice.text() == "Occlusion and theirs.keras are not counted on the open files."
    assert panel.count_button.isVisibleTo(panel)
    assert not panel.export_button.isEnabled()
    assert not any(any(row.shares) for row in panel.table.rows)
    panel.count_button.click()
    driver.settle()
    assert engine.started[-1] == "count Occlusion, theirs.keras"
    assert not panel.notice.isVisibleTo(panel)
    assert panel.export_button.isEnabled()
    assert len(panel.table.columns) == 9  # B′: clean and twice ASR; G: clean, ASR and detection twice, false alarms


def test_a_network_taken_out_is_no_repair_any_more(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    driver.repair(FINETUNE)
    wiring.pages["compare"].panel.choose(2)
    wiring.pages["compare"].panel.remove_button.click()
    assert [each.name for each in wiring.session.repairs] == ["Occlusion"]
    assert wiring.pages["repair"].control.shown is wiring.session.repairs[0]


def test_a_file_comes_in_once(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    add_file(wiring, driver, "theirs.keras")
    add_file(wiring, driver, "others.keras")
    add_file(wiring, driver, "theirs.keras")
    assert names(wiring) == ["theirs.keras", "others.keras"]
    assert wiring.pages["compare"].panel.chosen == 1
    assert "theirs.keras is already in the comparison" in wiring.panels.messages.text
    older = replace(wiring.session.compared[0], sha256="what was in it then")
    wiring.session.compared = (older, wiring.session.compared[1])
    add_file(wiring, driver, "theirs.keras")
    assert len(names(wiring)) == 3  # it has been written anew


def test_false_alarms_are_asked_for_where_g_goes_by_confidence(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    add_file(wiring, driver, "theirs.keras")
    panel = wiring.pages["compare"].panel
    field = panel.rule_bar.false_alarm_field
    assert not field.isVisibleTo(panel)
    panel.rule_bar.button.click()
    assert field.isVisibleTo(panel)
    assert field.value() == 5
    assert panel.story.text().startswith("theirs.keras: 3 weights differ. 20 clean validation images are too few")
    started = len(engine.started)
    field.setValue(10)
    driver.settle()
    # A repair keeps the level that it came with.
    assert engine.started[started:] == ["count theirs.keras"]
    assert all(any(row.shares) for row in panel.table.rows)
    levels = [each.counted.row.level.false_alarm_rate for each in wiring.session.compared if each.counted]
    assert levels == [0.05, 0.1]
    assert not panel.notice.isVisibleTo(panel)
    field.setValue(10)
    driver.settle()
    assert len(engine.started) == started + 1


def test_a_count_that_is_stopped_leaves_what_does_not_depend_on_it(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    add_file(wiring, driver, "theirs.keras")
    panel = wiring.pages["compare"].panel
    panel.rule_bar.button.click()
    before = panel.table.rows[1].shares
    assert all(before)
    engine.stop_count = True
    panel.rule_bar.false_alarm_field.setValue(2)
    driver.wait_until(lambda: wiring.runner.is_busy)
    assert not panel.notice.isVisibleTo(panel)  # it is being counted
    wiring.runner.cancel()
    driver.settle()
    engine.stop_count = False
    (network,) = wiring.session.compared
    assert network.level is None
    shares = panel.table.rows[1].shares
    assert shares[:2] == before[:2]
    assert panel.chart.points
    assert not any(shares[-3:])
    assert panel.notice.text() == "G by confidence of theirs.keras is not counted for 2 % of false alarms."
    panel.save_model_requested.emit("by_confidence", 1)
    assert wiring.panels.messages.text == "theirs.keras has no confidence level yet: count it first."
    assert not engine.saved_repairs
    panel.count_button.click()
    driver.settle()
    assert all(panel.table.rows[1].shares)
    assert not panel.notice.isVisibleTo(panel)


def test_networks_go_with_their_model(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    add_file(wiring, driver, "theirs.keras")
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert names(wiring) == []
    assert "2 repaired networks of the earlier model were discarded" in wiring.panels.messages.text
    assert wiring.pages["compare"].panel.table.rowCount() == 0


def test_g_goes_by_either_rule(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    panel = wiring.pages["compare"].panel
    seen = []
    for is_by_confidence in (False, True):
        panel.rule_bar.button.setChecked(is_by_confidence)
        seen.append(panel.table.rows[1].shares)
    assert seen[0] == seen[1]  # the stand-in counts both alike
    assert all(share is None for share in panel.table.rows[0].shares[2:])


@pytest.mark.parametrize("kind", ["csv", "json", "png", "svg", "report"])
def test_a_comparison_is_exported(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path, kind: str
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    dialog.prepare("ask_save", (tmp_path / "out", True))
    wiring.pages["compare"].panel.export_requested.emit(kind)
    driver.settle()
    assert engine.exported == [(f"{kind} 1", tmp_path / "out")]


def test_networks_of_the_comparison_are_saved(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    add_file(wiring, driver, "theirs.keras")
    for line, name in ((1, "Occlusion"), (2, "theirs.keras")):
        dialog.prepare("ask_save", (tmp_path / "out.keras", True))
        wiring.pages["compare"].panel.choose(line)
        wiring.pages["compare"].panel.save_model_requested.emit("by_confidence", line)
        driver.settle()
        assert engine.saved_repairs[-1][:2] == ("by_confidence", name)
    assert dialog.calls[-1][1]["suggestion"].name == "net_theirs_by_confidence.keras"


def test_the_view_is_chosen_by_tab_menu_and_key(wiring: WindowWiring) -> None:
    keys = ["prune", "repair", "compare"]
    for key in reversed(keys):
        wiring.menus.page_chosen.emit(key)
        assert wiring.panels.page.key == key
        names = [page.menu_text for page in wiring.pages.values()]
        shown = {action.text(): action.isChecked() for action in wiring.menus._views.actions()}
        assert shown == {name: name == wiring.pages[key].menu_text for name in names}
    forms = wiring.pages["prune"].form, wiring.pages["repair"].form
    assert [form.isVisibleTo(wiring.panels.left) for form in forms] == [True, False]
    tabs = wiring.panels.tabs
    tabs.setCurrentIndex([tabs.tabText(place) for place in range(tabs.count())].index(wiring.pages["compare"].title))
    assert not any(form.isVisibleTo(wiring.panels.left) for form in forms)
