"""The machine that the figures are of."""

import importlib.metadata
import os
import platform
from pathlib import Path

import psutil

PACKAGES = ("torch", "transformers", "tokenizers", "pygls", "tree-sitter", "websockets", "uvicorn")


def describe() -> dict[str, object]:
    """Keys: `cpu`, `cores` (that this process may use), `gpu` (null without one), `torch_threads`,
    `memory_gib`, `load`, `system`, `versions`.

    `load` is the one-minute average as the bench starts: well above 0, something else runs.
    """
    import torch  # noqa: PLC0415 - takes seconds

    return {
        "cpu": _cpu_model(),
        "cores": len(psutil.Process().cpu_affinity()) if _has_affinity() else os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "torch_threads": torch.get_num_threads(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load": round(os.getloadavg()[0], 2),
        "system": platform.platform(terse=True),
        "versions": {"python": platform.python_version(), **_versions()},
    }


def _has_affinity() -> bool:
    return hasattr(psutil.Process, "cpu_affinity")


def _cpu_model() -> str:
    """Linux knows the model's name; elsewhere the architecture has to do."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in PACKAGES}
