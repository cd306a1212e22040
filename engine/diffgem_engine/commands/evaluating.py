"""What the evaluations share: which engine, and how their failures are told."""

import argparse
import asyncio
import json
import logging
import math
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint
from diffgem_engine.commands.numbers import whole
from diffgem_engine.output import write

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine
    from diffgem_engine.protocol import Welcome

OURS = Path(__file__).parents[1]  # no model is trained on it
MAX_STEPS = 256  # as `validation` has it, which brings much
above_zero, steps = whole(1), whole(1, MAX_STEPS)


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine", metavar="ENDPOINT",
        help="a running engine instead of one of this process: unix:PATH, tcp://HOST:PORT or "
        "tls://HOST:PORT, with DIFFGEM_TOKEN and SSL_CERT_FILE of the environment",
    )  # fmt: skip
    add_model_arguments(parser)


def add_source_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source", type=existing, metavar="DIR", default=OURS,
        help="a folder of source that the model was not trained on (default: DiffGem's own)",
    )  # fmt: skip


def add_run_arguments(parser: argparse.ArgumentParser, limit: int | None) -> None:
    parser.add_argument(
        "--limit", type=above_zero, default=limit, metavar="N",
        help=f"of them, spread evenly (default: {'all' if limit is None else limit})",
    )  # fmt: skip
    parser.add_argument(
        "--steps", type=steps, metavar="N",
        help=f"most denoising steps a hole, 1 to {MAX_STEPS} (default: the checkpoint's)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")


def evaluate(
    options: argparse.Namespace, work: Callable[["AskedEngine"], Awaitable[dict[str, Any]]]
) -> dict[str, Any] | int:
    """What `work` reports of the engine that the options name; an exit code where it fails.

    1 for a model that does not load, 2 for bad input, 3 where no engine answers.
    """
    from diffgem_engine.backends import RequestError  # noqa: PLC0415 - brings much
    from diffgem_engine.endpoint import EndpointError  # noqa: PLC0415
    from diffgem_engine.evaluation.errors import BadInput  # noqa: PLC0415
    from diffgem_engine.evaluation.sandbox.outcome import SandboxUnavailable  # noqa: PLC0415
    from diffgem_lsp.engine.errors import EngineError, RequestRefused  # noqa: PLC0415

    if options.engine is not None and (wrong := _of_this_process(options)):
        return failed(
            f"--engine is a running engine, with a model of its own: leave {wrong} out", 2
        )

    async def run() -> dict[str, Any]:
        async with _engine(options) as engine:
            return {"about": about(await engine.ready()), **await work(engine)}

    try:
        return asyncio.run(run())
    except LoadFailed as error:
        return failed(error, error.exit_code)
    except (BadInput, SandboxUnavailable, EndpointError, RequestError, RequestRefused) as error:
        return failed(error, 2)
    except EngineError as error:
        return failed(error, 3)


def _of_this_process(options: argparse.Namespace) -> str | None:
    """An option that is given, and says what to load here."""
    names = ("model", "quantize", "device", "dtype", "format")
    return next((f"--{name}" for name in names if getattr(options, name) is not None), None)


def about(welcome: "Welcome") -> dict[str, str]:
    """What was evaluated."""
    return {
        "model": welcome.model, "engine": welcome.engine, "device": welcome.device,
        "dtype": welcome.dtype,
    }  # fmt: skip


def failed(error: object, code: int) -> int:
    print(f"diffgem-engine: {error}", file=sys.stderr)
    return code


@asynccontextmanager
async def _engine(options: argparse.Namespace) -> AsyncIterator["AskedEngine"]:
    """Raises LoadFailed, EndpointError, EngineError."""
    from diffgem_engine.evaluation import asking  # noqa: PLC0415

    if options.engine is not None:
        # the client logs as a warning what is raised here as well, and told in a line
        logging.getLogger("diffgem_lsp").setLevel(logging.ERROR)
        async with asking.engine_at(options.engine) as engine:
            yield engine
    else:
        async with asking.engine_of(load_checkpoint(options)) as engine:
            yield engine


def is_folder(path: Path) -> bool:
    """It is made if it is not there; says so where it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        failed(f"{path} cannot be a folder ({error.strerror}); give another", 2)
        return False
    return True


class Ticks:
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, total: int, what: str) -> None:
        from tqdm import tqdm  # noqa: PLC0415 - not of the base install

        self._bar = tqdm(total=total, unit=what, disable=not sys.stderr.isatty(), leave=False)

    def __call__(self) -> None:
        self._bar.update()


def print_report(
    report: dict[str, Any] | int,
    options: argparse.Namespace,
    table: Callable[[dict[str, Any]], str],
) -> int:
    """The exit code, of `evaluate` or for what was printed."""
    if isinstance(report, int):
        return report
    write(json.dumps(report, indent=1) if options.json else table(report), sys.stdout)
    return 0


def percent(share: float | None) -> str:
    return "  -  " if share is None or math.isnan(share) else f"{100 * share:5.1f}"


def existing(text: str) -> Path:
    return Path(text).expanduser()
