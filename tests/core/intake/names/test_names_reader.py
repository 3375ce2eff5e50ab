"""Names of classes: lines or a table; what is no text, or cannot be shown, is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import DatasetError
from core.images.class_names import open_class_names
from core.intake.exchange import LONGEST_CLASS_NAME, MOST_CLASSES
from core.intake.limits import Limits

Reader = Callable[..., dict[str, Any]]
Refuser = Callable[..., tuple[str, str]]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "names.txt"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("stop\nyield\n", {0: "stop", 1: "yield"}),
        ("stop\r\nyield", {0: "stop", 1: "yield"}),
        ("stop\n\nyield\n\n\n", {0: "stop", 2: "yield"}),  # an empty line is a class without a name
        ("  Ann Lee \nÉmile\n李雷", {0: "Ann Lee", 1: "Émile", 2: "李雷"}),
        ("3\n7", {0: "3", 1: "7"}),  # numbers may be names: of digits
        ("Lee, Ann\nBob, Jo", {0: "Lee, Ann", 1: "Bob, Jo"}),
        ("0,stop\n2,yield", {0: "stop", 2: "yield"}),
        ("index,name\n2,yield\n0,stop", {0: "stop", 2: "yield"}),
        ('ClassId,SignName\n0,"Speed limit, 20"\n1,"He said ""no"""', {0: "Speed limit, 20", 1: 'He said "no"'}),
        ("0;stop\n1;yield", {0: "stop", 1: "yield"}),
        ("0\tstop\textra\n1\tyield\textra", {0: "stop", 1: "yield"}),
        ("\ufeff0,stop\n1,yield".encode(), {0: "stop", 1: "yield"}),
        ("stop\nyield".encode("utf-16"), {0: "stop", 1: "yield"}),
    ],
)
def test_lines_and_tables(
    content: str | bytes, names: dict[int, str], written: Callable[[str | bytes], Path], read: Reader
) -> None:
    answer = read("names", written(content))
    assert dict(zip(answer["labels"], answer["names"], strict=True)) == names


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"stop\xff\xfe\nyield", "wrong-format", "not text"),
        (b"\x89HDF\r\n\x1a\n\x00\x00", "wrong-format", "not text"),
        (b"\xff\xfea", "wrong-format", "not text"),
        ("st\x1b[31mop\nyield", "wrong-names", "class 0"),
        ("stop\nyie\u202eld", "wrong-names", "class 1"),
        ("stop\n" + "x" * (LONGEST_CLASS_NAME + 1), "wrong-names", "class 1"),
        ("\n \n", "wrong-names", "no name"),
        ("0,stop\n0,yield", "wrong-names", "class 0 twice"),
        ("0,stop\nyield\n2,go\n3,no\nmore", "wrong-names", "line 2"),
        ("i,name\n0,stop\nx,yield\n2,a", "wrong-names", "line 3"),
        (f"{MOST_CLASSES},stop", "wrong-names", "at most"),
        ('0,stop\n1,"yield', "wrong-names", "line 2"),
        ("a\n" * (MOST_CLASSES + 2), "file-too-large", "lines"),
        (b"", "empty-file", ""),
    ],
)
def test_what_cannot_be_used_is_refused(
    content: str | bytes, code: str, words: str, written: Callable[[str | bytes], Path], refusal_of: Refuser
) -> None:
    path = written(content)
    found, sentence = refusal_of("names", path)
    assert found == code
    assert words in sentence


def test_a_table_with_one_wrong_line_is_no_list(written: Callable[[str | bytes], Path], refusal_of: Refuser) -> None:
    assert refusal_of("names", written("index,name\n0,stop\n1,yield\n2"))[0] == "wrong-names"


def test_the_child_reads_them_twice_and_checks_the_network(written: Callable[[str | bytes], Path]) -> None:
    path = written("stop\nyield\ngo\n")
    for _ in range(2):  # the second time from the cache
        names = open_class_names(path, class_count=3)
        assert (names.name(1), names.name(7)) == ("yield", "")
    with pytest.raises(DatasetError) as caught:
        open_class_names(path, class_count=2)
    assert caught.value.code == "misfit-names"
    assert "up to class 2" in str(caught.value)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes(b"a" * (Limits().names_bytes + 1))
    with pytest.raises(DatasetError) as caught:
        open_class_names(path)
    assert caught.value.code == "file-too-large"
