"""How a program says that it did not come to its end: a word, a space, a detail, in one line.

No secret is needed to say so.
"""

import errno

LONGEST = 500  # characters of a detail
FAILED, REFUSED = b"failed", b"refused"
OUT_OF_MEMORY = b"out-of-memory MemoryError\n"


def line(word: bytes, detail: str) -> bytes:
    one = " ".join(detail[:LONGEST].split())
    return b"%b %b\n" % (word, one.encode(errors="replace"))


def of_error(error: BaseException) -> bytes:
    """`refused` where the kernel would not let it, `failed` otherwise."""
    refused = isinstance(error, PermissionError)
    too_large = isinstance(error, OSError) and error.errno == errno.EFBIG
    return line(REFUSED if refused or too_large else FAILED, _words(error))


def _words(error: BaseException) -> str:
    """The last line of the traceback; its message is the program's own code, which may fail."""
    name = type.__getattribute__(type(error), "__name__")
    try:
        message = str(error)[:LONGEST]
    except BaseException:
        return f"{name}: <no message>"
    first = message.strip().split("\n")[0]
    return f"{name}: {first}" if first else str(name)
