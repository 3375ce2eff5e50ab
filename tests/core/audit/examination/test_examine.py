"""One network through all checks: the row, the reports, and what one check hands to the next."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.audit.examination import examine as examination
from core.audit.examination.examine import examine
from core.audit.examination.open_sets import OpenSets
from core.audit.examination.work import Work
from core.audit.hashing import FileHashes
from core.audit.records import AuditCheck, AuditEntry, AuditRow, AuditSettings, Ending
from core.data.dataset import Dataset
from core.data.dataset_writing import write_dataset
from core.detect.job import checked_verdict
from core.detect.records import NEXT_CLASS
from core.detect.verdict import Outcome
from core.errors import ExportError, InspectorError
from core.monitor import Monitor
from core.records import Share
from core.scale import Scale, parse_scale

ALL = (AuditCheck.PRUNE, AuditCheck.DETECT, AuditCheck.REPAIR)


@pytest.fixture
def examined(
    marked_file: Path, marked_sets: tuple[Dataset, Dataset], tmp_path: Path
) -> Callable[..., tuple[AuditRow, Path]]:
    """Examines the marked network, and returns its row and the folder of its reports."""
    for each in marked_sets:
        write_dataset(tmp_path / each.name, np.asarray(each.images), np.asarray(each.labels))
    entry = AuditEntry(
        "net.keras",
        marked_file,
        validation=tmp_path / "clean.h5",
        poisoned=(tmp_path / "poisoned.h5",),
        targets=(None,),
        scale=parse_scale("raw"),
    )
    monitor = Monitor()
    hashes = {str(each): FileHashes().of(each, monitor) for each in (entry.model, *entry.files)}

    def run(settings: AuditSettings, **said: Any) -> tuple[AuditRow, Path]:
        folder = tmp_path / "reports"
        folder.mkdir()
        work = Work("key", replace(entry, **said), hashes[str(marked_file)], settings, hashes, tmp_path, "net")
        return examine(work, OpenSets(), folder, monitor), folder

    return run


def test_all_checks_of_a_network_are_in_its_row_and_in_its_reports(examined: Any) -> None:
    settings = AuditSettings(checks=ALL, detectors=("weight-signature",), method="prune")
    row, folder = examined(settings)
    assert row.ending is Ending.FINISHED
    assert row.shape == "separable" and len(row.curve) == 5
    assert (row.scale, row.scale_how) == ("raw", "given")
    assert row.verdict in set(Outcome) and 0 <= row.probability <= 1
    assert row.repair in {"repaired", "not repaired", "not known"}
    for check in ALL:
        assert json.loads((folder / check.value / "results.json").read_text("utf-8"))
        assert (folder / check.value / "report.html").is_file()
    assert (folder / "repair" / "pruned.keras").is_file()


def test_a_scale_that_nobody_gave_is_in_the_row_as_it_was_found(examined: Any) -> None:
    row, _ = examined(AuditSettings(checks=()), scale=None)
    assert (row.scale_how, row.validation) == ("found", Share(8, 8))
    assert parse_scale(row.scale) in (Scale.RAW, Scale.UNIT)  # its answers are the same for both


def test_a_report_that_cannot_be_written_is_no_note(examined: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ExportError("the disk is full", code="write-failed")

    monkeypatch.setattr(examination, "write_pruning_files", fail)
    with pytest.raises(ExportError):
        examined(AuditSettings(checks=(AuditCheck.PRUNE,)))


@pytest.mark.parametrize(
    ("found", "method", "suspects"),
    [
        ({"outcome": Outcome.BACKDOORED, "classes": (1,)}, "unlearning", (1,)),
        ({"outcome": Outcome.BACKDOORED, "classes": (1, 2)}, "auto", (1, 2)),
        ({"outcome": Outcome.SUSPICIOUS, "classes": (1, 2)}, "auto", ()),  # a shortlist names no target
        ({"outcome": Outcome.SUSPICIOUS, "is_all_to_all": True, "classes": ()}, "auto", (NEXT_CLASS,)),
        ({"outcome": Outcome.BACKDOORED, "classes": (1,)}, "prune", ()),  # it takes none
    ],
)
def test_a_repair_knows_the_classes_that_the_detection_named(
    examined: Any, monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], method: str, suspects: tuple[int, ...]
) -> None:
    asked = []

    def repair_network(request: Any, **_more: Any) -> Any:
        asked.append(request)
        raise InspectorError("not now", code="not-now")

    monkeypatch.setattr(examination, "checked_verdict", lambda result: replace(checked_verdict(result), **found))
    monkeypatch.setattr(examination, "repair_network", repair_network)
    checks = (AuditCheck.DETECT, AuditCheck.REPAIR)
    row, _ = examined(AuditSettings(checks=checks, detectors=("weight-signature",), method=method))
    assert [each.suspects for each in asked] == [suspects]
    assert row.notes[-1] == "Repair: not now"
