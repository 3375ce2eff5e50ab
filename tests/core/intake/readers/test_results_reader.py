"""Results of an earlier run: plain words and file names are read, everything else is refused or left out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.intake.answers import ResultsAnswer
from core.intake.exchange import LONGEST_NAME, MOST_FILES
from core.version import NAME

Reader = Callable[..., dict[str, Any]]
Refuser = Callable[..., tuple[str, str]]

OURS = {"application": NAME, "method": "occlusion", "files": ["pruned.keras", "repaired.keras"]}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[object], Path]:
    def write(content: object) -> Path:
        path = tmp_path / "results.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return write


def test_method_and_files_of_our_own(written: Callable[[object], Path], read: Reader) -> None:
    answer = read("results", written({**OURS, "clean": {"deep": [1.5, None, {"x": [[]]}]}}))
    assert (answer["kind"], answer["method"], answer["files"]) == ("results", "occlusion", OURS["files"])


@pytest.mark.parametrize(
    "method", ["\x1b[31mmagic", "<b>anp</b>", "x" * 41, "anp\n", "ANP", "anp\u202e", "\udcff", "", 7, None, ["anp"], {}]
)
def test_a_method_that_is_no_plain_word_is_none(
    method: object, written: Callable[[object], Path], read: Reader
) -> None:
    answer = read("results", written({**OURS, "method": method}))
    assert (answer["method"], answer["files"]) == (None, OURS["files"])


def test_names_that_are_none_for_a_file_are_left_out(written: Callable[[object], Path], read: Reader) -> None:
    paths = ["..", ".", "../a.keras", "/a.keras", "..\\a.keras", "C:a.keras"]
    odd = [*paths, "", "x" * (LONGEST_NAME + 1), "a\nb", "\udcff.keras", "\x1b[2J", 7, None, ["pruned.keras"], {}]
    answer = read("results", written({**OURS, "files": [*odd, "é.keras", *odd]}))
    assert answer["files"] == ["é.keras"]
    for files in ("pruned.keras", {"pruned.keras": 1}, None, 7):
        assert read("results", written({**OURS, "files": files}))["files"] == []
    longest = ["é" * LONGEST_NAME] * MOST_FILES
    answer = read("results", written({**OURS, "files": longest}))
    del answer["folder"]
    # The reader's result passes the parent's validation.
    assert ResultsAnswer.model_validate_json(json.dumps({"ok": True, **answer})).files == longest


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ([OURS], "wrong-format"),
        ({**OURS, "application": "another"}, "wrong-format"),
        ({"method": "anp"}, "wrong-format"),
        (b"null", "wrong-format"),
        (b'{"application": "\xff"}', "wrong-format"),
        (json.dumps(OURS).encode("utf-16"), "wrong-format"),
        (b"{", "damaged-file"),
        (b"\x00" * 100, "damaged-file"),
        (json.dumps({**OURS, "rate": float("nan")}).encode(), "damaged-file"),
        (json.dumps({**OURS, "rate": float("-inf")}).encode(), "damaged-file"),
        (b"[" * 1_000_000, "damaged-file"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "damaged-file"),
        (b"9" * 1_000_000, "damaged-file"),
        ({**OURS, "files": ["x"] * (MOST_FILES + 1)}, "file-too-large"),
        (b"", "empty-file"),
    ],
)
def test_what_is_not_ours_or_broken_is_refused(
    content: object, code: str, written: Callable[[object], Path], refusal_of: Refuser
) -> None:
    assert refusal_of("results", written(content))[0] == code
