"""Triggers that are bombs, broken, out of range, or no triggers."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile.case import Case, Make, Payload, constant, hostile, ordinary, pickled
from tests.hostile.data_forms import npy, npz
from tests.hostile.images import encoded, png

_OPACITY = np.full((4, 5, 1), 0.5, np.float32)
_PIXELS = np.full((4, 5, 3), 200.0, np.float32)
_CHANGE = np.full((4, 5, 3), -12.0, np.float32)


def saved_trigger(**arrays: Any) -> bytes:
    """Return the content of a trigger's file; arrays replace those of an ordinary one, None leaves one out."""
    content = io.BytesIO()
    kept = {"opacity": _OPACITY, "pixels": _PIXELS, "change": _CHANGE} | arrays
    np.savez(content, **{key: each for key, each in kept.items() if each is not None})
    return content.getvalue()


def _made(**arrays: Any) -> Make:
    return constant(saved_trigger(**arrays))


def _member(values: Any) -> bytes:
    content = io.BytesIO()
    np.save(content, values, allow_pickle=True)
    return content.getvalue()


def _with_object(path: Path, marker: Path) -> None:
    boxed = np.empty((4, 5, 3), dtype=object)
    boxed[...] = Payload(marker)
    members = {"opacity.npy": _OPACITY, "pixels.npy": _PIXELS, "change.npy": boxed}
    path.write_bytes(npz({key: _member(each) for key, each in members.items()}))


def _zeros(path: Path, marker: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("opacity.npy", _member(_OPACITY))
        with archive.open("pixels.npy", "w", force_zip64=True) as member:
            member.write(npy("<f4", "(10000, 2500, 3)"))
            for _ in range(300):
                member.write(bytes(1_000_000))


def _broken(path: Path, marker: Path) -> None:
    content = bytearray(saved_trigger())
    place = content.index(np.float32(200).tobytes())
    content[place : place + 4] = np.float32(100).tobytes()
    path.write_bytes(bytes(content))


_CASES: dict[str, tuple[str, Make, tuple[str, ...]]] = {
    "objects": ("mask.npz", _with_object, ("unsafe-type",)),
    "a pickle": ("mask.npz", lambda path, marker: path.write_bytes(pickled(marker)), ("wrong-format",)),
    "an archive of 300 MB of zeros": ("mask.npz", _zeros, ("claims-too-much",)),
    "half of an archive": ("mask.npz", constant(saved_trigger()[:300]), ("truncated-file",)),
    "a wrong check sum": ("mask.npz", _broken, ("damaged-file",)),
    "an archive with code": (
        "mask.npz", constant(npz({"opacity.npy": _member(_OPACITY), "run.py": b"exit()"})), ("unsafe-archive",),
    ),
    "a path in an archive": (
        "mask.npz", constant(npz({"../../opacity.npy": _member(_OPACITY)})), ("missing-key", "unsafe-archive"),
    ),
    "no opacity": ("mask.npz", _made(opacity=None), ("missing-key",)),
    "another array": ("mask.npz", _made(more=_OPACITY), ("missing-key",)),
    "an opacity of another size": ("mask.npz", _made(opacity=_OPACITY[:3]), ("wrong-shape",)),
    "a change of other channels": ("mask.npz", _made(change=_CHANGE[..., :1]), ("wrong-shape",)),
    "pixels of four axes": ("mask.npz", _made(pixels=_PIXELS[None]), ("wrong-shape",)),
    "pixels that are one number": ("mask.npz", _made(pixels=np.float32(3)), ("wrong-shape",)),
    "nothing": (
        "mask.npz",
        _made(opacity=_OPACITY[:0], pixels=_PIXELS[:0], change=_CHANGE[:0]),
        ("wrong-shape",),
    ),
    "nine million values": (
        "mask.npz",
        constant(
            npz(
                {
                    "opacity.npy": npy("|u1", "(3000, 1000, 1)", bytes(3_000_000)),
                    "pixels.npy": npy("|u1", "(3000, 1000, 3)", bytes(9_000_000)),
                },
                zipfile.ZIP_STORED,
            )
        ),
        ("picture-too-large",),
    ),
    "an opacity above 1": ("mask.npz", _made(opacity=3 * _OPACITY), ("wrong-range",)),
    "pixels that are no numbers": ("mask.npz", _made(pixels=np.full_like(_PIXELS, np.nan)), ("wrong-range",)),
    "a change without a bound": ("mask.npz", _made(change=np.full_like(_CHANGE, np.inf)), ("wrong-range",)),
    "texts": ("mask.npz", _made(pixels=np.full((4, 5, 3), "a")), ("wrong-dtype",)),
    "complex numbers": ("mask.npz", _made(pixels=_PIXELS.astype(np.complex64)), ("wrong-dtype",)),
    "a picture of 4 gigapixels": ("mask.png", constant(png(65_000, 65_000)), ("picture-too-large",)),
    "a text": ("mask.npz", constant(b"opacity"), ("wrong-format",)),
}  # fmt: skip

TRIGGER_CASES: list[Case] = [
    *(hostile(f"a trigger: {name}", "trigger", file, make, *codes) for name, (file, make, codes) in _CASES.items()),
    ordinary("a trigger of arrays", "trigger", "mask.npz", lambda path: path.write_bytes(saved_trigger())),
    ordinary(
        "a trigger without a change", "trigger", "m.npz", lambda path: path.write_bytes(saved_trigger(change=None))
    ),
    ordinary("a trigger as a picture", "trigger", "mask.png", lambda path: path.write_bytes(encoded("PNG"))),
]
