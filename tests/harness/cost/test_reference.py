"""The reference net: the same bytes for ever, and a net that its format's own library understands."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cost import messages, reference
from harness.cost.counting import macs
from harness.cost.stopwatch import Stopwatch
from zoo.runtime.profiles import Step

DIGEST = "887662cb0afa9a7da40700729bc64964de9f9387ebda1feba2b2b71890aac7c2"


def test_the_net_never_changes():
    assert sha256(reference.definition()).hexdigest() == DIGEST, "a changed net needs a new version in its name"


def test_the_library_of_the_format_reads_the_same_net():
    net = onnx.load_from_string(reference.definition())
    onnx.checker.check_model(net, full_check=True)
    assert sum(int(np.prod(tensor.dims)) for tensor in net.graph.initializer) == 116_753
    counts = [node.op_type for node in net.graph.node]
    assert (counts.count("Conv"), counts.count("ConvTranspose"), counts.count("MaxPool")) == (11, 2, 2)


@given(st.integers(0, 2**40))
def test_numbers_are_written_as_protocol_buffers_write_them(value):
    attribute = onnx.AttributeProto.FromString(messages.block(1, "n") + messages.number(3, value))
    assert (attribute.name, attribute.i) == ("n", value)


@pytest.mark.parametrize("shape", [(16, 24), (4, 4)])
def test_an_image_keeps_its_size_and_comes_out_finite_and_not_constant(shape):
    image = np.random.default_rng(0).normal(3000, 60, shape)
    found = reference.opened(1)(reference.plane_for(image))
    assert found.shape == shape
    assert np.isfinite(found).all()
    assert found.std() > 0.01


def test_a_flat_image_is_no_reason_to_divide_by_zero():
    assert (reference.plane_for(np.full((8, 8), 7, np.uint16)) == 0).all()


def test_matrix_products_count_whichever_way_they_lie():
    assert macs(Step("Gemm", ((2, 5), (5, 3)), ((2, 3),))) == 30
    assert macs(Step("Gemm", ((5, 2), (3, 5)), ((2, 3),))) == 30
    assert macs(Step("MatMul", ((4, 6, 5), (5, 3)), ((4, 6, 3),))) == 4 * 6 * 3 * 5


def test_a_stopwatch_that_is_never_asked_starts_no_process():
    with Stopwatch({}) as stopwatch:
        assert stopwatch._worker is None
