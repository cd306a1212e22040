"""Editors' requests on servers that speak OpenAI's HTTP: no model and no torch in this process."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from diffgem_engine import __version__
from diffgem_engine.backends.base import ProgressSink, RequestError
from diffgem_engine.backends.candidates import agreed
from diffgem_engine.backends.openai import chatting
from diffgem_engine.backends.openai.errors import Refused, UpstreamError
from diffgem_engine.backends.openai.names import UPSTREAM
from diffgem_engine.backends.openai.pool import Pool
from diffgem_engine.backends.openai.reply import Reply, chat
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.openai.together import together
from diffgem_engine.backends.openai.upstream import Upstream
from diffgem_engine.backends.vllm.pinned import PinnedFill
from diffgem_engine.backends.vllm.survey import PROMPT_TOKENS, Ability, Survey
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.metrics.meter import Meter
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Candidate,
    Infill,
    Result,
    Review,
    Reviewed,
    Welcome,
)

if TYPE_CHECKING:
    from diffgem_engine.checkpoint.tokenizer import CodeTokenizer

BAD_REQUEST = 400  # what a server answers to a prompt that is too long, among others
SHORTER = 4  # times, when it did
PINNED = "pinned"  # the path of a request that says nothing else, as a metric's label has it
HEAD = 256  # characters of a document's beginning, by which its upstream is chosen
LATE_S = 5.0  # for a first word: past a deadline there is to be one
SEQUENCES = 64  # a server batches so many well; its own limit is higher, and it queues beyond


class VllmBackend:
    """Never broken: an upstream that is away may come back."""

    broken = False

    def __init__(
        self,
        servers: Sequence[Server],
        model: str | None = None,
        tokenizer: "CodeTokenizer | None" = None,
    ) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._meter: Meter | None = None
        upstreams = [Upstream[Ability](server) for server in servers]
        self._pool = Pool(upstreams, Survey(model, tokenizer))

    @property
    def welcome(self) -> Welcome:
        """What is known by now of the upstreams; the shortest of their prompts."""
        able = [u.ability for u in self._pool.upstreams if u.ability is not None]
        return Welcome(
            protocol=PROTOCOL_VERSION,
            engine=__version__,
            model=self._model or (able[0].model if able else "upstream"),
            device="upstream",
            dtype="none",
            max_slots=LONGEST_CANVAS,
            prompt_tokens=min((a.prompt_tokens for a in able), default=PROMPT_TOKENS),
            hole_slots=LONGEST_CANVAS,
            instructions=True,
        )

    @property
    def most_at_once(self) -> int:
        return SEQUENCES * len(self._pool.upstreams)

    def when_broken(self, call: Callable[[], None]) -> None:
        """It never is."""

    def report_to(self, meter: Meter) -> None:
        self._meter = meter
        self._pool.report_to(meter)

    async def unready(self) -> str:
        return await self._pool.unready()

    async def infill(self, request: Infill, on_progress: ProgressSink | None) -> Result:
        """Raises RequestError.  Cancelling it closes the connections to the upstream.

        Of a request's drafts and of the progress nothing is made: the upstream has no word for
        them.
        """
        if request.path == "autoregressive":
            raise RequestError(
                "bad-request",
                "an upstream denoises: ask for the path diffusion or auto, or an engine of its own",
            )
        key = request.prefix[:HEAD]
        asked = self._pool.run(key, partial(self._fill, request), request.trace)
        if request.deadline_ms is None:
            return await asked
        try:
            async with asyncio.timeout(request.deadline_ms / 1000 + LATE_S):
                return await asked
        except TimeoutError:
            raise RequestError(
                "overloaded",
                f"no upstream has answered {LATE_S:g} s past the request's deadline: ask for less, "
                "or give it more time",
            ) from None

    async def review(self, request: Review) -> Reviewed:
        raise RequestError(
            "bad-request",
            "this engine has its model behind HTTP, where code cannot be reviewed: run one with "
            "--backend local for that",
        )

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """By the model's tokenizer; where the upstream tells none, a token is three characters."""

        async def work(server: Server, ability: Ability) -> tuple[int, ...]:
            if ability.words is None:
                return tuple(-(-len(text) // chatting.CHARACTERS) for text in texts)
            ids = await ability.words.encode(server, texts)
            return tuple(len(ids[text]) for text in texts)

        return await self._pool.run("", work)

    def recall(self, other: "VllmBackend") -> None:
        """What `other`, of the same servers, has found out in a loop of its own."""
        self._pool.recall(other._pool)

    async def survey(self) -> list[str]:
        """A line for each upstream: what it is able to do, or why it does not say."""
        return await together(self._described(u) for u in self._pool.upstreams)

    async def _described(self, upstream: Upstream[Ability]) -> str:
        try:
            ability = await self._pool.look(upstream)
        except UpstreamError as error:
            again = "it is asked again as soon as there is something to do"
            return f"{error.advised_in_full(UPSTREAM)}; {again}"
        return f"the upstream {upstream.server.url} serves {ability.model}: {ability.described}"

    async def close(self) -> None:
        await self._pool.close()

    async def _fill(self, request: Infill, server: Server, ability: Ability) -> Result:
        words, widths = ability.words, ability.widths
        if request.instruction:
            return await _chat_that_fits(request, server, ability)
        if words is None or widths is None:
            if self._meter is not None:
                self._meter.fell_back(PINNED, "no pinned canvases")
            return await _chat_that_fits(request, server, ability)
        return await PinnedFill(server, ability, words, widths, self._meter).fill(request)


async def _chat_that_fits(request: Infill, server: Server, ability: Ability) -> Result:
    """Text of which a token stands for less than is usual is asked again with less around it."""
    most = ability.prompt_tokens
    try:
        return await _chatted(request, server, ability, most)
    except Refused as error:
        if error.status != BAD_REQUEST or not chatting.is_long(request, most // SHORTER):
            raise
    return await _chatted(request, server, ability, most // SHORTER)


async def _chatted(request: Infill, server: Server, ability: Ability, most: int) -> Result:
    began = time.perf_counter()
    asked, hole = chatting.lay_out(request, most)
    seeds = range(request.seed, request.seed + request.seeds)
    bodies = [chatting.body(asked, hole, ability.model, seed, ability.own_turn) for seed in seeds]
    replies = await together(chat(server, body, request.deadline_ms) for body in bodies)
    every = [
        Candidate(
            (hole.starts_with + chatting.read(asked, r.text, ability.own_turn),), r.confidence
        )
        for r in replies
    ]
    return _result(request, replies[0], every, (time.perf_counter() - began) * 1000)


def _result(request: Infill, reply: Reply, every: list[Candidate], took_ms: float) -> Result:
    return Result(
        id=request.id,
        candidates=agreed(every) if len(every) > 1 else tuple(every),
        steps=1,  # at least: the upstream does not say
        prompt_tokens=reply.prompt_tokens,
        prefilled_tokens=max(0, reply.prompt_tokens - reply.cached_tokens),
        queue_ms=0.0,
        prefill_ms=0.0,
        denoise_ms=took_ms,
        ended="out of time" if reply.late else "settled",
        route="diffusion: chat",
    )
