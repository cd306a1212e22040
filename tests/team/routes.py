"""A backend with an answer for each path, and a second model that is a server."""

import asyncio

from attrs import evolve
from fakes import FakeBackend, ask

from diffgem_engine.backends import RequestError
from diffgem_engine.protocol import Candidate, Hole, Result
from diffgem_engine.router.models import Completed


class ByPath(FakeBackend):
    """`answers` are what each path comes to; `takes` how long, by a clock that stands still."""

    def __init__(self, answers, takes=None):
        super().__init__()
        self.answers, self.takes, self.asked, self.now = answers, takes or {}, [], 0.0

    async def infill(self, request, on_progress):
        self.asked.append(request)
        path = "autoregressive" if request.path == "auto" else request.path
        self.now += self.takes.get(path, 0.0)
        texts = ("".join((request.canvas[0].starts_with, self.answers[path])),)
        origin = "autoregressive" if path == "autoregressive" else "denoised"
        return Result(request.id, (Candidate(texts, 0.5, origin),), 2, 3, 1, 0.1, 0.2, 0.3)


class FakeSecond:
    def __init__(self, text=None):
        self.text, self.asked, self.closed = text, [], False

    async def complete(self, *asked, deadline_s, trace):
        self.asked.append((*asked, deadline_s, trace))
        if self.text is None:
            raise RequestError("unavailable", "the second model does not answer")
        return Completed(self.text, 0.25)

    async def close(self):
        self.closed = True


def hole(slots=40, suffix="", starts_with="", **fields):
    return evolve(ask(1, "x = ", **fields), suffix=suffix, canvas=(Hole(slots, starts_with),))


def answer(backend, request):
    return asyncio.run(backend.infill(request, None))
