import time

import pytest

from diffgem_lsp.inline.cache import ENTRIES, LARGEST, MOST, TypedThrough
from diffgem_lsp.inline.choices import Choice
from diffgem_lsp.snapshots import Snapshot

TEXT = "a = 1\nb = \nc = 3\n"
AT = TEXT.index("b = ") + 4


def of(text, offset, uri="a.py"):
    return Snapshot.of(text, offset, "plaintext", uri)


@pytest.fixture
def cache():
    made = TypedThrough()
    made.put(of(TEXT, AT), (Choice("foo(1)", 0.5),))
    return made


def typed(text, at=AT):
    return of(TEXT[:at] + text + TEXT[at:], at + len(text))


@pytest.mark.parametrize("count", range(len("foo(1)")))
def test_typing_leaves_the_rest(cache, count):
    """Each key asked the engine again, and got another text."""
    (found,) = cache.get(typed("foo(1)"[:count]))
    assert (found.text, found.confidence) == ("foo(1)"[count:], 0.5)


def test_typing_all_of_it_leaves_nothing(cache):
    """An empty completion was shown, for ever."""
    assert cache.get(typed("foo(1)")) == ()


@pytest.mark.parametrize(
    "now",
    [
        typed("fob"),
        typed("foo(1) "),
        of(TEXT, AT, "b.py"),
        of(TEXT, AT - 1),
        of(TEXT, AT + 1),
        of(TEXT.replace("a = 1", "a = 2"), AT),
        of(TEXT.replace("c = 3", "c = 4"), AT),
        of("x" + TEXT, AT + 1),
        of(TEXT[1:], AT - 1),
        of(TEXT + "x", AT),
        of(TEXT[:AT] + "f)" + TEXT[AT:], AT + 1),
    ],
)
def test_anything_else_invalidates(cache, now):
    """Continue's cache is keyed on the prefix only: it shows text that no longer fits."""
    assert cache.get(now) == ()


def test_the_newest_that_fits(cache):
    """The completion of an earlier visit came back over the one just shown."""
    cache.put(of(TEXT, AT), (Choice("bar", 0.9),))
    assert cache.get(of(TEXT, AT))[0].text == "bar"
    assert cache.get(typed("f"))[0].text == "oo(1)"


def test_memory_is_bounded():
    """Every keystroke in a large file kept the whole file and its tree."""
    cache = TypedThrough()
    cache.put(of("x" * (LARGEST + 1), 5), (Choice("y", 0.5),))
    assert cache.get(of("x" * (LARGEST + 1), 5)) == ()
    for number in range(3 * ENTRIES):
        cache.put(of("x" * (LARGEST - number), 5), (Choice("y", 0.5),))
    kept = [number for number in range(3 * ENTRIES) if cache.get(of("x" * (LARGEST - number), 5))]
    assert kept[-1] == 3 * ENTRIES - 1
    assert len(kept) <= MOST // (LARGEST - 3 * ENTRIES)
    for number in range(3 * ENTRIES):
        cache.put(of("x" * number, 0), (Choice("y", 0.5),))
    assert sum(cache.get(of("x" * number, 0)) != () for number in range(48)) == ENTRIES


def test_a_large_document_costs_little():
    """16 copies of a megabyte, twice, at each key."""
    text = "some code in a line\n" * 50_000
    cache = TypedThrough()
    for number in range(4):
        cache.put(
            of(text[:500_000] + str(number) + text[500_001:], 900_000), (Choice("completion", 0.5),)
        )
    now = of(text[:900_000] + "comp" + text[900_000:], 900_004)
    took = []
    for _ in range(5):
        began = time.thread_time()
        assert cache.get(now) == ()
        took.append(time.thread_time() - began)
    assert min(took) < 0.01  # seconds; measured 0.0005


@pytest.mark.parametrize(
    ("shown", "drawn", "rest"),
    [
        ("foo(1)", "foo(¦)", "1"),
        ("foo[a(b)]", "foo[¦]", "a(b)"),
        ("foo('a')", "foo('¦'", ""),
        ("'a'", "'¦'", "a"),
        ("foo(1).bar", "foo(¦)", ""),
        ("foo(1)", "fo¦)", ""),
        ("foo(1)", "foo(¦]", ""),
        ("foo()", "foo(¦)", ""),
    ],
)
def test_an_editor_that_closes_what_is_opened(shown, drawn, rest):
    """The bracket that came with the key took the ghost text away."""
    cache = TypedThrough()
    cache.put(of(TEXT, AT), (Choice(shown, 0.5),))
    at = drawn.index("¦")
    now = TEXT[:AT] + drawn.replace("¦", "") + TEXT[AT:]
    assert [choice.text for choice in cache.get(of(now, AT + at))] == ([rest] if rest else [])


def test_of_several_those_that_fit_stay():
    """The first did not fit, and the second was asked for again."""
    cache = TypedThrough()
    cache.put(of(TEXT, AT), (Choice("foo", 0.9), Choice("bar", 0.5), Choice("bat", 0.4)))
    assert [choice.text for choice in cache.get(typed("ba"))] == ["r", "t"]
