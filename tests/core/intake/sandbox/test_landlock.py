"""Landlock's versions, and kernels that refuse it, put in."""

import errno
import struct
from pathlib import Path

import pytest

from core.intake.sandbox import landlock
from core.intake.sandbox.landlock import apply, denied
from core.intake.sandbox.state import ON


@pytest.mark.parametrize(
    ("version", "file_access", "rest"),
    [
        (1, 0x1FFF, ()),
        (2, 0x3FFF, ()),
        (3, 0x7FFF, ()),
        (4, 0x7FFF, (3,)),
        (5, 0xFFFF, (3,)),
        (6, 0xFFFF, (3, 3)),
        (9, 0xFFFF, (3, 3)),
    ],
)
def test_a_version_is_asked_for_what_it_knows(version: int, file_access: int, rest: tuple[int, ...]) -> None:
    attribute = denied(version).attribute()
    assert struct.unpack(f"={len(attribute) // 8}Q", attribute) == (file_access, *rest)


class Kernel:
    """Answers system calls, and remembers them."""

    def __init__(self, answers: dict[int, int]) -> None:
        self._answers, self.calls = answers, []

    def call(self, number: int, *values: int | bytes | None) -> int:
        self.calls.append((number, *values))
        flags = values[-1]
        answer = self._answers.get(number + 1000 if flags == 1 and number == 444 else number, 0)
        if answer < 0:
            raise OSError(-answer, "refused")
        return answer

    def give_up_privileges(self) -> None:
        self.calls.append("privileges")


def test_a_kernel_without_it_is_told(tmp_path: Path) -> None:
    for error in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
        kernel = Kernel({1444: -error})
        assert apply(kernel, tmp_path) == landlock.MISSING  # type: ignore[arg-type]
        assert len(kernel.calls) == 1


def test_the_folder_is_the_only_exception(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    monkeypatch.setattr(landlock.os, "close", closed.append)
    monkeypatch.setattr(landlock.os, "open", lambda path, flags: 91)
    kernel = Kernel({1444: 3, 444: 90})
    assert apply(kernel, tmp_path) == ON  # type: ignore[arg-type]
    assert kernel.calls[1:] == [
        (444, struct.pack("=Q", 0x7FFF), 8, 0),
        (445, 90, 1, struct.pack("=Qi", 0x102, 91), 0),
        "privileges",
        (446, 90, 0),
    ]
    assert closed == [91, 90]


def test_a_refusal_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock.os, "close", lambda descriptor: None)
    monkeypatch.setattr(landlock.os, "open", lambda path, flags: 91)
    with pytest.raises(OSError, match="refused"):
        apply(Kernel({1444: 1, 444: 90, 446: -errno.E2BIG}), tmp_path)  # type: ignore[arg-type]
