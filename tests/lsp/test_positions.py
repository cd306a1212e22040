import pytest
from lsprotocol.types import Position, Range

from diffgem_lsp.text.lines import Lines
from diffgem_lsp.text.positions import UTF8, UTF16, UTF32, edit_of, offset_of, position_of

ENCODINGS = [UTF8, UTF16, UTF32]


@pytest.mark.parametrize(
    ("encoding", "units"), [(UTF8, [0, 1, 3, 7, 8]), (UTF16, [0, 1, 2, 4, 5]), (UTF32, range(5))]
)
def test_counts_in_the_units_of_the_client(encoding, units):
    """Guards against code points, bytes and utf-16 units mistaken for one another."""
    lines = Lines.of("\naé😀b")
    for offset, character in enumerate(units, start=1):
        assert position_of(lines, offset, encoding) == Position(1, character)
        assert offset_of(lines, Position(1, character), encoding) == offset


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_past_the_end_of_a_line_is_its_end(encoding, ending):
    """Guards against a column too large landing after the newline, on the next line."""
    lines = Lines.of(f"é{ending}b")
    assert offset_of(lines, Position(0, 99), encoding) == 1
    assert offset_of(lines, Position(1, 99), encoding) == len(lines.text)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_past_the_last_line_is_the_end_of_the_text(encoding):
    """Guards against an IndexError for whole-document ranges such as 0:0-999999:0."""
    assert offset_of(Lines.of("a\nb"), Position(2, 0), encoding) == 3
    assert offset_of(Lines.of(""), Position(7, 7), encoding) == 0


@pytest.mark.parametrize(("encoding", "inside"), [(UTF8, (2, 3, 4)), (UTF16, (2,))])
def test_inside_a_character_is_before_it(encoding, inside):
    """Guards against UnicodeDecodeError, and against a cursor behind what it stands in."""
    lines = Lines.of("a😀b")
    for character in inside:
        assert offset_of(lines, Position(0, character), encoding) == 1


def test_a_lone_half_is_a_character_of_its_own():
    """Guards against the lone half before the cursor taken for a half cut off by it."""
    lines = Lines.of("a\ud83db")
    assert offset_of(lines, Position(0, 2), UTF16) == 2
    assert offset_of(lines, Position(0, 4), UTF8) == 2


def test_between_cr_and_lf_is_the_end_of_the_line():
    """Guards against ranges that end between the halves of a line ending, which no client has."""
    lines = Lines.of("ab\r\nc")
    assert position_of(lines, 3, UTF16) == Position(0, 2)
    assert offset_of(lines, Position(0, 3), UTF16) == 2


@pytest.mark.parametrize("odd", ["\f", "\v", "\x85", "\u2028", "\u2029", "\x1c"])
def test_only_lsp_line_endings_end_lines(odd):
    """Guards against str.splitlines, which also splits at these."""
    lines = Lines.of(f"a{odd}b\nc")
    assert lines.count == 2
    assert lines.line_text(0) == f"a{odd}b"
    assert offset_of(lines, Position(1, 0), UTF32) == 4


def test_a_range_may_be_back_to_front():
    """Guards against an insertion in the wrong place, or a crash, for a swapped range."""
    lines = Lines.of("ab\ncd")
    assert edit_of(lines, Range(Position(1, 1), Position(0, 1)), "x", UTF16) == (1, 4, "x")


def test_a_utf16_edit_may_keep_half_of_a_character():
    """Guards against the loss of the half that the client still has."""
    lines = Lines.of("a😀b")
    before, inside, after = Position(0, 1), Position(0, 2), Position(0, 3)
    assert edit_of(lines, Range(before, inside), "", UTF16) == (1, 2, "\ude00")
    assert edit_of(lines, Range(inside, after), "", UTF16) == (1, 2, "\ud83d")
    assert edit_of(lines, Range(inside, inside), "x", UTF16) == (1, 2, "\ud83dx\ude00")
