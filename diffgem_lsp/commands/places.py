"""FILE:LINE:COL on the command line -> a snapshot."""

import re
import sys
from pathlib import Path

from attrs import frozen

from diffgem_lsp.commands import STDIN
from diffgem_lsp.options.reading import LONGEST_SHOWN
from diffgem_lsp.options.settings import LARGEST_FILE, Options
from diffgem_lsp.privacy.eligibility import Eligibility
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import language_of

MOST_BYTES = 4 * LARGEST_FILE
_NUMBER = re.compile(r"[0-9]{1,9}")  # of lines or columns there are not more


class PlaceError(Exception):
    """A place that cannot be completed at; the message says why."""


@frozen
class Place:
    """`line` and `column` from 1; the column in code points."""

    file: str
    line: int
    column: int


def parse_place(text: str) -> Place:
    """Raises PlaceError.  The file's name may hold colons."""
    file, _, numbers = text.rpartition(":")
    file, _, line = file.rpartition(":")
    if not file or not _NUMBER.fullmatch(line) or not _NUMBER.fullmatch(numbers):
        raise PlaceError(
            f"{text[-LONGEST_SHOWN:]!r} is no place: "
            "give FILE:LINE:COL, as app.py:12:5; stdin is -:12:5"
        )
    if int(line) < 1 or int(numbers) < 1:
        raise PlaceError(f"lines and columns count from 1: {text!r}")
    return Place(file, int(line), int(numbers))


def open_place(place: Place, language: str | None) -> Snapshot:
    """The file with the cursor at the place.  Raises PlaceError; what takes no part is not read."""
    if place.file != STDIN and (reason := _why_not(place.file)):
        raise PlaceError(f"{place.file}: {reason}")
    text = _decode(_read(place.file), place.file)
    language = language or ("python" if place.file == STDIN else language_of(Path(place.file)))
    snapshot = Snapshot.of(text, 0, language or "plaintext", place.file)
    lines = snapshot.lines
    if place.line > lines.count:
        raise PlaceError(f"{place.file} has no line {place.line}: give 1 to {lines.count}")
    start, end = lines.start(place.line - 1), lines.end(place.line - 1)
    if place.column - 1 > end - start:
        raise PlaceError(
            f"line {place.line} of {place.file} has {end - start} characters, "
            f"give a column from 1 to {end - start + 1}"
        )
    return snapshot.at(start + place.column - 1)


def _why_not(file: str) -> str:
    try:
        full = Path(file).absolute()
    except OSError as error:  # the working folder is gone
        raise _unreadable(file, error) from error
    return Eligibility(Options()).reason(str(full), "", 0)


def _read(file: str) -> bytes:
    if file == STDIN:
        if sys.stdin is None:
            raise PlaceError("standard input is closed: give a FILE, or a text on it")
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
    else:
        try:
            with Path(file).open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise _unreadable(file, error) from error
    if len(data) > MOST_BYTES:
        raise PlaceError(f"{file} is too large: give one of {MOST_BYTES // 10**6} MB at most")
    return data


def _unreadable(file: str, error: OSError) -> PlaceError:
    return PlaceError(f"{file} cannot be read: {error.strerror}; give another")


def _decode(data: bytes, file: str) -> str:
    if b"\0" in data:
        raise PlaceError(f"{file} is binary, it holds NUL bytes: give a text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        why = f"{error.reason} at byte {error.start}"
        raise PlaceError(f"{file} is not UTF-8: {why}; save it as UTF-8") from error
