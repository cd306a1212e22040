"""A second model, behind any OpenAI-compatible server: text in, text out."""

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import httpx

from diffgem_engine.backends.base import RequestError
from diffgem_engine.http.fields import as_text
from diffgem_engine.router.errors import SecondError
from diffgem_engine.router.models import Completed

MOST_BYTES = 1 << 20  # of a reply
CONNECT_S = 2.0
WHOLE_S = 60.0  # where the request has no deadline


class _Refused(ValueError):
    """The request as it is."""


class SecondModel:
    """Cancelling a call closes its connection, which ends the work at the other end."""

    def __init__(self, url: str, model: str, key: str = "") -> None:
        """`url` without /v1 at its end; raises SecondError."""
        base = url.rstrip("/").removesuffix("/v1")
        _check(base)
        self.model, self._base = model, base
        self._http = httpx.AsyncClient(
            base_url=base,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(WHOLE_S, connect=CONNECT_S),
            trust_env=False,  # text goes to who is configured, and through nobody else
        )

    async def complete(
        self,
        prompt: str,
        suffix: str,
        max_tokens: int,
        stop: tuple[str, ...],
        *,
        deadline_s: float | None,
        trace: str,
    ) -> Completed:
        """Raises RequestError, "unavailable" for whatever is wrong over there."""
        body: dict[str, Any] = {
            "model": self.model,
            "prompt": prompt,
            "suffix": suffix,
            "max_tokens": max_tokens,
            "temperature": 0,
            "logprobs": 1,
        }
        body |= {"stop": list(stop)} if stop else {}
        try:
            async with asyncio.timeout(WHOLE_S if deadline_s is None else deadline_s):
                return _completed(await self._answer(body, trace))
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as error:
            reason = str(error) or type(error).__name__
            raise RequestError(
                "unavailable", f"the second model at {self._base} does not answer: {reason}"
            ) from error

    async def close(self) -> None:
        await self._http.aclose()

    async def _answer(self, body: dict[str, Any], trace: str) -> Any:
        """Once more without probabilities, where the server refuses to tell any."""
        headers = {"X-Request-Id": trace} if trace else {}
        try:
            return await self._post(body, headers)
        except _Refused:
            plain = {name: value for name, value in body.items() if name != "logprobs"}
            return await self._post(plain, headers)

    async def _post(self, body: dict[str, Any], headers: dict[str, str]) -> Any:
        whole = bytearray()
        async with self._http.stream(
            "POST", "/v1/completions", json=body, headers=headers
        ) as reply:
            if reply.status_code == 400:
                raise _Refused("HTTP 400")
            if reply.status_code != 200:
                raise ValueError(f"HTTP {reply.status_code}")
            async for chunk in reply.aiter_bytes():
                whole += chunk
                if len(whole) > MOST_BYTES:
                    raise ValueError(f"it answers more than {MOST_BYTES} bytes")
        return json.loads(whole)


def read_key(path: Path) -> str:
    """The file's one line: a key on a command line is everybody's to read.  SecondError."""
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise SecondError(f"--second-key-file {path} cannot be read: {error}") from error
    if not key or not key.isprintable() or " " in key:
        raise SecondError(f"--second-key-file {path} must hold one line: the key, and no spaces")
    return key


def _check(base: str) -> None:
    try:
        url = httpx.URL(base)
    except (httpx.InvalidURL, ValueError) as error:
        raise SecondError(f"--second-url: {error}; give http://HOST:PORT") from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise SecondError("--second-url must be http://HOST:PORT, without a password in it")


def _completed(body: Any) -> Completed:
    """Raises ValueError for what is no completion."""
    try:
        [choice, *_] = body["choices"]
        text = as_text("text", choice["text"])
    except (TypeError, KeyError, ValueError, RequestError) as error:
        raise ValueError("what it answers is no completion") from error
    return Completed(text, _confidence(choice.get("logprobs")))


def _confidence(logprobs: Any) -> float:
    found = logprobs.get("token_logprobs") if isinstance(logprobs, dict) else None
    values = [each for each in found or () if isinstance(each, int | float) and each <= 0]
    return math.exp(sum(values) / len(values)) if values else 0.0
