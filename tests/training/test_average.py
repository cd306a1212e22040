"""The moving average of a model's weights."""

import pytest
import torch

from diffgem_engine.training.average import Average


def test_the_first_steps_count_as_in_a_plain_mean():
    """Guards an average that is the first, random weights for hundreds of steps."""
    model = torch.nn.Linear(3, 3, bias=False)
    average = Average(model)
    with torch.no_grad():
        model.weight.fill_(5.0)
    for _ in range(60):
        average.update()
    with average.in_place():
        assert (model.weight - 5.0).abs().max() < 1e-3


def test_many_steps_are_smoothed():
    model = torch.nn.Linear(1, 1, bias=False)
    average = Average(model)
    for step in range(5000):
        with torch.no_grad():
            model.weight.fill_(float(step % 2))
        average.update()
    with average.in_place():
        assert model.weight.item() == pytest.approx(0.5, abs=0.01)
    assert model.weight.item() == 1.0


def test_weights_come_back_after_an_error():
    """Guards a run that goes on from the averaged weights after a failed export."""
    model = torch.nn.Linear(2, 2)
    average = Average(model)
    with torch.no_grad():
        model.weight.fill_(7.0)
    with pytest.raises(OSError, match="full"), average.in_place():
        raise OSError("full")
    assert (model.weight == 7.0).all()


def test_its_state_goes_on():
    one, two = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    first, second = Average(one), Average(two)
    first.update()
    second.load_state_dict(first.state_dict())
    with first.in_place(), second.in_place():
        assert torch.equal(one.weight, two.weight)
    with pytest.raises(KeyError):
        second.load_state_dict({"mean": {}, "steps": 1})
