"""System calls that Python has no function for."""

import ctypes
import os
import sys

NO_NEW_PRIVILEGES, PARENT_DEATH_SIGNAL, DUMPABLE, SECCOMP = 38, 1, 4, 22


class Kernel:
    """The C library, answering success as a bool and a call as its result."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)

    def control(self, option: int, *values: object) -> bool:
        """`prctl`: zeros where an argument is not given, as newer kernels insist on."""
        given = [ctypes.c_ulong(v) if isinstance(v, int) else v for v in values]
        zeros = [ctypes.c_ulong(0)] * (4 - len(given))
        return bool(self._library.prctl(option, *given, *zeros) == 0)

    def call(self, number: int, *values: object) -> int:
        """The result, or -1."""
        given = [ctypes.c_long(v) if isinstance(v, int) else v for v in values]
        return int(self._library.syscall(ctypes.c_long(number), *given))

    def drop_capabilities(self) -> bool:
        if not hasattr(self._library, "capset"):  # a small C library
            return False
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this process
        return bool(self._library.capset(header, (ctypes.c_uint32 * 6)()) == 0)


def buffer(data: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(data, len(data))


def address(of: ctypes.Array[ctypes.c_char]) -> int:
    return ctypes.addressof(of)


def machine() -> str:
    """The architecture whose system calls this process makes; "" where 32 bits are emulated."""
    return os.uname().machine if sys.maxsize > 2**32 else ""
