"""Images of every kind are converted to upright red, green, blue and opacity."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.intake.limits import Limits

Reader = Callable[..., dict[str, Any]]
Refuser = Callable[..., tuple[str, str]]

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)


def decoded(read: Reader, path: Path) -> np.ndarray:
    answer = read("image", path)
    pixels = np.load(answer["folder"] / answer["pixels"]["file"], allow_pickle=False)
    assert pixels.dtype == np.uint8
    assert list(pixels.shape) == answer["pixels"]["shape"]
    assert pixels.shape[2] == 4
    return pixels


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "webp"])
def test_lossless_formats_keep_every_pixel(suffix: str, tmp_path: Path, read: Reader) -> None:
    path = tmp_path / f"face.{suffix}"
    Image.fromarray(PIXELS).save(path, **({"lossless": True} if suffix == "webp" else {}))
    pixels = decoded(read, path)
    assert np.array_equal(pixels[..., :3], PIXELS)
    assert (pixels[..., 3] == 255).all()


def test_jpeg_grey_cmyk_and_palette_become_colours(tmp_path: Path, read: Reader) -> None:
    smooth = Image.new("RGB", (16, 24), (200, 100, 50))
    for name, image in {
        "face.jpg": smooth,
        "cmyk.jpg": smooth.convert("CMYK"),
        "cmyk.tiff": smooth.convert("CMYK"),
        "palette.png": smooth.quantize(4),
        "face.gif": smooth.quantize(4),
    }.items():
        image.save(tmp_path / name)
        got = decoded(read, tmp_path / name)
        assert np.abs(got[..., :3].astype(int) - (200, 100, 50)).max() <= 3, name
    smooth.convert("L").save(tmp_path / "grey.png")
    grey = decoded(read, tmp_path / "grey.png")
    assert (grey[..., 0] == grey[..., 1]).all()
    assert (grey[..., 0] == np.asarray(smooth.convert("L"))).all()
    Image.fromarray(np.eye(8, dtype=bool)).save(tmp_path / "bits.png")
    assert np.array_equal(decoded(read, tmp_path / "bits.png")[..., 0], np.eye(8) * 255)


def test_opacity_is_kept(tmp_path: Path, read: Reader) -> None:
    rgba = np.dstack([PIXELS, np.arange(35, dtype=np.uint8).reshape(7, 5)])
    Image.fromarray(rgba).save(tmp_path / "alpha.png")
    assert np.array_equal(decoded(read, tmp_path / "alpha.png"), rgba)
    palette = Image.fromarray(PIXELS).quantize(8)
    palette.save(tmp_path / "clear.gif", transparency=0)
    assert set(np.unique(decoded(read, tmp_path / "clear.gif")[..., 3])) <= {0, 255}
    Image.fromarray(rgba[..., 2:]).save(tmp_path / "grey_alpha.png")
    got = decoded(read, tmp_path / "grey_alpha.png")
    assert np.array_equal(got[..., 3], rgba[..., 3])
    assert np.array_equal(got[..., 0], rgba[..., 2])


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bit_grey_is_scaled(suffix: str, tmp_path: Path, read: Reader) -> None:
    deep = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    Image.fromarray(deep).save(tmp_path / f"deep.{suffix}")
    got = decoded(read, tmp_path / f"deep.{suffix}")
    assert np.array_equal(got[..., 0], np.arange(256).reshape(16, 16))


def test_float_grey_is_scaled(tmp_path: Path, read: Reader, refusal_of: Refuser) -> None:
    for most in (1.0, 255.0):
        Image.fromarray(np.linspace(0, most, 256, dtype=np.float32).reshape(16, 16)).save(tmp_path / "float.tiff")
        assert np.array_equal(decoded(read, tmp_path / "float.tiff")[..., 1], np.arange(256).reshape(16, 16))
    Image.fromarray(np.full((4, 4), np.nan, np.float32)).save(tmp_path / "float.tiff")
    assert refusal_of("image", tmp_path / "float.tiff")[0] == "unsupported-picture"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_image_is_set_upright(orientation: int, tmp_path: Path, read: Reader) -> None:
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = Image.fromarray(PIXELS)
    lying = upright.transpose(Image.Transpose(turned[orientation])) if orientation > 1 else upright
    # Each orientation except 6 and 8 is its own inverse.
    lying = upright.transpose(Image.Transpose({6: 2, 8: 4}[orientation])) if orientation in (6, 8) else lying
    lying.save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(decoded(read, tmp_path / "turned.png")[..., :3], PIXELS)


def test_the_first_frame_of_an_animation_is_taken(tmp_path: Path, read: Reader) -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in ("red", "blue")]
    for name in ("a.gif", "a.webp", "a.png", "a.tiff"):
        options = {"lossless": True} if name.endswith("webp") else {}
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        assert decoded(read, tmp_path / name)[0, 0].tolist() == [255, 0, 0, 255], name


def test_too_many_pixels_are_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    Image.new("1", (300, 200)).save(tmp_path / "bomb.png")
    code, sentence = refusal_of("image", tmp_path / "bomb.png", Limits(pixel_count=50_000))
    assert code == "picture-too-large"
    assert "300 × 200" in sentence


def test_formats_whose_decoder_takes_more_memory_may_have_fewer_pixels(
    tmp_path: Path, refusal_of: Refuser, read: Reader
) -> None:
    limits = Limits(webp_pixel_count=50_000)
    for name in ("a.png", "a.webp"):
        Image.new("RGB", (300, 200)).save(tmp_path / name)
    assert read("image", tmp_path / "a.png", limits)["pixels"]["shape"] == [200, 300, 4]
    code, sentence = refusal_of("image", tmp_path / "a.webp", limits)
    assert (code, "at most 50,000 allowed for WebP" in sentence) == ("picture-too-large", True)
    assert Limits().webp_pixel_count < Limits().pixel_count


@pytest.mark.parametrize("size", [(6_400, 1), (1, 6_400), (80, 80), (641, 10)])
def test_an_image_of_any_form_is_scaled_down_as_far_as_needed(
    size: tuple[int, int], tmp_path: Path, read: Reader
) -> None:
    Image.new("RGB", size, (9, 8, 7)).save(tmp_path / "thin.png")
    height, width, _ = read("image", tmp_path / "thin.png", Limits(kept_pixel_count=800))["pixels"]["shape"]
    assert 200 < height * width <= 800


def test_truncated_and_damaged_images_are_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for name in ("t.png", "t.jpg", "t.webp", "t.bmp", "t.gif", "t.tiff"):
        Image.fromarray(noise).save(tmp_path / name)
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 2])
        assert refusal_of("image", tmp_path / name)[0] in {"truncated-file", "damaged-file"}, name
        (tmp_path / name).write_bytes(content[:12])
        assert refusal_of("image", tmp_path / name)[0] in {"truncated-file", "damaged-file", "wrong-format"}, name


def test_other_formats_are_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    for kind in ("TGA", "ICO", "EPS", "PDF"):
        content = io.BytesIO()
        Image.fromarray(PIXELS).save(content, kind)
        (tmp_path / "face.png").write_bytes(content.getvalue())
        code, sentence = refusal_of("image", tmp_path / "face.png")
        assert code == "wrong-format"
        assert "expected PNG, JPEG, WebP, BMP, GIF, TIFF or PPM" in sentence


def test_large_images_are_scaled_down_while_they_are_decoded(tmp_path: Path, read: Reader) -> None:
    limits = Limits(kept_pixel_count=600)
    rgb = Image.new("RGB", (64, 48), (200, 100, 50))
    rgb.paste((0, 0, 255), (0, 0, 32, 48))
    turned = Image.Exif()
    turned[0x0112] = 6  # rotated by a quarter
    for name, image, options in [
        ("plain.png", rgb, {}),
        ("turned.jpg", rgb, {"exif": turned, "quality": 95}),
        ("palette.gif", rgb.quantize(4), {}),
        ("alpha.webp", rgb.convert("RGBA"), {"lossless": True}),
        ("grey.png", Image.fromarray(np.full((48, 64), 30_000, np.uint16)), {}),
        ("float.tiff", Image.fromarray(np.full((48, 64), 0.5, np.float32)), {}),
        ("bits.png", rgb.convert("1"), {}),
    ]:
        path = tmp_path / name
        image.save(path, **options)
        answer = read("image", path, limits)
        pixels = np.load(answer["folder"] / answer["pixels"]["file"], allow_pickle=False)
        assert pixels.shape[0] * pixels.shape[1] <= 600, name
        assert pixels.shape[:2] == ((16, 12) if name == "turned.jpg" else (16, 22)), name
        if name in {"plain.png", "alpha.webp"}:
            assert (pixels[0, 0] == (0, 0, 255, 255)).all()
            assert (pixels[-1, -1] == (200, 100, 50, 255)).all()
        if name == "turned.jpg":
            assert np.abs(pixels[-1, 0].astype(int) - (200, 100, 50, 255)).max() <= 4
    assert read("image", tmp_path / "plain.png")["pixels"]["shape"] == [48, 64, 4]
