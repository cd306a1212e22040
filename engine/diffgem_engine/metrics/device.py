"""The device's memory, and what this engine is: looked up at each scrape."""

import sys
from collections.abc import Iterable

import psutil
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from diffgem_engine import __version__
from diffgem_engine.protocol import PROTOCOL_VERSION, Welcome


class Device(Collector):
    """Of a CUDA device all that is taken of it, by whom ever; else what this process takes."""

    def __init__(self, welcome: Welcome) -> None:
        self._welcome = welcome

    def collect(self) -> Iterable[Metric]:
        device = self._welcome.device
        used, total = _memory(device)
        yield _of_device("used", "Memory of the device that is taken", device, used)
        yield _of_device("total", "Memory that the device has", device, total)
        yield InfoMetricFamily("diffgem_build", "What runs here", value=_build(self._welcome))


def _of_device(what: str, text: str, device: str, value: int) -> Metric:
    family = GaugeMetricFamily(f"diffgem_device_memory_{what}_bytes", text, labels=["device"])
    family.add_metric([device], value)
    return family


def _memory(device: str) -> tuple[int, int]:
    """Used and total, in bytes.  Who serves a CUDA device has imported torch; a gateway has not."""
    torch = sys.modules.get("torch")
    if torch is not None and device.startswith("cuda") and torch.cuda.is_initialized():
        free, total = torch.cuda.mem_get_info(device)
        return total - free, total
    return psutil.Process().memory_info().rss, psutil.virtual_memory().total


def _build(welcome: Welcome) -> dict[str, str]:
    return {
        "version": __version__,
        "protocol": str(PROTOCOL_VERSION),
        "model": welcome.model,
        "device": welcome.device,
        "dtype": welcome.dtype,
    }
