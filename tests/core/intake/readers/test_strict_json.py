"""JSON is read strictly, so that no two programs read it differently."""

import pytest

from core.intake.readers.strict_json import parse_json


def test_plain_json_is_read() -> None:
    assert parse_json(b'{"a": [1, 2.5, null, "x"], "b": {"a": true}}') == {"a": [1, 2.5, None, "x"], "b": {"a": True}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 2}', "a key occurs twice"),
        ('[{"x": {"b": 1, "c": 2, "b": 1}}]', "a key occurs twice"),
        ("[NaN]", "NaN is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("[1e999]", "too large"),
        ("[-1e400]", "too large"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "1" * 5000 + "]", "digits"),
        ("{", "Expecting"),
    ],
)
def test_what_programs_read_differently_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_json(text)
