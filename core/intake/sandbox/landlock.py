"""Landlock (Linux 5.13 and later): no path can be opened, except new files in the scratch folder.

A file that is open already stays readable. TCP is denied from version 4 of Landlock on, other processes' signals and
abstract sockets from version 6 on.

Source: Linux, Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path

from core.intake.sandbox.libc import Libc
from core.intake.sandbox.state import ON

MISSING = "this kernel has no Landlock, or does not allow it"

# The numbers of these system calls are the same on all machines.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_WRITE_FILE, _MAKE_REGULAR = 1 << 1, 1 << 8
_SCRATCH_ACCESS = _WRITE_FILE | _MAKE_REGULAR


@dataclass(frozen=True, slots=True)
class Denied:
    """What a version of Landlock can deny: bits of file accesses, of TCP and of scopes; all of it is denied."""

    file_access: int
    network_access: int
    scopes: int

    def attribute(self) -> bytes:
        """Return the kernel's `landlock_ruleset_attr`, as long as this version knows it."""
        values = [self.file_access]
        if self.network_access or self.scopes:
            values.append(self.network_access)
        if self.scopes:
            values.append(self.scopes)
        return struct.pack(f"={len(values)}Q", *values)


def denied(version: int) -> Denied:
    """Return everything that a version of Landlock can deny."""
    bit_count = 13 + (version >= 2) + (version >= 3) + (version >= 5)
    return Denied((1 << bit_count) - 1, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)


def version(libc: Libc) -> int:
    """Return the kernel's version of Landlock; 0 if it has none, or does not allow it."""
    try:
        return libc.call(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def apply(libc: Libc, folder: Path) -> str:
    """Deny this thread all files but new ones in a folder; return "on" or the reason why it is not.

    Raises:
        OSError: the kernel has Landlock and refused to lock.
    """
    found = version(libc)
    if found == 0:
        return MISSING
    attribute = denied(found).attribute()
    ruleset = libc.call(_CREATE_RULESET, attribute, len(attribute), 0)
    beneath = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        libc.call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", _SCRATCH_ACCESS, beneath), 0)
        libc.give_up_privileges()
        libc.call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(beneath)
        os.close(ruleset)
    return ON
