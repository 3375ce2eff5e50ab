"""What is remembered, and that a broken file does no harm."""

from pathlib import Path
from typing import Any

import pytest

from gui.state.preferences import RECENT_COUNT, Preferences, load_preferences, preferences_path, save_preferences


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CONFIG", str(folder))
    return folder


def test_the_folder_is_the_systems_unless_another_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert preferences_path() == folder / "preferences.json"
    monkeypatch.delenv("BACKDOOR_INSPECTOR_CONFIG")
    assert preferences_path().parent.name == "backdoor-inspector"


def test_what_is_saved_is_loaded(folder: Path) -> None:
    preferences = Preferences(theme="dark", geometry="abc", is_log_shown=True)
    preferences.remember_folder("model", folder / "net.h5")
    preferences.remember_file("model", folder / "nét.h5")
    save_preferences(preferences)
    assert load_preferences() == preferences
    assert [path.name for path in folder.iterdir()] == ["preferences.json"]


def test_nothing_saved_gives_the_defaults() -> None:
    assert load_preferences() == Preferences()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"theme": "pink"}',
        b'{"recent": [{"role": "virus", "path": "/x"}]}',
        b'{"folders": 3}',
        b'{"thresholds": [0.1, 3]}',
        b'{"side": "beside"}',
        b'{"geometry": "' + b"a" * 1_000_001 + b'"}',
    ],
)
def test_a_broken_file_gives_the_defaults_and_a_line_in_the_log(
    folder: Path, content: bytes, log_guard: list[Any]
) -> None:
    folder.mkdir()
    preferences_path().write_bytes(content)
    assert load_preferences() == Preferences()
    assert "cannot be read" in log_guard[0].getMessage()
    log_guard.clear()


def test_a_newer_versions_settings_are_passed_over(folder: Path) -> None:
    folder.mkdir()
    preferences_path().write_text('{"theme": "light", "hologram": true}')
    assert load_preferences().theme == "light"


def test_not_being_able_to_write_is_logged_and_nothing_more(folder: Path, log_guard: list[Any]) -> None:
    folder.write_text("a file where the folder should be")
    save_preferences(Preferences())
    assert "cannot be written" in log_guard[0].getMessage()
    log_guard.clear()


def test_recent_files_stand_once_newest_first(folder: Path) -> None:
    preferences = Preferences()
    for number in range(RECENT_COUNT + 3):
        preferences.remember_file("model", folder / f"{number}.h5")
    preferences.remember_file("model", folder / "5.h5")
    names = [Path(entry.path).name for entry in preferences.recent]
    assert names[0] == "5.h5"
    assert len(names) == len(set(names)) == RECENT_COUNT


def test_a_folder_that_is_gone_is_not_offered(tmp_path: Path) -> None:
    preferences = Preferences()
    preferences.remember_folder("model", tmp_path / "net.h5")
    assert preferences.folder("model") == str(tmp_path)
    assert preferences.folder("save") == str(tmp_path)  # the last one of any kind
    preferences.remember_folder("model", tmp_path / "gone" / "net.h5")
    assert preferences.folder("model") == str(Path.home())
