"""A row of an audit opens its model and the sets of the audit in the other pages."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.audit.hashing import FileHashes
from core.audit.journal import Journal
from core.audit.records import AuditEntry
from core.monitor import Monitor
from core.scale import Scale
from gui.audit.jobs import compare_files
from gui.audit.panel import AuditPanel
from gui.job_runner import Job
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.core.audit.rows import row
from tests.gui.audit.shown_rows import click_row
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.stand_in_figures import FakeNetwork
from tests.gui.window_driver import Driver


@pytest.fixture
def real_paths(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the stand-in engine open networks at the paths that it is given."""

    def open_model(path: Path, **options: Any) -> Job:
        job = engine.open_model(path, **options)

        def at_its_path(monitor: Monitor) -> Any:
            return FakeNetwork(replace(job(monitor).summary, path=path))

        return at_its_path

    monkeypatch.setattr("gui.files.jobs.open_model", open_model)


@pytest.mark.parametrize("way", ["double click", "return", "button", "menu"])
def test_a_row_opens_its_model_and_the_sets_of_the_audit(
    panel: AuditPanel,
    wiring: WindowWiring,
    driver: Driver,
    tmp_path: Path,
    folder: Path,
    journal: Journal,
    watch: Callable[[Path, int], None],
    real_paths: None,
    way: str,
) -> None:
    entry = put_files(tmp_path)
    hashes = {str(each): FileHashes().of(each, Monitor()) for each in (entry.model, *entry.files)}
    journal.set_files("k", entry.files_as_json(hashes))
    journal.add(row("net.h5", key="k", path="net.h5", sha256=hashes[str(entry.model)]))
    watch(folder, 1)
    click_row(panel, "net.h5")
    if way == "double click":
        where = panel.table.visualRect(panel.table.model().index(0, 0)).center()
        QTest.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    elif way == "return":
        QTest.keyClick(panel.table, Qt.Key.Key_Return)
    elif way == "button":
        QTest.mouseClick(panel.detail.open_button, Qt.MouseButton.LeftButton)
    else:
        wiring.menus.actions["audit", "open"].trigger()
    driver.settle()
    session = wiring.session
    assert session.summary is not None and session.summary.path == entry.model
    assert session.validation is not None and session.validation.path == entry.validation
    assert [each.path for each in session.poisoned] == list(entry.poisoned)
    assert wiring.panels.page.key == "prune"
    assert panel.detail.notice.isHidden()


def test_targets_and_scale_of_the_audit_are_put_back(
    panel: AuditPanel,
    wiring: WindowWiring,
    driver: Driver,
    tmp_path: Path,
    folder: Path,
    journal: Journal,
    watch: Callable[[Path, int], None],
    real_paths: None,
) -> None:
    entry = replace(put_files(tmp_path), targets=(1,), scale=Scale.of_factors((1 / 127.5,), (-0.5,)))
    journal.set_files("k", entry.files_as_json({}))
    journal.add(row("net.h5", key="k", path="net.h5", sha256=""))
    watch(folder, 1)
    for _ in range(2):  # the second time the sets are open already
        wiring.session.set_poisoned(tuple(replace(each, target=2) for each in wiring.session.poisoned))
        wiring.panels.show_page("audit")
        panel.table.setFocus()
        click_row(panel, "net.h5")
        QTest.keyClick(panel.table, Qt.Key.Key_Return)
        driver.settle()
        assert [(each.path, each.target) for each in wiring.session.poisoned] == [(entry.poisoned[0], 1)]
        assert wiring.session.settings.scale == entry.scale


def test_sets_that_the_audit_did_not_use_are_closed_and_named(
    panel: AuditPanel,
    wiring: WindowWiring,
    driver: Driver,
    tmp_path: Path,
    folder: Path,
    journal: Journal,
    watch: Callable[[Path, int], None],
    real_paths: None,
) -> None:
    entry = put_files(tmp_path)
    journal.set_files("k", entry.files_as_json({}))
    journal.add(row("net.h5", key="k", path="net.h5", sha256=""))
    driver.open_all()
    wiring.open_file(Role.TEST, Path("t.h5"))
    driver.settle()
    session = wiring.session
    assert session.test is not None and session.poisoned
    earlier = [each.name for each in (session.test, *session.poisoned)]
    watch(folder, 1)
    click_row(panel, "net.h5")
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    driver.settle()
    assert [each.path for each in session.poisoned] == list(entry.poisoned)
    assert session.test is None
    assert session.validation is not None and session.validation.path == entry.validation
    assert all(name in wiring.panels.messages.text for name in earlier)
    assert "not measured on" in wiring.panels.messages.text


def test_a_row_whose_sets_are_not_known_closes_none(
    panel: AuditPanel,
    wiring: WindowWiring,
    driver: Driver,
    tmp_path: Path,
    folder: Path,
    journal: Journal,
    watch: Callable[[Path, int], None],
    real_paths: None,
) -> None:
    entry = put_files(tmp_path)
    journal.add(row("net.h5", path=str(entry.model), sha256=""))
    driver.open_all()
    sets = wiring.session.sets
    watch(folder, 1)
    click_row(panel, "net.h5")
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    driver.settle()
    summary = wiring.session.summary
    assert summary is not None and summary.path == entry.model
    assert [each.path for each in wiring.session.sets] == [each.path for each in sets]


@pytest.mark.parametrize("said", [{"targets": [[], 7], "scale": {"name": "unit"}}, {"scale": "1/0"}, {"targets": 3}])
def test_what_a_journal_says_in_no_known_words_is_as_if_it_were_not_said(
    tmp_path: Path, folder: Path, journal: Journal, said: dict[str, Any]
) -> None:
    files = {**put_files(tmp_path).files_as_json({}), **said}
    journal.set_files("k", files)
    compared = compare_files(folder, row("net.h5", key="k", sha256="", scale="1/0"))(Monitor())
    assert compared.start.poisoned == (tmp_path / "p.h5",)
    assert compared.targets == (None,) and compared.scale is None


@pytest.mark.parametrize(
    ("given", "how", "expected"),
    [(None, "found", Scale.UNIT), (None, "stored", None), ("symmetric", "found", Scale.SYMMETRIC)],
)
def test_a_scale_that_the_audit_found_is_put_back_as_one_that_it_was_told(
    tmp_path: Path, folder: Path, journal: Journal, given: str | None, how: str, expected: Scale | None
) -> None:
    journal.set_files("k", {**put_files(tmp_path).files_as_json({}), "scale": given})
    compared = compare_files(folder, row("net.h5", key="k", sha256="", scale="unit", scale_how=how))(Monitor())
    assert compared.scale == expected


def test_a_model_that_has_changed_is_opened_and_one_that_is_gone_is_not(
    panel: AuditPanel,
    wiring: WindowWiring,
    driver: Driver,
    tmp_path: Path,
    folder: Path,
    journal: Journal,
    watch: Callable[[Path, int], None],
    expect_refusal: Callable[[str], None],
) -> None:
    entry = put_files(tmp_path)
    journal.set_files("k", entry.files_as_json({}))
    journal.add(row("net.h5", key="k", path="net.h5", sha256="00" * 32))
    journal.add(row("gone.h5", path=str(tmp_path / "gone.h5")))
    watch(folder, 2)
    click_row(panel, "gone.h5")
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    driver.settle()
    assert wiring.session.summary is None
    assert "gone.h5 is not where the audit found it" in wiring.panels.messages.text
    expect_refusal("missing-file")
    click_row(panel, "net.h5")
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    driver.settle()
    assert wiring.session.summary is not None
    assert "net.h5 has changed since the audit" in panel.detail.notice.text()


def put_files(tmp_path: Path) -> AuditEntry:
    """Files that are only hashed: the stand-in engine opens them by their names."""
    for name in ("net.h5", "v.h5", "p.h5"):
        (tmp_path / name).write_text(name)
    return AuditEntry(
        "net.h5", tmp_path / "net.h5", validation=tmp_path / "v.h5", poisoned=(tmp_path / "p.h5",), targets=(None,)
    )
