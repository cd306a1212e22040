"""What the README and `docs/performance.md` say of speed and memory, out of the bench's report."""

from typing import Any

from attrs import frozen

from shipping.record import Record
from shipping.words import machine, paragraph, table

Target = dict[str, Any]


@frozen
class Row:
    """Figures of one measurement that stand in one line of a table, by their keys."""

    text: str
    measurement: str
    keys: tuple[str, ...]
    digits: int = 0
    unit: str = ""

    def cells(self, report: dict[str, Any]) -> list[str]:
        """What is said, found and aimed at."""
        found = report["measurements"].get(self.measurement, {})
        values = [found[key] for key in self.keys if key in found]
        targets: dict[str, Target] = found.get("targets", {})
        aims = [_aim(targets[key], self.unit) for key in self.keys if key in targets]
        said = " / ".join(f"{value:,.{self.digits}f}" for value in values)
        return [
            self.text, f"{said}{self.unit}" if said else "not measured",
            " / ".join(dict.fromkeys(aims)),
        ]  # fmt: skip


SPEED = (
    Row("denoising against `transformers`' `generate`, whole runs, a canvas of 64 / 256",
        "generate", ("canvas64_total", "canvas256_total"), 2, " times as fast"),
    Row("a hole of 16 slots against a full canvas with `generate`, a step",
        "small_hole", ("speedup",), 1, " times as fast"),
    Row("prompt tokens read again at a key, mean / most",
        "typing", ("mean_tokens", "max_tokens"), 2),
    Row("request to ghost text, a line, median: a key later / a new place",
        "line_hole", ("warm_median_ms", "cold_median_ms"), 0, " ms"),
    Row("eight typists at one engine against one, 95th percentile of a wait",
        "typists", ("ratio",), 1, " times as long"),
    Row("resident memory of the engine", "line_hole", ("resident_gb",), 2, " GB"),
    Row("language server's own time at a key in a file of 20,000 lines, all context on, median / "
        "95th percentile", "lsp_index", ("long_median_ms", "long_p95_ms"), 1, " ms"),
    Row("a key that goes on with what is shown, request to reply, median / 95th percentile",
        "lsp_overhead", ("typed_median_ms", "typed_p95_ms"), 1, " ms"),
    Row("start of the language server to its initialize reply, median / 95th percentile",
        "lsp_start", ("median_ms", "p95_ms"), 0, " ms"),
    Row("index of 5,000 files, on a core of its own", "lsp_index", ("index_s",), 1, " s"),
    Row("a file that is saved, until it is in the index", "lsp_index", ("saved_ms",), 1, " ms"),
    Row("memory of the language server with that index", "lsp_index", ("resident_mb",), 0, " MB"),
)  # fmt: skip
MORE = (
    Row("cancelled within, steps", "cancel", ("steps_max",)),
    Row("memory after 1,000 requests over that after 200", "memory", ("growth",), 2),
    Row("the published checkpoint with int4 experts at 8,192 tokens, reckoned",
        "quantized", ("published_int4_gb",), 2, " GB"),
    Row("a key on 20,000 lines, no index, median / 95th percentile",
        "lsp_overhead", ("long_median_ms", "long_p95_ms"), 1, " ms"),
    Row("a key on 5,000 lines, median / 95th percentile",
        "lsp_overhead", ("median_ms", "p95_ms"), 1, " ms"),
    Row("importing the server, median", "lsp_start", ("import_median_ms",), 0, " ms"),
    Row("keys while the index works over keys while it does not, 95th percentiles",
        "lsp_index", ("delay_ms",), 1, " ms later"),
    Row("memory of the index's process", "lsp_index", ("index_mb",), 0, " MB"),
)  # fmt: skip
BESIDE = (  # that have no target
    Row("a step over its floor, one row, 64 / 256 slots", "floor",
        ("slots64_prefix256_batch1_ratio", "slots256_prefix256_batch1_ratio"), 1, " times"),
    Row("the same, four rows", "floor",
        ("slots64_prefix256_batch4_ratio", "slots256_prefix256_batch4_ratio"), 1, " times"),
    Row("a step of one row, 64 / 256 slots", "floor",
        ("slots64_prefix256_batch1_step_ms", "slots256_prefix256_batch1_step_ms"), 0, " ms"),
    Row("a step of 64 slots, ours / `generate`'s", "generate",
        ("canvas64_ours_ms", "canvas64_generate_ms"), 0, " ms"),
    Row("20 slots in 8 steps behind a cached prompt of 768 tokens, median / a token later",
        "hole20", ("median_ms", "key_median_ms"), 0, " ms"),
    Row("four rows of one prompt over one", "rows", ("ratio",), 1, " times as long"),
    Row("1 / 8 / 32 users in a closed loop, 95th percentile", "concurrency",
        ("users1_p95_ms", "users8_p95_ms", "users32_p95_ms"), 0, " ms"),
    Row("the same, requests a second", "concurrency",
        ("users1_per_s", "users8_per_s", "users32_per_s"), 1),
    Row("fp8 experts / multiplied as stored / int4, from exact", "quantized",
        ("fp8_kl_mean_mnats", "fp8_scaled_kl_mean_mnats", "int4_kl_mean_mnats"), 2,
        " thousandths of a nat"),
    Row("the same, share of slots whose likeliest token stays", "quantized",
        ("fp8_same_argmax", "fp8_scaled_same_argmax", "int4_same_argmax"), 3),
)  # fmt: skip


def _aim(target: Target, unit: str) -> str:
    unit = unit if len(unit) <= len(" ms") else ""  # not words such as "times as fast"
    if "at_least" in target:
        return f"≥ {target['at_least']:g}{unit}"
    return f"≤ {target['at_most']:g}{unit}"


def readme(record: Record) -> str:
    report = record.latency
    said = (
        f"`diffgem-engine bench` on {machine(report['machine'])}, {report['dtype']}, the embedded "
        "model, of which the engine takes one core less than there are while one person types. "
        "Such a host is noisy: figures move by a fifth from run to run."
    )
    rows = [row.cells(report) for row in SPEED]
    return f"{paragraph(said)}\n\n{table(('', 'found', 'aimed at'), rows)}"


def page(record: Record) -> str:
    """The same rows and further ones, with the verdict."""
    report = record.latency
    said = (
        f"On {machine(report['machine'])}, {report['dtype']}, the embedded model, "
        f"{_load(report['machine'])}: `diffgem-engine bench`."
    )
    rows = [[*row.cells(report), _verdict(row, report)] for row in (*SPEED, *MORE)]
    return f"{paragraph(said)}\n\n{table(('', 'found', 'aimed at', ''), rows)}"


def beside(record: Record) -> str:
    """What has no target."""
    return table(("", "found"), [row.cells(record.latency)[:2] for row in BESIDE])


def _load(described: dict[str, Any]) -> str:
    return f"a load of {described['load']:.1f} as it began"


def _verdict(row: Row, report: dict[str, Any]) -> str:
    targets = report["measurements"].get(row.measurement, {}).get("targets", {})
    met = [targets[key]["met"] for key in row.keys if key in targets]
    return "" if not met else "met" if all(met) else "missed"
