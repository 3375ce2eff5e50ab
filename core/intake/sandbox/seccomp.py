"""A seccomp filter (Linux): only the system calls that reading an open file and writing new ones take.

No sockets, no processes, no programs, no memory that can be executed, no signals to others; a file can only be opened
if that creates it. What is denied returns an error, since libraries ask harmless questions and carry on without an
answer. The filter itself is made by pure functions.

Source: Linux, Documentation/userspace-api/seccomp_filter.rst, include/uapi/linux/{seccomp,audit,filter}.h; numbers
from arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.intake.sandbox.libc import Libc
from core.intake.sandbox.state import ON

ALLOW, KILL, ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
# Places in the kernel's `seccomp_data`: the call's number, the machine, six arguments of 64 bits.
NUMBER_PLACE, MACHINE_PLACE, ARGUMENTS_PLACE = 0, 4, 16
LOAD, AND, JUMP_IF_EQUAL, RETURN = 0x20, 0x54, 0x15, 0x06
_ALL_BITS = 0xFFFF_FFFF

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, value


@dataclass(frozen=True, slots=True)
class Condition:
    """The lower (or upper) 32 bits of an argument, masked, must have a value."""

    argument: int
    value: int
    mask: int = _ALL_BITS
    is_upper: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A call is allowed if all conditions hold, and returns an error otherwise.

    Attributes:
        call: the call's name.
        conditions: of its arguments; none: it is always allowed.
        is_denied: whether it always returns the error.
        error: the error's number.
    """

    call: str
    conditions: tuple[Condition, ...] = ()
    is_denied: bool = False
    error: int = errno.EPERM


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine: the kernel's number for it, its seccomp call, and the numbers of all calls in the rules."""

    audit_number: int
    seccomp_call: int
    calls: Mapping[str, int]


# The number of each call that has a rule, on x86-64 and on 64-bit ARM.
_CALLS = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "pwrite64": (18, 68), "close": (3, 57), "lseek": (8, 62), "fstat": (5, 80), "fsync": (74, 82),
    "fdatasync": (75, 83), "fadvise64": (221, 223), "munmap": (11, 215), "mremap": (25, 216), "brk": (12, 214),
    "madvise": (28, 233), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "restart_syscall": (219, 128), "exit": (60, 93), "exit_group": (231, 94),
    "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "nanosleep": (35, 101), "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169), "getrusage": (98, 165),
    "getpid": (39, 172), "gettid": (186, 178), "getrandom": (318, 278), "mmap": (9, 222), "mprotect": (10, 226),
    "openat": (257, 56), "newfstatat": (262, 79), "fcntl": (72, 25), "prlimit64": (302, 261), "tgkill": (234, 131),
    "ioctl": (16, 29), "statx": (332, 291), "openat2": (437, 437), "clone3": (435, 435),
}  # fmt: skip
MACHINES: Mapping[str, Machine] = MappingProxyType(
    {
        # Only x86-64 has the older `open`.
        "x86_64": Machine(0xC000_003E, 317, {name: numbers[0] for name, numbers in _CALLS.items()} | {"open": 2}),
        "aarch64": Machine(0xC000_00B7, 277, {name: numbers[1] for name, numbers in _CALLS.items()}),
    }
)

_PROT_EXEC = 4
# O_WRONLY, O_CREAT and O_EXCL, and beside them only O_CLOEXEC, O_LARGEFILE and O_NOFOLLOW: the bits of the last two are
# swapped between the two machines. O_PATH would make the kernel forget the others.
_CREATE_NEW, _CREATE_MASK = 0x1 | 0x40 | 0x80, _ALL_BITS ^ (0x8_0000 | 0x8000 | 0x2_0000)
_EMPTY_PATH = 0x1000  # of newfstatat: the file is an open one
_UNKNOWN = errno.ENOSYS  # libraries then take the older call


def rules(process_id: int) -> tuple[Rule, ...]:
    """Return the rules for a process; a call without a rule returns EPERM."""
    special = {
        "mmap": Rule("mmap", (Condition(2, 0, mask=_PROT_EXEC),)),
        "mprotect": Rule("mprotect", (Condition(2, 0, mask=_PROT_EXEC),)),
        "openat": Rule("openat", (Condition(2, _CREATE_NEW, mask=_CREATE_MASK),), error=errno.EACCES),
        "newfstatat": Rule("newfstatat", (Condition(3, _EMPTY_PATH, mask=_EMPTY_PATH),), error=errno.EACCES),
        # the descriptor's flags (1) and the file's (3)
        "fcntl": Rule("fcntl", (Condition(1, 1, mask=_ALL_BITS ^ 2),)),
        # of this process, and without new limits
        "prlimit64": Rule("prlimit64", (Condition(0, 0), Condition(2, 0), Condition(2, 0, is_upper=True))),
        "tgkill": Rule("tgkill", (Condition(0, process_id),)),
        "ioctl": Rule("ioctl", is_denied=True, error=errno.ENOTTY),
        "statx": Rule("statx", is_denied=True, error=_UNKNOWN),
        "openat2": Rule("openat2", is_denied=True, error=_UNKNOWN),
        "clone3": Rule("clone3", is_denied=True, error=_UNKNOWN),
    }
    older = Rule("open", (Condition(1, _CREATE_NEW, mask=_CREATE_MASK),), error=errno.EACCES)
    return (*(special.get(name, Rule(name)) for name in _CALLS), older)


def program(machine: Machine, wanted: Sequence[Rule]) -> list[Instruction]:
    """Return the filter: the machine is checked, then one rule after the other is tried."""
    made: list[Instruction] = [
        (LOAD, 0, 0, MACHINE_PLACE),
        (JUMP_IF_EQUAL, 1, 0, machine.audit_number),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_PLACE),
    ]
    for rule in wanted:
        if rule.call not in machine.calls:
            continue
        body = _body(rule)
        made += [(JUMP_IF_EQUAL, 0, len(body), machine.calls[rule.call]), *body]
    return [*made, (RETURN, 0, 0, ERRNO | errno.EPERM)]


def _body(rule: Rule) -> list[Instruction]:
    refuse: Instruction = (RETURN, 0, 0, ERRNO | rule.error)
    if rule.is_denied:
        return [refuse]
    body: list[Instruction] = [(RETURN, 0, 0, ALLOW)]
    if not rule.conditions:
        return body
    body.append(refuse)
    for condition in reversed(rule.conditions):
        # To the last instruction, which refuses.
        body.insert(0, (JUMP_IF_EQUAL, 0, len(body) - 1, condition.value))
        if condition.mask != _ALL_BITS:
            body.insert(0, (AND, 0, 0, condition.mask))
        # Both machines are little-endian.
        place = ARGUMENTS_PLACE + 8 * condition.argument + 4 * condition.is_upper
        body.insert(0, (LOAD, 0, 0, place))
    return body


def missing(machine_name: str) -> str | None:
    """Return why there is no filter for a machine; None if there is one."""
    bits = struct.calcsize("P") * 8
    return None if machine_name in MACHINES and bits == 64 else f"no table for {machine_name} with {bits} bits"


def apply(libc: Libc, machine_name: str) -> str:
    """Install the filter for all threads of this process; return "on" or the reason why it is not.

    Raises:
        OSError: the kernel refused the filter.
    """
    if (reason := missing(machine_name)) is not None:
        return reason
    machine = MACHINES[machine_name]
    code = b"".join(struct.pack("=HBBI", *each) for each in program(machine, rules(os.getpid())))
    buffer = ctypes.create_string_buffer(code, len(code))
    libc.give_up_privileges()
    attribute = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    # With this flag the number of a thread that cannot be locked is returned, which is no error of the call.
    if thread := libc.call(machine.seccomp_call, _SET_MODE_FILTER, _ALL_THREADS, attribute):
        return f"thread {thread} cannot be locked"
    return ON
