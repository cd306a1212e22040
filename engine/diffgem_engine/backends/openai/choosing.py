"""Which of several upstreams is asked: the one that likely has the prefix cached, as long as that
is fair.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

from diffgem_engine.backends.openai.upstream import Upstream

SLACK = 4  # requests in flight more than elsewhere, for the sake of a cached prefix
A = TypeVar("A")


def choose(awake: Sequence[Upstream[A]], key: str, tried: Sequence[Upstream[A]]) -> Upstream[A]:
    """One of `awake`, of which there is one at least; one that was tried where no other is left."""
    fresh = [u for u in awake if u not in tried] or awake
    # one request is enough to find out about who is on trial, if another can have the others
    fresh = [u for u in fresh if not (u.breaker.state == "on trial" and u.outstanding)] or fresh
    home = max(fresh, key=lambda u: _affinity(key, u.server.url))
    least = min(fresh, key=lambda u: u.outstanding)
    return home if home.outstanding <= least.outstanding + SLACK else least


def any_other(upstreams: Sequence[Upstream[A]], tried: Sequence[Upstream[A]]) -> bool:
    """Whether there is one that may be asked and was not."""
    return any(u.breaker.lets_in and u not in tried for u in upstreams)


def _affinity(key: str, url: str) -> bytes:
    """Of several upstreams the one with the largest is a key's home; it stays so when others come
    and go.
    """
    return blake2b(f"{url}\0{key}".encode("utf-8", "replace"), digest_size=8).digest()
