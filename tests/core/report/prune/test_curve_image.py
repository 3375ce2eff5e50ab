"""The curve as an image."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import ExportError
from core.report.prune.curve_image import draw_curve, write_curve_image
from core.report.prune.record import Report
from core.sweep.records import Sweep


def test_png_is_a_image_with_the_curves_in_it(tmp_path: Path, sweep: Sweep, report: Report) -> None:
    write_curve_image(tmp_path / "curve.png", sweep, report.stops)
    with Image.open(tmp_path / "curve.png") as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    assert pixels.shape[0] > 700
    for colour in ((0x00, 0x72, 0xB2), (0x00, 0x9E, 0x73), (0xD5, 0x5E, 0x00)):
        assert (np.abs(pixels - colour).sum(axis=2) < 12).sum() > 100


def test_svg_stands_alone_and_is_the_same_twice(tmp_path: Path, sweep: Sweep, report: Report) -> None:
    for name in ("one.svg", "two.svg"):
        write_curve_image(tmp_path / name, sweep, report.stops)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    root = ET.parse(tmp_path / "one.svg").getroot()
    assert root.tag.endswith("svg")
    hrefs = [value for each in root.iter() for name, value in each.attrib.items() if name.endswith("href")]
    assert all(value.startswith("#") for value in hrefs)


def test_the_legend_stands_outside_the_data(sweep_maker: Callable[..., Sweep], report: Report) -> None:
    sweep = sweep_maker(("one.h5", "two.h5", "three $x^$.h5", "a very long name of a poisoned file of somebody.h5"))
    figure = draw_curve(sweep, report.stops)
    figure.draw_without_rendering()
    axes, legend = figure.axes[0], figure.legends[0]
    assert legend.get_window_extent().x0 >= axes.get_window_extent().x1
    assert len(legend.get_texts()) == 2 * (2 + 4)
    assert axes.get_window_extent().width > 0.5 * figure.bbox.width


def test_repaired_curves_are_dashed_and_on_top_and_thresholds_labelled(sweep: Sweep, report: Report) -> None:
    axes = draw_curve(sweep, report.stops).axes[0]
    lines = {str(line.get_label()): line for line in axes.get_lines()}
    pruned, repaired = lines["clean validation, B′"], lines["clean validation, G"]
    assert (pruned.get_linestyle(), repaired.get_linestyle()) == ("-", "--")
    assert repaired.get_zorder() > pruned.get_zorder()
    assert repaired.get_color() != pruned.get_color()
    levels = {text.get_text(): text.xy[1] for text in axes.texts if "points" not in text.get_text()}
    assert levels == {"−2": pytest.approx(98), "−95": pytest.approx(5)}


def test_bypass_is_in_the_title(sweep_maker: Callable[..., Sweep], report: Report) -> None:
    figure = draw_curve(sweep_maker(reader="conv_4"), report.stops)
    assert "fc_1 still reads" in figure.axes[0].get_title(loc="left")


def test_another_suffix_is_refused(tmp_path: Path, sweep: Sweep) -> None:
    with pytest.raises(ExportError) as caught:
        write_curve_image(tmp_path / "curve.jpeg", sweep, ())
    assert caught.value.code == "wrong-suffix"
    assert list(tmp_path.iterdir()) == []
