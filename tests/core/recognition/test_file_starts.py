"""What a file probably is, by its first bytes, its last ones and its name."""

import zipfile
from pathlib import Path

from core.recognition.file_starts import is_session


def test_a_session_is_known_by_its_document_alone(tmp_path: Path) -> None:
    archive, other, folder = tmp_path / "kept.zip", tmp_path / "other.zip", tmp_path / "kept.session"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("arrays/a1.npy", b"\x93NUMPY")
        file.writestr("session.json", "{")
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("a/1.png", b"no session.jso")
    folder.mkdir()
    assert (is_session(archive), is_session(other), is_session(folder)) == (True, False, False)
    (folder / "session.json").write_text("{}")
    assert is_session(folder)
    assert not is_session(tmp_path / "gone.zip")
