"""What `docs/gate.md` says of the embedded model's gate, out of the record."""

from typing import Any

from shipping.record import Record
from shipping.words import paragraph, percent, table

KINDS = {
    "rest of line": "rest of a line", "arguments": "arguments", "comment": "comment",
    "whole line": "whole line", "string": "string", "block": "block",
}  # fmt: skip
HEAD = ("holes", "without: shown", "right", "with: shown", "right")


def embedded(record: Record) -> str:
    report = record.figures["gate"]
    holes = report["open"]["holes"]
    said = (
        f"The embedded model's is of {holes:,} holes of the same four projects "
        f"(`--limit {holes} --seed {report['seed']} --price {report['price']:g}`), as many of each "
        "kind that `eval holes` cuts (a row is of the kind that the language server takes it for); "
        "on files that it was not fitted to:"
    )
    rows = [_row("all", report)]
    rows += [_row(text, report["kinds"][kind]) for kind, text in KINDS.items()]
    return f"{paragraph(said)}\n\n{table(HEAD, rows)}\n\n{paragraph(_kept(report))}"


def by_itself(record: Record) -> str:
    """What comes without being asked for: what passes the gate."""
    kinds = record.figures["gate"]["kinds"]
    rests, lines = (kinds[kind]["gated"] for kind in ("rest of line", "whole line"))
    asked = kinds["whole line"]["open"]["shown"]
    right = f", {_share(lines)} of them right" if lines["shown"] else ""
    return (
        f"What comes by itself passes the [gate](docs/gate.md): of rests of a line "
        f"{_share(rests) or 'none'} of what is shown is right, and of {asked:,} whole lines "
        f"{lines['shown']:,} are shown{right}."
    )


def _row(text: str, found: dict[str, Any]) -> list[str]:
    cells = [
        cell
        for name in ("open", "gated")
        for cell in (f"{found[name]['shown']:,}", _share(found[name]))
    ]
    return [text, *cells]


def _share(shown: dict[str, Any]) -> str:
    return percent(shown["right"]["share"], 1) if shown["shown"] else ""


def _kept(report: dict[str, Any]) -> str:
    before, after = (_wrong(report[name]) for name in ("open", "gated"))
    lines = [
        f"of {text}s {_right(found['gated'])} and {_right(found['open'])}"
        for kind, text in (("rest of line", "rests of line"), ("whole line", "whole line"))
        if (found := report["kinds"].get(kind))
    ]
    return (
        f"Of {before:,} wrong texts {before - after:,} are gone. Right ones with it and without: "
        f"{', '.join(lines)}."
    )


def _right(shown: dict[str, Any]) -> int:
    share: float = shown["right"]["share"] if shown["shown"] else 0.0
    return round(share * int(shown["shown"]))


def _wrong(shown: dict[str, Any]) -> int:
    whole: int = shown["shown"]
    return whole - _right(shown)
