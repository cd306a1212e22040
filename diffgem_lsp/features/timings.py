"""`diffgem/timings`: where the time of the latest inline completions went."""

from collections import deque
from typing import Any

from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot

TIMINGS = "diffgem/timings"
KEPT = 1024


def register(server: DiffGemServer) -> None:
    latest = deque[dict[str, Any]](maxlen=KEPT)

    def timings(_: Any) -> dict[str, list[dict[str, Any]]]:
        return {"timings": list(latest)}

    def keep(snapshot: Snapshot, found: Completion, total_ms: float) -> None:
        latest.append(timing(snapshot, found, total_ms))

    server.feature(TIMINGS)(timings)
    server.on_answered.append(keep)


def timing(snapshot: Snapshot, found: Completion, total_ms: float) -> dict[str, Any]:
    """Milliseconds from the request's arrival to its reply, and how much of them the server waited
    for a pause in the typing (`pauseMs`) and for the engine (`engineMs`); the rest is its own.
    """
    return {
        "uri": snapshot.uri,
        "version": snapshot.version,
        "shown": bool(found.text),
        "reused": found.reused,
        "pauseMs": _tenths(1000 * found.pause_s),
        "engineMs": _tenths(1000 * found.engine_s),
        "totalMs": _tenths(total_ms),
    }


def _tenths(milliseconds: float) -> float:
    return round(milliseconds, 1)
