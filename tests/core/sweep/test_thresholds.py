"""Thresholds as they are typed, in the window and for the command."""

import pytest

from core.errors import PruningError
from core.sweep.thresholds import parse_thresholds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2, 4, 10", (0.02, 0.04, 0.1)),
        ("10;2 %", (0.1, 0.02)),
        ("2,5; 10", (0.025, 0.1)),
        ("2, 4; 10", (0.02, 0.04, 0.1)),
        (" .5,", (0.005,)),
        ("99.9", (0.999,)),
        ("2, 4,2.0,0.0001,99.9999", (0.02, 0.04, 0.000001, 0.999999)),
    ],
)
def test_thresholds_are_read(text, expected):
    assert parse_thresholds(text) == expected


@pytest.mark.parametrize("text", ["", ",", "2,,4", "0", "100", "-2", "two", "nan", "inf", "2 4", "1e-5"])
def test_bad_thresholds_are_refused(text):
    with pytest.raises(PruningError, match=r"from 0\.0001 to 99\.9999") as caught:
        parse_thresholds(text)
    assert caught.value.code == "bad-threshold"


def test_thresholds_of_one_file_name_are_refused():
    with pytest.raises(PruningError, match="both '2'"):
        parse_thresholds("2,2.0000001")
