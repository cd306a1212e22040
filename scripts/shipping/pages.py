"""Which pages have regions that are written from the record, and what fills them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from diffgem_engine.evaluation.scorecard import Scorecard
from diffgem_engine.evaluation.scorecard_page import page
from diffgem_engine.evaluation.targets import targets
from shipping import gate, latency, quality
from shipping.record import ROOT, SCORECARD, Record
from shipping.regions import filled
from shipping.words import machine, paragraph, percent, table, with_interval

Writer = Callable[[Record], str]


def model(record: Record) -> str:
    """Of the README: what the embedded model completes, asked by hand and by itself."""
    found = record.scorecard["holes"]
    rests, lines = (_beside(found, kind) for kind in ("rest", "line"))
    return paragraph(
        f"Asked by hand for {found['kinds']['line']['n']} holes of each kind in projects that it "
        "has never seen (95% intervals in brackets; copies from the document included) it "
        f"completes exactly {rests[0]} of rests of a line and {lines[0]} of whole lines. Copying "
        f"alone has {rests[1]} and {lines[1]}, the canvas alone {rests[2]} and {lines[2]}, left to "
        f"right on the same weights {rests[3]} and {lines[3]}{_alike(found)}. "
        f"{gate.by_itself(record)}"
    )


def _alike(found: dict[str, Any]) -> str:
    """Whether the canvas and the same weights left to right can be told apart, in words."""
    for kind in ("rest", "line"):
        low, high = found["kinds"][kind]["written_exact_match"]["ci95"]
        if not low <= found["baselines"]["autoregressive"]["kinds"][kind]["share"] <= high:
            return ""
    return ": these two cannot be told apart on so few"


def _beside(found: dict[str, Any], kind: str) -> tuple[str, str, str, str]:
    """What is shown and right, with its interval; and what copies, the canvas and the same weights
    left to right have alone.
    """
    of_kind = found["kinds"][kind]
    told = {name: base["kinds"][kind]["share"] for name, base in found["baselines"].items()}
    return (
        with_interval(of_kind["exact_match"]),
        percent(max(told[copy] for copy in quality.COPIES)),
        percent(of_kind["written_exact_match"]["share"]),
        percent(told["autoregressive"]),
    )


def missed(record: Record) -> str:
    """Of the card: the targets that were not reached, and what the figures say of it."""
    found = [each for each in targets(Scorecard(**record.scorecard)) if each.verdict != "reached"]
    rows = [
        [each.name, f"{each.aim:.2f}", "-" if each.found is None else f"{each.found:.2f}",
         each.limit or "nothing that the figures tell"]
        for each in found
    ]  # fmt: skip
    head = ("target", "aimed at", "found", "what the figures say limits it")
    return table(head, rows) if rows else "None of the scorecard's targets."


def verdict(record: Record) -> str:
    """Of the card: why these weights ship, and on which machine the figures were made."""
    said = str(record.figures["verdict"])
    return paragraph(f"{said} Measured on {machine(record.figures['machine'])}.")


PAGES: dict[str, dict[str, Writer]] = {
    "README.md": {"speed": latency.readme, "model": model},
    "engine/diffgem_engine/models/python-small.md": {
        "verdict": verdict, "holes": quality.holes, "others": quality.others, "missed": missed,
    },
    "docs/gate.md": {"embedded": gate.embedded},
    "docs/performance.md": {"speed": latency.page, "beside": latency.beside},
}  # fmt: skip


def written(record: Record, root: Path = ROOT) -> dict[Path, str]:
    """The text of every page that tells figures, by its place below `root`."""
    texts = {
        Path(place): filled(
            (root / place).read_text(encoding="utf-8"),
            {name: write(record) for name, write in writers.items()},
        )
        for place, writers in PAGES.items()
    }
    return {**texts, SCORECARD / "scorecard.md": page(Scorecard(**record.scorecard))}


def write(record: Record, root: Path = ROOT) -> list[Path]:
    """The pages that had other figures."""
    changed = []
    for place, text in written(record, root).items():
        if (root / place).read_text(encoding="utf-8") != text:
            (root / place).write_text(text, encoding="utf-8")
            changed.append(place)
    return changed
