"""What an edit says of a suggestion that is watched, and where it is then."""

import pytest

from diffgem_lsp.acceptance.watched import Watched, follow
from diffgem_lsp.documents import Edit


def played(watched, *inserted):
    """What edits at the cursor say, and what is left to watch."""
    heard = []
    for text in inserted:
        watched, news = follow(watched, Edit(watched.at, "", text))
        heard += [(news.what, news.text)] if news else []
        if watched is None:
            break
    return heard, watched and watched.texts


@pytest.mark.parametrize(
    ("suggested", "inserted", "heard", "left"),
    [
        (["foo(a)"], ["foo(a)"], [("accepted", "foo(a)")], None),
        (["foo(a)"], ["f", "o"], [], ("o(a)",)),
        (["foo(a)"], ["f", "oo(a)"], [("accepted", "oo(a)")], None),
        (["foo"], ["f", "o", "o"], [("typed", "")], None),
        (["foo(a)"], ["foo", "(a)"], [("partly", "foo"), ("accepted", "(a)")], None),
        (["foo(a)"], ["foo", "(", "a", ")"], [("partly", "foo")], None),
        (["foo(a)"], ["x"], [], None),
        (["(a)"], ["()"], [], None),  # the editor's own closer
        (["\n    return"], ["\n    "], [], ("return",)),  # and its indent
        (["()"], ["()"], [("typed", "")], None),
        (["foo", "far"], ["f", "ar"], [("accepted", "ar")], None),
        (["foo", "far"], ["fo"], [("partly", "fo")], ("o", "")),
        (["foo("], ["foo()"], [("accepted", "foo(")], None),
    ],
)
def test_what_insertions_say(suggested, inserted, heard, left):
    """Typing counted as accepting; an accepted word as typing."""
    assert played(Watched.of(3, "", tuple(suggested)), *inserted) == (heard, left)


@pytest.mark.parametrize(
    ("edit", "at"),
    [
        (Edit(0, "", "xy"), 12),
        (Edit(0, "abc", ""), 7),
        (Edit(11, "", "z"), 10),
        (Edit(9, "b", ""), None),  # backspace before it
        (Edit(10, "b", ""), None),
        (Edit(8, "abcd", "x"), None),
        (Edit(0, "0123456789", "01234567x9"), 10),
    ],
)
def test_edits_elsewhere(edit, at):
    """A suggestion was watched where the text was that it had been for."""
    watched, news = follow(Watched.of(10, "", ("foo",)), edit)
    assert (watched and watched.at, news) == (at, None)


def test_an_insertion_that_clients_tell_in_another_place():
    """ "fo" before "foo", said by a client that compares texts."""
    watched = Watched.of(1, "", ("fo",))
    _, news = follow(watched, Edit(3, "", "of"), "(fofoo")
    assert news is None
    _, news = follow(watched, Edit(3, "", "fo"), "(fofoo")
    assert (news.what, news.text, news.at) == ("accepted", "fo", 1)
    everything = Edit(0, "(foo", "(fofoo")
    _, news = follow(watched, everything, "(fofoo")
    assert (news.what, news.text, news.at) == ("accepted", "fo", 1)


def test_a_replacement():
    """Next edits: only all of it is an acceptance."""
    watched = Watched.of(4, "old_name(x)", ("new_name(x)",))
    assert (watched.at, watched.removed, watched.texts) == (4, "old", ("new",))
    assert follow(watched, Edit(4, "old", "new"))[1].what == "accepted"
    assert follow(watched, Edit(0, "x = old_name", "x = new_name"))[1].what == "accepted"
    assert follow(watched, Edit(4, "old", "newer")) == (None, None)
    assert follow(watched, Edit(5, "l", "")) == (None, None)
