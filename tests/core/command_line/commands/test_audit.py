"""`audit`, from files to files."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.audit.cluster import ClusterOptions
from core.audit.journal import FILE_NAME, Journal
from core.command_line.commands import audit as command
from core.monitor import Monitor
from tests.core.audit.rows import REFUSED, row

FILES = {"audit.csv", "audit.html", "audit.lock", "audit.sarif", "audit.sqlite"}
CLEAN = row("clean.h5", verdict="nothing found", probability=0.01, classes=(), attacks=())


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Lets the next audits find these rows, and returns what was asked for."""

    def set_rows(*rows: Any, total: int | None = None, is_stopped: bool = False) -> list[Any]:
        asked: list[Any] = []

        def run(request: Any, monitor: Monitor, *, on_progress: Any) -> command.Audit:
            asked.append(request)
            if is_stopped:
                monitor.cancel(is_final=True)
            request.out.mkdir(exist_ok=True)
            with Journal(request.out / FILE_NAME) as journal:
                for each in rows:
                    journal.add(each)
            on_progress(command.AuditProgress(total or len(rows), {"finished": len(rows)}, {}, (), 0, 12.0))
            return command.Audit(tuple(rows), total or len(rows), 12.0)

        monkeypatch.setattr(command, "run_audit", run)
        return asked

    return set_rows


def test_a_real_network_and_a_refused_file(files: Any, run: Callable[..., Any]) -> None:
    out = files.folder / "out"
    (files.folder / "broken.h5").write_bytes(b"no network")
    words = ["audit", files.model, str(files.folder / "broken.h5"), "--validation", files.clean, "--poisoned"]
    words += [files.poisoned, "--scale", "raw", "--checks", "prune,detect", "--detectors", "maximum-margin"]
    words += ["--workers", "1", "--out", str(out)]
    ended = run(*words, "--fail-on", "backdoored")
    assert ended.status == 4, ended.err
    assert {each.name for each in out.iterdir()} - {"audit.parquet"} == {*FILES, "models"}
    with (out / "audit.csv").open(newline="", encoding="utf-8") as stream:
        first, second = csv.DictReader(stream)
    assert (first["name"], first["ending"], first["curve_shape"]) == ("marked.keras", "finished", "separable")
    assert (first["verdict"], first["classes"]) == ("backdoored", "2")
    assert (first["scale"], first["scale_how"]) == ("raw", "given")
    assert (first["validation_count"], first["attack_success_count"]) == ("8", "8")
    assert (second["name"], second["ending"], second["code"]) == ("broken.h5", "refused", "wrong-format")
    assert "broken.h5: " in ended.out and "[wrong-format]" in ended.out
    results = json.loads((out / first["folder"] / "prune" / "results.json").read_text("utf-8"))
    assert results["command_line"][0] == "prune"
    assert results["scale"]["how"] == "given"
    assert json.loads((out / first["folder"] / "detect" / "results.json").read_text("utf-8"))["classes"]
    again = run(*words, "--json")
    assert again.status == 3
    assert [each["name"] for each in json.loads(again.out)["rows"]] == ["marked.keras", "broken.h5"]


@pytest.mark.parametrize(
    ("rows", "words", "status"),
    [
        ((CLEAN,), (), 0),
        ((row(),), (), 0),
        ((row(),), ("--fail-on", "backdoored"), 4),
        ((row(verdict="suspicious"),), ("--fail-on", "backdoored"), 0),
        ((row(verdict="suspicious"),), ("--fail-on", "suspicious"), 4),
        ((CLEAN, REFUSED), (), 3),
        ((row(), REFUSED), ("--fail-on", "backdoored"), 4),
    ],
)
def test_the_status_says_what_was_found(
    files: Any, run: Callable[..., Any], answer: Callable[..., Any], rows: Any, words: tuple[str, ...], status: int
) -> None:
    answer(*rows)
    out = files.folder / "out"
    ended = run("audit", files.model, "--out", str(out), *words)
    assert ended.status == status, ended.err
    assert {each.name for each in out.iterdir()} - {"audit.parquet", "audit.lock"} == FILES - {"audit.lock"}


@pytest.mark.parametrize(("total", "status", "is_told"), [(3, 130, True), (2, 3, False)])
def test_an_audit_that_is_stopped_during_its_last_networks_has_ended(
    files: Any, run: Callable[..., Any], answer: Callable[..., Any], total: int, status: int, is_told: bool
) -> None:
    answer(CLEAN, REFUSED, total=total, is_stopped=True)
    ended = run("audit", files.model, "--out", str(files.folder / "out"))
    assert ended.status == status, ended.err
    assert ("stopped; 1 of 3 networks are left" in ended.err) is is_told


def test_the_worst_networks_come_first_and_counts_last(
    files: Any, run: Callable[..., Any], answer: Callable[..., Any]
) -> None:
    answer(CLEAN, REFUSED, row())
    lines = run("audit", files.model, "--out", str(files.folder / "out")).out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["net.h5", "broken.h5", "clean.h5"]
    assert lines[-1] == "1 backdoored, 1 nothing found, 1 refused; 12 s"


def test_names_and_sentences_of_hostile_files_do_not_command_the_terminal(
    files: Any, run: Callable[..., Any], answer: Callable[..., Any]
) -> None:
    answer(replace(REFUSED, name="a\x1b[2Jb.h5", sentence="'a\x1b[2Jb.h5' is damaged."))
    assert "\x1b" not in run("audit", files.model, "--out", str(files.folder / "out")).out


def test_what_is_typed_reaches_the_job(files: Any, run: Callable[..., Any], answer: Callable[..., Any]) -> None:
    asked = answer(CLEAN)
    certificates = ("ca.pem", "cert.pem", "key.pem")
    words = ["--checks", "repair,detect", "--order", "index", "--thresholds", "1,5", "--method", "prune", "--seed", "3"]
    words += ["--detectors", "weight-signature", "--time-limit", "60", "--scheduler", "tls://host:8786", "--retry"]
    ended = run("audit", files.model, "--out", str(files.folder / "out"), *words, "--tls", *certificates)
    assert ended.status == 0, ended.err
    (request,) = asked
    settings = request.settings
    assert [each.value for each in settings.checks] == ["detect", "repair"]
    assert (settings.order, settings.thresholds, settings.method, settings.seed) == ("index", (0.01, 0.05), "prune", 3)
    assert (settings.detectors, settings.limit_s, request.retries_failures) == (("weight-signature",), 60, True)
    assert request.cluster == ClusterOptions(None, "tls://host:8786", tuple(Path(each) for each in certificates), None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--checks", "prune,look"), "must be some of prune, detect, repair"),
        (("--checks", "prune,prune"), "each check must be given once"),
        (("--order", "best"), "must be one of"),
        (("--method", "best"), "must be one of"),
        (("--workers", "2", "--scheduler", "tcp://host:1"), "give --workers or --scheduler"),
        (("--tls", "a", "b", "c"), "certificates are for --scheduler"),
    ],
)
def test_wrong_words_are_refused(files: Any, run: Callable[..., Any], words: tuple[str, ...], sentence: str) -> None:
    ended = run("audit", files.model, "--out", str(files.folder / "out"), *words)
    assert ended.status == 2
    assert sentence in " ".join(ended.err.replace("│", " ").split())
    assert not (files.folder / "out").exists()


def test_the_help_says_how_it_is_stopped_and_gone_on_with(run: Callable[..., Any]) -> None:
    words = " ".join(run("audit", "--help").out.replace("│", " ").split())
    assert "Ctrl-C once: no more networks are begun" in words and "Ctrl-C twice: it ends at once" in words
    assert "To go on with an audit that was stopped" in words


def test_the_help_says_where_progress_is_shown(run: Callable[..., Any]) -> None:
    words = " ".join(run("audit", "--help").out.replace("│", " ").split())
    assert "now and then" in words and "by default if that is a terminal" not in words


def test_without_dask_it_says_how_to_get_it(
    files: Any, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    ended = run("audit", files.model, "--out", str(files.folder / "out"))
    assert ended.status == 3
    assert ended.err.startswith("refused [no-dask]: ") or "refused [no-dask]: " in ended.err
