"""The prefix cache: longest common prefix, byte budget, least recently used, superseding."""

import random

from attrs import frozen

from diffgem_engine.core.prefix_cache import SUPERSEDED_TAIL, PrefixCache


@frozen
class Kv:
    name: str
    nbytes: int = 1
    least: int = 0

    def reused(self, length):
        return length if length >= self.least else 0


def cache_of(*entries, budget=100):
    cache = PrefixCache(budget)
    for ids, payload in entries:
        cache.put(ids, payload)
    return cache


def long(first, length=40):
    """Ids that share nothing with those of another `first`."""
    return [first, *range(1000, 999 + length)]


A, B, C = Kv("a"), Kv("b"), Kv("c")


def test_the_longest_common_prefix_wins():
    """Guards a first match that is taken for the best."""
    base = list(range(100))
    cache = cache_of((base[:40] + [500] * 60, A), (base[:70] + [600] * 30, B), (long(-1), C))
    found = cache.match(base)
    assert (found.payload, found.length) == (B, 70)


def test_nothing_in_common_is_no_match():
    cache = cache_of((long(1), A))
    assert cache.match(long(2)) is None
    assert cache.match([]) is None


def test_the_least_recently_used_goes_first():
    """Guards an order by age of the entry: a match makes it young again."""
    cache = cache_of((long(1), A), (long(2), B), budget=2)
    cache.match(long(1))
    cache.put(long(3), C)
    assert cache.match(long(1)).payload == A
    assert cache.match(long(2)) is None
    assert cache.match(long(3)).payload == C


def test_the_budget_counts_bytes_and_spares_the_newest():
    """Guards an entry larger than the budget that would be dropped as it comes in."""
    cache = cache_of((long(1), Kv("a", 60)), (long(2), Kv("b", 30)), budget=100)
    cache.put(long(3), Kv("c", 50))
    assert (len(cache), cache.nbytes) == (2, 80)
    cache.put(long(4), Kv("huge", 5000))
    assert (len(cache), cache.nbytes) == (1, 5000)


def test_typing_supersedes_what_was_there_a_few_keys_ago():
    """Guards a budget that fills with one buffer's every state."""
    cache = PrefixCache(100)
    text = list(range(80))
    for end in range(40, 80):
        cache.put(text[:end], Kv(str(end)))
    assert len(cache) == 1
    assert cache.match(text).payload.name == "79"


def test_another_branch_of_a_document_is_kept():
    """Guards an undo that finds the older state gone."""
    text = list(range(80))
    cut = len(text) - SUPERSEDED_TAIL - 1
    cache = cache_of((text, A), (text[:cut], B))
    assert cache.match(text).payload == A
    cache.put(text[: cut + 1], C)  # shares all but the tail of both
    assert cache.match(text).payload == C
    assert len(cache) == 1


def common(a, b):
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return same


def test_it_behaves_as_a_list_that_is_searched_by_hand():
    """Guards any mix of puts and matches, against a model without arrays."""
    for seed in range(30):
        draw = random.Random(seed)
        cache, model, budget = PrefixCache(12), [], 12
        for step in range(60):
            ids = [draw.randrange(2) for _ in range(draw.randrange(1, 4))]
            ids += [7] * draw.randrange(0, 30)
            if draw.random() < 0.5:
                payload = Kv(f"{seed}.{step}", draw.randrange(1, 6))
                cache.put(ids, payload)
                model = [e for e in model if common(e[0], ids) < len(e[0]) - SUPERSEDED_TAIL]
                model.append((ids, payload))
                while len(model) > 1 and sum(e[1].nbytes for e in model) > budget:
                    model.pop(0)
            else:
                best = max(model, key=lambda e: common(e[0], ids), default=None)
                found = cache.match(ids)
                if best is None or common(best[0], ids) == 0:
                    assert found is None
                else:
                    assert (found.payload, found.length) == (best[1], common(best[0], ids))
                    model.remove(best)
                    model.append(best)
            assert cache.nbytes == sum(e[1].nbytes for e in model)
            assert len(cache) == len(model)
