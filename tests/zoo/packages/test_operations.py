"""Pre- and postprocessing agrees with bioimageio.core's, operation by operation and in chains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from bioimageio.core import Sample
from bioimageio.core.axis import AxisId
from bioimageio.core.common import MemberId
from bioimageio.core.proc_ops import get_proc
from bioimageio.core.stat_calculators import compute_measures
from bioimageio.core.tensor import Tensor as CoreTensor
from bioimageio.spec.model import v0_5
from hypothesis import given as drawn
from hypothesis import strategies as st
from pydantic import TypeAdapter

from zoo.errors import ZooError
from zoo.package import Axis, Operation, Tensor
from zoo.runtime import operations

AXES = [
    {"type": "batch"},
    {"type": "channel", "channel_names": ["a", "b"]},
    {"type": "space", "id": "y", "size": {"min": 4, "step": 1}},
    {"type": "space", "id": "x", "size": {"min": 4, "step": 1}},
]
TENSOR = Tensor(
    id="input",
    axes=(
        Axis(id="batch", kind="batch"),
        Axis(id="channel", kind="channel", names=("a", "b")),
        Axis(id="y", kind="space", smallest=4, step=1),
        Axis(id="x", kind="space", smallest=4, step=1),
    ),
)
BOTH = {"axes": ["y", "x"]}
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("ensure_dtype", {"dtype": "float32"}),
    ("ensure_dtype", {"dtype": "uint8"}),
    ("clip", {"min": 20.0, "max": 90.0}),
    ("clip", {"min": 20.0}),
    ("clip", {"min_percentile": 5.0, "max_percentile": 95.0, **BOTH}),
    ("scale_linear", {"gain": 2.5, "offset": -3.0}),
    ("scale_linear", {"gain": [2.0, 3.0], "offset": [1.0, -1.0], "axis": "channel"}),
    ("fixed_zero_mean_unit_variance", {"mean": 50.0, "std": 7.0}),
    ("fixed_zero_mean_unit_variance", {"mean": [50.0, 60.0], "std": [7.0, 8.0], "axis": "channel"}),
    ("zero_mean_unit_variance", BOTH),
    ("zero_mean_unit_variance", {"axes": ["channel", "y", "x"]}),
    ("zero_mean_unit_variance", {"axes": ["x"]}),
    ("scale_range", {"min_percentile": 1.0, "max_percentile": 99.0, **BOTH}),
    ("scale_range", {"min_percentile": 1.0, "max_percentile": 99.8, "axes": ["channel", "y", "x"]}),
    ("scale_mean_variance", {"reference_tensor": "other", **BOTH}),
    ("binarize", {"threshold": 50.0}),
    ("sigmoid", {}),
    ("softmax", {"axis": "channel"}),
]
KNOWN: Any = TypeAdapter(v0_5.PreprocessingDescr | v0_5.PostprocessingDescr)


def image(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 120, (2, 12, 15)).astype(np.float32)


def core(steps: list[tuple[str, dict[str, Any]]], given: dict[str, np.ndarray]) -> np.ndarray:
    """What bioimageio.core makes of the input: statistics first, all of them of the images as they were given."""
    tensor: Any = v0_5.InputTensorDescr.model_validate({"id": "input", "axes": AXES, "data": {"type": "float32"}})
    procs: list[Any] = [
        get_proc(KNOWN.validate_python({"id": name, **({"kwargs": kwargs} if kwargs else {})}), tensor)
        for name, kwargs in steps
    ]
    dims = [AxisId(axis) for axis in ("batch", "channel", "y", "x")]
    members = {MemberId(name): CoreTensor.from_numpy(array[None], dims=dims) for name, array in given.items()}
    sample = Sample(members=members, stat={}, id="sample")
    sample.stat = dict(compute_measures({measure for proc in procs for measure in proc.required_measures}, [sample]))
    for proc in procs:
        proc(sample)
    return sample.members[MemberId("input")].to_numpy()[0]


def ours(steps: list[tuple[str, dict[str, Any]]], given: dict[str, np.ndarray]) -> np.ndarray:
    tensor = replace(TENSOR, operations=tuple(Operation(id=name, kwargs=kwargs) for name, kwargs in steps))
    before = {name: array.copy() for name, array in given.items()}
    result = operations.apply(tensor, given["input"], given)
    for name, array in given.items():
        np.testing.assert_array_equal(array, before[name])
    return result


@pytest.mark.parametrize(("name", "kwargs"), STEPS, ids=[f"{name} {kwargs}" for name, kwargs in STEPS])
def test_an_operation_agrees_with_the_formats_own(name: str, kwargs: dict[str, Any]) -> None:
    given = {"input": image(0), "other": 3 * image(1) + 5}
    expected = core([(name, kwargs)], given)
    np.testing.assert_allclose(ours([(name, kwargs)], given), expected, rtol=1e-5, atol=1e-6)


CHAINS = [
    [
        ("clip", {"min_percentile": 5.0, "max_percentile": 95.0, **BOTH}),
        ("zero_mean_unit_variance", BOTH),
        ("ensure_dtype", {"dtype": "float32"}),
    ],
    [
        ("scale_range", {"min_percentile": 1.0, "max_percentile": 99.0, **BOTH}),
        ("clip", {"min": 0.0, "max": 1.0}),
        ("scale_linear", {"gain": 255.0}),
        ("ensure_dtype", {"dtype": "uint8"}),
        ("ensure_dtype", {"dtype": "float32"}),
    ],
]


@pytest.mark.parametrize("chain", CHAINS, ids=["clip first", "to bytes"])
def test_a_chain_agrees_with_the_formats_own(chain: list[tuple[str, dict[str, Any]]]) -> None:
    given = {"input": image(2)}
    np.testing.assert_allclose(ours(chain, given), core(chain, given), rtol=1e-5, atol=1e-6)


def test_every_operation_that_can_be_applied_is_compared() -> None:
    assert {name for name, _ in STEPS} == set(operations.OPERATIONS)


@drawn(st.integers(0, 60000), st.floats(0.5, 1000))
def test_normalising_large_counts_loses_nothing(mean: int, spread: float) -> None:
    counts = np.random.default_rng(0).normal(mean, spread, (1, 16, 16)).clip(0, 65535).astype(np.uint16)
    expected = (counts - counts.mean(dtype=float)) / (counts.std(dtype=float) + 1e-6)
    found = ours([("zero_mean_unit_variance", BOTH), ("ensure_dtype", {"dtype": "float32"})], {"input": counts})
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_an_operation_that_is_not_known_names_itself_and_the_package() -> None:
    tensor = replace(TENSOR, operations=(Operation(id="cellpose_flow_dynamics"),))
    with pytest.raises(ZooError) as caught:
        operations.check(tensor, "cells.zip")
    assert caught.value.message.startswith(
        "cells.zip: tensor 'input' needs the operation 'cellpose_flow_dynamics', which cannot be applied here; known"
    )
    assert "zoo score" in caught.value.hint
