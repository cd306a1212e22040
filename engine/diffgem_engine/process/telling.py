"""Lines on standard output, for whoever started the engine."""

from diffgem_engine.output import mention


def announce(line: str) -> None:
    """Where it leads to a disk that is full nobody hears it, and serving goes on."""
    mention(line)
