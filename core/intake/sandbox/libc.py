"""Linux's system calls that Python has no function for."""

import ctypes
import os

_NO_NEW_PRIVILEGES = 38


class Libc:
    """The C library of this process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._library.syscall.restype = ctypes.c_long

    def call(self, number: int, *values: int | bytes | None) -> int:
        """Make a system call; bytes are passed by their address.

        Raises:
            OSError: the kernel refused.
        """
        passed = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
        return self._checked(self._library.syscall(ctypes.c_long(number), *passed))

    def give_up_privileges(self) -> None:
        """Give up what set-user-id programs would add; Linux asks for it before a process may lock itself.

        Raises:
            OSError: the kernel refused.
        """
        zero = ctypes.c_ulong(0)
        self._checked(self._library.prctl(_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), zero, zero, zero))

    def _checked(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return int(result)
