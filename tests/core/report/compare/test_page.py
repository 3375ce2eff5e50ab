"""A comparison as a page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.compare.comparison import Comparison
from core.report.compare.page import write_comparison_html
from core.report.compare.record import NO_ATTACK, ComparisonReport
from core.words import printable


def written(path: Path, report: ComparisonReport) -> str:
    write_comparison_html(path / "report.html", report)
    return (path / "report.html").read_text("utf-8")


def test_page_tells_table_scatter_and_inputs(
    read_page: Callable[[str], Any], tmp_path: Path, comparison_report: ComparisonReport
) -> None:
    source = written(tmp_path, comparison_report)
    page = read_page(source)
    assert page.open == []
    assert source.startswith("<!DOCTYPE html>")
    for expected in (
        "Repairs of bd_net.h5 compared",
        "1 and 4 are beaten by no other",
        "beaten by no other",
        "made by fine-pruning",
        "G (confidence)",
        "96 of 100",
        "attack success rate, sunglasses.h5, square-root scale",
        "python main.py compare --model data/bd_net.h5",
        "r" * 64,
        "TensorFlow",
    ):
        assert expected.lower() in page.text.lower(), expected
    assert page.tags.count("circle") == 5
    assert source.count('class="mark"') == 6
    # The last network came from no file.
    assert source.count("r" * 64) == 4


def test_page_refers_to_nothing_outside(
    read_page: Callable[[str], Any], tmp_path: Path, comparison_report: ComparisonReport
) -> None:
    source = written(tmp_path, comparison_report)
    page = read_page(source)
    assert page.addresses == []
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    assert not any(each in source for each in ("url(", "@import", "http:", "https:"))


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"><img src=x>', "a&b;'", "{{ 7*7 }}", "new\nline\x1b", "o\udcff", "</title></svg>"],
)
def test_names_stay_text(
    read_page: Callable[[str], Any],
    tmp_path: Path,
    comparison_maker: Callable[..., Comparison],
    comparison_report_maker: Callable[..., ComparisonReport],
    name: str,
) -> None:
    folder = name.replace("/", "")
    plain = read_page(written(tmp_path, comparison_report_maker(comparison_maker((96, 0), (50, 3)))))
    found = comparison_maker((96, 0), (50, 3), names=(name, "other"), poisoned_names=(name,))
    source = written(tmp_path, comparison_report_maker(found, folder=folder))
    assert read_page(source).tags == plain.tags
    assert "\x1b" not in source
    assert printable(name) in read_page(source).text


def test_no_folder_of_the_person_is_told_but_in_the_command(
    tmp_path: Path, comparison: Comparison, comparison_report_maker: Callable[..., ComparisonReport]
) -> None:
    report = comparison_report_maker(comparison, folder="/srv/somebody/secret")
    source = written(tmp_path, replace(report, origin=replace(report.origin, command_line=())))
    assert "/srv/somebody" not in source
    assert "Do it again" not in source and "Made with" in source


def test_without_poisoned_sets_there_is_no_scatter_and_it_is_said_why(
    read_page: Callable[[str], Any],
    tmp_path: Path,
    comparison_maker: Callable[..., Comparison],
    comparison_report_maker: Callable[..., ComparisonReport],
) -> None:
    bare = comparison_maker((96, 0), poisoned_names=(), has_test=False)
    source = written(tmp_path, comparison_report_maker(bare))
    assert "<svg" not in source
    assert NO_ATTACK in read_page(source).text
    assert "clean test" not in read_page(source).text.lower().partition("inputs")[0]


def test_cautions_stand_first(tmp_path: Path, comparison_report: ComparisonReport) -> None:
    cautious = replace(comparison_report.origin, cautions=("The sets are swapped.",))
    source = written(tmp_path, replace(comparison_report, origin=cautious))
    assert source.index('<p class="panel warn">The sets are swapped.</p>') < source.index("beaten by no other")
