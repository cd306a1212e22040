"""`diffgem-lsp doctor`: each check a line, ok or what to do."""

import argparse
import asyncio
import importlib.metadata
import time

from diffgem_engine.endpoint import EndpointError
from diffgem_lsp import completion, grammars
from diffgem_lsp.commands.connecting import endpoint_for, engine_for
from diffgem_lsp.engine_client import EngineClient
from diffgem_lsp.engine_errors import EngineError
from diffgem_lsp.engine_process import ENGINE_PACKAGES
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot

SAMPLE = """import argparse


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", action="store_true")
    args = parser."""


def run(options: argparse.Namespace) -> int:
    """0 when every check is ok."""
    good = [_versions(), _engine_packages(), _grammars(), asyncio.run(_engine(options))]
    return 0 if all(good) else 1


def _say(ok: bool, check: str, detail: str) -> bool:
    print(f"{'ok  ' if ok else 'FAIL'}  {check}: {detail}", flush=True)
    return ok


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _versions() -> bool:
    names = ("diffgem-lsp", "pygls", "tree-sitter", "websockets")
    return _say(True, "installed", ", ".join(f"{name} {_version(name)}" for name in names))


def _engine_packages() -> bool:
    found = {name: _version(name) for name in ENGINE_PACKAGES}
    missing = [name for name, version in found.items() if version is None]
    if missing:
        return _say(
            False, "engine packages",
            f"{', '.join(missing)} missing; run pip install 'diffgem-lsp[engine]'",
        )  # fmt: skip
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
        return await _answers(engine, str(endpoint_for(options)))
    except EngineError as error:
        return _say(False, "engine", str(error))
    finally:
        await engine.close()


async def _answers(engine: EngineClient, place: str) -> bool:
    welcome = await engine.ready()
    _say(True, "engine", f"version {welcome.engine}, protocol {welcome.protocol}, on {place}")
    _say(True, "model", f"{welcome.model}, reads {welcome.prompt_tokens} tokens")
    _say(True, "device", f"{welcome.device}, {welcome.dtype}")
    began = time.perf_counter()
    snapshot = Snapshot.of(SAMPLE, len(SAMPLE), "python")
    found = await completion.complete(snapshot, engine, Options(), completion.Memory())
    passed = 1000 * (time.perf_counter() - began)
    shown = repr(found.text) if found.text else f"nothing to show ({found.reason})"
    return _say(
        found.steps > 0, "completion",
        f"args = parser.▁ → {shown}, {passed:.0f} ms, {found.steps} steps",
    )  # fmt: skip
