"""Files that are refused before their content is read."""

import os
import socket
from pathlib import Path

import pytest

from core.errors import DatasetError, ImageFileError, InspectorError, ModelFileError, ResultsFileError
from core.intake.client import Kind, read_file
from core.intake.limits import Limits


@pytest.mark.parametrize(
    ("kind", "error"),
    [("model", ModelFileError), ("data", DatasetError), ("image", ImageFileError), ("results", ResultsFileError)],
)
def test_a_missing_file_is_named_with_its_folder(kind: Kind, error: type[InspectorError], tmp_path: Path) -> None:
    with pytest.raises(error, match=r"there is no file 'gone.h5' in") as caught:
        read_file(kind, tmp_path / "gone.h5")
    assert caught.value.code == "missing-file"
    assert str(tmp_path) in str(caught.value)


def test_a_folder_a_pipe_a_socket_and_a_device_are_refused_without_waiting(tmp_path: Path) -> None:
    (tmp_path / "folder.h5").mkdir()
    os.mkfifo(tmp_path / "pipe.h5")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.h5"))
    wanted = {"folder.h5": "a folder", "pipe.h5": "a pipe", "socket.h5": "a socket"}
    for name, words in wanted.items():
        with pytest.raises(ModelFileError, match=rf"'{name}' is {words}: expected a file") as caught:
            read_file("model", tmp_path / name)
        assert caught.value.code == "not-a-file"
    with pytest.raises(ModelFileError, match="'zero' is a device"):
        read_file("model", Path("/dev/zero"))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.h5").touch()
    with pytest.raises(DatasetError, match=r"'empty.h5' is empty") as caught:
        read_file("data", tmp_path / "empty.h5")
    assert caught.value.code == "empty-file"


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.h5"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(ModelFileError, match=r"'secret.h5' cannot be read") as caught:
        read_file("model", path)
    assert caught.value.code == "unreadable-file"


def test_an_impossible_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        read_file("model", tmp_path / ("x" * 5000))
    assert caught.value.code == "unreadable-file"
    with pytest.raises(ModelFileError) as caught:
        read_file("model", str(tmp_path / "a\0b"))
    assert caught.value.code == "unreadable-file"


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "big.h5").write_bytes(b"x" * 1001)
    with pytest.raises(ModelFileError, match=r"'big.h5' has 1,001 bytes: at most 1,000 are allowed") as caught:
        read_file("model", tmp_path / "big.h5", limits=Limits(model_bytes=1000))
    assert caught.value.code == "file-too-large"


@pytest.mark.parametrize("file", ["saved_model.pb", "saved_model.pbtxt"])
def test_a_saved_model_is_named_with_what_to_do(file: str, tmp_path: Path) -> None:
    folder = tmp_path / "network"
    (folder / "variables").mkdir(parents=True)
    (folder / file).touch()
    with pytest.raises(ModelFileError, match=r"TensorFlow SavedModel.*\.keras file instead") as caught:
        read_file("model", folder)
    assert caught.value.code == "not-a-file"
