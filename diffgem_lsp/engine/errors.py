"""What can go wrong between the language server and the engine."""


class EngineError(Exception):
    """Any of the below."""


class EngineUnavailable(EngineError):
    """No engine answers; the message is for the user and says what to do.

    `permanent`: trying again cannot help, the user has to act first.
    """

    def __init__(self, message: str, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class NobodyListens(EngineUnavailable):
    """And there is nothing to start: who runs the engine may, and to look again costs nothing."""


class EngineLost(EngineError):
    """The engine went away while it worked on a request; asking again may help."""


class RequestRefused(EngineError):
    """The engine answered with a Failure, whose `code` and `retry_after_s` these are."""

    def __init__(self, code: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after_s = retry_after_s


class Withheld(EngineError):
    """What was to be asked holds what looks like a secret, where it cannot be left out."""
