"""`python main.py`, as a person starts it."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import main
from core.version import VERSION
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent
DISPLAY_NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def start(*arguments: str, options: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name not in DISPLAY_NAMES}
    return subprocess.run(
        [sys.executable, *options, str(ROOT / "main.py"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_version() -> None:
    ended = start("--version")
    assert ended.returncode == 0
    name, sandbox = ended.stdout.splitlines()
    assert name == f"Backdoor Inspector {VERSION}"
    assert sandbox.startswith("sandbox: o")
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("arguments", [("--help",), ("prune", "--help"), ("detect", "--help")])
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    ended = start(*arguments, options=("-X", "importtime"))
    assert ended.returncode == 0
    assert "Usage" in ended.stdout
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in ended.stderr.splitlines() if "|" in line}
    assert "typer" in loaded
    assert not loaded & {"keras", "tensorflow", "h5py", "matplotlib", "PySide6", "PIL"}
    assert len(arguments) > 1 or "pydantic" not in loaded


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is always a display")
def test_no_display_is_said_with_what_to_do() -> None:
    ended = start()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert "./run --demo" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--nope",), ("nope",), ("prune",), ("classify", "--model", "x"), ("--demo", "evaluate", "--model", "x")],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    ended = start(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr


@pytest.mark.parametrize(("arguments", "is_demo"), [([], False), (["--demo"], True)])
def test_window_opens_where_there_is_a_display(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], is_demo: bool
) -> None:
    asked = []

    def start_window(**options: Any) -> int:
        asked.append(options)
        return 7

    monkeypatch.setattr("gui.shell.application.start_window", start_window)
    assert main.main(arguments) == 7
    assert asked == [{"demo": is_demo}]


def test_a_keras_settings_file_of_the_person_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delitem(sys.modules, "keras", raising=False)  # one that is imported already keeps its settings
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    assert main.main(["--version"]) == 0
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert os.environ["KERAS_HOME"] != str(tmp_path)


def test_tensorflow_warns_no_person_of_what_is_compiled_twice(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    logger = logging.getLogger("tensorflow")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    assert main.main(["--version"]) == 0
    logger.warning("5 out of the last 14 calls triggered tf.function retracing")
    logger.error("a real one")
    assert [each.getMessage() for each in caplog.records] == ["a real one"]


def test_what_nobody_foresaw_is_one_line_and_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    error = ValueError("two\nlines")
    main._report_unforeseen(ValueError, error, None)
    said = capsys.readouterr().err
    assert said.startswith("Something went wrong that should not have: ValueError: two lines; ")
    assert len(said.splitlines()) == 1
    assert "ValueError: two\nlines" in (tmp_path / "cache" / "unforeseen.log").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there")
def test_interrupt_leaves_nothing_behind(tmp_path: Path, demo: Path) -> None:
    out = tmp_path / "new" / "out"
    words = ["prune", "--progress", "--model", str(demo / "backdoored.h5")]
    words += ["--validation", str(demo / "clean_validation.h5"), "--out", str(out)]
    process = started(*words)
    assert process.stderr is not None
    assert process.stderr.readline() == "Reading backdoored.h5\n"
    os.killpg(process.pid, signal.SIGINT)
    out_text, error_text = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out_text) == (130, "")
    assert error_text.splitlines()[-2:] == ["stopping…", "cancelled; nothing was written"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there")
def test_interrupt_before_anything_has_begun(tmp_path: Path) -> None:
    process = started(
        "prune", "--model", "x", "--validation", "x", "--out", str(tmp_path), options=("-X", "importtime")
    )
    assert process.stderr is not None
    for line in process.stderr:  # main.py imports it after its handler stands, itself or by another module
        if line.rpartition("|")[2].strip() == "traceback":
            break
    else:
        pytest.fail("main.py has ended")
    os.killpg(process.pid, signal.SIGINT)
    _, error_text = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "Traceback" not in error_text


def started(*arguments: str, options: tuple[str, ...] = ()) -> "subprocess.Popen[str]":
    """Starts a command in a process group of its own, so that the whole group hears a signal, as from a terminal."""
    return subprocess.Popen(
        [sys.executable, *options, str(ROOT / "main.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
