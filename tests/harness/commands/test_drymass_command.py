"""``zoo drymass`` from a film to its tables, with masks and with a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from zoo.images import read_image, write_image
from zoo.types import Channel, Modality, Structure

NET = """
from torch import nn

def build(in_channels, out_channels):
    return nn.Conv2d(in_channels, out_channels, 1)
"""
PHASE = Channel(name="qpi", modality=Modality.QUANTITATIVE_PHASE, pixel_size=0.5)
DNA = Channel(name="dna", structure=Structure.NUCLEUS)
BODY = Channel(name="body", structure=Structure.CYTOPLASM)
FLAGS = ("--wavelength", 0.55, "--increment", 0.19, "--interval", 2)


@pytest.fixture
def film(tmp_path):
    """Two cells that grow by 0.03 per hour: phase in radians, and the objects."""
    y, x = np.mgrid[:64, :128]
    near = [np.hypot(y - 32, x - centre) for centre in (34, 94)]
    cells = sum(cell * (away < 22) for cell, away in enumerate(near, 1))
    nuclei = sum(cell * (away < 9) for cell, away in enumerate(near, 1))
    shape = (cells > 0) + 4.0 * (nuclei > 0)
    images = {
        "phase": np.stack([shape * np.exp(0.03 * hour) for hour in (0, 2, 4)]).astype(np.float32),
        "cells": np.stack([cells] * 3).astype(np.int32),
        "nuclei": np.stack([nuclei] * 3).astype(np.int32),
    }
    for name, pixels in images.items():
        write_image(xr.DataArray(pixels, dims=("t", "y", "x")), tmp_path / f"{name}.ome.zarr", pixel_size=0.5)
    return tmp_path


@pytest.fixture
def pack(packed):
    """``pack(*outputs)``: a package whose labels are the phase itself."""

    def made(*outputs, given=PHASE):
        tensors = {"weight": np.ones((len(outputs), 1, 1, 1), np.float32), "bias": np.zeros(len(outputs), np.float32)}
        return packed(NET, tensors, inputs=(given,), outputs=outputs)

    return made


def test_masks_give_a_map_tables_and_rates(zoo, film):
    masks = ("--cells", film / "cells.ome.zarr", "--nuclei", film / "nuclei.ome.zarr")
    ran = zoo("drymass", film / "phase.ome.zarr", *FLAGS, *masks, "--nuclear-increment", 0.185, "-o", film / "out")
    assert ran.status == 0, ran.err
    assert ran.out.splitlines() == [
        f"{film / 'out'}: 3 frames, 2 cells, 3 rows of growth; pg, µm², hours",
        *(f"{part}: grows by 0.0300 per hour (95 %: 0.0300 to 0.0300)" for part in ("nucleus", "cytoplasm", "total")),
    ]
    density = read_image(film / "out" / "density.ome.zarr")
    assert (density.dims, density.attrs["pixel_size"]) == (("t", "y", "x"), 0.5)
    assert str(density.coords["c"].to_numpy()) == "dry mass, pg/µm²"
    outlines = read_image(film / "out" / "outlines.ome.zarr")
    assert outlines.coords["c"].to_numpy().tolist() == ["cells", "nuclei"]
    tables = {name: pd.read_csv(film / "out" / f"{name}.csv") for name in ("cells", "frames", "growth")}
    assert len(tables["cells"]) == 6
    assert tables["frames"]["cells"].tolist() == [2, 2, 2]
    assert tables["growth"].query("cell == '1' and part == 'total'")["rate"].item() == pytest.approx(0.03, abs=1e-6)
    total = float(density[0].sum()) * 0.25
    assert tables["frames"]["mass"][0] == pytest.approx(total, rel=1e-4)


def test_a_model_says_where_cells_are(zoo, film, pack):
    words = ("drymass", film / "phase.ome.zarr", *FLAGS, "--model", pack(DNA, BODY), "-o", film / "out", "--json")
    ran = zoo(*words)
    assert ran.status == 0, ran.err
    rates = {row["part"]: row["rate"] for row in ran.json if row["cell"] == "field"}
    assert rates["total"] == pytest.approx(0.03, abs=0.01), "this stain grows with the phase, and so do outlines"


def test_a_model_that_cannot_outline_cells_is_refused(zoo, film, pack):
    words = ("drymass", film / "phase.ome.zarr", *FLAGS, "-o", film / "out", "--model")
    hint = "take a model that predicts nuclei and cytoplasm from phase, or give --cells and --nuclei"
    ran = zoo(*words, pack(DNA))
    assert ran.err.endswith(
        f"zoo: plain@cells was not trained on a label of cytoplasm; it predicts dna\n  hint: {hint}\n"
    )
    light = Channel(name="light", modality=Modality.BRIGHTFIELD, pixel_size=0.5)
    ran = zoo(*words, pack(DNA, BODY, given=light))
    assert ran.err.endswith(
        "zoo: plain@cells cannot outline cells in phase: no input for 'light' (brightfield); the dataset offers 'phase'"
        f" (quantitative-phase)\n  hint: {hint}\n"
    )
    assert not (film / "out").exists()


def test_requests_that_say_too_little_are_refused(zoo, film):
    phase = film / "phase.ome.zarr"
    ran = zoo("drymass", phase, *FLAGS, "-o", film / "out")
    assert ran.err == (
        "zoo: who says where nuclei and cells are?\n  hint: give --model, or both --cells and --nuclei\n"
    )
    ran = zoo("drymass", phase, "--increment", 0.19, "-o", film / "out")
    assert (ran.status, "--wavelength" in ran.err) == (2, True)
    ran = zoo("drymass", phase, *FLAGS, "--cells", phase, "--nuclei", phase, "-o", film / "out")
    assert ran.err == f"zoo: {phase}: pixels of type float32, expected whole numbers, one for each object\n"
    small = write_image(xr.DataArray(np.ones((3, 8, 8), np.int32), dims=("t", "y", "x")), film / "small.ome.zarr")
    ran = zoo("drymass", phase, *FLAGS, "--cells", small, "--nuclei", small, "-o", film / "out")
    assert ran.err == (f"zoo: {small}: has shape (3, 8, 8), the phase (3, 64, 128)\n  hint: draw them on its grid\n")
