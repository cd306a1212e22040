"""An upstream that does what vLLM documents, and refuses what it does not: by the contract beside
this file.

A token is a character.  Into the open slots it writes `answer`, and is sure of it where the hole is
just as long.
"""

import asyncio
import copy
import json
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

CONTRACT = json.loads((Path(__file__).parent / "contracts" / "vllm.json").read_text("utf-8"))
MODEL = CONTRACT["GET /v1/models"]["reply"]["data"][0]["id"]
TYPES = {"str": str, "list": list, "int": int, "bool": bool, "dict": dict}
FIRST = 1000  # the id of the first character
VOCAB = 262_144


class KeyAsked:
    """As vLLM's own: below /v1 alone."""

    def __init__(self, app, key):
        self.app, self.key = app, key

    async def __call__(self, scope, receive, send):
        told = Headers(scope=scope).get("Authorization")
        if scope["path"].startswith("/v1") and told != f"Bearer {self.key}":
            await JSONResponse({"error": "Unauthorized"}, 401)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Contract:
    """`pins`: "any" width, only the "served" one, or "none": xargs are then passed over, as by a
    build without them.  `key`: what it is served with, as `--api-key`."""

    def __init__(
        self, answer="pass", pins="any", served=256, owner="vllm", tokenizes=True, key=None
    ):
        self.answer, self.pins, self.served, self.owner = answer, pins, served, owner
        self.tokenizes = tokenizes
        self.seen = []  # path and body of every request that it took
        self.refused = []  # what was not in the contract
        self.closed = asyncio.Event()  # a stream's client went away
        self.most_message = 1 << 20  # characters
        self.hang = False  # whoever asks waits until it gives up
        self.hanging = asyncio.Event()
        self.app = Starlette(
            routes=[
                Route("/v1/models", self.models),
                Route("/tokenize", self.tokenize, methods=["POST"]),
                Route("/detokenize", self.detokenize, methods=["POST"]),
                Route("/v1/completions", self.complete, methods=["POST"]),
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
            ],
            middleware=[Middleware(KeyAsked, key=key)] if key else [],
        )

    def asked(self, path):
        return [body for seen, body in self.seen if seen == path]

    async def models(self, _request):
        reply = copy.deepcopy(CONTRACT["GET /v1/models"]["reply"])
        reply["data"][0]["owned_by"] = self.owner
        return JSONResponse(reply)

    async def tokenize(self, request):
        if not self.tokenizes:
            return self.refuse("Not Found", 404)
        body, complaint = await self.checked(request)
        if complaint:
            return complaint
        ids = [FIRST + ord(letter) for letter in body["prompt"]]
        reply = CONTRACT["POST /tokenize"]["reply"]
        return JSONResponse({**reply, "tokens": ids, "count": len(ids)})

    async def detokenize(self, request):
        body, complaint = await self.checked(request)
        text = "".join(chr(max(0, i - FIRST)) for i in body["tokens"]) if body else ""
        return complaint or JSONResponse({"prompt": text})

    async def complete(self, request):
        body, complaint = await self.checked(request)
        if complaint:
            return complaint
        if self.hang:
            await self.until_gone(request)
        xargs = body.get("vllm_xargs", {})
        if complaint := self.complaint_of(xargs):
            return self.refuse(complaint)
        return JSONResponse(self.completion(body, xargs))

    def complaint_of(self, xargs):
        """As vLLM's own checks of these arguments."""
        if self.pins == "none":
            return None
        unknown = set(xargs) - set(CONTRACT["POST /v1/completions"]["xargs"])
        width = xargs.get("diffusion_canvas_length", self.served)
        seed = xargs.get("diffusion_seed_canvas", [])
        if unknown:
            return f"unknown {unknown}"
        if width > self.served or (self.pins == "served" and width != self.served):
            return "diffusion_canvas_length must be the served canvas'"
        if len(seed) != width or not all(0 <= i < VOCAB for i in seed):
            return f"diffusion_seed_canvas must hold exactly {width} ids"
        if not all(0 <= slot < width for slot in xargs.get("diffusion_pinned", [])):
            return "diffusion_pinned positions must lie inside the canvas"
        return None

    def completion(self, body, xargs):
        canvas = list(xargs["diffusion_seed_canvas"])
        pinned = set(xargs["diffusion_pinned"]) if self.pins != "none" else set()
        free = [slot for slot in range(len(canvas)) if slot not in pinned]
        for slot, letter in zip(free, self.answer.ljust(len(free), "#"), strict=False):
            canvas[slot] = FIRST + ord(letter)
        sure = -0.05 if len(free) == len(self.answer) else -3.0
        reply = copy.deepcopy(CONTRACT["POST /v1/completions"]["reply"])
        told = reply["choices"][0]["logprobs"]
        told["tokens"] = [f"token_id:{i}" for i in canvas]
        told["token_logprobs"] = [sure] * len(canvas)
        reply["usage"]["prompt_tokens"] = len(body["prompt"])
        return reply

    async def chat(self, request):
        body, complaint = await self.checked(request)
        if body and len(body["messages"][0]["content"]) > self.most_message:
            complaint = self.refuse("This model's maximum context length is 8192 tokens")
        return complaint or StreamingResponse(self.events(request), media_type="text/event-stream")

    async def events(self, request):
        for letter in self.answer:
            yield self.event(letter)
        if self.hang:
            await self.until_gone(request)
        yield self.event("", "stop")
        usage = {"prompt_tokens": 40, "prompt_tokens_details": {"cached_tokens": 32}}
        yield f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n"
        yield "data: [DONE]\n\n"

    def event(self, text, reason=None):
        event = copy.deepcopy(CONTRACT["POST /v1/chat/completions"]["event"])
        choice = event["choices"][0]
        choice["delta"]["content"], choice["finish_reason"] = text, reason
        choice["logprobs"]["content"] = [{"token": text, "logprob": -0.5}] if text else []
        return f"data: {json.dumps(event)}\n\n"

    async def until_gone(self, request):
        self.hanging.set()
        try:
            message = await request.receive()
            while message["type"] != "http.disconnect":
                message = await request.receive()
        finally:
            self.closed.set()

    async def checked(self, request):
        """The body, or what to answer for one that is not in the contract."""
        contract, body = CONTRACT[f"POST {request.url.path}"], await request.json()
        fields = contract["fields"]
        unknown = set(body) - set(fields)
        missing = set(contract["required"]) - set(body)
        wrong = [n for n in body if n in fields and type(body[n]) is not TYPES[fields[n]]]
        if unknown or missing or wrong:
            return None, self.refuse(f"unknown {unknown}, missing {missing}, wrong {wrong}")
        if body.get("model", MODEL) != MODEL:
            return None, self.refuse(f"The model `{body['model']}` does not exist.", 404)
        self.seen.append((request.url.path, body))
        return body, None

    def refuse(self, message, status=400):
        self.refused.append(message)
        error = {"message": message, "type": "BadRequestError", "param": None, "code": status}
        return JSONResponse({"error": error}, status)
