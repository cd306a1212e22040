"""A scorecard as one Markdown page.  Pure functions."""

from collections.abc import Callable, Sequence
from typing import Any

from diffgem_engine.evaluation.scorecard import Scorecard
from diffgem_engine.evaluation.targets import targets

COLUMNS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "exact_match": ("exact match %", lambda v: f"{100 * v:.1f}"),
    "written_exact_match": ("of the canvas alone %", lambda v: f"{100 * v:.1f}"),
    "latency_p50_ms": ("p50 ms", lambda v: f"{v:.0f}"),
    "latency_p95_ms": ("p95 ms", lambda v: f"{v:.0f}"),
    "shown": ("shown %", lambda v: f"{100 * v:.0f}"),
    "validation_failures": ("validation failures %", lambda v: f"{100 * v:.0f}"),
    "fallbacks": ("fallbacks %", lambda v: f"{100 * v:.0f}"),
    "steps_per_retained": ("steps per retained", lambda v: f"{v:.0f}"),
    "ms_per_retained": ("ms per retained", lambda v: f"{v:.0f}"),
}


def page(card: Scorecard) -> str:
    sections = [
        _title(card),
        _targets(card),
        _steps(card),
        "![exact match against latency](quality_latency.svg)",
        _kinds(card),
        _baselines(card),
        "![length](length_error.svg)\n\n![calibration](calibration.svg)",
        _quiet(card),
        *_others(card),
        _samples(card),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _title(card: Scorecard) -> str:
    about = "\n".join(f"| {name} | {value} |" for name, value in card.about.items())
    return (
        f"# Scorecard: {card.about.get('model', 'a checkpoint')}\n\n"
        "Holes cut out of source that the model was not trained on, filled as the language server "
        "fills them, one request at a time. Quiet counts as a miss. What is exactly right counts "
        "as what a user would retain.\n\n"
        f"| | |\n| --- | --- |\n{about}"
    )


def _steps(card: Scorecard) -> str:
    heads = ["most steps", *(name for name, _ in COLUMNS.values())]
    rows = [
        [steps, *(_cell(row[key], show) for key, (_, show) in COLUMNS.items())]
        for steps, row in card.by_steps.items()
    ]
    return "## What decides\n\n" + _table(heads, rows)


def _kinds(card: Scorecard) -> str:
    heads = [
        "kind", "n", "exact match %", "95%", "edit similarity",
        "valid before / after filters %", "shown %", "length", "tokens a forward",
    ]  # fmt: skip
    rows = [_kind(name, figures) for name, figures in card.holes["kinds"].items()]
    return "## By kind of hole\n\n" + _table(heads, [_kind("all", card.holes["model"]), *rows])


def _kind(name: str, figures: dict[str, Any]) -> list[str]:
    match, valid = figures["exact_match"], figures["syntax_valid"]
    low, high = match["ci95"]
    return [
        name, str(figures["n"]), _percent(match["share"]), f"{_percent(low)} to {_percent(high)}",
        _cell(figures["edit_similarity"], lambda v: f"{v:.2f}"),
        f"{_percent(valid['before_filters'])} / {_percent(valid['after_filters'])}",
        _percent(figures["shown"]),
        _cell(figures["length_error"]["ratio"], lambda v: f"{v:.2f}"),
        _cell(figures["tokens_per_forward"], lambda v: f"{v:.2f}"),
    ]  # fmt: skip


def _baselines(card: Scorecard) -> str:
    kinds = list(card.holes["kinds"])
    model = {kind: card.holes["kinds"][kind]["exact_match"]["share"] for kind in kinds}
    written = {kind: card.holes["kinds"][kind]["written_exact_match"]["share"] for kind in kinds}
    figures = card.holes["model"]
    rows = [
        ["shipped path", _percent(figures["exact_match"]["share"]), *map(_percent, model.values())],
        ["diffusion alone", _percent(figures["written_exact_match"]["share"]),
         *map(_percent, written.values())],
    ]  # fmt: skip
    for name, base in card.holes["baselines"].items():
        slots = f" ({base['slots']} slots)" if "slots" in base else ""
        cells = [_percent(base["kinds"][kind]["share"]) for kind in kinds]
        title = name.replace("_", " ") + slots
        rows.append([title, _percent(base["exact_match"]["share"]), *cells])
    return "## Beside its baselines, exact match in %\n\n" + _table(["", "all", *kinds], rows)


def _targets(card: Scorecard) -> str:
    rows = [
        [each.name, _cell(each.found, lambda v: f"{v:.2f}"), f"≥ {each.aim:.2f}", each.verdict]
        for each in targets(card)
    ]
    return "## Targets\n\n" + _table(["", "found", "aimed at", ""], rows)


def _quiet(card: Scorecard) -> str:
    figures = card.holes["model"]
    reasons = [[reason, str(count)] for reason, count in figures["quiet_because"].items()]
    if not reasons:
        return ""
    right = _percent(figures["rightly_quiet"])
    said = f"{right}% of quiet answers were rightly so: what was dropped was wrong."
    return f"## Why it was quiet\n\n{said}\n\n" + _table(["reason", "holes"], reasons)


def _others(card: Scorecard) -> list[str]:
    return [f"## {name}\n\n{_json_table(report)}" for name, report in card.others.items()]


def _json_table(report: dict[str, Any]) -> str:
    rows = [[name.replace("_", " "), _plain(value)] for name, value in report.items()]
    return _table(["", ""], rows)


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return " to ".join(map(_plain, value))
    return "-" if value is None else str(value)


def _samples(card: Scorecard) -> str:
    heads = ["kind", "before", "was", "shown", "from", "confidence"]
    rows = [
        [s["kind"], _code(s["before"]), _code(s["expected"]), _code(s["shown"]),
         s["origin"] if s["shown"] else "quiet", f"{s['confidence']:.2f}"]
        for s in card.holes["samples"]
    ]  # fmt: skip
    return "## The first holes, unchosen\n\n" + _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any, show: Callable[[Any], str]) -> str:
    return "-" if value is None else show(value)


def _percent(share: float | None) -> str:
    return _cell(share, lambda v: f"{100 * v:.1f}")


def _code(text: str) -> str:
    """On one line of a table, whatever is in it."""
    flat = text.replace("\n", "⏎").replace("|", "\\|").replace("`", "'").strip()
    return f"`{flat[:60]}`" if flat else ""
