"""`diffgem-lsp complete`: one completion, through the same path as an editor's."""

import argparse
import asyncio
import json
import sys
import time

from diffgem_engine.endpoint import EndpointError
from diffgem_engine.output import write
from diffgem_lsp.commands import origins
from diffgem_lsp.commands.answering import welcome_of
from diffgem_lsp.commands.connecting import endpoint_for, engine_for
from diffgem_lsp.commands.places import PlaceError, open_place, parse_place
from diffgem_lsp.commands.terminal import is_terminal, paint, printable
from diffgem_lsp.commands.watch import CanvasView
from diffgem_lsp.engine import models
from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.filters import in_words
from diffgem_lsp.inline import completion
from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot

MADE, DIM = "1;36", "2"  # SGR codes


def run(options: argparse.Namespace) -> int:
    """1 where there is nothing to show, 2 for bad input, 3 where no engine answers."""
    try:
        snapshot = open_place(parse_place(options.place), options.language)
        return asyncio.run(_complete(snapshot, options))
    except (PlaceError, EndpointError) as error:
        print(f"diffgem-lsp: {error}", file=sys.stderr)
        return 2
    except EngineError as error:
        print(f"diffgem-lsp: {error}", file=sys.stderr)
        return 3


async def _complete(snapshot: Snapshot, options: argparse.Namespace) -> int:
    engine = engine_for(options)
    most = options.candidates or 1
    wanted = Options(steps=options.steps, seed=options.seed, candidates=most)
    view = CanvasView(sys.stderr if options.json else sys.stdout) if options.watch else None
    try:
        welcome = await welcome_of(engine, endpoint_for(options))
        complaint = models.complaint(options.model, welcome.model)
        if complaint:
            print(f"diffgem-lsp: {complaint}", file=sys.stderr)
        began = time.perf_counter()
        listener = view.show if view is not None else None
        found = await completion.complete(
            snapshot, engine, wanted, completion.Memory(), listener, invoked=True
        )
        latency_ms = 1000 * (time.perf_counter() - began)
    finally:
        await engine.close()
    if view is not None and (note := origins.about_copy(found)):
        view.note(note)
    if options.json:
        write(json.dumps(_report(found, latency_ms, welcome.model)), sys.stdout)
    else:
        quiet = origins.when_typed(found, snapshot, wanted, welcome.gate)
        _print(snapshot, found, _figures(found, latency_ms, quiet))
    return 0 if found.text else 1


def _report(found: Completion, latency_ms: float, model: str) -> dict[str, object]:
    shown = [(found.text, found.confidence), *((e.text, e.confidence) for e in found.others)]
    items = [{"text": text, "confidence": round(sure, 4)} for text, sure in shown if text]
    report: dict[str, object] = {
        "items": items, "latency_ms": round(latency_ms, 2), "steps": found.steps, "model": model
    }  # fmt: skip
    if found.text:
        report["origin"] = found.origin
    if found.reason:
        report["reason"] = found.reason
    return report


def _print(snapshot: Snapshot, found: Completion, figures: str) -> None:
    """On a terminal the completion in its line, bright; elsewhere the bare text."""
    if not found.text:
        print(f"nothing to show: {in_words(found.reason)}", file=sys.stderr)
    elif not is_terminal(sys.stdout):
        write(found.text, sys.stdout)
    else:
        line = snapshot.lines.line_of(snapshot.offset)
        head = snapshot.text[snapshot.lines.start(line) : snapshot.offset]
        tail = snapshot.text[snapshot.offset : snapshot.lines.end(line)]
        made = found.text.replace("\r\n", "\n").replace("\r", "\n")
        before, made, after = (printable(each, kept="\t\n") for each in (head, made, tail))
        write(f"{before}{paint(made, MADE, sys.stdout)}{after}", sys.stdout)
        write(paint(figures, DIM, sys.stdout), sys.stdout)


def _figures(found: Completion, latency_ms: float, quiet: str) -> str:
    took = f"{latency_ms:.0f} ms, {origins.how(found)}"
    return f"{took} ({quiet})" if quiet else f"{took}, confidence {found.confidence:.2f}"
