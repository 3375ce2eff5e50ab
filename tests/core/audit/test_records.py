"""Rows and settings of an audit."""

import json
from dataclasses import fields, replace

import pytest

from core.audit.records import LATER, AuditCheck, AuditRow, AuditSettings
from core.records import Share
from tests.core.audit.rows import REFUSED, row


@pytest.mark.parametrize("each", [row(), REFUSED], ids=["finished", "refused"])
def test_a_row_comes_back_from_json_as_it_was(each: AuditRow) -> None:
    assert AuditRow.from_json(json.loads(json.dumps(each.as_json()))) == each


@pytest.mark.parametrize("name", [each.name for each in fields(AuditRow) if each.name not in LATER])
def test_a_row_that_lacks_a_value_is_none(name: str) -> None:
    values = row().as_json()
    del values[name]
    with pytest.raises(KeyError):
        AuditRow.from_json(values)


def test_a_row_of_an_earlier_version_has_no_scale() -> None:
    values = {name: value for name, value in row().as_json().items() if name not in LATER}
    earlier = AuditRow.from_json(values)
    assert earlier == row(scale="", scale_how="")
    assert earlier.scale_text == ""


@pytest.mark.parametrize(
    ("scale", "how", "words"),
    [
        ("unit", "found", "0–1, found"),
        ("raw-bgr", "given", "0–255, BGR, given"),
        ("unit", "", "0–1"),
        ("no scale", "found", ""),
        ("1/" + "9" * 200, "found", ""),
    ],
)
def test_what_a_pixel_is_read_as_is_said_in_words(scale: str, how: str, words: str) -> None:
    assert row(scale=scale, scale_how=how).scale_text == words


def test_the_largest_attack_is_that_of_the_worst_set() -> None:
    assert row().largest_attack == Share(8, 8)
    assert REFUSED.largest_attack is None


def test_the_hash_of_settings_tells_whatever_changes_results() -> None:
    usual = AuditSettings()
    others = [
        replace(usual, checks=(AuditCheck.PRUNE,)),
        replace(usual, layer="conv"),
        replace(usual, order="index"),
        replace(usual, thresholds=(0.02,)),
        replace(usual, detectors=("weight-signature",)),
        replace(usual, method="prune"),
        replace(usual, seed=1),
    ]
    assert len({each.digest() for each in [usual, *others]}) == 8
    assert replace(usual, limit_s=1).digest() == usual.digest()
