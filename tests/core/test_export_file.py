"""Files that are there whole or not at all."""

import stat

import pytest

from core.errors import ExportError
from core.export_file import current_umask, write_file, written_whole


def test_a_file_appears_at_the_end_with_the_usual_permissions(tmp_path):
    path = tmp_path / "a.txt"
    with written_whole(path, suffix=".txt") as partial:
        assert partial.parent == tmp_path and partial.suffix == ".txt"
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~current_umask()
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_where_writing_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyError), written_whole(path) as partial:
        partial.write_text("half")
        raise KeyError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_private_file_is_read_by_nobody_else(tmp_path):
    with written_whole(tmp_path / "a", is_private=True) as partial:
        partial.write_text("mine")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(ExportError, match="there is no folder"):
        write_file(tmp_path / "no" / "a.txt", "text")
