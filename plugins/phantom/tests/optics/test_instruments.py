"""Named microscopes, and those that cannot be."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from unstained_phantom.microscope import Camera
from unstained_phantom.optics.instruments import EMISSION, MICROSCOPES, STANDARD
from unstained_phantom.optics.limits import check
from zoo.errors import ZooError


@pytest.mark.parametrize("name", MICROSCOPES)
def test_named_microscopes_are_possible_and_sample_what_they_see(name):
    microscope = MICROSCOPES[name]
    assert microscope.name == name
    assert check(microscope) == ()
    assert set(microscope.emission) == set(microscope.brightness) == set(EMISSION)
    assert microscope.condenser < microscope.na


def test_a_plan_can_name_them_without_numpy():
    program = "import sys, unstained_phantom.optics.limits, unstained_phantom.optics.instruments; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy"} & set(done.stdout.split())


def test_wide_pixels_are_warned_of_with_the_limit():
    (warning,) = check(replace(STANDARD, pixel=0.5))
    assert warning == (
        "microscope 40x/0.75: pixels of 0.5 µm are wider than 0.367 µm, the Nyquist limit of NA 0.75 at 0.55 µm: "
        "finer detail folds back"
    )


SINE = "light in the medium reaches no angle of which that would be the sine"
RANGE = "choose a number in its range"


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"na": 1.4}, "NA 1.4 is not below the refractive index 1.337", SINE),
        ({"condenser": 1.34}, "condenser NA 1.34 is not below the refractive index 1.337", SINE),
        (
            {"na": 0.2},
            "the phase ring reaches from NA 0.18 to 0.24, expected inner < outer <= 0.2, the NA of the objective",
            "choose ring_inner and ring_outer inside the objective",
        ),
        ({"wavelength": 2.0}, "Microscope.wavelength = 2 µm: expected 0.4 to 0.8", RANGE),
        ({"camera": Camera(gain=0.0)}, "Camera.gain = 0 e/count: expected 0.1 to 10", RANGE),
    ],
)
def test_impossible_optics_are_refused(changes, message, hint):
    with pytest.raises(ZooError) as caught:
        check(replace(STANDARD, **changes))
    assert str(caught.value) == f"microscope 40x/0.75: {message}\n  hint: {hint}"
