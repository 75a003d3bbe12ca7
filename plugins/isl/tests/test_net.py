"""The net: its parameters, modules and geometry, and what it makes of a distribution. Runs where TensorFlow may."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unstained_isl
from zoo.runtime import isolated

MODULES = """
0 16-34-16@70 16-34-16@68 16-38-16@66 16-38-16@64 16-38-16@62 16-38-16@60 16-38-16@58 16-44-16@56 16-44-16@54
  16-44-16@52 16-44-16@50 16-50-16@48 16-50-16@46 16-56-16@44 16-56-16@42 16-56-16@40 16-60-16@38 16-66-16@36
1 16-50-16@50 16-50-16@48 16-50-16@46 16-56-16@44 16-56-16@42 16-56-16@40 16-60-16@38 16-66-16@36 16-66-16@34
  16-72-16@32 16-76-16@30 16-82-16@28 16-88-16@26 16-92-18@24 18-104-20@22 20-110-20@20 20-60-12@42 12-66-12@36
2 16-34-16@72 16-34-16@70 16-72-16@34 16-72-16@32 16-76-16@30 16-82-16@28 16-88-16@26 16-92-18@24 18-104-20@22
  20-110-20@20 20-126-24@18 24-136-26@16 26-158-30@14 30-184-34@12 34-110-20@26 20-110-20@20 20-60-12@42 12-66-12@36
3 16-28-16@100 16-28-16@98 16-50-16@48 16-50-16@46 16-110-20@22 20-110-20@20 20-126-24@18 24-136-26@16 26-158-30@14
  30-184-34@12 34-218-40@10 40-272-50@8 50-180-34@18 34-184-34@12 34-110-20@26 20-110-20@20 20-60-12@42 12-66-12@36
4 16-22-16@124 16-22-16@122 16-38-16@60 16-38-16@58 16-88-16@28 16-88-16@26 16-218-40@12 40-218-40@10 40-272-50@8
  50-364-68@6 68-272-50@14 50-272-50@8 50-180-34@18 34-184-34@12 34-110-20@26 20-110-20@20 20-60-12@42 12-66-12@36
5 64-66-64@34 64-72-64@32 64-76-64@30 64-82-64@28 64-88-64@26 64-92-64@24 64-104-64@22 64-110-64@20 64-126-64@18
  64-136-64@16 64-158-64@14 64-184-64@12 64-218-64@10 64-272-64@8
"""
"""The published net for an image of 250 pixels: features in, inside and out of each module, and the edge it ends with;
five towers, and what stands upon them."""
HEAD = 2 * 64 + 128 * 256 + 256


pytestmark = pytest.mark.timeout(900)
"""Nets are built in a process of their own, once for all tests: a minute, and more beside other work."""


@dataclass(frozen=True)
class Facts:
    """What the process that has TensorFlow found."""

    modules: dict[str, list[str]]
    counts: dict[str, int]
    released: int
    paper: tuple[int, int]
    decoded: list[np.ndarray]
    chances: np.ndarray
    blocks: dict[str, tuple[np.ndarray, np.ndarray]]
    shape: tuple[int, ...]
    stitched: list[float]
    reloaded: float
    statistics: tuple[str, ...]
    archive: str
    """The architecture as Keras writes it."""


def examine(folder: Path) -> Facts:
    """Build the nets once, and measure everything that the tests ask for."""
    from zoo.runtime import loading

    keras = loading.keras()
    keras.utils.set_random_seed(0)
    from unstained_isl import net as nets
    from unstained_isl.steps import Distributions

    released = nets.build(26, 9, projection=16, masks=True)
    with_planes = Distributions(released, reconstruction=0.5).learner
    paper = nets.build(13, 8)
    counts = {layer.name: _count(layer.trainable_variables) for layer in released.layers}
    tiny = nets.build(2, 2, base=40, up_base=40, bins=16, projection=2, momentum=0.0)
    noise = np.random.default_rng(0)
    tiny(noise.random((1, 250, 250, 2), np.float32), training=True)  # statistics that let something through
    tiny.save(folder / "net.keras")
    return Facts(
        modules=_modules(keras, released),
        statistics=nets.STATISTICS,
        counts=counts,
        released=_count(with_planes.trainable_variables),
        paper=(_count(paper.trainable_variables), paper.get_layer("embedding").output.shape[-1]),
        **_decoded(keras, nets),
        blocks={"module": _block(keras, nets, "module"), "doubled": _block(keras, nets, "doubled")},
        **_geometry(tiny, noise),
        **_reloaded(keras, tiny, noise, folder / "net.keras"),
    )


def _count(variables: Any) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


def _modules(keras: Any, net: Any) -> dict[str, list[str]]:
    """As in ``MODULES``: edges are those of a pass over 250 pixels."""
    names = [layer.name for layer in net.layers if isinstance(layer, keras.layers.Add)]
    found = keras.Model(net.input, [net.get_layer(name).output for name in names])(np.zeros((1, 250, 250, 26), "f"))
    told: dict[str, list[str]] = {}
    for name, made in zip(names, found, strict=True):
        tower = name[5] if name.startswith("tower") else "5"
        expand, reduce = (net.get_layer(f"{name}_{part}") for part in ("expand", "reduce"))
        back = isinstance(expand, keras.layers.Conv2DTranspose)
        given = expand.kernel.shape[3 if back else 2] // 2
        told.setdefault(tower, []).append(f"{given}-{expand.filters}-{reduce.filters}@{made.shape[1]}")
    return told


def _decoded(keras: Any, nets: Any) -> dict[str, Any]:
    logits = np.random.default_rng(1).normal(0, 3, (1, 2, 3, 2, 13)).astype("f")
    logits[0, 0, 0, 0] = [0, 50, *[0] * 11]  # certain
    logits[0, 0, 1, 0] = 0  # knows nothing
    chances = np.exp(logits - logits.max(-1, keepdims=True))
    chances /= chances.sum(-1, keepdims=True)
    given = keras.Input(chances.shape[1:])
    found = keras.Model(given, nets.decoded(given, 13))(chances)
    return {"decoded": np.split(np.asarray(found), [2], axis=-1), "chances": chances}


def _block(keras: Any, nets: Any, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """A block with random weights: what Keras makes of an image, and what numpy makes of it by the definition."""
    noise = np.random.default_rng(2)
    x = noise.normal(size=(1, 6, 6, 3)).astype("f")
    given = keras.Input(x.shape[1:])
    size = nets.Sizes(400, 396, 0.99)
    made = nets._doubled(given, "b", (5, 2), size) if kind == "doubled" else nets._module(given, "b", (4, 5), size)
    net = keras.Model(given, made)
    for variable in net.variables:
        low = 0.5 if "variance" in variable.path else -1.0
        variable.assign(noise.uniform(low, 1.0, variable.shape))
    weights = {variable.path: np.asarray(variable, np.float64) for variable in net.variables}
    return np.asarray(net(x, training=False))[0], _by_hand(x[0].astype(float), weights, back=kind == "doubled")


def _by_hand(x: np.ndarray, weights: dict[str, np.ndarray], *, back: bool) -> np.ndarray:
    both, kernel = _active(x, weights, "b_expand"), weights["b_expand/kernel"]
    if back:  # each pixel spreads its kernel, two pixels from that of its neighbour
        wide = np.zeros((14, 14, kernel.shape[2]))
        for i, j in np.ndindex(6, 6):
            wide[2 * i : 2 * i + 4, 2 * j : 2 * j + 4] += kernel @ both[i, j]
    else:
        wide = np.zeros((4, 4, kernel.shape[3] + 3))
        for i, j in np.ndindex(4, 4):
            conv = np.einsum("yxc,yxcd->d", both[i : i + 3, j : j + 3], kernel)
            wide[i, j] = [*conv, *x[i : i + 3, j : j + 3].max(axis=(0, 1))]
    mixed = _active(wide, weights, "b_reduce") @ weights["b_reduce/kernel"][0, 0]
    if back:
        kept = np.pad(x.repeat(2, 0).repeat(2, 1), ((1, 1), (1, 1), (0, 0)), mode="symmetric")
        return (kept[..., :2] + mixed)[2:-2, 2:-2]
    return np.pad(x[1:-1, 1:-1], ((0, 0), (0, 0), (0, 2))) + mixed


def _active(x: np.ndarray, weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    part = {kind: weights[f"{name}_norm/{kind}"] for kind in ("gamma", "beta", "moving_mean", "moving_variance")}
    normed = part["gamma"] * (x - part["moving_mean"]) / np.sqrt(part["moving_variance"] + 1e-3) + part["beta"]
    return np.concatenate([np.maximum(normed, 0), np.tanh(normed)], axis=-1)


def _geometry(tiny: Any, noise: Any) -> dict[str, Any]:
    """A tile of 282 pixels in one, and by patches of 250 that start 16 pixels apart, or 8."""
    image = noise.random((1, 282, 282, 2), np.float32)
    whole = np.asarray(tiny(image, training=False))
    apart = []
    for start in (0, 16, 32, 8):
        part = np.asarray(tiny(image[:, start : start + 250, 16:266], training=False))
        apart.append(float(np.abs(part - whole[:, start : start + 8, 16:24]).max()))
    return {"shape": whole.shape, "stitched": apart}


def _reloaded(keras: Any, tiny: Any, noise: Any, path: Path) -> dict[str, Any]:
    image = noise.random((1, 250, 250, 2), np.float32)
    again = keras.saving.load_model(path)
    found = [np.asarray(net(image, training=False)) for net in (tiny, again)]
    archive = zipfile.ZipFile(path).read("config.json").decode()
    return {"reloaded": float(np.abs(found[0] - found[1]).max()), "archive": archive}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return isolated("the net", examine, tmp_path_factory.mktemp("isl"))


def test_every_module_of_the_five_towers_is_the_published_one(facts: Facts) -> None:
    expected = {}
    for row in MODULES.replace("\n  ", " ").strip().splitlines():
        tower, *modules = row.split()
        expected[tower] = modules
    assert facts.modules == expected
    assert sum(map(len, expected.values())) == 104


def test_it_has_as_many_parameters_as_the_released_net(facts: Facts) -> None:
    assert facts.released == 9_273_708
    towers = [sum(n for name, n in facts.counts.items() if name.startswith(f"tower{scale}_")) for scale in range(5)]
    assert towers == [276_984, 456_200, 835_560, 1_533_000, 2_605_436]
    assert sum(n for name, n in facts.counts.items() if name.startswith("upper")) == 2_405_360
    heads = [sum(n for name, n in facts.counts.items() if name.startswith(f"head{index}")) for index in range(9)]
    assert heads == [HEAD] * 9 == [33_152] * 9
    core = sum(facts.counts.values()) - 9 * HEAD
    assert (core, facts.counts["projection"]) == (8_113_388, 848)
    # the other nets of the table differ in planes, masks and heads alone
    assert core + (26 + 8) * HEAD == 9_240_556
    assert core - 848 + (2 * 13 * 16 + 16) + (13 + 9) * HEAD == 8_842_316
    assert core - 848 + (13 * 16 + 16) + 8 * HEAD == 8_377_980


def test_without_a_projection_it_is_the_net_of_the_paper(facts: Facts) -> None:
    assert facts.paper == (8_084_250, 61)


@pytest.mark.parametrize("kind", ["module", "doubled"])
def test_a_block_gives_what_its_definition_gives(facts: Facts, kind: str) -> None:
    found, expected = facts.blocks[kind]
    assert expected.shape == {"module": (4, 4, 5), "doubled": (10, 10, 2)}[kind]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_it_loses_121_pixels_on_each_side_and_tiles_agree_16_pixels_apart(facts: Facts) -> None:
    assert facts.shape == (1, 40, 40, 2 * 20)
    *aligned, between = facts.stitched
    assert max(aligned) < 1e-4
    assert between > 1e-3


def test_means_and_statistics_are_those_of_the_distribution(facts: Facts) -> None:
    mean, told = facts.decoded
    p, values = facts.chances.astype(float), np.arange(13) / 12
    np.testing.assert_allclose(mean, p @ values, atol=1e-6)
    told = told.reshape(1, 2, 3, 2, 19)
    sd, entropy, mode, nonzero = np.moveaxis(told[..., :4], -1, 0)
    np.testing.assert_allclose(sd, np.sqrt(p @ values**2 - (p @ values) ** 2), atol=1e-5)
    np.testing.assert_allclose(entropy, -(p * np.log(p + 1e-300)).sum(-1) / np.log(13), atol=1e-6)
    np.testing.assert_allclose(mode, p.argmax(-1) / 12)
    np.testing.assert_allclose(nonzero, 1 - p[..., 0], atol=1e-6)
    assert (sd[0, 0, 0, 0], entropy[0, 0, 0, 0], mode[0, 0, 0, 0]) == pytest.approx((0, 0, 1 / 12), abs=1e-6)
    assert entropy[0, 0, 1, 0] == pytest.approx(1)


def test_statistics_are_named_in_the_order_of_the_net(facts: Facts) -> None:
    assert facts.statistics == unstained_isl.STATISTICS


def test_quantiles_lie_straight_between_the_edges_of_bins(facts: Facts) -> None:
    levels = np.array([2.5, 5, 10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 95, 97.5]) / 100
    found = facts.decoded[1].reshape(-1, 19)[:, 4:]
    sums = np.cumsum(facts.chances.reshape(-1, 13).astype(float), axis=-1)
    edges = (np.arange(14) - 0.5) / 12
    expected = [np.interp(levels, [0, *row], edges) for row in sums]
    np.testing.assert_allclose(found, np.clip(expected, 0, 1), atol=1e-5)
    assert (np.diff(found) >= 0).all()


def test_whoever_loads_it_needs_none_of_this_code(facts: Facts) -> None:
    assert facts.reloaded == 0.0
    assert "unstained" not in facts.archive
    assert "Lambda" not in facts.archive
    modules = {layer["module"] for layer in json.loads(facts.archive)["config"]["layers"]}
    assert {module.partition(".")[0] for module in modules} == {"keras"}
