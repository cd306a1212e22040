"""The one way to the backend: for every request of every user, whatever it came by."""

from collections.abc import Callable

from diffgem_engine.access.limits import Limits
from diffgem_engine.access.users import User
from diffgem_engine.backends import Backend, ProgressSink
from diffgem_engine.protocol import Count, Counts, Infill, Result, Review, Reviewed, Welcome
from diffgem_engine.validation import check, check_count, check_review

AheadSink = Callable[[int], None]  # so many go first; see `Queued`


class Front:
    """Its methods raise RequestError, and may be cancelled: that ends the work."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._limits = Limits()

    @property
    def welcome(self) -> Welcome:
        return self._backend.welcome

    @property
    def broken(self) -> bool:
        """It can do nothing any more."""
        return self._backend.broken

    async def infill(
        self, user: User, request: Infill, on_ahead: AheadSink, on_progress: ProgressSink | None
    ) -> Result:
        check(request, self.welcome)
        with self._limits.asking(user):
            return await self._backend.infill(request, on_progress)

    async def review(self, user: User, request: Review, on_ahead: AheadSink) -> Reviewed:
        check_review(request, self.welcome)
        with self._limits.asking(user):
            return await self._backend.review(request)

    async def count(self, user: User, request: Count) -> Counts:
        check_count(request)
        with self._limits.asking(user):
            return Counts(request.id, await self._backend.count(request.texts))
