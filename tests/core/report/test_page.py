"""The report as a page."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.report.prune.page import write_html
from core.report.prune.record import Report
from core.sweep.records import Sweep


def written(path: Path, report: Report) -> str:
    write_html(path / "report.html", report)
    return (path / "report.html").read_text("utf-8")


def test_page_says_what_was_found(read_page: Callable[[str], Any], tmp_path: Path, report: Report) -> None:
    source = written(tmp_path, report)
    page = read_page(source)
    assert page.open == []
    assert "Evading: the attack with sunglasses.h5 lasts until clean accuracy breaks down" in page.text
    assert "python main.py prune --model data/bd_net.h5" in page.text
    for expected in (
        "m" * 64,
        "c" * 64,
        "p" * 64,
        "99 of 100",
        "94.55–99.82",
        "2 points, before crossing",
        "TensorFlow",
        "files were read in a separate process, sandbox: o",
    ):
        assert expected.lower() in page.text.lower(), expected
    assert source.count("<polyline") == 3


def test_page_refers_to_nothing_outside(read_page: Callable[[str], Any], tmp_path: Path, report: Report) -> None:
    source = written(tmp_path, report)
    page = read_page(source)
    assert page.addresses == []
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    assert "url(" not in source
    assert "@import" not in source
    assert "http:" not in source
    assert "https:" not in source


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>.h5", '"><img src=x>.h5', "a&b;'.h5", "{{ 7*7 }}.h5", "new\nline\x1b.h5", "o\udcff.h5"],
)
def test_names_stay_text(
    read_page: Callable[[str], Any],
    tmp_path: Path,
    name: str,
    sweep_maker: Callable[..., Sweep],
    report_maker: Callable[..., Report],
) -> None:
    folder = name.removesuffix(".h5").replace("/", "")
    plain, odd = tmp_path / "plain", tmp_path / "odd"
    plain.mkdir()
    odd.mkdir()
    expected = read_page(written(plain, report_maker(sweep_maker(), folder="data"))).tags
    source = written(odd, report_maker(sweep_maker((name,)), folder=folder))
    assert read_page(source).tags == expected
    assert "\x1b" not in source


def test_bypass_stands_below_the_table_and_the_curve(
    read_page: Callable[[str], Any],
    tmp_path: Path,
    sweep_maker: Callable[..., Sweep],
    report_maker: Callable[..., Report],
) -> None:
    source = written(tmp_path, report_maker(sweep_maker(reader="conv_4")))
    text = read_page(source).text
    assert (
        source.index("Pruned network B′") < source.index("fc_1 still reads them") < source.index("Repaired network G")
    )
    assert source.rindex("fc_1 still reads them") > source.index("</svg>")
    assert text.count("fc_1 still reads them") == 2
    assert "pruned for conv_4 only" in text


def test_no_folder_of_the_person_is_told_but_in_the_command(tmp_path: Path, sweep: Sweep, report: Report) -> None:
    folder = "/srv/somebody/secret"
    origin = report.origin
    assert origin.test is not None
    moved = replace(
        origin,
        model_path=f"{folder}/bd_net.h5",
        validation=replace(origin.validation, path=f"{folder}/clean.h5"),
        test=replace(origin.test, path=f"{folder}/clean.h5"),
        poisoned=(replace(origin.poisoned[0], path=f"{folder}/sunglasses.h5"),),
    )
    source = written(tmp_path, replace(report, origin=moved))
    assert folder not in source
    assert "<title>bd_net.h5: Backdoor Inspector</title>" in source
    assert "<h1>What pruning does to bd_net.h5</h1>" in source


def test_figures_stay_with_their_sign(tmp_path: Path, report: Report) -> None:
    source = written(tmp_path, report)
    verdict = source[source.index('aria-label="Verdict"') :]
    shown = verdict[: verdict.index("95 % interval")]
    assert "\N{NO-BREAK SPACE}%" in shown
    assert not re.search(r"\d %", shown)


def test_a_caution_stands_first_and_few_sentences_are_in_view(tmp_path: Path, report: Report) -> None:
    cautious = replace(report.origin, cautions=("The sets are swapped.",))
    source = written(tmp_path, replace(report, origin=cautious))
    assert '<p class="headline panel warn">Caution: The sets are swapped.</p>' in source
    assert "Evading" not in source
    verdict = source[source.index('aria-label="Verdict"') : source.index("<h2>Results")]
    assert verdict.count("<p>") <= 4
    assert verdict.index("<ul>") > verdict.rindex("</p>")


def test_thresholds_are_labelled_in_the_chart(tmp_path: Path, report: Report) -> None:
    source = written(tmp_path, report)
    chart = source[source.index("<svg viewBox") : source.index("</svg>")]
    levels = dict(re.findall(r'y="([0-9.]+)">(−[0-9]+)</text>', chart))
    assert sorted(levels.values()) == ["−2", "−95"]
    assert "curves of the pruned network B′ only" in source


def test_without_test_and_poisoned_sets(
    tmp_path: Path, sweep_maker: Callable[..., Sweep], report_maker: Callable[..., Report]
) -> None:
    source = written(tmp_path, report_maker(sweep_maker((), has_test=False)))
    assert source.count("<polyline") == 1
    assert "no triggered images" in source


def test_the_page_says_what_its_verdicts_and_figures_mean(
    read_page: Callable[[str], Any], tmp_path: Path, report: Report
) -> None:
    text = read_page(written(tmp_path, report)).text
    assert "Evading: the attack lasts until clean accuracy breaks down." in text
    assert "Cannot tell: there are no triggered images" in text
    assert "Attack success rate (ASR): the share of triggered images that are predicted as the target label" in text
