"""Repairing and comparing through the real `main()`, the real window and the real engine."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.metrics.figures import ATTACK
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.occlusion import OCCLUSION
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.test_workflows import Script, drive, drop, idle, tiny

__all__ = ["tiny"]  # a fixture

pytestmark = pytest.mark.slow


def test_from_files_to_repairs_side_by_side(
    qtbot: QtBot,
    tiny: dict[str, Path],
    tmp_path: Path,
    dialog: Any,
    log_guard: list[Any],
) -> None:
    saved, table, told = tmp_path / "b.keras", tmp_path / "comparison.csv", tmp_path / "comparison.json"

    def script(wiring: WindowWiring) -> Script:
        session, panels = wiring.session, wiring.panels
        for role in ("model", "validation", "poisoned"):
            drop(panels.files.slots[Role(role)], tiny[role])
        yield idle(wiring)
        drop(panels.classifier, tiny["picture"])
        yield idle(wiring)
        form = wiring.pages["repair"].form
        form.choose_method(FINE_PRUNING)
        form.epochs_field.setValue(2)
        form.threshold_field.setValue(20)
        form.start_button.click()
        yield idle(wiring)
        (kept,) = session.repairs
        base, repaired, *_ = kept.figures
        assert ATTACK.shares(base.scores)[0].count == 12
        assert ATTACK.shares(repaired.scores)[0].count == 0  # the channel that is the backdoor is pruned
        assert [each.epoch for each in wiring.pages["repair"].panel.history.history] == [0, 1, 2]
        assert panels.classifier.answer_view.network_combo.currentText() == "Fine-pruning"
        assert panels.classifier.answer_view.pruned_bars.scores[0].label == 0

        form.choose_method(OCCLUSION)
        form.epochs_field.setValue(5000)
        form.start_button.click()
        yield lambda: len(wiring.pages["repair"].panel.history.history) >= 3
        form.cancel_button.click()
        yield idle(wiring)
        assert session.repairs[1].is_cut_short
        assert 3 <= len(session.repairs[1].history) < 1000
        assert "was kept" in wiring.pages["repair"].panel.notice.text()

        dialog.prepare("ask_save", (saved, True))
        wiring.pages["compare"].panel.save_model_requested.emit("pruned", 1)
        yield idle(wiring)
        drop(wiring.pages["compare"].panel, saved)
        yield idle(wiring)
        assert [each.name for each in session.compared] == ["Fine-pruning", "Occlusion", "b.keras"]
        counted = [each.counted.row.by_agreement for each in session.compared if each.counted is not None]
        assert counted[2] == counted[0] or counted[2].validation == counted[0].validation
        before = (session.compared, session.network, session.sets)
        drop(wiring.pages["compare"].panel, tiny["text"])
        yield idle(wiring)
        assert "text.h5" in panels.messages.text
        assert (session.compared, session.network, session.sets) == before
        dialog.prepare("ask_save", (table, True), (told, True))
        wiring.pages["compare"].panel.export_requested.emit("csv")
        wiring.pages["compare"].panel.export_requested.emit("json")
        yield idle(wiring)

    drive(script)
    assert len(table.read_text().splitlines()) >= 4
    assert "b.keras" in json.dumps(json.loads(told.read_text()))
    assert [record.levelname for record in log_guard] == ["WARNING"]
    log_guard.clear()
