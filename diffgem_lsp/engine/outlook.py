"""What is known of an engine that does not answer yet."""

import asyncio
from collections.abc import Callable

from attrs import frozen

from diffgem_engine import load_progress
from diffgem_engine.endpoint import Endpoint


@frozen
class Outlook:
    """What it does, how much of that is done (0..1), and in how many seconds it is tried again."""

    stage: str = ""
    share: float | None = None
    retry_in_s: float | None = None


OutlookListener = Callable[[Outlook], None]


async def watch(endpoint: Endpoint, every_s: float, listener: OutlookListener) -> None:
    """Until cancelled.  An engine that we did not start is watched just as well."""
    last: load_progress.Loading | None = None
    while True:
        now = load_progress.read(endpoint)
        if now is not None and now != last:
            listener(Outlook(now.stage, now.share))
        last = now
        await asyncio.sleep(every_s)
