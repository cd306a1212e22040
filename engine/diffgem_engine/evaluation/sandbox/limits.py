"""What a program may use, and what holds it."""

from attrs import frozen

MIB = 1 << 20


@frozen
class Limits:
    """Of one run.  Sizes are bytes.

    `seconds` is wall-clock time, from the interpreter's start; `memory` is address space, the
    interpreter's own 30 MiB included; `file_bytes` bounds each file, `folder_bytes` all of them;
    of what is printed the first `output_bytes` are kept.
    """

    seconds: float = 5.0
    memory: int = 512 * MIB
    file_bytes: int = 8 * MIB
    folder_bytes: int = 32 * MIB
    output_bytes: int = 64 << 10


@frozen
class Layers:
    """Which of the locks that can be left out are on: to show what each holds by itself."""

    seccomp: bool = True
    landlock: bool = True
    audit: bool = True


ORDINARY = Limits()
ALL = Layers()
