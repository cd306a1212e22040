"""`diffgem-engine bench` works and reports; speed itself is not for a test to judge."""

import json
import os
import sys
from pathlib import Path

import pytest
import torch

from diffgem_engine.__main__ import main
from diffgem_engine.bench import report
from diffgem_engine.bench.catalogue import NAMES
from diffgem_engine.bench.figures import Figure, Measurement, p95, spread
from diffgem_engine.bench.sources import line_places, long_file, places, sources
from diffgem_engine.commands import bench as bench_command

SHAPES = ("--slots", "8", "24", "--prefix", "64", "--batch", "1", "2")
FLOORS = {
    f"slots{slots}_prefix64_batch{rows}_{key}"
    for slots in (8, 24)
    for rows in (1, 2)
    for key in (
        *("ratio", "step_ms", "floor_ms", "bytes_ms", "flops_ms"),
        *("mb", "gflop", "experts"),
    )
}
LOOPS = {
    f"canvas{slots}_{key}"
    for slots in (8, 24)
    for key in ("speedup", "total", "ours_ms", "generate_ms")
}
USERS = {f"users{users}_{key}" for users in (1, 4) for key in ("median_ms", "p95_ms", "per_s")}
TIMES = {"median_ms", "p95_ms"}
KEYS = {
    "lsp_start": {*TIMES, "import_median_ms", "import_p95_ms"},
    "lsp_overhead": {
        *(*TIMES, "shown", "keys", "unclosed_median_ms", "unclosed_p95_ms"),
        *("long_median_ms", "long_p95_ms", "typed_median_ms", "typed_p95_ms"),
    },
    "lsp_index": {
        *("index_s", "saved_ms", "delay_ms", "keys", "resident_mb", "index_mb"),
        *("long_median_ms", "long_p95_ms"),
    },
    "round_trip": {*TIMES, "request_kb"},
    "gateway": {*TIMES, "people_median_ms", "people_p95_ms", "called_p95_ms"},
    "observing": {"added_us", "metrics_us", "page_us"},
    "floor": {*FLOORS, "gflop_s", "gb_s"},
    "generate": LOOPS,
    "small_hole": {"speedup", "ours_step_ms", "generate_step_ms", "total_median", "total_p95"},
    "hole20": {*TIMES, "key_median_ms", "key_p95_ms", "prompt_tokens"},
    "rows": {"ratio", "one_step_ms", "four_step_ms"},
    "concurrency": {*USERS, "users4_ratio"},
    "cancel": {*TIMES, "next_median_ms", "next_p95_ms", "steps_max", "step_ms"},
    "memory": {"growth", "early_mb", "late_mb", "requests"},
    "typists": {
        *("one_median_ms", "one_p95_ms", "eight_median_ms", "eight_p95_ms"),
        *("ratio", "superseded"),
    },
    "typing": {
        *("mean_tokens", "max_tokens", "p95_tokens"),
        *("jumps", "mean_between_jumps", "max_between_jumps", "keys"),
    },
    "line_hole": {
        *("cold_median_ms", "cold_p95_ms", "warm_median_ms", "warm_p95_ms"),
        *("steps_mean", "shown", "resident_gb"),
    },
    "quantized": {
        *("fp8_kl_mean_mnats", "fp8_same_argmax", "int4_kl_mean_mnats", "int4_same_argmax"),
        *("fp8_scaled_kl_mean_mnats", "fp8_scaled_same_argmax"),
        *("published_bf16_gb", "published_fp8_gb", "published_int4_gb"),
    },
}
TARGETS = {
    "lsp_start": {"p95_ms", "import_median_ms"},
    "lsp_overhead": {"p95_ms", "long_p95_ms", "typed_p95_ms"},
    "lsp_index": {"index_s", "saved_ms", "delay_ms", "resident_mb", "long_p95_ms"},
    "round_trip": set(),
    "gateway": {"p95_ms"},
    "observing": {"added_us"},
    "floor": set(),
    "generate": set(),
    "hole20": set(),
    "rows": set(),
    "concurrency": set(),
    "typists": set(),
    "cancel": {"steps_max"},
    "memory": {"growth"},
    "small_hole": {"speedup"},
    "typing": {"mean_tokens", "max_tokens"},
    "line_hole": {"cold_median_ms", "warm_median_ms", "resident_gb"},
    "quantized": {"published_int4_gb"},
}
MAY_BE_ZERO = {"delay_ms", "saved_ms", "shown", "jumps", "superseded", "steps_max"}


@pytest.fixture(autouse=True)
def no_compiler(monkeypatch):
    """`generate` loads torch's, slowly and with a deprecation warning, to mark what is not used."""
    monkeypatch.setattr(torch.compiler, "cudagraph_mark_step_begin", lambda: None)


def bench(capsys, *arguments):
    code = main(["bench", *arguments])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("name", NAMES)
def test_each_measurement_alone(capsys, checkpoint_folder, name):
    """Guards against a measurement that no longer runs, and against keys that scripts lose."""
    code, printed, _ = bench(
        capsys, "--quick", "--json", *SHAPES, "--model", str(checkpoint_folder), "--only", name
    )
    found = json.loads(printed)
    assert (code, found["quick"], found["model"]) == (0, True, str(checkpoint_folder))
    assert set(found["measurements"]) == {name}
    one = found["measurements"][name]
    assert set(one) == KEYS[name] | {"targets", "met", "notes"}
    assert set(one["targets"]) == TARGETS[name]
    assert all(one[key] > 0 for key in KEYS[name] - MAY_BE_ZERO)
    for median in (key for key in KEYS[name] if "median" in key):
        if (upper := median.replace("median", "p95")) in KEYS[name]:
            assert one[median] <= one[upper]


def test_the_machine_is_named(capsys):
    """Guards against figures of which nobody knows where they come from."""
    _, printed, _ = bench(capsys, "--quick", "--json", "--only", "round_trip")
    machine = json.loads(printed)["machine"]
    assert set(machine) == {
        *("cpu", "cores", "gpu", "torch_threads", "memory_gib", "load", "system", "versions")
    }
    assert machine["cores"] >= 1
    assert {"python", "torch", "transformers"} <= set(machine["versions"])


def test_the_table_fits_80_columns(capsys):
    """Guards against a table that wraps in a terminal of the usual width."""
    code, printed, _ = bench(capsys, "--quick", "--only", "round_trip")
    assert code == 0
    _, *lines = printed.splitlines()  # the first has the name of the processor
    assert all(len(line) <= 80 for line in lines)
    assert any(line.split()[:1] == ["median_ms"] for line in lines)


def test_a_checkpoint_that_is_not_there(capsys, tmp_path):
    """Guards against a traceback for a mistyped folder."""
    code, printed, error = bench(
        capsys, "--json", "--model", str(tmp_path / "none"), "--only", "typing"
    )
    assert (code, printed) == (1, "")
    assert "no checkpoint folder" in error


def test_an_unknown_name_is_bad_input(capsys):
    """Guards against a run of everything because of a typing error."""
    with pytest.raises(SystemExit) as caught:
        main(["bench", "--only", "everything"])
    assert caught.value.code == 2
    assert "lsp_overhead" in capsys.readouterr().err


def test_percentiles():
    """Guards against a p95 that interpolates below a sample that is one in twenty."""
    assert p95([float(n) for n in range(1, 101)]) == 95.0
    assert p95([3.0]) == 3.0
    median, upper = spread("cold", [1.0, 9.0, 2.0], p95_at_most=5.0)
    assert (median, upper) == (
        Figure("cold_median_ms", 2.0, "ms"),
        Figure("cold_p95_ms", 9.0, "ms", at_most=5.0),
    )


def test_targets_are_said_beside_the_figures():
    """Guards against a miss that reads like a hit."""
    slow = Figure("median_ms", 6.25, "ms", at_most=5.0)
    fast = Figure("speedup", 7.0, "x", at_least=5.0)
    one = Measurement("of a test", (slow, fast, Figure("shown", 0.5)))
    _, heading, *rows = report.rows("name", one)
    assert heading == "name: of a test"
    assert [row.split() for row in rows] == [
        ["median_ms", "6.25", "ms", "≤", "5", "ms", "MISSED"],
        ["speedup", "7", "x", "≥", "5", "x", "met"],
        ["shown", "0.50"],
    ]
    found = report.as_json({}, {}, {"name": one})
    assert found["met"] is False
    assert found["measurements"]["name"]["targets"] == {
        "median_ms": {"at_most": 5.0, "met": False},
        "speedup": {"at_least": 5.0, "met": True},
    }


def test_figures_of_one_kind_are_a_table():
    """Guards a page of lines for what is compared, and a target that is lost among them."""
    figures = (
        Figure("canvas64_speedup", 2.0, "x", at_least=3.0),
        Figure("canvas64_ours_ms", 12.345, "ms"),
        Figure("canvas256_speedup", 4.0, "x", at_least=3.0),
        Figure("canvas256_ours_ms", 1236.0, "ms"),
        Figure("canvas256_compiled_speedup", 1.0, "x"),
        Figure("gb_s", 9.0, "GB/s"),
    )
    groups = ("canvas64_", "canvas256_")
    one = Measurement("of a test", figures, ("not compiled here",), groups)
    _, _, *rows = report.rows("name", one)
    assert [row.split() for row in rows] == [
        ["speedup", "ours_ms", "compiled_speedup"],
        ["canvas64", "2", "12.35"],
        ["canvas256", "4", "1,236", "1"],
        ["canvas64_speedup", "2", "x", "≥", "3", "x", "MISSED"],
        ["canvas256_speedup", "4", "x", "≥", "3", "x", "met"],
        ["gb_s", "9", "GB/s"],
        ["not", "compiled", "here"],
    ]
    assert report.as_json({}, {}, {"n": one})["measurements"]["n"]["notes"] == ["not compiled here"]


def test_places_are_the_same_in_every_run():
    """Guards against figures that cannot be compared from one run to the next."""
    assert long_file(5000).count("\n") == 5000
    assert list(places(5, 20)) == list(places(5, 20))
    for place in (*places(5, 20), *line_places(30)):
        at = place.offset
        assert place.text[:at] + place.removed + place.text[at:] in sources()
        assert place.removed
    for place in line_places(30):
        assert place.text[place.offset] == "\n", "a line is cut to its end"


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_files_are_written_though_the_output_is_lost(capsys, monkeypatch, tmp_path, flag):
    """Guards minutes of measuring that `bench --out DIR | head` threw away."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        command = ["--quick", "--only", "round_trip", "--out", str(tmp_path), *flag]
        code, _, complaint = bench(capsys, *command)
    assert code == 4
    assert complaint == (
        "diffgem-engine: cannot write the output: No space left on device; make room, or send it "
        "elsewhere\n"
    )
    assert {"bench.md", "bench.json"} <= {path.name for path in tmp_path.iterdir()}
    assert json.loads((tmp_path / "bench.json").read_text())["measurements"].keys() == {
        "round_trip"
    }


def test_nothing_is_measured_for_nobody(capsys, monkeypatch):
    """Guards minutes of work after the reader of a table has gone."""
    unread, descriptor = os.pipe()
    os.close(unread)
    monkeypatch.setattr(bench_command, "measure", pytest.fail)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert bench(capsys, "--quick", "--only", "round_trip")[::2] == (141, "")
