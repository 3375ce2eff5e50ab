"""Pictures that are bombs, broken, or no pictures."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.hostile.case import Case, Make, constant, hostile, pickled

_NOISE = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
_BROKEN = ("damaged-file", "truncated-file")


def encoded(form: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """Return an image's file content."""
    content = io.BytesIO()
    (image or Image.fromarray(_NOISE)).save(content, form, **options)
    return content.getvalue()


def _chunk(kind: bytes, content: bytes, *, crc: int | None = None) -> bytes:
    check = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", check)


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"", mode: int = 2, depth: int = 8) -> bytes:
    """Return a PNG with chunks of its own; its size is only claimed."""
    header = _chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, depth, mode, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _gif(width: int, height: int, data: bytes = b"\x02\x02\x44\x01\x00") -> bytes:
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    return b"GIF89a" + screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + data + b";"


def _bmp(width: int, height: int, *, compression: int = 0, pixels: bytes = b"") -> bytes:
    header = struct.pack("<LiiHHLLiiLL", 40, width, height, 1, 24 if not compression else 8, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<LHHL", 54 + len(pixels), 0, 0, 54) + header + pixels


def tiff(*tags: tuple[int, int, int, int], following: int = 0, more: bytes = b"") -> bytes:
    """Return a TIFF of one directory at 8: tag, type, count and value of each entry."""
    entries = b"".join(struct.pack("<HHLL", *tag) for tag in sorted(tags))
    return b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(tags)) + entries + struct.pack("<L", following) + more


def _tiff_tags(width: int, height: int, *, place: int = 200, size: int = 12, compression: int = 1) -> list[Any]:
    return [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, compression), (262, 3, 1, 1)),
        *((273, 4, 1, place), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, size)),
    ]


def _half(form: str) -> Make:
    content = encoded(form)
    return constant(content[: len(content) // 2])


def _jpeg_of(width: int, height: int) -> bytes:
    content = bytearray(encoded("JPEG"))
    place = content.index(b"\xff\xc0")
    struct.pack_into(">HH", content, place + 5, height, width)
    return bytes(content)


_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="evil()"><image href="file:///etc/passwd"/></svg>'
_PIXELS = zlib.compress((b"\x00" + b"\x7f" * 12) * 4)
_DEEP = zlib.compress(b"\x00" * (64 << 20))
_BIG = "picture-too-large"

_CASES: dict[str, tuple[str, Make, tuple[str, ...]]] = {
    "SVG": ("face.svg", constant(_SVG), ("wrong-format",)),
    "SVG named .png": ("face.png", constant(b'<?xml version="1.0"?>' + _SVG), ("wrong-format",)),
    "PDF": ("face.pdf", constant(b"%PDF-1.7\n1 0 obj<</OpenAction<</S/Launch>>>>"), ("wrong-format",)),
    "PostScript": ("face.png", constant(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), ("wrong-format",)),
    "HTML": ("face.jpg", constant(b"<html><script>evil()</script></html>"), ("wrong-format",)),
    "a pickle": ("face.png", lambda path, marker: path.write_bytes(pickled(marker)), ("wrong-format",)),
    "an icon": ("face.ico", constant(encoded("ICO")), ("wrong-format",)),
    "a portable pixmap": ("face.png", constant(b"P6 99999 99999 255\n"), (_BIG,)),
    "a DDS texture": ("face.png", constant(b"DDS |\x00\x00\x00" + b"\xff" * 120), ("wrong-format",)),
    "JPEG 2000": ("face.png", constant(b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(99)), ("wrong-format",)),
    "a Photoshop file": ("face.png", constant(b"8BPS\x00\x01" + b"\xff" * 60), ("wrong-format",)),
    "a FITS file": ("face.png", constant(b"SIMPLE  =                    T".ljust(2880)), ("wrong-format",)),
    "a PNG of 4 gigapixels": ("face.png", constant(png(65_000, 65_000)), (_BIG,)),
    "a PNG of 2³¹ pixels in a row": ("face.png", constant(png(2**31 - 1, 1)), (_BIG, *_BROKEN)),
    "a PNG of 65 megapixels of a bit": (
        "face.png",
        constant(png(65_000, 1_001, pixels=zlib.compress(bytes(8_126 * 1_001)), mode=0, depth=1)),
        (_BIG,),
    ),
    "a PNG without pixels": ("face.png", constant(png(0, 0)), (*_BROKEN, "unsupported-picture")),
    "a PNG of a text bomb": (
        "face.png",
        constant(png(4, 4, _chunk(b"zTXt", b"a\x00\x00" + _DEEP), pixels=_PIXELS)),
        _BROKEN,
    ),
    "a PNG of a colour profile that is a bomb": (
        "face.png",
        constant(png(4, 4, _chunk(b"iCCP", b"a\x00\x00" + _DEEP), pixels=_PIXELS)),
        _BROKEN,
    ),
    "a PNG with a wrong check sum": (
        "face.png",
        constant(png(4, 4, _chunk(b"PLTE", b"abc", crc=1), pixels=_PIXELS)),
        _BROKEN,
    ),
    "a PNG with a chunk of 2 GB": ("face.png", constant(png(4, 4, struct.pack(">L", 2**31 - 1) + b"tEXt")), _BROKEN),
    "a PNG with fewer pixels": ("face.png", constant(png(400, 400, pixels=_PIXELS)), _BROKEN),
    "a PNG with an unknown depth": ("face.png", constant(png(4, 4, pixels=_PIXELS, depth=7)), _BROKEN),
    "a PNG of an unknown mode": ("face.png", constant(png(4, 4, pixels=_PIXELS, mode=9)), _BROKEN),
    "a PNG cut off": ("face.png", _half("PNG"), _BROKEN),
    "a GIF of 4 gigapixels": ("face.gif", constant(_gif(65_535, 65_535)), (_BIG,)),
    "a GIF with broken codes": ("face.gif", constant(_gif(40, 40, b"\x02\x09" + b"\xff" * 9 + b"\x00")), _BROKEN),
    "a GIF with impossible codes": ("face.gif", constant(_gif(40, 40, b"\xff\x01\x00\x00")), _BROKEN),
    "a GIF cut off": ("face.gif", _half("GIF"), _BROKEN),
    "a JPEG of 4 gigapixels": ("face.jpg", constant(_jpeg_of(65_500, 65_500)), (_BIG,)),
    "a JPEG without pixels": ("face.jpg", constant(_jpeg_of(0, 0)), (*_BROKEN, "unsupported-picture")),
    "a JPEG cut off": ("face.jpg", _half("JPEG"), _BROKEN),
    "a JPEG of markers": ("face.jpg", constant(b"\xff\xd8" + b"\xff\xe1\x00\x02" * 5_000), _BROKEN),
    "a WebP cut off": ("face.webp", _half("WEBP"), _BROKEN),
    "a WebP of nothing": ("face.webp", constant(b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff/"), _BROKEN),
    "a BMP of 2³¹ pixels": ("face.bmp", constant(_bmp(2**16, 2**15)), (_BIG,)),
    "a BMP of negative width": ("face.bmp", constant(_bmp(-4, 4)), (_BIG, *_BROKEN)),
    "a BMP with runs over the edge": (
        "face.bmp",
        constant(_bmp(4, 4, compression=1, pixels=b"\xff\x01" * 3_000)),
        (*_BROKEN, "unsupported-picture"),
    ),
    "a BMP cut off": ("face.bmp", _half("BMP"), _BROKEN),
    "a TIFF of 4 gigapixels": ("face.tiff", constant(tiff(*_tiff_tags(65_000, 65_000))), (_BIG,)),
    "a TIFF that follows itself": (
        "face.tiff",
        constant(tiff(*_tiff_tags(4, 400), following=8)),
        (*_BROKEN, "unsupported-picture"),
    ),
    "a TIFF of data behind the end": ("face.tiff", constant(tiff(*_tiff_tags(40, 40, place=2**31))), _BROKEN),
    "a TIFF of 2³² values": ("face.tiff", constant(tiff(*_tiff_tags(4, 4), (700, 1, 2**32 - 1, 8))), _BROKEN),
    "a TIFF of an unknown compression": (
        "face.tiff",
        constant(tiff(*_tiff_tags(4, 4, compression=34_712), more=bytes(200))),
        _BROKEN,
    ),
    "a TIFF cut off": ("face.tiff", _half("TIFF"), _BROKEN),
    "a TIFF of values that are no numbers": (
        "face.tiff",
        constant(encoded("TIFF", Image.fromarray(np.full((4, 4), np.nan, np.float32)))),
        ("unsupported-picture",),
    ),
    "a JPEG in a TIFF, cut off": ("face.tiff", constant(encoded("TIFF", compression="jpeg")[:700]), _BROKEN),
}  # fmt: skip


def _with_script(path: Path, marker: Path) -> None:
    path.write_bytes(encoded("PNG") + f"\nopen({str(marker)!r}, 'w')\n".encode())


IMAGE_CASES: list[Case] = [
    *(hostile(f"a picture: {name}", "image", file, make, *codes) for name, (file, make, codes) in _CASES.items()),
    # What is hostile in these is not read: the picture opens.
    hostile("a picture: a PNG with a program behind it", "image", "face.png", _with_script),
    hostile(
        "a picture: a JPEG with broken EXIF data",
        "image",
        "face.jpg",
        constant(encoded("JPEG", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff" + b"\xff" * 200)),
    ),
    hostile(
        "a picture: a PNG with a comment in markup",
        "image",
        "face.png",
        constant(png(4, 4, _chunk(b"tEXt", b"Comment\x00<script>\x1b[31m"), pixels=_PIXELS)),
    ),
]
