"""What the model card says of quality, out of the record."""

from typing import Any

from shipping.record import Record
from shipping.words import Share, paragraph, percent, table, with_interval

KINDS = {
    "line": "a whole line", "rest": "the rest of a line", "arguments": "arguments",
    "string": "a string", "comment": "a comment", "body": "a body",
}  # fmt: skip
HEAD = (
    "the hole", "shown and exactly right", "the canvas alone", "left to right, same weights",
    "best copy", "canvas parses", "shown",
)  # fmt: skip
COPIES = ("copy", "copy_alike")
BESIDE = {"autoregressive": "left to right", "empty": "nothing at all"}
SETS = {"single line": "single lines", "several lines": "several lines", "spans": "random spans"}


def holes(record: Record) -> str:
    found, about = record.scorecard["holes"], record.scorecard["about"]
    rows = [_row(name, found["kinds"][kind], _told(found, kind)) for kind, name in KINDS.items()]
    told = {name: base["exact_match"]["share"] for name, base in found["baselines"].items()}
    rows.append(_row("all", found["model"], told, digits=1))
    said = (
        f"{about['holes']} holes cut out of the held-out projects, as many of each kind, asked for "
        "as the language server does, with the drafts that it finds in the document "
        f"(`eval scorecard --seed {about.get('seed', 2)} --limit {about['holes']}`; 95% intervals "
        "in brackets; quiet counts as a miss):"
    )
    return f"{paragraph(said)}\n\n{table(HEAD, rows)}\n\n{paragraph(_lengths(found))}"


def _told(found: dict[str, Any], kind: str) -> dict[str, float]:
    return {name: base["kinds"][kind]["share"] for name, base in found["baselines"].items()}


def _row(
    name: str, figures: dict[str, Any], others: dict[str, float], digits: int = 0
) -> list[str]:
    return [
        name, with_interval(figures["exact_match"], digits),
        percent(figures["written_exact_match"]["share"], digits),
        percent(others["autoregressive"], digits),
        percent(max(others[copy] for copy in COPIES), digits),
        percent(figures["syntax_valid"]["before_filters"]), percent(figures["shown"]),
    ]  # fmt: skip


def _lengths(found: dict[str, Any]) -> str:
    whole, kept = found["model"], found["ratios"].get("adaptive_of_oracle_length")
    oracle = found["baselines"]["oracle_length"]["exact_match"]["share"]
    lengths = {name: found["kinds"][name]["length_error"]["ratio"] for name in ("line", "rest")}
    share = "" if kept is None else f", of which its own lengths keep {percent(kept)}"
    return (
        f"With the right length told beforehand the canvas alone has {percent(oracle, 1)}{share}. "
        f"What it writes has {whole['length_error']['ratio']:.2f} of the right one's tokens in "
        f"all, {lengths['line']:.2f} in lines, {lengths['rest']:.2f} in rests of a line. What the "
        f"filters let through parses in {percent(whole['syntax_valid']['after_filters'])}."
    )


def others(record: Record) -> str:
    figures = record.figures
    told = [_lines(figures["lines"])]
    told += [_humaneval(figures["humaneval"])] if figures["humaneval"] else []
    return "\n\n".join(paragraph(each) for each in (*told, _repair(figures["repair"])))


def _lines(lines: dict[str, Any]) -> str:
    found = lines["exact_match"]
    low, high = lines["ci95"]["diffusion"]
    beside = [f"{name} {percent(found[name], 1)}" for name in found if name != "diffusion"]
    return (
        f"Whole lines by the canvas alone, {lines['cases']:,} of them (`eval lines`): "
        f"{percent(found['diffusion'], 1)} ({100 * low:.1f} to {100 * high:.1f}) in "
        f"{lines['mean_steps']:.1f} steps on average. Beside it: {'; '.join(beside)}."
    )


def _humaneval(sets: dict[str, Any]) -> str:
    told = [f"{SETS[name]} {_passed(report)}" for name, report in sets.items()]
    return f"HumanEval-Infilling, one half of it, pass@1: {'; '.join(told)}."


def _passed(report: dict[str, Any]) -> str:
    ours = report["model"]
    whole: Share = {"share": ours["pass@1"], "ci95": ours["ci95"]}
    beside = [
        f"{BESIDE.get(name, name)} {percent(score['pass@1'], 1)}"
        for name, score in report["baselines"].items()
    ]
    said = f"{with_interval(whole, 1)} of {ours['n']}"
    return f"{said}, beside it {', '.join(beside)}" if beside else said


def _repair(report: dict[str, Any]) -> str:
    found, clean = report["found"]["share"], report["clean_left_alone"]["share"]
    return (
        f"Mistakes put into clean code (`eval repair`, {report['n']} of them): a token that is "
        "wrong has less probability than one that is right in "
        f"{percent(report['auc'])} of the pairs (area under the curve; the rarest token of a chunk "
        f"is the wrong one in {percent(report['rarest'])}, the one it doubts most in "
        f"{percent(report['rank1'])}). With {percent(clean)} of clean chunks left alone it finds "
        f"{percent(found)} of the mistakes."
    )
