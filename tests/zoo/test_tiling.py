from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.tiling import Sizes, Tile, blend, grid, read, reflected


@st.composite
def axes(draw: st.DrawFn) -> tuple[int, Sizes, int]:
    """Length of an axis, what a net accepts along it, and a limit for a tile."""
    sizes = Sizes(
        smallest=draw(st.integers(1, 40)),
        step=draw(st.sampled_from([0, 1, 2, 4, 16])),
        shrink=2 * draw(st.integers(0, 10)),
        halo=draw(st.integers(0, 12)),
    )
    if sizes.smallest <= sizes.shrink + 2 * sizes.halo:
        sizes = Sizes(smallest=sizes.shrink + 2 * sizes.halo + 1, step=sizes.step, shrink=sizes.shrink, halo=sizes.halo)
    return draw(st.integers(1, 150)), sizes, draw(st.integers(1, 120))


def crop(window: np.ndarray, sizes: list[Sizes]) -> np.ndarray:
    """The net that returns its input, less what it shrinks by."""
    for axis, size in enumerate(sizes, start=1):
        half = size.shrink // 2
        window = window.take(range(half, window.shape[axis] - (size.shrink - half)), axis=axis)
    return window


@given(st.lists(axes(), min_size=1, max_size=2))
def test_a_net_that_returns_its_input_returns_the_image(drawn: list[tuple[int, Sizes, int]]) -> None:
    shape, sizes, limit = (list(part) for part in zip(*drawn, strict=True))
    image = np.random.default_rng(0).normal(100, 10, (2, *shape)).astype(np.float32)
    result = np.zeros_like(image)
    for tile in grid(shape, sizes, limit):
        window = read(image, tile)
        for size, edge in zip(sizes, window.shape[1:], strict=True):
            assert edge == size.at_least(edge) == size.at_most(edge)
        blend(result, tile, crop(window, sizes))
    np.testing.assert_allclose(result, image, rtol=1e-6)


@given(axes())
def test_weights_add_up_to_one_and_the_outer_half_of_the_halo_is_not_used(drawn: tuple[int, Sizes, int]) -> None:
    length, sizes, limit = drawn
    tiles = grid([length], [sizes], [limit])
    total = np.zeros((1, length), np.float32)
    for index, tile in enumerate(tiles):
        (span,) = tile.spans
        blend(total, tile, np.ones((1, span.size - sizes.shrink), np.float32))
        if index > 0:
            assert span.take.start >= sizes.halo // 2
        if index < len(tiles) - 1:
            assert span.take.stop <= span.size - sizes.shrink - sizes.halo // 2
    np.testing.assert_allclose(total, 1, rtol=1e-6)


@given(axes())
def test_tiles_start_on_the_grid_of_the_net(drawn: tuple[int, Sizes, int]) -> None:
    length, sizes, limit = drawn
    starts = [tile.spans[0].start + sizes.shrink // 2 for tile in grid([length], [sizes], [limit])]
    assert starts[0] == 0
    assert all(start % (sizes.step or 1) == 0 for start in starts)


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 400))
def test_no_tile_has_more_pixels_than_the_limit(height: int, width: int, edge: int) -> None:
    sizes = [Sizes(smallest=16, step=16, halo=4)] * 2
    for tile in grid((height, width), sizes, (edge, edge)):
        pixels = math.prod(span.size for span in tile.spans)
        assert pixels <= max(edge * edge, 32 * 32) or any(span.size <= 32 for span in tile.spans)


def spans_of(tiles: tuple[Tile, ...]) -> list[list[tuple[int, int]]]:
    return [[(span.start, span.size) for span in tile.spans] for tile in tiles]


def test_an_image_that_fits_is_one_pass_whatever_its_shape() -> None:
    sizes = [Sizes(smallest=64, step=16, halo=16)] * 2
    assert spans_of(grid((512, 512), sizes, (1024, 1024))) == [[(0, 512), (0, 512)]]
    assert spans_of(grid((256, 4096), sizes, (1024, 1024))) == [[(0, 256), (0, 4096)]]
    assert spans_of(grid((520, 696), sizes, (1024, 1024))) == [[(0, 528), (0, 704)]]


def test_nets_without_padding_read_around_the_image() -> None:
    sizes = [Sizes(smallest=250, step=16, shrink=242)]
    (tile,) = grid((512,), sizes, (2000,))
    assert (tile.spans[0].start, tile.spans[0].size) == (-121, 762)
    assert tile.spans[0].take == slice(0, 512)


def test_tiles_are_no_larger_than_they_need_to_be() -> None:
    sizes = [Sizes(smallest=64, step=16, halo=16)]
    assert [span.size for tile in grid((1100,), sizes, (1024,)) for span in tile.spans] == [576, 576]


def test_a_tile_inside_of_the_image_is_read_without_a_copy() -> None:
    image = np.zeros((1, 512, 512), np.float32)
    (tile,) = grid((512, 512), [Sizes(smallest=16, step=16)] * 2, (512, 512))
    assert np.shares_memory(read(image, tile), image)


@given(st.integers(1, 20), st.integers(-60, 0), st.integers(1, 60))
def test_reflection_agrees_with_numpy(length: int, start: int, more: int) -> None:
    line = np.arange(length)
    expected = np.pad(line, (-start, more), mode="reflect")
    np.testing.assert_array_equal(line[reflected(start, length + more, length)], expected)


@pytest.mark.parametrize("shape", [(40, 300, 300), (3, 600, 600)])
def test_volumes_are_tiled_too(shape: tuple[int, int, int]) -> None:
    sizes = [Sizes(smallest=32, step=16, halo=8), *[Sizes(smallest=64, step=16, halo=16)] * 2]
    image = np.random.default_rng(1).normal(size=(1, *shape)).astype(np.float32)
    result = np.zeros_like(image)
    tiles = grid(shape, sizes, (32, 128, 128))
    assert len(tiles) > 1
    for tile in tiles:
        blend(result, tile, read(image, tile))
    np.testing.assert_allclose(result, image, rtol=1e-5, atol=1e-6)
