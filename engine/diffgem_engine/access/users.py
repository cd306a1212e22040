"""Whom a request is for."""

import itertools

from attrs import evolve, field, frozen

INFILL = "infill"
METRICS = "metrics"
RIGHTS = (INFILL, METRICS)


@frozen
class User:
    """`weight` is a share of the engine where several want it; None is without a limit."""

    name: str
    rights: frozenset[str] = field(default=frozenset({INFILL}))
    weight: float = 1.0
    rate: float | None = None  # requests a second, in the long run
    burst: int = 20  # requests at once, after a pause
    concurrency: int | None = None  # requests in flight
    client: str = ""  # which of the user's clients, where each waits in line as a user of its own

    @property
    def in_line(self) -> str:
        """Who takes turns with others."""
        return f"{self.name} {self.client}" if self.client else self.name


LOCAL = User("local", frozenset(RIGHTS))  # by a unix socket that is its owner's alone, or loopback

_numbers = itertools.count(1)  # of clients without a name


def one_of_many(user: User) -> User:
    """Whoever comes without a name is as many people as there are editors."""
    return evolve(user, client=str(next(_numbers))) if user is LOCAL else user
