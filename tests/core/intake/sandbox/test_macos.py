"""macOS' profile, and the call with it; the system itself is put in."""

from pathlib import Path
from typing import Any

import pytest

from core.intake.sandbox.macos import apply, profile


def test_the_profile_names_the_folder_and_nothing_else_to_write() -> None:
    lines = profile(Path("/scratch/tmp-1")).splitlines()
    assert lines[0] == "(version 1)"
    assert [line for line in lines if line.startswith("(allow")] == [
        "(allow default)",
        "(allow signal (target self))",
        '(allow file-write-create (subpath "/scratch/tmp-1"))',
        '(allow file-write-data (subpath "/scratch/tmp-1"))',
    ]
    denied = {line for line in lines if line.startswith("(deny")}
    assert denied >= {
        "(deny network*)",
        "(deny process-exec*)",
        "(deny process-fork)",
        "(deny file-read-data)",
        "(deny file-write*)",
    }
    assert all(line.count("(") == line.count(")") for line in lines)


def test_a_folders_name_cannot_end_its_text() -> None:
    assert r'(subpath "/a\") (allow network*) (\"\\")' in profile(Path('/a") (allow network*) ("\\'))


class Library:
    """Answers `sandbox_init`."""

    def __init__(self, answer: int) -> None:
        self._answer, self.text = answer, b""

    def sandbox_init(self, text: Any, flags: Any, complaint: Any) -> int:
        self.text = text.value
        if self._answer:
            complaint._obj.value = b"no such profile"
        return self._answer


def test_the_folder_is_a_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    library = Library(0)
    assert apply(library, tmp_path / "link") == "on"
    assert f'"{(tmp_path / "real").resolve()}"'.encode() in library.text


def test_a_refusal_is_raised_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such profile"):
        apply(Library(-1), tmp_path)
