"""The scatter as an image file."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from core.compare.comparison import Comparison
from core.errors import ExportError
from core.report.compare.scatter_image import write_scatter_image


def test_a_image_of_every_network(tmp_path: Path, comparison: Comparison) -> None:
    write_scatter_image(tmp_path / "compare.png", comparison)
    with Image.open(tmp_path / "compare.png") as image:
        assert image.format == "PNG"
        assert image.width > 1500
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or ()}
    assert {(0x4A, 0x52, 0x5C), (0x00, 0x72, 0xB2)} <= colours


def test_the_same_comparison_gives_the_same_file(tmp_path: Path, comparison: Comparison) -> None:
    for name in ("one.svg", "two.svg", "one.png", "two.png"):
        write_scatter_image(tmp_path / name, comparison)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("name", ["a$b$c_{x}^2", "\\frac{1}{2}", "<b>&amp;", "n" * 300, "new\nline\x1b", "%d {0}"])
def test_odd_names(tmp_path: Path, comparison_maker: Callable[..., Comparison], name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = comparison_maker((96, 0), names=(name,), poisoned_names=(name,))
        write_scatter_image(tmp_path / "compare.svg", found)
    assert (tmp_path / "compare.svg").stat().st_size > 1000


def test_what_cannot_be_drawn_is_refused(tmp_path: Path, comparison_maker: Callable[..., Comparison]) -> None:
    with pytest.raises(ExportError, match=r"\.png or \.svg") as refused:
        write_scatter_image(tmp_path / "compare.jpeg", comparison_maker((96, 0)))
    assert refused.value.code == "wrong-suffix"
    with pytest.raises(ExportError, match="without a poisoned set") as refused:
        write_scatter_image(tmp_path / "compare.png", comparison_maker((96, 0), poisoned_names=()))
    assert refused.value.code == "no-attack"
    assert list(tmp_path.iterdir()) == []
