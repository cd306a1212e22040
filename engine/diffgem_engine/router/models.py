"""A model beside the engine's own, as the router knows it.  Imports no HTTP client."""

from typing import Protocol

from attrs import frozen


@frozen
class Completed:
    """`confidence` is 0 where the server tells no probabilities."""

    text: str
    confidence: float = 0.0


class Second(Protocol):
    """`second.SecondModel` is one; a call that is cancelled ends its work."""

    async def complete(
        self,
        prompt: str,
        suffix: str,
        max_tokens: int,
        *,
        deadline_s: float | None,
        trace: str,
    ) -> Completed: ...

    async def close(self) -> None: ...
