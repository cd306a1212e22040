"""Why one request could not be filled, in words for its owner; all others go on."""


class Unfilled(Exception):
    """The message says what happened and what to do; `code` is one of the protocol's Failure."""

    code = "internal"


class NoNumbers(Unfilled):
    """The model said NaN, or infinity."""

    def __init__(self) -> None:
        super().__init__(
            "the model returned no numbers (NaN) for this request; try --dtype float32, or copy "
            "the checkpoint again"
        )


class TooLarge(Unfilled):
    """It takes more memory than the device has for all requests together."""

    code = "overloaded"

    def __init__(self, need: int, budget: float) -> None:
        super().__init__(
            f"the request may take {need / 2**20:.0f} MiB of the device's memory, and the engine "
            f"has {budget / 2**20:.0f} MiB for all of them; ask with fewer slots or with less text "
            "around the hole, or free memory and restart the engine"
        )


class OutOfMemory(Unfilled):
    """The device has no room for it, everything else that could go being gone."""

    code = "overloaded"

    def __init__(self) -> None:
        super().__init__(
            "the device is out of memory; ask again when fewer requests are under way, or with "
            "less text around the hole"
        )
