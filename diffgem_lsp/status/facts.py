"""All that the status depends on, and the one state that follows from it."""

import math
from typing import Any

from attrs import asdict, evolve, field, frozen

from diffgem_lsp.engine.outlook import Outlook

# Of Copilot's protocol: what its clients have symbols for.
COPILOT_KINDS = {"failed": "Error", "lost": "Warning", "off": "Inactive"}
UNDER_WAY = ("starting", "busy")


@frozen
class Facts:
    """`engine` is the name of an `EngineState`, `message` what was said of it."""

    enabled: bool = True
    by_hand: bool = False  # ghost text comes only when asked for
    engine: str = "idle"
    message: str = ""
    outlook: Outlook = field(factory=Outlook)
    active: int = 0  # requests that the engine has
    ahead: int = 0  # of others, which it does first
    uri: str = ""  # of the document that the user is in
    off_here: str = ""  # why nothing is completed there
    quiet: str = ""  # why nothing came of the last request
    latency_ms: float | None = None  # of the last one that the engine answered


@frozen
class Status:
    """`state` is one of starting, idle, busy, quiet, off, lost, failed; `message` is for people.

    `quiet`: all is well, and nothing came of the last request; `reason` says why.
    """

    state: str
    message: str
    reason: str = ""
    uri: str = ""  # where `reason` is about one document
    model: str = ""
    progress: float | None = None  # of what `message` says that is under way, 0..1
    retry_in_s: float | None = None
    latency_ms: int | None = None
    ahead: int | None = None  # so many requests of others go first, where that is what it waits for

    def wire(self) -> dict[str, Any]:
        """As `$/diffgem/status` has it; what is not known is not there."""
        known = asdict(self, filter=lambda _, value: value not in ("", None))
        names = {"retry_in_s": "retryInS", "latency_ms": "latencyMs"}
        return {names.get(name, name): value for name, value in known.items()}

    def copilot(self) -> dict[str, Any]:
        """As Copilot's `didChangeStatus` has it."""
        kind = COPILOT_KINDS.get(self.state, "Normal")
        return {"busy": self.state in UNDER_WAY, "kind": kind, "message": self.message}


def status_of(facts: Facts) -> Status:
    """What keeps everything from coming before what keeps one document's, and that before what
    was the matter with one request.
    """
    if not facts.enabled:
        return Status("off", "switched off", "the setting `enabled` is false")
    if facts.engine != "ready":
        return _without_engine(facts)
    here = evolve(_with_engine(facts), model=facts.message)
    if facts.latency_ms is not None and here.state in ("idle", "quiet"):
        here = evolve(here, latency_ms=round(facts.latency_ms))
    return here


def _without_engine(facts: Facts) -> Status:
    outlook = facts.outlook
    match facts.engine:
        case "failed":
            return Status("failed", facts.message)
        case "closed":
            return Status("off", "ended")
    state, message = "starting", "the engine starts"
    if facts.engine == "lost":
        state, message = "lost", facts.message
    return Status(
        state,
        f"{message}{_how_far(outlook)}",
        progress=outlook.share,
        retry_in_s=outlook.retry_in_s,
    )


def _how_far(outlook: Outlook) -> str:
    if outlook.retry_in_s is not None:
        return f": the next attempt in {math.ceil(outlook.retry_in_s)} s"
    share = f", {outlook.share:.0%}" if outlook.share is not None else ""
    return f": {outlook.stage}{share}" if outlook.stage else ""


def _with_engine(facts: Facts) -> Status:
    if facts.off_here:
        return Status("off", f"off here: {facts.off_here}", facts.off_here, facts.uri)
    if facts.active and facts.ahead:
        return Status("busy", f"{facts.ahead} ahead of you", ahead=facts.ahead)
    if facts.active:
        return Status("busy", "filling")
    if facts.quiet:
        return Status("quiet", f"nothing shown: {facts.quiet}", facts.quiet, facts.uri)
    return Status("idle", "ready when asked" if facts.by_hand else "ready")
