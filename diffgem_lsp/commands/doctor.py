"""`diffgem-lsp doctor`: each check a line, ok or what to do."""

import argparse
import asyncio
import importlib.metadata
import sys
import time

from diffgem_engine.endpoint import EndpointError, UnixEndpoint, cache_folder, engine_pid
from diffgem_engine.installation import install_command
from diffgem_engine.output import write
from diffgem_engine.protocol import Welcome
from diffgem_lsp.commands import origins
from diffgem_lsp.commands.answering import welcome_of
from diffgem_lsp.commands.connecting import endpoint_for, engine_for
from diffgem_lsp.engine import models
from diffgem_lsp.engine.errors import EngineError, RequestRefused
from diffgem_lsp.engine.process import ENGINE_PACKAGES, LOG
from diffgem_lsp.filters import in_words
from diffgem_lsp.inline import completion
from diffgem_lsp.options import Options
from diffgem_lsp.privacy.guarded import GuardedEngine
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax import grammars

HOLE = "▁"
ASKED = f"max({HOLE}) - min(values)"
SAMPLE = f"""def spread(values):
    return {ASKED}
"""
TLS = "tls://"
TO_DO_ELSEWHERE = "who runs this engine finds more in its log"


def run(options: argparse.Namespace) -> int:
    """0 when every check is ok."""
    good = [_versions(), _grammars(), asyncio.run(_engine(options))]
    good.append(_engine_packages(needed=not (good[-1] or _elsewhere(options))))
    return 0 if all(good) else 1


def _say(ok: bool, check: str, detail: str) -> bool:
    write(f"{'ok  ' if ok else 'FAIL'}  {check}: {detail}", sys.stdout)
    return ok


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _versions() -> bool:
    names = ("diffgem-lsp", "pygls", "tree-sitter", "websockets")
    return _say(True, "installed", ", ".join(f"{name} {_version(name)}" for name in names))


def _elsewhere(options: argparse.Namespace) -> bool:
    """An engine over TLS is another machine's."""
    return (options.socket or "").startswith(TLS)


def _engine_packages(needed: bool) -> bool:
    """An engine that was started elsewhere does without them here."""
    found = {name: _version(name) for name in ENGINE_PACKAGES}
    missing = ", ".join(name for name, version in found.items() if version is None)
    if missing and needed:
        to_do = f"{missing} missing; run {install_command('engine')}"
        return _say(False, "engine packages", to_do)
    if missing:
        return _say(True, "engine packages", f"{missing} missing here, where no engine has to run")
    versions = ", ".join(f"{name} {found[name]}" for name in ("torch", "transformers"))
    return _say(True, "engine packages", versions)


def _grammars() -> bool:
    broken = [name for name in grammars.LANGUAGES if grammars.parser_for(name) is None]
    if broken:
        return _say(False, "grammars", f"{', '.join(broken)} do not load; reinstall diffgem-lsp")
    return _say(True, "grammars", f"{len(grammars.LANGUAGES)} languages parse")


async def _engine(options: argparse.Namespace) -> bool:
    try:
        engine = engine_for(options)
    except EndpointError as error:
        return _say(False, "engine", str(error))
    try:
        place = endpoint_for(options)
        welcome = await welcome_of(engine, place)
        pid = engine_pid(place)
        where = f"{place}" + (f" (pid {pid})" if pid else "")
        _say(True, "engine", f"version {welcome.engine}, protocol {welcome.protocol}, on {where}")
        good = _model(welcome, options.model)
        _say(True, "device", f"{welcome.device}, {welcome.dtype}")
        to_do = _to_do() if isinstance(place, UnixEndpoint) else TO_DO_ELSEWHERE
        return await _completes(engine, to_do) and good
    except EngineError as error:
        return _say(False, "engine", str(error))
    finally:
        await engine.close()


def _to_do() -> str:
    return f"stop the engine, look into {cache_folder() / LOG} and try again"


def _model(welcome: Welcome, wanted: str | None) -> bool:
    complaint = models.complaint(wanted, welcome.model)
    detail = complaint or f"{welcome.model}, reads {welcome.prompt_tokens} tokens"
    return _say(not complaint, "model", detail)


async def _completes(engine: GuardedEngine, to_do: str) -> bool:
    began = time.perf_counter()
    before, _, after = SAMPLE.partition(HOLE)
    snapshot = Snapshot.of(before + after, len(before), "python")
    try:
        found = await completion.complete(
            snapshot, engine, Options(candidates=1), completion.Memory(), invoked=True
        )
    except EngineError as error:
        of_upstream = isinstance(error, RequestRefused) and error.code == "unavailable"
        return _say(False, "completion", str(error) if of_upstream else f"{error}; {to_do}")
    if not (found.steps or found.text):
        return _say(False, "completion", f"{found.reason}; {to_do}")
    passed = 1000 * (time.perf_counter() - began)
    shown = repr(found.text) if found.text else f"nothing to show ({in_words(found.reason)})"
    return _say(True, "completion", f"{ASKED} → {shown}, {passed:.0f} ms, {origins.how(found)}")
