"""`diffgem-engine bench --random-weights`, from the weights to the page with its plots."""

import json

import pytest
import torch
from published import full_config, stored_weights

from diffgem_engine.__main__ import main
from diffgem_engine.bench import driving
from diffgem_engine.bench.catalogue import NAMES, OF_WEIGHTS, measure
from diffgem_engine.bench.figures import BenchError
from diffgem_engine.bench.published import CONFIG
from diffgem_engine.bench.random_weights import drawn_weights, random_checkpoint
from diffgem_engine.bench.routing import experts_chosen
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.synthetic import synthetic_tokenizer
from diffgem_engine.checkpoint import memory
from diffgem_engine.checkpoint.skeleton import skeleton
from diffgem_engine.core.forward.graphed import GraphedForward
from diffgem_engine.core.forward.stock import StockForward
from diffgem_engine.core.runner import Runner

CPU = torch.device("cpu")
SMALL = ("--slots", "8", "--prefix", "64", "--batch", "1", "2")
NEVER_WITHOUT_TARGETS = {"cancel", "memory", "typing"}


@pytest.fixture(autouse=True)
def no_compiler(monkeypatch):
    """`generate` loads torch's, slowly and with a deprecation warning, to mark what is not used."""
    monkeypatch.setattr(torch.compiler, "cudagraph_mark_step_begin", lambda: None)
    monkeypatch.setattr(torch.compiler, "reset", lambda: None)


def random_bench(capsys, *arguments):
    code = main(["bench", "--random-weights", "tiny", "--device", "cpu", *arguments])
    return code, *capsys.readouterr()


@pytest.fixture(scope="module")
def setup():
    return Setup(random="tiny", on=CPU)


def test_every_measurement_of_weights_and_its_page(capsys, tmp_path):
    """Guards the one command that is to give all figures of a machine, and what it leaves."""
    out = tmp_path / "new" / "out"
    code, printed, _ = random_bench(capsys, "--quick", *SMALL, "--out", str(out))
    found = json.loads((out / "bench.json").read_text(encoding="utf-8"))
    assert code == 0
    assert tuple(found["measurements"]) == tuple(n for n in NAMES if n in OF_WEIGHTS)
    about = {"model": "random tiny", "device": "cpu", "dtype": "float32", "quantize": "none"}
    assert about.items() <= found.items()
    with_targets = {name for name, one in found["measurements"].items() if one["targets"]}
    assert with_targets == NEVER_WITHOUT_TARGETS, "other weights have other figures"
    _, *lines = printed.splitlines()  # the first has the name of the processor
    assert all(len(line) <= 100 for line in lines)
    page = (out / "bench.md").read_text(encoding="utf-8")
    for plot in ("floor.svg", "generate.svg", "concurrency.svg"):
        assert f"]({plot})" in page
        assert "<svg" in (out / plot).read_text(encoding="utf-8")
    assert "| slots8_prefix64_batch2 |" in page


def test_experts_of_few_bits(capsys):
    """Guards an option that is read and forgotten."""
    code, printed, _ = random_bench(
        capsys, "--quick", "--json", *SMALL, "--quantize", "fp8", "--only", "rows", "floor"
    )
    assert (code, json.loads(printed)["quantize"]) == (0, "fp8")


def test_what_random_weights_cannot_tell(capsys):
    """Guards figures of weights that nobody asked for."""
    code, printed, error = random_bench(capsys, "--json", "--only", "line_hole")
    assert (code, printed) == (1, "")
    assert "give --model" in error


@pytest.mark.parametrize(
    "wrong",
    [
        ("--model", "python-small"),
        ("--slots", "0"),
        ("--slots", "257"),
        ("--prefix", "63"),
        ("--batch", "9"),
    ],
)
def test_bad_options(capsys, wrong):
    """Guards shapes that the engine never runs, and weights of two kinds."""
    with pytest.raises(SystemExit) as caught:
        random_bench(capsys, *wrong)
    assert caught.value.code == 2


def test_no_room_is_said_before_anything_is_drawn(capsys, monkeypatch):
    """Guards a machine that dies of 52 GB."""
    monkeypatch.setattr(memory, "free_bytes", lambda _: 2**30)
    options = ("--device", "cpu", "--dtype", "bfloat16", "--only", "rows")
    code = main(["bench", "--random-weights", "26b-a4b", *options])
    assert code == 1
    assert "needs about" in capsys.readouterr().err


def test_what_fails_leaves_the_others(capsys, monkeypatch):
    """Guards an hour on a rented GPU that ends with one measurement too large for it."""

    def too_much(_):
        raise torch.OutOfMemoryError("of 80 GB")

    monkeypatch.setattr("diffgem_engine.bench.hole20.measure", too_much)
    code, printed, error = random_bench(
        capsys, "--quick", "--json", *SMALL, "--only", "hole20", "rows"
    )
    assert (code, set(json.loads(printed)["measurements"])) == (1, {"rows"})
    assert "hole20: cpu has no memory left" in error


def test_a_request_that_fails_is_no_figure(setup, monkeypatch):
    """Guards times of canvases that were never denoised."""
    monkeypatch.setattr(setup.runner, "denoise", lambda _: 1 / 0)
    with pytest.raises(BenchError, match="division by zero"):
        driving.drive(setup, driving.new_engine(setup), [driving.request(setup, range(20), 8)])


def test_a_folder_that_cannot_be_written(capsys, tmp_path):
    """Guards minutes of measuring for nothing."""
    (tmp_path / "file").write_text("")
    code, _, error = random_bench(capsys, "--quick", "--out", str(tmp_path / "file" / "out"))
    assert code == 1
    assert "cannot write" in error


def test_all_weights_of_the_published_checkpoint_are_drawn():
    """Guards a full-size model that lacks weights, or has others."""
    drawn = drawn_weights(skeleton(CONFIG, torch.bfloat16, "full"), CPU, torch.bfloat16)
    wanted = stored_weights(full_config())
    assert {name: one.shape for name, one in drawn.items()} == wanted


def test_hidden_states_keep_their_size(setup):
    """Guards figures of a model that computes with infinities."""
    model = setup.checkpoint.model
    outs, layers = [], model.model.decoder.layers
    hooks = [layer.register_forward_hook(lambda _, __, out: outs.append(out)) for layer in layers]
    prompt = torch.tensor([driving.prompt(setup, 200)])
    with torch.inference_mode():
        model(input_ids=prompt, decoder_input_ids=prompt[:, :64])
    for hook in hooks:
        hook.remove()
    sizes = [float(out.square().mean().sqrt()) for out in outs]
    assert len(sizes) == 6
    assert all(0.3 < size < 30 for size in sizes)


def test_the_experts_share_the_work(setup):
    """Guards a floor of the one expert that all slots choose."""
    request = driving.request(setup, driving.prompt(setup, 200), 64)
    text = setup.checkpoint.model.config.text_config
    chosen = experts_chosen(setup, [request]) / text.num_hidden_layers
    assert 0.6 * text.num_experts < chosen <= text.num_experts


def test_the_same_weights_every_time_and_in_few_bits():
    """Guards runs that cannot be compared."""
    one, other, small = (
        random_checkpoint("tiny", CPU, torch.float32, kind).model
        for kind in ("none", "none", "fp8")
    )
    ours, theirs = one.state_dict(), other.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    exact = one.model.decoder.layers[0].experts.gate_up_proj
    packed = small.model.decoder.layers[0].experts.gate_up_proj
    assert (packed.load(slice(None), torch.float32) - exact).norm() < 0.05 * exact.norm()


def test_a_token_is_a_byte():
    """Guards prompts that are shorter than they are told to be."""
    tokenizer = synthetic_tokenizer(1024)
    text = "naïve = ‘x’\n\tif"
    assert len(tokenizer.encode(text)) == len(text.encode())
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.size == 1024


def test_prompts_are_of_their_length_and_differ(setup):
    """Guards users who all share one cached prompt."""
    prompts = [driving.prompt(setup, 300, number) for number in range(40)]
    assert {len(ids) for ids in prompts} == {300}
    assert len({ids[:30] for ids in prompts}) == 40


def test_claims_are_of_their_device_and_weights():
    """Guards a miss that is none: the targets of a GPU on a CPU, and of other weights."""
    here, there = CPU, torch.device("cuda")
    assert Setup(on=here).aim(gpu=1.0) is None
    assert Setup(on=here).cpu_aim(2.0) == 2.0
    assert Setup(on=here, random="tiny").cpu_aim(2.0) is None
    assert Setup(on=there, random="tiny").aim(gpu=1.0) is None
    assert Setup(on=there, random="26b-a4b").aim(gpu=1.0, fp8=3.0) == 1.0
    assert Setup(on=there, random="26b-a4b", quantize="fp8").aim(gpu=1.0, fp8=3.0) == 3.0
    assert Setup(on=there, random="26b-a4b", quantize="fp8").aim(gpu=1.0) == 1.0


@pytest.mark.parametrize("name", ["floor", "rows", "hole20", "concurrency"])
def test_over_the_buffers_that_a_gpu_captures(name):
    """Guards measurements of batches and shapes that captured passes are not made for."""
    setup = Setup(random="tiny", on=CPU, quick=True, slots=(20,), prefixes=(70,), batches=(1, 3))
    model = setup.checkpoint.model
    setup.runner = Runner(model, GraphedForward(StockForward(model)))
    assert all(figure.value > 0 for figure in measure(name, setup).figures)


def test_a_format_that_random_weights_have_not(capsys):
    """Guards an option that means nothing, and figures under its name."""
    code, printed, error = random_bench(capsys, "--format", "chat")
    assert (code, printed, len(error.splitlines())) == (2, "", 1)
    assert "leave --format out" in error


def test_a_device_that_is_not_there_is_said_once(capsys):
    """Guards a refusal for each measurement, and what else follows from it."""
    code = main(["bench", "--random-weights", "tiny", "--device", "cuda:99", "--json"])
    printed, error = capsys.readouterr()
    assert (code, printed, len(error.splitlines())) == (1, "", 1)
    assert "cannot use the device cuda:99" in error


def test_a_device_that_fails_costs_one_measurement(capsys, monkeypatch):
    """Guards minutes of a rented machine that one mistake throws away."""

    def broken(*_):
        raise RuntimeError("the device said no\nand more")

    monkeypatch.setattr("diffgem_engine.bench.hole20.measure", broken)
    code, printed, error = random_bench(
        capsys, "--quick", "--json", *SMALL, "--only", "hole20", "rows"
    )
    assert (code, [*json.loads(printed)["measurements"]]) == (1, ["rows"])
    assert error.splitlines() == [
        "diffgem-engine: hole20: it failed on cpu: the device said no; give another --device"
    ]
