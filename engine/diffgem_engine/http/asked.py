"""What every shape asks for, and the `Infill` that it is."""

from attrs import frozen

from diffgem_engine.http.fields import BadField
from diffgem_engine.protocol import Hole, Infill, Welcome
from diffgem_engine.serving.validation import MAX_SEED, MAX_SEEDS

REQUEST_ID = 1  # of the one request that an exchange has


@frozen
class Asked:
    """Up to `texts` different texts between `prefix` and `suffix`, of at most `tokens` each."""

    prefix: str
    suffix: str
    tokens: int
    stop: tuple[str, ...] = ()
    least_indent: int = 0  # of every line but the first: a text ends before one with less
    seed: int = 0
    texts: int = 1
    drawn: int = 1  # canvases, of which the texts are chosen
    deadline_ms: float | None = None
    stream: bool = False

    @property
    def nothing(self) -> bool:
        """There is nothing to write, or nothing to go by."""
        return self.tokens == 0 or not (self.prefix or self.suffix)


def infill_of(asked: Asked, welcome: Welcome, trace: str) -> Infill:
    """Its hole has no more slots than the engine fills."""
    most = welcome.hole_slots if asked.drawn == 1 else welcome.max_slots
    return Infill(
        REQUEST_ID,
        asked.prefix,
        asked.suffix,
        (Hole(min(asked.tokens, most)),),
        seed=asked.seed,
        seeds=asked.drawn,
        deadline_ms=asked.deadline_ms,
        progress=asked.stream,
        trace=trace,
    )


def checked(name: str, value: int | None, least: int, most: int) -> int | None:
    """Raises BadField."""
    if value is not None and not least <= value <= most:
        raise BadField(name, f"{name} must be {least}..{most}, not {value}")
    return value


def checked_seed(name: str, value: int | None) -> int:
    """Negative ones mean "any" in llama.cpp's shape, and are 0."""
    return checked(name, max(value or 0, 0), 0, MAX_SEED) or 0


def checked_texts(name: str, value: int | None) -> int:
    return checked(name, value, 1, MAX_SEEDS) or 1
