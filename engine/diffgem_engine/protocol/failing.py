"""A `Failure`, as it is raised on its way to the client."""


class RequestError(Exception):
    """A request that cannot be done, and why: as `Failure` says it."""

    def __init__(self, code: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


def draining() -> RequestError:
    """What a request hears that comes, or still waits, while the engine ends."""
    return RequestError("draining", "the engine is shutting down")
