"""The filter, run here by a small interpreter of its instructions, for every kind of machine."""

import errno
import struct
from collections.abc import Sequence

import pytest

from core.intake.sandbox import seccomp
from core.intake.sandbox.seccomp import ALLOW, ERRNO, KILL, MACHINES, Instruction, Machine, program, rules

PROCESS = 4321
DENIED = ERRNO | errno.EPERM
# Numbers of calls that no rule names.
FOREIGN = {
    "x86_64": {"stat": 4, "socket": 41, "connect": 42, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62}
    | {"rename": 82, "symlink": 88, "ptrace": 101, "setsid": 112, "mount": 165, "bpf": 321, "execveat": 322}
    | {"io_uring_setup": 425, "memfd_create": 319, "process_vm_writev": 311, "setitimer": 38, "unlink": 87},
    "aarch64": {"socket": 198, "connect": 203, "clone": 220, "execve": 221, "kill": 129, "ptrace": 117, "bpf": 280}
    | {"unlinkat": 35, "symlinkat": 36, "renameat": 38, "setsid": 157, "mount": 40, "execveat": 281}
    | {"io_uring_setup": 425, "memfd_create": 279, "process_vm_writev": 271, "setitimer": 103},
}


def answer(code: Sequence[Instruction], audit_number: int, call: int, *arguments: int) -> int:
    """Run a filter as the kernel does; return its answer."""
    padded = [*arguments, *(0 for _ in range(6 - len(arguments)))]
    data = struct.pack("<IIQ6Q", call, audit_number, 0, *(value & 2**64 - 1 for value in padded))
    place, held = 0, 0
    while True:
        kind, if_true, if_false, value = code[place]
        place += 1
        if kind == seccomp.LOAD:
            held = struct.unpack_from("<I", data, value)[0]
        elif kind == seccomp.AND:
            held &= value
        elif kind == seccomp.JUMP_IF_EQUAL:
            place += if_true if held == value else if_false
        else:
            assert kind == seccomp.RETURN
            return value


@pytest.fixture(params=sorted(MACHINES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def machine(name: str) -> Machine:
    return MACHINES[name]


def ask(machine: Machine, call: str | int, *arguments: int) -> int:
    number = machine.calls[call] if isinstance(call, str) else call
    return answer(program(machine, rules(PROCESS)), machine.audit_number, number, *arguments)


def test_what_reading_takes_is_allowed(machine: Machine) -> None:
    for call in ("read", "write", "close", "lseek", "fstat", "munmap", "brk", "futex", "exit_group", "rt_sigreturn"):
        assert ask(machine, call) == ALLOW, call


def test_what_is_not_listed_is_denied(name: str, machine: Machine) -> None:
    assert not set(FOREIGN[name].values()) & set(machine.calls.values())
    for call, number in FOREIGN[name].items():
        assert ask(machine, number) == DENIED, call


def test_only_new_files_can_be_opened(machine: Machine) -> None:
    write, create, exclusive, close_on_exec = 1, 0x40, 0x80, 0o2000000
    temporary, path_only, read_write = 0o20000000, 0o10000000, 2
    denied = ERRNO | errno.EACCES
    for call, place in (("openat", 2), ("open", 1)):
        if call not in machine.calls:
            continue
        before = [0] * place
        assert ask(machine, call, *before, write | create | exclusive | close_on_exec) == ALLOW
        for flags in (0, write, write | create, write | exclusive, read_write, read_write | create | exclusive):
            assert ask(machine, call, *before, flags) == denied
        for more in (temporary, path_only):
            assert ask(machine, call, *before, more | write | create | exclusive) == denied
    assert ask(machine, "openat2") == ERRNO | errno.ENOSYS


def test_memory_is_never_executable(machine: Machine) -> None:
    for call in ("mmap", "mprotect"):
        for protection, expected in ((0, ALLOW), (1, ALLOW), (3, ALLOW), (4, DENIED), (5, DENIED), (7, DENIED)):
            assert ask(machine, call, 0, 4096, protection) == expected


def test_other_processes_and_limits_stay_as_they_are(machine: Machine) -> None:
    assert ask(machine, "tgkill", PROCESS, 1, 6) == ALLOW
    assert ask(machine, "tgkill", PROCESS + 1, 1, 6) == DENIED
    assert ask(machine, "prlimit64", 0, 7, 0, 4096) == ALLOW
    assert ask(machine, "prlimit64", PROCESS + 1, 7, 0, 4096) == DENIED
    assert ask(machine, "prlimit64", 0, 7, 4096) == DENIED
    assert ask(machine, "prlimit64", 0, 7, 1 << 40) == DENIED


def test_only_harmless_questions_about_open_files(machine: Machine) -> None:
    duplicate, set_flags = 0, 4
    assert [ask(machine, "fcntl", 3, command) for command in (1, 3)] == [ALLOW, ALLOW]
    assert [ask(machine, "fcntl", 3, command) for command in (duplicate, 2, set_flags)] == [DENIED] * 3
    assert ask(machine, "newfstatat", 3, 0, 0, 0x1000) == ALLOW
    assert ask(machine, "newfstatat", -100, 0, 0, 0) == ERRNO | errno.EACCES
    assert ask(machine, "ioctl", 1) == ERRNO | errno.ENOTTY


def test_calls_of_another_machine_end_the_process(machine: Machine) -> None:
    code = program(machine, rules(PROCESS))
    assert answer(code, 0x4000_0003, 11) == KILL  # 32 bits of x86: `execve`
    others = [each for each in MACHINES.values() if each is not machine]
    assert all(answer(code, other.audit_number, other.calls["read"]) == KILL for other in others)
    assert ask(machine, 0x4000_0000 | machine.calls["read"]) == DENIED  # the numbers of x32


def test_every_jump_fits_and_every_path_ends(machine: Machine) -> None:
    code = program(machine, rules(PROCESS))
    assert code[-1][0] == seccomp.RETURN
    assert len(code) < 4096
    for place, (kind, if_true, if_false, _) in enumerate(code):
        if kind == seccomp.JUMP_IF_EQUAL:
            assert max(if_true, if_false) < 256
            assert place + 1 + max(if_true, if_false) < len(code)


def test_numbers_are_unambiguous(machine: Machine) -> None:
    assert len(set(machine.calls.values())) == len(machine.calls)


def test_a_machine_without_a_table_is_told() -> None:
    assert seccomp.missing("riscv64") == "no table for riscv64 with 64 bits"
    assert seccomp.missing("aarch64") is None
