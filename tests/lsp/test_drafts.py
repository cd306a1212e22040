"""What the document has elsewhere for the hole, against a reference that looks at every place."""

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.prompt import drafts
from diffgem_lsp.prompt.drafts import LONGEST, LONGEST_MATCH, MOST, REACH, find
from diffgem_lsp.snapshots import Snapshot


def found(drawn, language="plaintext"):
    snapshot = Snapshot.of(drawn.replace("¦", ""), drawn.index("¦"), language)
    return find(snapshot, hole_at(snapshot))


def slow(before, head, tail, after):
    """`before` and `after` are whole lines; every rule as it is told."""
    typed, tail = head.lstrip(" \t"), tail.strip()
    earlier, later = before.split("\n")[:-1], after.split("\n")
    copies = []
    began, begin = ([], []) if not typed else (rests(lines, typed) for lines in (earlier, later))
    if began + begin:
        copies.append(max(began + begin, key=(began + begin).count))
    context = (before + head)[-LONGEST_MATCH:]
    for text, places in ((before, range(len(before))), (after, range(len(after) + 1))):
        sizes = {place: matched(text[:place], context) for place in places}
        longest = max(sizes.values(), default=0)
        best = [place for place, size in sizes.items() if size == longest]
        if longest >= 3:
            copies.append(text[best[-1 if text is before else 0] :].split("\n")[0])
    copies += followers(earlier, typed) + began[-1:] + begin[:1]
    fitting = []
    for copy in copies:
        whole = copy.rstrip() if typed else copy.strip()
        draft = whole[: len(whole) - len(tail)]
        if whole.endswith(tail) and draft.strip() and len(draft) <= LONGEST:
            fitting.append(draft)
    return tuple(dict.fromkeys(fitting))[:MOST]


def rests(lines, typed):
    starting = [line.lstrip(" \t") for line in lines]
    every = [line[len(typed) :].rstrip() for line in starting if line.startswith(typed)]
    return [rest for rest in every if rest]


def matched(text, context):
    size = 0
    while size < min(len(text), len(context)) and text[-size - 1] == context[-size - 1]:
        size += 1
    return size


def followers(earlier, typed):
    while earlier and not earlier[-1].strip():
        earlier = earlier[:-1]
    if not earlier:
        return []
    for place in reversed(range(len(earlier) - 1)):
        if earlier[place] == earlier[-1].rstrip():
            line = next(line.strip() for line in earlier[place + 1 :] if line.strip())
            return [line[len(typed) :]] if line.startswith(typed) else []
    return []


LINE = st.text("ab( ", max_size=7) | st.sampled_from(["aba", "  aba", "ab(a)", "ab(b)", "", " "])
LINES = st.lists(LINE, max_size=12)


@settings(max_examples=300)
@given(LINES, LINE, st.sampled_from(["", " ", ")", "a"]), LINES)
@example(["aba"] * 3, "ab", "", ["aba"])
@example(["  aba", "ab"], "ab", "", [])
@example([], "", "", [])
@example(["aba", "", "aba", " "], "", "", [])
@example(["", "", "", "", "a", "", "", "", ""], "", "", [])
def test_it_equals_the_slow_reference(earlier, head, tail, later):
    """Guards searches that go on where the last match was, and what ends at the line itself."""
    before = "".join(line + "\n" for line in earlier)
    after = "\n".join(later)
    snapshot = Snapshot.of(before + head + tail + "\n" + after, len(before + head), "plaintext")
    assert find(snapshot, hole_at(snapshot)) == slow(before, head, tail, after)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from([3, 40, 150, LONGEST_MATCH, LONGEST_MATCH + 30]))
def test_long_matches_equal_the_slow_reference(seed, size):
    """Guards the halving between the shortest and the longest match, and the longest itself."""
    draw = random.Random(seed)
    text = "".join(draw.choices("ab\n", (6, 6, 1), k=size))
    places = [text[draw.randrange(size) :] + draw.choice("ab") * 3 + "\n" for _ in range(12)]
    before, after = "".join(places[:6]), "".join(places[6:])
    head = text.rpartition("\n")[2]
    before += text[: len(text) - len(head)]
    snapshot = Snapshot.of(before + head + "\n" + after, len(before + head), "plaintext")
    assert find(snapshot, hole_at(snapshot)) == slow(before, head, "", after)


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ("total = count(a)\nx\n  total = ¦", ("count(a)",)),
        ("total = ¦\nx\n  total = count(a)  \n", ("count(a)",)),
        ("if a:\n    run(b)\nif a:\n    ¦\n", ("run(b)",)),
        ("open(a)\nread(b)\nopen(a)\n¦\n", ("read(b)",)),
        ("run(first, second)\nrun(¦)\n", ("first, second",)),
        ("run(first, second):\nrun(¦)\n", ()),
        ("run(first)\nrun(first)¦\n", ()),
        ("ab\r\nabc\r\nab¦\r\n", ("c",)),
        ("ab\rabc\rab¦\r", ("c",)),
        ("x = aaa1; x = aaa¦", ()),
        ("¦", ()),
        ("\n\n  ¦\n\n", ()),
    ],
)
def test_examples(drawn, expected):
    """Guards line ends, tails, indentation, and the cursor's own line, which is no source."""
    assert found(drawn) == expected


def test_at_most_five_and_the_most_frequent_first():
    """Guards the wire's limit on drafts."""
    lines = ["x = one", "x = two", "x = two", "y", "x = three", "k", "x = four"]
    drawn = "\n".join([*lines, "k", "x = ¦", "x = five", "z", "k", "x = six"])
    assert found(drawn) == ("two", "four", "six", "five")
    assert len(found("\n".join(f"a{n}b{n % 3}" for n in range(99)) + "\na¦\na1")) <= MOST


def test_what_is_far_away_or_long_is_left_alone():
    """Guards the time that a key may take, and texts that no hole has slots for."""
    filler = "y" * 99 + "\n"
    near, far = filler * (REACH // 100 - 1), filler * (REACH // 100 + 1)
    assert found(f"ab = cd\n{near}ab ¦") == ("= cd",)
    assert found(f"ab ¦\n{near}ab = cd") == ("= cd",)
    assert found(f"ab = cd\n{far}ab ¦") == ()
    assert found(f"ab ¦\n{far}ab = cd\n") == ()
    assert found(f"ab{'c' * LONGEST}\nab¦") == ("c" * LONGEST,)
    assert found(f"ab{'c' * LONGEST}c\nab¦") == ()


@pytest.mark.parametrize("piece", ["ab = foo(ab, 1)\n", "a\n", "\n", "a", "a" * 199 + "b", "  "])
def test_hostile_documents_cost_little(piece):
    """A search that begins anew at every match: seconds at a key."""
    text = piece * (400_000 // len(piece))
    snapshot = Snapshot.of(text[:200_000] + "\nc" + text[200_000:], 200_002, "plaintext")
    began = time.thread_time()
    drafts.find(snapshot, hole_at(snapshot))
    assert time.thread_time() - began < 0.2  # seconds; measured 0.011 at most
