"""Real code to type in: a fixed list of modules of the running Python's standard library."""

import random
import re
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import frozen

MODULES = (
    "argparse.py",
    "asyncio/base_events.py",
    "calendar.py",
    "configparser.py",
    "dataclasses.py",
    "difflib.py",
    "enum.py",
    "fractions.py",
    "functools.py",
    "inspect.py",
    "ipaddress.py",
    "json/decoder.py",
    "mailbox.py",
    "shutil.py",
    "socketserver.py",
    "statistics.py",
    "subprocess.py",
    "tarfile.py",
    "tempfile.py",
    "threading.py",
    "typing.py",
    "zoneinfo/_zoneinfo.py",
)
CODE_LINE = re.compile(r"^([ \t]*)([^\s#].{7,})$", re.MULTILINE)


@frozen
class Place:
    """A document with a hole at `offset`, from which `removed` was taken."""

    text: str
    offset: int
    removed: str

    @classmethod
    def cut(cls, text: str, start: int, end: int) -> "Place":
        return cls(text[:start] + text[end:], start, text[start:end])


@cache
def sources() -> tuple[str, ...]:
    folder = Path(sysconfig.get_path("stdlib"))
    paths = (folder / name for name in MODULES)
    return tuple(path.read_text(encoding="utf-8") for path in paths if path.exists())


def long_file(lines: int) -> str:
    """The first `lines` lines of all modules, one after the other."""
    every = "\n".join(sources()).split("\n")
    return "\n".join(every[:lines]) + "\n"


def places(count: int, length: int) -> Iterator[Place]:
    """`length` characters cut out anywhere; the same places in every run."""
    chosen = random.Random(2)
    for text in _in_turn(count):
        start = chosen.randrange(len(text) // 8, len(text) - length)
        yield Place.cut(text, start, start + length)


def line_places(count: int) -> Iterator[Place]:
    """In turn, a line of code cut from its first character, and from somewhere within it."""
    chosen = random.Random(3)
    for number, text in enumerate(_in_turn(count)):
        line = chosen.choice(list(CODE_LINE.finditer(text)))
        start = line.start(2) + (chosen.randrange(2, len(line[2]) - 2) if number % 2 else 0)
        yield Place.cut(text, start, line.end(2))


def _in_turn(count: int) -> Iterator[str]:
    every = sources()
    for number in range(count):
        yield every[number % len(every)]
