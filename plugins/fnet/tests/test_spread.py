"""The head that says how sure it is: its loss by hand, its statistics, and what it learns of known noise."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
import torch

import unstained_fnet
from unstained_fnet import net, steps
from zoo.training.steps import Given, Step
from zoo.types.statistics import LEVELS

NORMAL = NormalDist()


def given(inputs: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> Given:
    return Given(inputs, targets, weights, targets[:, :0])


def test_the_loss_is_the_published_one_over_recorded_pixels() -> None:
    means, targets = torch.tensor([[1.0, 2.0, 9.0]]), torch.tensor([[3.0, 2.0, 0.0]])
    log_variances = torch.tensor([[math.log(4.0), -1.0, 5.0]])
    found = steps.likelihood(means, log_variances, targets, torch.tensor([[1.0, 1.0, 0.0]]))
    by_hand = ((0.5 * 4 / 4 + 0.5 * math.log(4)) + (0 - 0.5)) / 2
    assert found.item() == pytest.approx(by_hand, rel=1e-6)


def test_the_loss_is_a_normal_density_but_for_a_constant() -> None:
    sd, mean, truth = 0.7, 0.2, 1.5
    density = NormalDist(mean, sd).pdf(truth)
    found = steps.likelihood(
        torch.tensor([mean]), torch.tensor([2 * math.log(sd)]), torch.tensor([truth]), torch.ones(1)
    )
    assert found.item() == pytest.approx(-math.log(density) - 0.5 * math.log(2 * math.pi), rel=1e-5)


@pytest.mark.parametrize("squared", [0.0, 1.0])
def test_the_step_adds_its_share_of_squared_errors(squared: float) -> None:
    torch.manual_seed(0)
    built = net.build(1, 2, width=2, depth=1, spread=True).eval()
    x, y = torch.randn(1, 1, 8, 8), torch.randn(1, 2, 8, 8)
    step = steps.Heteroscedastic(1, 2, squared=squared)
    assert isinstance(step, Step)
    ((learner, loss),) = step(built, given(x, y, torch.ones_like(y)))
    means, log_variances = built.means_and_log_variances(x)
    expected = steps.likelihood(means, log_variances, y, torch.ones_like(y)) + squared * (means - y).square().mean()
    assert learner is built
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize(("spatial", "size"), [(2, (16, 32)), (3, (16, 16, 16))])
def test_it_returns_means_and_the_statistics_of_a_normal_distribution(spatial: int, size: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    built = net.build(1, 2, spatial=spatial, width=2, spread=True).eval()
    x = torch.randn(2, 1, *size)
    with torch.no_grad():
        means, statistics = built(x).split([2, 2 * (1 + len(LEVELS))], dim=1)
        expected, log_variances = built.means_and_log_variances(x)
    torch.testing.assert_close(means, expected)
    assert statistics.shape == (2, 2 * (1 + len(LEVELS)), *size)
    by_label = statistics.unflatten(1, (2, -1))
    for label in range(2):
        sd = (log_variances[:, label] / 2).exp()
        torch.testing.assert_close(by_label[:, label, 0], sd)
        for place, level in enumerate(LEVELS, start=1):
            quantile = means[:, label] + sd * NORMAL.inv_cdf(level / 100)
            torch.testing.assert_close(by_label[:, label, place], quantile)


def test_the_preset_names_what_the_net_returns_in_its_order() -> None:
    for architecture in unstained_fnet.zoo_architectures():
        preset = architecture.presets["spread"]
        assert preset.statistics == ("sd", *(f"q{level:g}" for level in net.LEVELS))
        assert net.LEVELS == LEVELS
        assert preset.recipe.objective == ""
        assert {**architecture.presets["lite"].options, "spread": True} == preset.options


def test_spread_adds_one_output_for_each_label_and_no_weights_elsewhere() -> None:
    plain, spread = (net.build(1, 3, width=4, spread=told).state_dict() for told in (False, True))
    assert {name for name in plain if plain[name].shape != spread[name].shape} == {"head.weight", "head.bias"}
    assert plain.keys() == spread.keys()
    assert spread["head.weight"].shape[0] == 2 * plain["head.weight"].shape[0]


def test_it_learns_where_the_stain_is_noisy() -> None:
    torch.manual_seed(2)
    built = net.build(1, 1, width=4, depth=1, spread=True)
    step = steps.Heteroscedastic(1, 1, squared=1.0)
    optimiser = torch.optim.Adam(built.parameters(), lr=1e-2)
    noise = torch.ones(4, 1, 32, 32)
    noise[..., 16:] = 0.1
    for _ in range(150):
        y = torch.randn(4, 1, 32, 32) * noise
        ((_, loss),) = step(built, given(noise, y, torch.ones_like(y)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        sd = (built.means_and_log_variances(noise)[1] / 2).exp()
    assert sd[..., 2:14].mean().item() == pytest.approx(1.0, rel=0.2)
    assert sd[..., 18:30].mean().item() == pytest.approx(0.1, rel=0.4)
