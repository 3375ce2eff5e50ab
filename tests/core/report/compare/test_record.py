"""What a comparison's table and sentences say."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from core.compare.comparison import Comparison
from core.data.dataset import Dataset, from_arrays
from core.network.inputs import EvaluationInputs
from core.records import Share
from core.report.compare.record import (
    NO_ATTACK,
    VALIDATION_NOTE,
    columns_of,
    describe_comparison,
    groups_of,
    notes_of,
    sentences_of,
)
from core.words import TARGET_NOTE


def test_the_table_has_b_first_and_three_lines_a_network(comparison: Comparison) -> None:
    assert columns_of(comparison) == (
        "clean validation",
        "clean test",
        "ASR",
        "false alarm, validation",
        "false alarm, test",
        "detection",
    )
    groups = groups_of(comparison)
    assert [group.mark for group in groups] == ["B", "1", "2", "3", "4", "5"]
    assert groups[0].lines[0].shares == (Share(98, 100), Share(98, 100), Share(50, 50), None, None, None)
    assert [line.label for line in groups[3].lines] == ["B′", "G (agreement)", "G (confidence)"]
    plain, agreed, by_confidence = (line.shares for line in groups[3].lines)
    assert plain == (Share(96, 100), Share(96, 100), Share(40, 50), None, None, None)
    assert agreed == (Share(95, 100), Share(95, 100), Share(39, 50), Share(3, 100), Share(3, 100), Share(4, 50))
    assert by_confidence[3:] == (Share(5, 100), Share(5, 100), Share(6, 50))
    assert [group.is_best for group in groups] == [False, True, False, False, True, False]


def test_sets_that_are_not_loaded_have_no_columns(comparison_maker: Callable[..., Comparison]) -> None:
    found = comparison_maker((96, 0), has_test=False, poisoned_names=())
    assert columns_of(found) == ("clean validation", "false alarm, validation")
    assert [len(line.shares) for group in groups_of(found) for line in group.lines] == [2, 2, 2, 2]
    two = comparison_maker((96, 0, 3), poisoned_names=("a.h5", "b\x1b.h5"))
    assert columns_of(two)[2:4] == ("ASR a.h5", "ASR b\\x1b.h5")


def test_without_the_rule_of_confidence_there_are_two_lines(comparison: Comparison) -> None:
    rows = tuple(replace(row, by_confidence=None, level=None) for row in comparison.rows)
    found = replace(comparison, rows=rows)
    assert {len(group.lines) for group in groups_of(found)[1:]} == {2}
    assert notes_of(comparison) == (VALIDATION_NOTE, TARGET_NOTE)


def test_a_level_of_held_out_images_is_known_as_one(comparison: Comparison) -> None:
    row = comparison.rows[0]
    assert row.level is not None
    assert not row.is_held_out
    assert replace(row, level=replace(row.level, measured=Share(1, 20))).is_held_out


@pytest.mark.parametrize(
    ("figures", "sentences"),
    [
        (
            [(96, 0), (94, 50), (99, 50)],
            (
                "1 and 3 are beaten by no other: none is at least as good in both clean test accuracy and ASR of B′, "
                "and better in one.",
                "1 keeps at least 95 % clean test accuracy at no more than 1 % ASR.",
            ),
        ),
        (
            [(95, 0), (95, 0)],
            (
                "1 and 2 are beaten by no other: none is at least as good in both clean test accuracy and ASR of B′, "
                "and better in one.",
                "1 and 2 keep at least 95 % clean test accuracy at no more than 1 % ASR.",
            ),
        ),
        (
            [(94, 0)],
            (
                "1 is beaten by no other: none is at least as good in both clean test accuracy and ASR of B′, and "
                "better in one.",
                "None keeps at least 95 % clean test accuracy at no more than 1 % ASR.",
            ),
        ),
    ],
)
def test_sentences(
    comparison_maker: Callable[..., Comparison], figures: list[tuple[int, int]], sentences: tuple[str, ...]
) -> None:
    assert sentences_of(comparison_maker(*figures)) == sentences


def test_without_poisoned_sets_it_is_said_what_is_missing(comparison_maker: Callable[..., Comparison]) -> None:
    found = comparison_maker((96, 0), poisoned_names=())
    assert sentences_of(found) == (NO_ATTACK,)
    assert notes_of(found) == (VALIDATION_NOTE,)


def test_cautions_about_the_files_are_found(
    comparison_maker: Callable[..., Comparison], marked_sets: tuple[Dataset, Dataset], report: object
) -> None:
    clean, poisoned = marked_sets
    one_label = from_arrays("clean.h5", clean.images, poisoned.labels)
    network: Any = SimpleNamespace(summary=report.origin.model)  # type: ignore[attr-defined]
    told = describe_comparison(
        EvaluationInputs(network, one_label, clean, (poisoned,)),
        comparison_maker((96, 0)),
        command_line=["compare"],
    )
    assert any("clean.h5" in each for each in told.origin.cautions)
    assert (told.files, told.origin.command_line, told.origin.poisoned[0].target_labels) == (
        (None,),
        ("compare",),
        (2,),
    )
