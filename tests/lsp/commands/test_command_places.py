"""Where to complete: FILE:LINE:COL, and what of it cannot be read."""

import io
import sys

import pytest

from diffgem_lsp.commands import places
from diffgem_lsp.commands.places import Place, PlaceError, parse_place


def test_stdin(complete, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x\nab")))
    assert complete("-:1:2") == (0, "X\n", "")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x")))
    assert complete("-:2:1")[2] == "diffgem-lsp: <stdin> has no line 2: give 1 to 1\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a.py:1:2", Place("a.py", 1, 2)),
        ("a:b:3:4", Place("a:b", 3, 4)),
        ("C:\\a.py:3:4", Place("C:\\a.py", 3, 4)),
    ],
)
def test_places(text, place):
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["", "a.py", "a.py:1", ":1:1", "a:x:1", "a:1:x", "a:0:1", "a:1:0", "a:1:" + "9" * 5_000]
)
def test_what_is_no_place(text):
    with pytest.raises(PlaceError, match=r"FILE:LINE:COL|from 1"):
        parse_place(text)


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (None, "1:1", "cannot be read: No such file or directory"),
        (b"a\0b", "1:1", "is binary"),
        (b"a\xffb", "1:1", "is not UTF-8: invalid start byte at byte 1"),
        (b"a\nb", "3:1", "has no line 3: give 1 to 2"),
        (b"abc", "1:5", "has 3 characters, give a column from 1 to 4"),
        (b"abc", "1", "is no place: give FILE:LINE:COL"),
    ],
)
def test_bad_input_is_one_clear_line(complete, tmp_path, content, place, message):
    """A traceback."""
    path = tmp_path / "f"
    if content is not None:
        path.write_bytes(content)
    code, out, err = complete(f"{path}:{place}")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_folder_and_a_large_file(complete, tmp_path, monkeypatch):
    assert "Is a directory" in complete(f"{tmp_path}:1:1")[2]
    monkeypatch.setattr(places, "MOST_BYTES", 10)
    path = tmp_path / "f"
    path.write_bytes(b"x" * 11)
    code, _, err = complete(f"{path}:1:1")
    assert (code, "too large" in err) == (2, True)


def test_without_standard_input(complete, monkeypatch):
    """`<&-`, as a cron job has it: AttributeError."""
    monkeypatch.setattr(sys, "stdin", None)
    said = "diffgem-lsp: standard input is closed: give a FILE, or a text on it\n"
    assert complete("-:1:1") == (2, "", said)


def test_in_a_folder_that_is_gone(complete, tmp_path, monkeypatch):
    """A branch was changed in another terminal: a traceback of getcwd."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    said = "diffgem-lsp: x.py cannot be read: No such file or directory; give another\n"
    assert complete("x.py:1:1") == (2, "", said)
    said = "diffgem-lsp: socket path s: No such file or directory; give another\n"
    assert complete(f"{__file__}:1:1", "--socket", "s") == (2, "", said)
