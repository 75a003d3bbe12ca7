"""Bright field, DIC and phase contrast against what is known of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import jv

from unstained_phantom.optics.transmission import transmitted
from unstained_phantom.specimen import Grid
from zoo.errors import ZooError

EVERY = {"brightfield": [0.0, 2.5, 6.0], "dic": [2.5], "phase-contrast": [2.5]}


def _imaged(index, grid, microscope, name, height):
    return transmitted(index, grid, microscope, {name: [height]})[name][0]


def _axial(grid, microscope, frequency):
    k = microscope.medium / microscope.wavelength
    return np.sqrt(k**2 - frequency**2) - k


@pytest.mark.parametrize("distance", [1.0, 2.0, 4.0, -2.0])
def test_a_weak_phase_grating_shows_the_contrast_of_theory(grid, coherent, distance):
    """1 - 2 phase sin(2 pi (k_z - k) d), d along the light from grating to focal plane; of order 1e-9 beyond."""
    level, periods, phase = 9, 10, 1e-5
    frequency = periods / (64 * grid.pixel)
    pattern = np.cos(2 * np.pi * periods * np.arange(64) / 64)
    index = np.zeros(grid.shape)
    index[level] = phase * pattern * coherent.wavelength / (2 * np.pi * grid.step)
    image = _imaged(index, grid, coherent, "brightfield", (level + 0.5) * grid.step - distance)
    contrast = 2 * np.mean((image - 1) * pattern) / phase
    expected = -2 * np.sin(2 * np.pi * _axial(grid, coherent, frequency) * distance)
    assert contrast == pytest.approx(expected, abs=1e-4 * abs(expected))


@pytest.mark.parametrize("distance", [0.0, 1.5, -3.0])
def test_a_strong_phase_grating_shows_all_its_orders(grid, coherent, distance):
    """Jacobi and Anger: order n has the amplitude i^n J_n(phase); what the objective does not pass is missing."""
    level, periods, phase = 6, 5, 1.2
    step = periods / (64 * grid.pixel)
    position = 2 * np.pi * periods * np.arange(512) / 512
    index = np.zeros(grid.shape)
    index[level] = phase * np.cos(position[::8]) * coherent.wavelength / (2 * np.pi * grid.step)
    wave = sum(
        1j**order
        * jv(order, phase)
        * np.exp(1j * order * position)
        * np.exp(2j * np.pi * _axial(grid, coherent, order * step) * distance)
        for order in range(-8, 9)
        if abs(order * step) <= coherent.na / coherent.wavelength
    )
    image = _imaged(index, grid, coherent, "brightfield", (level + 0.5) * grid.step - distance)
    known, seen = np.fft.fft(np.abs(wave) ** 2, norm="forward"), np.fft.fft(image[0], norm="forward")
    assert np.abs(known[5]) > 0.01 or distance == 0
    np.testing.assert_allclose(seen[:32], known[:32], atol=1e-6)
    np.testing.assert_allclose(image, np.broadcast_to(image[0], image.shape), atol=1e-12)


def test_an_empty_field_is_exactly_one(grid, microscope):
    images = transmitted(np.zeros(grid.shape, np.float32), grid, microscope, EVERY)
    assert {name: image.shape for name, image in images.items()} == {
        "brightfield": (3, 64, 64),
        "dic": (1, 64, 64),
        "phase-contrast": (1, 64, 64),
    }
    for image in images.values():
        np.testing.assert_array_equal(image, 1)


def test_a_sheet_without_structure_is_invisible(grid, microscope):
    index = np.zeros(grid.shape)
    index[2:9] = 0.05
    for image in transmitted(index, grid, microscope, EVERY).values():
        np.testing.assert_allclose(image, 1, atol=1e-12)


def test_an_objective_that_passes_everything_loses_no_light(microscope, cells):
    grid = Grid((16, 64, 64), 0.5, 0.5)
    wide = replace(microscope, na=1.3, medium=1.34, wavelength=0.8)
    for plane in transmitted(cells(grid), grid, wide, {"brightfield": [0.0, 4.0]})["brightfield"]:
        assert plane.mean() == pytest.approx(1, abs=2e-3)
        assert plane.std() > 0.01


def test_threads_decide_nothing(grid, microscope, cells):
    one, three = (transmitted(cells(grid), grid, microscope, EVERY, workers=workers) for workers in (1, 3))
    for name in EVERY:
        np.testing.assert_array_equal(one[name], three[name])


def test_a_modality_is_the_same_alone_as_with_others(grid, microscope, cells):
    index = cells(grid)
    together = transmitted(index, grid, microscope, EVERY)
    for name, heights in EVERY.items():
        np.testing.assert_array_equal(transmitted(index, grid, microscope, {name: heights})[name], together[name])


def test_pixels_alias_nothing(microscope, dome):
    """Twice as many pixels see, up to the Nyquist frequency of the few, the same."""
    coarse, fine = Grid((4, 48, 48), 0.325, 0.5), Grid((4, 96, 96), 0.1625, 0.5)
    seen = []
    for grid in (coarse, fine):
        index = dome(grid, microscope, 1.5, 1.0, 2)
        image = _imaged(index, grid, microscope, "brightfield", -1.0)
        spectrum = np.fft.fft2(image, norm="forward")
        seen.append(spectrum[np.ix_(np.r_[0:23, -23:0], np.r_[0:23, -23:0])])
    assert np.abs(seen[0]).max() == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(seen[0], seen[1], atol=2e-6)


def test_a_bead_gathers_light_below_itself(grid, microscope, sphere):
    """Light falls from above and a dense bead is a lens: bright in focal planes near the objective, dark above."""
    index = sphere(grid, 1.0, 4.0, 0.05)
    stack = transmitted(index, grid, microscope, {"brightfield": [1.0, 7.0]})["brightfield"]
    assert stack[0, 32, 32] > 1.2
    assert stack[1, 32, 32] < 0.9
    hollow = transmitted(-index, grid, microscope, {"brightfield": [1.0, 7.0]})["brightfield"]
    assert hollow[0, 32, 32] < 0.9
    assert hollow[1, 32, 32] > 1.1


def _transfer(grid, microscope, distance):
    """Bright-field contrast of weak phase at each frequency (y, x), ``distance`` along the light behind it.

    Mean over the condenser of i (P(s + f) exp(i w(s + f) - i w(s)) - P(s - f) exp(i w(s) - i w(s - f))), taken on a
    dense grid, which knows nothing of the points that the simulation takes.
    """
    cut, k = microscope.na / microscope.wavelength, microscope.medium / microscope.wavelength
    y, x = np.fft.fftfreq(64, grid.pixel)[:, None], np.fft.fftfreq(64, grid.pixel)[None, :]
    total, number = np.zeros((64, 64), complex), 0

    def passing(down, right):
        squared = down**2 + right**2
        way = 2 * np.pi * distance * (np.sqrt(np.maximum(k**2 - squared, 0)) - k)
        return (squared <= cut**2) * np.exp(1j * way)

    edge = microscope.condenser / microscope.wavelength
    for down in np.linspace(-edge, edge, 33):
        for right in np.linspace(-edge, edge, 33):
            if down**2 + right**2 <= edge**2:
                straight = passing(down, right)
                total += 1j * (
                    passing(down + y, right + x) * np.conj(straight) - straight * np.conj(passing(down - y, right - x))
                )
                number += 1
    return total / number


def test_a_weak_sphere_has_the_shape_of_the_transfer_function(microscope, sphere):
    grid = Grid((8, 64, 64), 0.325, 0.5)
    many = replace(microscope, sources=240)
    index = sphere(grid, 1.2, 2.0, 1e-5)
    image = _imaged(index, grid, many, "brightfield", 1.0)
    expected = np.zeros((64, 64), complex)
    for level in np.flatnonzero(index.any(axis=(1, 2))):
        phase = 2 * np.pi * grid.step / many.wavelength * index[level]
        expected += np.fft.fft2(phase) * _transfer(grid, many, (level + 0.5) * grid.step - 1.0)
    known = np.fft.ifft2(expected).real
    assert np.corrcoef(known.ravel(), (image - 1).ravel())[0, 1] > 0.999
    assert np.sum(known * (image - 1)) / np.sum(known**2) == pytest.approx(1, abs=0.01)


def test_relief_is_bright_where_phase_rises_to_the_right(grid, microscope, dome):
    """Close to the difference of two images, times the cotangent of half the bias."""
    index = dome(grid, microscope, 0.01, 2.0, 8)
    image = _imaged(index, grid, microscope, "dic", 4.25) - 1
    x = (np.arange(64) - 32) * grid.pixel
    hill = 0.01 * np.exp(-(x[:, None] ** 2) / 8) * np.exp(-((x + 0.125) ** 2) / 8)
    other = 0.01 * np.exp(-(x[:, None] ** 2) / 8) * np.exp(-((x - 0.125) ** 2) / 8)
    slope = (hill - other) / np.tan(microscope.bias / 2)
    np.testing.assert_allclose(image, slope, atol=0.06 * np.abs(slope).max())
    assert image[32, 26] > 0 > image[32, 38]


def test_relief_is_odd_along_the_shear_and_even_across(grid, microscope, dome):
    image = _imaged(dome(grid, microscope, 0.01, 1.0, 8), grid, replace(microscope, sources=64), "dic", 4.25) - 1
    inside = image[1:, 1:]
    assert np.abs(inside + inside[:, ::-1]).max() < 0.03 * np.abs(inside).max()
    assert np.abs(inside - inside[::-1]).max() < 0.03 * np.abs(inside).max()


def test_relief_does_not_fade_when_the_condenser_is_opened(grid, microscope, dome):
    """The condenser's prism turns every direction of light alike: without it, contrast is lost to the bias of each."""
    index = dome(grid, microscope, 0.01, 2.0, 8)
    closed, opened = (
        _imaged(index, grid, replace(microscope, condenser=aperture), "dic", 4.25) for aperture in (0.02, 0.6)
    )
    assert np.ptp(opened) == pytest.approx(np.ptp(closed), rel=0.1)


def test_dic_without_bias_has_no_background_to_compare_with(grid, microscope, cells):
    with pytest.raises(ZooError) as caught:
        transmitted(cells(grid), grid, replace(microscope, bias=0.0), {"dic": [2.5]})
    assert str(caught.value) == (
        "40x/0.75: dic of an empty field is dark\n  hint: raise the bias, or open the objective as far as the condenser"
    )


def test_what_is_dense_is_dark_in_phase_contrast_with_a_bright_halo(grid, microscope, dome):
    """Zernike: 1 - 2 phase / sqrt(transmission), as far as the object is small enough to miss the ring."""
    image = _imaged(dome(grid, microscope, 0.01, 0.5, 8), grid, microscope, "phase-contrast", 4.25) - 1
    expected = -2 * 0.01 / np.sqrt(microscope.ring_transmission)
    assert 0.55 < image[32, 32] / expected < 1
    away = np.hypot(*np.mgrid[-32:32, -32:32]) * grid.pixel
    assert image[(away > 2) & (away < 4)].mean() > 0.01 * abs(expected)
    thin = _imaged(-dome(grid, microscope, 0.01, 0.5, 8), grid, microscope, "phase-contrast", 4.25) - 1
    np.testing.assert_allclose(thin, -image, atol=0.03 * np.abs(image).max())


def test_phase_contrast_is_symmetric(grid, microscope, dome):
    many = replace(microscope, sources=120)
    image = (_imaged(dome(grid, many, 0.01, 0.8, 8), grid, many, "phase-contrast", 4.25) - 1)[1:, 1:]
    for other in (image[::-1], image[:, ::-1], image.T):
        assert np.abs(image - other).max() < 0.03 * np.abs(image).max()


def test_absorbing_ring_raises_contrast(grid, microscope, dome):
    index = dome(grid, microscope, 0.01, 0.5, 8)
    spread = [
        np.ptp(_imaged(index, grid, replace(microscope, ring_transmission=share), "phase-contrast", 4.25))
        for share in (1.0, 0.25)
    ]
    assert spread[1] == pytest.approx(2 * spread[0], rel=0.02)


def test_an_unknown_modality_is_named(grid, microscope):
    with pytest.raises(ZooError) as caught:
        transmitted(np.zeros(grid.shape), grid, microscope, {"x-ray": [1.0]})
    assert str(caught.value) == (
        "modality x-ray: expected brightfield, dic or phase-contrast\n"
        "  hint: quantitative phase has a function of its own"
    )
