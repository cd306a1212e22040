"""Which pages have regions that are written from the record, and what fills them."""

from collections.abc import Callable
from pathlib import Path

from diffgem_engine.evaluation.scorecard import Scorecard
from diffgem_engine.evaluation.scorecard_page import page
from diffgem_engine.evaluation.targets import targets
from shipping import gate, latency, quality
from shipping.record import ROOT, SCORECARD, Record
from shipping.regions import filled
from shipping.words import machine, paragraph, percent, table

Writer = Callable[[Record], str]


def model(record: Record) -> str:
    """Of the README: the embedded model in a sentence."""
    found = record.scorecard["holes"]
    line, rest = (found["kinds"][kind]["exact_match"]["share"] for kind in ("line", "rest"))
    copied = [
        max(found["baselines"][copy]["kinds"][kind]["share"] for copy in quality.COPIES)
        for kind in ("rest", "line")
    ]
    return paragraph(
        "Of projects that it has never seen it completes, together with what the document has "
        f"elsewhere, {percent(rest)} of the rests of a line and {percent(line)} of whole lines "
        f"exactly right, where copying from the document alone has {percent(copied[0])} and "
        f"{percent(copied[1])}."
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
    "docs/performance.md": {"speed": latency.page},
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
