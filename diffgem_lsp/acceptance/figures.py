"""Records -> the figures that `diffgem-lsp stats` shows.  Pure functions."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import sqrt
from typing import Any

from attrs import asdict, frozen

from diffgem_lsp.acceptance.history import Record

BINS = 10  # of confidence
UP_TO_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
DAY_S = 86_400
MOST_DAYS = 366  # the latest
UNKNOWN = "not known"
Z = 1.96  # of a 95% interval


@frozen
class Share:
    """`count` of `total`, and the 95% interval of the rate (Wilson's)."""

    count: int
    total: int

    @property
    def rate(self) -> float | None:
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        if not self.total:
            return 0.0, 1.0
        rate, n = self.count / self.total, self.total
        middle = (rate + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def wire(self) -> dict[str, Any]:
        low, high = self.interval
        return {"count": self.count, "of": self.total, "rate": self.rate, "ci95": [low, high]}


@frozen
class Latency:
    """Milliseconds from the request to its reply.  `bins` has a count for each of `UP_TO_MS`, and
    one for what took longer.
    """

    p50: float
    p95: float
    count: int
    bins: tuple[int, ...]


@frozen
class Figures:
    shown: int
    accepted: Share
    partly: Share
    typed: Share
    retained_30: Share  # of those accepted of which it is known
    retained_300: Share
    reverted: Share
    saved: int  # characters
    latency: Latency | None
    days: tuple[tuple[int, Share], ...]  # since 1970, UTC; the accepted of those shown
    groups: dict[str, tuple[tuple[str, Share], ...]]  # by what; the largest first
    calibration: tuple[Share, ...]  # by confidence, from 0 to 1 in equal bins

    @property
    def fates(self) -> tuple[tuple[str, Share], ...]:
        """What became of the suggestions, in words."""
        return (
            ("accepted", self.accepted),
            ("partly accepted", self.partly),
            ("typed instead", self.typed),
            ("retained, 30 s", self.retained_30),
            ("retained, 5 min", self.retained_300),
            ("reverted", self.reverted),
        )

    def wire(self) -> dict[str, Any]:
        """For `--json`."""
        shares = ("accepted", "partly", "typed", "retained_30", "retained_300", "reverted")
        return {
            "shown": self.shown,
            **{name: getattr(self, name).wire() for name in shares},
            "characters_saved": self.saved,
            "latency_ms": asdict(self.latency) if self.latency is not None else None,
            "days": [{"day": day, **share.wire()} for day, share in self.days],
            "by": {
                name: {each: share.wire() for each, share in group}
                for name, group in self.groups.items()
            },
            "by_confidence": [share.wire() for share in self.calibration],
        }


GROUPS: dict[str, Callable[[Record], str]] = {
    "kind": lambda record: record.shown.kind,
    "language": lambda record: record.shown.language,
    "hole": lambda record: record.shown.hole,
    "origin": lambda record: record.shown.origin,
    "trigger": lambda record: record.shown.trigger,
}


def figures_of(records: Sequence[Record]) -> Figures:
    accepted = [record for record in records if record.accepted]
    return Figures(
        shown=len(records),
        accepted=Share(len(accepted), len(records)),
        partly=_share(records, lambda record: record.partly),
        typed=_share(records, lambda record: record.typed),
        retained_30=_retained(accepted, 30),
        retained_300=_retained(accepted, 300),
        reverted=_share(accepted, lambda record: record.reverted),
        saved=sum(record.saved for record in records),
        latency=_latency(records),
        days=_days(records),
        groups={name: _grouped(records, of) for name, of in GROUPS.items()},
        calibration=_calibration(records),
    )


def _share(records: Sequence[Record], counts: Callable[[Record], bool]) -> Share:
    return Share(sum(map(counts, records)), len(records))


def _retained(accepted: Iterable[Record], after_s: int) -> Share:
    known = [left for record in accepted if (left := record.retained(after_s)) is not None]
    return Share(sum(known), len(known))


def _latency(records: Iterable[Record]) -> Latency | None:
    found = sorted(ms for record in records if (ms := record.shown.latency_ms) is not None)
    if not found:
        return None
    counts = Counter(bisect_left(UP_TO_MS, ms) for ms in found)
    bins = tuple(counts[number] for number in range(len(UP_TO_MS) + 1))
    return Latency(_percentile(found, 0.5), _percentile(found, 0.95), len(found), bins)


def _percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest rank's."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _counted(records: Iterable[Record], key: Callable[[Record], Any]) -> dict[Any, Share]:
    total: Counter[Any] = Counter()
    accepted: Counter[Any] = Counter()
    for record in records:
        total[key(record)] += 1
        accepted[key(record)] += record.accepted
    return {each: Share(accepted[each], total[each]) for each in total}


def _grouped(
    records: Iterable[Record], key: Callable[[Record], str]
) -> tuple[tuple[str, Share], ...]:
    counted = _counted(records, lambda record: key(record) or UNKNOWN)
    return tuple(sorted(counted.items(), key=lambda item: (-item[1].total, item[0])))


def _days(records: Iterable[Record]) -> tuple[tuple[int, Share], ...]:
    """From the first to the last, those without a suggestion included."""
    counted = _counted(records, lambda record: int(record.shown.at // DAY_S))
    if not counted:
        return ()
    last = max(counted)
    shown = range(max(min(counted), last - MOST_DAYS + 1), last + 1)
    return tuple((day, counted.get(day, Share(0, 0))) for day in shown)


def _calibration(records: Iterable[Record]) -> tuple[Share, ...]:
    known = [record for record in records if record.shown.confidence is not None]
    counted = _counted(known, lambda record: _bin(record.shown.confidence or 0.0))
    return tuple(counted.get(number, Share(0, 0)) for number in range(BINS))


def _bin(confidence: float) -> int:
    return min(BINS - 1, max(0, int(confidence * BINS)))
