"""The servers behind `serve --backend vllm`."""

import argparse
import asyncio
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from diffgem_engine.commands.loading import BadOption

if TYPE_CHECKING:
    from diffgem_engine.backends.openai.server import Server
    from diffgem_engine.backends.vllm.backend import VllmBackend
    from diffgem_engine.checkpoint.tokenizer import CodeTokenizer

OF_A_CHECKPOINT = ("model", "quantize", "device", "dtype", "format")
OF_UPSTREAMS = ("url", "upstream_key_file", "upstream_model", "upstream_ca", "tokenizer")


def add_upstream_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("a model on other machines")
    group.add_argument(
        "--backend", choices=("local", "vllm"), default="local",
        help="vllm: holes are filled by the servers of --url (default: local, by this process)",
    )  # fmt: skip
    group.add_argument("--url", action="append", metavar="URL", help="http://HOST:PORT; repeatable")
    group.add_argument(
        "--upstream-key-file", type=Path, metavar="FILE", help="one line: the servers' API key"
    )
    group.add_argument(
        "--upstream-model", metavar="NAME", help="as the servers name it (default: their first)"
    )
    group.add_argument(
        "--upstream-ca", type=Path, metavar="FILE", help="who vouches for an https:// server (PEM)"
    )
    group.add_argument(
        "--tokenizer", type=Path, metavar="FILE",
        help="the model's tokenizer.json (default: the servers are asked to tokenize)",
    )  # fmt: skip


def upstream_complaint(options: argparse.Namespace) -> str | None:
    """What does not go together."""
    if options.backend == "vllm":
        if not options.url:
            return "--backend vllm needs --url http://HOST:PORT"
        if options.route != "asked":
            return "--route goes with --backend local: an upstream has one path alone"
        if options.upstream_ca and not any(url.startswith("https:") for url in options.url):
            return "--upstream-ca is for servers of https://: leave it out, or correct --url"
        given, other = [n for n in OF_A_CHECKPOINT if getattr(options, n)], "local"
    else:
        given, other = [n for n in OF_UPSTREAMS if getattr(options, n)], "vllm"
    if not given:
        return None
    name = given[0].replace("_", "-")
    return f"--{name} goes with --backend {other}: leave one of them out"


def upstream_backend(options: argparse.Namespace) -> "VllmBackend":
    """Also where no server answers yet.  Raises BadOption for what can never be one."""
    from diffgem_engine.backends.openai.address import (  # noqa: PLC0415 - brings httpx
        AddressError,
        checked_url,
        read_key,
    )
    from diffgem_engine.backends.vllm.backend import VllmBackend  # noqa: PLC0415

    try:
        urls = list(dict.fromkeys(checked_url(url) for url in options.url))
        key = read_key(options.upstream_key_file) if options.upstream_key_file else None
    except AddressError as error:
        raise BadOption(str(error)) from error
    authority = _authority(options.upstream_ca)
    tokenizer = _tokenizer(options.tokenizer)

    def made() -> VllmBackend:
        servers = _servers(urls, key, authority)
        return VllmBackend(servers, options.upstream_model, tokenizer)

    asyncio.run(_report(first := made()))
    backend = made()  # an HTTP client belongs to its event loop
    backend.recall(first)
    return backend


async def _report(backend: "VllmBackend") -> None:
    """On standard error, what each server is able to do: once, before anybody asks."""
    for line in await backend.survey():
        print(line, file=sys.stderr, flush=True)
    await backend.close()


def _servers(urls: list[str], key: str | None, authority: ssl.SSLContext | None) -> "list[Server]":
    from diffgem_engine.backends.openai.server import Server  # noqa: PLC0415

    return [Server(url, key, authority=authority) for url in urls]


def _authority(path: Path | None) -> ssl.SSLContext | None:
    if path is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:
        raise BadOption(
            f"--upstream-ca {path} cannot be read ({error.strerror or error}); "
            "give a PEM file of certificates"
        ) from error


def _tokenizer(path: Path | None) -> "CodeTokenizer | None":
    if path is None:
        return None
    from diffgem_engine.checkpoint.tokenizer import CodeTokenizer  # noqa: PLC0415

    try:
        return CodeTokenizer.load(path)
    except Exception as error:  # the library raises nothing narrower
        raise BadOption(
            f"--tokenizer {path} cannot be read ({error}); give the checkpoint's tokenizer.json"
        ) from error
