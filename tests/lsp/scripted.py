"""A backend that answers what a test wrote down, and notes what it was asked."""

import asyncio

from attrs import evolve
from fakes import FakeBackend

from diffgem_engine.backends import RequestError
from diffgem_engine.protocol import Candidate, Hole, Progress, Result


class Scripted(FakeBackend):
    """`answers` are taken in order, the last one again and again: each a list of candidates, and
    each of those a text for every hole, or one text for all.  It hangs while `hanging`, and refuses
    more than one hole where it `refuses_several`.
    """

    def __init__(self, *answers, **welcome):
        super().__init__()
        self.answers, self.asked = [*answers], []
        self.hanging = self.refuses_several = False
        self.welcome = evolve(self.welcome, **welcome)

    async def infill(self, request, on_progress):
        self.asked.append(request)
        self.started.put_nowait(request.id)
        if on_progress is not None:
            on_progress(Progress(request.id, 1, ("a", "b"), "an"))
        if self.hanging:
            await self._forever(request)
        if self.refuses_several and len(request.canvas) > 1:
            raise RequestError("bad-request", "one hole and nothing beside it")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        holes = sum(isinstance(each, Hole) for each in request.canvas)
        candidates = tuple(
            Candidate((each,) * holes if isinstance(each, str) else each, 0.5) for each in answer
        )
        return Result(request.id, candidates, 2, 3, 1, 0.1, 0.2, 0.3)

    async def _forever(self, request):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.put_nowait(request.id)
            raise
