"""The command line's choice of paths."""

import argparse
from pathlib import Path

from diffgem_engine.backends.base import Backend
from diffgem_engine.backends.openai.names import SECOND
from diffgem_engine.router.backend import RoutedBackend
from diffgem_engine.router.errors import SecondError
from diffgem_engine.router.models import Second

ROUTES = ("asked", "auto")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--route", choices=ROUTES, default="asked",
        help="the path that is asked for, or the one that the rules choose (default: asked)",
    )  # fmt: skip
    parser.add_argument(
        "--second-url", metavar="URL",
        help="with --route auto: an OpenAI-compatible server, which is sent what users write",
    )  # fmt: skip
    parser.add_argument("--second-model", metavar="NAME", help="the model to ask it for")
    parser.add_argument("--second-key-file", type=Path, metavar="FILE", help="with its key")


def second_of(options: argparse.Namespace) -> Second | None:
    """Before a model is loaded.  Raises SecondError."""
    if options.second_url and options.route != "auto":
        raise SecondError("--second-url needs --route auto")
    if bool(options.second_url) != bool(options.second_model):
        raise SecondError("--second-url and --second-model go together: give both")
    if options.second_key_file and not options.second_url:
        raise SecondError("--second-key-file needs --second-url")
    if not options.second_url:
        return None
    return _second_at(options.second_url, options.second_model, options.second_key_file)


def _second_at(url: str, model: str, key_file: Path | None) -> Second:
    from diffgem_engine.backends.openai.address import (  # noqa: PLC0415 - brings httpx
        AddressError,
        checked_url,
        read_key,
    )
    from diffgem_engine.backends.openai.server import Server  # noqa: PLC0415
    from diffgem_engine.router.second import PATIENCE, SecondModel  # noqa: PLC0415

    try:
        key = read_key(key_file, SECOND) if key_file else None
        return SecondModel(Server(checked_url(url, SECOND), key, PATIENCE), model)
    except AddressError as error:
        raise SecondError(str(error)) from error


def routed(options: argparse.Namespace, backend: Backend, second: Second | None) -> Backend:
    """`backend` itself where nothing is to be routed."""
    return backend if options.route != "auto" else RoutedBackend(backend, second)
