"""The same pixels on every machine, or nobody can compare figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from numpy._core import _multiarray_umath as kernels

from unstained_phantom import fingerprint
from unstained_phantom.plan import GENERATOR

PROGRAM = (
    "from unstained_phantom import fingerprint\n"
    "print(*((one.identical, one.difference, one.passed) for one in fingerprint.compared(whole=False)), sep='\\n')"
)


def test_the_small_field_is_what_other_machines_made():
    found = list(fingerprint.compared(whole=False))
    assert [one.channel for one in found][:4] == ["brightfield", "dic", "phase-contrast", "phase"]
    assert len(found) == 14
    assert [one for one in found if not one.passed] == []


def test_a_processor_without_vector_units_makes_the_same_field():
    """Kernels of numpy for another processor give other last bits to exponentials and sines."""
    features = [name for name in kernels.__cpu_dispatch__ if kernels.__cpu_features__[name]]
    plain = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(features)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=plain, capture_output=True, text=True, check=True)
    assert done.stdout.count("True") == 14
    assert "False" not in done.stdout


def test_figures_of_whole_fields_are_of_this_generator():
    recorded = json.loads(fingerprint.STATISTICS.read_text())
    assert recorded["generator"] == GENERATOR
    assert set(recorded["fields"]) == set(fingerprint.WHOLE)
    for channels in recorded["fields"].values():
        for known in channels.values():
            assert len(known["figures"]) == 2 + len(fingerprint.QUANTILES) + fingerprint.BLOCKS**2
            assert len(known["sha256"]) == 64


def test_what_travels_with_the_code_is_small():
    assert fingerprint.PIXELS.stat().st_size + fingerprint.STATISTICS.stat().st_size < 200_000


@pytest.mark.parametrize(
    ("identical", "difference", "channel", "passed"),
    [
        (1.0, 0.0, "dna", True),
        (0.99995, 2.0, "dna", True),
        (0.9998, 1.0, "dna", False),
        (0.99995, 3.0, "dna", False),
        (None, 1.9, "dna", True),
        (None, 0.01, "phase", False),
    ],
)
def test_one_pixel_in_ten_thousand_may_differ_by_two_counts(identical, difference, channel, passed):
    one = fingerprint.Comparison(
        field="small", channel=channel, identical=identical, difference=difference, same_bytes=False
    )
    assert one.passed == passed


def test_a_field_of_another_seed_does_not_pass(monkeypatch):
    other = fingerprint.small()
    monkeypatch.setattr(fingerprint, "SMALL", "test-01-2")
    assert other.scenes["test-01-2"].cells != other.scenes["test-01-1"].cells
    found = list(fingerprint.compared(whole=False))
    assert not any(one.passed for one in found)


def test_figures_say_where_an_image_changed():
    image = np.arange(64 * 64, dtype=np.uint16).reshape(1, 64, 64)
    changed = image.copy()
    changed[0, 8, 8] += 640
    first, second = (np.array(fingerprint.figures(one)["figures"]) for one in (image, changed))
    assert np.argmax(np.abs(first - second)[6:]) == 9
    assert np.abs(first - second)[15] == pytest.approx(10.0)
    assert fingerprint.figures(image)["sha256"] != fingerprint.figures(changed)["sha256"]
