"""Repaired networks side by side: those made here, from files, and the pruned one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.network.confidence import ConfidenceLevel
from core.records import Share
from core.repair.methods import Method
from gui.shell.wiring import Desk
from gui.state.session import Role, View
from tests.gui import stand_in_engine
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


def names(desk: Desk) -> list[str]:
    return [each.name for each in desk.workspace.compared]


def add_file(desk: Desk, driver: Driver, name: str) -> None:
    desk.panels.compare.files_dropped.emit((Path(name),))
    driver.settle()


def test_repairs_come_by_themselves(desk: Desk, driver: Driver) -> None:
    panel = desk.panels.compare
    assert panel.empty_label.text() == "Open a model first."
    driver.open_all()
    assert "come here by themselves" in panel.empty_label.text()
    driver.repair(Method.OCCLUSION)
    driver.repair(Method.PRUNE)
    assert names(desk) == ["Occlusion", "Pruning"]
    assert [row.title for row in panel.table.rows] == ["B", "1  Occlusion", "2  Pruning"]
    assert [spot.mark for spot in panel.chart.spots] == ["B", "1", "2"]
    assert panel.chart.spots[0].attack[0] == 100
    assert panel.chart.spots[1].attack[0] == 0
    assert panel.chosen == 2
    assert panel.story.text() == "Pruning: Epochs were counted."  # what the repair tells of itself


def test_what_is_chosen_in_the_table_stands_out_in_the_chart(desk: Desk, driver: Driver) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    add_file(desk, driver, "theirs.keras")
    panel = desk.panels.compare
    panel.choose(1)
    assert panel.chart.chosen == 1
    panel.chart.spot_chosen.emit(2)
    assert panel.chosen == 2
    assert panel.story.text() == "theirs.keras: 3 weights differ."
    assert panel.remove_button.isEnabled()
    panel.choose(0)
    assert not panel.remove_button.isEnabled()  # B is no repaired network


def test_a_network_from_a_file_is_counted_asked_and_taken_out(desk: Desk, driver: Driver, engine: FakeEngine) -> None:
    driver.open_all()
    desk.open_file(Role.PICTURE, Path("face.png"))
    add_file(desk, driver, "theirs.keras")
    add_file(desk, driver, "other/theirs.keras")
    add_file(desk, driver, "more/other/theirs.keras")
    assert names(desk) == ["theirs.keras", "other/theirs.keras", "other/theirs.keras (2)"]
    desk.panels.compare.choose(3)
    desk.panels.compare.remove_button.click()
    driver.settle()
    desk.panels.classifier.network_combo.activated.emit(2)
    assert desk.panels.classifier.busy_label.text()  # what is shown is still the other network's answer
    driver.settle()
    assert not desk.panels.classifier.busy_label.text()
    assert engine.asked[-1] == "other/theirs.keras"
    desk.panels.compare.choose(2)
    desk.panels.compare.remove_button.click()
    driver.settle()
    assert names(desk) == ["theirs.keras"]
    assert desk.workspace.asked is None
    assert engine.asked[-1] is None  # the classifier does not go on showing what is gone
    assert desk.panels.classifier.network_combo.count() == 2


def test_a_level_that_is_found_later_is_asked_with(desk: Desk, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.open_all()
    make = stand_in_engine.make_counted
    levels = [None, ConfidenceLevel(0.125, 0.05, Share(1, 20))]

    def with_level(*args: Any, **rest: Any) -> Any:
        counted = make(*args, **rest)
        return replace(counted, row=replace(counted.row, guarded=counted.row.score, level=levels.pop(0)))

    monkeypatch.setattr(stand_in_engine, "make_counted", with_level)
    desk.open_file(Role.PICTURE, Path("face.png"))
    add_file(desk, driver, "theirs.keras")
    classifier = desk.panels.classifier
    classifier.network_combo.activated.emit(1)
    driver.settle()
    assert classifier.verdict.text().startswith("G says: ")
    assert not classifier.confidence_verdict.isVisibleTo(classifier)
    desk.open_file(Role.TEST, Path("t.h5"))
    driver.settle()
    desk.panels.compare.count_requested.emit()
    driver.settle()
    assert classifier.verdict.text().startswith("G by agreement: ")
    assert classifier.confidence_verdict.text().endswith("at 20.0\u00a0% B′ reaches the level of 12.5\u00a0%")


def test_a_wrong_file_changes_nothing(desk: Desk, driver: Driver, expect_refusal: Any) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    before = (desk.workspace.compared, desk.workspace.network, desk.workspace.sets, desk.workspace.repairs)
    add_file(desk, driver, "bad.keras")
    assert desk.panels.messages.text == "'bad.keras' is no repaired network of B"
    assert (desk.workspace.compared, desk.workspace.network, desk.workspace.sets, desk.workspace.repairs) == before
    assert desk.panels.compare.table.rowCount() == 2
    expect_refusal("misfit-pruned")


def test_without_files_nothing_is_added(desk: Desk, driver: Driver) -> None:
    add_file(desk, driver, "theirs.keras")
    assert desk.panels.messages.text == "Open a model first."
    assert names(desk) == []


def test_the_pruned_network_can_stand_beside_the_others(desk: Desk, driver: Driver) -> None:
    driver.open_all()
    action = desk.panels.compare.add_actions["pruned"]
    assert not action.isEnabled()
    assert action.toolTip() == "Run first: there is no pruned network yet."
    driver.run_all()
    desk.run_control.go_to(5)
    assert action.isEnabled()
    action.trigger()
    driver.settle()
    assert names(desk) == ["conv_a, 5 pruned"]
    desk.run_control.go_to(0)
    assert not action.isEnabled()


def test_other_files_leave_networks_uncounted_until_it_is_asked_for(
    desk: Desk, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    add_file(desk, driver, "theirs.keras")
    panel = desk.panels.compare
    assert not panel.notice.isVisibleTo(panel)
    desk.open_file(Role.POISONED, Path("q.h5"))
    driver.settle()
    assert panel.notice.text() == "Occlusion and theirs.keras are not counted on the files that are open."
    assert panel.count_button.isVisibleTo(panel)
    assert not panel.export_button.isEnabled()
    assert not any(any(row.shares) for row in panel.table.rows)
    panel.count_button.click()
    driver.settle()
    assert engine.started[-1] == "count Occlusion, theirs.keras"
    assert not panel.notice.isVisibleTo(panel)
    assert panel.export_button.isEnabled()
    assert len(panel.table.columns) == 9  # B′: clean and twice ASR; G: clean, ASR and detection twice, false alarms


def test_a_network_taken_out_is_no_repair_any_more(desk: Desk, driver: Driver) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    driver.repair(Method.FINETUNE)
    desk.panels.compare.choose(2)
    desk.panels.compare.remove_button.click()
    assert [each.name for each in desk.workspace.repairs] == ["Occlusion"]
    assert desk.repair_control.shown is desk.workspace.repairs[0]


def test_a_file_comes_in_once(desk: Desk, driver: Driver) -> None:
    driver.open_all()
    add_file(desk, driver, "theirs.keras")
    add_file(desk, driver, "others.keras")
    add_file(desk, driver, "theirs.keras")
    assert names(desk) == ["theirs.keras", "others.keras"]
    assert desk.panels.compare.chosen == 1
    assert "theirs.keras is in the comparison already" in desk.panels.messages.text
    older = replace(desk.workspace.compared[0], sha256="what was in it then")
    desk.workspace.compared = (older, desk.workspace.compared[1])
    add_file(desk, driver, "theirs.keras")
    assert len(names(desk)) == 3  # it has been written anew


def test_false_alarms_are_asked_for_where_g_goes_by_confidence(desk: Desk, driver: Driver, engine: FakeEngine) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    add_file(desk, driver, "theirs.keras")
    panel = desk.panels.compare
    field = panel.false_alarm_field
    assert not field.isVisibleTo(panel)
    panel.rule_button.click()
    assert field.isVisibleTo(panel)
    assert field.value() == 5
    assert panel.story.text().startswith("theirs.keras: 3 weights differ. 20 clean validation images cannot tell")
    started = len(engine.started)
    field.setValue(10)
    driver.settle()
    # A repair keeps the level that it came with.
    assert engine.started[started:] == ["count theirs.keras"]
    assert all(any(row.shares) for row in panel.table.rows)
    levels = [each.counted.row.level.false_alarm_rate for each in desk.workspace.compared if each.counted]
    assert levels == [0.05, 0.1]
    assert not panel.notice.isVisibleTo(panel)
    field.setValue(10)
    driver.settle()
    assert len(engine.started) == started + 1


def test_a_count_that_is_stopped_leaves_what_does_not_depend_on_it(
    desk: Desk, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    add_file(desk, driver, "theirs.keras")
    panel = desk.panels.compare
    panel.rule_button.click()
    before = panel.table.rows[1].shares
    assert all(before)
    engine.stop_count = True
    panel.false_alarm_field.setValue(2)
    driver.wait_until(lambda: desk.runner.is_busy)
    assert not panel.notice.isVisibleTo(panel)  # it is being counted
    desk.runner.cancel()
    driver.settle()
    engine.stop_count = False
    (network,) = desk.workspace.compared
    assert network.level is None
    shares = panel.table.rows[1].shares
    assert shares[:2] == before[:2]
    assert panel.chart.spots
    assert not any(shares[-3:])
    assert panel.notice.text() == "G by confidence of theirs.keras is not counted for 2 % of false alarms."
    panel.save_model_requested.emit("guarded", 1)
    assert desk.panels.messages.text == "theirs.keras has no level of confidence yet: count it first."
    assert not engine.saved_repairs
    panel.count_button.click()
    driver.settle()
    assert all(panel.table.rows[1].shares)
    assert not panel.notice.isVisibleTo(panel)


def test_networks_go_with_their_model(desk: Desk, driver: Driver) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    add_file(desk, driver, "theirs.keras")
    desk.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert names(desk) == []
    assert "2 repaired networks of the earlier model are gone" in desk.panels.messages.text
    assert desk.panels.compare.table.rowCount() == 0


def test_g_goes_by_either_rule(desk: Desk, driver: Driver) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    panel = desk.panels.compare
    seen = []
    for is_by_confidence in (False, True):
        panel.rule_button.setChecked(is_by_confidence)
        seen.append(panel.table.rows[1].shares)
    assert seen[0] == seen[1]  # the stand-in counts both alike
    assert all(share is None for share in panel.table.rows[0].shares[2:])


@pytest.mark.parametrize("kind", ["csv", "json", "png", "svg", "report"])
def test_a_comparison_is_exported(
    desk: Desk, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path, kind: str
) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    dialog.prepare("ask_save", (tmp_path / "out", True))
    desk.panels.compare.export_requested.emit(kind)
    driver.settle()
    assert engine.exported == [(f"{kind} 1", tmp_path / "out")]


def test_networks_of_the_comparison_are_saved(
    desk: Desk, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path
) -> None:
    driver.open_all()
    driver.repair(Method.OCCLUSION)
    add_file(desk, driver, "theirs.keras")
    for line, name in ((1, "Occlusion"), (2, "theirs.keras")):
        dialog.prepare("ask_save", (tmp_path / "out.keras", True))
        desk.panels.compare.choose(line)
        desk.panels.compare.save_model_requested.emit("guarded", line)
        driver.settle()
        assert engine.saved_repairs[-1][:2] == ("guarded", name)
    assert dialog.calls[-1][1]["suggestion"].name == "net_theirs_guarded.keras"


def test_the_view_is_chosen_by_tab_menu_and_key(desk: Desk) -> None:
    for view in (View.COMPARE, View.REPAIR, View.PRUNE):
        desk.menus.view_chosen.emit(view)
        assert desk.panels.view is view
        assert [action.isChecked() for action in desk.menus._views.actions()] == [each is view for each in View]
    files = desk.panels.files
    assert files.form.isVisibleTo(files)
    desk.panels.tabs.setCurrentIndex(2)
    assert not files.form.isVisibleTo(files)
    assert not files.repair_form.isVisibleTo(files)
