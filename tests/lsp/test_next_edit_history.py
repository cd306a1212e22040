"""What counts as one change, and that no suggestion touches it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffgem_lsp.documents import Edit
from diffgem_lsp.next_edits.history import (
    CHANGES,
    DOCUMENTS,
    Change,
    History,
    with_edit,
    with_words_whole,
)
from diffgem_lsp.next_edits.proposals import Proposal, allowed, is_locked, lock_of
from diffgem_lsp.next_edits.renames import Renamed, renamed
from diffgem_lsp.snapshots import Snapshot

TEXTS = st.text("ab_ \n", max_size=12)
EDITS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), st.text("abXY ", max_size=4)))


def made(text, edits):
    """The text after the edits, and the changes as `History` has them."""
    changes = ()
    for at, size, new in edits:
        start = min(at, len(text))
        end = min(start + size, len(text))
        changes = with_edit(changes, Edit(start, text[start:end], new))
        text = text[:start] + new + text[end:]
        changes = with_words_whole(changes, text)
    return text, changes


@given(TEXTS, EDITS)
def test_changes_taken_back_give_the_text_before(text, edits):
    """A key beside an earlier one moved the wrong text."""
    after, changes = made(text, edits[:CHANGES])
    for change in sorted(changes, key=lambda each: each.start, reverse=True):
        assert after[change.start : change.end] == change.after
        after = after[: change.start] + change.before + after[change.end :]
    assert after == text


@given(TEXTS, EDITS, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), TEXTS)))
def test_what_was_typed_is_never_touched(text, edits, wanted):
    """Complaint six: it undoes what I have just typed."""
    after, changes = made(text, edits)
    proposals = [
        Proposal(start, min(start + size, len(after)), new, "rename", 0)
        for start, size, new in wanted
        if start <= len(after)
    ]
    for each in allowed(proposals, Snapshot.of(after, 0, "python"), changes):
        for change in changes:
            assert not (each.start < change.end and change.start < each.end)
            if not change.after:
                assert not each.start <= change.start <= each.end


def test_a_word_is_typed_key_by_key():
    history, text = History(), "total = 1\n"
    for at, key in enumerate("tally"):
        removed = text[at : at + 1]
        text = text[:at] + key + text[at + 1 :]
        history.record(snapshot(text), [Edit(at, removed, key)])
    assert history.of(URI) == (Change(1, "otal", "ally"),)
    assert lock_of(history.of(URI)[-1], text) == (0, 5)


@pytest.mark.parametrize(
    ("old", "new"), [("sum", "amount"), ("name", "key"), ("path", "where"), ("ab", "cabd")]
)
def test_a_word_with_a_letter_of_the_old_one_is_one_change(old, new):
    """At `am` the `m` of `sum` looked kept, the rest was another change, and no rename was seen."""
    changes = typed_anew(f"x = {old}\n", old, new)
    assert renamed(f"x = {new}\n", changes) == [Renamed(old, new, (4,))]


def test_two_edits_of_a_name_are_one_change():
    text = "fetch_the_title = 1\n"
    changes = (Change(0, "get", "fetch"), Change(30, "", "x"), Change(10, "name", "title"))
    whole = with_words_whole(changes, text)
    assert whole == (Change(30, "", "x"), Change(0, "get_the_name", "fetch_the_title"))


def test_edits_of_two_words_are_two_changes():
    changes = (Change(0, "a", "b"), Change(4, "c", "d"))
    for text in ("b = d", "b(x)d", "b__ d"):
        assert with_words_whole(changes, text) == changes


def test_a_name_that_is_typed_again_is_no_change():
    assert typed_anew("x = summa\n", "summa", "summa") == ()


def test_a_whole_document_is_sent_again():
    """Clients without incremental changes had all of it locked."""
    text = "a = 1\nb = 2\n"
    (change,) = with_edit((), Edit(0, text, "a = 1\nbc = 2\n"))
    assert change == Change(7, "", "c")


def test_what_is_taken_back_is_no_change():
    changes = with_edit(with_edit((), Edit(3, "", "xy")), Edit(3, "xy", ""))
    assert changes == ()


def test_only_the_latest_count():
    changes = ()
    for number in range(CHANGES + 3):
        changes = with_edit(changes, Edit(10 * number, "", "x"))
    assert [change.start for change in changes] == [10 * n for n in range(3, CHANGES + 3)]


def test_no_more_documents_than_are_edited():
    """Closed or not, each that was ever edited stayed in memory."""
    history = History()
    for number in range(DOCUMENTS + 5):
        history.record(snapshot("x", f"file:///{number}"), [Edit(0, "", "x")])
    assert history.of("file:///4") == ()
    assert history.of(f"file:///{DOCUMENTS + 4}") == (Change(0, "", "x"),)
    history.forget(f"file:///{DOCUMENTS + 4}")
    assert history.of(f"file:///{DOCUMENTS + 4}") == ()


def test_beside_a_lock_is_free():
    assert not is_locked(4, 4, (0, 4))
    assert not is_locked(0, 2, (2, 4))
    assert is_locked(3, 3, (0, 4))
    assert is_locked(2, 5, (4, 4))


URI = "file:///a.py"


def typed_anew(text, old, new):
    """The changes when `old` is deleted from its end on, and `new` typed for it, key by key."""
    history, at = History(), text.index(old)
    for size in range(len(old), 0, -1):
        last = at + size - 1
        edit, text = Edit(last, text[last], ""), text[:last] + text[last + 1 :]
        history.record(snapshot(text), [edit])
    for last, key in enumerate(new, at):
        text = text[:last] + key + text[last:]
        history.record(snapshot(text), [Edit(last, "", key)])
    return history.of(URI)


def snapshot(text, uri=URI):
    return Snapshot.of(text, 0, "python", uri)
