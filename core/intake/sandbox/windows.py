"""Windows: a job object, which limits memory and denies further processes, and rights of a low-integrity process.

The process joins the job and lowers its own rights once everything is imported. With low integrity it can write
nothing of the user's but the scratch folder. It can still read what the user can read, and use the network: that would
take an AppContainer.

Source: Microsoft, Win32: JOBOBJECT_EXTENDED_LIMIT_INFORMATION, TOKEN_MANDATORY_LABEL, Mandatory Integrity Control.
"""

import ctypes
import struct
from pathlib import Path
from typing import Any

from core.intake.sandbox.state import ON

READING = "Windows does not deny reading other files and using the network"

_ONE_PROCESS, _PROCESS_MEMORY, _DIE_UNHANDLED, _KILL_WITH_JOB = 0x8, 0x100, 0x400, 0x2000
_EXTENDED_LIMITS, _UI_LIMITS = 9, 4
_ALL_UI = 0xFF
# Inherited by files and folders: low integrity may write here.
_FOLDER_LABEL = "S:(ML;OICI;NW;;;LW)"
_LABEL_INFORMATION, _FILE_OBJECT = 0x10, 1
_LOW_INTEGRITY, _GROUP_INTEGRITY, _TOKEN_INTEGRITY_LEVEL = 0x1000, 0x20, 25
_ADJUST_DEFAULT_AND_QUERY = 0x80 | 0x8


def job_limits(*, memory_bytes: int) -> bytes:
    """Return JOBOBJECT_EXTENDED_LIMIT_INFORMATION of 64 bits: one process, which may use so much memory."""
    flags = _ONE_PROCESS | _PROCESS_MEMORY | _DIE_UNHANDLED | _KILL_WITH_JOB
    basic = struct.pack("=qqI4xQQI4xQII", 0, 0, flags, 0, 0, 1, 0, 0, 0)
    counters = bytes(48)
    return basic + counters + struct.pack("=4Q", memory_bytes, 0, 0, 0)


def low_integrity() -> bytes:
    """Return the SID of low integrity, S-1-16-4096."""
    return struct.pack("=BB6sI", 1, 1, (16).to_bytes(6, "big"), _LOW_INTEGRITY)


def join_job(kernel: Any, *, memory_bytes: int) -> str:
    """Join a new job with limits, which lives as long as this process; return "on".

    Raises:
        OSError: the system refused.
    """
    kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits, windows_limits = job_limits(memory_bytes=memory_bytes), struct.pack("=I", _ALL_UI)
    _check(job.value, "CreateJobObjectW")
    _check(kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, limits, len(limits)), "SetInformationJobObject")
    _check(kernel.SetInformationJobObject(job, _UI_LIMITS, windows_limits, 4), "SetInformationJobObject")
    _check(kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess())), "AssignProcessToJob")
    return ON


def lower_rights(kernel: Any, rights: Any, folder: Path) -> str:
    """Let low integrity write the scratch folder, then lower this process to low integrity; return "on".

    Raises:
        OSError: the system refused.
    """
    _label(rights, folder)
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    token = ctypes.c_void_p()
    process = ctypes.c_void_p(kernel.GetCurrentProcess())
    _check(rights.OpenProcessToken(process, _ADJUST_DEFAULT_AND_QUERY, ctypes.byref(token)), "OpenProcessToken")
    try:
        sid = low_integrity()
        buffer = ctypes.create_string_buffer(sid, len(sid))
        label = struct.pack("@PI4x", ctypes.addressof(buffer), _GROUP_INTEGRITY)
        changed = rights.SetTokenInformation(token, _TOKEN_INTEGRITY_LEVEL, label, len(label) + len(sid))
        _check(changed, "SetTokenInformation")
    finally:
        kernel.CloseHandle(token)
    return ON


def _label(rights: Any, folder: Path) -> None:
    descriptor, labels = ctypes.c_void_p(), ctypes.c_void_p()
    is_present, is_default = ctypes.c_int(), ctypes.c_int()
    made = rights.ConvertStringSecurityDescriptorToSecurityDescriptorW(
        ctypes.c_wchar_p(_FOLDER_LABEL), 1, ctypes.byref(descriptor), None
    )
    _check(made, "ConvertStringSecurityDescriptorToSecurityDescriptorW")
    got = rights.GetSecurityDescriptorSacl(
        descriptor, ctypes.byref(is_present), ctypes.byref(labels), ctypes.byref(is_default)
    )
    _check(got, "GetSecurityDescriptorSacl")
    path = ctypes.c_wchar_p(str(folder))
    number = rights.SetNamedSecurityInfoW(path, _FILE_OBJECT, _LABEL_INFORMATION, None, None, None, labels)
    if number != 0:
        raise OSError(f"SetNamedSecurityInfoW failed with {number}")


def _check(result: object, name: str) -> None:
    if not result:
        raise OSError(f"{name} failed with {getattr(ctypes, 'get_last_error', int)()}")
