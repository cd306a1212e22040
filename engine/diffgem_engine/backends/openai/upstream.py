"""One of several upstreams: a server, and what is known of it."""

import asyncio
import logging
from typing import Generic, TypeVar

from attrs import define, field

from diffgem_engine.backends.openai.breaker import Breaker
from diffgem_engine.backends.openai.errors import UpstreamError
from diffgem_engine.backends.openai.names import UPSTREAM, Names
from diffgem_engine.backends.openai.news import BACK, News
from diffgem_engine.backends.openai.server import Server

log = logging.getLogger(__name__)

A = TypeVar("A")


@define(eq=False)
class Upstream(Generic[A]):
    """Its `ability` is whatever a survey finds."""

    server: Server
    names: Names = UPSTREAM
    breaker: Breaker = field(factory=Breaker)
    ability: A | None = None  # found out at the start, and after every rest
    outstanding: int = 0
    fault: UpstreamError | None = None  # the last, since it answered
    in_doubt: bool = False  # a fault was the latest that is known of it
    news: News = field(factory=News)
    looking: "asyncio.Task[A] | None" = None

    @property
    def up(self) -> bool:
        return self.breaker.lets_in and not self.in_doubt

    def fails(self, error: UpstreamError, trace: str = "") -> None:
        self.doubt(error)
        self._say(logging.WARNING, error.why, trace)

    def doubt(self, error: UpstreamError) -> None:
        self.fault, self.in_doubt = error, self.in_doubt or error.fault

    def showed(self, ability: A) -> None:
        self.ability, self.in_doubt = ability, False

    def answered(self, trace: str) -> None:
        if self.fault is not None:
            self._say(logging.INFO, BACK, trace)
        self.fault, self.in_doubt = None, False
        self.breaker.succeeded()

    def _say(self, level: int, line: str, trace: str) -> None:
        if self.news.is_new(line):
            what = self.names.what
            log.log(level, "%s %s %s", what, self.server.url, line, extra={"trace": trace})
