"""Windows' structures, and the order of the calls; the system itself is put in."""

import struct
from pathlib import Path
from typing import Any

import pytest

from core.intake.sandbox.windows import job_limits, join_job, low_integrity, lower_rights


def test_the_jobs_limits_are_where_windows_expects_them() -> None:
    limits = job_limits(memory_bytes=3 << 30)
    assert len(limits) == 144
    assert struct.unpack_from("<I", limits, 16)[0] == 0x2508  # LimitFlags
    assert struct.unpack_from("<I", limits, 40)[0] == 1  # ActiveProcessLimit
    assert struct.unpack_from("<Q", limits, 112)[0] == 3 << 30  # ProcessMemoryLimit


def test_the_sid_is_that_of_low_integrity() -> None:
    assert low_integrity() == b"\x01\x01\x00\x00\x00\x00\x00\x10\x00\x10\x00\x00"


class System:
    """Answers every function, and remembers the names."""

    def __init__(self, **answers: int) -> None:
        self.names: list[str] = []
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        system = self

        class Function:
            restype: Any = None

            def __call__(self, *values: Any) -> int:
                system.names.append(name)
                return system._answers.get(name, 0 if name == "SetNamedSecurityInfoW" else 1)

        function = Function()
        setattr(self, name, function)
        return function


def test_the_process_joins_a_limited_job() -> None:
    kernel = System()
    assert join_job(kernel, memory_bytes=1 << 30) == "on"
    assert kernel.names == [
        "CreateJobObjectW",
        "SetInformationJobObject",
        "SetInformationJobObject",
        "GetCurrentProcess",
        "AssignProcessToJobObject",
    ]


def test_the_folder_is_opened_to_low_integrity_before_the_rights_are_lowered() -> None:
    kernel, rights = System(), System()
    assert lower_rights(kernel, rights, Path("scratch")) == "on"
    assert rights.names[2:] == ["SetNamedSecurityInfoW", "OpenProcessToken", "SetTokenInformation"]
    assert kernel.names == ["GetCurrentProcess", "CloseHandle"]


@pytest.mark.parametrize(
    "name", ["CreateJobObjectW", "SetInformationJobObject", "AssignProcessToJobObject", "OpenProcessToken"]
)
def test_a_refusal_names_the_function(name: str) -> None:
    with pytest.raises(OSError, match=name[:12]):
        join_job(System(**{name: 0}), memory_bytes=1)
        lower_rights(System(**{name: 0}), System(**{name: 0}), Path("scratch"))


def test_a_folder_that_cannot_be_labelled_is_told() -> None:
    with pytest.raises(OSError, match="SetNamedSecurityInfoW failed with 5"):
        lower_rights(System(), System(SetNamedSecurityInfoW=5), Path("scratch"))
