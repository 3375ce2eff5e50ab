"""The menus act on the page that is shown: what is saved, exported or started is what the person looks at."""

from pathlib import Path
from typing import Any

import pytest

from core.repair.methods import Method
from gui.shell.wiring import WindowWiring
from gui.state.session import Role, View
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


@pytest.mark.parametrize(("kind", "which"), [("pruned", "B′"), ("repaired", "G by agreement")])
def test_on_the_repair_page_the_menu_saves_the_repair(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path, kind: str, which: str
) -> None:
    driver.run_all()
    driver.repair(Method.OCCLUSION)
    assert wiring.panels.view is View.REPAIR
    path = tmp_path / "out.keras"
    dialog.prepare("ask_save", (path, True))
    wiring.menus.offered[kind].trigger()
    driver.settle()
    assert engine.saved == []  # not the pruned network, which is not on the screen
    assert engine.saved_repairs == [(kind, "Occlusion", path, True)]
    asked = dialog.calls[-1][1]
    assert asked["suggestion"].name == f"net_occlusion_{kind}.keras"
    words = f"{which} of net.h5, Occlusion: clean validation accuracy 80.00 %, ASR 0 %"
    assert asked["title"] == f"Save {words}"
    assert wiring.panels.messages.text.startswith(f"Saved {words}, to {path}.")


def test_on_the_prune_page_the_menu_saves_the_pruned_network(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path
) -> None:
    driver.run_all()
    driver.repair(Method.OCCLUSION)
    wiring.panels.show_view(View.PRUNE)
    wiring.prune_control.go_to(2)
    dialog.prepare("ask_save", (tmp_path / "g.keras", True))
    wiring.menus.offered["repaired"].trigger()
    driver.settle()
    assert engine.saved_repairs == []
    assert engine.saved == [(True, [False] * 2 + [True] * 4, tmp_path / "g.keras", True)]
    words = "G by agreement of net.h5, conv_a, 2 of 6 channels pruned: clean validation accuracy 90.00 %, ASR 100 %"
    assert dialog.calls[-1][1]["title"] == f"Save {words}"


def test_on_the_compare_page_the_menu_saves_the_chosen_network(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path
) -> None:
    driver.run_all()
    driver.repair(Method.OCCLUSION)
    wiring.panels.compare.files_dropped.emit((Path("theirs.keras"),))
    driver.settle()
    wiring.panels.show_view(View.COMPARE)
    for line, name, words in (
        (1, "Occlusion", "Occlusion: clean validation accuracy 80.00 %, ASR 0 %"),
        (2, "theirs.keras", "theirs.keras: clean validation accuracy 90.00 %, ASR 100 %"),
    ):
        wiring.panels.compare.choose(line)
        dialog.prepare("ask_save", (tmp_path / "out.keras", True))
        wiring.menus.offered["by_confidence"].trigger()
        driver.settle()
        assert engine.saved_repairs[-1][:2] == ("by_confidence", name)
        assert dialog.calls[-1][1]["title"] == f"Save G by confidence of net.h5, {words}"
    assert engine.saved == []


def test_a_network_that_is_not_counted_on_the_open_files_is_saved_without_figures(
    wiring: WindowWiring, driver: Driver, dialog: Any, tmp_path: Path
) -> None:
    driver.open_all()
    wiring.panels.compare.files_dropped.emit((Path("theirs.keras"),))
    driver.settle()
    wiring.open_file(Role.POISONED, Path("q.h5"))
    driver.settle()
    wiring.panels.show_view(View.COMPARE)
    wiring.panels.compare.choose(1)
    dialog.prepare("ask_save", (tmp_path / "out.keras", True))
    wiring.menus.offered["pruned"].trigger()
    driver.settle()
    assert dialog.calls[-1][1]["title"] == "Save B′ of net.h5, theirs.keras: not counted on the files that are open"


def test_where_a_page_has_nothing_to_save_or_export_the_menu_says_why(wiring: WindowWiring, driver: Driver) -> None:
    menus, show = wiring.menus, wiring.panels.show_view

    def told(key: str) -> tuple[bool, str]:
        action = menus.offered[key]
        return action.isEnabled(), action.toolTip()

    assert told("repaired") == (False, "Only a run that came to its end can be saved or exported: press Run first.")
    driver.run_all()
    assert told("repaired")[0]
    assert told("csv")[0]
    show(View.REPAIR)  # the run is whole, but a repair is what is looked at
    for key in ("pruned", "repaired", "by_confidence", "csv", "json", "report"):
        assert told(key) == (False, "There is no repaired network yet: press Repair first.")
    assert "png" not in menus.offered
    show(View.COMPARE)
    assert told("repaired") == (False, "Choose a repaired network in the table first.")
    assert told("csv") == (False, "Nothing is counted on the files that are open.")
    driver.repair(Method.OCCLUSION)
    assert wiring.panels.view is View.REPAIR
    assert told("repaired")[0] and told("report")[0]
    show(View.COMPARE)
    assert told("repaired")[0] and told("png")[0]
    wiring.panels.compare.choose(0)
    assert told("repaired") == (False, "Choose a repaired network in the table first.")
    show(View.PRUNE)
    assert told("repaired")[0]


@pytest.mark.parametrize(("view", "kind", "written"), [
    (View.PRUNE, "csv", "csv"), (View.REPAIR, "csv", "csv Occlusion"), (View.COMPARE, "csv", "csv 1"),
    (View.PRUNE, "report", "report"), (View.REPAIR, "report", "report Occlusion"), (View.COMPARE, "svg", "svg 1"),
])  # fmt: skip
def test_the_menu_exports_what_is_shown(
    wiring: WindowWiring,
    driver: Driver,
    engine: FakeEngine,
    dialog: Any,
    tmp_path: Path,
    view: View,
    kind: str,
    written: str,
) -> None:
    driver.run_all()
    driver.repair(Method.OCCLUSION)
    wiring.panels.show_view(view)
    dialog.prepare("ask_save", (tmp_path / "out", True))
    wiring.menus.offered[kind].trigger()
    driver.settle()
    assert engine.exported == [(written, tmp_path / "out")]


def test_run_repair_and_the_way_back_belong_to_their_pages(wiring: WindowWiring, driver: Driver) -> None:
    driver.run_all()
    wiring.panels.channels.channel_toggled.emit(5)
    driver.settle()
    menus = wiring.menus
    assert menus.actions["run"].isEnabled() and menus.actions["restore"].isEnabled()
    assert not menus.actions["repair"].isEnabled()
    assert menus.actions["repair"].toolTip() == "Show “Repair” first (Ctrl+2)."
    wiring.panels.show_view(View.REPAIR)
    assert menus.actions["repair"].isEnabled()
    for key in ("run", "restore"):
        assert not menus.actions[key].isEnabled()
        assert menus.actions[key].toolTip() == "Show “Prune” first (Ctrl+1)."
    wiring.panels.show_view(View.COMPARE)
    assert not any(menus.actions[key].isEnabled() for key in ("run", "repair", "restore"))
