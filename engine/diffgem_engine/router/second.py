"""A second model, behind any OpenAI-compatible server: text in, text out."""

import asyncio
import contextlib
import math
from functools import partial
from typing import Any

from diffgem_engine.backends.base import RequestError
from diffgem_engine.backends.openai.errors import Garbled, Refused
from diffgem_engine.backends.openai.names import SECOND
from diffgem_engine.backends.openai.pool import Pool
from diffgem_engine.backends.openai.said import is_text
from diffgem_engine.backends.openai.server import Patience, Server
from diffgem_engine.backends.openai.upstream import Upstream
from diffgem_engine.metrics.meter import Meter
from diffgem_engine.router.models import Completed

PATIENCE = Patience(whole_s=60.0)  # where the request has no deadline
UNKNOWN_FIELD = (400, 422)  # what servers answer to one


class SecondModel:
    """Cancelling a call closes its connection, which ends the work at the other end."""

    def __init__(self, server: Server, model: str) -> None:
        self.model = model
        self._url = server.url
        self._pool = Pool([Upstream(server, SECOND, ability=True)], _there)
        self._tells = True  # probabilities; until it has once refused them and answered without

    def report_to(self, meter: Meter) -> None:
        self._pool.report_to(meter)

    async def complete(
        self,
        prompt: str,
        suffix: str,
        max_tokens: int,
        *,
        deadline_s: float | None,
        trace: str,
    ) -> Completed:
        """Raises RequestError for whatever is wrong over there."""
        body: dict[str, Any] = {
            "model": self.model,
            "prompt": prompt,
            "suffix": suffix,
            "max_tokens": max_tokens,
            "temperature": 0,
        }
        try:
            async with asyncio.timeout(deadline_s):
                return await self._pool.run("", partial(self._completed, body), trace)
        except TimeoutError:
            raise RequestError(
                "unavailable",
                f"{SECOND.what} {self._url} has not answered within {deadline_s:g} s, "
                "the request's deadline: give it more time",
            ) from None

    async def close(self) -> None:
        await self._pool.close()

    async def _completed(self, body: dict[str, Any], server: Server, _there: bool) -> Completed:
        """Once more without probabilities, where the server refuses to tell any."""
        if self._tells:
            try:
                return await _asked(server, {**body, "logprobs": 1})
            except Refused as error:
                if error.status not in UNKNOWN_FIELD:
                    raise
        found = await _asked(server, body)
        self._tells = False
        return found


async def _there(server: Server) -> bool:
    """Also one that lists no models.  Raises UpstreamError."""
    with contextlib.suppress(Refused):
        await server.answers("/v1/models")
    return True


async def _asked(server: Server, body: dict[str, Any]) -> Completed:
    answer = await server.json("POST", "/v1/completions", body)
    try:
        [choice, *_] = answer["choices"]
        text, confidence = choice["text"], _confidence(choice.get("logprobs"))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        text, confidence = None, 0.0
    if not is_text(text):
        raise Garbled(server.url, "answers what is no completion")
    return Completed(text, confidence)


def _confidence(logprobs: Any) -> float:
    found = logprobs.get("token_logprobs") if isinstance(logprobs, dict) else None
    values = [each for each in found or () if isinstance(each, int | float) and each <= 0]
    return math.exp(sum(values) / len(values)) if values else 0.0
