"""Saving networks and exporting what was found."""

from pathlib import Path
from typing import Any

import pytest

from gui.shell.wiring import WindowWiring
from gui.state.session import Role


def test_saving_takes_the_step_at_the_cursor(
    wiring: WindowWiring, driver: Any, engine: Any, dialog: Any, tmp_path: Path
) -> None:
    driver.run_all()
    wiring.pages["prune"].control.go_to(4)
    for kind in ("pruned", "repaired"):
        path = tmp_path / f"{kind}.keras"
        dialog.prepare("ask_save", (path, True))
        wiring.menus.offered[kind].trigger()
        driver.settle()
        assert engine.saved[-1] == (kind == "repaired", [False] * 4 + [True] * 2, path, True)
        assert str(path) in wiring.panels.messages.text
        assert wiring.panels.messages.kind == "ok"
    assert dialog.calls[-1][1]["suggestion"].name == "net_repaired_4.keras"
    dialog.prepare("ask_save", None)
    wiring.menus.offered["pruned"].trigger()
    driver.settle()
    assert len(engine.saved) == 2


@pytest.mark.parametrize("kind", ["csv", "json", "png", "svg", "report"])
def test_exports_ask_where_to(
    wiring: WindowWiring, driver: Any, engine: Any, dialog: Any, tmp_path: Path, kind: str
) -> None:
    driver.run_all()
    dialog.prepare("ask_save", (tmp_path / "out", True))
    wiring.pages["prune"].results.export_requested.emit(kind)
    driver.settle()
    assert engine.exported == [(kind, tmp_path / "out")]


def test_an_export_never_replaces_an_open_file(
    wiring: WindowWiring, driver: Any, engine: Any, dialog: Any, tmp_path: Path
) -> None:
    data = tmp_path / "v.h5"
    data.write_bytes(b"x")
    driver.open_all()
    wiring.open_file(Role.VALIDATION, data)
    wiring.pages["prune"].control.start()
    driver.settle()
    dialog.prepare("ask_save", (data, True))
    wiring.pages["prune"].save.export("csv")
    assert "never overwritten" in wiring.panels.messages.text
    other = tmp_path / "other.csv"
    other.write_bytes(b"x")
    dialog.prepare("ask_save", (other, False))
    wiring.pages["prune"].save.export("csv")
    assert "agree to replace" in wiring.panels.messages.text
    driver.settle()
    assert engine.exported == []


def test_an_export_by_hand_says_what_is_in_it(wiring: WindowWiring, driver: Any, dialog: Any, tmp_path: Path) -> None:
    driver.run_all()
    wiring.pages["prune"].channels.channel_toggled.emit(5)
    dialog.prepare("ask_save", (tmp_path / "c.csv", True), (tmp_path / "b.keras", True))
    wiring.pages["prune"].save.export("csv")
    driver.settle()
    assert "contains the run in its order" in wiring.panels.messages.text
    wiring.pages["prune"].save.save_network("pruned")
    driver.settle()
    assert "by hand" in wiring.panels.messages.text
