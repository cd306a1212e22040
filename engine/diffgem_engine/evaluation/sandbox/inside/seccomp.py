"""A filter that lets through the system calls of `syscalls.py`, and refuses all others.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import errno
import os
import struct

from diffgem_engine.evaluation.sandbox.inside import kernel, syscalls

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # instructions of classic BPF
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in what the filter is shown
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
AUDIT_NAMES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
FILTER_MODE = 2

TERMINAL_QUESTIONS = (0x5401, 0x5413, 0x5421, 0x5450, 0x5451)  # is it one, how wide; descriptors
DESCRIPTOR_FLAGS = (0, 1, 2, 3, 4, 5, 6, 7, 1030)  # no owner of a descriptor, no signals


def confine(calls: kernel.Kernel) -> bool:
    """Whether the filter holds; it needs PR_SET_NO_NEW_PRIVS."""
    if kernel.machine() not in AUDIT_NAMES:
        return False
    instructions = kernel.buffer(program(kernel.machine(), os.getpid()))
    header = struct.pack("HxxxxxxQ", len(instructions) // 8, kernel.address(instructions))
    pointer = kernel.address(held := kernel.buffer(header))
    done = calls.control(kernel.SECCOMP, FILTER_MODE, pointer)
    del held
    return done


def program(machine: str, own_id: int) -> bytes:
    """The filter's instructions, 8 bytes each."""
    plain = syscalls.numbers(machine)
    special = syscalls.numbers(machine, syscalls.WITH_ARGUMENTS)
    return b"".join(
        [
            _instruction(LOAD, ARCHITECTURE),
            _instruction(EQUAL, AUDIT_NAMES[machine], 1, 0),
            _instruction(RETURN, KILL),
            _instruction(LOAD, NUMBER),
            *(_allowed(number) for number in plain.values()),
            _allowed_with(special["fcntl"], 1, DESCRIPTOR_FLAGS),
            _allowed_with(special["ioctl"], 1, TERMINAL_QUESTIONS),
            _allowed_with(special["tgkill"], 0, (own_id,)),  # what `abort` is made of
            _asks_only(special["prlimit64"]),
            _instruction(RETURN, REFUSE),
        ]
    )


def _instruction(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_so, if_not, value)


def _allowed(number: int) -> bytes:
    return _instruction(EQUAL, number, 0, 1) + _instruction(RETURN, ALLOW)


def _allowed_with(number: int, argument: int, values: tuple[int, ...]) -> bytes:
    """The call with one of `values` in the lower half of an argument."""
    body = [_instruction(LOAD, ARGUMENTS + 8 * argument), *map(_allowed, values)]
    return _call(number, b"".join(body))


def _asks_only(number: int) -> bytes:
    """`prlimit64` without new limits: both halves of its third argument are zero."""
    low, high = ARGUMENTS + 16, ARGUMENTS + 20
    both = _instruction(EQUAL, 0, 0, 3) + _instruction(LOAD, high)
    return _call(number, _instruction(LOAD, low) + both + _allowed(0))


def _call(number: int, body: bytes) -> bytes:
    """`body` for this call, which is refused when `body` lets it fall through."""
    body += _instruction(RETURN, REFUSE)
    return _instruction(EQUAL, number, 0, len(body) // 8) + body
