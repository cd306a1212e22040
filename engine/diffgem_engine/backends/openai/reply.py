"""A chat completion as it streams in."""

import math
import time
from typing import Any

from attrs import define, field

from diffgem_engine.backends.openai.errors import Garbled
from diffgem_engine.backends.openai.said import in_words, is_text, whole_number
from diffgem_engine.backends.openai.server import Server

UNKNOWN = 0.5  # the confidence where a server tells no probabilities
CHARACTERS_A_TOKEN = 16  # more than code has: beyond that the server does not keep to its limit


@define
class Reply:
    """What came so far."""

    most: int  # characters
    until: float = math.inf  # by time.monotonic; past that, what came is enough
    text: str = ""
    finished: bool = False
    late: bool = False
    prompt_tokens: int = 0
    cached_tokens: int = 0
    _log_probs: list[float] = field(factory=list)

    def take(self, event: dict[str, Any]) -> bool:
        """Whether that is enough.  Raises what a dict of another shape raises."""
        self._take_usage(event.get("usage"))
        for choice in event.get("choices") or ():
            self.text += (choice.get("delta") or {}).get("content") or ""
            tokens = (choice.get("logprobs") or {}).get("content") or ()
            self._log_probs += [float(token["logprob"]) for token in tokens]
            self.finished |= choice.get("finish_reason") is not None
        self.late = bool(self.text) and time.monotonic() > self.until
        return self.late or len(self.text) > self.most

    @property
    def confidence(self) -> float:
        """The tokens' geometric mean probability."""
        if not self._log_probs:
            return UNKNOWN
        mean = sum(self._log_probs) / len(self._log_probs)
        return math.exp(min(0.0, mean)) if math.isfinite(mean) else UNKNOWN

    def _take_usage(self, usage: dict[str, Any] | None) -> None:
        if usage:
            details = usage.get("prompt_tokens_details") or {}
            self.prompt_tokens = whole_number(usage.get("prompt_tokens"))
            self.cached_tokens = whole_number(details.get("cached_tokens"))


async def chat(server: Server, body: dict[str, Any], deadline_ms: float | None) -> Reply:
    """Raises UpstreamError."""
    until = math.inf if deadline_ms is None else time.monotonic() + deadline_ms / 1000
    reply = Reply(CHARACTERS_A_TOKEN * int(body["max_tokens"]), until)

    def take(event: dict[str, Any]) -> bool:
        if (said := event.get("error")) is not None:
            raise Garbled(server.url, "gave up in the middle of an answer", words=in_words(said))
        try:
            return reply.take(event)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            raise Garbled(server.url, "streams events that are no chat completion") from None

    ended = await server.stream("/v1/chat/completions", body, take)
    if not (ended or reply.finished):
        raise Garbled(server.url, "broke off in the middle of a stream")
    if not is_text(reply.text):
        raise Garbled(server.url, "writes what is no Unicode")
    return reply
