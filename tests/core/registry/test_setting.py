"""A setting: what is typed becomes a value, a value becomes words again, and each has a text."""

from types import MappingProxyType
from typing import Any

import pytest

from core.registry.setting import PERCENT, POINTS, Setting

COUNT = Setting(name="count", option="--count", label="Count", help="How many", kind=int, unit="images")
SHARE = Setting(name="share", option="--share", label="Share", help="How much", kind=float, unit=PERCENT)
DROP = Setting(name="drop", option="--drop", label="Drop", help="It", kind=float, unit=POINTS, brief="falls by {}")
YES = Setting(name="is_on", option="--on/--no-on", label="On", help="Whether", kind=bool)
WORD = Setting(
    name="word", option="--word", label="Word", help="Which", kind=str, choices=MappingProxyType({"one": 1, "two": 2})
)


@pytest.mark.parametrize(
    ("setting", "typed", "value", "words", "text"),
    [
        (COUNT, 7, 7, ["--count", "7"], "7 images"),
        (SHARE, 7.5, 0.075, ["--share", "7.5"], "7.5 %"),
        (DROP, 1, 0.01, ["--drop", "1"], "1 point"),
        (YES, True, True, ["--on"], "yes"),
        (YES, False, False, ["--no-on"], "no"),
        (WORD, "two", 2, ["--word", "two"], "two"),
    ],
)
def test_what_is_typed_comes_back(setting: Setting, typed: Any, value: Any, words: list[str], text: str) -> None:
    assert setting.value_of(typed) == value
    assert setting.arguments_of(value) == words
    assert setting.text_of(value) == text
    assert setting.option_name == words[0].replace("--no-", "--")


def test_no_value_has_a_text_too() -> None:
    assert (COUNT.value_of(None), COUNT.text_of(None)) == (None, "none")


def test_a_summary_of_a_value() -> None:
    assert (DROP.brief_of(0.02), COUNT.brief_of(3)) == ("falls by 2 points", "count 3 images")


def test_yes_or_no_may_be_typed_as_words() -> None:
    usual = Setting(
        name="x", option="--x", label="X", help="X", kind=str, choices=MappingProxyType({"usual": True, "none": False})
    )
    assert usual.is_switch and YES.is_switch and not WORD.is_switch
