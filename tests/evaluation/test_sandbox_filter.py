"""The filter of system calls, read as the kernel reads it: also for another machine's numbers."""

import struct

import pytest

from diffgem_engine.evaluation.sandbox.inside.seccomp import ALLOW, AUDIT_NAMES, KILL, REFUSE
from diffgem_engine.evaluation.sandbox.inside.seccomp import program as filter_of
from diffgem_engine.evaluation.sandbox.inside.syscalls import WITH_ARGUMENTS, numbers

OWN = 4242
MACHINES = sorted(AUDIT_NAMES)
# https://github.com/torvalds/linux: arch/x86/entry/syscalls/syscall_64.tbl, asm-generic/unistd.h
REFUSED = {
    "x86_64": {"clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "clone3": 435}
    | {"socket": 41, "connect": 42, "ptrace": 101, "chmod": 90, "link": 86, "memfd_create": 319}
    | {"execveat": 322, "io_uring_setup": 425, "shmget": 29, "prctl": 157, "seccomp": 317},
    "aarch64": {"clone": 220, "execve": 221, "kill": 129, "clone3": 435, "socket": 198}
    | {"connect": 203, "ptrace": 117, "fchmodat": 53, "linkat": 37, "memfd_create": 279}
    | {"execveat": 281, "io_uring_setup": 425, "shmget": 194, "prctl": 167, "seccomp": 277},
}


def decide(machine, number, *arguments, architecture=None):
    """A machine for classic BPF that knows the three instructions of the filter."""
    arguments = [*arguments, *[0] * (6 - len(arguments))]
    shown = struct.pack("=iIQ6Q", number, architecture or AUDIT_NAMES[machine], 0, *arguments)
    code = list(struct.iter_unpack("HBBI", filter_of(machine, OWN)))
    at = value = 0
    while True:
        kind, if_so, if_not, operand = code[at]
        at += 1
        if kind == 0x20:
            (value,) = struct.unpack_from("=I", shown, operand)
        elif kind == 0x15:
            at += if_so if value == operand else if_not
        else:
            assert kind == 0x06
            return operand


@pytest.mark.parametrize("machine", MACHINES)
def test_what_an_interpreter_needs_is_let_through(machine):
    table = numbers(machine)
    assert {"read", "write", "openat", "mmap", "futex", "exit_group"} <= set(table)
    assert len(set(table.values())) == len(table)
    assert {decide(machine, number) for number in table.values()} == {ALLOW}


@pytest.mark.parametrize("machine", MACHINES)
def test_all_else_is_refused(machine):
    """Guards a slip in a column of numbers: each of these by its name, and what is yet to come."""
    assert {decide(machine, number) for number in REFUSED[machine].values()} == {REFUSE}
    with_arguments = numbers(machine, WITH_ARGUMENTS)  # of zeros, here
    questions = {with_arguments["fcntl"], with_arguments["prlimit64"]}
    allowed = questions | set(numbers(machine).values())
    for number in (*range(600), 0x40000000, 0x40000000 + 57, 2**31 - 1):
        assert (decide(machine, number) == ALLOW) == (number in allowed)


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("tgkill", [(OWN, 1, 6)], [(1, 1, 9), (OWN + 1, 1, 9)]),
        ("fcntl", [(3, 2, 1), (3, 1030, 0)], [(3, 8, 1), (3, 10, 9)]),
        ("ioctl", [(1, 0x5401)], [(1, 0x5412), (1, 0x8910)]),
        ("prlimit64", [(0, 9, 0, 2**40)], [(0, 9, 2**40), (0, 9, 16)]),
    ],
)
@pytest.mark.parametrize("machine", MACHINES)
def test_some_depend_on_their_arguments(machine, name, allowed, refused):
    """Guards signals to others, a terminal that is typed into, limits that are raised."""
    number = numbers(machine, WITH_ARGUMENTS)[name]
    assert decide(machine, number, *[2**33 - 1] * 6) == REFUSE
    assert {decide(machine, number, *case) for case in allowed} == {ALLOW}
    assert {decide(machine, number, *case) for case in refused} == {REFUSE}


def test_another_architectures_calls_end_the_process():
    """Guards the 32-bit numbers, which mean something else."""
    assert decide("x86_64", 0, architecture=0x40000003) == KILL


def test_an_unknown_machine_has_no_filter():
    assert numbers("riscv64") == {}
