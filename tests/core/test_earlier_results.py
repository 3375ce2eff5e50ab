"""Results that lie in a folder: only ours are looked at, and only names are taken from them."""

import json

import pytest

from core.earlier_results import LARGEST_RESULTS_BYTES, earlier_results, files_of, method_of
from core.repair_methods import Method
from core.version import NAME

OURS = {"application": NAME, "method": "occlusion", "files": ["pruned.keras", "repaired.keras"]}


@pytest.fixture
def told(tmp_path):
    def write(content):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "results.json").write_text(text, "utf-8")
        return tmp_path / "pruned.keras"

    return write


def test_the_method_that_repair_wrote_down(told):
    assert method_of(told(OURS)) is Method.OCCLUSION
    assert files_of(earlier_results(told(OURS).parent)) == ("pruned.keras", "repaired.keras")


@pytest.mark.parametrize(
    "content",
    [
        {**OURS, "application": "another"},
        {**OURS, "method": "\x1b[31mmagic"},
        {**OURS, "method": ["occlusion"]},
        {**OURS, "files": ["other.keras"]},
        {**OURS, "files": "pruned.keras"},
        {**OURS, "files": [7]},
        {key: value for key, value in OURS.items() if key != "method"},
        [OURS],
        "{",
        "[" * 100_000,
        '{"application": "Backdoor Inspector", "files": ["pruned.keras"], "method": NaN}',
        "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_what_is_not_ours_says_nothing(told, content):
    assert method_of(told(content)) is None


def test_too_large_results_and_other_things_of_that_name_are_not_read(told, tmp_path):
    assert method_of(told(json.dumps(OURS) + " " * LARGEST_RESULTS_BYTES)) is None
    (tmp_path / "results.json").unlink()
    assert method_of(tmp_path / "pruned.keras") is None
    (tmp_path / "results.json").mkdir()
    assert method_of(tmp_path / "pruned.keras") is None
