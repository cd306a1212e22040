"""The checkpoint that a command runs on, and the threads that it may take."""

import argparse
import os

import pytest
import torch

from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint


def options(*arguments):
    parser = argparse.ArgumentParser()
    add_model_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def threads(monkeypatch):
    """As many as torch is told to use; `threads.append` says how many it had wanted."""
    found = [1]
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: found[-1])
    monkeypatch.setattr(torch, "set_num_threads", found.append)
    return found


def test_the_options_reach_the_checkpoint(threads, checkpoint_folder):
    """Guards an option that is read over."""
    arguments = ("--model", str(checkpoint_folder), "--device", "cpu", "--dtype", "bfloat16")
    loaded = load_checkpoint(options(*arguments))
    assert "bfloat16 on cpu" in loaded.summary
    assert loaded.name == str(checkpoint_folder)
    small = load_checkpoint(options(*arguments, "--quantize", "int4"))
    assert "bfloat16 with int4 experts on cpu" in small.summary
    assert small.nbytes < loaded.nbytes
    assert small.parameters == loaded.parameters


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "/no/such/folder"], "no checkpoint folder"),
        (["--device", "teapot"], "teapot"),
        pytest.param(
            ["--device", "cuda"],
            "use --device cpu",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="the device is there"),
        ),
    ],
)
def test_what_cannot_be_loaded_says_so(threads, arguments, words):
    with pytest.raises(LoadFailed, match=words):
        load_checkpoint(options(*arguments))


@pytest.mark.parametrize(
    ("wanted", "cores", "taken"),
    [(8, 8, 7), (4, 8, 3), (8, 2, 1), (2, 2, 1), (1, 1, 1), (1, 64, 1)],
)
def test_a_core_is_left_to_the_editor(
    threads, monkeypatch, checkpoint_folder, wanted, cores, taken
):
    """On hyperthreads, and in a container with few cores of many, every core was taken."""
    threads.append(wanted)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    load_checkpoint(options("--model", str(checkpoint_folder), "--device", "cpu"))
    assert threads[-1] == taken


def test_whoever_sets_the_threads_is_obeyed(threads, monkeypatch, checkpoint_folder):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    load_checkpoint(options("--model", str(checkpoint_folder), "--device", "cpu"))
    assert threads == [1]
